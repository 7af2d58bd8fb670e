"""Before anything leaves: is it still who, where and with what was approved?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from uuid import UUID

from cloudops_tui.engine.ports import Accounts, FrozenFiles
from cloudops_tui.model.command import Cli, Command
from cloudops_tui.model.files import FrozenFile
from cloudops_tui.model.review import CommandReview, Review
from cloudops_tui.model.target import ProfileIdentity, ToolIdentity
from cloudops_tui.policy.held import WATCHED


class Guard:
    """Holds one execution to the accounts, endpoints, tool and files of its review.

    Asking costs a few `stat` calls; STS is asked again only after credentials or configuration changed.
    """

    def __init__(self, accounts: Accounts, review: Review, files: FrozenFiles | None = None) -> None:
        self._accounts = accounts
        self._files = files
        self._taken = dict(_files_of(review.commands))
        self._approved = {(one.profile, one.region): one for one in review.identities}
        self._tool = review.tool
        self._seen = accounts.fingerprint()
        self._answers: dict[tuple[str, str], str | None] = {}
        """Since something changed: what is different, by profile and region."""
        self._changed = False

    async def why_not(self, command: Command) -> str | None:
        """Why the command may not leave any more; None while everything is as approved."""
        if isinstance(command.command_type, Cli):
            tool = await self._accounts.tool()
            if tool != self._tool:
                return f"{_tool_changed(self._tool, tool)}; nothing was sent. Approve the plan anew"
        now = self._accounts.fingerprint()
        if now != self._seen:
            self._seen, self._changed = now, True
            self._answers.clear()
        different = await self._identity_changed(command) if self._changed else None
        return different or await self._file_changed(command)

    async def _file_changed(self, command: Command) -> str | None:
        for file in self._taken.get(command.id, ()):
            if self._files is not None and (why := await asyncio.to_thread(self._files.why_changed, file)) is not None:
                return f"{why}; nothing was sent. Submit the plan again"
        return None

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
        return f"Profile `{now.profile}` in {now.region} was not part of the approval; nothing was sent"
    changed = [name for name in WATCHED if getattr(approved, name) != getattr(now, name)]
    if not changed:
        return None
    words = ", ".join(f"{name.replace('_', ' ')} {_said(approved, name)} is now {_said(now, name)}" for name in changed)
    return f"Profile `{now.profile}` is not what was approved: {words}; nothing was sent. Approve the plan anew"


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
