"""What `aws s3 ... --dryrun` lists: how many objects, how many bytes, and which."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cloudops_tui.executors.rehearsal import MOST_LISTED
from cloudops_tui.executors.rehearser import Rehearser
from cloudops_tui.model.result import DryRunOutput, DryRunRung
from cloudops_tui.policy.before.reading import Read
from cloudops_tui.policy.before.values import at, byte_size, counted, each, text_at
from cloudops_tui.policy.cli_grammar import ParsedCli
from cloudops_tui.policy.safe_text import safe_line

MOST_PAGES = 10  # of 1,000 objects each, that are read for their sizes
_PREFIX = "(dryrun) "
_S3 = "s3://"


@dataclass(frozen=True)
class Place:
    """A bucket and the beginning of its keys."""

    bucket: str
    prefix: str


@dataclass(frozen=True)
class Sizes:
    """Bytes of objects, by `s3://bucket/key`."""

    known: Mapping[str, int] = field(default_factory=dict)
    cut: str = ""
    """Why there are more objects than were read."""


def changes_in(stdout: str) -> list[str]:
    """The lines that tell a change: `delete: s3://bucket/key`."""
    return [line.removeprefix(_PREFIX) for line in stdout.splitlines() if line.startswith(_PREFIX)]


def places_of(parsed: ParsedCli, changes: Sequence[str]) -> tuple[Place, ...]:
    """Where the objects are that would be read or deleted."""
    words = parsed.positionals if any(change.startswith("delete: ") for change in changes) else parsed.positionals[:1]
    return tuple(dict.fromkeys(place for word in words if (place := _place(word)) is not None))


def _place(word: str) -> Place | None:
    """None for a path of this machine, and for access points, whose names hold slashes."""
    if not word.startswith(_S3) or word.startswith(f"{_S3}arn:"):
        return None
    bucket, _, prefix = word.removeprefix(_S3).partition("/")
    return Place(bucket, prefix) if bucket else None


async def sizes_in(
    places: Sequence[Place], rehearser: Rehearser, profile: str, region: str, payer: str | None
) -> Sizes:
    """Sizes by listing, since `--dryrun` does not tell them; a bounded number of pages."""
    known: dict[str, int] = {}
    cut = ""
    for place in places:
        token: str | None = None
        for page in range(MOST_PAGES + 1):
            if page == MOST_PAGES:
                cut = f"sizes were read of the first {MOST_PAGES * 1000:,} objects only"
                break
            also = ({"ContinuationToken": token} if token else {}) | ({"RequestPayer": payer} if payer else {})
            asked = {"Bucket": place.bucket, "Prefix": place.prefix, **also}
            answer = await rehearser.read(Read("s3.ListObjectsV2", asked), profile, region)
            if not answer.known:
                cut = f"not all sizes were read: {answer.unread}"
                break
            for one in each(answer.there, "Contents[]"):
                size = at(one, "Size")
                if isinstance(size, int):
                    known[f"{_S3}{place.bucket}/{at(one, 'Key')}"] = size
            token = text_at(answer.there, "NextContinuationToken")
            if token is None:
                break
    return Sizes(known, cut)


def listed(
    changes: Sequence[str], sizes: Sizes, folder: Path, *, cut: str = "", warnings: Sequence[str] = ()
) -> DryRunOutput:
    """The listing in words. `folder`: where paths of this machine begin. `cut`: why the listing is not whole."""
    counts: Counter[str] = Counter()
    bytes_of: Counter[str] = Counter()
    unknown = 0
    for change in changes:
        verb, _, rest = change.partition(": ")
        counts[verb] += 1
        size = _size(rest, sizes.known, folder)
        unknown += size is None
        bytes_of[verb] += size or 0
    least = "at least " if cut else ""
    spoken = [
        f"{safe_line(verb)} {least}{counted(count, 'object')}, {_amount(bytes_of[verb], unknown)}"
        for verb, count in sorted(counts.items())
    ]
    more = len(changes) - MOST_LISTED
    shown = tuple(safe_line(change) for change in changes[:MOST_LISTED])
    return DryRunOutput(
        description=f"Would {'; '.join(spoken)}" if changes else "Would change nothing",
        changes=(*shown, *((f"and {more:,} more",) if more > 0 else ())),
        warnings=tuple(filter(None, (cut, sizes.cut if unknown else "", *warnings))),
        natively=True,
        rung=DryRunRung.NATIVE,
    )


def _amount(total: int, unknown: int) -> str:
    return f"at least {byte_size(total)}" if unknown else byte_size(total)


def _size(rest: str, known: Mapping[str, int], folder: Path) -> int | None:
    """Of the source in `SOURCE to TARGET`; a name may hold ` to ` itself, so each reading is tried."""
    for source in _sources(rest):
        if source in known:
            return known[source]
        if not source.startswith(_S3) and (size := _file_size(folder, source)) is not None:
            return size
    return None


def _sources(rest: str) -> Iterator[str]:
    yield rest
    position = rest.rfind(" to ")
    while position > 0:
        yield rest[:position]
        position = rest.rfind(" to ", 0, position)


def _file_size(folder: Path, name: str) -> int | None:
    try:
        found = os.stat(folder / name)
    except (OSError, ValueError):
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None
