"""The frame of every full screen: identity above, keys below, and one call a frame to bring it up to date."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.presentation import frame
from cloudops_tui.presentation.frame import KeyHint, Standing
from cloudops_tui.presentation.lines import Line
from cloudops_tui.presentation.offers import Reading, Yank
from cloudops_tui.tui import theme
from cloudops_tui.tui.cockpit import Working, spoken
from cloudops_tui.tui.navigation import GoBack, Intent, OpenArea
from cloudops_tui.tui.widgets.area_line import AreaLine
from cloudops_tui.tui.widgets.field import Field
from cloudops_tui.tui.widgets.flash_line import FlashLine
from cloudops_tui.tui.widgets.identity_bar import IdentityBar
from cloudops_tui.tui.widgets.key_footer import KeyFooter

WIDE = 120
"""Columns from which a second pane stands beside the first."""
BROAD = 160
"""Columns from which one stands beside a list that has many columns of its own."""
TALL = 40
"""Rows from which what stands below a list is more than a glimpse."""


@dataclass(frozen=True)
class _Told:
    """What the flash line says for as long as it is true."""

    line: Line
    text: str
    now: Callable[[], str]
    """What is to be said by now; empty: nothing."""
    kind: str = "info"
    then: str = ""
    """Said instead, once nothing is."""


class FrameScreen(Working):
    """A full screen. Subclasses give `compose_body`, `present`, `key_hints`, and, below an area's first, `trail`."""

    AREA: ClassVar[str]
    """`queue`, `running`, `history` or `notices`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,h,backspace,escape,left", "back", "Back", id="app.back", show=False),
        Binding("1", "area('queue')", "Queue", id="app.queue", show=False),
        Binding("2", "area('running')", "Running", id="app.running", show=False),
        Binding("3", "area('history')", "History", id="app.history", show=False),
        Binding("4,exclamation_mark", "area('notices')", "Notices", id="app.notices", show=False),
        Binding("Q", "app.quit", "Quit", id="app.quit", show=False),
        Binding("question_mark,f1", "help", "Help", id="app.help", show=False),
        Binding("colon", "commands", "Commands", id="app.commands", show=False),
        Binding("y", "yank", "Yank", id="app.yank", show=False),
        Binding("o", "pager", "Pager", id="app.pager", show=False),
        Binding("e", "editor", "Editor", id="app.editor", show=False),
    ]

    _begun: tuple[asyncio.Task[None], str] | None = None
    """What reads before it can ask, or writes before it can tell, and how that is told: one at a time."""
    _told: _Told | None = None

    def compose(self) -> ComposeResult:
        """Identity, areas, body, flash, keys."""
        self._take_room(update=False)  # before there is anything to style, which would be styled twice
        yield IdentityBar()
        yield AreaLine()
        with Vertical(id="body"):
            yield from self.compose_body()
        yield FlashLine()
        yield KeyFooter()
        yield Static(id="too-small")

    @abstractmethod
    def compose_body(self) -> ComposeResult:
        """What stands between the area line and the flash line."""

    @abstractmethod
    def present(self) -> None:
        """Bring the screen up to date with bridge and clock. Called at most ten times a second: cheap, only changes."""

    def key_hints(self) -> Sequence[KeyHint]:
        """The keys of this screen, most wanted first; one that cannot be used says why not."""
        return ()

    def yanks(self) -> Sequence[Yank]:
        """What `y` can take away from what is under the cursor."""
        return ()

    async def reading(self) -> Reading | None:
        """What `o` opens in the pager; None where there is nothing to read."""
        return None

    def trail(self) -> str:
        """Where below the area's first screen this is, such as `#418 rotate the key`."""
        return ""

    def identities(self) -> tuple[ProfileIdentity, ...]:
        """The accounts of what is on screen; the default one's where the screen has none of its own."""
        return self.cockpit.identities_of(None)

    @property
    def wide(self) -> bool:
        """There is room for a second pane."""
        return self.size.width >= WIDE

    @property
    def broad(self) -> bool:
        """There is room for a second pane beside a list that needs much of it itself."""
        return self.size.width >= BROAD

    @property
    def tall(self) -> bool:
        """There is room for more than a glimpse below a list."""
        return self.size.height >= TALL

    def bring_up_to_date(self) -> None:
        """The frame and then the body; what the application calls once a frame."""
        if self.there:
            self._present_frame()
            self.present()
            self.drop_untrue()

    def flash(
        self, text: str, kind: str = "info", *, while_true: Callable[[], bool] | None = None, fades: bool = True
    ) -> None:
        """Say it on the flash line, for as long as `while_true` says; warnings and errors are kept in area 4 too."""
        if kind != "info":
            self.cockpit.note(text, kind)
        if self.there:
            told = self.query_one(FlashLine)
            (told.say if fades else told.keep)(text, kind)
            holds = while_true
            self._told = _Told(told.line, text, lambda: text if holds() else "") if holds is not None else None

    def stand(self, text: str, kind: str, while_true: Callable[[], bool]) -> None:
        """Say what area 4 has already, until something else is said, for as long as `while_true` says."""
        line = self.query_one(FlashLine)
        line.keep(text, kind)
        self._told = _Told(line.line, text, lambda: text if while_true() else "")

    def drop_untrue(self) -> None:
        """What was told and does not hold any more goes at once; what holds instead takes its place."""
        if self._told is None or not self.there:
            return
        told, line = self._told, self.query_one(FlashLine)
        now = told.now()
        if line.line is not told.line:
            self._told = None
        elif not now:
            self._told = None
            line.say(told.then) if told.then else line.clear()
        elif now != told.text:
            line.say(now, told.kind)
            self._told = replace(told, line=line.line, text=now)

    def begin_once(self, telling: str, needed: Callable[[], Coroutine[Any, Any, None]], what: str) -> None:
        """Begin what takes a while, and say so until it ends; the same key once more begins nothing."""
        if self._begun is None or self._begun[0].done():
            self._begun = (self.start_work(needed(), what), telling)
            self._begun[0].add_done_callback(lambda _: self.drop_untrue())
        task, telling = self._begun
        self.flash(telling, while_true=lambda: not task.done(), fades=False)

    def ask(self, question: Intent) -> None:
        """Ask what had to be read for first; whoever has gone elsewhere meanwhile is asked nothing."""
        if self.there and self.app.screen is self:
            self.cockpit.navigate(question)

    def went_wrong(self, what: str, error: Exception) -> None:
        """On the flash line and in area 4."""
        self.flash(f"{what}: {spoken(error)}", "error")

    def refuse(self, why: str, why_now: Callable[[], str | None] | None = None, then: str = "") -> None:
        """A key was pressed that cannot be used now. `why_now` tells the reason anew; once there is none, `then`."""
        self.flash(why, "warning")
        if why_now is not None and self.there:
            self._told = _Told(self.query_one(FlashLine).line, why, lambda: why_now() or "", "warning", then)

    def action_back(self) -> None:
        """One level up."""
        self.cockpit.navigate(GoBack())

    def action_area(self, area: str) -> None:
        """To another area."""
        self.cockpit.navigate(OpenArea(area))

    def action_help(self) -> None:
        """The keys of this screen."""
        self.cockpit.show_help()

    def action_commands(self) -> None:
        """Everything that can be done from here."""
        self.cockpit.show_commands()

    def action_yank(self) -> None:
        """What can be taken away."""
        self.cockpit.offer_yanks()

    def action_pager(self) -> None:
        """Read on outside."""
        self.cockpit.read(None)

    def action_editor(self) -> None:
        """Read on outside, with the keys that one's hands know."""
        self.cockpit.read(None, in_editor=True)

    def on_mount(self) -> None:
        """The first picture, before anything is loaded."""
        self.call_after_refresh(self._first_present)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Much may have happened while another screen was in front."""
        self._draw_keys_again()
        self._bring_up_to_date_again()

    def on_resize(self) -> None:
        """Another size is another layout; below the smallest, only a notice."""
        self.fit()
        self._take_room()
        self._bring_up_to_date_again()

    def on_screen_suspend(self) -> None:
        """A dialog stands over it, or another screen."""
        self._draw_keys_again()

    def _draw_keys_again(self) -> None:
        for footer in self.query(KeyFooter):
            footer.refresh()

    def _bring_up_to_date_again(self) -> None:
        if self.drawn:  # else the first time is still to come
            self.call_after_refresh(self.bring_up_to_date)

    def _take_room(self, *, update: bool = True) -> None:
        self.set_class(self.app.size.width >= WIDE, "-wide", update=update)
        self.set_class(self.app.size.height >= TALL, "-tall", update=update)

    def _first_present(self) -> None:
        self.bring_up_to_date()
        self.call_after_refresh(self._second_present)

    def _second_present(self) -> None:
        self.bring_up_to_date()  # with the room that there is since the first time
        self.be_drawn()
        self.cockpit.let_it_be_seen()

    def _hints_now(self) -> Sequence[KeyHint]:
        if isinstance(self.focused, Field):
            return self.focused.HINTS
        return self.cockpit.hints_with_own_keys(self.key_hints())

    def _present_frame(self) -> None:
        width, height = self.app.size
        review, running = frame.waiting_counts(self.bridge.known_entries(), len(self.bridge.running()))
        identities = self.identities()
        closed = self.cockpit.settings.read_only_profiles
        standing = Standing(
            identities=identities,
            operator=self.session.operator,
            host=self.session.host,
            read_only=self.cockpit.read_only or any(one.profile in closed for one in identities),
            review=review,
            running=running,
            now=self.clock_now(),
            late=self.cockpit.late,
            counted=self.cockpit.loaded and self.cockpit.load_error is None,
        )
        self.query_one(IdentityBar).show(frame.identity_bar(standing, width))
        self.query_one(AreaLine).show(
            frame.area_line(self.AREA, self.trail(), width, self.ascii, self.cockpit.key_of("app.help"))
        )
        self.query_one(FlashLine).rest(frame.leaves(self.cockpit.leaves_after, self.cockpit.key_of("app.quit")))
        self.query_one(KeyFooter).show(frame.key_footer(self._hints_now(), width))
        if self.has_class("-too-small"):
            self.query_one("#too-small", Static).update(
                theme.block(frame.too_small(width, height, review, running, self.cockpit.key_of("app.quit")))
            )
