"""The live screen of an execution of the past: its events come from the journal again, by a clock of its own."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, cast
from uuid import UUID

from textual.binding import Binding, BindingType

from cloudops_tui.model.output import OutputLine
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.presentation import replay
from cloudops_tui.presentation.execution import Arrangement
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.presentation.lines import Line
from cloudops_tui.state.execution import NOT_BEGUN, CommandState, ExecutionState
from cloudops_tui.state.output import OutputBuffer
from cloudops_tui.state.playback import Playback, Recording, failed_command, started
from cloudops_tui.tui.bridge import Bridge
from cloudops_tui.tui.output_source import Subject
from cloudops_tui.tui.screens.live import LiveScreen
from cloudops_tui.tui.session import Session

FRAME = 0.1  # seconds
ATTEMPTS_KEPT = 32
"""Attempts whose lines are in memory; the one that was looked at longest ago goes first."""

Place = tuple[UUID, UUID]
Attempt = tuple[UUID, int]


class RecordedBridge(Bridge):
    """What is known at the replayed moment. It hears the recording alone, and the live one hears nothing of it."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.playback: Playback | None = None
        self._wanted = _Asked()
        self.outputs = self._wanted
        self._lines: OrderedDict[Attempt, list[OutputLine]] = OrderedDict()
        self._shown: dict[Place, tuple[int, int]] = {}
        """By execution and command: the attempt whose lines are shown, and how many of them."""

    def start(self) -> None:
        """Nothing is listened to."""

    async def load(self) -> None:
        """There is no queue in a recording."""

    async def watch(self, execution_id: UUID) -> ExecutionState:
        """Read the recording and stand at its beginning. Raises LookupError where there is none."""
        stored = await self._session.execution(execution_id)
        story = tuple(await self._session.story(execution_id))
        if not story:
            raise LookupError(replay.NO_STORY)
        self.play(started(Recording(execution_id, stored.plan, story)))
        return self.states[execution_id]

    def play(self, playback: Playback) -> None:
        """Stand at this place of the recording."""
        before, recording = self.playback, playback.recording
        self.playback = playback
        if before is not None and before.told == playback.told and before.recording is recording:
            return
        state = recording.state_after(playback.told)
        if before is not None and playback.told < before.told:
            # What is arranged by what came since knows no way back; another plan is arranged from nothing.
            state = replace(state, plan=recording.plan.model_copy())
        elif before is not None:
            state = replace(state, plan=self.states[recording.execution_id].plan)
        self.states[recording.execution_id] = state

    async def read_output(self) -> bool:
        """Bring what was heard of the output that somebody looks at up to the replayed moment; whether it changed.

        The lines on screen come from the files, by `Subject.until`. This is for when the next one comes, and for what
        stands in the place of files that are gone.
        """
        place, playback = self._wanted.asked, self.playback
        if place is None or playback is None:
            return False
        known = _command(self.states[place[0]], place[1])
        if not known.attempt:
            return self._shown.pop(place, None) is not None and self.outputs.pop(place, None) is not None
        lines = await self._lines_of(place, known)
        upto = bisect_right(lines, playback.at, key=lambda line: line.at or playback.at)
        return self._show(place, known.attempt, lines, upto)

    def heard(self, place: Place) -> OutputBuffer | None:
        """What a command had said by now, as far as somebody looked at it."""
        return self._wanted.peek(place)

    def next_line(self, at: datetime) -> datetime | None:
        """When the command that somebody looks at is heard next."""
        place = self._wanted.asked
        attempt, number = self._shown.get(place, (0, 0)) if place else (0, 0)
        lines = self._lines.get((place[1], attempt), []) if place else []
        later = bisect_right(lines, at, key=lambda line: line.at or at)
        return lines[max(later, number)].at if max(later, number) < len(lines) else None

    def _show(self, place: Place, attempt: int, lines: Sequence[OutputLine], upto: int) -> bool:
        shown = self._shown.get(place)
        if shown == (attempt, upto):
            return False
        buffer = self.heard(place)
        if shown is None or buffer is None or shown[0] != attempt or shown[1] > upto:
            buffer = self.outputs[place] = OutputBuffer.of(lines[:upto])
        else:
            for each in lines[shown[1] : upto]:
                buffer.append(each.stream, each.text, each.at)
        self._shown[place] = (attempt, upto)
        return True

    async def _lines_of(self, place: Place, known: CommandState) -> list[OutputLine]:
        attempt = (place[1], known.attempt)
        if attempt not in self._lines:
            found = await self._session.attempt_output(*place, known.attempt)
            self._lines[attempt] = _in_time(found) or self._said_to_be_gone(place)
            while len(self._lines) > ATTEMPTS_KEPT:
                self._lines.popitem(last=False)
        self._lines.move_to_end(attempt)
        return self._lines[attempt]

    def _said_to_be_gone(self, place: Place) -> list[OutputLine]:
        assert self.playback is not None
        end = self.playback.recording.state_after(len(self.playback.recording.events))
        gone = replay.gone_output(_command(end, place[1]).result)
        return [replace(gone, at=_command(end, place[1]).started_at)] if gone else []


