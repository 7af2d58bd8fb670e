"""What stands around every screen: who, where, which area, which keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import times
from cloudops_tui.presentation.lines import BLANK, Line, Row, Span, cut, joined, line, line_width, spread, wrapped
from cloudops_tui.presentation.lines import width as wide

if TYPE_CHECKING:  # the first picture is made of these lines, and must not wait for models that it does not show
    from uuid import UUID

    from cloudops_tui.model.queue import QueueEntry
    from cloudops_tui.model.target import ProfileIdentity
    from cloudops_tui.presentation.availability import Lateness
    from cloudops_tui.state.execution import ExecutionState

PROGRAM = "cloudops-tui"
SMALLEST = (60, 16)
"""Columns and rows below which nothing but a notice is shown."""

NO_NOTICES: tuple[Line, ...] = (
    BLANK,
    line("  ", Span("Since the program began no plan arrived,", "quiet")),
    line("  ", Span("nothing ended badly and nothing went wrong.", "quiet")),
)

LEAST_ADDRESS = 8
"""Cells of an endpoint that stay in the identity bar."""

AREAS = ("queue", "running", "history", "notices")


@dataclass(frozen=True)
class Notice:
    """Something that was told once and is kept."""

    at: datetime
    kind: str
    """`info`, `warning` or `error`."""
    text: str


@dataclass(frozen=True)
class KeyHint:
    """A key of the screen; one that cannot be used says why."""

    key: str
    label: str
    why_not: str | None = None


@dataclass(frozen=True)
class Standing:
    """Who looks, at what, and what waits."""

    identities: tuple[ProfileIdentity, ...]
    """Of what is on screen; empty when nothing is resolved."""
    operator: str
    host: str
    read_only: bool
    review: int
    running: int
    now: datetime
    late: Lateness | None = None
    """The engine does not answer: what is shown may be old."""
    counted: bool = True
    """The queue has been read; before that nobody knows how many wait."""


def waiting_counts(entries: Iterable[QueueEntry], running: int) -> tuple[int, int]:
    """How many plans wait for a decision, and how many executions run."""
    from cloudops_tui.model.queue import QueueState

    return sum(entry.state is QueueState.REVIEW for entry in entries), running


def environment(identities: Sequence[ProfileIdentity]) -> Line:
    """The accounts and regions in words; a protected account stands in reverse video as well."""
    if not identities:
        return line(Span("account not asked yet", "quiet"))
    spans: list[Span] = []
    for account, some in _by_account(identities).items():
        regions = ",".join(dict.fromkeys(safe_line(each.region) for each in some))
        name = safe_line(some[0].account_name or "")
        style = "danger" if some[0].protected else "strong"
        if name:
            spans += [Span(f"[{name.upper()}]", style), Span(" ")]
        spans += [Span(f"{account} {regions}", "" if some[0].account else "caution"), Span("  ")]
    elsewhere = _elsewhere(identities)
    return (*spans[:-1], *((Span(" via "), Span(elsewhere, "caution")) if elsewhere else ()))


def _elsewhere(identities: Sequence[ProfileIdentity]) -> str:
    """Where calls go that do not go to AWS's own endpoints; empty where all do."""
    whole = dict.fromkeys(one.endpoint.partition("://")[2].rstrip("/") for one in identities if one.endpoint)
    if whole:
        return safe_line(next(iter(whole)) if len(whole) == 1 else f"{len(whole)} endpoints")
    services = {service for one in identities for service in one.service_endpoints}
    return safe_line(f"own {', '.join(sorted(services))} endpoint") if services else ""


