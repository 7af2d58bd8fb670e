"""A plan as the person who decides should see it: every argument, every consequence, nothing rounded off."""

from __future__ import annotations

import json
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import zip_longest
from uuid import UUID

from cloudops_tui.model.command import Cli, Command, OnFailure, Sdk
from cloudops_tui.model.plan import DependencyGraph, ExecutionPlan, RollbackTrigger
from cloudops_tui.model.queue import QueueEntry, Revision
from cloudops_tui.model.result import CommandDryRun, DryRunNo, DryRunResult, DryRunRung
from cloudops_tui.model.review import NO_UNDOING, CommandReview, Review
from cloudops_tui.model.risk import BlastRadius, RiskAssessment, RiskFlag, RiskLevel
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.model.undo import UndoKind
from cloudops_tui.policy.difference import difference as plan_difference
from cloudops_tui.policy.graph import aborts
from cloudops_tui.policy.rollback import runs_by_itself
from cloudops_tui.policy.safe_text import quoted, safe_line
from cloudops_tui.presentation import files, similar, wording
from cloudops_tui.presentation.lines import (
    BLANK,
    Line,
    Row,
    Span,
    cut_line,
    fold,
    joined,
    line,
    marked,
    pad,
    pad_line,
    plain,
    reflow,
    wrapped,
)
from cloudops_tui.presentation.queue import HEADLINE, order, risk_counts, risk_span
from cloudops_tui.presentation.similar import Past

SUMMARY = "summary"
"""The id of the row that stands for the plan as a whole."""
GRAPH = "graph"
"""The id of the row that stands for who waits for whom."""

_LABEL = 12
_UNDO = 8
_NARROW_OUTLINE = 36  # cells; below, the description needs them all
FOLDED_TO = 3
"""Rows of a long value that are left of it when it is folded."""
_FLAG_WORDS = {
    RiskFlag.SECRET: "handles secrets",
    RiskFlag.PRIVILEGE: "changes who may do what",
    RiskFlag.EXPOSURE: "opens something to others",
    RiskFlag.EXEC: "runs code elsewhere",
    RiskFlag.COST: "costs money",
    RiskFlag.IRREVERSIBLE: "irreversible",
    RiskFlag.AVAILABILITY: "cuts off what runs",
    RiskFlag.LOCAL_READ: "reads local files",
    RiskFlag.LOCAL_WRITE: "writes local files",
    RiskFlag.NETWORK: "changes the network",
    RiskFlag.INTERACTIVE: "asks questions",
    RiskFlag.UNKNOWN: "not in the risk table",
}
_RUNG_WORDS = {
    DryRunRung.STATIC: "well formed",
    DryRunRung.IDENTITY: "account answered",
    DryRunRung.AUTHORISED: "service would allow it",
    DryRunRung.STATE: "state read",
    DryRunRung.NATIVE: "effects listed",
}
_NO_WORDS = {DryRunNo.REFUSED: "REFUSED", DryRunNo.ABSENT: "ABSENT", DryRunNo.DIFFERENT: "NOT AS THINGS ARE"}

_LADDER = {
    DryRunRung.STATE: "state read",
    DryRunRung.AUTHORISED: "authorised",
    DryRunRung.IDENTITY: "account only",
    DryRunRung.STATIC: "form only",
}
_ANSWERED = (DryRunRung.AUTHORISED, DryRunRung.STATE, DryRunRung.NATIVE)
"""Rungs that tell more than that the command is well formed and the account there."""


@dataclass(frozen=True)
class Rehearsal:
    """What is known of the rehearsal."""

    under_way: bool = False
    result: DryRunResult | None = None
    error: str | None = None

    def of(self, command_id: UUID) -> CommandDryRun | None:
        """The result for one command."""
        return self._by_command.get(command_id)

    @cached_property
    def _by_command(self) -> dict[UUID, CommandDryRun]:
        return {each.command_id: each for each in self.result.commands} if self.result is not None else {}


NOT_REHEARSED = Rehearsal()


def hindrance(rehearsal: Rehearsal) -> str | None:
    """Why nothing can be approved before the rehearsal is over."""
    return "the rehearsal is under way" if rehearsal.under_way else None


def refusal(rehearsal: Rehearsal) -> str | None:
    """To which commands the rehearsal was answered with a no; an approval needs a reason why all the same."""
    if rehearsal.result is None or rehearsal.result.passed:
        return None
    refused = [number for number, each in enumerate(rehearsal.result.commands, 1) if not each.passed]
    return f"the rehearsal said no to command {', '.join(map(str, refused))}"


