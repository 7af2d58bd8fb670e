"""Questions that only a person can answer in the middle of a call: the code of an MFA device."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import count

ANSWERED_WITHIN = 300.0  # seconds; a code lives for 30, and who is not there in five minutes is not there

wanted_for: ContextVar[str] = ContextVar("wanted_for", default="")
"""What needs the credentials: an execution, or the review of a plan. Foreign words; made safe where they are shown."""
executing: ContextVar[bool] = ContextVar("executing", default=False)
"""An execution needs them, which an operator began; otherwise somebody only looks."""
in_passing: ContextVar[bool] = ContextVar("in_passing", default=False)
"""What needs them is tried again by itself, and is not worth a question."""


@dataclass(frozen=True)
class CodeQuestion:
    """A code is needed now."""

    number: int
    profile: str
    device: str
    """The serial number of the device, as the configuration names it."""
    wanted_for: str
    refused: str = ""
    """Why the code before was not taken; empty for the first."""


class CodeDesk:
    """Holds the questions that are open. A code passes through it, and is kept nowhere.

    Who declines is not asked again for that profile by whatever else looks at it, until `ask_again`; each execution
    asks for itself.
    """

    def __init__(self) -> None:
        self.questions: tuple[CodeQuestion, ...] = ()
        self._answers: dict[int, asyncio.Future[str | None]] = {}
        self._numbers = count(1)
        self._declined: set[tuple[str, str]] = set()
        self._changed: Callable[[], None] | None = None

    def attend(self, changed: Callable[[], None]) -> None:
        """Somebody is there; `changed` tells them to look."""
        self._changed = changed

    def leave(self) -> None:
        """Nobody is there any more: what is asked is answered with no code, and nothing is asked from now on."""
        self._changed = None
        for number in list(self._answers):
            self.answer(number, None)

    def ask_again(self) -> None:
        """What was declined may be asked again."""
        self._declined.clear()

    async def ask(self, profile: str, device: str, refused: str) -> str | None:
        """The code, or None where nobody is there, nobody answers in time, or they have none."""
        needs = (profile, wanted_for.get() if executing.get() else "")
        if self._changed is None or in_passing.get() or needs in self._declined:
            return None
        question = CodeQuestion(next(self._numbers), profile, device, wanted_for.get(), refused)
        answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._answers[question.number] = answer
        self._show((*self.questions, question))
        try:
            code = await asyncio.wait_for(answer, ANSWERED_WITHIN)
        except TimeoutError:
            return None
        finally:
            del self._answers[question.number]
            self._show(tuple(one for one in self.questions if one != question))
        if code is None:
            self._declined.add(needs)
        return code

    def answer(self, number: int, code: str | None) -> None:
        """Answer a question; one that is not open any more is answered already. On the loop that asked."""
        waiting = self._answers.get(number)
        if waiting is not None and not waiting.done():
            waiting.set_result(code)

    def _show(self, questions: tuple[CodeQuestion, ...]) -> None:
        self.questions = questions
        if self._changed is not None:
            self._changed()
