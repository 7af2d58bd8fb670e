"""`cancel`: stop an execution, whoever drives it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.program import PROGRAM
from cloudops_tui.cli.references import execution_named
from cloudops_tui.cli.sessions import in_session
from cloudops_tui.cli.speaking import say, show_json
from cloudops_tui.cli.standing import show_standing, standing_json
from cloudops_tui.engine.session import ExecutionSession

PATIENCE = 30.0  # seconds; a cancelled command has 3 s of grace before it is killed


@click.command("cancel")
@click.argument("execution", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="How it stands in the end, as `status ID --json` says it.")
@click.pass_obj
def cancel(state_dir: Path | None, execution: str, as_json: bool) -> int:
    """Stop an execution, whoever drives it: what runs is ended, the rest is skipped.

    Waits for its end, at most 30 s. One whose process died is taken over and ended.
    """

    async def work(session: ExecutionSession) -> int:
        stored = await execution_named(session, execution)
        if (await session.observe(stored.id)).status.ended:
            say(f"#{stored.number} has ended already; nothing was stopped")
        await session.cancel_execution(stored.id)
        try:
            async with asyncio.timeout(PATIENCE):
                await session.wait(stored.id)
        except TimeoutError:
            say(f"{stored.number} was asked to stop and has not ended within {PATIENCE:.0f} s; "
                f"`{PROGRAM} status {stored.number}` says when it has")  # fmt: skip
            await session.close(leave_running=True)
            return exit_codes.FAILED
        state, now_stored = await session.observe(stored.id), await session.execution(stored.id)
        if as_json:
            show_json(standing_json(now_stored, state))
        else:
            show_standing(now_stored, state, session.clock.now())
        return exit_codes.DONE

    return in_session(state_dir, work)
