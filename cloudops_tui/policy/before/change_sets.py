"""A CloudFormation change set that exists: the service's own list of what executing it would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cloudops_tui.policy.before.reading import Answer, Asked, BeforeRead, Picture, Read, absent, different
from cloudops_tui.policy.before.values import at, counted, each, shown, text_at
from cloudops_tui.policy.safe_text import safe_line

MOST_PAGES = 5

_GONE = ("ChangeSetNotFound", "ValidationError: does not exist")


def _first_page(asked: Asked) -> tuple[Read, ...]:
    name = text_at(asked, "ChangeSetName")
    if name is None or (text_at(asked, "StackName") is None and not name.startswith("arn:")):
        return ()
    return (_page(asked, None),)


def _page(asked: Asked, token: str | None) -> Read:
    named = {one: at(asked, one) for one in ("ChangeSetName", "StackName") if text_at(asked, one)}
    return Read("cloudformation.DescribeChangeSet", {**named, **({"NextToken": token} if token else {})}, _GONE)


def _next_page(asked: Asked, answers: Sequence[Answer]) -> tuple[Read, ...]:
    token = text_at(answers[-1].there, "NextToken")
    return (_page(asked, token),) if token and len(answers) < MOST_PAGES else ()


def _executed(asked: Asked, answers: Sequence[Answer]) -> Picture:
    first = answers[0]
    name = safe_line(text_at(asked, "ChangeSetName") or "")
    if not first.known:
        return Picture(unread=(first.unread,))
    if first.absent:
        return Picture(nos=(absent(f"change set {name} is absent: nothing to execute"),))
    changes = [at(one, "ResourceChange") for answer in answers for one in each(answer.there, "Changes[]")]
    listed = sorted((one for one in changes if isinstance(one, Mapping)), key=_danger)
    state = text_at(first.there, "ExecutionStatus")
    found = f"change set {shown(at(first.there, 'ChangeSetName'))} of stack {shown(at(first.there, 'StackName'))}"
    whole = Picture((f"{found}: {shown(at(first.there, 'Status'))}, {shown(state)}",), tuple(map(_line, listed)))
    if state not in (None, "AVAILABLE"):
        why = at(first.there, "StatusReason")
        reason = f": {shown(why)}" if why else ""
        whole += Picture(nos=(different(f"change set {name} cannot be executed, it is {safe_line(state)}{reason}"),))
    if not answers[-1].known or at(answers[-1].there, "NextToken"):
        whole += Picture(warnings=(f"At least {counted(len(listed), 'change')}; the list was cut",))
    if at(first.there, "IncludeNestedStacks") is True:
        whole += Picture(warnings=("Nested stacks have change sets of their own, which are not listed",))
    return whole


def _danger(change: Mapping[str, Any]) -> tuple[int, str]:
    """Replacements and removals first, then what may replace, then the rest; what is new comes last."""
    match at(change, "Action"), at(change, "Replacement"):
        case "Remove", _:
            rank = 0
        case "Modify", "True":
            rank = 0
        case "Modify", "Conditional":
            rank = 1
        case "Dynamic", _:
            rank = 1
        case "Modify", _:
            rank = 2
        case "Add" | "Import", _:
            rank = 4
        case _:
            rank = 3
    return rank, str(at(change, "LogicalResourceId"))


def _line(change: Mapping[str, Any]) -> str:
    action = text_at(change, "Action") or "?"
    match action, at(change, "Replacement"):
        case "Modify", "True":
            verb = "Replace"
        case "Modify", "Conditional":
            verb = "Modify, maybe replace"
        case _:
            verb = safe_line(action)
    policy = {"Retain": ", but kept", "Snapshot": ", with a snapshot"}.get(str(at(change, "PolicyAction")), "")
    physical = f" ({shown(at(change, 'PhysicalResourceId'))})" if at(change, "PhysicalResourceId") else ""
    named = f"{shown(at(change, 'ResourceType'))} {shown(at(change, 'LogicalResourceId'))}{physical}"
    scope = [shown(one) for one in each(change, "Scope[]")]
    return f"{verb}{policy}: {named}{' by ' + ', '.join(scope) if scope else ''}"


BEFORE_READS = {("cloudformation", "ExecuteChangeSet"): BeforeRead(_first_page, _executed, _next_page, native=True)}
"""By service and operation."""