def identity_bar(standing: Standing, width: int) -> Line:
    """Row 1. Account, region and operator are never cut; the program's name, clock, host and counts give way."""
    where = environment(standing.identities)
    who = Span(safe_line(standing.operator), "")
    at_host = Span(safe_line(f"{standing.operator}@{standing.host}"))
    access = _access(standing)
    counts = _counts(standing, "review", "running")
    briefly = _counts(standing, "rev", "run")
    clock = Span(times.clock(standing.now), "quiet")
    name = line(Span(PROGRAM, "title"), "  ")
    gap = Span("  ")
    for left, right in (
        ((*name, *where, gap, at_host, gap, *access), (*counts, gap, clock)),
        ((*where, gap, at_host, gap, *access), (*counts, gap, clock)),
        ((*where, gap, who, gap, *access), (*counts, gap, clock)),
        ((*where, gap, who, gap, *access), counts),
        ((*where, gap, who, gap, *access), briefly),
        ((*where, gap, who), access),
    ):
        if line_width(left) + 1 + line_width(right) <= width:
            return spread(left, right, width)
    rest = (Span(" "), who, Span(" "), *access)
    over = line_width(where) + line_width(rest) - width
    if over > 0 and _elsewhere(standing.identities):  # of all of it, the end of a foreign address is missed least
        last = where[-1]
        where = (*where[:-1], Span(cut(last.text, max(LEAST_ADDRESS, wide(last.text) - over)), last.style))
    return (*where, *rest)


def _access(standing: Standing) -> Line:
    """Whether something may be written; of a store that answers with an error, that it fails."""
    mode = Span("RO", "caution") if standing.read_only else Span("RW", "quiet")
    if standing.late is None:
        return (mode,)
    late = Span(f"{standing.late.word} {times.age(standing.late.since, standing.now)}", "danger")
    return (late,) if standing.late.why else (mode, Span(" "), late)


def _counts(standing: Standing, review: str, running: str) -> Line:
    if not standing.counted:
        return line(Span(f"? {review} ? {running}", "quiet"))
    return joined(
        (
            Span(f"{standing.review} {review}", "review" if standing.review else "quiet"),
            Span(f"{standing.running} {running}", "running" if standing.running else "quiet"),
        ),
        by=" ",
    )


def area_line(active: str, trail: str, width: int, ascii_only: bool, help_key: str = "") -> Line:
    """Row 2: the areas with their keys, where in one of them the operator is, and the key that tells all others."""
    spans: list[Span] = []
    for number, area in enumerate(AREAS, start=1):
        spans += [Span(f" {number} {area.capitalize()} ", "active" if area == active else "quiet")]
    help_ = line(Span(help_key, "key"), Span(" help ", "quiet")) if help_key else ()
    room = width - line_width(tuple(spans)) - line_width(help_) - 4
    if trail and room > 0:
        spans += [Span(" > " if ascii_only else " › ", "faint"), Span(cut(safe_line(trail), room), "strong")]
    return spread(tuple(spans), help_, width) if help_ else tuple(spans)


def leaves(after: int | None, quit_key: str) -> Line:
    """That the program leaves by itself, and which key takes it back; nothing where it stays."""
    if after is None:
        return BLANK
    have = "has" if after == 1 else "have"
    words = f"leaves when {after} execution{'' if after == 1 else 's'} {have} ended"
    back = (Span("; ", "quiet"), Span(quit_key, "key"), Span(" takes it back", "quiet")) if quit_key else ()
    return line(" ", Span(words, "waiting"), *back)


def key_footer(hints: Sequence[KeyHint], width: int) -> Line:
    """The last row: as many keys as fit, in order; what cannot be used is dim."""
    spans: list[Span] = [Span(" ")]
    used = 1
    for hint in hints:
        size = len(hint.key) + len(hint.label) + 3
        if used + size > width + 2:
            break
        usable = hint.why_not is None
        spans += [
            Span(hint.key, "key" if usable else "faint"),
            Span(f" {hint.label}  ", "quiet" if usable else "faint"),
        ]
        used += size
    return tuple(spans)


def is_too_small(width: int, height: int) -> bool:
    """Nothing but a notice fits, so that no key may act on what is not seen."""
    return width < SMALLEST[0] or height < SMALLEST[1]


def too_small(width: int, height: int, review: int, running: int, quit_key: str = "Q") -> tuple[Line, ...]:
    """What is said when nothing else fits: in one line where it has the room, else in one each."""
    columns, rows = SMALLEST
    parts = (
        Span(f"need {columns}x{rows}, have {width}x{height}", "caution"),
        Span(f"{review} review {running} running"),
        Span(f"{quit_key} quit", "key"),
    )
    whole = joined(parts, by=" | ")
    return (whole,) if line_width(whole) <= width else tuple(line(part) for part in parts)


