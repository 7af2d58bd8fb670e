"""One execution as it is remembered: outcome, timeline, commands, approval, and the record itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import assert_never
from uuid import UUID

from pyrsistent import pmap

from cloudops_tui.model import events as happened
from cloudops_tui.model.approval import ApprovalMetadata
from cloudops_tui.model.events import AnyExecutionEvent
from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.model.result import CommandResult, CommandStatus
from cloudops_tui.policy.safe_text import safe_line, safe_text
from cloudops_tui.presentation import decided as decisions
from cloudops_tui.presentation import execution, wording
from cloudops_tui.presentation.execution import Arrangement, Graph, Group, Look, arranged, brief, fact
from cloudops_tui.presentation.lines import (
    Line,
    Row,
    Span,
    cut,
    line,
    line_width,
    pad_line,
    spread,
    width,
    wrap,
    wrapped,
)
from cloudops_tui.state.execution import CommandState, ExecutionState
from cloudops_tui.state.reducer import replay

TABS = ("Outcome", "Timeline", "Commands", "Output", "Approval", "Raw")


def remembered(record: ExecutionRecord, story: Sequence[AnyExecutionEvent]) -> Arrangement:
    """What is known of the execution: its story replayed; where the story was pruned, the record alone."""
    plan = record.execution_plan
    state = replay(record.id, plan, story) if story else _state_of(record)
    return arranged(Graph(plan), state)


def header(arrangement: Arrangement, record: ExecutionRecord, look: Look, undo: str = "") -> Line:
    """`#418 rotate keys   ✗ FAILED  took 11m02s  2026-08-22 12:15:03Z`; `undo` is why it was rolled back."""
    state = arrangement.state
    when = f"{record.timestamp.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z" if look.width >= 100 else _day(record.timestamp)
    rest = line(
        f"  took {wording.elapsed(state.lasted(look.now))}" if state.status.ended else "  still runs",
        Span(f"  {when}", "quiet"),
    )
    left = line(
        Span(f"#{record.number} " if record.number is not None else "", "strong"),
        Span(safe_line(record.execution_plan.description), "strong"),
    )
    words = execution.outcome_words(arrangement, look, undo, line_width(rest))
    return spread(left, (*words, *rest), look.width)


def tabs(chosen: int, look: Look) -> Line:
    """The names of the tabs; the chosen one is marked by brackets as well as by colour."""
    parts = (
        Span(f"[{name}]", "title") if place == chosen else Span(f" {name} ", "quiet") for place, name in enumerate(TABS)
    )
    return spread(tuple(parts), line(Span(f"{chosen + 1}/{len(TABS)}  [ ] turn", "quiet")), look.width)


# --- outcome ---------------------------------------------------------------------------------------------------------


def outcome(arrangement: Arrangement, record: ExecutionRecord, look: Look, undo: str = "") -> tuple[Row, ...]:
    """What came of it: errors first and whole, then what else an operator asks; `undo` is why it was rolled back."""
    ended = arrangement.state.status.ended
    first = execution.summary_head(arrangement, look, undo) if ended else (execution.counts(arrangement, look),)
    return _rows(
        *(_of(None, shown) for shown in first),
        *_errors(arrangement, look),
        *_overall_error(arrangement, look),
        *_undone(arrangement, look, undo),
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


def _undone(arrangement: Arrangement, look: Look, undo: str) -> Iterable[Said]:
    ids = arrangement.members.get(Group.ROLLBACK, ())
    if not ids:
        return
    yield _of(None, ())
    yield _of(None, pad_line(line(Span("Rollback", "strong"), Span(f"  {undo}" if undo else "", "quiet")), look.width))
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
        ("created", decisions.moment(record.timestamp)),
        ("ended", decisions.moment(state.ended_at) if state.ended_at else ""),
        ("approved by", _approved(record)),
        ("cancelled by", safe_line(state.cancelled_by or "")),
        ("asked for", safe_text(record.user_prompt.strip())),
        ("execution", str(record.id)),
    ]
    for label, words in facts:
        yield from fact(label, words, "", look.width)


def _approved(record: ExecutionRecord) -> str:
    decided = record.approval_metadata
    if decided is None:
        return "no approval was needed"
    return f"{safe_line(decided.approved_by)}, {decisions.moment(decided.approved_at)}"


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


VERB = 10  # cells


@dataclass(frozen=True)
class Told:
    """An event in words: what happened, to which command, and what else there is to say."""

    verb: str
    title: str = ""
    rest: str = ""
    style: str = ""


def _event_row(graph: Graph, event: AnyExecutionEvent, began: datetime | None, look: Look) -> Said:
    at = _happened_at(event)
    since = f"+{wording.elapsed(at - began)}" if at and began else ""
    stamp = f"{at.astimezone(UTC):%H:%M:%S.%f}"[:12] + "Z" if at else ""
    told = _told(graph, event)
    key = getattr(event, "compensation_id", None) or getattr(event, "command_id", None)
    head = line(Span(f"{stamp:<13} {since:>8}  ", "quiet"), Span(f"{told.verb:<{VERB}} ", told.style))
    return _of(key, pad_line((*head, *_told_words(told, look.width - line_width(head))), look.width))


def _happened_at(event: AnyExecutionEvent) -> datetime | None:
    """When it happened; of a command's end that a later process wrote down, when the command ended."""
    match event:
        case happened.CommandCompleted() | happened.CommandFailed() | happened.CompensationEnded():
            return (event.result.completed_at if event.result else None) or event.at
        case _:
            return event.at


