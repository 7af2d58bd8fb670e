"""Pages, filters and searches over an output of any length: what is kept is one number a block and question."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cloudops_tui.model.output import Found, OutputLine, OutputPage, OutputSelection, PageLine, PageWanted, Wanted
from cloudops_tui.policy import matching

QUESTIONS_KEPT = 8
"""Pairs of selection and search whose counts are remembered; the one that was not asked for longest goes first."""

ANSWERS_KEPT = 8
"""Blocks of which the matching lines are remembered, per question."""


class CannotMatch(Exception):
    """What is looked for cannot be: no expression, or one that takes too long. The text says which."""


class Blocks(Protocol):
    """An output in blocks of lines that follow one another. Those that are closed never change; the last one grows."""

    @property
    def closed(self) -> int:
        """How many are closed; the open one has this number."""
        ...

    @property
    def total(self) -> int:
        """The number of the next line."""
        ...

    @property
    def errors(self) -> int:
        """Lines of standard error."""
        ...

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    @property
    def last_at(self) -> datetime | None:
        """When the last line was written."""
        ...

    @property
    def missing(self) -> bool:
        """There are no files."""
        ...

    @property
    def done(self) -> float:
        """How much of what is there was read, up to 1.0."""
        ...

    def first(self, block: int) -> int:
        """The number of the block's first line."""
        ...

    def lines(self, block: int) -> Sequence[OutputLine]:
        """The lines of a block."""
        ...

    def count(self, block: int, text: str, ignoring_case: bool, stream: str | None) -> int | None:
        """How many lines of a closed block hold `text`; quicker than to look at its lines, and None where in doubt."""
        ...


class Matching(Protocol):
    """Finds what is looked for in many lines at once; raises CannotMatch."""

    def matches(self, sought: Wanted, texts: Sequence[str]) -> list[bool]:
        """Whether it is in each text."""
        ...

    def spans(self, sought: Wanted, texts: Sequence[str]) -> list[tuple[tuple[int, int], ...] | None]:
        """Where it is in each text; None where it is not."""
        ...


class InThisProcess:
    """Matches here and now: for texts of ours and for tests; an operator's expression may take for ever."""

    def matches(self, sought: Wanted, texts: Sequence[str]) -> list[bool]:
        """As the port says."""
        if sought.regex or sought.errors:
            return [each is not None for each in self.spans(sought, texts)]
        if matching.ignores_case(sought):
            # Lower case alone would miss what `re` calls alike, such as the Kelvin sign: ASCII first, the rest by `re`.
            pattern, text = matching.expression(sought), sought.text
            return [text in each.lower() if each.isascii() else pattern.search(each) is not None for each in texts]
        return [sought.text in each for each in texts]

    def spans(self, sought: Wanted, texts: Sequence[str]) -> list[tuple[tuple[int, int], ...] | None]:
        """As the port says."""
        if problem := matching.bad_expression(sought):
            raise CannotMatch(problem)
        pattern = matching.expression(sought)
        return [matching.spans(pattern, text) if pattern.search(text) else None for text in texts]


class Gathered:
    """Lines in memory as blocks."""

    def __init__(self, lines: Sequence[OutputLine], *, first: int = 0, block_size: int = 1000) -> None:
        """`lines` may grow at its end; `first` is the number of its first one."""
        self._lines = lines
        self._first = first
        self._block_size = block_size

    missing = False
    done = 1.0

    @property
    def closed(self) -> int:
        return len(self._lines) // self._block_size

    @property
    def total(self) -> int:
        return self._first + len(self._lines)

    @property
    def errors(self) -> int:
        return sum(line.is_error for line in self._lines)

    @property
    def size(self) -> int:
        return sum(len(line.text) + 1 for line in self._lines)

    @property
    def last_at(self) -> datetime | None:
        return self._lines[-1].at if self._lines else None

    def first(self, block: int) -> int:
        return self._first + block * self._block_size

    def lines(self, block: int) -> Sequence[OutputLine]:
        start = block * self._block_size
        return self._lines[start : start + self._block_size]

    def count(self, block: int, text: str, ignoring_case: bool, stream: str | None) -> int | None:
        return None


@dataclass(frozen=True)
class _Question:
    selection: OutputSelection
    sought: Wanted | None = None

    @property
    def is_all(self) -> bool:
        return self.selection.is_all and self.sought is None


