"""What was run before: a search box, quick filters, and the records, newest first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Static

from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.presentation import history
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.presentation.history import Search
from cloudops_tui.presentation.lines import BLANK, Line, Row, Span, line, line_width, plain, wrapped
from cloudops_tui.tui import theme
from cloudops_tui.tui.cockpit import spoken
from cloudops_tui.tui.frame import FrameScreen
from cloudops_tui.tui.navigation import OpenRecord
from cloudops_tui.tui.widgets.line_list import LineList
from cloudops_tui.tui.widgets.one_line import OneLine
from cloudops_tui.tui.widgets.search_box import SearchBox

PAGE = 200  # records
NEAR = 40  # rows before the end at which the next page is fetched
COUNTED = 100  # records at most that an alternative search counts
ALTERNATIVES = 4  # parts of a search that found nothing, each tried without


class HistoryScreen(FrameScreen):
    """The box on top, the records below, two lines about the one under the cursor."""

    AREA = "history"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", id="history.search", show=False),
        Binding("f", "failed", "Failed only", id="history.failed", show=False),
        Binding("t", "window", "Time", id="history.time", show=False),
        Binding("s", "risk", "Risk", id="history.risk", show=False),
        Binding("backspace", "drop", "Drop the last part", id="history.drop", show=False),
        Binding("R", "again", "Read again", id="history.reload", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._search = Search(text="")
        self._records: list[ExecutionRecord] = []
        self._more = False
        self._looking: asyncio.Task[None] | None = None
        self._stale = True
        self._said: tuple[Line, ...] = (line(Span(history.LOADING, "quiet")),)
        self._drawn_for: tuple[object, ...] = ()
        self._ended = -1

    def compose_body(self) -> ComposeResult:
        """Box, columns, records, preview."""
        with Horizontal(id="box"):
            yield Static(theme.words("search> "), id="prompt")
            yield SearchBox(id="query")
        yield OneLine(id="found")
        yield OneLine(id="columns")
        yield LineList(id="records", ascii_only=self.ascii)
        yield OneLine(id="preview-plan")
        yield OneLine(id="preview-problem")

    def on_mount(self) -> None:
        """The newest records; the keys belong to the list until `/`."""
        self.query_one(LineList).focus()
        self._look()

    def present(self) -> None:
        """Redraw what differs; an execution that ended since is read."""
        self._notice_endings()
        width = self.query_one("#columns").size.width
        if self._drawn_for != (width, self._stale, len(self._records), id(self._records), self._said):
            self._drawn_for = (width, self._stale, len(self._records), id(self._records), self._said)
            self._draw(max(1, width))
        self._present_found(width)
        self._present_preview(width)

    def key_hints(self) -> Sequence[KeyHint]:
        """What a search is made of."""
        return (
            KeyHint("enter", "open"),
            KeyHint("/", "search"),
            KeyHint("f", "failed only"),
            KeyHint("t", "time"),
            KeyHint("s", "risk"),
            KeyHint("backspace", "drop last", None if self._search.terms else "Nothing is filtered"),
            KeyHint("R", "read again"),
            KeyHint("q", "back"),
        )

    # --- the operator ------------------------------------------------------------------------------------------------

    def on_search_box_searched(self, event: SearchBox.Searched) -> None:
        """The typing paused."""
        self._look()

    def on_search_box_left(self) -> None:
        """On to the results."""
        self.query_one(LineList).focus()

    def on_line_list_highlighted(self) -> None:
        """Another preview, and more records before the list ends."""
        self._more_if_near_the_end()
        self.bring_up_to_date()

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """The record, whole."""
        if isinstance(event.row_id, UUID):
            self.cockpit.navigate(OpenRecord(event.row_id))

    def action_search(self) -> None:
        """Into the box."""
        self.query_one(SearchBox).focus()

    def action_failed(self) -> None:
        """Failed ones only, or all."""
        self._put(history.with_failed_only(self._text))

    def action_window(self) -> None:
        """Today, 24 hours, 7 days, 30 days, all."""
        self._put(history.with_next_window(self._text))

    def action_risk(self) -> None:
        """Destructive, modify, read, all."""
        self._put(history.with_next_risk(self._text))

    def action_drop(self) -> None:
        """The last part of the search away; without one, back."""
        terms = self._text.split()
        if terms:
            self._put(" ".join(terms[:-1]))
        else:
            self.action_back()

    def action_again(self) -> None:
        """Ask the store once more."""
        self._look()

    def on_resize(self) -> None:
        """A screen too small for anything takes the keys from the list; they come back with it."""
        if self.has_class("-too-small"):  # until now: the frame judges the new size after this
            self.call_after_refresh(self._give_keys_back)

    def _give_keys_back(self) -> None:
        if self.there and not self.has_class("-too-small"):
            self.query_one(LineList).focus()

    # --- asking the store --------------------------------------------------------------------------------------------

    @property
    def _text(self) -> str:
        return self.query_one(SearchBox).value

    def _put(self, text: str) -> None:
        self.query_one(SearchBox).put(text)

    def _look(self) -> None:
        """Begin the search that the box holds; one under way is given up. Its results stay, greyed, until replaced."""
        if self._looking is not None:
            self._looking.cancel()
        self._search = history.read(self._text, self.clock_now())
        self._stale = True
        self._looking = self.start_work(self._find(self._search), "Cannot read the history")
        self.bring_up_to_date()

    async def _find(self, search: Search) -> None:
        try:
            found = await self._page(search, PAGE)
            said = () if found else await self._why_nothing(search)
        except Exception as error:
            self._said = (line(Span(f"  {spoken(error)}", "failed")), line(Span("  R reads again", "quiet")))
            self._records, self._stale = [], False
            self.bring_up_to_date()
            raise
        self._records, self._more, self._said, self._stale = found, len(found) == PAGE, said, False
        self.bring_up_to_date()

    async def _page(self, search: Search, limit: int, offset: int = 0) -> list[ExecutionRecord]:
        found = [await self.session.records(page, search.words) for page in search.pages(limit, offset)]
        return search.merged(found, limit, offset)

    async def _why_nothing(self, search: Search) -> tuple[Line, ...]:
        if not search.terms:
            return (line(Span(f"  {history.EMPTY}", "quiet")),)
        alternatives = []
        for term in search.terms[:ALTERNATIVES]:
            other = history.read(history.without(search.text, term), self.clock_now())
            number = len(await self._page(other, COUNTED))
            alternatives.append((term, f"{number}+" if number == COUNTED else str(number)))
        return history.nothing_found(search, alternatives)

    def _more_if_near_the_end(self) -> None:
        busy = self._looking is not None and not self._looking.done()
        if self._more and not busy and self.query_one(LineList).cursor_index >= len(self._records) - NEAR:
            self._looking = self.start_work(self._find_more(self._search), "Cannot read the history")

    async def _find_more(self, search: Search) -> None:
        found = await self._page(search, PAGE, len(self._records))
        known = {record.id for record in self._records}
        # Records that appeared meanwhile push known ones onto this page.
        self._records = [*self._records, *(record for record in found if record.id not in known)]
        self._more = len(found) == PAGE
        self.bring_up_to_date()

    def _notice_endings(self) -> None:
        """Something began or ended since the last look: its record is new."""
        ended = sum(1 + state.status.ended for state in self.bridge.known_states())
        if self._ended not in (-1, ended):
            self._look_again_quietly()
        self._ended = ended

    def _look_again_quietly(self) -> None:
        busy = self._looking is not None and not self._looking.done()
        if not busy and len(self._records) <= PAGE:
            self._looking = self.start_work(self._find(self._search), "Cannot read the history")

    # --- drawing -----------------------------------------------------------------------------------------------------

    def _draw(self, width: int) -> None:
        records = self.query_one(LineList)
        some = bool(self._records)
        records.set_class(self._stale, "-stale")
        # Nothing is hidden where there is no record: a hidden list would hand its keys to the box and forget its width.
        self.query_one("#columns", OneLine).show((Span(" "), *history.heading(width - 1)) if some else BLANK)
        room = max(1, width - 2)
        made = [Row(record.id, history.row(record, room, self.ascii)) for record in self._records]
        instead = (BLANK, *((Span(" "), *each) for said in self._said for each in _fitting(said, width - 2)))
        records.show([Row(row.id, _greyed(row.line)) for row in made] if self._stale else made, instead)

    def _present_found(self, width: int) -> None:
        if self._search.hints:
            said = Span(f"  {self._search.hints[0]}", "caution")
        elif self._stale:
            said = Span("  looking ...", "quiet")
        else:
            said = Span(f"  {history.found_words(len(self._records), self._more)}", "quiet")
        self.query_one("#found", OneLine).show(line(said))

    def _present_preview(self, width: int) -> None:
        at = self.query_one(LineList).cursor_id
        record = next((each for each in self._records if each.id == at), None)
        plan, problem = history.preview(record, max(1, width - 1), self.ascii) if record else ((), ())
        self.query_one("#preview-plan", OneLine).show((Span(" "), *plan))
        self.query_one("#preview-problem", OneLine).show((Span(" "), *problem))


def _fitting(said: Line, width: int) -> list[Line]:
    return [said] if line_width(said) <= width else wrapped(plain(said).strip(), width, indent=2, style=said[-1].style)


def _greyed(shown: Line) -> Line:
    return tuple(Span(span.text, "faint") for span in shown)
