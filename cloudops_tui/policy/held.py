"""What a digest stood for, so that one that no longer holds can be explained: which of it is different now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from cloudops_tui.model.files import FrozenFile
from cloudops_tui.model.review import CommandReview, Review
from cloudops_tui.model.target import ProfileIdentity, ToolIdentity
from cloudops_tui.model.wire import Wire
from cloudops_tui.policy.digest import plan_digest
from cloudops_tui.policy.safe_text import safe_line

WATCHED = ("account", "partition", "principal", "endpoint", "service_endpoints")
"""What of an identity an approval is bound to."""


class Held(Wire):
    """The parts of an approval digest, each to be compared by itself."""

    words: str
    """The digest of what the plan says, its files left out."""
    files: tuple[FrozenFile, ...] = ()
    identities: tuple[ProfileIdentity, ...] = ()
    tool: ToolIdentity | None = None
    judged: dict[UUID, str] = {}
    """Of each command the level and the flags that we found."""


def held_by(review: Review) -> Held:
    """The parts of a review's digest."""
    everything = list(_all(review.commands))
    argvs = {one.command.id: one.argv for one in everything if one.argv is not None}
    return Held(
        words=plan_digest(review.plan, argvs),
        files=tuple(dict.fromkeys(file for one in everything for file in one.files)),
        identities=review.identities,
        tool=review.tool,
        judged={one.command.id: _judged(one) for one in everything},
    )


def different(before: Held, now: Held) -> tuple[str, ...]:
    """What differs, each in a phrase that names it; empty where all of these are the same."""
    same_words = before.words == now.words
    return (
        *(() if same_words else ("the plan itself changed",)),
        *_files(before.files, now.files),
        *_identities(before.identities, now.identities),
        *_tool(before.tool, now.tool),
        *(("our assessment of its commands changed",) if same_words and before.judged != now.judged else ()),
    )


def _all(commands: Iterable[CommandReview]) -> Iterator[CommandReview]:
    for one in commands:
        yield one
        yield from _all(one.compensations)


def _judged(one: CommandReview) -> str:
    return " ".join((one.assessment.level.value, *sorted(flag.value for flag in one.assessment.flags)))


def _files(before: Iterable[FrozenFile], now: Iterable[FrozenFile]) -> Iterator[str]:
    old, new = _by_name(before), _by_name(now)
    for key in dict.fromkeys((*old, *new)):
        was, is_now = old.get(key), new.get(key)
        if was is None or is_now is None:
            yield f"`{safe_line(key[1])}` is {'new' if was is None else 'not taken any more'}"
        elif was.sha256 != is_now.sha256:
            shown = "" if is_now.secret else f" (sha256 {_short(was)} -> {_short(is_now)})"
            yield f"`{safe_line(is_now.name)}` changed{shown}"
        elif not is_now.copied and was.origin != is_now.origin:
            yield f"`{safe_line(is_now.name)}` is in another place"


def _by_name(files: Iterable[FrozenFile]) -> Mapping[tuple[str, str, bool], FrozenFile]:
    return {(one.kind.value, one.written, one.secret): one for one in files}


def _short(file: FrozenFile) -> str:
    return (file.sha256 or "")[:12]


def _identities(before: Iterable[ProfileIdentity], now: Iterable[ProfileIdentity]) -> Iterator[str]:
    old = {(one.profile, one.region): one for one in before}
    for one in now:
        was = old.get((one.profile, one.region))
        for name in WATCHED if was is not None else ():
            if getattr(was, name) != getattr(one, name):
                what = f"the {name.replace('_', ' ')} of profile `{safe_line(one.profile)}`"
                yield f"{what} changed ({_said(was, name)} -> {_said(one, name)})"


def _said(identity: ProfileIdentity | None, name: str) -> str:
    value = getattr(identity, name)
    if name == "account" and value is None:
        return "unknown"
    return safe_line(str(value)) if value else "none"


def _tool(before: ToolIdentity | None, now: ToolIdentity | None) -> Iterator[str]:
    if before != now:
        yield f"the `aws` program changed ({_named(before)} -> {_named(now)})"


def _named(tool: ToolIdentity | None) -> str:
    return f"{safe_line(tool.path)} {safe_line(tool.version)} {tool.sha256[:12]}" if tool is not None else "none"
