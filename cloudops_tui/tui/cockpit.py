"""What every screen may ask of the application, and how it waits for an answer without stopping."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, cast
from uuid import UUID

from textual import events
from textual.screen import Screen
from textual.widget import Widget

from cloudops_tui.model.lease import Lease
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.settings import Settings
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.presentation.availability import Lateness
from cloudops_tui.presentation.frame import KeyHint, Notice
from cloudops_tui.presentation.lines import Line
from cloudops_tui.presentation.offers import Reading, Yank
from cloudops_tui.tui.bridge import Bridge
from cloudops_tui.tui.navigation import Intent
from cloudops_tui.tui.seen_before import SeenBefore
from cloudops_tui.tui.session import Session


class Cockpit(Protocol):
    """The application, as its screens see it."""

    session: Session
    bridge: Bridge
    settings: Settings
    ascii_only: bool
    read_only: bool
    arm_delay: float
    """Seconds before a modal lets itself be answered."""
    dwell: float
    """Seconds that a line of a review stands on screen before it was seen."""
    seen_before: SeenBefore
    """What of reviews was seen since the start."""
    program: str
    """What to type to ask about this store: the program with the options that find it."""
    patience: float
    """Seconds after which a modal says that the engine has not answered."""
    rehearse_first: bool
    """A review rehearses by itself when it opens."""

    @property
    def too_small(self) -> bool:
        """The terminal is too small for anything but a notice; no key but quit acts."""
        ...

    @property
    def covered(self) -> bool:
        """An editor or a pager stands in front of the screen."""
        ...

    @property
    def typed_at(self) -> bool:
        """Somebody has pressed a key since the start."""
        ...

    @property
    def loaded(self) -> bool:
        """The queue has been read."""
        ...

    @property
    def load_error(self) -> str | None:
        """Why it could not be read."""
        ...

    @property
    def late(self) -> Lateness | None:
        """Since when the engine has not answered; None while it does."""
        ...

    @property
    def known_identities(self) -> Mapping[tuple[str, str], ProfileIdentity]:
        """The accounts that were asked for already, by profile and region; nothing is asked for."""
        ...

    @property
    def notices(self) -> Sequence[Notice]:
        """What was told, newest first."""
        ...

    def identities_of(self, plan: ExecutionPlan | None) -> tuple[ProfileIdentity, ...]:
        """The accounts that a plan reaches, as far as they are known; those that are not are asked for meanwhile.

        None: the one account that is known so far, or else the default profile's.
        """
        ...

    def learn(self, identities: Sequence[ProfileIdentity]) -> None:
        """Accounts that a review has just asked for."""
        ...

    def ask_accounts_again(self) -> None:
        """Accounts that are not known are asked for anew, and codes that were declined with them."""
        ...

    def clock_now(self) -> datetime:
        """The present instant, UTC."""
        ...

    @property
    def leaves_after(self) -> int | None:
        """How many executions have to end before the program leaves by itself; None where it stays."""
        ...

    def navigate(self, intent: Intent) -> None:
        """Go there."""
        ...

    def lease_of(self, execution_id: UUID) -> Lease | None:
        """Who drives an execution that has not ended, as far as it was looked at."""
        ...

    def note(self, text: str, kind: str = "error") -> None:
        """Keep it for area 4."""
        ...

    def ask_stop(self, execution_id: UUID, number: int | None, answered: Callable[[str | None], None]) -> None:
        """The stop modal; `answered` hears `cancel` or `finish`."""
        ...

    async def reload(self) -> None:
        """Read the queue again, to the end; that it cannot be read is told."""
        ...

    async def edit(self, text: str) -> str:
        """The text as the operator's editor left it; raises `EditorError` when there is none, or it failed."""
        ...

    def hints_with_own_keys(self, hints: Sequence[KeyHint]) -> Sequence[KeyHint]:
        """The hints of the screen in front, with the operator's keys in place of those that they are written with."""
        ...

    def in_own_keys(self, line: Line) -> Line:
        """A line on the screen in front, with the operator's keys in place of those that it is written with."""
        ...

    def key_of(self, action_id: str) -> str:
        """The first of an action's keys, as it is shown; empty where it is switched off."""
        ...

    def show_help(self) -> None:
        """The keys of the screen in front, or of the dialog over it."""
        ...

    def show_commands(self) -> None:
        """Everything that can be done from the screen in front."""
        ...

    def offer_yanks(self) -> None:
        """The yank menu of the screen in front."""
        ...

    def take(self, wanted: Yank) -> None:
        """Yank it, and say where it went."""
        ...

    def read(self, reading: Reading | None, *, in_editor: bool = False) -> None:
        """Open it in the pager, or the editor, read-only; None is the reading of the screen in front."""
        ...

    def show_text(self, title: str, reading: Reading) -> None:
        """Show a text whole, over the screen."""
        ...

    def let_it_be_seen(self) -> None:
        """A screen has been presented for the first time."""
        ...

    async def let_keys_go_on(self) -> None:
        """Keys that waited for a screen may be heard now."""
        ...


