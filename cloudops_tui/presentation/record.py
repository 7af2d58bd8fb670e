"""One execution as it is remembered: outcome, timeline, commands, approval, and the record itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import assert_never
from uuid import UUID

from pyrsistent import pmap

from cloudops_tui.model import events as happened
from cloudops_tui.model.approval import Approve, ModifyAndApprove, Reject
from cloudops_tui.model.events import AnyExecutionEvent
from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.model.result import CommandResult, CommandStatus
from cloudops_tui.policy.safe_text import safe_line, safe_text
from cloudops_tui.presentation import execution, wording
from cloudops_tui.presentation.execution import Arrangement, Graph, Group, Look, arranged, brief, fact
from cloudops_tui.presentation.lines import Line, Row, Span, line, pad_line, spread, wrapped
from cloudops_tui.state.execution import CommandState, ExecutionState
from cloudops_tui.state.reducer import replay

TABS = ("Outcome", "Timeline", "Commands", "Output", "Approval", "Raw")


def remembered(record: ExecutionRecord, story: Sequence[AnyExecutionEvent]) -> Arrangement:
    """What is known of the execution: its story replayed; where the story was pruned, the record alone."""
    plan = record.execution_plan
    state = replay(record.id, plan, story) if story else _state_of(record)
    return arranged(Graph(plan), state)


def header(arrangement: Arrangement, record: ExecutionRecord, look: Look) -> Line:
    """`#418 rotate keys   ✗ FAILED  took 11m02s  2026-08-22 12:15:03Z`."""
    sign = execution.sign_of_execution(arrangement.state)
    when = f"{record.timestamp.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z" if look.width >= 100 else _day(record.timestamp)
    right = line(
        Span(f"{sign.shown(look.ascii)} {sign.word}", sign.style),
        f"  took {wording.elapsed(record.duration)}" if record.result.status.ended else "  still runs",
        Span(f"  {when}", "quiet"),
    )
    left = line(
        Span(f"#{record.number} " if record.number is not None else "", "strong"),
        Span(safe_line(record.execution_plan.description), "strong"),
    )
    return spread(left, right, look.width)


def tabs(chosen: int, look: Look) -> Line:
    """The names of the tabs; the chosen one is marked by brackets as well as by colour."""
    parts = (
        Span(f"[{name}]", "title") if place == chosen else Span(f" {name} ", "quiet") for place, name in enumerate(TABS)
    )
    return spread(tuple(parts), line(Span(f"{chosen + 1}/{len(TABS)}  [ ] turn", "quiet")), look.width)


# --- outcome ---------------------------------------------------------------------------------------------------------


def outcome(arrangement: Arrangement, record: ExecutionRecord, look: Look) -> tuple[Row, ...]:
    """What came of it: errors first and whole, then what else an operator asks."""
    first = execution.summary(arrangement, look)[:1] or (execution.counts(arrangement, look),)
    return _rows(
        *(_of(None, shown) for shown in first),
        *_errors(arrangement, look),
        *_overall_error(arrangement, look),
        *_undone(arrangement, look),
        *_not_begun(arrangement, look),
        _of(None, ()),
        *(_of(None, shown) for shown in _facts(arrangement, record, look)),
    )


def _errors(arrangement: Arrangement, look: Look) -> Iterable[Said]:
    for command_id in execution.failures(arrangement):
        sign, known = execution.sign_of(arrangement, command_id), arrangement.known(command_id)
        title = Span(arrangement.graph.title(command_id), "strong")
        head = line(Span(f"{sign.shown(look.ascii)} {sign.word}  ", sign.style), title)
        yield _of(command_id, ())
        yield _of(command_id, spread(head, line(Span(_how_it_ended(known), "quiet")), look.width))
        for shown in wrapped(safe_text(known.error or "no reason was given"), look.width, indent=2, style=sign.style):
            yield _of(command_id, shown)


def _overall_error(arrangement: Arrangement, look: Look) -> Iterable[Said]:
    error = arrangement.state.error
    if error is None:
        return
    yield _of(None, ())
    for shown in fact("why", safe_text(str(error)), "failed", look.width):
        yield _of(None, shown)


def _undone(arrangement: Arrangement, look: Look) -> Iterable[Said]:
    ids = arrangement.members.get(Group.ROLLBACK, ())
    if not ids:
        return
    yield _of(None, ())
    yield _of(None, line(Span("Rollback", "strong")))
    for key in ids:
        yield _of(key, execution.row(arrangement, key, frozenset(), look))


def _not_begun(arrangement: Arrangement, look: Look) -> Iterable[Said]:
    skipped = arrangement.members.get(Group.SKIPPED, ())
    if not skipped:
        return
    yield _of(None, ())
    yield _of(None, line(Span(f"Skipped: {wording.counted(len(skipped), 'command')}", "strong")))
    for key in skipped[:20]:
        yield _of(key, execution.row(arrangement, key, frozenset(), look))
    if len(skipped) > 20:
        yield _of(None, line(Span(f"  and {len(skipped) - 20:,} more; the tab Commands has them all", "quiet")))


def _facts(arrangement: Arrangement, record: ExecutionRecord, look: Look) -> Iterable[Line]:
    plan, state = record.execution_plan, arrangement.state
    level = record.risk_level or plan.risk_level
    facts = [
        ("plan", safe_line(plan.description)),
        ("risk", wording.RISK_WORDS[level]),
        ("commands", f"{len(plan.commands)}, {plan.mode.tag}"),
        ("created", _moment(record.timestamp)),
        ("ended", _moment(state.ended_at) if state.ended_at else ""),
        ("approved by", _approved(record)),
        ("cancelled by", safe_line(state.cancelled_by or "")),
        ("asked for", safe_text(record.user_prompt.strip())),
        ("execution", str(record.id)),
    ]
    for label, words in facts:
        yield from fact(label, words, "", look.width)


def _approved(record: ExecutionRecord) -> str:
    decided = record.approval_metadata
    return f"{safe_line(decided.approved_by)}, {_moment(decided.approved_at)}" if decided else "no approval was needed"


def _how_it_ended(known: CommandState) -> str:
    result = known.result
    parts = [
        f"exit {result.exit_code}" if result and result.exit_code is not None else "",
        safe_line(result.error_code or "") if result else "",
        wording.counted(known.attempt, "attempt") if known.attempt > 1 else "",
        wording.elapsed(result.duration) if result else "",
    ]
    return "  ".join(filter(None, parts))


# --- timeline --------------------------------------------------------------------------------------------------------


def timeline(arrangement: Arrangement, story: Sequence[AnyExecutionEvent], look: Look) -> tuple[Row, ...]:
    """Everything that happened, with its moment in UTC and how far into the execution that was."""
    if not story:
        return _rows(_of(None, line(Span("The story of this execution is no longer kept; its record is.", "quiet"))))
    began = next((event.at for event in story if event.at), None)
    return _rows(*(_event_row(arrangement.graph, event, began, look) for event in story))


def _event_row(graph: Graph, event: AnyExecutionEvent, began: datetime | None, look: Look) -> Said:
    at = event.at
    since = f"+{wording.elapsed(at - began)}" if at and began else ""
    stamp = f"{at.astimezone(UTC):%H:%M:%S.%f}"[:12] + "Z" if at else ""
    told, style = _told(graph, event)
    key = getattr(event, "compensation_id", None) or getattr(event, "command_id", None)
    words = line(Span(f"{stamp:<13} {since:>8}  ", "quiet"), Span(told, style))
    return _of(key, pad_line(words, look.width))


def _told(graph: Graph, event: AnyExecutionEvent) -> tuple[str, str]:
    """An event as a sentence, and its style."""
    match event:
        case happened.Started():
            by = f", approved by {safe_line(event.approval.approved_by)}" if event.approval else ""
            return f"the execution began{by}", "strong"
        case happened.CommandStarted():
            again = f", attempt {event.attempt}" if (event.attempt or 1) > 1 else ""
            return f"{_title(graph, event.command_id)} began{again}", "running"
        case happened.CommandOutput():
            return f"{_title(graph, event.command_id)}: {safe_line(event.line)}", ""
        case happened.CommandRetryScheduled():
            title = _title(graph, event.command_id)
            wait = wording.elapsed(event.after)
            return f"{title}: attempt {event.attempt} failed, next in {wait}: {brief(event.error)}", "waiting"
        case happened.CommandCompleted():
            return f"{_title(graph, event.command_id)} completed in {wording.elapsed(event.result.duration)}", "ok"
        case happened.CommandFailed():
            unknown = event.result is not None and event.result.status is CommandStatus.UNKNOWN
            word, style = ("ended, how is not known", "unknown") if unknown else ("failed", "failed")
            return f"{_title(graph, event.command_id)} {word}: {brief(event.error)}", style
        case happened.CommandSkipped():
            return f"{_title(graph, event.command_id)} was skipped: {brief(event.reason)}", "quiet"
        case happened.CancellationRequested():
            return f"{safe_line(event.by)} asked for it to stop", "waiting"
        case happened.Completed():
            return "the execution completed", "ok"
        case happened.Failed():
            return f"the execution failed: {brief(str(event.error))}", "failed"
        case happened.Cancelled():
            return "the execution was cancelled", "waiting"
        case happened.RollbackStarted():
            return f"the rollback began{': ' + brief(event.reason) if event.reason else ''}", "waiting"
        case happened.CompensationStarted():
            return f"undo {_title(graph, event.command_id)} by {_title(graph, event.compensation_id)}", "running"
        case happened.CompensationEnded():
            return _compensation_told(graph, event)
        case happened.RollbackCompleted():
            return "the rollback completed", "waiting"
        case _:
            assert_never(event)


def _compensation_told(graph: Graph, event: happened.CompensationEnded) -> tuple[str, str]:
    result = event.result
    sign = wording.COMMAND_SIGNS[result.status]
    error = f": {brief(result.error)}" if result.error else ""
    ended = "completed" if result.status is CommandStatus.COMPLETED else sign.word
    return f"{_title(graph, event.compensation_id)} {ended}{error}", sign.style


def _title(graph: Graph, command_id: UUID) -> str:
    return graph.title(command_id) if command_id in graph.commands else str(command_id)


# --- commands, approval, raw -----------------------------------------------------------------------------------------


def commands(arrangement: Arrangement, look: Look) -> tuple[Row, ...]:
    """Every command in the plan's order, then the compensations that ran: status and times, and below what ran."""
    ids = (*arrangement.graph.positions, *arrangement.members.get(Group.ROLLBACK, ()))
    return _rows(*(row for command_id in ids for row in _command_rows(arrangement, command_id, look)))


