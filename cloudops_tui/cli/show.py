"""`show`: everything about one execution."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.references import execution_named
from cloudops_tui.cli.reviews import spelled
from cloudops_tui.cli.sessions import in_session
from cloudops_tui.cli.speaking import show as show_text
from cloudops_tui.cli.speaking import show_json
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.model.approval import ApprovalMetadata
from cloudops_tui.model.events import CommandReconciled, Redriven, RollbackStarted
from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.model.result import CommandResult
from cloudops_tui.model.wire import write_timestamp
from cloudops_tui.policy.safe_text import safe_line, safe_text
from cloudops_tui.presentation import decided as decisions
from cloudops_tui.presentation.redriven import reconciled_words, redriven_words, title_of
from cloudops_tui.presentation.wording import EXECUTION_SIGNS, RISK_WORDS, command_sign, elapsed

SHOWN_OF_OUTPUT = 10  # lines of each command; `logs` has them all


@click.command("show")
@click.argument("execution", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="The ExecutionRecord in wire form.")
@click.pass_obj
def show(state_dir: Path | None, execution: str, as_json: bool) -> int:
    """Everything about one execution: plan, decision, results, and the end of each command's output."""

    async def work(session: ExecutionSession) -> int:
        record = await session.record((await execution_named(session, execution)).id)
        if as_json:
            show_json(record.model_dump(mode="json"))
        else:
            afterwards = (RollbackStarted, Redriven, CommandReconciled)
            _show(record, [one for one in await session.story(record.id) if isinstance(one, afterwards)])
        return exit_codes.DONE

    return in_session(state_dir, work)


def _show(record: ExecutionRecord, afterwards: Iterable[RollbackStarted | Redriven | CommandReconciled]) -> None:
    plan, result = record.execution_plan, record.result
    level = RISK_WORDS[record.risk_level or plan.risk_level]
    show_text(f"{record.number or '-'}  {EXECUTION_SIGNS[result.status].word}  {safe_line(plan.description)}")
    show_text(f"  execution     {record.id}")
    show_text(f"  plan          {plan.id}")
    show_text(f"  conversation  {record.conversation_id}")
    if record.user_prompt:
        show_text(f"  prompt        {safe_line(record.user_prompt)}")
    show_text(f"  level         {level}")
    show_text(f"  begun         {write_timestamp(record.timestamp)}, took {elapsed(record.duration)}")
    if record.approval_metadata is not None:
        _show_decision("approved", record.approval_metadata)
    for event in afterwards:
        match event:
            case RollbackStarted():
                _show_rollback(event)
            case Redriven():
                _show_redrive(event)
            case CommandReconciled():
                at = f" at {write_timestamp(event.at)}" if event.at else ""
                show_text(f"  resolved      {title_of(plan, event.command_id)}: {reconciled_words(event)}{at}")
    if result.error is not None:
        show_text(f"  error         {safe_line(str(result.error))}")
    results = {one.command_id: one for one in result.command_results}
    for number, command in enumerate(plan.commands, start=1):
        show_text()
        show_text(f"{number:>3}  {safe_line(command.description)}")
        show_text(f"     {spelled(command, None)}")
        _show_result(results.get(command.id))


def _show_decision(what: str, decision: ApprovalMetadata) -> None:
    notes = f": {safe_line(decision.notes)}" if decision.notes else ""
    by, at = safe_line(decision.approved_by), write_timestamp(decision.approved_at)
    show_text(f"  {what:<12}  by {by} at {at}{notes}")
    shown_above = ("when", "notes")
    for label, words in decisions.facts(decision):
        if words and label not in shown_above:
            show_text(f"  {label:<12}  {safe_line(words)}")
    for _, changed in decisions.difference(decision):
        show_text(f"  | {changed}")


def _show_rollback(begun: RollbackStarted) -> None:
    """By whose decision, or why it needed none."""
    if begun.approval is not None:
        _show_decision("rollback", begun.approval)
    else:
        at = f" at {write_timestamp(begun.at)}" if begun.at else ""
        show_text(f"  rollback      {safe_line(begun.reason or 'by the engine')}{at}")


def _show_redrive(begun: Redriven) -> None:
    at = f" at {write_timestamp(begun.at)}" if begun.at else ""
    show_text(f"  went on       {redriven_words(begun)}{at}")
    if begun.approval is not None:
        _show_decision("redrive", begun.approval)


def _show_result(result: CommandResult | None) -> None:
    if result is None:
        show_text("     not begun")
        return
    attempts = f", {result.attempts} attempts" if (result.attempts or 1) > 1 else ""
    exit_code = f", exit code {result.exit_code}" if result.exit_code else ""
    show_text(f"     {command_sign(result.status, result).word} in {elapsed(result.duration)}{attempts}{exit_code}")
    if result.error:
        show_text(f"     {safe_line(result.error)}")
    elif result.reconciled:
        show_text(f"     {safe_line(result.reconciled.words)}")
    lines = safe_text(result.output).rstrip("\n").split("\n") if result.output.strip() else []
    if len(lines) > SHOWN_OF_OUTPUT or result.output_truncated:
        show_text(f"     ... the last {min(len(lines), SHOWN_OF_OUTPUT)} lines; `logs` has them all")
    for line in lines[-SHOWN_OF_OUTPUT:]:
        show_text(f"     | {line}")