def notice_text(notice: Notice) -> str:
    """The notice as it stands, for a pager or a message to a colleague."""
    return f"{times.clock(notice.at)}  {notice.kind:<8}{notice.text}"


def notice_rows(notices: Sequence[Notice], width: int) -> tuple[Row, ...]:
    """Notices, newest first, each as long as it is."""
    rows: list[Row] = []
    for number, notice in enumerate(notices):
        style = {"error": "failed", "warning": "waiting"}.get(notice.kind, "quiet")
        head = f"{times.clock(notice.at)}  "
        word = f"{notice.kind:<8}"
        for part, said in enumerate(wrapped(safe_line(notice.text), width - len(head) - len(word))):
            start = line(Span(head, "quiet"), Span(word, style)) if part == 0 else line(" " * (len(head) + len(word)))
            rows.append(Row((len(notices) - number, part), (*start, *said)))
    return tuple(rows)


def _by_account(identities: Sequence[ProfileIdentity]) -> dict[str, list[ProfileIdentity]]:
    found: dict[str, list[ProfileIdentity]] = {}
    for each in identities:
        found.setdefault(each.account or f"{safe_line(each.profile)}: account unknown", []).append(each)
    return found


@dataclass(frozen=True)
class Leaving:
    """What the quit dialog knows."""

    running: Sequence[ExecutionState]
    """What this program drives."""
    numbers: Mapping[UUID | None, int]
    demo: bool = False
    """The program's own AWS and its folder go when it ends."""
    stopping: bool = False
    """Stopping was chosen, and is to be confirmed."""
    armed: bool = True
    """A key decides by now; until then those that would are lowered."""


def quitting(leaving: Leaving, keys: Mapping[str, str], width: int) -> tuple[Line, ...]:
    """What runs, and what each way out would mean for it. `keys` are shown for `stay`, `leave`, `wait`, `stop` and
    `confirm`."""
    from cloudops_tui.presentation import wording

    running = leaving.running
    shown: list[Line] = []
    for state in running[:4]:
        done = wording.completed(state.counts())
        title = f"{_called(state, leaving.numbers)} {safe_line(state.plan.description)}"
        shown.append(
            spread(line(Span(title, "strong")), line(Span(f"{done}/{len(state.plan.commands)}", "quiet")), width)
        )
    if len(running) > 4:
        shown.append(line(Span(f"and {len(running) - 4} more", "quiet")))
    if not running:
        shown.append(line(Span("Nothing runs any more.", "ok")))
    for name, label, meaning in _ways(leaving):
        counts = leaving.armed or name == "stay"
        style = "failed" if name == "confirm" else "strong"
        shown += [
            BLANK,
            line(Span(f"{keys[name]:<8}", "key" if counts else "faint"), Span(label, style if counts else "faint")),
            *wrapped(meaning, width, indent=8, style="quiet"),
        ]
    return tuple(shown)


def _ways(leaving: Leaving) -> tuple[tuple[str, str, str], ...]:
    count = len(leaving.running)
    all_of_it = "it" if count == 1 else f"all {count}"
    stay = ("stay", "stay", "Nothing changes; it goes on.")
    if leaving.stopping:
        ended = "Running commands are ended, what has not begun is skipped. What is done stays done."
        return (stay, ("confirm", f"stop {all_of_it} now, and quit when it has ended", ended))
    leave = (
        "The demo ends: what runs is stopped, and its AWS and its folder are deleted."
        if leaving.demo
        else "It goes on without a screen, to its end, and begins what its plan still has to begin. Nothing else "
        "begins: the inbox waits for the next start, which shows what runs and can stop it."
    )
    return (
        stay,
        ("leave", "end the demo" if leaving.demo else "let it go on and quit", leave),
        ("wait", "wait here", "It goes on, and you watch; this program closes when it has ended."),
        ("stop", "stop it and quit", "Asks once more. Running commands are ended, what has not begun is skipped."),
    )


def _called(state: ExecutionState, numbers: Mapping[UUID | None, int]) -> str:
    number = numbers.get(state.execution_id)
    return f"#{number}" if number is not None else str(state.execution_id)[:8]