@dataclass
class _Counts:
    """How many lines answer a question, up to the end of each closed block."""

    upto: array[int] = field(default_factory=lambda: array("q", [0]))
    answers: OrderedDict[int, list[int]] = field(default_factory=OrderedDict)
    open_answers: list[int] = field(default_factory=list)
    """Numbers of the lines in the open block that answer it."""
    open_block: int = -1
    open_total: int = -1


class Book:
    """Reads an output by pages. Long work is done in pieces: whoever asks again gets further."""

    def __init__(self, blocks: Blocks, finding: Matching) -> None:
        self._blocks = blocks
        self._finding = finding
        self._counts: OrderedDict[_Question, _Counts] = OrderedDict()

    def page(self, wanted: PageWanted, has_time: Callable[[], bool] = lambda: True) -> OutputPage:
        """Some lines; `has_time` False ends the work of this call early."""
        blocks, question = self._blocks, _Question(wanted.selection)
        try:
            done = self._advance(question, has_time) * blocks.done
            selected = self._total(question)
            place = self._begin(question, wanted, selected)
            lines = self._slice(question, place, min(place + wanted.count, selected))
            lines = self._marked(wanted.marked, lines)
            problem = ""
        except CannotMatch as error:
            done, selected, place, lines, problem = 1.0, 0, 0, [], str(error)
        return OutputPage(
            place=place,
            lines=tuple(lines),
            selected=selected,
            total=blocks.total,
            errors=blocks.errors,
            size=blocks.size,
            done=done,
            last_at=blocks.last_at,
            missing=blocks.missing,
            problem=problem,
        )

    def find(
        self,
        selection: OutputSelection,
        sought: Wanted,
        number: int,
        by: int,
        has_time: Callable[[], bool] = lambda: True,
    ) -> Found:
        """The match after line `number` (`by` 1), before it (-1), or from it on (0); round the end where need be."""
        question = _Question(selection, sought)
        try:
            done = self._advance(question, has_time) * self._blocks.done
            complete = done >= 1.0
            matches = self._total(question)
            ordinal = self._rank(question, number + (by > 0)) - (by < 0)
            known = complete or (0 <= ordinal < matches and self._seen(question) > number)
            if not known or not matches:
                return Found(matches=matches, complete=complete, settled=complete, done=done)
            wrapped = not 0 <= ordinal < matches
            found = self._number(question, ordinal % matches)
            place = self._rank(_Question(selection), found)
        except CannotMatch as error:
            return Found(problem=str(error))
        return Found(found, place, ordinal % matches, matches, complete, True, wrapped, done)

    # --- one question ------------------------------------------------------------------------------------------------

    def _advance(self, question: _Question, has_time: Callable[[], bool]) -> float:
        """Look at blocks that nobody has looked at for this question; how much of them is done."""
        if question.is_all:
            return 1.0
        if question.sought is not None:
            self._advance(_Question(question.selection), has_time)
        counts = self._known(question)
        while len(counts.upto) <= self._blocks.closed:
            if not has_time():
                return len(counts.upto) / (self._blocks.closed + 2)
            counts.upto.append(counts.upto[-1] + self._count(question, len(counts.upto) - 1))
        return 1.0

    def _count(self, question: _Question, block: int) -> int:
        """How many lines of a closed block answer the question."""
        selection = question.selection
        conditions = [each for each in (question.sought, selection.only) if each is not None]
        if selection.inverted or not conditions or any(each.regex or each.errors for each in conditions):
            return len(self._answers(question, block))
        counted = [
            self._blocks.count(block, each.text, matching.ignores_case(each), selection.stream) for each in conditions
        ]
        if 0 in counted:
            return 0
        known = counted[0] if len(counted) == 1 else None
        return len(self._answers(question, block)) if known is None else known

    def _known(self, question: _Question) -> _Counts:
        counts = self._counts.setdefault(question, _Counts())
        self._counts.move_to_end(question)
        while len(self._counts) > QUESTIONS_KEPT:
            self._counts.popitem(last=False)
        return counts

    def _total(self, question: _Question) -> int:
        if question.is_all:
            return self._blocks.total - self._blocks.first(0)
        counts = self._known(question)
        if len(counts.upto) <= self._blocks.closed:
            return counts.upto[-1]
        return counts.upto[-1] + len(self._answers(question, self._blocks.closed))

    def _seen(self, question: _Question) -> int:
        """Lines that were looked at for this question."""
        if question.is_all or len(self._known(question).upto) > self._blocks.closed:
            return self._blocks.total
        return self._blocks.first(len(self._known(question).upto) - 1)

    def _rank(self, question: _Question, number: int) -> int:
        """How many lines before that number answer the question, as far as they were looked at."""
        if question.is_all:
            return max(0, min(number, self._blocks.total) - self._blocks.first(0))
        counts = self._known(question)
        block = self._block_of(number)
        if block >= len(counts.upto) - 1 and len(counts.upto) <= self._blocks.closed:
            return counts.upto[-1]
        return counts.upto[block] + sum(each < number for each in self._answers(question, block))

    def _number(self, question: _Question, place: int) -> int:
        """The number of the line at a place among those that answer the question."""
        if question.is_all:
            return place + self._blocks.first(0)
        counts = self._known(question)
        block = min(bisect_right(counts.upto, place) - 1, self._blocks.closed)
        return self._answers(question, block)[place - counts.upto[block]]

    def _block_of(self, number: int) -> int:
        low, high = 0, self._blocks.closed
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._blocks.first(middle) <= number else (low, middle - 1)
        return low

    def _answers(self, question: _Question, block: int) -> list[int]:
        """Numbers of the lines of a block that answer the question."""
        counts = self._known(question)
        if block == self._blocks.closed:
            if (counts.open_block, counts.open_total) != (block, self._blocks.total):
                counts.open_answers = self._judged(question, block)
                counts.open_block, counts.open_total = block, self._blocks.total
            return counts.open_answers
        if block not in counts.answers:
            counts.answers[block] = self._judged(question, block)
            while len(counts.answers) > ANSWERS_KEPT:
                counts.answers.popitem(last=False)
        return counts.answers[block]

    def _judged(self, question: _Question, block: int) -> list[int]:
        first, lines = self._blocks.first(block), self._blocks.lines(block)
        selection = question.selection
        left = [place for place, line in enumerate(lines) if selection.stream in (None, line.stream)]
        left = self._matching(selection.only, lines, left, inverted=selection.inverted)
        return [first + place for place in self._matching(question.sought, lines, left)]

    def _matching(
        self, sought: Wanted | None, lines: Sequence[OutputLine], places: list[int], *, inverted: bool = False
    ) -> list[int]:
        if sought is None or not places:
            return places
        hit = self._finding.matches(sought, [lines[place].text for place in places])
        if sought.errors:
            hit = [each or lines[place].is_error for each, place in zip(hit, places, strict=True)]
        return [place for place, each in zip(places, hit, strict=True) if each is not inverted]

    # --- lines -------------------------------------------------------------------------------------------------------

    def _begin(self, question: _Question, wanted: PageWanted, selected: int) -> int:
        last = max(0, selected - wanted.count)
        if wanted.number is not None:
            return max(0, min(self._rank(question, wanted.number) - wanted.before, last))
        return last if wanted.place is None else max(0, min(wanted.place, selected))

    def _slice(self, question: _Question, start: int, stop: int) -> list[PageLine]:
        if start >= stop:
            return []
        if question.is_all:
            numbers: Sequence[int] = range(start + self._blocks.first(0), stop + self._blocks.first(0))
        else:
            numbers = self._numbers(question, start, stop)
        found: list[PageLine] = []
        block = -1
        lines: Sequence[OutputLine] = ()
        for number in numbers:
            if block < 0 or number - self._blocks.first(block) >= len(lines):
                block = self._block_of(number)
                lines = self._blocks.lines(block)
            found.append(PageLine(number, lines[number - self._blocks.first(block)]))
        return found

    def _numbers(self, question: _Question, start: int, stop: int) -> list[int]:
        counts = self._known(question)
        found: list[int] = []
        block = min(bisect_right(counts.upto, start) - 1, self._blocks.closed)
        base = counts.upto[block]
        while base < stop and block <= self._blocks.closed and block < len(counts.upto):
            answers = self._answers(question, block)
            found += answers[max(0, start - base) : stop - base]
            base += len(answers)
            block += 1
        return found

    def _marked(self, sought: Wanted | None, lines: list[PageLine]) -> list[PageLine]:
        if sought is None or not lines:
            return lines
        spans = self._finding.spans(sought, [each.line.text for each in lines])
        return [PageLine(each.number, each.line, where or ()) for each, where in zip(lines, spans, strict=True)]
