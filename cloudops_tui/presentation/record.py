"""One execution as it is remembered: outcome, timeline, approval, commands, difference, and the record itself."""

from __future__ import annotations

import re
from collections import Counter
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
from cloudops_tui.model.output import OutputLine
from cloudops_tui.model.queue import QueueEntry, Revision
from cloudops_tui.model.result import CommandResult, CommandStatus
from cloudops_tui.model.search import Listed
from cloudops_tui.policy.safe_text import safe_line, safe_text
from cloudops_tui.presentation import decided as decisions
from cloudops_tui.presentation import execution, history, wording
from cloudops_tui.presentation.execution import Arrangement, Graph, Group, Look, arranged, brief, fact
from cloudops_tui.presentation.holding import held_words
from cloudops_tui.presentation.lines import (
    Line,
    Row,
    Span,
    cut,
    joined,
    line,
    line_width,
    pad_line,
    plain,
    spread,
    width,
    wrap,
    wrapped,
)
from cloudops_tui.presentation.offers import Yank
from cloudops_tui.presentation.queue import order
from cloudops_tui.presentation.redriven import reconciled_words, redriven_words, title_of
from cloudops_tui.state.execution import CommandState, ExecutionState
from cloudops_tui.state.reducer import replay

TABS = ("Outcome", "Timeline", "Approval", "Commands", "Output", "Difference", "Raw")


@dataclass(frozen=True)
class Origin:
    """What the store knows of an execution beside its record; empty for one from elsewhere."""

    plan_digest: str = ""
    approval_digest: str = ""
    entry: QueueEntry | None = None
    """What it was in the queue; None where it was never queued."""
    revisions: tuple[Revision, ...] = ()
    """Those that later ones took the place of, oldest first."""
    runs: tuple[Listed, ...] = ()
    """Executions of plans of the same name, newest first."""


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
    parts = tuple(
        Span(f"[{name}]", "title") if place == chosen else Span(f" {name} ", "quiet") for place, name in enumerate(TABS)
    )
    place = line(Span(f"{chosen + 1}/{len(TABS)}", "quiet"), Span("  [ ]", "quiet"))
    if line_width(parts) + 1 + line_width(place) > look.width:
        return spread(line(f"{chosen + 1}/{len(TABS)} ", Span(TABS[chosen], "title")), place[1:], look.width)
    return spread(parts, place, look.width)


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
        ("commands", plain(joined((str(len(plan.commands)), order(plan)), ", "))),
        ("created", decisions.moment(record.timestamp)),
        ("ended", decisions.moment(state.ended_at) if state.ended_at else ""),
        ("approved by", _approved(record)),
        ("cancelled by", safe_line(state.cancelled_by or "")),
        ("stopped by", safe_line(state.stopped_by or "")),
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


def timeline(
    arrangement: Arrangement,
    record: ExecutionRecord,
    story: Sequence[AnyExecutionEvent],
    look: Look,
    origin: Origin = Origin(),
) -> tuple[Row, ...]:
    """Everything that happened, from the plan's arrival on, with its moment in UTC and how far from the start that
    was, and who did it."""
    began = next((event.at for event in story if event.at), None) or record.timestamp
    before = [
        _of(None, _stamped_line(at, began, told, look))
        for at, told in sorted(_before_it_began(record, origin), key=lambda one: one[0])
    ]
    if not story:
        gone = line(Span("The story of this execution is no longer kept; its record is.", "quiet"))
        return _rows(*before, _of(None, gone))
    return _rows(*before, *(_event_row(arrangement.graph, event, began, look) for event in story))


def _before_it_began(record: ExecutionRecord, origin: Origin) -> Iterable[tuple[datetime, Told]]:
    entry = origin.entry
    if entry is not None:
        yield entry.submitted_at, Told("queued", rest=f"from {safe_line(entry.source)}")
        for revision in origin.revisions[1:]:
            by = _author(revision.edited_by, revision.source)
            yield revision.at, Told("changed", rest=f"r{revision.revision} by {by}")
    decided = record.approval_metadata
    if decided is not None:
        words = f"by {safe_line(decided.approved_by)}" + (f": {brief(decided.notes)}" if decided.notes else "")
        yield decided.approved_at, Told("approved", rest=words, style="strong")


