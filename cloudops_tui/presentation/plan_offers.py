"""What can be taken away from a plan: its ids, what it calls, the resources that it names, and all of it as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from uuid import UUID

from cloudops_tui.model.command import Cli, Command, Sdk
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.queue import QueueEntry
from cloudops_tui.model.review import CommandReview, Review
from cloudops_tui.policy.safe_text import quoted, safe_line, safe_text
from cloudops_tui.presentation.lines import Line, Row, plain
from cloudops_tui.presentation.offers import Yank

_ARN = re.compile(r"arn:[a-z0-9-]+:[a-z0-9-]*:[a-z0-9-]*:[0-9]*:[^\s\"'`,;<>\]})]+")


def of_entry(entry: QueueEntry, row: Line, rows: Sequence[Row]) -> tuple[Yank, ...]:
    """Of the row under the queue's cursor; `row` is drawn so wide that nothing of it is cut."""
    offers = [Yank("n", "number", str(entry.number))]
    if entry.plan is not None:
        offers += [
            Yank("p", "plan id", str(entry.plan.id)),
            Yank("g", "plan digest", entry.plan_digest or ""),
            Yank("t", "description", safe_line(entry.plan.description)),
            Yank("c", "commands", "\n".join(called(command) for command in entry.plan.commands)),
        ]
        offers += _arns(entry.plan.commands)
    if entry.execution_id is not None:
        offers.append(Yank("x", "execution id", str(entry.execution_id)))
    offers.append(Yank("l", "line", " ".join(plain(row).split())))
    offers.append(Yank("a", "all lines", "\n".join(plain(one.line).rstrip() for one in rows)))
    return tuple(one for one in offers if one.text)


def of_review(review: Review, command_id: UUID | None, shown: Sequence[Line]) -> tuple[Yank, ...]:
    """Of the command whose details are shown, or, without one, of the plan."""
    entry = review.entry
    offers = [Yank("n", "number", str(entry.number))] if entry else []
    offers += [Yank("p", "plan id", str(review.plan.id)), Yank("d", "approval digest", review.digest)]
    offers.append(Yank("g", "plan digest", review.plan_digest))
    offers.append(Yank("t", "description", safe_line(review.plan.description)))
    found = next((each for each in review.commands if each.command.id == command_id), None)
    if found is not None:
        offers += [Yank("i", "command id", str(found.command.id)), Yank("c", "command", exactly(found))]
        offers += _arns([found.command])
    else:
        offers.append(Yank("c", "commands", "\n".join(map(exactly, review.commands))))
        offers += _arns(review.plan.commands)
    if found is not None:
        offers.append(Yank("l", "line", safe_line(found.command.description)))
    offers.append(Yank("a", "all that is shown", "\n".join(plain(one).rstrip() for one in shown)))
    return tuple(offers)


def exactly(reviewed: CommandReview) -> str:
    """The canonical call, as a shell would need it."""
    if reviewed.argv is not None:
        return " ".join(map(quoted, reviewed.argv))
    return called(reviewed.command)


def called(command: Command) -> str:
    """The call as the plan has it: shell-quoted, or operation and parameters."""
    match command.command_type:
        case Cli(value=call):
            return " ".join(map(quoted, (*call.command.split(), *call.args)))
        case Sdk(value=call):
            parameters = json.dumps(call.parameters, ensure_ascii=False)
            return safe_line(f"{call.service}.{call.operation} {parameters}")


def arns(commands: Iterable[Command]) -> list[str]:
    """Every ARN in arguments and parameters, once, in the order of the plan."""
    return list(dict.fromkeys(safe_line(found) for one in commands for found in _ARN.findall(_raw(one))))


def plan_text(plan: ExecutionPlan) -> str:
    """The plan's JSON to read."""
    return safe_text(json.dumps(plan.model_dump(mode="json"), indent=2, ensure_ascii=False)) + "\n"


def _arns(commands: Iterable[Command]) -> list[Yank]:
    found = arns(commands)
    return [Yank("r", "ARN" if len(found) == 1 else f"{len(found)} ARNs", "\n".join(found))] if found else []


def _raw(command: Command) -> str:
    match command.command_type:
        case Cli(value=call):
            return "\n".join(call.args)
        case Sdk(value=call):
            return json.dumps(call.parameters, ensure_ascii=False)
