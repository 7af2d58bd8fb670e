"""A record in short: what a list shows and a search asks, taken from the whole once, when it is stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cloudops_tui.model.approval import ApprovalMetadata
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.result import CommandResult, CommandStatus, ExecutionResult

MOST_ERROR = 400
"""Characters of the first error that a list keeps; the record has all of it."""

FAILED = (CommandStatus.FAILED, CommandStatus.UNKNOWN)


@dataclass(frozen=True)
class Summary:
    """The short form of an outcome; see `model.search.Listed`."""

    title: str
    approver: str | None
    accounts: tuple[str, ...]
    commands: int
    completed: int | None = None
    unknown: int = 0
    exits: tuple[int, ...] = ()
    exit_code: int | None = None
    failed_command: str | None = None
    error: str | None = None
    output_bytes: int | None = None


def summary(plan: ExecutionPlan, approval: ApprovalMetadata | None, result: ExecutionResult | None) -> Summary:
    """What a list says of an execution; without a result, of one that runs."""
    known = Summary(plan.description, approval.approved_by if approval else None, accounts(plan, approval),
                    len(plan.commands))  # fmt: skip
    if result is None:
        return known
    results = result.command_results
    first = next((one for one in results if one.status in FAILED), None)
    codes = {one.exit_code for one in results if one.exit_code is not None}
    sizes = [one.output_bytes for one in results if one.output_bytes is not None]
    return Summary(
        known.title,
        known.approver,
        known.accounts,
        known.commands,
        completed=sum(one.status is CommandStatus.COMPLETED for one in results),
        unknown=sum(one.status is CommandStatus.UNKNOWN for one in results),
        exits=tuple(sorted(codes)),
        exit_code=first.exit_code if first else 0 if codes else None,
        failed_command=_described(plan, first),
        error=_first_error(first, result),
        output_bytes=sum(sizes) if sizes else None,
    )


def accounts(plan: ExecutionPlan, approval: ApprovalMetadata | None) -> tuple[str, ...]:
    """The accounts that the approval's callers and the plan itself name, twelve digits each."""
    expected = plan.expected_account or ""
    return tuple(dict.fromkeys((*callers(approval), *([expected] if _is_account(expected) else ()))))


def callers(approval: ApprovalMetadata | None) -> tuple[str, ...]:
    """The accounts that were behind the profiles when it was approved."""
    principals: Iterable[str] = approval.operator.principals if approval and approval.operator else ()
    named = (principal.partition(" ")[0] for principal in principals)
    return tuple(dict.fromkeys(filter(_is_account, named)))


def _is_account(text: str) -> bool:
    return len(text) == 12 and text.isdecimal()


def _described(plan: ExecutionPlan, failed: CommandResult | None) -> str | None:
    if failed is None:
        return None
    return next((command.description for command in plan.commands if command.id == failed.command_id), None)


def _first_error(failed: CommandResult | None, result: ExecutionResult) -> str | None:
    error = (failed.error if failed else None) or (str(result.error) if result.error else None)
    return error[:MOST_ERROR] if error else None