def _author(edited_by: str | None, source: str) -> str:
    return safe_line(edited_by if edited_by is not None else source)


VERB = 10  # cells


@dataclass(frozen=True)
class Told:
    """An event in words: what happened, to which command, and what else there is to say."""

    verb: str
    title: str = ""
    rest: str = ""
    style: str = ""


def _event_row(graph: Graph, event: AnyExecutionEvent, began: datetime, look: Look) -> Said:
    key = getattr(event, "compensation_id", None) or getattr(event, "command_id", None)
    return _of(key, _stamped_line(_happened_at(event), began, _told(graph, event), look))


def _stamped_line(at: datetime | None, began: datetime, told: Told, look: Look) -> Line:
    """`12:02:31.000Z  +0.0s  began  ...`; what was before the start has a minus, another day its date."""
    stamp, since = "", ""
    if at is not None:
        utc = at.astimezone(UTC)
        same_day = utc.date() == began.astimezone(UTC).date()
        stamp = f"{utc:%H:%M:%S.%f}"[:12] + "Z" if same_day else f"{utc:%m-%d %H:%M}Z"
        since = f"{'-' if at < began else '+'}{wording.elapsed(abs(at - began))}"
    head = line(Span(f"{stamp:<13} {since:>8}  ", "quiet"), Span(f"{told.verb:<{VERB}} ", told.style))
    return pad_line((*head, *_told_words(told, look.width - line_width(head))), look.width)


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
            again = f", next in {wording.elapsed(event.after)}" if event.after else ""
            wait = f"attempt {event.attempt}{again}: {brief(event.error)}"
            return Told("failed", _title(graph, event.command_id), wait, "waiting")
        case happened.CommandCompleted():
            took = f"in {wording.elapsed(event.result.duration)}"
            return Told("completed", _title(graph, event.command_id), took, "ok")
        case happened.CommandFailed():
            return _failure_told(graph, event)
        case happened.CommandSkipped():
            return Told("skipped", _title(graph, event.command_id), brief(event.reason), "quiet")
        case happened.CommandThrottled():
            where = f"throttled: {safe_line(event.service)} {safe_line(event.region)}"
            return Told("waits", _title(graph, event.command_id), f"{where}, {wording.elapsed(event.after)}", "waiting")
        case happened.BeforeStateCompared():
            return _compared_told(graph, event)
        case happened.ExecutionHeld():
            return Told("HELD", rest=f"{held_words(event.profile, event.renew)}: {brief(event.error)}", style="waiting")
        case happened.ExecutionReleased() if event.why is None:
            return Told("went on", rest=f"profile {safe_line(event.profile)} has new credentials", style="ok")
        case happened.ExecutionReleased():
            return Told("released", rest=brief(event.why), style="failed")
        case happened.CancellationRequested():
            return Told("stop", rest=f"asked for by {safe_line(event.by)}", style="waiting")
        case happened.StopRequested():
            return Told("stop", rest=f"of what has not begun, asked for by {safe_line(event.by)}", style="waiting")
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
        case happened.CommandReconciled():
            return Told("resolved", _title(graph, event.command_id), reconciled_words(event), "waiting")
        case happened.Redriven():
            return Told("goes on", rest=redriven_words(event), style="strong")
        case _:
            assert_never(event)


def _compared_told(graph: Graph, event: happened.BeforeStateCompared) -> Told:
    match event.same:
        case True:
            return Told("compared", _title(graph, event.command_id), "what it acts on is as it was approved", "quiet")
        case False:
            return Told("changed", _title(graph, event.command_id), brief(event.said), "failed")
        case None:
            return Told("compared", _title(graph, event.command_id), f"not known: {brief(event.said)}", "waiting")


def _failure_told(graph: Graph, event: happened.CommandFailed) -> Told:
    result = event.result
    sign = wording.command_sign(result.status, result) if result is not None else wording.FAILED
    word = "failed" if sign is wording.FAILED else sign.word
    return Told(word, _title(graph, event.command_id), brief(event.error), sign.style)


