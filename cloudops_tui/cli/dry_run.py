"""`dry-run`: rehearse a plan."""

from __future__ import annotations

from pathlib import Path

import click

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.counting import Counting
from cloudops_tui.cli.references import queued_or_file
from cloudops_tui.cli.reviews import show_problems
from cloudops_tui.cli.sessions import in_session
from cloudops_tui.cli.speaking import show, show_json
from cloudops_tui.engine.plan_queue import InvalidPlan, Submission
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.result import CommandDryRun, DryRunNo, DryRunResult, DryRunRung
from cloudops_tui.policy.safe_text import safe_line


@click.command("dry-run")
@click.argument("plan", metavar="FILE|-|ID")
@click.option("--json", "as_json", is_flag=True, help="The DryRunResult in wire form.")
@click.pass_obj
def dry_run(state_dir: Path | None, plan: str, as_json: bool) -> int:
    """Rehearse a plan; nothing is changed.

    Sends only STS's who-am-I, reads of what would be changed, and calls that carry the service's or the tool's own
    dry-run switch. Exit code 1 when anything answered no: refused, absent, or not as the command needs it.
    """

    async def work(session: ExecutionSession) -> int:
        named = await queued_or_file(session, plan)
        if not isinstance(named, Submission) and named.plan is None:
            show_problems(named.problems, as_json=as_json)
            return exit_codes.USAGE
        try:
            whole = (await session.read(named)).plan if isinstance(named, Submission) else named.plan
        except InvalidPlan as error:
            show_problems(error.problems, as_json=as_json)
            return exit_codes.USAGE
        assert whole is not None
        counting = Counting("rehearsed")
        try:
            if isinstance(named, Submission):
                result = await session.dry_run(whole, base_dir=named.base_dir, told=counting)
            else:
                result = await session.rehearse(named.id, counting)
        finally:
            counting.end()
        if as_json:
            show_json(result.model_dump(mode="json"))
        else:
            _show_result(whole, result)
        return exit_codes.DONE if result.passed else exit_codes.FAILED

    return in_session(state_dir, work)


_RUNGS = {
    DryRunRung.STATIC: "well formed",
    DryRunRung.IDENTITY: "account answered",
    DryRunRung.AUTHORISED: "authorised",
    DryRunRung.STATE: "state read",
    DryRunRung.NATIVE: "effects listed",
}
_NOS = {DryRunNo.REFUSED: "NO: refused", DryRunNo.ABSENT: "NO: absent", DryRunNo.DIFFERENT: "NO: different"}


def _show_result(plan: ExecutionPlan, result: DryRunResult) -> None:
    described = {one.id: one.description for one in plan.commands}
    for number, one in enumerate(result.commands, start=1):
        _show_command(number, described[one.command_id], one)
    states = f", state read of {result.states}" if result.states else ""
    counts = f"{result.natively} of {len(result.commands)} natively{states}"
    if not result.passed:
        failed = sum(not one.passed for one in result.commands)
        show(f"Rehearsal failed: {failed} answered with no; {counts}")
    elif not result.natively and not result.states:
        show("Nothing could be rehearsed: permission and effect of every command are unknown")
    else:
        show(f"Rehearsal passed, as far as it went: {counts}")


def _show_command(number: int, description: str, one: CommandDryRun) -> None:
    verdict = _RUNGS[one.rung] if one.passed else _NOS[one.no or DryRunNo.REFUSED]
    show(f"{number:>3}  {verdict:<16}  {safe_line(description)}")
    show(f"     {safe_line(one.description)}")
    for found in one.found or ():
        show(f"     = {safe_line(found)}")
    for change in one.changes:
        show(f"     ~ {safe_line(change)}")
    for warning in one.warnings:
        show(f"     ! {safe_line(warning)}")
    for detail in one.details or ():
        show(f"       {safe_line(detail)}")