class Outline:
    """The rows of a review, each drawn once: what was just read changes one of them."""

    def __init__(self, review: Review, rehearsal: Rehearsal, width: int, ascii_only: bool) -> None:
        self._review, self._rehearsal, self._width, self._ascii_only = review, rehearsal, width, ascii_only
        self._rows = outline(review, rehearsal, width, ascii_only)
        self._heads = len(self._rows) - len(review.commands)
        self._unseen: dict[UUID, Row] = {}

    def rows(self, unseen: Collection[UUID]) -> tuple[Row, ...]:
        """The plan, the graph, the commands; those that were not seen say so."""
        if not unseen:
            return self._rows
        rows = list(self._rows)
        for place, each in enumerate(self._review.commands):
            if each.command.id in unseen:
                if each.command.id not in self._unseen:
                    self._unseen[each.command.id] = self._marked(place + 1, each)
                rows[place + self._heads] = self._unseen[each.command.id]
        return tuple(rows)

    def _marked(self, number: int, each: CommandReview) -> Row:
        return _outline_row(number, each, self._rehearsal, self._width, self._ascii_only, unseen=True)


def outline(
    review: Review, rehearsal: Rehearsal, width: int, ascii_only: bool, unseen: Collection[UUID] = ()
) -> tuple[Row, ...]:
    """The plan and its commands, a row each: risk, number, description, what undoes it, whether the rehearsal said no
    (`✗`) and whether it is dangerous and was not seen yet (`!`)."""
    heads = [Row(SUMMARY, line(" ", Span(pad("the whole plan", max(8, width - 2)), "title")))]
    if has_graph(review):
        heads.append(Row(GRAPH, line(" ", Span(pad("who waits for whom", max(8, width - 2)), "title"))))
    return (
        *heads,
        *(
            _outline_row(number, each, rehearsal, width, ascii_only, unseen=each.command.id in unseen)
            for number, each in enumerate(review.commands, 1)
        ),
    )


def has_graph(review: Review) -> bool:
    """There is more to say of the order than a word."""
    return isinstance(review.plan.mode, DependencyGraph) and any(each.waits_for for each in review.commands)


def counts(
    review: Review,
    seen: Collection[Hashable],
    dangers: Sequence[UUID],
    to_go: int,
    expires: str,
    folded: bool,
    width: int,
) -> Line:
    """`1 read  2 DESTROY   1 of 2 dangerous seen (n)   14 rows to go here`. `dangers` are those that have
    to be seen, `to_go` is how many rows of the one that is shown were not."""
    parts = (
        _dangers_seen(seen, dangers) if dangers else _all_seen(review, seen),
        Span(f"{wording.counted(to_go, 'row')} to go here" if to_go else "", "caution"),
        Span("long values folded (x)" if folded else "", "caution"),
        Span(f"expires in {expires}" if expires else "", "quiet"),
    )
    return cut_line((Span(" "), *joined(_effective(review)), Span("   "), *joined(parts, by="   ")), width)


def _all_seen(review: Review, seen: Collection[Hashable]) -> Span:
    return Span(f"seen {sum(each.command.id in seen for each in review.commands)}/{len(review.commands)}", "quiet")


def _dangers_seen(seen: Collection[Hashable], dangers: Sequence[UUID]) -> Span:
    so_far = sum(one in seen for one in dangers)
    missing = so_far < len(dangers)
    return Span(f"{so_far} of {len(dangers)} dangerous seen{' (n)' if missing else ''}", "caution" if missing else "ok")


def dangerous(review: Review) -> list[UUID]:
    """Commands to look at first: the destructive, the flagged, where plan and verdict differ, and those of which the
    undoing that runs by itself is so."""
    by_itself = runs_by_itself(review.plan)
    return [
        each.command.id
        for each in review.commands
        if _is_dangerous(each.assessment)
        or (by_itself and any(_is_dangerous(undoing.assessment) for undoing in each.compensations))
    ]


def has_to_be_seen(review: Review) -> list[UUID]:
    """The dangerous commands of a plan that is confirmed by typing: it is not approved before all were seen."""
    return dangerous(review) if review.confirmation.needed else []


@dataclass(frozen=True)
class Background:
    """What is remembered of the plan and its like."""

    revisions: tuple[Revision, ...] = ()
    """Those that later ones took the place of, oldest first."""
    pasts: tuple[Past, ...] | None = None
    """None while the history was not asked."""


NO_BACKGROUND = Background()


