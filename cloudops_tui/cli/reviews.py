"""A plan put before a person, in words or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cloudops_tui.cli.references import command_line
from cloudops_tui.cli.speaking import say, show, show_json
from cloudops_tui.model.command import Cli, Command, Sdk
from cloudops_tui.model.queue import Problem
from cloudops_tui.model.review import CommandReview, Review
from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.model.undo import UndoKind
from cloudops_tui.policy.approval import unacknowledged
from cloudops_tui.policy.safe_text import quoted, safe_line
from cloudops_tui.policy.undo.by_hand import by_hand
from cloudops_tui.presentation.files import label_of, words_of
from cloudops_tui.presentation.wording import RISK_WORDS


def request_json(review: Review) -> dict[str, Any]:
    """The `ApprovalRequest` in wire form, with what the decision is bound to."""
    request = review.request.model_dump(mode="json")
    by_id = {str(one.command.id): one for one in review.commands}
    request["commands"] = [summary | _command_facts(by_id[summary["id"]]) for summary in request["commands"]]
    return request | {
        "digest": review.digest,
        "plan_digest": review.plan_digest,
        "flags": _flags(review.flags),
        "identities": [one.model_dump(mode="json") for one in review.identities],
        "tool": review.tool.model_dump(mode="json") if review.tool else None,
        "surroundings": list(review.surroundings),
        "blocked": review.blocked,
        "acknowledge": [str(one) for one in review.without_way_back],
        "confirmation": (
            {"accepted": list(review.confirmation.accepted), "prompt": review.confirmation.prompt}
            if review.confirmation.needed
            else None
        ),
    }


def show_review(review: Review) -> None:
    """Everything that the decision covers, on standard output."""
    plan = review.plan
    show(f"{safe_line(plan.description)}")
    show(f"  plan      {plan.id}")
    flags = f"  ({', '.join(_flags(review.flags))})" if review.flags else ""
    show(f"  level     {RISK_WORDS[review.level]}{flags}")
    for identity in review.identities:
        show(f"  account   {account_of(identity)}")
    for one in review.surroundings:
        show(f"  between   {safe_line(one)}")
    if review.tool is not None:
        show(f"  aws       {safe_line(review.tool.path)} {safe_line(review.tool.version)}")
    show(f"  digest    {review.digest}")
    show()
    for number, command in review.numbered:
        _show_command(f"{number:>3}", command)
    show()
    if review.blocked:
        show(f"Blocked: {safe_line(review.blocked)}")
    for one in review.remains:
        show(f"Stays done: {safe_line(one)}")
    if (lost := unacknowledged(review, acknowledged=False)) is not None:
        show(f"No way back: {lost}")
    if review.confirmation.needed:
        show(f"Confirmation: {safe_line(review.confirmation.prompt)}")


def approving_line(review: Review, state_dir: Path | None, *words: str) -> str:
    """What to type to approve exactly this; `words` are the verb and what it is about."""
    line = command_line(state_dir, *words, "--approve", review.digest)
    if review.level is RiskLevel.DESTRUCTIVE or review.confirmation.needed:
        line += " --reason TEXT"
    if review.confirmation.needed:
        line += f" --confirm {quoted(review.confirmation.accepted[0])}"
    if review.without_way_back:
        line += " --no-way-back"
    return line


def say_problems(problems: Iterable[Problem]) -> None:
    """Each problem as a block, on standard error."""
    for one in problems:
        where = safe_line(one.path) or "(the whole plan)"
        line = f"  line {one.line}" if one.line is not None else ""
        say(f"{where}{line}: {safe_line(one.message)}\n    {safe_line(one.remedy)}")


def problems_json(problems: Iterable[Problem]) -> dict[str, Any]:
    """`{"problems": [...]}`."""
    return {"problems": [one.model_dump(mode="json") for one in problems]}


def show_problems(problems: Iterable[Problem], *, as_json: bool) -> None:
    """In words on standard error, or as one document on standard output."""
    if as_json:
        show_json(problems_json(problems))
    else:
        say_problems(problems)


def spelled(command: Command, argv: tuple[str, ...] | None) -> str:
    """The command as one would type or read it, safe to show."""
    match command.command_type:
        case Cli(value=cli):
            words = argv if argv is not None else (*cli.command.split(), *cli.args)
            return " ".join(quoted(word) for word in words)
        case Sdk(value=sdk):
            parameters = json.dumps(sdk.parameters, ensure_ascii=False)
            return safe_line(f"{sdk.service} {sdk.operation} {parameters}")


def account_of(identity: ProfileIdentity) -> str:
    """Profile, region, account, who, and where its requests go."""
    where = f"{safe_line(identity.profile)} in {safe_line(identity.region)}: "
    if identity.account is None:
        return f"{where}not known: {safe_line(identity.reason or 'no reason given')}"
    name = f" ({safe_line(identity.account_name)})" if identity.account_name else ""
    guarded = ", protected" if identity.protected else ""
    places = dict.fromkeys((identity.endpoint, *identity.service_endpoints.values()))
    endpoints = "".join(f", at {safe_line(place)}" for place in places if place)
    return f"{where}{identity.account}{name}, {safe_line(identity.principal or '')}{guarded}{endpoints}"


def _command_facts(review: CommandReview) -> dict[str, Any]:
    facts: dict[str, Any] = {"argv": list(review.argv)} if review.argv is not None else {}
    facts["reasons"] = list(review.assessment.reasons)
    facts["flags"] = _flags(review.assessment.flags)
    if review.repeating:
        facts["repeating"] = review.repeating
    facts["undo"] = review.undoing.model_dump(mode="json")
    if review.no_way_back:
        facts["no_way_back"] = True
    if review.undoes:
        facts["undoes"] = review.undoes
    if review.files:
        facts["files"] = [one.model_dump(mode="json") for one in review.files]
    if review.compensations:
        facts["compensations"] = [
            {
                "id": str(one.command.id),
                "description": one.command.description,
                "risk_level": one.assessment.level.value,
                **_command_facts(one),
            }
            for one in review.compensations
        ]
    return facts


def _show_command(mark: str, review: CommandReview) -> None:
    level = RISK_WORDS[review.assessment.level]
    show(f"{mark}  {level:<7}  {safe_line(review.command.description)}")
    show(f"     {spelled(review.command, review.argv)}")
    why = [*map(safe_line, review.assessment.reasons), *_flags(review.assessment.flags)]
    if why:
        show(f"     because: {'; '.join(why)}")
    if review.repeating:
        show(f"     sent: {safe_line(review.repeating)}")
    if review.undoes:
        show(f"     {safe_line(review.undoes)}")
        show(f"     by hand: {' '.join(map(quoted, by_hand(review.command)))}")
    elif review.undoing.kind is not UndoKind.NONE or review.assessment.level is not RiskLevel.READ_ONLY:
        show(f"     undo {review.undoing.kind.value}: {safe_line(review.undoing.words)}")
    for file in review.files:
        show(f"     {label_of(file)}: {words_of(file)}")
    for one in review.compensations:
        _show_command("     undo", one)


def _flags(flags: Iterable[RiskFlag]) -> list[str]:
    return sorted(flag.value for flag in flags)
