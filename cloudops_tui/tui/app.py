"""The application: paints first, loads then, and takes the operator from screen to screen."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, assert_never
from uuid import UUID

from textual import events
from textual.app import App, ScreenError
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.filter import Monochrome, NoColor
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from cloudops_tui.engine.asking import CodeQuestion
from cloudops_tui.model.lease import Lease
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.queue import QueueState
from cloudops_tui.model.settings import Settings
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.policy.redaction import without_secrets
from cloudops_tui.policy.safe_text import safe_line, safe_text
from cloudops_tui.presentation import attention
from cloudops_tui.presentation.availability import Lateness
from cloudops_tui.presentation.code import declined as declined_words
from cloudops_tui.presentation.frame import AREAS, KeyHint, Notice, is_too_small
from cloudops_tui.presentation.keymap import in_own_keys, keymap, shown, with_own_keys
from cloudops_tui.presentation.lines import Line
from cloudops_tui.presentation.offers import Reading, Yank
from cloudops_tui.tui import heartbeat, last_words, stylesheets, theme
from cloudops_tui.tui.attention import Attention
from cloudops_tui.tui.bridge import Bridge
from cloudops_tui.tui.cockpit import Working, spoken
from cloudops_tui.tui.driver import TerminalDriver, TerminalLost
from cloudops_tui.tui.editor import EditorError
from cloudops_tui.tui.following import LOOK_EVERY, Leases
from cloudops_tui.tui.frame import FrameScreen
from cloudops_tui.tui.heartbeat import Heartbeat
from cloudops_tui.tui.identities import Identities
from cloudops_tui.tui.keymap import lay_over, own_keys
from cloudops_tui.tui.leaving import Leaving
from cloudops_tui.tui.modal import Modal
from cloudops_tui.tui.navigation import (
    AskApproval,
    AskChoice,
    AskGoOn,
    AskReason,
    AskUnknown,
    AskWhatToDo,
    GoBack,
    Intent,
    OpenArea,
    OpenDifference,
    OpenExecution,
    OpenPlan,
    OpenRecord,
    OpenReplay,
    Report,
)
from cloudops_tui.tui.screens.approve import ApproveModal
from cloudops_tui.tui.screens.choose import ChooseModal
from cloudops_tui.tui.screens.difference import DifferenceScreen
from cloudops_tui.tui.screens.notices import NoticesScreen
from cloudops_tui.tui.screens.problems import ProblemsModal
from cloudops_tui.tui.screens.queue import QueueScreen
from cloudops_tui.tui.screens.quit import QuitChoice, QuitModal
from cloudops_tui.tui.screens.refused import RefusedScreen
from cloudops_tui.tui.screens.reject import RejectModal
from cloudops_tui.tui.screens.report import ReportModal
from cloudops_tui.tui.screens.review import ReviewScreen
from cloudops_tui.tui.screens.running import RunningScreen
from cloudops_tui.tui.screens.text import TextModal
from cloudops_tui.tui.seen_before import SeenBefore
from cloudops_tui.tui.session import Session
from cloudops_tui.tui.terminal_here import no_terminal
from cloudops_tui.tui.tools import Tools
from cloudops_tui.tui.typeahead import Followed, TypeAhead
from cloudops_tui.tui.widgets.filter_field import FilterField
from cloudops_tui.tui.widgets.flash_line import FlashLine

SHORTEST_FRAME = 0.1  # seconds; faster only flickers over SSH
REST_AFTER = 10  # frames for which nothing changed; then none comes until something does
CLOCK_TICK = 1.0  # seconds
PATIENCE = 5.0  # seconds without an answer after which a decision that was handed in is said to be unknown
NOTICES_KEPT = 500
COLLECT_AFTER = (20_000, 20, 50)  # objects, and rounds; Python's own are 700, 10 and 10


class CloudOpsApp(App[int]):
    """The terminal interface over one session."""

    CSS_PATH = stylesheets.sheets()
    TITLE = "cloudops-tui"
    ENABLE_COMMAND_PALETTE = False
    DEFAULT_MODE = "queue"
    MODES = {
        "queue": QueueScreen,
        "running": RunningScreen,
        "history": lambda: _screen("history", "HistoryScreen"),
        "notices": NoticesScreen,
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit_at_once", "Quit", id="app.quit_at_once", show=False, priority=True)
    ]

    def __init__(
        self,
        session: Session,
        *,
        settings: Settings | None = None,
        ascii_only: bool = False,
        read_only: bool = False,
        arm_delay: float | None = None,
        dwell: float | None = None,
        patience: float = PATIENCE,
        rehearse_first: bool = True,
        look: str = "dark",
        no_color: bool = False,
        demo: bool = False,
    ) -> None:
        super().__init__(driver_class=TerminalDriver)
        self.session = session
        self.bridge = Bridge(session)
        self.leases = Leases(session, self.bridge)
        self.settings = settings or Settings()
        self.ascii_only = ascii_only
        self.read_only = read_only
        self.arm_delay = self.settings.ui.arm_ms / 1000 if arm_delay is None else arm_delay
        self.dwell = self.settings.ui.seen_ms / 1000 if dwell is None else dwell
        self.patience = patience
        self.rehearse_first = rehearse_first
        self.seen_before = SeenBefore()
        self.leaving: Leaving | None = None
        """Signals and the loss of the terminal; None where nobody listens for them."""
        self.crashed = False
        self.program = "cloudops-tui"
        """What to type to ask about this store."""
        self.heartbeat = Heartbeat(session, patience)
        self.demo = demo
        """Leaving deletes what the engine works on: the quit dialog says so."""
        self.crash_file: Path | None = None
        self.keymap = keymap(self.settings.keys)
        self.tools = Tools(self, self.settings, self.keymap, lambda: self.session.state_dir)
        self._typed = TypeAhead(self._hear, self._can_be_typed_at)
        self._identities = Identities(session, self._begin, self.bridge.mark_dirty)
        self._notices: deque[Notice] = deque(maxlen=NOTICES_KEPT)
        self._loaded = False
        self._seen = False
        """Some screen has been presented; a picture of nothing is not sent in place of the one that stands there."""
        self._leaving: frozenset[UUID] | None = None
        """Executions that were told to stop; when the last of them has ended the program leaves."""
        self._load_error: str | None = None
        self._frames: Timer | None = None
        self._frames_for_nothing = 0
        self._frames_rest = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._catching_up: asyncio.Task[None] | None = None
        self._looking_at_leases: asyncio.Task[None] | None = None
        self.set_class(ascii_only, "-ascii")
        self._palettes = {} if no_color else theme.palettes(self.settings.themes)
        self._palette = self._palettes.get(look)
        self._wear(look, no_color=no_color)
        ui = self.settings.ui
        self._attention = Attention(self.write_to_terminal, self.bell if ui.bell else None, title=ui.title)

    # --- what screens ask --------------------------------------------------------------------------------------------

    @property
    def too_small(self) -> bool:
        """The terminal is too small for anything but a notice; no key but quit acts."""
        return is_too_small(*self.size)

    @property
    def covered(self) -> bool:
        """An editor or a pager stands in front of the screen."""
        return self.tools.covering

    @property
    def loaded(self) -> bool:
        """The queue has been read."""
        return self._loaded

    @property
    def load_error(self) -> str | None:
        """Why it could not be read."""
        return self._load_error

    @property
    def late(self) -> Lateness | None:
        """Since when the engine has not answered; None while it does."""
        return self.heartbeat.late

    @property
    def known_identities(self) -> Mapping[tuple[str, str], ProfileIdentity]:
        """The accounts that were asked for already, by profile and region; nothing is asked for."""
        return self._identities.known

    @property
    def notices(self) -> Sequence[Notice]:
        """What was told, newest first."""
        return tuple(self._notices)

    def identities_of(self, plan: ExecutionPlan | None) -> tuple[ProfileIdentity, ...]:
        """The accounts that a plan reaches, as far as they are known; those that are not are asked for meanwhile.

        None: the one account that is known so far, or else the default profile's.
        """
        return self._identities.of(plan)

    def learn(self, identities: Sequence[ProfileIdentity]) -> None:
        """Accounts that a review has just asked for."""
        self._identities.learn(identities)

    def ask_accounts_again(self) -> None:
        """Accounts that are not known are asked for anew, and codes that were declined with them."""
        self.session.ask_for_codes_again()
        self._identities.ask_again()

    def clock_now(self) -> datetime:
        """The present instant, UTC."""
        return self.session.clock.now()

    def lease_of(self, execution_id: UUID) -> Lease | None:
        """Who drives an execution that has not ended, as far as it was looked at."""
        return self.leases.known.get(execution_id)

    def note(self, text: str, kind: str = "error") -> None:
        """Keep it for area 4; the same again at once replaces itself."""
        if self._notices and (self._notices[0].kind, self._notices[0].text) == (kind, text):
            self._notices.popleft()
        self._notices.appendleft(Notice(self.clock_now(), kind, text))
        self.bridge.mark_dirty()

    def write_to_terminal(self, sequence: str) -> None:
        """Say something to the terminal itself, such as its title; nothing foreign may be in it."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(sequence)

    async def reload(self) -> None:
        """Read the queue again, to the end."""
        await self._begin(self._load())

    @property
    def leaves_after(self) -> int | None:
        """How many executions have to end before the program leaves by itself; None where it stays."""
        if self._leaving is None:
            return None
        return len(self._leaving & {state.execution_id for state in self.bridge.running()})

    def navigate(self, intent: Intent) -> None:
        """The only way from one screen to another."""
        match intent:
            case OpenArea(area=area):
                self._open_area(area)
            case OpenPlan(entry_id=entry_id):
                self._open_plan(entry_id, intent)
            case OpenDifference(before=before, after=after):
                _ = self.push_screen(DifferenceScreen(before, after))
            case OpenExecution(execution_id=execution_id):
                _ = self.push_screen(_screen("live", "LiveScreen", execution_id))
            case OpenRecord(execution_id=execution_id):
                _ = self.push_screen(_screen("record", "RecordScreen", execution_id))
            case OpenReplay(execution_id=execution_id, speed=speed):
                _ = self.push_screen(import_module("cloudops_tui.tui.replaying").ReplayScreen(execution_id, speed))
            case GoBack():
                # The mode's own first screen stays.
                if len(self.screen_stack) > 1:
                    _ = self.pop_screen()
                else:
                    self._flash("There is nothing behind this screen; Q quits")
            case AskApproval(answered=answered):
                _ = self.push_screen(ApproveModal(intent), answered)
            case AskReason(entries=entries, answered=heard):
                _ = self.push_screen(RejectModal(entries), heard)
            case AskChoice(choices=choices, answered=picked):
                _ = self.push_screen(ChooseModal(intent.title, choices, intent.chosen, intent.several), picked)
            case AskUnknown(answered=resolved):
                _ = self.push_screen(_screen("unknown", "UnknownModal", intent), resolved)
            case AskGoOn(answered=going_on):
                _ = self.push_screen(_screen("going_on", "GoOnModal", intent), going_on)
            case Report(title=title, lines=lines):
                _ = self.push_screen(ReportModal(title, lines))
            case AskWhatToDo(problems=problems, answered=chosen):
                _ = self.push_screen(ProblemsModal(problems), chosen)
            case _:
                assert_never(intent)

    def ask_stop(self, execution_id: UUID, number: int | None, answered: Callable[[str | None], None]) -> None:
        """The stop modal; `answered` hears `cancel` or `finish`."""
        modal: Screen[Any] = _screen("stop", "StopModal", execution_id, number)
        _ = self.push_screen(modal, lambda how: answered(how.value if how else None))

    async def edit(self, text: str) -> str:
        """The text as the operator's editor left it; raises `EditorError` when there is none, or it failed."""
        return await self.tools.edit(text)

    # --- what every screen has at hand -------------------------------------------------------------------------------

    def hints_with_own_keys(self, hints: Sequence[KeyHint]) -> Sequence[KeyHint]:
        """The hints of the screen in front, with the operator's keys in place of those that they are written with."""
        front = self._front()
        return with_own_keys(hints, own_keys(front, self.keymap)) if front and self.keymap.taken else hints

    def in_own_keys(self, line: Line) -> Line:
        """A line on the screen in front, with the operator's keys in place of those that it is written with."""
        return in_own_keys(line, own_keys(self.screen, self.keymap)) if self.keymap.taken else line

    def key_of(self, action_id: str) -> str:
        """The first of an action's keys, as it is shown; empty where it is switched off."""
        return next((shown(key) for key in self.keymap.keys_of(action_id)), "")

    def show_help(self) -> None:
        """The keys of the screen in front, or of the dialog over it."""
        if isinstance(self.screen, Modal):
            self.tools.help_of_dialog(self.screen)
        elif front := self._front():
            self.tools.help(front, front)

    def show_commands(self) -> None:
        """Everything that can be done from the screen in front."""
        if front := self._front():
            self.tools.commands(front, front)

    def offer_yanks(self) -> None:
        """The yank menu of the screen in front."""
        if front := self._front():
            self.tools.offer_yanks(front, self.take)

    def take(self, wanted: Yank) -> None:
        """Yank it, and say where it went; area 4 keeps what the line cannot hold."""
        _ = self._begin(self.tools.take(wanted, self._flash_and_keep))

    def read(self, reading: Reading | None, *, in_editor: bool = False) -> None:
        """Open it in the pager, or the editor, read-only; None is the reading of the screen in front."""
        _ = self._begin(self._read(reading, in_editor))

    def show_text(self, title: str, reading: Reading) -> None:
        """Show a text whole, over the screen."""
        _ = self.push_screen(TextModal(title, reading))

    def action_facts(self) -> None:
        """What this program runs on, and what it chose."""
        self.tools.show_facts()

    def action_theme(self, name: str) -> None:
        """Other colours, until the program ends."""
        self._palette = self._palettes.get(theme.look_of(name))
        theme.wear(self._palette)
        self.set_class(self._palette is None, "-plain")
        self.theme = name
        for screen in (one for stack in self._screen_stacks.values() for one in stack):
            for widget in screen.walk_children(with_self=True):
                widget.refresh()
        self.present_now()

    async def let_keys_go_on(self) -> None:
        """Keys that waited for a screen may be heard now."""
        await self._typed.look()

    @property
    def idle(self) -> bool:
        """Nothing that was begun is under way, no key waits to be heard."""
        return not self._tasks and self._typed.idle

    async def on_followed(self, followed: Followed) -> None:
        """A key has been heard by everybody; what it asked of the focus is still to be done."""
        self.call_later(self._key_was_heard, followed)

    async def _key_was_heard(self, followed: Followed) -> None:
        await self._typed.arrived(followed)

    async def _hear(self, event: events.Key | events.Paste) -> Widget:
        by = self.focused or self.screen
        if not self.too_small:
            await super().on_event(event)
        elif isinstance(event, events.Key) and event.key in self._quitting:
            await self.action_quit()
        return by

    @property
    def typed_at(self) -> bool:
        """Somebody has pressed a key since the start."""
        return self._typed.begun

    @property
    def keys_typed(self) -> int:
        """How many keys were heard since the start."""
        return self._typed.heard

    def _can_be_typed_at(self) -> bool:
        try:
            return not isinstance(self.screen, Working) or (self.screen.mounted and not self.screen.opening)
        except ScreenError:
            return False  # keys that were typed before there was any screen

    @property
    def _quitting(self) -> tuple[str, ...]:
        return (*self.keymap.keys_of("app.quit"), *self.keymap.keys_of("app.quit_at_once"))

    async def _read(self, reading: Reading | None, in_editor: bool) -> None:
        front = self._front()
        found = reading if reading is not None or front is None else await front.reading()
        if found is None:
            self._flash("There is nothing here to read", "warning")
            return
        try:
            if not in_editor:
                await self.tools.read(found)
            elif await self.tools.read_in_editor(found):
                self._flash("That was a copy to read: what you changed in it is not kept", "warning")
        except EditorError as error:
            self._flash(f"Cannot open it: {error}", "error")

    def _front(self) -> FrameScreen | None:
        """The full screen in front, behind whatever modal."""
        return next((each for each in reversed(self.screen_stack) if isinstance(each, FrameScreen)), None)

    def _flash_and_keep(self, text: str, kind: str) -> None:
        self._flash(text, kind)
        if kind == "info":
            self.note(text, kind)

    def _flash(self, text: str, kind: str = "info") -> None:
        front = self._front()
        if front is not None:
            front.flash(text, kind)

    # --- life --------------------------------------------------------------------------------------------------------

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The names that our stylesheets use, under any theme."""
        return theme.own_names()

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes act on what is seen, one after the other: below the smallest size only the keys that quit."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._go_on_with_frames()
            await self._typed.typed(event)
            return
        same = isinstance(event, events.Resize) and event.size == self.size
        await super().on_event(event)
        if same and self.is_running and self.screen_stack:
            # Sizes that came in one go: the terminal lost the picture on the way, and Textual sees no change.
            self._display(self.screen, self.screen._compositor.render_update(full=True))

    def on_mount(self) -> None:
        """Listen, paint, load: in that order, so that nothing is missed and nobody waits."""
        lay_over(self, self.keymap)
        for problem in self.keymap.problems:
            self.note(problem, "warning")
        self.bridge.start()
        self.session.attend_codes(self.bridge.mark_dirty)
        theme.wear(self._palette)
        self._frames = self.set_interval(SHORTEST_FRAME, self._frame)
        self.bridge.wake(partial(self._wake_up, asyncio.get_running_loop()))
        self.set_interval(CLOCK_TICK, self.present_now)
        self.set_interval(LOOK_EVERY, self._look_at_leases)
        self.set_interval(heartbeat.EVERY, self.heartbeat.beat)
        self.call_after_refresh(self._read_at_first)
        if self.leaving is not None:
            self.leaving.then(self.leave)

    def _read_at_first(self) -> None:
        """Begin only: awaited by Textual, a store that takes its time would keep every key and picture waiting."""
        _ = self._begin(self._load())

    def let_it_be_seen(self) -> None:
        """A screen has been presented for the first time: from now on the terminal shows what is drawn."""
        if not self._seen:
            self._seen = True
            self.refresh()

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        if self._seen or self.is_headless:
            super()._display(screen, renderable)

    def on_terminal_lost(self, _: TerminalLost) -> None:
        """Nobody is there any more; what runs goes on without this screen."""
        if self.leaving is not None:
            self.leaving.ask(signal.SIGHUP)

    def leave(self) -> None:
        """End at once and ask nothing: who asked for it is no longer at the keys."""
        self.exit(0)

    def on_unmount(self) -> None:
        """Hear no more; work that is under way belongs to a screen that is gone."""
        self._attention.leave()
        self.bridge.wake(None)
        self.bridge.stop()
        self.heartbeat.stop()
        for task in tuple(self._tasks):
            task.cancel()

    def present_now(self) -> None:
        """Bring what is visible up to date: the screen in front, and the one that shows around a modal."""
        for screen in reversed(self.screen_stack if self.is_running else ()):
            match screen:
                case FrameScreen():
                    screen.bring_up_to_date()
                    return
                case Modal() if screen.there:
                    screen.present()
                case _:
                    pass  # not composed yet; it presents itself when it is

    async def action_quit_at_once(self) -> None:
        """Out of a dialog, deciding nothing; else out of the program. Both listen first, and this one before it."""
        if isinstance(self.screen, Modal):
            self.screen.action_cancel()
        else:
            await self.action_quit()

    async def action_quit(self) -> None:
        """Leave at once when nothing runs; else ask, and say what happens. Where that was chosen, take it back."""
        if self._leaving is not None:
            self._leaving = None
            self._flash(f"Stays open; {self.key_of('app.quit')} asks again")
            self.bridge.mark_dirty()
            return
        try:
            driven = await self.session.driving()
        except Exception as error:  # noqa: BLE001  an engine that does not answer is one more reason to ask first
            self.note(spoken(error))
            driven = [state.execution_id for state in self.bridge.running()]
        if not driven:
            self.exit(0)
        elif not isinstance(self.screen, QuitModal):
            _ = self.push_screen(QuitModal(frozenset(driven), demo=self.demo), self._leave)

    def _wake_up(self, loop: asyncio.AbstractEventLoop) -> None:
        """On whatever thread: something changed. While frames come anyway, nobody need be woken for it."""
        if self._frames_rest:
            with suppress(RuntimeError):  # the loop has closed
                loop.call_soon_threadsafe(self._go_on_with_frames)

    def _go_on_with_frames(self) -> None:
        self._frames_rest, self._frames_for_nothing = False, 0
        if self._frames is not None:
            self._frames.resume()

    def _rest_when_nothing_happens(self) -> None:
        """A screen on which nothing changes costs nothing but its clock."""
        waited_for = self._attention.due or self._leaving is not None or not self._typed.idle
        self._frames_for_nothing = 0 if waited_for else self._frames_for_nothing + 1
        if self._frames_for_nothing >= REST_AFTER and self._frames is not None:
            self._frames.pause()
            self._frames_rest = True
            if self.bridge.dirty:  # it became so between the two
                self._go_on_with_frames()

    async def _frame(self) -> None:
        await self._typed.frame()
        if not self.is_running:
            return  # it ends: the timer goes on for a moment when there is no screen any more
        if self.bridge.behind and (self._catching_up is None or self._catching_up.done()):
            self._catching_up = self._begin(self.bridge.catch_up())
        self._ask_for_codes()
        for notice in self.bridge.take_told():
            self._notices.appendleft(notice)
            if notice.kind == "error" and isinstance(self.screen, QueueScreen):
                self.screen.query_one(FlashLine).keep(notice.text, "error")  # its row may be far away
        if self.bridge.take_dirty():
            self._frames_for_nothing = 0
            self.present_now()
            self._pay_attention()
        self._attention.ring(self.session.clock.monotonic())
        self._rest_when_nothing_happens()
        if self._leaving is not None and not self._leaving & {state.execution_id for state in self.bridge.running()}:
            _ = self._begin(self._leave_when_idle(self._leaving))

    def _ask_for_codes(self) -> None:
        """Open the modal for what the engine asks, one question at a time; not between two letters of a filter, whose
        digits would be a code."""
        questions = self.session.code_questions()
        if isinstance(self.focused, FilterField):
            return
        if questions and not any(getattr(screen, "question", None) in questions for screen in self.screen_stack):
            asked = questions[0]
            _ = self.push_screen(_screen("code", "CodeModal", asked), partial(self._code_given, asked))

    def _code_given(self, asked: CodeQuestion, code: str | None) -> None:
        declined = code is None and asked in self.session.code_questions()
        self.session.answer_code(asked.number, code)
        if declined:
            said = declined_words(asked.profile, self.key_of("app.reload"))
            self._flash(said, "warning")
            self.note(said, "warning")

    def _pay_attention(self) -> None:
        if self._loaded:
            asked = self.session.code_questions()
            now = attention.standing(self.bridge.known_entries(), self.bridge.running(), asked)
            self._attention.look(now, self.identities_of(None))

    def _look_at_leases(self) -> None:
        if self._looking_at_leases is None or self._looking_at_leases.done():
            self._looking_at_leases = self._begin(self.leases.look())

    def _wear(self, look: str, *, no_color: bool) -> None:
        theme.wear(self._palette)
        self.set_class(self._palette is None, "-plain")
        # Where the terminal's own colours are worn, it has no others that one could change to.
        for name, palette in self._palettes.items() if self._palette is not None else ():
            self.register_theme(theme.textual_theme(name, palette))
        self.register_theme(theme.ANSI_THEME)
        self.theme = theme.textual_theme(look, self._palette).name
        self.stylesheet = stylesheets.ParsedOnce(self.get_css_variables())  # of this theme from the beginning
        # Textual chose by NO_COLOR alone, and under its own theme: shades of grey, which are colours, too.
        self.no_color = no_color
        self._filters = [one for one in self._filters if not isinstance(one, NoColor | Monochrome)]
        if no_color:
            self._filters.append(NoColor())
        if self.ascii_only:
            self._filters.append(theme.AsciiOnly())

    def _leave(self, choice: QuitChoice | None) -> None:
        match choice:
            case None | QuitChoice.STAY:
                self._leaving = None
            case QuitChoice.WAIT:
                _ = self._begin(self._wait_and_leave())
            case QuitChoice.LEAVE:
                self.exit(0)
            case QuitChoice.STOP:
                _ = self._begin(self._stop_and_leave())
            case _:
                assert_never(choice)

    async def _leave_when_idle(self, waited_for: frozenset[UUID]) -> None:
        """The engine has the last word: what has just begun is not known here yet."""
        if not waited_for & set(await self.session.driving()) and self._leaving is not None:
            self.exit(0)

    async def _wait_and_leave(self) -> None:
        self._leaving = frozenset(await self.session.driving())
        self.bridge.mark_dirty()

    async def _stop_and_leave(self) -> None:
        self._leaving = frozenset(await self.session.driving())
        for execution_id in self._leaving:
            await self.session.cancel_execution(execution_id)
        self.bridge.mark_dirty()

    async def _load(self) -> None:
        try:
            await self.bridge.load()
            self._load_error = None
        except Exception as error:  # noqa: BLE001  shown in the queue's place, with the key that tries again
            self._load_error = spoken(error)
            self.note(f"Cannot read the queue: {spoken(error)}")
        self._loaded = True
        self.bridge.mark_dirty()
        self._look_at_leases()

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(self._told(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: work.close())  # cancelled before its first step, it would never be awaited
        return task

    async def _told(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001  whatever the engine's side raised is told, and the program goes on
            self.note(spoken(error))

    def _open_area(self, area: str) -> None:
        assert area in AREAS, area
        if area == self.current_mode:
            while len(self.screen_stack) > 1:
                _ = self.pop_screen()
        else:
            _ = self.switch_mode(area)

    def _open_plan(self, entry_id: UUID, wanted: OpenPlan) -> None:
        entry = self.bridge.entries.get(entry_id)
        refused = entry is not None and entry.state is QueueState.REFUSED
        _ = self.push_screen(RefusedScreen(entry_id) if refused else ReviewScreen(entry_id, wanted.then, wanted.said))

    # --- when everything else fails ----------------------------------------------------------------------------------

    def _handle_exception(self, error: Exception) -> None:
        # A screen that was being made when the program ends never gets its widgets, and misses them when it is mounted.
        if not (isinstance(error, NoMatches) and (self._exit or not self._running)):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        # Textual's own prints the local variables, credentials among them.
        self.crashed = True
        self.crash_file = write_crash(self.session.state_dir, self.clock_now(), sys.exc_info()[1])
        self.bell()
        self._close_messages_no_wait()


def run_tui(
    session: Session,
    kind: type[CloudOpsApp] = CloudOpsApp,
    *,
    leaving: Leaving | None = None,
    attend: Callable[[Callable[[str], None], Callable[[int], None]], object] | None = None,
    program: str | None = "cloudops-tui",
    **options: Any,
) -> int:
    """Run the interface in this terminal; the exit code. `options` are those of the application's `kind`.

    `attend` begins what goes on behind it; it is given what keeps a line among the notices and
    what says how many plans the inbox still has, both to be called from any thread.
    `program` is what to type to ask for more once it has ended; None where nothing is left to ask.
    """
    if why := no_terminal(os.environ):
        tell_shell(why)
        return 2
    app = kind(session, **options)
    app.leaving = leaving
    app.program = program or app.program
    app.bridge.start()  # what the engine tells before the first picture belongs among the notices
    if attend is not None:
        attend(app.bridge.tell, app.bridge.expect)
    _collect_seldom()
    left = app.run(mouse=app.settings.ui.mouse)
    _say_goodbye(app, program)
    if app.crashed:
        where = f"the traceback is in {app.crash_file}" if app.crash_file else "its traceback could not be written"
        tell_shell(f"cloudops-tui met an error of its own; {where}")
        return app.return_code or 1
    if leaving is not None and leaving.exit_code is not None:
        return leaving.exit_code
    return left if left is not None else app.return_code or 0


def _collect_seldom() -> None:
    """What is loaded by now stays, and need not be looked through again; what lines and strips leave behind goes by
    itself, without cycles. A collection in the middle of a frame is a key that lags."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(*COLLECT_AFTER)


