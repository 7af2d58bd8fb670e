"""Before anything leaves: is it still who, where, with what and while it was approved?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from cloudops_tui.engine.ports import Accounts, Clock, FrozenFiles
from cloudops_tui.model.approval import ApprovalMetadata
from cloudops_tui.model.command import Cli, Command
from cloudops_tui.model.files import FrozenFile
from cloudops_tui.model.review import CommandReview, Review
from cloudops_tui.model.target import ProfileIdentity, ToolIdentity
from cloudops_tui.policy.freshness import stale
from cloudops_tui.policy.held import WATCHED

STILL_FRESH = timedelta(seconds=30)
"""How long STS's answer for the review counts as the check before the first command. Roles of an instance and
credential processes change without a file or a variable that tells of it."""


class Guarding(Protocol):
    """Says why a command may not leave."""

    async def why_not(self, command: Command) -> str | None:
        """None while it may."""
        ...


class Guard:
    """Holds one execution to the accounts, endpoints, tool and files of its review, and its first command to the
    approval.

    Asking costs a few `stat` calls. STS is asked again after credentials or configuration changed, also while the
    review was made, and once for each profile where the first command comes late.
    """

    def __init__(
        self,
        accounts: Accounts,
        review: Review,
        approval: ApprovalMetadata | None,
        clock: Clock,
        files: FrozenFiles | None = None,
    ) -> None:
        self._accounts = accounts
        self._review = review
        self._approval = approval
        self._clock = clock
        self._made_at = clock.monotonic()
        self._files = files
        self._taken = dict(_files_of(review.commands))
        self._approved = {(one.profile, one.region): one for one in review.identities}
        self._seen = accounts.fingerprint() if review.asked_under is None else review.asked_under
        self._ask = False
        """The accounts have to be asked again; `_answers` has those that were."""
        self._answers: dict[tuple[str, str], str | None] = {}
        """What is different, by profile and region."""
        self._begun = False
        """Some command was let through: the approval has begun what it was for."""

    async def why_not(self, command: Command) -> str | None:
        """Why the command may not leave any more; None while everything is as approved."""
        # Asking may take long: what was in time before it need not be afterwards.
        why = self._too_late() or await self._changed(command) or self._too_late()
        self._begun = self._begun or why is None
        return f"{why}; nothing was sent. Approve the plan anew" if why else None

    def _too_late(self) -> str | None:
        """Why the approval begins nothing any more; what it has begun goes on."""
        if self._begun or self._approval is None:
            return None
        return stale(self._approval, self._clock.now(), self._clock.monotonic() - self._made_at)

    async def _changed(self, command: Command) -> str | None:
        """What is not as it was approved."""
        if isinstance(command.command_type, Cli):
            tool = await self._accounts.tool()
            if tool != self._review.tool:
                return _tool_changed(self._review.tool, tool)
        now = self._accounts.fingerprint()
        if now != self._seen:
            self._seen, self._ask = now, True
            self._answers.clear()
        elif not self._begun and not self._just_asked():
            self._ask = True
        different = await self._identity_changed(command) if self._ask else None
        return different or await self._file_changed(command)

    async def _file_changed(self, command: Command) -> str | None:
        for file in self._taken.get(command.id, ()):
            if self._files is not None and (why := await asyncio.to_thread(self._files.why_changed, file)) is not None:
                return why
        return None

    def _just_asked(self) -> bool:
        """STS answered for the review a moment ago, by both clocks."""
        waited = timedelta(seconds=self._clock.monotonic() - self._made_at)
        since = self._clock.now() - self._review.request.created_at
        return max(abs(since), waited) < STILL_FRESH

    async def _identity_changed(self, command: Command) -> str | None:
        place = (command.profile, command.region)
        if place not in self._answers:
            now = await self._accounts.identify(*place)
            self._answers[place] = _difference(self._approved.get(place), now)
        return self._answers[place]


def _files_of(commands: Iterable[CommandReview]) -> Iterator[tuple[UUID, tuple[FrozenFile, ...]]]:
    for one in commands:
        yield one.command.id, one.files
        yield from _files_of(one.compensations)


def _difference(approved: ProfileIdentity | None, now: ProfileIdentity) -> str | None:
    if approved is None:
        return f"Profile `{now.profile}` in {now.region} was not part of the approval"
    changed = [name for name in WATCHED if getattr(approved, name) != getattr(now, name)]
    if not changed:
        return None
    words = ", ".join(f"{name.replace('_', ' ')} {_said(approved, name)} is now {_said(now, name)}" for name in changed)
    return f"Profile `{now.profile}` is not what was approved: {words}"


def _said(identity: ProfileIdentity, name: str) -> str:
    value = getattr(identity, name)
    if name == "account" and value is None:
        return f"unknown ({identity.reason})"
    return f"`{value}`" if value else "none"


def _tool_changed(approved: ToolIdentity | None, now: ToolIdentity | None) -> str:
    if now is None:
        return "The `aws` program that was approved is gone"
    if approved is None:
        return f"No `aws` program was approved, and `{now.path}` is there now"
    return (
        f"The `aws` program changed since the approval: `{approved.path}` {approved.version} ({approved.sha256[:12]}) "
        f"is now `{now.path}` {now.version} ({now.sha256[:12]})"
    )