def _told_words(told: Told, room: int) -> Line:
    """Title and the rest; where both do not fit, the title gives way, but never more than half."""
    rest = f"  {told.rest}" if told.title and told.rest else told.rest
    title = cut(told.title, max(room - width(rest), room // 2))
    return line(Span(title, "strong"), Span(rest, told.style))


def _told(graph: Graph, event: AnyExecutionEvent) -> Told:
    match event:
        case happened.Started():
            by = f"the execution, approved by {safe_line(event.approval.approved_by)}" if event.approval else ""
            return Told("began", rest=by or "the execution", style="strong")
        case happened.CommandStarted():
            again = f"attempt {event.attempt}" if (event.attempt or 1) > 1 else ""
            return Told("began", _title(graph, event.command_id), again, "running")
        case happened.CommandOutput():
            return Told("printed", _title(graph, event.command_id), safe_line(event.line))
        case happened.CommandRetryScheduled():
            wait = f"attempt {event.attempt}, next in {wording.elapsed(event.after)}: {brief(event.error)}"
            return Told("failed", _title(graph, event.command_id), wait, "waiting")
        case happened.CommandCompleted():
            took = f"in {wording.elapsed(event.result.duration)}"
            return Told("completed", _title(graph, event.command_id), took, "ok")
        case happened.CommandFailed():
            return _failure_told(graph, event)
        case happened.CommandSkipped():
            return Told("skipped", _title(graph, event.command_id), brief(event.reason), "quiet")
        case happened.CancellationRequested():
            return Told("stop", rest=f"asked for by {safe_line(event.by)}", style="waiting")
        case happened.Completed():
            return Told("completed", rest="the execution", style="ok")
        case happened.Failed():
            return Told("failed", rest=f"the execution: {brief(str(event.error))}", style="failed")
        case happened.Cancelled():
            return Told("cancelled", rest="the execution", style="waiting")
        case happened.RollbackStarted():
            why = execution.asked_to_undo([event])
            return Told("began", rest=f"the rollback{': ' + why if why else ''}", style="waiting")
        case happened.CompensationStarted():
            by = f"by {_title(graph, event.compensation_id)}"
            return Told("undo", _title(graph, event.command_id), by, "running")
        case happened.CompensationEnded():
            return _compensation_told(graph, event)
        case happened.RollbackCompleted():
            return Told("completed", rest="the rollback", style="waiting")
        case _:
            assert_never(event)


def _failure_told(graph: Graph, event: happened.CommandFailed) -> Told:
    unknown = event.result is not None and event.result.status is CommandStatus.UNKNOWN
    sign = wording.UNKNOWN if unknown else wording.FAILED
    return Told("UNKNOWN" if unknown else "failed", _title(graph, event.command_id), brief(event.error), sign.style)


def _compensation_told(graph: Graph, event: happened.CompensationEnded) -> Told:
    result = event.result
    sign = wording.COMMAND_SIGNS[result.status]
    took = f"in {wording.elapsed(result.duration)}"
    ended = {CommandStatus.COMPLETED: "completed", CommandStatus.FAILED: "failed"}.get(result.status, sign.word)
    return Told(ended, _title(graph, event.compensation_id), brief(result.error) or took, sign.style)


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


def approval(record: ExecutionRecord, story: Sequence[AnyExecutionEvent], look: Look) -> tuple[Row, ...]:
    """Who let it run, and who let each of its rollbacks run: when, what exactly, and where the plan came from."""
    said: list[Line] = [
        line(Span("The plan", "strong")),
        *_decided(record.approval_metadata, "nobody: nothing in the plan needed a decision", look),
        *fact("prompt", safe_text(record.user_prompt.strip()) or "none was handed in", "", look.width),
        *fact("came from", f"conversation {record.conversation_id}", "", look.width),
    ]
    for event in story:
        if isinstance(event, happened.RollbackStarted):
            said += [(), line(Span("The rollback", "strong"))]
            said += _decided(event.approval, "nobody: it began by itself", look)
            said += fact("because", brief(event.reason), "", look.width)
            said += fact("began", decisions.moment(event.at) if event.at else "", "", look.width)
    return _rows(*(_of(None, shown) for shown in said))


def _decided(decided: ApprovalMetadata | None, nobody: str, look: Look) -> Iterable[Line]:
    yield from fact("approved by", safe_line(decided.approved_by) if decided else nobody, "", look.width)
    if decided is None:
        return
    for label, words in decisions.facts(decided):
        yield from fact(label, words, "", look.width)
    for style, changed in decisions.difference(decided):
        yield from wrapped(changed, look.width, indent=2, hang=4, style=style)


def raw(record: ExecutionRecord, look: Look) -> tuple[Row, ...]:
    """The record in wire form; long lines go on below, behind a mark, and nothing is cut."""
    text = record.model_dump_json(indent=2)
    return _rows(*(_of(None, shown) for part in text.split("\n") for shown in _raw_lines(safe_line(part), look)))


def _raw_lines(part: str, look: Look) -> Iterable[Line]:
    hang = _indent(part) + len(GOES_ON)
    for number, piece in enumerate(wrap(part, look.width - hang)):
        mark = GOES_ON_ASCII if look.ascii else GOES_ON
        yield line(Span(f"{'':<{_indent(part)}}{mark}", "faint"), piece) if number else line(piece)


GOES_ON, GOES_ON_ASCII = "  ↪ ", "  \\ "


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


def _day(at: datetime) -> str:
    return wording.day_and_time(at) + "Z"