def summary(
    review: Review,
    rehearsal: Rehearsal,
    now: datetime,
    width: int,
    ascii_only: bool,
    background: Background = NO_BACKGROUND,
) -> tuple[Line, ...]:
    """The plan as a whole."""
    plan, entry = review.plan, review.entry
    shown: list[Line] = []
    if review.blocked is not None:
        shown += [*_banner(f"CANNOT BE APPROVED: {review.blocked}", width), BLANK]
    shown += [*_headline(plan.description, width), BLANK]
    shown += _field("level", _verdict(review.level, plan.risk_level), width)
    shown += _field(
        "commands", joined((f"{len(plan.commands)}:", *_effective(review), Span(order(plan), "quiet"))), width
    )
    for number, said in enumerate(_flags_of(review)):
        shown += _field("" if number else "flags", said, width)
    shown += _field("touches", _touches(review), width)
    for number, identity in enumerate(review.identities):
        shown += _field("" if number else "where", _identity(identity), width)
    for number, one in enumerate(review.surroundings):
        shown += _field("" if number else "between", line(Span(safe_line(one), "caution")), width)
    if plan.expected_account:
        shown += _field("expects", _expected(plan.expected_account, review.identities), width)
    shown += _field("undo", line(undo_in_words(review)), width)
    if plan.estimated_duration is not None:
        shown += _field("takes", line(f"about {wording.elapsed(plan.estimated_duration)}, says the plan"), width)
    shown += _field("rehearsal", _rehearsed(rehearsal, len(plan.commands)), width)
    shown += _field(
        "digest",
        line(Span(review.short_digest, "strong"), Span(f"  of plan {review.plan_digest[:12]}", "quiet")),
        width,
    )
    if review.tool is not None:
        shown += _field("tool", line(safe_line(f"aws {review.tool.version}  {review.tool.path}")), width)
    if entry is not None:
        shown += _field("from", _origin(entry, now), width)
        if entry.user_prompt:
            shown += _field("asked for", marked(entry.user_prompt), width)
        shown += _field("talk", line(Span(str(entry.conversation_id), "quiet")), width)
        shown += _revisions(entry, background.revisions, now, width)
    shown += _past(background, now, width)
    return (*shown, *_whole(plan.description, width))


def facts(
    review: Review,
    rehearsal: Rehearsal,
    why_not: str | None,
    now: datetime,
    width: int,
    background: Background = NO_BACKGROUND,
) -> tuple[Line, ...]:
    """What the decision hangs on, for a pane beside the command: risk, rehearsal, account, approval. `why_not` is why
    it cannot be approved now."""
    shown: list[Line] = [line(Span("risk", "title"))]
    shown += reflow(_verdict(review.level, review.plan.risk_level), width)
    for said in _flags_of(review):
        shown += reflow(line(Span("! ", "caution"), *said), width)
    shown += reflow(_touches(review), width)
    shown += [BLANK, line(Span("rehearsal", "title")), *reflow(_rehearsed(rehearsal, len(review.commands)), width)]
    shown += [BLANK, line(Span("account", "title"))]
    for identity in review.identities:
        shown += reflow(_identity(identity), width)
    shown += [BLANK, line(Span("undo", "title")), *reflow(line(undo_in_words(review)), width)]
    shown += [BLANK, line(Span("approval", "title"))]
    shown += reflow(line(Span("digest ", "quiet"), Span(review.short_digest, "strong")), width)
    if review.confirmation.needed:
        shown += reflow(line(Span(safe_line(review.confirmation.prompt), "quiet")), width)
    shown += reflow(line(Span(f"not yet: {why_not}", "caution") if why_not else Span("a asks for it", "ok")), width)
    if background.pasts is not None:
        shown += [BLANK, line(Span("plans like this one", "title"))]
        for row in similar.in_words(background.pasts, now):
            shown += reflow(row, width)
    return tuple(shown)


def everything(
    review: Review, rehearsal: Rehearsal, now: datetime, width: int, background: Background = NO_BACKGROUND
) -> tuple[Line, ...]:
    """The whole review as one text."""
    shown: list[Line] = [*summary(review, rehearsal, now, width, True, background)]
    for each in review.commands:
        shown += [BLANK, line("-" * width), *command(review, each.command.id, rehearsal, width, True)]
    return tuple(shown)


def search_line(wanted: str, rows: int, width: int) -> Line:
    """What is searched for, in how many places, and the keys that go on."""
    if not wanted:
        return line(Span(" type what to look for", "quiet"))
    found = f"in {wording.counted(rows, 'place')}" if rows else "nowhere in this plan"
    keys = line(Span("  ctrl+n", "key"), " next ", Span(" ctrl+p", "key"), " previous ", Span(" esc", "key"), " ends")
    said = line(" ", Span(f"/{safe_line(wanted)}", "key"), Span(f"  {found} ", "quiet" if rows else "caution"))
    return cut_line((*said, *keys), width)


def words_of(reviewed: CommandReview) -> str:
    """Everything of a command that can be looked for, in small letters."""
    said = [reviewed.command.description, plain(call_in_a_row(reviewed)), *reviewed.assessment.reasons]
    for undoing in reviewed.compensations:
        said += [undoing.command.description, plain(call_in_a_row(undoing))]
    return "\n".join(said).casefold()