def _compensation_told(graph: Graph, event: happened.CompensationEnded) -> Told:
    result = event.result
    sign = wording.command_sign(result.status, result)
    took = f"in {wording.elapsed(result.duration)}"
    ended = {wording.OK: "completed", wording.FAILED: "failed"}.get(sign, sign.word)
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


def approval(
    record: ExecutionRecord, story: Sequence[AnyExecutionEvent], look: Look, origin: Origin = Origin()
) -> tuple[Row, ...]:
    """Who let it run, and who let each of its rollbacks run: when, what exactly, and where the plan came from."""
    said: list[Line] = [
        line(Span("The plan", "strong")),
        *_decided(record.approval_metadata, "nobody: nothing in the plan needed a decision", look),
        *fact("prompt", safe_text(record.user_prompt.strip()) or "none was handed in", "", look.width),
        *(shown for label, words in _provenance(record, origin) for shown in fact(label, words, "", look.width)),
        *_revisions(origin, look),
    ]
    for event in story:
        if isinstance(event, happened.RollbackStarted):
            said += [(), line(Span("The rollback", "strong"))]
            said += _decided(event.approval, _let_by(record), look)
            said += fact("because", brief(event.reason), "", look.width)
            said += fact("began", decisions.moment(event.at) if event.at else "", "", look.width)
        if isinstance(event, happened.Redriven):
            said += _redrive_decided(record, event, look)
        if isinstance(event, happened.CommandReconciled):
            said += [(), line(Span("An unknown outcome", "strong"))]
            said += fact("command", title_of(record.execution_plan, event.command_id), "", look.width)
            said += fact("resolved", reconciled_words(event), "", look.width)
            said += fact("at", decisions.moment(event.at) if event.at else "", "", look.width)
    return _rows(*(_of(None, shown) for shown in said))


def _redrive_decided(record: ExecutionRecord, event: happened.Redriven, look: Look) -> Iterable[Line]:
    """Who let what remained run, and what was left out."""
    yield from ((), line(Span("The redrive", "strong")))
    yield from _decided(event.approval, "nobody: nothing was left that needed a decision", look)
    yield from fact("asked for", redriven_words(event), "", look.width)
    yield from fact("began", decisions.moment(event.at) if event.at else "", "", look.width)
    for one, why in (event.skipped or {}).items():
        yield from fact("left out", f"{title_of(record.execution_plan, one)}: {safe_line(why)}", "", look.width)


def _let_by(record: ExecutionRecord) -> str:
    """Who let a rollback run that began by itself: whoever approved the plan, whose part it was."""
    decided = record.approval_metadata
    return f"{safe_line(decided.approved_by)}, with the plan: it began by itself" if decided else "with the plan"


def _provenance(record: ExecutionRecord, origin: Origin) -> Iterable[tuple[str, str]]:
    """Where the plan came from, and what names it."""
    entry = origin.entry
    yield "source", safe_line(entry.source) if entry else ""
    yield "queued", decisions.moment(entry.submitted_at) if entry else ""
    yield "came from", f"conversation {record.conversation_id}"
    yield "plan id", str(record.execution_plan.id)
    yield "plan digest", safe_line(origin.plan_digest)
    decided = record.approval_metadata
    already = decided is not None and decided.digest == origin.approval_digest
    yield "bound to", "" if already else safe_line(origin.approval_digest)


def _revisions(origin: Origin, look: Look) -> Iterable[Line]:
    """Every revision with who wrote it and when; the last is the one that ran."""
    entry = origin.entry
    if entry is None or not origin.revisions:
        return
    yield ()
    yield line(Span("Revisions", "strong"))
    for one in origin.revisions:
        words = f"r{one.revision}  {decisions.moment(one.at)}  by {_author(one.edited_by, one.source)}"
        yield pad_line(line(f"  {words}", Span(f"  plan {one.plan_digest[:12]}", "quiet")), look.width)
    by = _author(entry.edited_by, entry.source)
    yield pad_line(line(f"  r{entry.revision}  by {by}", Span("  this one ran", "quiet")), look.width)


