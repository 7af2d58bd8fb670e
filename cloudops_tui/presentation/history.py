"""Records as lines: columns, chips, what was found, and the same plan over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta

from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.model.search import Listed
from cloudops_tui.policy.safe_text import safe_line, safe_text
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.execution import brief
from cloudops_tui.presentation.lines import (
    BLANK,
    Line,
    Span,
    cut_line,
    joined,
    line,
    line_width,
    pad,
    pad_line,
    spread,
    width,
    wrapped,
)
from cloudops_tui.presentation.searching import Search
from cloudops_tui.presentation.wording import Sign

PAGE_COUNTED = 2000
"""Records that are counted; beyond, `2000+`."""
RUNS = 50
"""Executions of the same plan that an inspector looks at."""
AVERAGED = 10
"""The latest of them that make an average."""

UNREADABLE = Sign("!", "!", "damaged", "caution")

# --- columns ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """One column of the list."""

    name: str
    """What `[columns] history` calls it."""
    title: str
    cells: int
    """0: what the others leave."""
    right: bool = False


COLUMNS = {
    column.name: column
    for column in (
        Column("when", "WHEN (UTC)", 11),
        Column("date", "WHEN (UTC)", 19),
        Column("status", "STATE", 13),
        Column("dur", "DUR", 6, right=True),
        Column("risk", "RISK", 7),
        Column("no", "NO", 6),
        Column("plan", "PLAN", 0),
        Column("by", "BY", 8),
        Column("approver", "APPROVED BY", 14),
        Column("account", "ACCOUNT", 12),
        Column("exit", "EXIT", 4, right=True),
        Column("error", "FIRST ERROR", 40),
        Column("cmds", "CMDS", 6, right=True),
    )
}
_BY_WIDTH = (
    (150, ("date", "status", "dur", "risk", "no", "plan", "account", "approver", "exit", "error", "cmds")),
    (110, ("when", "status", "dur", "risk", "no", "plan", "approver", "exit", "cmds")),
    (90, ("when", "status", "dur", "risk", "no", "plan", "by", "cmds")),
    (72, ("when", "status", "dur", "no", "plan", "by", "cmds")),
    (0, ("when", "status", "no", "plan", "cmds")),
)
_LEAST_PLAN = 12  # cells


def columns(cells: int, chosen: Sequence[str] | None = None) -> tuple[Column, ...]:
    """The columns of a list that is so wide: the chosen ones, as far as they fit, else those that suit the width."""
    names = next(names for least, names in _BY_WIDTH if cells >= least)
    found = [COLUMNS[name] for name in chosen or names if name in COLUMNS]
    while len(found) > 1 and _taken(found) > cells:
        # The last one that is not the plan itself gives way first.
        found.remove(next(column for column in reversed(found) if column.cells))
    return tuple(found)


def unknown_columns(chosen: Sequence[str] | None) -> tuple[str, ...]:
    """Names in the configuration that no column has."""
    return tuple(name for name in chosen or () if name not in COLUMNS)


def _taken(found: Sequence[Column]) -> int:
    return sum(column.cells or _LEAST_PLAN for column in found) + len(found) - 1


def heading(shown: Sequence[Column], cells: int) -> Line:
    """The names of the columns."""
    parts = [Span(pad(column.title, _cells(column, shown, cells), right=column.right), "quiet") for column in shown]
    return pad_line(joined_by_one(parts), cells)


def row(record: Listed, shown: Sequence[Column], cells: int, ascii_only: bool = False) -> Line:
    """One record on one line of exactly `cells` terminal cells."""
    parts = []
    for column in shown:
        found = _VALUES[column.name](record, ascii_only)
        parts.append(Span(pad(found.text, _cells(column, shown, cells), right=column.right), found.style))
    return pad_line(joined_by_one(parts), cells)


def joined_by_one(parts: Sequence[Span]) -> Line:
    """Spans with one blank between them, empty ones too."""
    return tuple(piece for place, part in enumerate(parts) for piece in ((Span(" "), part) if place else (part,)))


def _cells(column: Column, shown: Sequence[Column], cells: int) -> int:
    if column.cells:
        return column.cells
    return max(_LEAST_PLAN, cells - sum(other.cells for other in shown) - len(shown) + 1)


def sign(record: Listed) -> Sign:
    """How it stands; of what is damaged, that."""
    return UNREADABLE if record.unreadable else wording.EXECUTION_SIGNS[record.status]


def _state(record: Listed, ascii_only: bool) -> Span:
    shown = sign(record)
    unknown = "" if record.unreadable or not record.unknown else f" {wording.UNKNOWN.shown(ascii_only)}"
    return Span(f"{shown.shown(ascii_only)} {shown.word}{unknown}", shown.style)


def _title(record: Listed) -> Span:
    if record.title is None:
        return Span("its plan is damaged", "caution")
    return Span(safe_line(record.title), "strong")


def _risk(record: Listed) -> Span:
    level = record.risk_level
    return Span(wording.RISK_WORDS[level], "failed" if level is RiskLevel.DESTRUCTIVE else "quiet")


def _progress(record: Listed) -> str:
    done, total = record.completed, record.commands
    return f"{total}" if done is None or done == total else f"{done}/{total}"


def _took(record: Listed) -> str:
    return wording.elapsed(record.duration) if record.duration is not None and record.status.ended else ""


def _error(record: Listed) -> Span:
    return Span(brief(record.error), "failed") if record.error else Span("")


def _quiet(words: Callable[[Listed], str]) -> Callable[[Listed, bool], Span]:
    return lambda record, _: Span(words(record), "quiet")


_VALUES: Mapping[str, Callable[[Listed, bool], Span]] = {
    "when": _quiet(lambda record: wording.day_and_time(record.created_at)),
    "date": _quiet(lambda record: f"{record.created_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"),
    "status": _state,
    "dur": _quiet(_took),
    "risk": lambda record, _: _risk(record),
    "no": _quiet(lambda record: f"#{record.number}"),
    "plan": lambda record, _: _title(record),
    "by": _quiet(lambda record: safe_line(record.approver or "-")),
    "approver": _quiet(lambda record: safe_line(record.approver or "-")),
    "account": _quiet(lambda record: ",".join(record.accounts) or "-"),
    "exit": _quiet(lambda record: "" if record.exit_code is None else str(record.exit_code)),
    "error": lambda record, _: _error(record),
    "cmds": _quiet(_progress),
}


# --- above the list --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """What a search came to."""

    number: int | None = None
    """How many match; None while they are not counted."""
    total: int | None = None
    """How many records there are at all."""
    took: timedelta | None = None
    newer: int = 0
    """Matching records that came since, which are not listed."""
    looking: bool = False
    problem: str = ""
    """Why the last search failed."""


def found_line(search: Search, found: Found, scopes: str, cells: int, ascii_only: bool = False) -> Line:
    """`scope: all   412 of 18,204  64 ms   ^2 newer (g)`."""
    newer = Span(f"^{found.newer} newer (g)", "review") if found.newer else Span("")
    if found.problem:
        said = Span(f"{safe_line(found.problem)}; R retry", "failed")
    elif found.looking:
        said = Span("looking ...", "quiet")
    else:
        said = Span(found_words(found), "quiet")
    return spread(
        joined((Span(" scope: ", "quiet"), Span(search.scope.value, "strong"), Span(scopes, "faint")), by=""),
        joined((newer, said), by="   "),
        cells,
    )


def found_words(found: Found) -> str:
    """`412 of 18,204  64 ms`; what is more than can be counted quickly, `2,000+`."""
    if found.number is None:
        return ""
    number = f"{PAGE_COUNTED:,}+" if found.number > PAGE_COUNTED else f"{found.number:,}"
    of = f" of {found.total:,}" if found.total is not None and found.total != found.number else ""
    noun = "" if of else " record" if found.number == 1 else " records"
    took = f"  {found.took / timedelta(milliseconds=1):.0f} ms" if found.took is not None else ""
    return f"{number}{of}{noun}{took}"


def chips(search: Search, cells: int, ascii_only: bool = False) -> Line:
    """What was not understood, else every part of the search; backspace takes the last one away."""
    if search.hints:
        return cut_line(line(Span(f" {search.hints[0]}", "caution")), cells)
    if not search.terms:
        return cut_line(line(Span(f" {EXAMPLES}", "faint")), cells)
    cross = "x" if ascii_only else "×"
    last = len(search.terms) - 1
    shown = [
        Span(f"[{safe_line(term.text)} {cross}]", "key" if place == last else "title")
        for place, term in enumerate(search.terms)
    ]
    return cut_line((Span(" "), *joined_by_one(shown)), cells)


EXAMPLES = 'kernel  "exact words"  !without  status:failed,unknown  user:me  exit:254'


# --- below or beside it ----------------------------------------------------------------------------------------------


def preview(record: Listed, runs: Sequence[Listed], cells: int, ascii_only: bool = False) -> tuple[Line, Line, Line]:
    """Three lines about the record under the cursor: what and who, what went wrong, and how it usually ends."""
    level = record.risk_level
    first = spread(
        line(Span(f"#{record.number} ", "strong"), _title(record)),
        joined((_risk(record) if level is not RiskLevel.READ_ONLY else "", Span(_approved(record), "quiet"))),
        cells,
    )
    return (
        first,
        pad_line(_problem(record, ascii_only), cells),
        spread(line(Span(average(runs), "quiet")), line(Span(_printed(record), "quiet")), cells),
    )


def average(runs: Sequence[Listed]) -> str:
    """`avg of last 10: 9m48s, 8 ok 2 failed`; empty where there is nothing to compare with."""
    ended = [one for one in runs if one.status.ended][:AVERAGED]
    if not ended:
        return ""
    lengths = [one.duration for one in ended if one.duration is not None]
    mean = sum(lengths, timedelta()) / len(lengths) if lengths else None
    outcomes = ", ".join(f"{count} {word}" for word, count in _outcomes(ended))
    if len(ended) == 1:
        return f"the only run of this plan: {outcomes}"
    return f"avg of last {len(ended)}: {wording.elapsed(mean) if mean is not None else 'unknown'}, {outcomes}"


def _outcomes(ended: Iterable[Listed]) -> list[tuple[str, int]]:
    counted = Counter(one.status for one in ended)
    order = (ExecutionStatus.COMPLETED, ExecutionStatus.FAILED, ExecutionStatus.ROLLED_BACK, ExecutionStatus.CANCELLED)
    return [(wording.EXECUTION_SIGNS[status].word.lower(), counted[status]) for status in order if status in counted]


def _approved(record: Listed) -> str:
    if record.approver is None:
        return "no approval needed"
    when = f" {wording.day_and_time(record.approved_at)}Z" if record.approved_at else ""
    return f"approved by {safe_line(record.approver)}{when}"


def _printed(record: Listed) -> str:
    return f"log {wording.size(record.output_bytes)}" if record.output_bytes is not None else ""


def _problem(record: Listed, ascii_only: bool) -> Line:
    if record.unreadable:
        return line(Span("What is stored of it is damaged; enter shows what can be read", "caution"))
    shown = sign(record)
    if record.error:
        where = f"{safe_line(record.failed_command)}: " if record.failed_command else ""
        return line(where, Span(brief(record.error), "unknown" if record.unknown else "failed"))
    if record.user_prompt.strip():
        return line(Span("asked for: ", "quiet"), safe_line(record.user_prompt.strip()))
    return line(Span(f"{shown.shown(ascii_only)} {shown.word}", shown.style))


BAR = 16  # cells


def inspector(record: Listed, runs: Sequence[Listed], cells: int, ascii_only: bool = False) -> tuple[Line, ...]:
    """The record in more words, then the same plan over time: outcomes, exits, and each run's length as a bar."""
    shown = sign(record)
    room = max(1, cells - 1)
    head = wrapped(safe_line(record.title) if record.title is not None else "The stored plan is damaged", room,
                   style="title")  # fmt: skip
    said: list[Line] = [
        *head[:3],
        joined(
            (
                Span(f"#{record.number}", "strong"),
                Span(f"{shown.shown(ascii_only)} {shown.word}", shown.style),
                _risk(record),
                Span(_took(record), ""),
            )
        ),
        line(Span(_approved(record), "quiet")),
    ]
    if record.accounts:
        said.append(line(Span(f"account {', '.join(record.accounts)}", "quiet")))
    if record.error:
        where = f"{safe_line(record.failed_command)}: " if record.failed_command else ""
        said += wrapped(f"{where}{safe_text(record.error)}", room, hang=2, style="failed")[:4]
    if _printed(record):
        said.append(line(Span(_printed(record), "quiet")))
    again = over_time(record, runs, room, ascii_only, usual=average(runs))
    return tuple(cut_line(one, room) for one in (*said, BLANK, *again))