def hits(lines: Sequence[Line], wanted: str) -> list[int]:
    """The lines that hold the words."""
    folded = wanted.casefold()
    return [number for number, one in enumerate(lines) if folded in plain(one).casefold()]


def with_hits(lines: Sequence[Line], wanted: str) -> tuple[Line, ...]:
    """The lines, with what was looked for in reverse video."""
    return tuple(_marked_hits(one, wanted.casefold()) for one in lines)


def command(
    review: Review, command_id: UUID, rehearsal: Rehearsal, width: int, ascii_only: bool, most: int | None = None
) -> tuple[Line, ...]:
    """One command, whole; with `most`, no value takes more rows than that."""
    number, reviewed = _find(review, command_id)
    its = reviewed.command
    return (
        line(Span(f"command {number} of {len(review.commands)}", "quiet"), "   ", *_judged(reviewed.assessment)),
        *_headline(its.description, width),
        *_reasons(reviewed.assessment, width),
        *_reach(reviewed.assessment.radius, width),
        *_rehearsal_of(rehearsal, command_id, width),
        BLANK,
        *_call(reviewed, width, ascii_only, most=most),
        BLANK,
        *_files(reviewed, width),
        *_field("where", _where(its, review.identities), width),
        *_field("waits for", _waits_for(review, reviewed), width),
        *_field("timeout", _timeout(its), width),
        *(_field("sent", line(safe_line(reviewed.repeating)), width) if reviewed.repeating else ()),
        *_field("if it fails", line(_if_it_fails(its)), width),
        *_undoing(reviewed, width, ascii_only),
        *_whole(its.description, width),
    )


def difference(before: ExecutionPlan, after: ExecutionPlan, width: int) -> tuple[Line, ...]:
    """What changed from one revision to the next, line by line of their JSON, with three lines around each change."""
    shown: list[Line] = []
    for text in plan_difference(before, after).split("\n"):
        style = {"+": "added", "-": "removed", "@": "faint"}.get(text[:1], "quiet")
        if text.startswith("@@"):
            shown += [BLANK] if shown else []
        elif text:
            for row in fold(marked(text), width - 2):
                shown.append((Span(" "), *(Span(span.text, span.style or style) for span in row)))
    return tuple(shown) or (line(" ", Span("Nothing changed", "quiet")),)


def difference_beside(
    before: ExecutionPlan, after: ExecutionPlan, width: int, ascii_only: bool
) -> tuple[Line, ...]:
    """As `difference`, with what was on the left and what is on the right."""
    room, bar = (width - 3) // 2, Span(" | " if ascii_only else " │ ", "faint")
    shown: list[Line] = []
    for pair in _beside(plan_difference(before, after).split("\n")):
        if pair is None:
            shown += [BLANK] if shown else []
            continue
        left, right = (_side(text, room) for text in pair)
        for old, new in zip_longest(left, right, fillvalue=BLANK):
            shown.append((*pad_line(old, room), bar, *new))
    return tuple(shown) or (line(" ", Span("Nothing changed", "quiet")),)


def _beside(written: Sequence[str]) -> Iterator[tuple[str, str] | None]:
    """Lines of a unified difference, old and new in pairs; None between two places."""
    old: list[str] = []
    new: list[str] = []
    for text in (*written, ""):
        match text[:1]:
            case "-":
                old.append(text)
            case "+":
                new.append(text)
            case sign:
                yield from zip_longest(old, new, fillvalue="")
                old, new = [], []
                if sign:
                    yield (text, text) if sign == " " else None


def _side(text: str, room: int) -> list[Line]:
    style = {"+": "added", "-": "removed"}.get(text[:1], "quiet")
    return [tuple(Span(span.text, span.style or style) for span in row) for row in fold(marked(text), room)]


def _outline_row(
    number: int, reviewed: CommandReview, rehearsal: Rehearsal, width: int, ascii_only: bool, *, unseen: bool
) -> Row:
    told = rehearsal.of(reviewed.command.id)
    refused = told is not None and not told.passed
    risk = risk_span(reviewed.assessment.level)
    room = _UNDO if width >= _NARROW_OUTLINE else 0
    undo = _undo_cell(reviewed, room, ascii_only)
    sign = Span(wording.FAILED.shown(ascii_only), "failed") if refused else Span("!" if unseen else " ", "caution")
    return Row(
        reviewed.command.id,
        line(
            sign,
            Span(f"{number:>3} ", "quiet"),
            Span(pad(risk.text, 8), risk.style),
            Span(pad(safe_line(reviewed.command.description), max(4, width - 14 - room)), ""),
            *((undo,) if room else ()),
        ),
    )


_UNDO_WORDS = {UndoKind.RESTORE_BEFORE: "restore", UndoKind.INVERSE: "inverse", UndoKind.DELETE_CREATED: "delete"}
"""What the column says where the plan has nothing and our tables have."""


