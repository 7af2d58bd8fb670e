"""What of a text was seen: all its lines, each on screen for as long as it takes to notice it."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

DWELL = 0.7
"""Seconds that a line has to stand on screen: a key that repeats thirty times a second shows nothing to anybody."""


@dataclass(frozen=True)
class Sight:
    """The part of a text that is on screen now."""

    subject: Hashable
    """What the text is about."""
    lines: Sequence[str]
    """All of it."""
    top: int
    """The first line in view, from 0."""
    rows: int


@dataclass(frozen=True)
class Seeing:
    """What was seen so far. Lines are known by their words: laid out anew, a text goes on where it was."""

    dwell: float = DWELL
    seen: frozenset[Hashable] = frozenset()
    """Subjects of which every line was seen."""
    subject: Hashable = None
    """What is on screen."""
    since: Mapping[str, float] = field(default_factory=dict)
    """Lines in view, and since when."""
    read: Mapping[Hashable, frozenset[str]] = field(default_factory=dict)
    """Of each subject that was begun, the lines that were seen."""

    def look(self, at: float, sight: Sight | None) -> Seeing:
        """What is seen by the instant `at`, now that this is on screen; None where nothing that counts is."""
        kept = self._left(at, sight.subject if sight is not None else None)
        if sight is None or sight.subject in kept.seen:
            return kept
        in_view = dict.fromkeys(sight.lines[sight.top : sight.top + sight.rows])
        since = {words: kept.since.get(words, at) for words in in_view}
        there = {words for words, begun in since.items() if at - begun >= self.dwell}
        read = kept.read.get(sight.subject, frozenset()) | self._stood(at, kept.since) | there
        seen = kept.seen | {sight.subject} if in_view and read.issuperset(sight.lines) else kept.seen
        return replace(kept, seen=seen, since=since, read={**kept.read, sight.subject: read})

    def interrupted(self) -> Seeing:
        """Nobody knows since when something else stands in front: what is in view begins again."""
        return replace(self, subject=None, since={})

    def reopened(self, subjects: Collection[Hashable]) -> Seeing:
        """Their text has become another; the lines that were seen still are."""
        return replace(self, seen=self.seen.difference(subjects))

    def due(self, at: float) -> float | None:
        """Seconds until the next line in view has stood there long enough; None where there is none."""
        left = [self.dwell - (at - begun) for begun in self.since.values() if at - begun < self.dwell]
        return min(left) if left and self.subject not in self.seen else None

    def missing(self, subject: Hashable, lines: Sequence[str]) -> list[int]:
        """Which lines of the text were not seen, from 0."""
        return [] if subject in self.seen else self.unread(subject, lines)

    def unread(self, subject: Hashable, lines: Sequence[str]) -> list[int]:
        """As `missing`, whatever of it was seen when it was another text."""
        read = self.read.get(subject, frozenset())
        return [number for number, words in enumerate(lines) if words not in read]

    def _left(self, at: float, subject: Hashable) -> Seeing:
        """Another subject is on screen: what stood there long enough was seen."""
        if subject == self.subject:
            return self
        read = self.read
        if self.subject is not None:
            read = {**read, self.subject: read.get(self.subject, frozenset()) | self._stood(at, self.since)}
        return replace(self, subject=subject, since={}, read=read)

    def _stood(self, at: float, since: Mapping[str, float]) -> frozenset[str]:
        return frozenset(words for words, begun in since.items() if at - begun >= self.dwell)


SPELLED = 12
"""Numbers that are all told where they are not many more than can be taken in; thousands would fill the screen."""


def listed(places: Iterable[int]) -> str:
    """`1, 2, 3`; of many, the first and how many more."""
    shown = list(places)
    return ", ".join(map(str, shown)) if len(shown) <= SPELLED else numbers(shown)


def numbers(places: Iterable[int], most: int = 6) -> str:
    """`2, 3 and 5`, or `1, 2, 3, 4, 5, 6 and 12 more`."""
    shown = [str(place) for place in places]
    if len(shown) > most:
        shown = [*shown[:most], f"{len(shown) - most} more"]
    return " and ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part) if shown else ""