class _Asked(OrderedDict[Place, OutputBuffer]):
    """Outputs that are read once somebody looks at them: a recording may hold far more than memory does."""

    asked: Place | None = None

    def get(self, place: Any, default: Any = None) -> Any:
        """The output, as far as it was read; it is what is read on from now."""
        self.asked = place
        return super().get(place, default)

    def peek(self, place: Place) -> OutputBuffer | None:
        """The same, without asking for it."""
        return super().get(place)


CHANGING = frozenset(
    {
        "approve", "reject", "modify", "cancel_execution", "rollback", "rollback_review", "rehearse", "reconcile",
        "redrive", "redrive_review", "unknown_facts",
    }
)  # fmt: skip
"""What a replay may not ask."""


class RecordedSession:
    """The session as a replay may use it: reading."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __getattr__(self, name: str) -> Any:
        if name in CHANGING:
            raise AttributeError(replay.KEYS_OFF)
        return getattr(self._session, name)


class ReplayScreen(LiveScreen):
    """The live screen, bannered, whose present is the replayed moment and whose keys move that."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "Pause", id="replay.pause", show=False),
        Binding("plus", "faster(1)", "Faster", id="replay.faster", show=False),
        Binding("minus", "faster(-1)", "Slower", id="replay.slower", show=False),
        Binding("full_stop", "step(1)", "Next event", id="replay.next", show=False),
        Binding("comma", "step(-1)", "Previous event", id="replay.previous", show=False),
        Binding("f", "failed(1)", "Next failure", id="replay.next_failure", show=False),
        Binding("F", "failed(-1)", "Previous failure", id="replay.previous_failure", show=False),
        Binding("r", "again", "Again", id="replay.again", show=False),
    ]

    def __init__(self, execution_id: UUID, speed: int = 1) -> None:
        super().__init__(execution_id)
        self._speed = speed
        self._recorded: RecordedBridge | None = None
        self._played_at: float | None = None
        self._in_the_present = False
        self._reading: asyncio.Task[None] | None = None

    @property
    def bridge(self) -> Bridge:
        """What is known at the replayed moment; around it, in the frame, what is known now."""
        return self.cockpit.bridge if self._in_the_present else self._recording

    @property
    def session(self) -> Session:
        """What may be asked from a replay."""
        live = self.cockpit.session
        return live if self._in_the_present else cast(Session, RecordedSession(live))

    def clock_now(self) -> datetime:
        """The replayed moment."""
        playback = self._recording.playback
        return self.cockpit.clock_now() if playback is None or self._in_the_present else playback.at

    def on_mount(self) -> None:
        """Time begins to pass. Textual calls this beside the live screen's own."""
        self.set_interval(FRAME, self._pass_time)

    def bring_up_to_date(self) -> None:
        """The frame stands in the present, the body does not."""
        if self.there:
            with self._present_time():
                self._present_frame()
            self.present()
            self.drop_untrue()

    def banner(self, width: int) -> Line:
        """That it is a replay, of what, and how it goes."""
        return replay.banner(self._recording.playback, self._number, width)

    def why_not_write(self) -> str | None:
        """Nothing here runs."""
        return replay.KEYS_OFF

    def key_hints(self) -> Sequence[KeyHint]:
        """The keys that move the replay come first."""
        return replay.key_hints(self._recording.playback)

    def identities(self) -> tuple[ProfileIdentity, ...]:
        """The accounts that the execution reached."""
        playback = self._recording.playback
        return self.cockpit.identities_of(playback.recording.plan if playback else None)

    def action_pause(self) -> None:
        """Stand still, or go on."""
        playback = self._recording.playback
        if playback is None or playback.ended:
            self.refuse(replay.ENDED)
        else:
            self._play(replace(playback, paused=not playback.paused))

    def action_faster(self, by: int) -> None:
        """The next speed, or the one before."""
        if self._recording.playback is not None:
            self._play(self._recording.playback.faster(by))

    def action_step(self, by: int) -> None:
        """To the next event, or the one before, and stand still there."""
        if self._recording.playback is not None:
            self._play(self._recording.playback.stepped(by))

    def action_failed(self, by: int) -> None:
        """To the moment of the next failure, or the one before, and to what failed."""
        playback = self._recording.playback
        found = playback.at_failure(by) if playback is not None else None
        if found is None:
            self.refuse("Nothing fails after this moment" if by > 0 else "Nothing failed before this moment")
            return
        self._play(found)
        failed = failed_command(found.recording.events[found.told - 1])
        if failed is not None:
            self._chosen = True
            self._reveal(failed)
            self.present()

    def action_again(self) -> None:
        """From the beginning."""
        if self._recording.playback is not None:
            self._play(self._recording.playback.again())

    def action_stop(self) -> None:
        """There is nothing to stop."""
        self.refuse(replay.KEYS_OFF)

    def action_undo(self) -> None:
        """There is nothing to undo from here."""
        self.refuse(replay.KEYS_OFF)

    def _subject(self, arrangement: Arrangement, command_id: UUID) -> Subject:
        """No line of the future, found by a search or not."""
        playback = self._recording.playback
        return replace(super()._subject(arrangement, command_id), until=playback.at if playback else None)

    @property
    def _recording(self) -> RecordedBridge:
        if self._recorded is None:
            self._recorded = RecordedBridge(self.cockpit.session)
        return self._recorded

    @contextmanager
    def _present_time(self) -> Iterator[None]:
        self._in_the_present = True
        try:
            yield
        finally:
            self._in_the_present = False

    def _play(self, playback: Playback) -> None:
        self._recording.play(playback)
        self.bring_up_to_date()

    def _pass_time(self) -> None:
        """Time has passed; show what happened in it, and read what is looked at."""
        now = self.cockpit.session.clock.monotonic()
        passed, self._played_at = now - (self._played_at if self._played_at is not None else now), now
        playback = self._recording.playback
        if playback is None:
            return
        if self._speed != 1:
            playback, self._speed = replace(playback, speed=self._speed), 1
        self._recording.play(playback.advanced(passed, self._recording.next_line))
        if self._recording.playback is not playback:
            self.bring_up_to_date()
        if self._reading is None or self._reading.done():
            self._reading = self.start_work(self._read_output(), "Cannot read the output")

    async def _read_output(self) -> None:
        if await self._recording.read_output():
            self.bring_up_to_date()


def _command(state: ExecutionState, command_id: UUID) -> CommandState:
    return state.commands.get(command_id) or state.compensations.get(command_id) or NOT_BEGUN


def _in_time(lines: Sequence[OutputLine]) -> list[OutputLine]:
    """Each with a moment, none before the one above it: a last line without a break has none of its own."""
    found: list[OutputLine] = []
    last: datetime | None = None
    for line in lines:
        at = line.at if last is None or (line.at is not None and line.at > last) else last
        last = at
        found.append(line if at == line.at else replace(line, at=at))
    return found