def over_time(
    record: Listed, runs: Sequence[Listed], cells: int, ascii_only: bool = False, *, usual: str = ""
) -> tuple[Line, ...]:
    """The same plan over time alone, where the record itself stands elsewhere; `usual` is how it ends as a rule, where
    that does not stand there as well."""
    return tuple(_over_time(record, runs, cells, ascii_only, usual)) if record.title is not None else ()


def _over_time(record: Listed, runs: Sequence[Listed], cells: int, ascii_only: bool, usual: str) -> Iterable[Line]:
    number = f"the last {RUNS} runs" if len(runs) >= RUNS else wording.counted(len(runs), "run")
    yield line(Span("the same plan over time", "title"), Span(f"  {number}", "quiet"))
    ended = [one for one in runs if one.status.ended]
    outcomes = ", ".join(f"{count} {word}" for word, count in _outcomes(ended))
    exits = Counter(one.exit_code for one in runs if one.exit_code is not None)
    times = "x" if ascii_only else "×"
    said = "  ".join(f"{code} {times}{count}" for code, count in sorted(exits.items()))
    yield cut_line(joined((outcomes, Span("exits", "quiet") if said else "", said)), cells)
    if usual and len(ended) > 1:
        yield cut_line(line(Span(usual, "quiet")), cells)
    longest = max((one.duration for one in runs if one.duration is not None), default=timedelta())
    for one in runs:
        yield _bar_line(one, longest, one.id == record.id, cells, ascii_only)


