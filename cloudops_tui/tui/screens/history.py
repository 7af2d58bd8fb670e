"""What was run before: a search box, quick filters, and the records, newest first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Static

from cloudops_tui.model.search import Condition, Listed
from cloudops_tui.presentation import history, searching
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.presentation.history import PAGE_COUNTED, RUNS, Column, Found
from cloudops_tui.presentation.lines import BLANK, Line, Row, Span, line, plain
from cloudops_tui.presentation.offers import Reading, Yank
from cloudops_tui.presentation.searching import Scope, Search, Standpoint
from cloudops_tui.tui import theme
from cloudops_tui.tui.cockpit import spoken
from cloudops_tui.tui.frame import FrameScreen
from cloudops_tui.tui.navigation import OpenRecord
from cloudops_tui.tui.widgets.line_list import LineList
from cloudops_tui.tui.widgets.line_pane import LinePane
from cloudops_tui.tui.widgets.one_line import OneLine
from cloudops_tui.tui.widgets.search_box import PAUSE, SearchBox

PAGE = 200  # records
NEAR = 40  # rows before the end at which the next page is fetched
ALTERNATIVES = 4  # parts of a search that found nothing, each tried without
ALL = 10_000_000  # what there is at all is counted to its end


class RecordList(LineList):
    """The records; going to the top also asks for what is newer."""

    class AtTop(Message):
        """The operator went to the first row."""

    def action_first(self) -> None:
        """To the first row, and to what came since."""
        super().action_first()
        self.post_message(self.AtTop())


class HistoryScreen(FrameScreen):
    """The box on top, the records below, what the one under the cursor was under it or beside it."""

    AREA = "history"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", id="history.search", show=False),
        Binding("f", "failed", "Failed only", id="history.failed", show=False),
        Binding("u", "user", "Mine", id="history.user", show=False),
        Binding("t", "window", "Time", id="history.time", show=False),
        Binding("s", "risk", "Risk", id="history.risk", show=False),
        Binding("left_square_bracket", "day(-1)", "Day before", id="history.previous_day", show=False),
        Binding("right_square_bracket", "day(1)", "Day after", id="history.next_day", show=False),
        Binding("ctrl+r", "scope", "Scope", id="history.scope", show=False),
        Binding("i", "inspect", "Inspector", id="history.inspect", show=False),
        Binding("backspace", "drop", "Drop the last part", id="history.drop", show=False),
        Binding("R", "again", "Read again", id="history.reload", show=False),
    ]

    def __init__(self, pause: float = PAUSE) -> None:
        """`pause` is how long the typing rests before a search begins, in seconds."""
        super().__init__()
        self._pause = pause
        self._search = Search(text="")
        self._scope = Scope.ALL
        self._records: list[Listed] = []
        self._more = False
        self._found = Found(looking=True)
        self._looking: asyncio.Task[None] | None = None
        self._comparing: asyncio.Task[None] | None = None
        self._runs: dict[str, list[Listed]] = {}
        self._said: tuple[Line, ...] = (line(Span(history.LOADING, "quiet")),)
        self._made: dict[UUID, tuple[Listed, Row, Row]] = {}
        self._drawn_for: tuple[object, ...] = ()
        self._made_for: tuple[int, tuple[Column, ...]] = (0, ())
        self._ended = -1
        self._inspecting: bool | None = None
        """None: beside the list where there is room, not below it."""

    def compose_body(self) -> ComposeResult:
        """Count, box, chips, columns, records, and what the cursor stands on."""
        yield OneLine(id="found")
        with Horizontal(id="box"):
            yield Static(theme.words("search> "), id="prompt")
            yield SearchBox(id="query", pause=self._pause, placeholder="words, or keys such as status: and since:")
        yield OneLine(id="chips")
        with Horizontal(id="both"):
            with Vertical(id="left"):
                yield OneLine(id="columns")
                yield RecordList(id="records", ascii_only=self.ascii)
            yield LinePane(id="inspector")
        with Vertical(id="preview"):
            yield OneLine(id="preview-plan")
            yield OneLine(id="preview-problem")
            yield OneLine(id="preview-runs")

    def on_mount(self) -> None:
        """The newest records; the keys belong to the list until `/`."""
        self.query_one(RecordList).focus()
        self._look()

    def present(self) -> None:
        """Redraw what differs; an execution that began or ended since is noticed."""
        self._notice_changes()
        self.set_class(self._inspector_shown, "-inspecting")
        width = self.query_one("#columns").size.width
        drawn_for = (width, self._found.looking, len(self._records), id(self._records), self._said)
        if self._drawn_for != drawn_for:
            self._drawn_for = drawn_for
            self._draw(max(1, width))
        whole = self.query_one("#found").size.width
        scopes = "  ctrl+r mine, this account, all" if whole >= 100 else "  (ctrl+r)"
        self.query_one("#found", OneLine).show(
            history.found_line(self._search, self._found, scopes, max(1, whole - 1), self.ascii)
        )
        self.query_one("#chips", OneLine).show(history.chips(self._search, max(1, whole - 1), self.ascii))
        self._present_cursor(whole)

    def key_hints(self) -> Sequence[KeyHint]:
        """What a search is made of."""
        nothing = None if self._records else "No record is listed"
        return (
            KeyHint("enter", "open", nothing),
            KeyHint("/", "search"),
            KeyHint("f", "failed"),
            KeyHint("u", "mine"),
            KeyHint("t", "time"),
            KeyHint("s", "risk"),
            KeyHint("[ ]", "day"),
            KeyHint("i", "inspect", nothing),
            KeyHint("backspace", "drop last", None if self._search.terms else "Nothing is filtered"),
            KeyHint("ctrl+r", "scope"),
            KeyHint("R", "read again"),
            KeyHint("q", "back"),
        )

    def yanks(self) -> Sequence[Yank]:
        """The record under the cursor, and all that is listed."""
        record = self._at_cursor
        if record is None:
            return ()
        row = self.query_one(RecordList).rows[self.query_one(RecordList).cursor_index]
        offered = [
            Yank("n", "number", str(record.number)),
            Yank("i", "execution id", str(record.id)),
            Yank("t", "description", record.title or ""),
            Yank("s", "command that shows it", f"{self.cockpit.program} show {record.number}"),
            Yank("e", "first error", record.error or ""),
            Yank("l", "line", plain(row.line).strip()),
            Yank("a", "all that is listed", "\n".join(plain(each.line).rstrip() for each in self._rows_of_list())),
        ]
        return [offer for offer in offered if offer.text]

    async def reading(self) -> Reading | None:
        """The record under the cursor, whole."""
        record = self._at_cursor
        if record is None:
            return None
        whole = await self.session.record(record.id)
        return Reading(f"record-{record.number}.json", whole.model_dump_json(indent=2) + "\n")

    # --- the operator ------------------------------------------------------------------------------------------------

    def on_search_box_searched(self, event: SearchBox.Searched) -> None:
        """The typing paused."""
        self._look()

    def on_search_box_left(self) -> None:
        """On to the results."""
        self.query_one(RecordList).focus()

    def on_line_list_highlighted(self) -> None:
        """Another preview, and more records before the list ends."""
        self._more_if_near_the_end()
        self._compare()
        self.bring_up_to_date()

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """The record, whole."""
        if isinstance(event.row_id, UUID):
            self.cockpit.navigate(OpenRecord(event.row_id))

    def on_record_list_at_top(self) -> None:
        """What came since, where anything did."""
        if self._found.newer:
            self._look()

    def action_search(self) -> None:
        """Into the box."""
        self.query_one(SearchBox).go_on()

    def action_failed(self) -> None:
        """Failed ones only, or all."""
        self._put(searching.with_failed_only(self._text))

    def action_user(self) -> None:
        """What I approved, or anyone."""
        self._put(searching.with_me(self._text))

    def action_window(self) -> None:
        """Today, 24 hours, 7 days, 30 days, all."""
        self._put(searching.with_next_window(self._text))

    def action_risk(self) -> None:
        """Destructive, modify, read, all."""
        self._put(searching.with_next_risk(self._text))

    def action_day(self, by: int) -> None:
        """The day before, or after."""
        text = searching.with_day(self._text, by, self.clock_now())
        if text is None:
            self.refuse("There is no later day; backspace or t shows every day")
        else:
            self._put(text)

    def action_scope(self) -> None:
        """Everybody's records, mine, those of this account."""
        self._scope = self._scope.next
        if self._scope is Scope.ACCOUNT and self._here().account is None:
            self.refuse("Which account this is, is not known yet; it is left out of the scopes")
            self._scope = Scope.ALL
        self._look()

    def action_inspect(self) -> None:
        """The same plan over time, beside the list or below it; or no longer."""
        self._inspecting = not self._inspector_shown
        self._compare()
        self.call_after_refresh(self.bring_up_to_date)

    def action_drop(self) -> None:
        """The last part of the search away; without one, back."""
        if self._search.terms:
            self._put(searching.without_last(self._text))
        else:
            self.action_back()

    def action_again(self) -> None:
        """Ask the store once more."""
        self._look()

    # --- asking the store --------------------------------------------------------------------------------------------

    @property
    def _text(self) -> str:
        return self.query_one(SearchBox).value

    @property
    def _at_cursor(self) -> Listed | None:
        place = self.query_one(RecordList).cursor_index
        return self._records[place] if place < len(self._records) else None

    @property
    def _inspector_shown(self) -> bool:
        return self.wide if self._inspecting is None else self._inspecting

    @property
    def _busy(self) -> bool:
        return self._looking is not None and not self._looking.done()

    def _put(self, text: str) -> None:
        self.query_one(SearchBox).put(text)

    def _here(self) -> Standpoint:
        accounts = self.cockpit.settings.accounts.items()
        return Standpoint(
            now=self.clock_now(),
            operator=self.session.operator,
            account=next((each.account for each in self.identities() if each.account), None),
            accounts={each.name.lower(): account for account, each in accounts if each.name},
        )

    def _look(self) -> None:
        """Begin the search that the box holds; one under way is interrupted. Results stay, greyed, until replaced."""
        if self._looking is not None:
            self._looking.cancel()
        self._search = searching.read(self._text, self._here(), self._scope)
        self._found = Found(looking=True)
        self._looking = self.start_work(self._find(self._search), "Cannot read the history")
        self.bring_up_to_date()

    async def _find(self, search: Search) -> None:
        began = self.session.clock.monotonic()
        try:
            found = await self.session.listed(search.conditions, limit=PAGE)
            took = timedelta(seconds=self.session.clock.monotonic() - began)
            said = () if found else await self._why_nothing(search)
        except Exception as error:
            self._found = Found(problem=spoken(error))
            self._said = history.not_read(spoken(error))
            self.bring_up_to_date()
            raise
        self._records, self._more, self._said, self._runs = found, len(found) == PAGE, said, {}
        self._found = Found(None if self._more else len(found), took=took)
        self.bring_up_to_date()
        self._compare()
        number = len(found) if not self._more else await self._number_of(search.conditions)
        self._found = Found(number, await self.session.count_listed(most=ALL), took)
        self.bring_up_to_date()

    async def _number_of(self, conditions: Sequence[Condition]) -> int:
        return await self.session.count_listed(conditions, most=PAGE_COUNTED + 1)

    async def _why_nothing(self, search: Search) -> tuple[Line, ...]:
        if not search.conditions and not search.terms:
            return (line(Span(f"  {history.EMPTY}", "quiet")),)
        alternatives = []
        for term in search.terms[:ALTERNATIVES]:
            other = searching.read(searching.without(search.text, term), self._here(), search.scope)
            alternatives.append((term.text, await self._number_of(other.conditions)))
        if search.scope is not Scope.ALL:
            anybody = searching.read(search.text, self._here())
            alternatives.append((f"scope {search.scope.value} (ctrl+r)", await self._number_of(anybody.conditions)))
        return history.nothing_found(search, alternatives)

    def _more_if_near_the_end(self) -> None:
        if self._more and not self._busy and self.query_one(RecordList).cursor_index >= len(self._records) - NEAR:
            self._looking = self.start_work(self._find_more(self._search), "Cannot read the history")

    async def _find_more(self, search: Search) -> None:
        found = await self.session.listed(search.conditions, limit=PAGE, before=self._records[-1].place)
        self._records = [*self._records, *found]
        self._more = len(found) == PAGE
        self.bring_up_to_date()

    def _notice_changes(self) -> None:
        """Something began or ended since the last look: rows are brought up to date, new ones are counted."""
        ended = sum(1 + state.status.ended for state in self.bridge.known_states())
        if self._ended in (-1, ended):
            self._ended = ended
        elif not self._busy:
            self._ended = ended
            work = self._catch_up(self._search) if self._records else self._find(self._search)
            self._looking = self.start_work(work, "Cannot read the history")

    async def _catch_up(self, search: Search) -> None:
        top, number = self._records[0].place, len(self._records)
        same = await self.session.listed(search.conditions, limit=number, up_to=top)
        newer = await self.session.count_listed(search.conditions, most=PAGE_COUNTED + 1, after=top)
        self._records, self._runs = same, {}
        self._found = Found(self._found.number, self._found.total, self._found.took, newer)
        self._compare()
        self.bring_up_to_date()

    def _compare(self) -> None:
        """Read the other runs of the plan under the cursor; a read for another row is given up."""
        if self._comparing is not None:
            self._comparing.cancel()
        record = self._at_cursor
        if record is not None and record.title is not None and record.title not in self._runs:
            self._comparing = self.start_work(self._read_runs(record.title), "Cannot read the history")

    async def _read_runs(self, title: str) -> None:
        self._runs[title] = await self.session.runs_of(title, RUNS)
        self.bring_up_to_date()

    # --- drawing -----------------------------------------------------------------------------------------------------

    def _draw(self, width: int) -> None:
        records = self.query_one(RecordList)
        room = max(1, width - 2)
        shown = history.columns(room, self.cockpit.settings.columns.history)
        if (room, shown) != self._made_for:
            self._made_for, self._made = (room, shown), {}
        stale = self._found.looking or bool(self._found.problem)
        records.set_class(stale, "-stale")
        # Nothing is hidden where there is no record: a hidden list would hand its keys to the box and forget its width.
        heading = (Span(" "), *history.heading(shown, room)) if self._records else BLANK
        self.query_one("#columns", OneLine).show(heading)
        instead = (
            BLANK, *((Span(" "), *each) for said in self._said for each in history.fitting(said, max(1, width - 2)))
        )  # fmt: skip
        records.show([self._row(record, room)[stale] for record in self._records], instead)

    def _row(self, record: Listed, room: int) -> tuple[Row, Row]:
        """A record as it is, and greyed; made once for a width."""
        known = self._made.get(record.id)
        if known is None or known[0] != record:
            shown = history.row(record, self._made_for[1], room, self.ascii)
            greyed = tuple(Span(span.text, "faint") for span in shown)
            known = self._made[record.id] = (record, Row(record.id, shown), Row(record.id, greyed))
        return known[1], known[2]

    def _rows_of_list(self) -> Sequence[Row]:
        return self.query_one(RecordList).rows

    def _present_cursor(self, width: int) -> None:
        record = self._at_cursor
        runs = self._runs.get(record.title or "", []) if record is not None else []
        if self._inspector_shown:
            pane = self.query_one("#inspector", LinePane)
            told = history.inspector if self.wide else history.over_time
            pane.show(told(record, runs, max(1, pane.size.width - 2), self.ascii) if record else ())
        lines = history.preview(record, runs, max(1, width - 2), self.ascii) if record else ((), (), ())
        for name, shown in zip(("plan", "problem", "runs"), lines, strict=True):
            self.query_one(f"#preview-{name}", OneLine).show((Span(" "), *shown))