def _decided(decided: ApprovalMetadata | None, nobody: str, look: Look) -> Iterable[Line]:
    yield from fact("approved by", safe_line(decided.approved_by) if decided else nobody, "", look.width)
    if decided is None:
        return
    for label, words in decisions.facts(decided):
        yield from fact(label, words, "", look.width)
    for style, changed in decisions.difference(decided):
        yield from wrapped(changed, look.width, indent=2, hang=4, style=style)


def difference(
    arrangement: Arrangement, record: ExecutionRecord, look: Look, origin: Origin = Origin()
) -> tuple[Row, ...]:
    """What was planned against what happened: how long it took, and every command that did not simply complete."""
    plan, state = record.execution_plan, arrangement.state
    usual = history.average([one for one in origin.runs if one.id != record.id])
    estimated = wording.elapsed(plan.estimated_duration) if plan.estimated_duration else "the plan does not say"
    took = wording.elapsed(state.lasted(look.now)) + ("" if state.status.ended else " so far")
    said: list[Said] = [
        _of(None, shown)
        for label, words in (
            ("planned", plain(joined((wording.counted(len(plan.commands), "command"), order(plan)), ", "))),
            ("happened", _tallied(arrangement)),
            ("estimated", estimated),
            ("took", took),
            ("usually", usual or "no other run of this plan is known"),
        )
        for shown in fact(label, words, "", look.width)
    ]
    otherwise = [row for key in arrangement.graph.positions for row in _otherwise(arrangement, key, look)]
    undone = arrangement.members.get(Group.ROLLBACK, ())
    if undone:
        otherwise += [_of(None, ()), _of(None, line(Span("Not in the plan's order: the rollback", "strong")))]
        otherwise += [_of(key, execution.row(arrangement, key, frozenset(), look)) for key in undone]
    title = "What went otherwise" if otherwise else "Every command completed at its first attempt, as planned."
    return _rows(*said, _of(None, ()), _of(None, line(Span(title, "strong" if otherwise else "ok"))), *otherwise)


def _tallied(arrangement: Arrangement) -> str:
    """`7 as planned, 1 retried, 1 failed, 5 skipped, 2 not begun`."""
    counted = Counter(_went(arrangement.known(key)) for key in arrangement.graph.positions)
    return ", ".join(f"{number} {word}" for word in _WENT if (number := counted[word]))


_WENT = ("as planned", "retried", "failed", "UNKNOWN", "skipped", "still runs", "not begun")


def _went(known: CommandState) -> str:
    match known.status:
        case CommandStatus.COMPLETED | CommandStatus.ROLLED_BACK:
            return "retried" if known.attempt > 1 else "as planned"
        case CommandStatus.FAILED:
            return "failed"
        case CommandStatus.UNKNOWN:
            return "UNKNOWN"
        case CommandStatus.SKIPPED:
            return "skipped"
        case CommandStatus.RUNNING:
            return "still runs"
        case CommandStatus.PENDING:
            return "not begun"
        case _:
            assert_never(known.status)


def _otherwise(arrangement: Arrangement, key: UUID, look: Look) -> Iterable[Said]:
    """A command that did not simply complete: planned on the left, what became of it on the right, and why below."""
    known, sign = arrangement.known(key), execution.sign_of(arrangement, key)
    went = _went(known)
    if went == "as planned":
        return
    what = f"completed at attempt {known.attempt}" if went == "retried" else went
    head = line(Span(f"{sign.shown(look.ascii)} ", sign.style), Span(arrangement.graph.title(key), "strong"))
    yield _of(key, spread(head, line(Span(what, sign.style)), look.width))
    said = execution.why_skipped(arrangement, known) if known.status is CommandStatus.SKIPPED else known.error
    why = said or ("nothing says why" if went in ("skipped", "failed") else "")
    if why and went != "retried":
        yield _of(key, pad_line(line(Span(f"  {brief(why)}", "quiet")), look.width))


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


# --- looking for words -----------------------------------------------------------------------------------------------


def holding(rows: Sequence[Row], word: str) -> tuple[int, ...]:
    """The places of the rows that hold a word, whatever its case."""
    wanted = word.casefold()
    return tuple(place for place, row in enumerate(rows) if wanted and wanted in plain(row.line).casefold())


