"""What `redrive` and `reconcile` share: showing a request, waiting for the end."""

from __future__ import annotations

from pathlib import Path

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.driving import Left, begun, drive, leave_others
from cloudops_tui.cli.narration import Narration, in_words
from cloudops_tui.cli.reviews import request_json, show_review
from cloudops_tui.cli.run import outcome
from cloudops_tui.cli.speaking import say, show, show_json
from cloudops_tui.engine.ports import StoredExecution
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.headless import signals
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
    narration = Narration(session, in_words(stored.plan))
    narration.follow(stored.id)
    try:
        headless = session.settings.approval.headless
        with signals() as arrived:
            going_on = session.redrive(
                stored.id,
                wish,
                digest=digest,
                confirmation=confirmation,
                reason=reason,
                headless=headless,
                acknowledged=acknowledged,
            )
            await begun(going_on, arrived)
            result, code = await drive(session, stored.id, state_dir, arrived)
    except Left as left:
        return left.code
    finally:
        narration.stop()
        await leave_others(session)
    if result is None:
        return code
    if as_json:
        show_json(result.model_dump(mode="json") | {"execution_id": str(stored.id), "number": stored.number})
    else:
        show(outcome(stored.number, result, len(stored.plan.commands)))
    return code