def _undo_cell(reviewed: CommandReview, cells: int, ascii_only: bool) -> Span:
    """Whether there is a way back: written, none, or none there can be."""
    if reviewed.compensations:
        sign = wording.ROLLED_BACK.shown(ascii_only)
        return Span(pad(f" {sign} undo", cells), "quiet")
    if (word := _UNDO_WORDS.get(reviewed.undoing.kind)) is not None:
        return Span(pad(f" {word}", cells), "quiet")
    if RiskFlag.IRREVERSIBLE in reviewed.assessment.flags:
        return Span(pad(" IRREV", cells), "failed")
    return Span(pad("" if reviewed.assessment.level is RiskLevel.READ_ONLY else " no undo", cells), "caution")


def _is_dangerous(assessment: RiskAssessment) -> bool:
    return (
        assessment.level is RiskLevel.DESTRUCTIVE or bool(assessment.flags) or assessment.assessed > assessment.claimed
    )


def _find(review: Review, command_id: UUID) -> tuple[int, CommandReview]:
    for number, reviewed in enumerate(review.commands, start=1):
        if reviewed.command.id == command_id:
            return number, reviewed
    raise KeyError(command_id)


def _headline(text: str, width: int) -> list[Line]:
    """The planner's words, in a few rows: whatever they say, what we found stands on the same screen."""
    rows = _description(text, width)
    if len(rows) <= HEADLINE:
        return rows
    return [*rows[: HEADLINE - 1], line(Span("... all of it stands at the end", "quiet"))]


def _whole(text: str, width: int) -> list[Line]:
    """All of a description that was too long for the head."""
    rows = _description(text, width)
    return [BLANK, line(Span("the whole description", "quiet")), *rows] if len(rows) > HEADLINE else []


def _description(text: str, width: int) -> list[Line]:
    return [tuple(Span(span.text, span.style or "title") for span in row) for row in fold(marked(text), width)]


def _banner(text: str, width: int) -> list[Line]:
    return wrapped(safe_line(text), width, style="danger")


def _field(label: str, value: Line, width: int) -> list[Line]:
    """A label and its value, which goes on below itself."""
    rows = reflow(value, width - _LABEL)
    return [(Span(pad(label if not number else "", _LABEL), "quiet"), *row) for number, row in enumerate(rows)]


def _verdict(level: RiskLevel, claimed: RiskLevel) -> Line:
    """What counts, and whether the plan said so itself."""
    if level > claimed:
        return line(risk_span(level), Span(f"  the plan says only {wording.RISK_WORDS[claimed]}", "caution"))
    return line(risk_span(level), Span("  as the plan says", "quiet"))


def _judged(assessment: RiskAssessment) -> Line:
    """What counts, what the plan claims, what we found; only where they differ all three."""
    if assessment.assessed < assessment.claimed:
        found = wording.RISK_WORDS[assessment.assessed]
        return line(risk_span(assessment.level), Span(f"  as the plan says; we would say {found}", "quiet"))
    return _verdict(assessment.level, assessment.claimed)


def _reasons(assessment: RiskAssessment, width: int) -> list[Line]:
    flags = flags_in_words(assessment.flags)
    said = [line(Span(flags, "caution"))] if flags else []
    said += [line(safe_line(reason)) for reason in assessment.reasons]
    return [row for number, each in enumerate(said) for row in _field("" if number else "because", each, width)]


def _timeout(its: Command) -> Line:
    length = wording.elapsed(its.timeout) if its.timeout is not None else "as configured,"
    return line(length, Span(" per attempt", "quiet"))


def _flags_of(review: Review) -> list[Line]:
    """Each flag in words, with the numbers of the commands that have it."""
    by_itself = "when it is undone"
    return [
        line(Span(_FLAG_WORDS[flag], "caution"), Span(f"  {_commands_with(review, flag) or by_itself}", "quiet"))
        for flag in RiskFlag
        if flag in review.flags
    ]


def _commands_with(review: Review, flag: RiskFlag) -> str:
    numbers = [str(number) for number, each in enumerate(review.commands, 1) if flag in each.assessment.flags]
    return f"command {', '.join(numbers)}" if numbers else ""


def _touches(review: Review) -> Line:
    """How much, in how many accounts and regions; what nobody can count is said to be so."""
    accounts = {identity.account or f"profile {identity.profile}" for identity in review.identities}
    regions = {identity.region for identity in review.identities}
    places = f"{wording.counted(len(accounts), 'account')}, {wording.counted(len(regions), 'region')}"
    named = resources_in_words(review.radius)
    return (*named, Span(f"in {places}", "quiet")) if named else line(places)


