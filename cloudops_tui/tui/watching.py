"""The live screen of an execution that another process runs: nothing can be decided, stopped or run from here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar
from uuid import UUID

from textual.binding import Binding, BindingType
from textual.widgets import Input

from cloudops_tui.presentation import following
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.presentation.lines import Line
from cloudops_tui.state.execution import ExecutionState
from cloudops_tui.tui.app import CloudOpsApp
from cloudops_tui.tui.navigation import Intent, OpenExecution, OpenReplay
from cloudops_tui.tui.screens.live import LiveScreen
from cloudops_tui.tui.screens.running import RunningScreen
from cloudops_tui.tui.session import Session

WAYS_OUT = (("q", "back"), ("Q", "quit"))
LEAVE = KeyHint("q", "leave")
LOOK_EVERY = 0.1  # seconds
TAKEN_OVER_WITHIN = 10.0
"""Seconds in which another program may take over what lost its process, before its outcome counts as the end."""


class WaitingScreen(RunningScreen):
    """What runs, to choose from; where nothing does, one waits."""

    def nothing(self) -> Sequence[Line]:
        """That the next one opens by itself."""
        return following.waiting(self.cockpit.loaded)


class WatchApp(CloudOpsApp):
    """Follows the execution that was named, the one that runs, or the next one that begins."""

    DEFAULT_MODE = "running"
    MODES = {**CloudOpsApp.MODES, "running": WaitingScreen}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "leave_at_once", "Leave", id="watch.leave", show=False, priority=True)
    ]

    def __init__(
        self,
        session: Session,
        *,
        execution_id: UUID | None = None,
        code_at_end: Callable[[ExecutionState], int] | None = None,
        replay_speed: int | None = None,
        **options: Any,
    ) -> None:
        """Without an id it waits for what runs. With `code_at_end` it leaves at the end by itself, with that code;
        with `replay_speed` it plays the execution again."""
        super().__init__(session, **options | {"read_only": True})
        self._wanted = execution_id
        self._code_at_end = code_at_end if replay_speed is None else None
        self._replay_speed = replay_speed
        self._watched: UUID | None = None
        self._chosen = False
        """The operator chooses from the list, and may come back to it."""
        self._gone_at: float | None = None

    def on_mount(self) -> None:
        """Look for what is to be watched. Textual calls this beside the application's own."""
        self.set_interval(LOOK_EVERY, self._look)

    def navigate(self, intent: Intent) -> None:
        """What is opened is what is watched from now on; whoever opens it from the list may come back to that."""
        self._chosen |= isinstance(intent, OpenExecution) and isinstance(self.screen, WaitingScreen)
        self._open(intent)

    def _open(self, intent: Intent) -> None:
        if isinstance(intent, OpenExecution | OpenReplay):
            self._watched = intent.execution_id
        super().navigate(intent)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """`q` leaves where there is nothing to go back to, and is a letter in a field."""
        if action != "leave_at_once":
            return super().check_action(action, parameters)
        first = isinstance(self.screen, WaitingScreen) or (isinstance(self.screen, LiveScreen) and not self._chosen)
        return first and not isinstance(self.focused, Input)

    def hints_with_own_keys(self, hints: Sequence[KeyHint]) -> Sequence[KeyHint]:
        """`q` says what it does here."""
        if self.check_action("leave_at_once", ()):
            hints = [LEAVE, *(hint for hint in hints if (hint.key, hint.label) not in WAYS_OUT)]
        return super().hints_with_own_keys(hints)

    def action_leave_at_once(self) -> None:
        """Go, whatever runs: it is not ours."""
        self.exit(0)

    async def action_quit(self) -> None:
        """The same, wherever one is."""
        self.exit(0)

    def _look(self) -> None:
        if self.loaded and self._watched is None:
            self._open_what_there_is()
        if self._watched is not None and self._code_at_end is not None:
            self._leave_at_the_end(self._watched)

    def _open_what_there_is(self) -> None:
        going = [state.execution_id for state in self.bridge.running()] or self.leases.orphans[-1:]
        if self._wanted is not None and self._replay_speed is not None:
            self._open(OpenReplay(self._wanted, self._replay_speed))
        elif self._wanted is not None:
            self._open(OpenExecution(self._wanted))
        elif len(going) == 1 and not self._chosen:
            self._open(OpenExecution(going[0]))
        elif going:
            self._chosen = True

    def _leave_at_the_end(self, execution_id: UUID) -> None:
        assert self._code_at_end is not None
        state, lease = self.bridge.states.get(execution_id), self.lease_of(execution_id)
        if state is None or not state.status.ended:
            self._gone_at = None
            return
        now = self.session.clock.monotonic()
        if lease is not None and not lease.alive:
            self._gone_at = now if self._gone_at is None else self._gone_at
            if now - self._gone_at < TAKEN_OVER_WITHIN:
                return
        self.exit(self._code_at_end(state))