def _command_rows(arrangement: Arrangement, command_id: UUID, look: Look) -> Iterable[Said]:
    known, sign = arrangement.known(command_id), execution.sign_of(arrangement, command_id)
    head = line(
        Span(f"{sign.shown(look.ascii)} {sign.word:<11} ", sign.style),
        Span(arrangement.graph.title(command_id), "strong"),
    )
    yield _of(command_id, spread(head, line(Span(_how_it_ended(known), "quiet")), look.width))
    argv = " ".join(execution.command_words(arrangement.graph.commands[command_id]))
    yield _of(command_id, pad_line(line(Span(f"              {argv}", "quiet")), look.width))


def approval(record: ExecutionRecord, look: Look) -> tuple[Row, ...]:
    """Who let it run: when, what exactly, and where the plan came from."""
    decided = record.approval_metadata
    facts = [
        ("approved by", safe_line(decided.approved_by) if decided else "nobody: nothing in the plan needed a decision"),
        ("when", _moment(decided.approved_at) if decided else ""),
        ("decision", _decision(decided.decision) if decided else ""),
        ("digest", decided.digest or "" if decided else ""),
        ("reason", safe_text(decided.notes or "") if decided else ""),
        ("prompt", safe_text(record.user_prompt.strip()) or "none was handed in"),
        ("came from", f"conversation {record.conversation_id}"),
    ]
    return _rows(*(_of(None, shown) for label, words in facts for shown in fact(label, words, "", look.width)))