def resources_in_words(radius: BlastRadius) -> Line:
    """How many resources are named, and why nobody can count the rest; nothing where nothing is named."""
    named = wording.counted(radius.resources, "named resource")
    counted = line(named, "  ") if radius.resources else ()
    if not radius.unbounded:
        return counted
    return (*counted, Span(f"cannot be counted: {safe_line(', '.join(radius.unbounded))}", "caution"), Span("  "))


def _reach(radius: BlastRadius, width: int) -> list[Line]:
    shown = resources_in_words(radius)
    return _field("touches", shown, width) if shown else []


def _origin(entry: QueueEntry, now: datetime) -> Line:
    """Who sent it, how long ago, and what has become of it since."""
    source = f"{safe_line(entry.source)}, {wording.age(entry.submitted_at, now)} ago"
    if entry.revision == 1:
        return line(source)
    by = f"edited by {safe_line(entry.edited_by)}" if entry.edited_by else "sent again"
    revised = Span(f"; revision {entry.revision}, {by};", "caution")
    return line(source, revised, Span(" D", "key"), Span(" shows what changed", "quiet"))


def _revisions(entry: QueueEntry, earlier: Sequence[Revision], now: datetime, width: int) -> list[Line]:
    """Who wrote which revision, and when, the latest first."""
    if not earlier:
        return []
    written = [(entry.revision, entry.edited_by, entry.source, entry.changed_at)]
    written += [(one.revision, one.edited_by, one.source, one.at) for one in reversed(earlier)]
    shown: list[Line] = []
    for number, by, source, at in written:
        who = f"edited by {safe_line(by)}" if by else f"from {safe_line(source)}"
        said = line(Span(f"r{number} ", "strong"), f"{who}, {wording.age(at, now)} ago")
        shown += _field("" if shown else "revisions", said, width)
    return shown


def _past(background: Background, now: datetime, width: int) -> list[Line]:
    if background.pasts is None:
        return []
    said = similar.in_words(background.pasts, now)
    return [row for number, each in enumerate(said) for row in _field("" if number else "past runs", each, width)]


def _marked_hits(spans: Line, wanted: str) -> Line:
    """A hit may run over the edge of a span; it is marked in both."""
    text = plain(spans).casefold()
    if not wanted or wanted not in text or len(text) != len(plain(spans)):
        return spans
    marks: set[int] = set()
    place = text.find(wanted)
    while place >= 0:
        marks.update(range(place, place + len(wanted)))
        place = text.find(wanted, place + len(wanted))
    shown: list[Span] = []
    at = 0
    for span in spans:
        start = 0
        for end in range(1, len(span.text) + 1):
            if end == len(span.text) or ((at + end) in marks) != ((at + start) in marks):
                style = "mark" if (at + start) in marks else span.style
                shown.append(Span(span.text[start:end], style))
                start = end
        at += len(span.text)
    return tuple(shown)


def _effective(review: Review) -> list[Span]:
    return risk_counts(each.assessment.level for each in review.commands)


def flags_in_words(flags: Collection[RiskFlag]) -> str:
    return ", ".join(_FLAG_WORDS[flag] for flag in RiskFlag if flag in flags)


def _identity(identity: ProfileIdentity) -> Line:
    name = (
        Span(f"[{safe_line(identity.account_name).upper()}]", "danger" if identity.protected else "strong")
        if identity.account_name
        else ""
    )
    account = Span(identity.account, "strong") if identity.account else Span("account unknown", "failed")
    who = f"as {safe_line(identity.principal)}" if identity.principal else ""
    shown = joined(
        (name, account, safe_line(identity.region), who, Span(f"profile {safe_line(identity.profile)}", "quiet")),
        by=" ",
    )
    if identity.reason:
        shown += line(Span(f"  {safe_line(identity.reason)}", "caution"))
    if identity.endpoint:
        shown += line(Span(f"  endpoint {safe_line(identity.endpoint)}", "caution"))
    for service, endpoint in identity.service_endpoints.items():
        shown += line(Span(f"  {safe_line(service)} endpoint {safe_line(endpoint)}", "caution"))
    return shown


def _expected(account: str, identities: Sequence[ProfileIdentity]) -> Line:
    others = {identity.account for identity in identities if identity.account} - {account}
    shown = line(f"account {safe_line(account)}")
    return (*shown, Span("  and this is another one", "failed")) if others else shown


def _where(its: Command, identities: Sequence[ProfileIdentity]) -> Line:
    for identity in identities:
        if (identity.profile, identity.region) == (its.profile, its.region):
            return _identity(identity)
    return line(f"{safe_line(its.region)} ", Span(f"profile {safe_line(its.profile)}", "quiet"))


