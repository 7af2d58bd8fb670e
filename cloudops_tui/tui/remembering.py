"""The cockpit that knows its operator again: where they were, and what happened since."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from textual.css.query import NoMatches
from textual.widgets import Input

from cloudops_tui.presentation.away import away
from cloudops_tui.presentation.frame import AREAS
from cloudops_tui.presentation.remembered import FILE, NotOurs, Remembered, read, write
from cloudops_tui.tui.app import CloudOpsApp
from cloudops_tui.tui.frame import FrameScreen
from cloudops_tui.tui.navigation import OpenArea
from cloudops_tui.tui.screens.queue import QueueScreen
from cloudops_tui.tui.session import Session
from cloudops_tui.tui.widgets.flash_line import FlashLine
from cloudops_tui.tui.widgets.line_list import LineList

LOOK_EVERY = 0.5  # seconds; until the queue is there ten times as often, so that the cursor never leaves what was read


class RememberingApp(CloudOpsApp):
    """Remembers in a small file of the state folder; one that cannot be read or written is told, and nothing more."""

    def __init__(self, session: Session, *, at_start: Callable[[], str] = lambda: "", **options: Any) -> None:
        """`at_start` is asked once for a sentence about where this runs."""
        super().__init__(session, **options)
        self._at_start = at_start
        self._told_to_look = self.read_only
        self._file = session.state_dir / FILE
        self._place = Remembered()
        self._queue: QueueScreen | None = None
        self._back = False
        """What was remembered has been taken up."""
        self._remarks = 0
        """Of the store, so many were said."""

    def on_mount(self) -> None:
        """Look whether the queue is there. Textual calls this beside the application's own."""
        self._looking = self.set_interval(LOOK_EVERY / 10, self._keep_place)

    def on_unmount(self) -> None:
        """Until now somebody looked."""
        if self._back:
            self._write(Remembered(self.clock_now(), self._place.area, self._place.kept))

    def _keep_place(self) -> None:
        if not self.loaded or not self.screen_stack:
            return
        if self._back:
            self._place = self._here()
        else:
            self._back = True
            self._looking.stop()
            self._looking = self.set_interval(LOOK_EVERY, self._keep_place)
            self._welcome()
        self._say_remarks()

    def _say_remarks(self) -> None:
        """What is wrong with the store stays on the line until something else is said; area 4 keeps the whole. Where
        nothing can be written, the frame never says RW, and no key offers what would be refused."""
        remarks = self.session.remarks
        self.read_only = self._told_to_look or self.session.looks_only
        if len(remarks) > self._remarks and isinstance(self.screen, FrameScreen):
            self._remarks = len(remarks)
            for line in self.screen.query(FlashLine):
                line.keep(remarks[-1], "error")

    def _welcome(self) -> None:
        known = self._recalled()
        ended = {state.execution_id: state.status for state in self.bridge.known_states() if state.status.ended}
        told = away(self.bridge.known_entries(), {**self.bridge.outcomes, **ended}, known.looked_at)
        if about_here := self._at_start():
            self.note(about_here, "info")
        for text, kind in told.parts:
            self.note(text, kind)
        if isinstance(self.screen_stack[0], QueueScreen):
            self._queue = self.screen_stack[0]
        if self._queue is not None and self._queue is self.screen and not self.typed_at:
            # Never under somebody's hands: the next key would act on another plan than the one that was seen.
            self._take_up(known, self._queue)
        if told.line and isinstance(self.screen, FrameScreen):
            typed = self.keys_typed
            self.screen.stand(
                told.line, told.kind, lambda: self.keys_typed == typed and told.holds(self.bridge.entries)
            )
        elif about_here and isinstance(self.screen, FrameScreen):
            self.screen.flash(about_here, "info")
        self._place = Remembered(self.clock_now(), known.area, known.kept)
        self._write(self._place)

    def _take_up(self, known: Remembered, queue: QueueScreen) -> None:
        """The queue as it was left, and the area that was in front."""
        if cursor := known.kept.get("cursor"):
            queue.stand_on(_id(cursor))
        if wanted := known.kept.get("filter"):
            queue.query_one("#filter", Input).value = wanted
        if known.area in AREAS and known.area != "queue":
            self.navigate(OpenArea(known.area))

    def _here(self) -> Remembered:
        kept = self._place.kept
        if self._queue is not None:
            try:
                cursor = self._queue.query_one("#entries", LineList).cursor_id
                kept = {"filter": self._queue.query_one("#filter", Input).value, "cursor": str(cursor)}
            except NoMatches:
                pass  # it is on its way out
        return Remembered(self.clock_now(), self.current_mode, kept)

    def _recalled(self) -> Remembered:
        try:
            return read(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Remembered()
        except (OSError, UnicodeDecodeError, NotOurs) as error:
            self.note(f"`{self._file}` is not used: {error}; it is written anew", "warning")
            return Remembered()

    def _write(self, remembered: Remembered) -> None:
        try:
            _write_private(self._file, write(remembered))
        except OSError as error:
            if self.is_running:
                self.note(f"`{self._file}` cannot be written: {error.strerror}", "warning")


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _write_private(path: Path, text: str) -> None:
    """In one step, for its owner alone; a link that somebody put there is replaced, not followed."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