def _bar_line(run: Listed, longest: timedelta, here: bool, cells: int, ascii_only: bool) -> Line:
    shown = sign(run)
    length = run.duration if run.duration is not None else timedelta()
    bar = max(1, round(BAR * (length / longest))) if longest and run.duration is not None else 0
    return cut_line(
        line(
            Span("> " if here else "  ", "key"),
            Span(f"{wording.day_and_time(run.created_at)} ", "strong" if here else "quiet"),
            Span(f"{shown.shown(ascii_only)} ", shown.style),
            Span(pad(("#" if ascii_only else "▇") * bar, BAR), shown.style),
            Span(f" {_took(run):>7}", "strong" if here else "quiet"),
            Span(f"  #{run.number}", "faint"),
        ),
        cells,
    )


# --- when there is nothing to list -----------------------------------------------------------------------------------


EMPTY = "No records yet. A record appears here as soon as a plan has been approved and begins to run."
LOADING = "Reading the history ..."


def nothing_found(search: Search, alternatives: Iterable[tuple[str, int]]) -> tuple[Line, ...]:
    """Which part to drop. `alternatives` are parts of the search with how many records there are without them."""
    found = [(part, number) for part, number in alternatives if number]
    lines = [line(Span("Nothing matches ", "strong"), Span(safe_line(search.text.strip()), "waiting"))]
    for part, number in found:
        shown = safe_line(part)
        counted = f"{PAGE_COUNTED:,}+" if number > PAGE_COUNTED else f"{number:,}"
        lines.append(line(Span(f"  without {pad(shown, max(12, width(shown)))}  ", "quiet"), Span(counted, "strong")))
    if not found:
        lines.append(line(Span("  no single part can be dropped to find something", "quiet")))
    lines.append(line(Span("  backspace on the list drops the last part, / changes the search", "quiet")))
    return tuple(lines)


def not_read(problem: str) -> tuple[Line, ...]:
    """The history cannot be read."""
    return (
        line(Span(f"  {safe_line(problem)}", "failed")),
        line(Span("  ", ""), Span("R", "key"), Span(" reads again", "quiet")),
    )


def fitting(said: Line, cells: int) -> list[Line]:
    """A line of words in as many lines as it needs."""
    if line_width(said) <= cells:
        return [said]
    return wrapped("".join(span.text for span in said).strip(), cells, indent=2, style=said[-1].style)