def undo_in_words(review: Review) -> str:
    """What can be undone, when, and what not."""
    written = sum(bool(each.compensations) for each in review.commands)
    others = [each for each in review.commands if not each.compensations and _writes(each)]
    found = sum(each.undoing.kind is not UndoKind.NONE for each in others)
    lost = len(others) - found
    said = [f"{written} of {len(review.commands)} commands, {_when(review.plan)}" if written else "no rollback written"]
    said += [f"{found} can be put back by what is recorded, on request"] if found else []
    said += [f"{lost} cannot be undone"] if lost and found else []
    return "; ".join(said)


def _when(plan: ExecutionPlan) -> str:
    strategy = plan.rollback_strategy
    if strategy is not None and strategy.trigger is RollbackTrigger.ON_FAILURE:
        return "by itself when the execution fails; this approval covers it"
    if runs_by_itself(plan):
        return "by itself when a command fails that says so; this approval covers it"
    return "when you ask for it"


def way_back(reviewed: CommandReview) -> Line:
    """`undo restore-before: DesiredCapacity is read before it, and can be put back`."""
    known = reviewed.undoing
    if known.kind is UndoKind.NONE and not _writes(reviewed):
        return line(Span("nothing to undo", "quiet"))
    style = "danger" if reviewed.no_way_back else "caution" if known.kind is UndoKind.NONE else "quiet"
    return line(Span(f"undo {known.kind.value}", style), Span(f": {safe_line(known.words)}", "quiet"))


def _writes(reviewed: CommandReview) -> bool:
    return reviewed.assessment.level is not RiskLevel.READ_ONLY


def _rehearsed(rehearsal: Rehearsal, commands: int) -> Line:
    if rehearsal.under_way:
        return line(Span("under way ...", "running"))
    if rehearsal.error is not None:
        return line(Span(f"failed: {safe_line(rehearsal.error)}", "failed"))
    if rehearsal.result is None:
        return line(Span("not yet; ", "quiet"), Span("d", "key"), Span(" rehearses", "quiet"))
    refused = sum(not each.passed for each in rehearsal.result.commands)
    if refused:
        return line(Span(f"{refused} of {commands} answered with no", "failed"))
    natively = f"{rehearsal.result.natively} of {commands} natively"
    if not any(each.rung in _ANSWERED for each in rehearsal.result.commands):
        return line(Span("nothing could be rehearsed: permission and effect are unknown", "caution"))
    return line(Span("nobody said no", "ok"), Span(f"; rehearsed: {natively}{_ladder(rehearsal.result)}", "quiet"))


def _ladder(result: DryRunResult) -> str:
    """How many commands reached which rung, the highest first; what was rehearsed natively is counted already."""
    rungs = [each.rung for each in result.commands]
    reached = [f"{rungs.count(rung)} {words}" for rung, words in _LADDER.items() if rung in rungs]
    return "; " + ", ".join(reached) if reached else ""


def _rehearsal_of(rehearsal: Rehearsal, command_id: UUID, width: int) -> list[Line]:
    told = rehearsal.of(command_id)
    if told is None:
        return _field("rehearsal", _rehearsed(Rehearsal(rehearsal.under_way, None, rehearsal.error), 1), width)
    shown = _field("rehearsal", line(_rung(told), f"  {safe_line(told.description)}"), width)
    for found in told.found or ():
        shown += _field("", line(Span("= ", "quiet"), safe_line(found)), width)
    for change in told.changes:
        shown += _field("", line(Span("~ ", "waiting"), safe_line(change)), width)
    for warning in told.warnings:
        shown += _field("", line(Span("! ", "caution"), safe_line(warning)), width)
    for detail in told.details or ():
        shown += _field("", line(Span("  ", "quiet"), Span(safe_line(detail), "quiet")), width)
    return shown


def _files(reviewed: CommandReview, width: int) -> list[Line]:
    """What it takes from elsewhere; what the approval does not hold stands out."""
    return [
        row
        for one in reviewed.files
        for row in _field(
            files.label_of(one), line(Span(files.words_of(one), "" if one.sha256 is not None else "caution")), width
        )
    ]


def _rung(told: CommandDryRun) -> Span:
    """The highest rung in words; one that tells nothing of the effect is no good news."""
    if not told.passed:
        return Span(_NO_WORDS[told.no or DryRunNo.REFUSED], "failed")
    return Span(_RUNG_WORDS[told.rung], "ok" if told.rung in _ANSWERED else "quiet")


def _call(
    reviewed: CommandReview, width: int, ascii_only: bool, indent: int = 2, most: int | None = None
) -> list[Line]:
    """Exactly what would be called: an argv with one argument a line, or the operation and its parameters."""
    match reviewed.command.command_type:
        case Cli():
            return _argv(reviewed.argv or (), width, ascii_only, indent, most)
        case Sdk(value=call):
            head = [_indented(marked(f"{call.service}.{call.operation}"), indent, "strong")]
            parameters = json.dumps(call.parameters, indent=2, ensure_ascii=False).split("\n")
            return head + [row for text in parameters for row in _folded(marked(text), width, ascii_only, indent, most)]


