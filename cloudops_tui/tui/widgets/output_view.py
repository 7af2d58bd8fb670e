"""The lines of one command's output: a window over its file that follows at the bottom and else stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal, cast

from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from cloudops_tui.model.output import (
    ERRORS,
    EVERYTHING,
    UNREAD,
    Found,
    OutputPage,
    OutputSelection,
    PageLine,
    PageWanted,
    Wanted,
)
from cloudops_tui.policy import matching
from cloudops_tui.presentation import output
from cloudops_tui.presentation.lines import BLANK, Line
from cloudops_tui.presentation.output import Place, RowLook, Stamps, Top
from cloudops_tui.tui import theme
from cloudops_tui.tui.output_source import Host, Subject, find_in, page_of

SIDEWAYS = 16  # cells; a step to the left or right
BREATH = 0.02  # seconds between two pieces of a long search, for whatever else wants the processor
QUIET_AFTER = 4  # looks that found nothing
POLL = 0.25  # seconds between two looks at the file of a command that runs, whoever runs it

PROMPTS: dict[str | None, Literal["search", "filter"]] = {"output.search": "search", "output.filter": "filter"}
STREAMS: tuple[str | None, ...] = (None, "stdout", "stderr")


class OutputView(Widget, can_focus=True):
    """Rows of an output. Whatever arrives, they move only while it follows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Down", id="output.down", show=False),
        Binding("k,up", "move(-1)", "Up", id="output.up", show=False),
        Binding("g,home", "first", "First", id="output.first", show=False),
        Binding("G,end", "follow", "Follow", id="output.follow", show=False),
        Binding("ctrl+d,pagedown", "page(1)", "Page down", id="output.page_down", show=False),
        Binding("ctrl+u,pageup", "page(-1)", "Page up", id="output.page_up", show=False),
        Binding("greater_than_sign,right", "sideways(1)", "Right", id="output.right", show=False),
        Binding("less_than_sign,left", "sideways(-1)", "Left", id="output.left", show=False),
        Binding("slash", "prompt('search')", "Search", id="output.search", show=False),
        Binding("n", "again(1)", "Next match", id="output.next_match", show=False),
        Binding("N", "again(-1)", "Previous match", id="output.previous_match", show=False),
        Binding("ampersand", "prompt('filter')", "Filter", id="output.filter", show=False),
        Binding("right_curly_bracket", "error(1)", "Next error", id="output.next_error", show=False),
        Binding("left_curly_bracket", "error(-1)", "Previous error", id="output.previous_error", show=False),
        Binding("M", "mark", "Mark", id="output.mark", show=False),
        Binding("apostrophe", "next_mark", "Next mark", id="output.next_mark", show=False),
        Binding("W", "wrap", "Wrap", id="output.wrap", show=False),
        Binding("t", "stamps", "Times", id="output.times", show=False),
        Binding("v", "stream", "Stream", id="output.stream", show=False),
        Binding("number_sign", "numbers", "Numbers", id="output.numbers", show=False),
        Binding("escape", "clear", "Leave the search", id="output.clear", show=False),
    ]

    class Scrolled(Message):
        """What is said about the place in the output may differ now."""

    class Prompted(Message):
        """The operator wants to type what to look for."""

        def __init__(self, kind: Literal["search", "filter"]) -> None:
            super().__init__()
            self.kind = kind

    def __init__(self, *, id: str | None = None, ascii_only: bool = False) -> None:
        super().__init__(id=id)
        self._ascii = ascii_only
        self.prompt: Widget | None = None
        """Where what is looked for is typed."""
        self.typing_into: Widget | None = None
        """The prompt, while it is open."""
        self._subject: Subject | None = None
        self._nothing: tuple[Line, ...] = ()
        self._selection = EVERYTHING
        self._wrap = False
        self._stamps = Stamps.OFF
        self._numbers: bool | None = None
        self._last_sought: Wanted | None = None
        self._rows: list[Line] = []
        self._painting: Timer | None = None
        self._painted_at = 0.0
        self._sent = 0
        self._reading = False
        self._failed = False
        self._search_of = 0
        self._for_nothing = 0
        """How often one has read and found nothing new."""
        self._begin()

    def _begin(self) -> None:
        """Nothing is known of the output yet; how it is looked at stays."""
        self._page = UNREAD
        self._lines: dict[int, PageLine] = {}
        self._following = True
        self._top: Top = (0, 0)
        self._left = 0
        self._seek: tuple[int, int] | None = None
        self._current: int | None = None
        self._marks: dict[int, str] = {}
        self._paused_at = (0, 0)
        self._sought: Wanted | None = None
        self._found: Found | None = None
        self._again = False
        self._final = False
        self._failed = False
        self._search_of += 1

    # --- what others see ---------------------------------------------------------------------------------------------

    @property
    def following(self) -> bool:
        """New lines come into view by themselves."""
        return self._following

    @property
    def subject(self) -> Subject | None:
        """Whose output it is."""
        return self._subject

    @property
    def place(self) -> Place:
        """Where the view stands in the output."""
        newer, errors = (0, 0) if self._following else self._since_pause()
        return Place(
            page=self._page,
            selection=self._selection,
            following=self._following,
            running=self._subject is not None and self._subject.running,
            newer=newer,
            newer_errors=errors,
            marks=len(self._marks),
            sought=self._sought,
            found=self._found,
        )

    @property
    def look(self) -> RowLook:
        """How lines become rows here."""
        numbered = self._numbers if self._numbers is not None else self._selection.only is not None
        return RowLook(
            width=max(1, self.size.width),
            ascii=self._ascii,
            wrap=self._wrap,
            left=self._left,
            stamps=self._stamps,
            began=self._subject.began if self._subject else None,
            digits=max(4, len(str(self._page.total))) if numbered else 0,
        )

    @property
    def current(self) -> PageLine | None:
        """What marks and yanks mean: the line that was jumped to while it is in view, else the last or the first."""
        shown = self._in_view()
        for each in shown:
            if each.number == self._current:
                return each
        return (shown[-1] if self._following else shown[0]) if shown else None

    @property
    def marked(self) -> Sequence[str]:
        """The texts of the marked lines, in order."""
        return [text for _, text in sorted(self._marks.items())]

    @property
    def on_screen(self) -> Sequence[str]:
        """The texts of the lines in view."""
        return [each.line.text for each in self._in_view()]

    def show(self, subject: Subject | None, nothing: tuple[Line, ...]) -> None:
        """Show this output; another one than before begins at its end. `nothing` is said where there is no line."""
        before, self._subject = self._subject, subject
        if subject is None or before is None or before.key != subject.key:
            self._begin()
        elif (before.running, before.until) != (subject.running, subject.until):
            self._final = False
        self._nothing = nothing
        if not self._page.selected:
            self._paint()
        self.look_again()

    def look_again(self, *, afresh: bool = False) -> None:
        """Read on, unless nothing more can come; `afresh` even so, and where reading went wrong."""
        if self._subject is not None and (afresh or not (self._final or self._failed)):
            self._read()

    def toggle_follow(self) -> None:
        """Follow, or stand still here."""
        if self._following:
            self._pause(self._top_now())
            self._changed()
        else:
            self.action_follow()

    def search(self, sought: Wanted | None, *, number: int, by: int = 0) -> None:
        """Look for it from line `number` on, and go there; None leaves the search."""
        self._search_of += 1
        if sought != self._sought:
            self._found = None
        self._sought = sought
        self._last_sought = sought or self._last_sought
        if sought is not None:
            self._start(self._search(self._search_of, sought, number, by), "Cannot search")
        self._read()
        self._changed()

    def filter(self, only: Wanted | None, *, inverted: bool = False) -> None:
        """Show only the lines with it, or only those without; None shows all."""
        self._select(replace(self._selection, only=only, inverted=inverted and only is not None))

    def stand_at(self, top: Top, following: bool) -> None:
        """Back to where somebody stood."""
        if following:
            self.action_follow()
        else:
            self._stand(top)

    @property
    def top(self) -> Top:
        """What stands in the first row."""
        return self._top_now()

    @property
    def first_number(self) -> int:
        """The number of the first line in view."""
        return next((each.number for each in self._in_view()), 0)

    @property
    def selection(self) -> OutputSelection:
        """Which lines are shown."""
        return self._selection

    # --- keys --------------------------------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """Some rows down, or up; up stops following, the bottom starts it again."""
        if self._page.selected:
            self._current = None
            self._stand(output.moved(self._top_now(), by, self._height_at))

    def action_page(self, by: int) -> None:
        """A screenful down, or up."""
        self.action_move(by * max(1, self.size.height - 1))

    def action_first(self) -> None:
        """To the true first line."""
        self._current = None
        self._stand((0, 0))

    def action_follow(self) -> None:
        """To the newest line, and on with it."""
        self._following, self._current = True, None
        self._seek = None
        self._read()
        self._changed()

    def action_sideways(self, by: int) -> None:
        """Long lines are cut: look further along them."""
        if self._wrap:
            self._refuse("Lines are wrapped: W shows them on one row each")
            return
        self._left = max(0, self._left + by * SIDEWAYS)
        self._paint()

    def action_prompt(self, kind: Literal["search", "filter"]) -> None:
        """Type what to look for, or what to show."""
        self.typing_into = self.prompt
        self.post_message(self.Prompted(kind))

    def action_again(self, by: int) -> None:
        """To the next match, or the one before."""
        sought = self._sought or self._last_sought
        if sought is None:
            self._refuse("Nothing to look for yet: / searches")
            return
        at = self.current
        self.search(sought, number=at.number if at else 0, by=by)

    def action_error(self, by: int) -> None:
        """To the next line that is on standard error or speaks of a failure, or the one before."""
        at = self.current
        self._search_of += 1
        self._start(self._find_error(self._search_of, at.number if at else 0, by), "Cannot search")

    def action_mark(self) -> None:
        """Mark the current line, or take its mark away."""
        at = self.current
        if at is None:
            self._refuse("There is no line to mark")
            return
        if self._marks.pop(at.number, None) is None:
            self._marks[at.number] = at.line.text
        self._current = at.number
        if self._following:
            self._pause(self._top_now())
        self._changed()

    def action_next_mark(self) -> None:
        """To the next marked line, and round."""
        if not self._marks:
            self._refuse("No line is marked: M marks one")
            return
        at = self.current
        later = [number for number in sorted(self._marks) if at is None or number > at.number]
        self._jump(later[0] if later else min(self._marks))

    def action_wrap(self) -> None:
        """Long lines on several rows, or cut."""
        self._wrap, self._left = not self._wrap, 0
        self._top = (self._top[0], 0)
        self._changed()

    def action_stamps(self) -> None:
        """No times, times of day, times since the command began."""
        self._stamps = self._stamps.next
        self._flash(f"Times: {self._stamps.value}")
        self._changed()

    def action_stream(self) -> None:
        """Both streams, standard output, standard error."""
        after = STREAMS[(STREAMS.index(self._selection.stream) + 1) % len(STREAMS)]
        self._select(replace(self._selection, stream=after))

    def action_numbers(self) -> None:
        """Line numbers, or none."""
        self._numbers = not self.look.digits
        self._changed()

    def action_clear(self) -> None:
        """Out of the search; where there is none, the screen's own Escape."""
        if self._sought is None:
            raise SkipAction
        self.search(None, number=0)

    def on_key(self, event: events.Key) -> None:
        """What is typed right after `/` belongs to the prompt: a binding would open it only after those keys."""
        if self.typing_into is not None:
            event.stop()
            event.prevent_default()
            self.typing_into.post_message(events.Key(event.key, event.character))
            return
        bound = self.screen.active_bindings.get(event.key)
        if bound is not None and bound.node is self and bound.binding.id in PROMPTS:
            event.stop()
            event.prevent_default()
            self.action_prompt(PROMPTS[bound.binding.id])

    # --- reading -----------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Another process may write without telling anybody here."""
        self.set_interval(POLL, self._poll)

    def on_resize(self) -> None:
        """Another height is another first line."""
        self._paint()
        if self._subject is not None:
            self._read()

    def _poll(self) -> None:
        quiet = self._for_nothing >= QUIET_AFTER  # the screen asks every second: until that finds something
        if self._subject is not None and self._subject.running and self.size.height and not quiet:
            self.look_again()

    def _read(self) -> None:
        if self._reading:
            self._again = True
        elif self._subject is not None:
            self._reading = True
            self._start(self._keep_reading(), "Cannot read the output")

    async def _keep_reading(self) -> None:
        try:
            more = True
            while more and self._subject is not None:
                self._again = False
                subject, wanted = self._subject, self._wanted(self._subject)
                page = await page_of(self._host.session, subject, wanted)
                if self._is_about(subject, wanted):
                    self._take(page, wanted, subject)
                more = self._again or not page.complete
                if not page.complete:
                    await asyncio.sleep(BREATH)
            self._failed = False
        except Exception:
            self._failed = True
            raise
        finally:
            self._reading = False

    def _is_about(self, subject: Subject, wanted: PageWanted) -> bool:
        """What was read is still what is shown."""
        now = self._subject
        fits = now is not None and now.key == subject.key and wanted.selection == self._selection
        if not fits:
            self._again = True
        return fits

    def _wanted(self, subject: Subject) -> PageWanted:
        rows = max(8, self.size.height)
        whole = PageWanted(
            3 * rows, selection=self._selection, marked=self._sought, ended=not subject.running, until=subject.until
        )
        if self._seek is not None:
            return replace(whole, number=self._seek[0], before=2 * rows, count=5 * rows)
        if self._following:
            return whole
        return replace(whole, place=max(0, self._top_now()[0] - 2 * rows), count=5 * rows)

    def _take(self, page: OutputPage, wanted: PageWanted, subject: Subject) -> None:
        final = page.complete and not subject.running
        if page == self._page and final == self._final and self._seek is None and self._covers():
            self._for_nothing += 1
            return
        self._for_nothing = 0
        grew = page.total > self._page.total > 0
        self._page = page
        self._lines = {page.place + at: each for at, each in enumerate(page.lines)}
        self._final = final
        if self._seek is not None and wanted.number == self._seek[0]:
            self._arrive(page, self._seek)
        elif not self._covers():
            self._again = True
        if grew and self._following:
            self._paint_in_time()
        else:
            self._paint()
        self.post_message(self.Scrolled())

    def _arrive(self, page: OutputPage, seek: tuple[int, int]) -> None:
        number, lead = seek
        self._seek = None
        before = sum(each.number < number for each in page.lines)
        self._top = min(max((0, 0), (page.place + before - lead, 0)), self._bottom())

    def _covers(self) -> bool:
        """Every line that should be in view is here."""
        if self._following or not self._page.selected:
            return True
        first = self._top_now()[0]
        last = min(self._page.selected, first + (1 if self._wrap else max(1, self.size.height)))
        return first in self._lines and (last - 1) in self._lines

    # --- searching ---------------------------------------------------------------------------------------------------

    async def _search(self, search: int, sought: Wanted, number: int, by: int) -> None:
        gone_there = False
        while search == self._search_of and self._subject is not None:
            found = await find_in(self._host.session, self._subject, self._selection, sought, number, by)
            if search != self._search_of:
                return
            self._found = found
            if found.number is not None and not gone_there:
                gone_there = True
                self._jump(found.number)
            self.post_message(self.Scrolled())
            if found.problem or (found.settled and found.complete):
                return
            await asyncio.sleep(BREATH)

    async def _find_error(self, search: int, number: int, by: int) -> None:
        found = Found(settled=False)
        while search == self._search_of and self._subject is not None and not found.settled:
            found = await find_in(self._host.session, self._subject, self._selection, ERRORS, number, by)
            if not found.settled:
                await asyncio.sleep(BREATH)
        if search != self._search_of or not found.settled:
            return
        if found.number is None:
            words = matching.ERROR_WORDS.replace("|", ", ")
            self._refuse(f"No line on stderr, and none with one of: {words}")
            return
        self._jump(found.number)
        more = "" if found.complete else "+"
        wrapped = "; went on at the other end" if found.wrapped else ""
        self._flash(f"Error line {found.ordinal + 1:,} of {found.matches:,}{more}{wrapped}")

    # --- standing ----------------------------------------------------------------------------------------------------

    def _jump(self, number: int) -> None:
        """To that line, and the view stays where it is if the line is in it."""
        in_view = any(each.number == number for each in self._in_view())
        self._pause(self._top_now())
        self._current = number
        if not in_view:
            self._seek = (number, max(0, self.size.height // 3))
        self._read()
        self._changed()

    def _select(self, selection: OutputSelection) -> None:
        at = self.current
        self._selection = selection
        self._search_of += 1
        self._found = None
        self._lines, self._final = {}, False
        self._page = replace(self._page, selected=0, lines=(), done=0.0, problem="")
        if not self._following and at is not None:
            self._seek = (at.number, 0)
        if self._sought is not None:
            self.search(self._sought, number=at.number if at else 0)
        self._read()
        self._changed()

    def _stand(self, top: Top) -> None:
        self._seek = None
        if top >= self._bottom():
            self._following = True
        else:
            self._pause(max((0, 0), top))
        if not self._covers():
            self._read()
            self.post_message(self.Scrolled())
        else:
            self._changed()
            self._read_ahead()

    def _read_ahead(self) -> None:
        """The next screenful is here before it is wanted."""
        first = self._top_now()[0]
        rows = max(1, self.size.height)
        wanted = (max(0, first - rows), min(self._page.selected - 1, first + 2 * rows))
        if self._following or any(place not in self._lines for place in wanted):
            self._read()

    def _pause(self, top: Top) -> None:
        if self._following:
            self._following = False
            self._paused_at = (self._page.total, self._page.errors)
        self._top = top

    def _since_pause(self) -> tuple[int, int]:
        total, errors = self._paused_at
        return max(0, self._page.total - total), max(0, self._page.errors - errors)

    def _bottom(self) -> Top:
        return output.bottom(self._page.selected, max(1, self.size.height), self._height_at)

    def _top_now(self) -> Top:
        return self._bottom() if self._following else min(self._top, self._bottom())

    def _height_at(self, place: int) -> int:
        shown = self._lines.get(place)
        return 1 if shown is None or not self._wrap else output.height(shown.line.text, self.look)

    def _in_view(self) -> list[PageLine]:
        place, piece = self._top_now()
        left = self.size.height + piece
        found: list[PageLine] = []
        while left > 0 and (shown := self._lines.get(place)) is not None:
            found.append(shown)
            left -= self._height_at(place)
            place += 1
        return found

    # --- painting ----------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Line API: the line at `y` of what is visible."""
        line = self._rows[y] if y < len(self._rows) else BLANK
        return theme.strip(line, self.size.width, self.rich_style)

    def _changed(self) -> None:
        self._paint()
        self.post_message(self.Scrolled())

    def _paint_in_time(self) -> None:
        """Lines that rush by are painted as often as the line to the terminal can bear."""
        now = asyncio.get_running_loop().time()
        wait = output.pause_after(self._sent) - (now - self._painted_at)
        if wait <= 0:
            self._paint()
        elif self._painting is None:
            self._painting = self.set_timer(wait, self._paint)

    def _paint(self) -> None:
        """Repaint the rows that differ."""
        if self._painting is not None:
            self._painting.stop()
            self._painting = None
        if not self.is_attached:
            return
        before, self._rows = self._rows, self._made()
        changed = 0
        for y in range(max(len(before), len(self._rows))):
            old, new = before[y : y + 1], self._rows[y : y + 1]
            if old != new:
                changed += 1
                self.refresh(Region(0, y, self.size.width, 1))
        if changed:
            self._sent = output.cost(changed, self.size.width)
            self._painted_at = asyncio.get_running_loop().time()

    def _made(self) -> list[Line]:
        if not self._page.selected:
            return list(output.empty(self.place, self._nothing))[: self.size.height]
        look, at = self.look, self.current
        place, piece = self._top_now()
        rows: list[Line] = []
        while len(rows) < self.size.height and place < self._page.selected:
            shown = self._lines.get(place)
            if shown is None:
                rows.append(BLANK)
            else:
                mark = output.mark_sign(shown.number, self._marks)
                pointer = at is not None and at.number == shown.number
                last = min(self._height_at(place), piece + self.size.height - len(rows))
                rows += [output.row(shown, each, look, mark=mark, pointer=pointer) for each in range(piece, last)]
            place, piece = place + 1, 0
        return rows

    # --- others ------------------------------------------------------------------------------------------------------

    @property
    def _host(self) -> Host:
        return cast(Host, self.screen)

    def _start(self, work: Coroutine[Any, Any, None], what: str) -> None:
        _ = self._host.start_work(work, what)

    def _refuse(self, why: str) -> None:
        self._host.refuse(why)

    def _flash(self, text: str) -> None:
        self._host.flash(text)
