"""`redrive`: an execution goes on with what is not done, as its digest approves."""

from __future__ import annotations

from pathlib import Path

import click

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.going_on import ask, go_on
from cloudops_tui.cli.program import PROGRAM
from cloudops_tui.cli.references import command_named, execution_named, plan_file
from cloudops_tui.cli.reviews import approving_line
from cloudops_tui.cli.sessions import in_session
from cloudops_tui.cli.speaking import say, show
from cloudops_tui.engine.plan_queue import ApprovalRefused, DecisionIncomplete
from cloudops_tui.engine.ports import StoredExecution
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.model.errors import InvalidCommand, Other
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.review import Review
from cloudops_tui.model.unknown import RedriveWish
from cloudops_tui.policy.rollback import runs_by_itself
from cloudops_tui.presentation.wording import counted


@click.command("redrive")
@click.argument("execution", metavar="ID")
@click.option("--skip", "skipped", metavar="COMMAND", multiple=True, help="Leave it out: its place in the plan, or id.")
@click.option("--edit", "edited", metavar="FILE", help="The plan with commands changed that are not done.")
@click.option("--plan", "print_plan", is_flag=True, help="Print the plan, to be changed for `--edit`.")
@click.option("--approve", "digest", metavar="DIGEST", help="Approve what was shown with this digest.")
@click.option("--reason", default="", help="Why; required with `--skip` and for dangerous commands.")
@click.option("--confirm", "confirmation", metavar="ACCOUNT", default="", help="The account, for dangerous ones.")
@click.option("--no-way-back", is_flag=True, help="You know that nothing undoes some of what it destroys.")
@click.option("--json", "as_json", is_flag=True, help="The approval request, or the ExecutionResult, in wire form.")
@click.pass_obj
def redrive(
    state_dir: Path | None,
    execution: str,
    skipped: tuple[str, ...],
    edited: str | None,
    print_plan: bool,
    digest: str | None,
    reason: str,
    confirmation: str,
    no_way_back: bool,
    as_json: bool,
) -> int:
    """Go on with an execution that failed, was cancelled or interrupted: what completed is kept and not repeated.

    Without `--approve` it shows what would run, and its digest, and exits with 3.
    """

    async def work(session: ExecutionSession) -> int:
        stored = await execution_named(session, execution)
        if print_plan:
            show(stored.plan.model_dump_json(indent=2))
            return exit_codes.DONE
        if skipped and not reason.strip():
            raise DecisionIncomplete("Say with `--reason TEXT` why it is left out")
        wish = RedriveWish(
            skip={command_named(stored.plan, one).id: reason.strip() for one in skipped},
            edited=await _edited(session, stored, edited),
        )
        try:
            review = await session.redrive_review(stored.id, wish)
        except InvalidCommand:
            raise  # an edit that cannot run
        except Other as error:
            raise ApprovalRefused(str(error)) from error
        if review is not None and digest is None:
            words = [part for one in skipped for part in ("--skip", one)]
            words += ["--edit", edited] if edited else []
            words += ["--reason", reason] if skipped else []
            line = approving_line(review, state_dir, "redrive", str(stored.number), *words)
            _say_places(stored, review)
            return ask(review, line.removesuffix(" --reason TEXT") if skipped else line, as_json=as_json)
        if review is None:
            say(f"Nothing of {stored.number} is left to run")
        return await go_on(
            session, state_dir, stored, wish,
            digest=digest or "", reason=reason, confirmation=confirmation, acknowledged=no_way_back, as_json=as_json,
        )  # fmt: skip

    return in_session(state_dir, work)


def _say_places(stored: StoredExecution, review: Review) -> None:
    """Which commands of the plan these are, and what else the decision means."""
    kept = len(stored.plan.commands) - len(review.commands)
    left = {one.id for one in review.plan.commands}
    places = [str(place) for place, one in enumerate(stored.plan.commands, start=1) if one.id in left]
    named = f", {', '.join(places)} in its plan" if len(places) == len(left) else ""
    runs = f"Of #{stored.number} this runs {counted(len(left), 'command')}{named}"
    say(f"{runs}; {counted(kept, 'command')} not run again")
    if runs_by_itself(stored.plan):
        say(f"Should it fail again, nothing is undone by itself; `{PROGRAM} rollback {stored.number}` undoes")


async def _edited(session: ExecutionSession, stored: StoredExecution, name: str | None) -> ExecutionPlan | None:
    """The plan in the file; raises InvalidPlan with its problems."""
    return await session.read_edited(stored.id, plan_file(name).data) if name is not None else None
