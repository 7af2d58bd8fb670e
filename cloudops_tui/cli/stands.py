"""What runs and what waits, or how one plan stands, in words or as JSON."""

from __future__ import annotations

from pathlib import Path

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.queue import digest_of, entry_json
from cloudops_tui.cli.references import execution_or_entry
from cloudops_tui.cli.reviews import say_problems
from cloudops_tui.cli.sessions import in_session, sweep_inbox
from cloudops_tui.cli.speaking import say, show, show_json
from cloudops_tui.cli.standing import headline, show_standing, standing_json
from cloudops_tui.engine.ports import StoredExecution
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.wording import RISK_WORDS, age


def show_status(state_dir: Path | None, reference: str | None, *, as_json: bool) -> int:
    """Show everything, or one; the exit code."""

    async def work(session: ExecutionSession) -> int:
        await sweep_inbox(session)
        if reference is None:
            await _show_everything(session, as_json=as_json)
            return exit_codes.DONE
        found = await execution_or_entry(session, reference)
        if isinstance(found, StoredExecution):
            await _show_execution(session, found, as_json=as_json)
        else:
            await _show_entry(session, found, as_json=as_json)
        return exit_codes.DONE

    return in_session(state_dir, work)


async def _show_everything(session: ExecutionSession, *, as_json: bool) -> None:
    running = [(one, await session.observe(one.id)) for one in await session.unfinished()]
    review = [entry for entry in await session.queue() if entry.state is QueueState.REVIEW]
    if as_json:
        entries = [entry_json(one, await digest_of(session, one)) for one in review]
        show_json({"running": [standing_json(stored, state) for stored, state in running], "review": entries})
        return
    now = session.clock.now()
    for stored, state in running:
        show(headline(stored, state, now))
    for entry in review:
        show(_entry_line(session, entry))
    if not running and not review:
        say("Nothing runs and nothing waits for a decision")


async def _show_execution(session: ExecutionSession, stored: StoredExecution, *, as_json: bool) -> None:
    state = await session.observe(stored.id)
    if as_json:
        show_json(standing_json(stored, state))
    else:
        show_standing(stored, state, session.clock.now())


async def _show_entry(session: ExecutionSession, entry: QueueEntry, *, as_json: bool) -> None:
    digest = await digest_of(session, entry)
    if as_json:
        show_json(entry_json(entry, digest))
        return
    show(_entry_line(session, entry))
    if digest is not None:
        show(f"      digest {digest}")
    if entry.reason:
        show(f"      {safe_line(entry.decided_by or 'somebody')}: {safe_line(entry.reason)}")
    say_problems(entry.problems)


def _entry_line(session: ExecutionSession, entry: QueueEntry) -> str:
    level = RISK_WORDS[entry.risk_level] if entry.risk_level else "-"
    what = safe_line(entry.plan.description) if entry.plan else safe_line(entry.source)
    return f"{entry.number}  {entry.state.value}  {level}  {age(entry.submitted_at, session.clock.now())}  {what}"
