"""What `redrive`, `reconcile` and `rollback` share: showing a request, waiting for the end."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.driving import Left, begun, drive, leave_others
from cloudops_tui.cli.narration import Narration, in_words
from cloudops_tui.cli.reviews import request_json, show_review
from cloudops_tui.cli.run import outcome
from cloudops_tui.cli.speaking import say, show, show_json
from cloudops_tui.engine.ports import StoredExecution
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.headless import signals
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.result import ExecutionResult
from cloudops_tui.model.review import Review
from cloudops_tui.model.unknown import RedriveWish


def ask(review: Review, line: str, *, as_json: bool) -> int:
    """Show what would run, its digest and how to approve it."""
    if as_json:
        show_json(request_json(review))
    else:
        show_review(review)
    say(f"To approve and run it: {line}")
    return exit_codes.NEEDS_APPROVAL


async def go_on(
    session: ExecutionSession,
    state_dir: Path | None,
    stored: StoredExecution,
    wish: RedriveWish,
    *,
    digest: str = "",
    reason: str = "",
    confirmation: str = "",
    acknowledged: bool = False,
    as_json: bool = False,
) -> int:
    """Let it go on as approved, and wait for its end; the exit code that it means."""
    redriving = session.redrive(
        stored.id,
        wish,
        digest=digest,
        confirmation=confirmation,
        reason=reason,
        headless=session.settings.approval.headless,
        acknowledged=acknowledged,
    )
    result, code = await carried_out(session, state_dir, stored, redriving, stored.plan)
    if result is not None:
        show_result(stored, result, as_json=as_json)
    return code


async def carried_out(
    session: ExecutionSession,
    state_dir: Path | None,
    stored: StoredExecution,
    work: Coroutine[Any, Any, None],
    plan: ExecutionPlan,
) -> tuple[ExecutionResult | None, int]:
    """What `work` begins on an execution that had ended, narrated to its end: the result and what it means. `plan` has
    the names of its commands. Without a result it goes on elsewhere, or did not begin."""
    narration = Narration(session, in_words(plan))
    narration.follow(stored.id)
    try:
        with signals() as arrived:
            await begun(session, work, arrived)
            return await drive(session, stored.id, state_dir, arrived)
    except Left as left:
        return None, left.code
    finally:
        narration.stop()
        await leave_others(session)


def show_result(stored: StoredExecution, result: ExecutionResult, *, as_json: bool) -> None:
    """How it came out."""
    if as_json:
        show_json(result.model_dump(mode="json") | {"execution_id": str(stored.id), "number": stored.number})
    else:
        show(outcome(stored.number, result, len(stored.plan.commands)))
