"""Whether a plan of the demo ended as it should, and whether what should exist does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cloudops_tui.cli.demo_plans import Check, DemoPlan, Ends, IsRefused
from cloudops_tui.executors.sdk import SdkExecutor
from cloudops_tui.model.command import SdkCommand
from cloudops_tui.model.errors import ExecutionError
from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.model.queue import QueueEntry

PROFILE = "storefront"


@dataclass(frozen=True)
class Checked:
    """A check, and what came of it."""

    check: Check
    held: bool
    why: str = ""
    """Why it did not hold, where more is known than that."""


async def look(plan: DemoPlan, region: str) -> tuple[Checked, ...]:
    """Make every check of a plan, by SDK."""
    executor = SdkExecutor()
    try:
        return tuple([await _checked(executor, check, region) for check in plan.checks])
    finally:
        await executor.close()


def differences(
    plan: DemoPlan, entry: QueueEntry, record: ExecutionRecord | None, checks: Sequence[Checked]
) -> tuple[str, ...]:
    """What is not as it should be, a line each."""
    match plan.expected:
        case IsRefused() as expected:
            return tuple(_of_refusal(expected, entry, record))
        case Ends() as expected:
            return (*_of_end(expected, entry, record), *_of_checks(checks))


async def _checked(executor: SdkExecutor, check: Check, region: str) -> Checked:
    command = SdkCommand(service=check.service, operation=check.operation, parameters=check.parameters)
    try:
        answer = await executor.execute_sdk(command, PROFILE, region)
        return Checked(check, check.holds(json.loads(answer.stdout)))
    except ExecutionError as error:
        return Checked(check, held=False, why=str(error))
    except (KeyError, IndexError, TypeError) as error:
        return Checked(check, held=False, why=f"the answer lacks {error!r}")


def _of_refusal(expected: IsRefused, entry: QueueEntry, record: ExecutionRecord | None) -> Iterator[str]:
    if record is not None:
        yield f"it ran as {record.number}, and should have been refused"
    for path in expected.paths:
        if not any(one.path == path or one.path.startswith(path + "/") for one in entry.problems):
            yield f"no problem was found at {path}"


def _of_end(expected: Ends, entry: QueueEntry, record: ExecutionRecord | None) -> Iterator[str]:
    if record is None:
        yield "it was refused: " + "; ".join(f"{one.path}: {one.message}" for one in entry.problems)
        return
    result = record.result
    if result.status.value != expected.status:
        yield f"it ended {result.status.value} ({result.error}), and should have ended {expected.status}"
    found = {str(one.command_id): one for one in result.command_results}
    for command_id, status in expected.commands.items():
        one = found.get(command_id)
        if one is None or one.status.value != status:
            stands = "not begun" if one is None else f"{one.status.value} ({one.error})"
            yield f"command {command_id} is {stands}, and should be {status}"
    for command_id, attempts in expected.attempts.items():
        one = found.get(command_id)
        if one is None or one.attempts != attempts:
            yield f"command {command_id} took {one.attempts if one else 0} attempts, and should take {attempts}"


def _of_checks(checks: Sequence[Checked]) -> Iterator[str]:
    for one in checks:
        if not one.held:
            yield f"not so: {one.check.what}" + (f" ({one.why})" if one.why else "")