def with_marks(rows: Sequence[Row], word: str) -> tuple[Row, ...]:
    """The rows with every place of the word marked."""
    found = set(holding(rows, word))
    return tuple(Row(row.id, _marked(row.line, word)) if place in found else row for place, row in enumerate(rows))


def _marked(shown: Line, word: str) -> Line:
    pattern = re.compile(f"({re.escape(word)})", re.IGNORECASE)
    return tuple(
        Span(piece, "mark" if number % 2 else span.style)
        for span in shown
        for number, piece in enumerate(pattern.split(span.text))
        if piece or not span.text
    )


def found_place(places: Sequence[int], cursor: int, by: int) -> int | None:
    """Which of the places is next from the cursor on: 0 takes the one it stands on, too. Goes round at the ends."""
    if not places:
        return None
    match by:
        case 0:
            return next((at for at, place in enumerate(places) if place >= cursor), 0)
        case _ if by > 0:
            return next((at for at, place in enumerate(places) if place > cursor), 0)
        case _:
            return next((at for at in reversed(range(len(places))) if places[at] < cursor), len(places) - 1)


def find_words(word: str, at: int | None, number: int) -> str:
    """`/Resource  3 of 12`."""
    if not number:
        return f"/{safe_line(word)}  found nowhere in this tab"
    return f"/{safe_line(word)}  {'' if at is None else f'{at + 1} of '}{number}   n next  N previous"


# --- what can be taken along -----------------------------------------------------------------------------------------


def offers(
    record: ExecutionRecord,
    arrangement: Arrangement,
    command_id: UUID | None,
    rows: Sequence[Row],
    cursor: int,
    program: str = "cloudops-tui",
) -> tuple[Yank, ...]:
    """Ids, the command under the cursor as a shell would need it, its ARNs and its error, the line, and everything."""
    command = arrangement.graph.commands.get(command_id) if command_id else None
    words = execution.command_words(command) if command else []
    offered = [
        Yank("n", "number", str(record.number or "")),
        Yank("i", "execution id", str(record.id)),
        Yank("p", "plan id", str(record.execution_plan.id)),
        Yank("s", "command that shows it", f"{program} show {record.number}" if record.number else ""),
        Yank("c", "command", " ".join(words)),
        Yank("r", "ARN", next(iter(_ARN.findall(" ".join(words))), "")),
        Yank("e", "error", safe_text(arrangement.known(command_id).error or "") if command and command_id else ""),
        Yank("l", "line", plain(rows[cursor].line).strip() if cursor < len(rows) else ""),
        Yank("a", "all of this tab", "\n".join(plain(row.line).rstrip() for row in rows)),
    ]
    return tuple(offer for offer in offered if offer.text)


_ARN = re.compile(r"arn:[a-z-]+:[^\s'\",]+")


def not_readable(problem: str, look: Look, *, gone: bool = False) -> tuple[Line, ...]:
    """Why a record cannot be shown, and what can be done; nothing where it is `gone`."""
    if gone:
        return tuple(wrapped(safe_text(problem), look.width, indent=1, style="caution"))
    return (
        *wrapped(safe_text(problem), look.width, indent=1, style="failed"),
        (),
        line(" ", Span("R", "key"), Span(" reads it again; its output files are under the state folder's ", "quiet"),
             "executions/"),
    )


# --- output that is gone ---------------------------------------------------------------------------------------------


def kept_output(arrangement: Arrangement, command_id: UUID) -> tuple[OutputLine, ...]:
    """Where an output's files are gone: that they are, and the end of it that the record kept."""
    result = arrangement.known(command_id).result
    if result is None or not (result.output or result.output_bytes):
        return ()
    size = f" of {wording.size(result.output_bytes)}" if result.output_bytes else ""
    gone = f"--- the files with this output{size} are gone (pruned); "
    kept = safe_text(result.output).split("\n") if result.output else ()
    said = "what follows is the end of it, as the record keeps it ---" if kept else "the record keeps none of it ---"
    return tuple(OutputLine("stdout", text) for text in (gone + said, *kept))


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
