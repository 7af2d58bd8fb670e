"""`reject`: say no to a queued plan."""

from __future__ import annotations

from pathlib import Path

import click

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.queue import entry_json
from cloudops_tui.cli.references import entry_named
from cloudops_tui.cli.sessions import in_session
from cloudops_tui.cli.speaking import show, show_json
from cloudops_tui.engine.session import ExecutionSession


@click.command("reject")
@click.argument("entry", metavar="ID")
@click.option("--reason", required=True, help="Why; kept with the plan.")
@click.option("--json", "as_json", is_flag=True, help="The entry in wire form.")
@click.pass_obj
def reject(state_dir: Path | None, entry: str, reason: str, as_json: bool) -> int:
    """Reject a queued plan; the reason is kept."""
    if not reason.strip():
        raise click.UsageError("`--reason` is blank; say why")

    async def work(session: ExecutionSession) -> int:
        rejected = await session.reject((await entry_named(session, entry)).id, reason=reason)
        if as_json:
            show_json(entry_json(rejected, None))
        else:
            show(f"{rejected.number}  {rejected.state.value}")
        return exit_codes.DONE

    return in_session(state_dir, work)
