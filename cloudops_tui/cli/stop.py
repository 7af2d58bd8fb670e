"""`stop`: finish what an execution runs, and begin no more of it, whoever drives it."""

from __future__ import annotations

from pathlib import Path

import click

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.references import command_line, execution_named
from cloudops_tui.cli.sessions import in_session
from cloudops_tui.cli.speaking import say, show_json
from cloudops_tui.cli.standing import show_standing, standing_json
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.presentation.arrangement import arranged
from cloudops_tui.presentation.graph import Graph
from cloudops_tui.presentation.stopping import finishing


@click.command("stop")
@click.argument("execution", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="How it stands in the end, as `status ID --json` says it.")
@click.pass_obj
def stop(state_dir: Path | None, execution: str, as_json: bool) -> int:
    """Finish what an execution runs, and begin no more of it: what has not begun is skipped, and nothing is undone.

    Waits for its end, however long; Ctrl-C ends the waiting and leaves the request. `cancel` ends what runs, too.
    """

    async def work(session: ExecutionSession) -> int:
        stored = await execution_named(session, execution)
        state = await session.observe(stored.id)
        if not state.status.ended:
            say(f"{stored.number}: {finishing(arranged(Graph(state.plan), state))}")
        else:
            say(f"#{stored.number} has ended already; nothing was stopped")
        await session.stop_execution(stored.id)
        if not state.status.ended:
            say(f"Asked; waiting for its end. `{command_line(state_dir, 'cancel', str(stored.number))}` ends what runs")
        await session.wait(stored.id)
        state, now_stored = await session.observe(stored.id), await session.execution(stored.id)
        if as_json:
            show_json(standing_json(now_stored, state))
        else:
            show_standing(now_stored, state, session.clock.now())
        return exit_codes.DONE

    return in_session(state_dir, work)