class Working(Screen[Any]):
    """A screen that asks the session and goes on; what goes wrong is told, never raised."""

    _tasks: set[asyncio.Task[None]]
    _there = False
    _focused_first = False
    _was_in_front = False
    _worth_drawing = False

    @property
    def there(self) -> bool:
        """Composed, down to the last widget, and not gone again: it can be presented."""
        return self._there and self.display and self.app.is_running

    @property
    def mounted(self) -> bool:
        """Every widget is there, and the one that should have the focus has it."""
        return self._focused_first

    @property
    def opening(self) -> bool:
        """What this screen was opened for is still to come by itself; keys are meant for that."""
        return False

    @property
    def cockpit(self) -> Cockpit:
        """The application."""
        return cast(Cockpit, self.app)

    @property
    def session(self) -> Session:
        """The engine's front end."""
        return self.cockpit.session

    @property
    def bridge(self) -> Bridge:
        """What is known."""
        return self.cockpit.bridge

    @property
    def ascii(self) -> bool:
        """Glyphs beyond ASCII would not arrive."""
        return self.cockpit.ascii_only

    def clock_now(self) -> datetime:
        """The present instant, UTC."""
        return self.cockpit.clock_now()

    def fit(self) -> None:
        """Hide everything while the terminal is too small; what has the focus keeps it."""
        was_small, small = self.has_class("-too-small"), self.cockpit.too_small
        self.set_class(small, "-too-small")
        if was_small and not small and self.focused is not None:
            self.call_after_refresh(self._reset_focus, self.focused)  # the new layout may have no room for it

    def _reset_focus(self, widget: Widget, avoiding: list[Widget] | None = None) -> None:
        # A widget asks for this when it hears that it was hidden, and it may hear of it when it is in sight again.
        hidden = not all(node.display for node in widget.ancestors_with_self)
        if avoiding is not None or not widget.focusable or (hidden and not self.has_class("-too-small")):
            super()._reset_focus(widget, avoiding)

    def start_work(self, work: Coroutine[Any, Any, None], what: str) -> asyncio.Task[None]:
        """Run `work` beside the screen. Where it raises, `went_wrong(what, error)` tells the operator."""
        task = asyncio.create_task(self._guarded(work, what))
        self._tasks = getattr(self, "_tasks", set())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: work.close())  # cancelled before its first step, it would never be awaited
        return task

    def went_wrong(self, what: str, error: Exception) -> None:
        """Tell it; `what` is the sentence's beginning, such as `Cannot approve`."""
        self.cockpit.note(f"{what}: {spoken(error)}")

    def on_mount(self) -> None:
        """Every widget is there. Textual calls this beside a subclass's own; nobody calls it by `super`."""
        self._there = True
        self.app.call_later(self._take_keys)  # behind the focus, which the subclass asked for in the same way

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """What has just been mounted has its styles; Textual would work all of them out again."""
        event.refresh_styles &= self._was_in_front
        self._was_in_front = True

    def on_unmount(self) -> None:
        """Work goes on: a decision that is on its way is not taken back because its screen has closed."""
        self._there = False

    @property
    def drawn(self) -> bool:
        """The terminal has been shown it."""
        return self._worth_drawing

    def be_drawn(self) -> None:
        """There is something on it now: until then the terminal keeps what it shows."""
        if not self._worth_drawing:
            self._worth_drawing = True
            self.refresh()

    def _compositor_refresh(self) -> None:
        # Textual draws a screen half a dozen times while it is composed, styled and laid out, each time of nothing.
        if self._worth_drawing:
            super()._compositor_refresh()
        else:
            self._dirty_widgets.clear()

    async def _take_keys(self) -> None:
        self._focused_first = True
        await self.cockpit.let_keys_go_on()

    async def _guarded(self, work: Coroutine[Any, Any, None], what: str) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001  whatever the other side raised, the operator is told and the screen stays
            self.went_wrong(what, error)


def spoken(error: Exception) -> str:
    """An error in its own words, or by its name where it has none."""
    words = error.args[0] if isinstance(error, KeyError) and error.args else error
    return str(words) or type(error).__name__
