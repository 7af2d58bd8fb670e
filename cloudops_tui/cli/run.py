"""`run`: a plan without a screen, as its digest approves."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import click

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.driving import Left, begun, drive, leave_others
from cloudops_tui.cli.narration import Narration, Teller, as_lines, in_words
from cloudops_tui.cli.references import queued_or_file
from cloudops_tui.cli.reviews import approving_line, show_problems
from cloudops_tui.cli.sessions import in_session, sweep_inbox
from cloudops_tui.cli.speaking import say, show, show_json
from cloudops_tui.engine.plan_queue import (
    ApprovalRefused,
    Decision,
    DecisionIncomplete,
    InvalidPlan,
    PlanQueue,
    Submission,
)
from cloudops_tui.engine.ports import AlreadyRan
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.headless import line_drop_here, signals
from cloudops_tui.model.errors import ApprovalRequired, Cancelled
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.result import CommandStatus, ExecutionResult
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.wording import counted, elapsed


@dataclass(frozen=True)
class _Asked:
    """What was typed."""

    state_dir: Path | None
    plan: str
    digest: str | None
    reason: str
    confirmation: str
    again: bool
    no_way_back: bool


@click.command("run")
@click.argument("plan", metavar="FILE|-|ID")
@click.option("--approve", "digest", metavar="DIGEST", help="Approve what `check` printed this digest for.")
@click.option("--reason", default="", help="Why; required for Destructive plans.")
@click.option("--confirm", "confirmation", metavar="ACCOUNT", default="", help="The account, for dangerous plans.")
@click.option("--no-way-back", is_flag=True, help="You know that nothing undoes some of what it destroys.")
@click.option("--again", is_flag=True, help="Also when this very plan ran before.")
@click.option("--json", "as_json", is_flag=True, help="The ExecutionResult in wire form, at the end.")
@click.option("--events", is_flag=True, help="Each event in wire form, a line as it happens.")
@click.pass_obj
def run(
    state_dir: Path | None,
    plan: str,
    digest: str | None,
    reason: str,
    confirmation: str,
    no_way_back: bool,
    again: bool,
    as_json: bool,
    events: bool,
) -> int:
    """Run a plan without a screen, and wait for its end.

    A number, or a unique prefix of an id, is an entry of the queue; all else is a file, which is queued first.
    Without `--approve` it runs only what the configuration lets run without a decision.
    """
    if as_json and events:
        raise click.UsageError("`--json` and `--events` exclude each other")
    asked = _Asked(state_dir, plan, digest, reason, confirmation, again, no_way_back)

    async def work(session: ExecutionSession) -> int:
        await session.recover()
        await sweep_inbox(session)
        entry = await _entry(session, asked)
        if entry.plan is None:
            show_problems(entry.problems, as_json=as_json)
            return exit_codes.USAGE
        narration = Narration(session, _teller(entry.plan, events=events))
        try:
            with signals() as arrived:
                execution_id = await begun(session, _begin(session, entry, asked), arrived)
                number = (await session.execution(execution_id)).number
                say(f"{number} started: {counted(len(entry.plan.commands), 'command')}")
                if sys.stderr.isatty() and (about_here := line_drop_here(os.environ)):
                    say(about_here)
                narration.follow(execution_id)
                result, code = await drive(session, execution_id, state_dir, arrived)
        except Left as left:
            return left.code
        finally:
            narration.stop()
            await leave_others(session)
        if result is not None:
            _show(result, entry.plan, execution_id, number, as_json=as_json, events=events)
        return code

    return in_session(state_dir, work)


async def _entry(session: ExecutionSession, asked: _Asked) -> QueueEntry:
    """The entry that was named, or the file's; a file whose run is refused is not queued. Raises ApprovalRefused."""
    named = await queued_or_file(session, asked.plan)
    if not isinstance(named, Submission):
        return named
    if asked.digest is not None:
        await _hold_file_to(session, named, asked, asked.digest)
    return await session.submit_data(named)


