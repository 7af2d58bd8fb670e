"""Where an output pane reads: the files of an attempt, by way of the session; where there are none, what was heard."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from cloudops_tui.model.output import Found, OutputPage, OutputSelection, PageWanted, Wanted
from cloudops_tui.state.output import OutputBuffer
from cloudops_tui.state.output_book import Book, CannotMatch, Gathered, InThisProcess
from cloudops_tui.tui.session import Session


class Host(Protocol):
    """The screen around an output pane, as far as the pane asks it for something."""

    @property
    def session(self) -> Session: ...
    def clock_now(self) -> datetime: ...
    def start_work(self, work: Coroutine[Any, Any, None], what: str) -> asyncio.Task[None]: ...
    def refuse(self, why: str) -> None: ...
    def flash(self, text: str, kind: str = "info") -> None: ...


@dataclass(frozen=True)
class Subject:
    """Whose output it is."""

    execution_id: UUID
    command_id: UUID
    attempt: int = 1
    running: bool = False
    """More may come."""
    began: datetime | None = None
    until: datetime | None = None
    """A replay has come this far."""
    heard: OutputBuffer | None = None
    """What was told live: shown where no file has it."""

    @property
    def key(self) -> tuple[UUID, UUID, int]:
        """Another one is another output."""
        return (self.execution_id, self.command_id, self.attempt)


async def page_of(session: Session, subject: Subject, wanted: PageWanted) -> OutputPage:
    """Some lines of it."""
    if subject.attempt:
        page = await session.output_page(subject.execution_id, subject.command_id, subject.attempt, wanted)
        if page.total or not page.complete or not _was_heard(subject):
            return page
    return _heard(subject).page(wanted)


async def find_in(
    session: Session, subject: Subject, selection: OutputSelection, sought: Wanted, number: int, by: int
) -> Found:
    """The next match in it."""
    if subject.attempt:
        found = await session.output_find(
            subject.execution_id, subject.command_id, subject.attempt, selection, sought, number, by
        )
        if found.matches or not found.complete or not _was_heard(subject):
            return found
    return _heard(subject).find(selection, sought, number, by)


class _NoExpressions(InThisProcess):
    """An operator's expression may take for ever, and this is the loop that draws the screen."""

    def spans(self, sought: Wanted, texts: Sequence[str]) -> list[tuple[tuple[int, int], ...] | None]:
        if sought.regex:
            raise CannotMatch("Expressions need the files of an output, and this one has none")
        return super().spans(sought, texts)


def _was_heard(subject: Subject) -> bool:
    return subject.heard is not None and subject.heard.total > 0


def _heard(subject: Subject) -> Book:
    buffer = subject.heard or OutputBuffer(1)
    first = buffer.dropped
    return Book(Gathered(buffer.lines(first, buffer.total), first=first), _NoExpressions())
