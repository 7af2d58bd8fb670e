"""What `redrive` and `reconcile` share: naming a command, showing a request, waiting for the end."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.driving import drive, leave_others
from cloudops_tui.cli.failures import UnknownReference
from cloudops_tui.cli.narration import Narration, in_words
from cloudops_tui.cli.reviews import request_json, show_review
from cloudops_tui.cli.run import outcome
from cloudops_tui.cli.speaking import say, show, show_json
from cloudops_tui.engine.ports import StoredExecution
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.review import Review
from cloudops_tui.model.unknown import RedriveWish
from cloudops_tui.policy.rollback import all_compensations
from cloudops_tui.policy.safe_text import safe_line

LONGEST_PLACE = 6  # digits; longer ones are the beginning of an id


def command_named(plan: ExecutionPlan, reference: str) -> UUID:
    """A command by its place in the plan, from 1, or by the beginning of its id; a compensation by that alone."""
    if reference.isascii() and reference.isdigit() and len(reference) <= LONGEST_PLACE:
        place = int(reference)
        if not 1 <= place <= len(plan.commands):
            raise UnknownReference(f"There is no command {reference}; the plan has 1 to {len(plan.commands)}")
        return plan.commands[place - 1].id
    everything = (*plan.commands, *(undo.compensation for undo in all_compensations(plan)))
    found = {one.id for one in everything if str(one.id).startswith(reference.lower())}
    if len(found) != 1:
        many = "several commands begin" if found else "no command begins"
        raise UnknownReference(f"In the plan {many} with `{safe_line(reference)}`; its place, from 1, names one, too")
    return found.pop()


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
    as_json: bool = False,
) -> int:
    """Let it go on as approved, and wait for its end; the exit code that it means."""
    narration = Narration(session, in_words(stored.plan))
    narration.follow(stored.id)
    try:
        headless = session.settings.approval.headless
        await session.redrive(
            stored.id, wish, digest=digest, confirmation=confirmation, reason=reason, headless=headless
        )
        result, code = await drive(session, stored.id, state_dir)
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