def call_in_a_row(reviewed: CommandReview) -> Line:
    """Exactly what would be called, as one line: the argv as a shell would need it, or operation and parameters."""
    match reviewed.command.command_type:
        case Cli():
            words = (_argument(word) for word in reviewed.argv or ())
            return tuple(part for number, word in enumerate(words) for part in ((Span(" "), *word) if number else word))
        case Sdk(value=call):
            return (
                *marked(f"{call.service}.{call.operation} "),
                *marked(json.dumps(call.parameters, ensure_ascii=False)),
            )


def _argv(argv: Sequence[str], width: int, ascii_only: bool, indent: int, most: int | None) -> list[Line]:
    """Program and sub-commands on one line, each further argument on its own, quoted as a shell would need it."""
    words = 1
    while words < min(3, len(argv)) and argv[words].replace("-", "").isalnum() and not argv[words].startswith("-"):
        words += 1
    shown = [
        _indented(tuple(part for word in argv[:words] for part in (*_argument(word), Span(" "))), indent, "strong")
    ]
    for argument in argv[words:]:
        shown += _folded(_argument(argument), width, ascii_only, indent + 2, most)
    return shown


def _argument(argument: str) -> Line:
    needs_quotes = quoted(argument)
    return (
        marked(argument)
        if needs_quotes == argument
        else (Span("'", "quiet"), *marked(argument.replace("'", "'\"'\"'")), Span("'", "quiet"))
    )


def _folded(spans: Line, width: int, ascii_only: bool, indent: int, most: int | None = None) -> list[Line]:
    """A line that goes on below where it must; a sign before each further row says that it is the same line."""
    sign = ".. " if ascii_only else "↪ "
    rows = fold(spans, width - indent - 3)
    left_out = len(rows) - most if most is not None and len(rows) > most + 1 else 0
    kept = rows[: len(rows) - left_out]
    shown = [line(" " * indent, *((Span(sign, "faint"),) if number else ()), *row) for number, row in enumerate(kept)]
    if left_out:
        shown.append(line(" " * indent, Span(f"{sign}{left_out} more rows; x shows them", "caution")))
    return shown


def _indented(spans: Line, indent: int, style: str) -> Line:
    return (Span(" " * indent), *(Span(span.text, span.style or style) for span in spans))


def _waits_for(review: Review, reviewed: CommandReview) -> Line:
    names = [
        f"{number} {safe_line(each.command.description)}"
        for number, each in enumerate(review.commands, start=1)
        if each.command.id in reviewed.waits_for
    ]
    return line("; ".join(names)) if names else line(Span("nothing", "quiet"))


def _if_it_fails(its: Command) -> str:
    if its.on_failure is OnFailure.ROLLBACK:
        return "nothing more begins, and what completed is undone by the plan's compensations"
    begun = "nothing more begins" if aborts(its) else "what does not wait for it goes on"
    return f"{begun}; the execution does not fail for it" if its.allow_failure else begun


def _undoing(reviewed: CommandReview, width: int, ascii_only: bool) -> list[Line]:
    if not reviewed.compensations:
        known = reviewed.undoing
        if known.kind is UndoKind.NONE and not _writes(reviewed):
            return _field("undo", line(Span("nothing to undo", "quiet")), width)
        style = "danger" if reviewed.no_way_back else "caution" if known.kind is UndoKind.NONE else "quiet"
        words = line(Span(known.kind.value, style), f"  {safe_line(known.words)}")
        if known.kind is UndoKind.NONE:
            why = "" if known == NO_UNDOING else f"; {safe_line(known.words)}"
            words = line(Span(f"no rollback written{why}", style))
        lost = line(Span("It destroys: the approval has to acknowledge that nothing undoes it", "danger"))
        return [*_field("undo", words, width), *(_field("", lost, width) if reviewed.no_way_back else ())]
    shown: list[Line] = []
    for number, each in enumerate(reviewed.compensations):
        shown += _field(
            "" if number else "undo",
            line(risk_span(each.assessment.level), f"  {safe_line(each.command.description)}"),
            width,
        )
        shown += _call(each, width, ascii_only, indent=_LABEL)
        shown += _files(each, width)
    return shown


def change_of_risk(before: QueueEntry, after: QueueEntry) -> Line:
    """The effective level of both revisions."""
    old, new = before.risk_level, after.risk_level
    if old is None or new is None:
        return BLANK
    verdict = (
        Span("higher than before", "caution") if new > old else Span("lower" if new < old else "the same", "quiet")
    )
    return line(
        Span(f" r{before.revision} ", "quiet"),
        risk_span(old),
        Span(f"   r{after.revision} ", "quiet"),
        risk_span(new),
        "   ",
        verdict,
    )