async def _hold_file_to(session: ExecutionSession, file: Submission, asked: _Asked, digest: str) -> None:
    """Raise ApprovalRefused before the file takes the place of what is in review under its id."""
    if session.settings.safety.read_only:
        raise ApprovalRefused("This session is read-only; nothing can be approved from here")
    try:
        review = await session.check(file)
        changed = await session.what_changed(digest, review)
        headless = session.settings.approval.headless
        decision = Decision(digest, asked.confirmation, asked.reason, headless, acknowledged=asked.no_way_back)
        PlanQueue.hold_to(review, decision, changed)
    except (InvalidPlan, DecisionIncomplete):
        pass  # an invalid file is kept as Refused, an incomplete decision is on the right plan: both are queued


async def _begin(session: ExecutionSession, entry: QueueEntry, asked: _Asked) -> UUID:
    """Start it, or say what to type. Raises what the decision lacks."""
    try:
        if asked.digest is None:
            return await session.run_unasked(entry.id, again=asked.again)
        return await session.approve(
            entry.id,
            digest=asked.digest,
            confirmation=asked.confirmation,
            reason=asked.reason,
            headless=session.settings.approval.headless,
            again=asked.again,
            acknowledged=asked.no_way_back,
        )
    except ApprovalRequired:
        await _refuse_decided(session, entry, asked)
        await _say_how(session, entry, asked)
        raise
    except DecisionIncomplete:
        await _say_how(session, entry, asked)
        raise
    except ApprovalRefused as refused:
        if (ran := _run_before(refused)) is not None:
            raise _ran_already(ran.number) from refused
        raise


def _run_before(refused: BaseException | None) -> AlreadyRan | None:
    """What the refusal comes from, when that is an earlier run of the plan."""
    while refused is not None and not isinstance(refused, AlreadyRan):
        refused = refused.__cause__
    return refused


def _ran_already(number: int) -> ApprovalRefused:
    return ApprovalRefused(f"This plan ran already as {number}; `--again` runs it once more")


async def _refuse_decided(session: ExecutionSession, entry: QueueEntry, asked: _Asked) -> None:
    """Approving would not help: raise ApprovalRefused, saying why."""
    match entry.state:
        case QueueState.REVIEW:
            return
        case QueueState.DONE if asked.again:
            return
        case QueueState.DONE | QueueState.RUNNING:
            raise _ran_already(await _number_of_run(session, entry))
        case _:
            by = f" by {entry.decided_by}" if entry.decided_by else ""
            why = f": {entry.reason}" if entry.reason else ""
            raise ApprovalRefused(f"{entry.number} is {entry.state.value}{safe_line(by)}{safe_line(why)}")


async def _number_of_run(session: ExecutionSession, entry: QueueEntry) -> int:
    try:
        return (await session.execution(entry.execution_id)).number if entry.execution_id else entry.number
    except KeyError:
        return entry.number  # its record was pruned


async def _say_how(session: ExecutionSession, entry: QueueEntry, asked: _Asked) -> None:
    review = await session.review(entry.id)
    words = ("run", str(entry.number), *(("--again",) if asked.again else ()))
    if review.blocked:
        raise ApprovalRefused(review.blocked)  # approving would not help
    say(f"{entry.number} is {review.level.value} and waits for a decision; its digest is {review.digest}")
    say(f"To approve and run it: {approving_line(review, asked.state_dir, *words)}")


def _teller(plan: ExecutionPlan, *, events: bool) -> Teller:
    return as_lines() if events else in_words(plan)


def _show(
    result: ExecutionResult, plan: ExecutionPlan, execution_id: UUID, number: int, *, as_json: bool, events: bool
) -> None:
    if as_json:
        show_json(result.model_dump(mode="json") | {"execution_id": str(execution_id), "number": number})
        return
    words = outcome(number, result, len(plan.commands))
    if events:
        say(words)
    else:
        show(words)


def outcome(number: int, result: ExecutionResult, commands: int) -> str:
    """The end in one line: `418 Completed: 3 of 3 commands completed in 2.4s`."""
    completed = sum(one.status is CommandStatus.COMPLETED for one in result.command_results)
    done = f"{completed} of {counted(commands, 'command')} completed in {elapsed(result.duration)}"
    error = f": {safe_line(str(result.error))}" if result.error and not isinstance(result.error, Cancelled) else ""
    return f"{number} {result.status.value}: {done}{error}"
