"""`rollback`: undo an execution, as its digest approves."""

from __future__ import annotations

from pathlib import Path

import click

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.going_on import ask, carried_out, show_result
from cloudops_tui.cli.references import command_line, execution_named
from cloudops_tui.cli.reviews import approving_line
from cloudops_tui.cli.sessions import in_session
from cloudops_tui.cli.speaking import say
from cloudops_tui.engine.plan_queue import ApprovalRefused
from cloudops_tui.engine.ports import StoredExecution
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.model.errors import Other
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.policy.rollback import with_names
from cloudops_tui.policy.safe_text import quoted
from cloudops_tui.policy.undo.by_hand import by_hand
from cloudops_tui.state.execution import left_of


@click.command("rollback")
@click.argument("execution", metavar="ID")
@click.option("--approve", "digest", metavar="DIGEST", help="Approve the rollback that was shown with this digest.")
@click.option("--reason", default="", help="Why; required for Destructive rollbacks.")
@click.option("--confirm", "confirmation", metavar="ACCOUNT", default="", help="The account, for dangerous ones.")
@click.option("--no-way-back", is_flag=True, help="You know that nothing undoes some of what it destroys.")
@click.option("--json", "as_json", is_flag=True, help="The approval request, or the ExecutionResult, in wire form.")
@click.pass_obj
def rollback(
    state_dir: Path | None,
    execution: str,
    digest: str | None,
    reason: str,
    confirmation: str,
    no_way_back: bool,
    as_json: bool,
) -> int:
    """Undo what an execution completed, in reverse order: with the compensations of its plan, and where it has none
    with what was recorded before each command was sent.

    Without `--approve` it shows what would run, and its digest, and exits with 3.
    """

    async def work(session: ExecutionSession) -> int:
        stored = await execution_named(session, execution)
        try:
            review = await session.rollback_review(stored.id)
        except Other as error:
            raise ApprovalRefused(str(error)) from error
        if digest is None:
            return ask(review, approving_line(review, state_dir, "rollback", str(stored.number)), as_json=as_json)
        undoing = session.rollback(
            stored.id,
            digest=digest,
            confirmation=confirmation,
            reason=reason,
            headless=session.settings.approval.headless,
            acknowledged=no_way_back,
        )
        # What was proposed is in no plan that is stored yet; its names are in the review.
        named = with_names(stored.plan, review.plan.commands)
        result, code = await carried_out(session, state_dir, stored, undoing, named)
        if result is None:
            return code
        show_result(stored, result, as_json=as_json)
        if not as_json:
            await _show_left(session, stored)
        return exit_codes.DONE if result.status is ExecutionStatus.ROLLED_BACK else code

    return in_session(state_dir, work)


async def _show_left(session: ExecutionSession, stored: StoredExecution) -> None:
    """What a rollback that failed did not come to, as one would type it."""
    left = left_of(await session.observe(stored.id))
    if left:
        say(f"Left to undo; `{command_line(None, 'rollback', str(stored.number))}` goes on, or by hand:")
    for command in left:
        say(f"    {' '.join(map(quoted, by_hand(command)))}")
