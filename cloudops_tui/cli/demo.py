"""`demo`: everything, on an AWS of its own."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from cloudops_tui.bootstrap import Setup, make_session, run_tui
from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.demo_home import demo_aws, drop_plans
from cloudops_tui.cli.demo_outcome import Checked, differences, look
from cloudops_tui.cli.demo_plans import DemoPlan, IsRefused, demo_plans
from cloudops_tui.cli.queue import entry_json
from cloudops_tui.cli.sessions import INBOX
from cloudops_tui.cli.speaking import say, show_json, show_table
from cloudops_tui.cli.terminal import has_terminal
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.result import CommandStatus
from cloudops_tui.presentation.wording import EXECUTION_SIGNS, RISK_WORDS, counted, elapsed
from cloudops_tui.sources.inbox import watch_inbox

AT_ONCE = 2  # executions; each runs up to eight `aws` at a time, and a small machine has two cores
ARRIVE_WITHIN = 60.0  # seconds
STOP_WITHIN = 15.0  # seconds for commands in flight when the demo is broken off


@click.command("demo")
@click.option("--headless", is_flag=True, help="Approve and run every plan, then check what really exists.")
@click.option("--json", "as_json", is_flag=True, help="With --headless: the records and the refused, in one document.")
def demo(headless: bool, as_json: bool) -> int:
    """Try everything on an embedded AWS; needs no account and no network.

    In a terminal its plans wait in the queue. `--headless` approves each by digest, runs all, and compares what then
    exists with what should; exit code 0 only if everything ended as it should.
    """
    if not headless and not has_terminal():
        say("No terminal here: this is `demo --headless`")
        headless = True
    if as_json and not headless:
        raise click.UsageError("`--json` goes with `--headless`")
    say("Starting an AWS of our own; this takes some seconds")
    with demo_aws() as (aws, setup):
        return _headless(aws.estate, setup, as_json=as_json) if headless else _in_terminal(aws.estate, setup)


# --- in a terminal ---------------------------------------------------------------------------------------------------


def _in_terminal(estate: Mapping[str, Any], setup: Setup) -> int:
    assert setup.state_dir is not None
    drop_plans(setup.state_dir, demo_plans(estate))
    try:
        return run_tui(setup, demo=True)
    finally:
        asyncio.run(_stop_everything(setup))


async def _stop_everything(setup: Setup) -> None:
    """What the operator left running goes with its AWS."""
    session = make_session(setup, asyncio.get_running_loop())
    try:
        await _cancel_all(session)
    finally:
        await session.close(leave_running=True)


# --- headless --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Outcome:
    """A plan of the demo, and what came of it."""

    plan: DemoPlan
    entry: QueueEntry
    record: ExecutionRecord | None
    checks: tuple[Checked, ...]
    wrong: tuple[str, ...]
    """What differs from what should be."""


def _headless(estate: Mapping[str, Any], setup: Setup, *, as_json: bool) -> int:
    ended_by: list[int] = []
    try:
        outcomes = asyncio.run(_outcomes(estate, setup, ended_by))
    except asyncio.CancelledError:
        return 128 + ended_by[0]
    if as_json:
        show_json(
            {
                "records": [one.record.model_dump(mode="json") for one in outcomes if one.record is not None],
                "refused": [entry_json(one.entry, None) for one in outcomes if one.record is None],
            }
        )
    else:
        _show(outcomes)
    wrong = [f"{one.plan.file_name}: {said}" for one in outcomes for said in one.wrong]
    for line in wrong:
        say(line)
    say("Everything ended as it should" if not wrong else f"{counted(len(wrong), 'difference')}")
    return exit_codes.FAILED if wrong else exit_codes.DONE


async def _outcomes(estate: Mapping[str, Any], setup: Setup, ended_by: list[int]) -> list[_Outcome]:
    """`ended_by` gets the signal that broke it off."""
    assert setup.state_dir is not None
    _end_on_signals(ended_by)
    session = make_session(setup, asyncio.get_running_loop())
    watching = asyncio.ensure_future(watch_inbox(session, setup.state_dir / INBOX))
    try:
        plans = demo_plans(estate)
        drop_plans(setup.state_dir, plans)
        entries = await _arrived(session, plans)
        say(f"{counted(len(plans), 'plan')} came through the inbox")
        together = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(_run(session, plan, entries[plan.file_name], estate, together)) for plan in plans
            ]
        return [task.result() for task in tasks]
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await _cancel_all(session)
        await session.close(leave_running=True)


async def _arrived(session: ExecutionSession, plans: Sequence[DemoPlan]) -> dict[str, QueueEntry]:
    """The entries by the names of their files, once all are there."""
    names = {plan.file_name for plan in plans}
    async with asyncio.timeout(ARRIVE_WITHIN):
        while True:
            found = {entry.source.removeprefix(f"{INBOX}/"): entry for entry in await session.queue()}
            if names <= found.keys():
                return found
            await asyncio.sleep(0.1)


async def _run(
    session: ExecutionSession,
    plan: DemoPlan,
    entry: QueueEntry,
    estate: Mapping[str, Any],
    together: asyncio.Semaphore,
) -> _Outcome:
    """Approve one plan by its digest, run it, and look at what exists then."""
    if entry.state is QueueState.REFUSED:
        say(f"{plan.file_name}: refused, with {counted(len(entry.problems), 'problem')}")
        return _Outcome(plan, entry, None, (), differences(plan, entry, None, ()))
    async with together:
        review = await session.review(entry.id)
        execution_id = await session.approve(
            entry.id,
            digest=review.digest,
            confirmation=next(iter(review.confirmation.accepted), ""),
            reason="the demo runs all of its plans",
            headless=session.settings.approval.headless,
            acknowledged=True,
        )
        say(f"{plan.file_name}: approved {review.short_digest} as {entry.number}")
        result = await session.wait(execution_id)
        say(f"{plan.file_name}: {result.status.value} in {elapsed(result.duration)}")
        checks = await look(plan, str(estate["region"]))
    record = await session.record(execution_id)
    return _Outcome(plan, entry, record, checks, differences(plan, entry, record, checks))


async def _cancel_all(session: ExecutionSession) -> None:
    """End what still runs, and wait for it a while."""
    for one in await session.unfinished():
        await session.cancel_execution(one.id)
    ends = [asyncio.ensure_future(session.wait(one)) for one in await session.driving()]
    if ends:
        await asyncio.wait(ends, timeout=STOP_WITHIN)


def _end_on_signals(ended_by: list[int]) -> None:
    """SIGTERM and SIGHUP cancel this task, as SIGINT does by itself."""
    task = asyncio.current_task()
    assert task is not None

    def end(which: int) -> None:
        ended_by.append(which)
        task.cancel()

    for which in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(which) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(which, end, which)


def _show(outcomes: Sequence[_Outcome]) -> None:
    show_table(
        ("NO", "RISK", "STATUS", "COMMANDS", "ATTEMPTS", "TOOK", "CHECKS", "AS EXPECTED", "PLAN"),
        [_row(one) for one in outcomes],
        right=(0, 3, 4, 5, 6),
    )


def _row(one: _Outcome) -> tuple[str, ...]:
    expected = "yes" if not one.wrong else "NO"
    if one.record is None:
        refused = "refused" if isinstance(one.plan.expected, IsRefused) else "REFUSED"
        problems = counted(len(one.entry.problems), "problem")
        return str(one.entry.number), "-", refused, "-", "-", "-", problems, expected, one.plan.file_name
    record = one.record
    results = record.result.command_results
    done = sum(each.status is CommandStatus.COMPLETED for each in results)
    held = sum(each.held for each in one.checks)
    return (
        str(record.number),
        RISK_WORDS[record.risk_level or record.execution_plan.risk_level],
        EXECUTION_SIGNS[record.result.status].word,
        f"{done}/{len(record.execution_plan.commands)}",
        str(sum(each.attempts or 0 for each in results)),
        elapsed(record.duration),
        f"{held}/{len(one.checks)}",
        expected,
        f"{one.plan.file_name}: {record.execution_plan.description}",
    )