def _say_goodbye(app: CloudOpsApp, program: str | None) -> None:
    """Into the scrollback, now that the screen is gone: what ran or was watched, and how it came out."""
    from cloudops_tui.presentation.parting import parting  # what the end needs must not delay the first picture

    known, numbers = app.bridge.known_states(), app.bridge.known_numbers()
    lines = parting(known, numbers, app.clock_now(), ascii_only=app.ascii_only, program=program)
    if lines:
        _ = last_words.say(sys.stdout, "".join(f"{text}\n" for text in lines))  # the history has it all in any case


def tell_shell(text: str) -> None:
    """One line on standard error, made safe, if there is anybody left to read it."""
    _ = last_words.say(sys.stderr, f"{safe_line(text)}\n")


def write_crash(folder: Path, at: datetime, error: BaseException | None) -> Path | None:
    """The traceback without local variables, readable by its owner alone; None where it cannot be written.

    An error may quote what it met: secrets are taken out, and whoever prints the file is not at its mercy.
    """
    path = folder / f"crash-{at:%Y%m%dT%H%M%SZ}.txt"
    told = safe_text(without_secrets("".join(traceback.format_exception(error))))
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(told)
    except OSError:
        return None  # a full disk must not hide that there was a crash; the exit code still says so
    return path


def _screen(module: str, name: str, *arguments: object) -> Screen[Any]:
    """A screen of which the code is loaded when it is first wanted: the queue is to be there at once."""
    found = import_module(f"cloudops_tui.tui.screens.{module}")
    made: Screen[Any] = getattr(found, name)(*arguments)
    return made
