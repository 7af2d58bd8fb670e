"""`reconcile`: say what came of a command whose end is not known."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import click

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.driving import code_of
from cloudops_tui.cli.going_on import ask, go_on
from cloudops_tui.cli.program import PROGRAM
from cloudops_tui.cli.references import command_line, command_named, execution_named
from cloudops_tui.cli.reviews import approving_line
from cloudops_tui.cli.run import outcome
from cloudops_tui.cli.sessions import in_session
from cloudops_tui.cli.speaking import say, show, show_json
from cloudops_tui.engine.plan_queue import ApprovalRefused, DecisionIncomplete
from cloudops_tui.engine.ports import StoredExecution
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.model.errors import Other
from cloudops_tui.model.reconcile import Resolution
from cloudops_tui.model.unknown import RedriveWish
from cloudops_tui.presentation import unknown

LABEL = 9  # cells


@click.command("reconcile")
@click.argument("execution", metavar="ID")
@click.argument("command", metavar="[COMMAND]", required=False)
@click.option("--done", "said", flag_value=Resolution.DONE.value, help="It did its work: it counts as completed.")
@click.option("--not-done", "said", flag_value=Resolution.NOT_DONE.value, help="It did nothing: it counts as failed.")
@click.option("--run-again", "said", flag_value=Resolution.RUN_AGAIN.value, help="Send it once more, with its token.")
@click.option("--reason", default="", help="How it is known, or why it is sent again; kept with the command.")
@click.option("--approve", "digest", metavar="DIGEST", help="With `--run-again`: approve what was shown with it.")
@click.option("--confirm", "confirmation", metavar="TEXT", default="", help="With `--run-again`: what it says to type.")
@click.option("--no-way-back", is_flag=True, help="With `--run-again`: you know that nothing undoes what it destroys.")
@click.option("--json", "as_json", is_flag=True, help="What is known, the request, or the ExecutionResult.")
@click.pass_obj
def reconcile(
    state_dir: Path | None,
    execution: str,
    command: str | None,
    said: str | None,
    reason: str,
    digest: str | None,
    confirmation: str,
    no_way_back: bool,
    as_json: bool,
) -> int:
    """Resolve a command whose end is not known: done, not done, or run again. Nothing does that by itself.

    Without a choice it shows what is known, asks the account what is there now, and exits with 5.
    COMMAND is its place in the plan, or the beginning of its id; where only one is Unknown it may be left out.
    """

    async def work(session: ExecutionSession) -> int:
        stored = await execution_named(session, execution)
        try:
            open_ones = await session.unresolved(stored.id)
            # What a rollback proposed is in no plan that is stored.
            plan = (await session.observe(stored.id)).plan
            wanted = (command_named(plan, command).id,) if command is not None else open_ones
            if said is None:
                return await _show(session, state_dir, stored, wanted, as_json=as_json)
            one = _only(wanted, stored)
            if said == Resolution.RUN_AGAIN.value:
                return await _again(
                    session, state_dir, stored, one, digest, reason, confirmation,
                    acknowledged=no_way_back, as_json=as_json,
                )  # fmt: skip
        except Other as error:
            raise ApprovalRefused(str(error)) from error
        if not reason.strip():
            raise DecisionIncomplete("Say with `--reason TEXT` how that is known; it is kept with the command")
        await session.reconcile(stored.id, one, resolution=Resolution(said), reason=reason)
        result = await session.get_result(stored.id)
        if as_json:
            show_json(result.model_dump(mode="json") | {"execution_id": str(stored.id), "number": stored.number})
        else:
            show(outcome(stored.number, result, len(stored.plan.commands)))
        left = len(await session.unresolved(stored.id))
        if left:
            say(f"Still Unknown: {left}; `{PROGRAM} reconcile {stored.number}` shows what is known")
        return exit_codes.UNKNOWN if left else code_of(result)

    return in_session(state_dir, work)


def _only(wanted: tuple[UUID, ...], stored: StoredExecution) -> UUID:
    if len(wanted) == 1:
        return wanted[0]
    if not wanted:
        raise ApprovalRefused(f"Nothing in {stored.number} is Unknown")
    raise click.UsageError(f"{len(wanted)} commands of {stored.number} are Unknown; say which")


async def _show(
    session: ExecutionSession,
    state_dir: Path | None,
    stored: StoredExecution,
    wanted: tuple[UUID, ...],
    *,
    as_json: bool,
) -> int:
    found = [await session.unknown_facts(stored.id, one) for one in wanted]
    if as_json:
        show_json({"unknown": [unknown.as_json(one) for one in found]})
        return exit_codes.UNKNOWN if found else exit_codes.DONE
    if not found:
        show(f"Nothing in {stored.number} is Unknown")
        return exit_codes.DONE
    for one in found:
        for label, words in unknown.facts(one):
            show(f"{label:<{LABEL}} {words}")
        name = str(one.place or one.command.id)
        line = command_line(state_dir, "reconcile", str(stored.number), name)
        show()
        say(f"Then one of: {line} --done --reason TEXT\n"
            f"             {line} --not-done --reason TEXT\n"
            f"             {line} --run-again --reason TEXT")  # fmt: skip
    return exit_codes.UNKNOWN


async def _again(
    session: ExecutionSession,
    state_dir: Path | None,
    stored: StoredExecution,
    command_id: UUID,
    digest: str | None,
    reason: str,
    confirmation: str,
    *,
    acknowledged: bool,
    as_json: bool,
) -> int:
    wish = RedriveWish(again=command_id)
    review = await session.redrive_review(stored.id, wish)
    if review is None or digest is not None:
        return await go_on(
            session, state_dir, stored, wish,
            digest=digest or "", reason=reason, confirmation=confirmation, acknowledged=acknowledged, as_json=as_json,
        )  # fmt: skip
    places = {one.id: place for place, one in enumerate(stored.plan.commands, start=1)}
    words = ("reconcile", str(stored.number), str(places.get(command_id, command_id)), "--run-again")
    line = approving_line(review, state_dir, *words)
    return ask(review, line if "--reason" in line else f"{line} --reason TEXT", as_json=as_json)