def _decision(decision: Approve | Reject | ModifyAndApprove) -> str:
    match decision:
        case Approve():
            return "approved as it was"
        case Reject(reason=reason):
            return f"rejected: {safe_line(reason)}"
        case ModifyAndApprove():
            return "approved with changes; the plan here is the changed one"
        case _:
            assert_never(decision)


def raw(record: ExecutionRecord, look: Look) -> tuple[Row, ...]:
    """The record in wire form; long lines go on below, nothing is cut."""
    text = record.model_dump_json(indent=2)
    parts = (wrapped(safe_line(part), look.width, hang=_indent(part) + 4) for part in text.split("\n"))
    return _rows(*(_of(None, shown) for part in parts for shown in part))


def _indent(text: str) -> int:
    return min(20, len(text) - len(text.lstrip(" ")))


# --- helpers ---------------------------------------------------------------------------------------------------------


Said = tuple[UUID | None, Line]
"""A line, and the command that it speaks of."""


def _of(command_id: UUID | None, said: Line) -> Said:
    return command_id, said


def _rows(*said: Said) -> tuple[Row, ...]:
    """Rows whose ids are their place and their command."""
    return tuple(Row((place, command_id), shown) for place, (command_id, shown) in enumerate(said))


def command_of(row_id: object) -> UUID | None:
    """The command that a row speaks of; None for other rows."""
    match row_id:
        case (int(), UUID() as command_id):
            return command_id
        case _:
            return None


def _state_of(record: ExecutionRecord) -> ExecutionState:
    """The state as far as a record tells it: no compensations, no retries."""
    result = record.result
    known = {found.command_id: _known(found) for found in result.command_results}
    return ExecutionState(
        execution_id=record.id,
        plan=record.execution_plan,
        status=result.status,
        commands=pmap(known),
        completed=tuple(_in_order_of_completion(result.command_results)),
        started_at=record.timestamp,
        ended_at=record.timestamp + timedelta(seconds=record.duration.total_seconds()) if result.status.ended else None,
        error=result.error.fresh() if result.error else None,
        approval=record.approval_metadata,
    )


def _known(result: CommandResult) -> CommandState:
    return CommandState(
        status=result.status,
        attempt=result.attempts or (0 if result.status is CommandStatus.SKIPPED else 1),
        started_at=result.started_at,
        ended_at=result.completed_at,
        error=result.error,
        result=result,
    )


def _in_order_of_completion(results: Iterable[CommandResult]) -> Iterable[UUID]:
    done = [result for result in results if result.status is CommandStatus.COMPLETED]
    return (result.command_id for result in sorted(done, key=lambda result: result.completed_at or result.started_at))


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _day(at: datetime) -> str:
    return wording.day_and_time(at) + "Z"
