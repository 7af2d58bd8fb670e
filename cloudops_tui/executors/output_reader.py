"""Reading back what an attempt's command said, in the order in which it said it."""

from __future__ import annotations

import os
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from cloudops_tui.executors import runner
from cloudops_tui.executors.expressions import Expressions
from cloudops_tui.executors.output_blocks import FileBlocks
from cloudops_tui.executors.output_files import Lines
from cloudops_tui.model.output import Found, OutputLine, OutputPage, OutputSelection, PageWanted, Wanted
from cloudops_tui.state.output_book import Book

_BACK = 4 * 1024 * 1024  # bytes of output behind which older lines are not looked for
_BOOKS_KEPT = 8
_PATIENCE = 0.04  # seconds of work a call; whoever wants more asks again, and screens stay quick meanwhile
_NAMES = {runner.STDOUT: "stdout", runner.STDERR: "stderr"}


class OutputTail:
    """An attempt's output from its first byte on, read piece by piece as it grows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read = 0
        self._lines = {name: Lines() for name in _NAMES.values()}

    def more(self) -> list[OutputLine]:
        """The lines that were completed since the last call, at most a few megabytes of them."""
        found: list[OutputLine] = []
        for record in self._next_records():
            name = _NAMES.get(record[0])
            if name is None:
                continue
            data = _bytes_at(self._folder / name, record[2], record[1])
            when = datetime.fromtimestamp(record[3] / 1_000_000_000, UTC)
            found.extend(OutputLine(name, text, when) for text in self._lines[name].feed(data))
        return found

    def rest(self) -> list[OutputLine]:
        """Last lines without a break; once the command has ended and `more` has nothing."""
        return [OutputLine(name, text) for name, lines in self._lines.items() for text in lines.close()]

    def _next_records(self) -> list[tuple[int, int, int, int]]:
        block = _bytes_at(self._folder / "index", self._read, 256 * runner.RECORD_SIZE)
        whole = len(block) // runner.RECORD_SIZE * runner.RECORD_SIZE
        self._read += whole
        return [
            runner.parse_record(block[place : place + runner.RECORD_SIZE])
            for place in range(0, whole, runner.RECORD_SIZE)
        ]


def _bytes_at(path: Path, offset: int, length: int) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return b""  # not written yet, or pruned
    try:
        return os.pread(descriptor, length, offset)
    finally:
        os.close(descriptor)


class OpenBook:
    """One attempt's output by pages; whoever reads it meanwhile waits."""

    def __init__(self, folder: Path, expressions: Expressions) -> None:
        self._folder = folder
        self._expressions = expressions
        self._lock = Lock()
        self._begin()

    def page(self, wanted: PageWanted) -> OutputPage:
        """Some lines; where it is not `complete`, ask again."""
        has_time = _for(_PATIENCE)
        with self._lock:
            if wanted.until is not None and self._blocks.is_past(wanted.until):
                self._blocks.close()
                self._begin()
            self._blocks.grow(has_time, ended=wanted.ended, until=wanted.until)
            return self._book.page(wanted, has_time)

    def find(self, selection: OutputSelection, sought: Wanted, number: int, by: int) -> Found:
        """As `Book.find`; where it is not settled or not complete, ask again."""
        with self._lock:
            return self._book.find(selection, sought, number, by, _for(_PATIENCE))

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            self._blocks.close()

    def _begin(self) -> None:
        self._blocks = FileBlocks(self._folder)
        self._book = Book(self._blocks, self._expressions)


class OutputFiles:
    """Implements the engine's `OutputReader` over the files that a runner leaves."""

    def __init__(self) -> None:
        self._expressions = Expressions()
        self._books: OrderedDict[Path, OpenBook] = OrderedDict()
        self._lock = Lock()

    def page(self, folder: Path, wanted: PageWanted) -> OutputPage:
        """Some lines of the attempt in `folder`. Blocks for a moment; what is known of the files is kept."""
        return self._book(folder).page(wanted)

    def find(self, folder: Path, selection: OutputSelection, sought: Wanted, number: int, by: int) -> Found:
        """The next match of `sought` among the lines of the selection."""
        return self._book(folder).find(selection, sought, number, by)

    def close(self) -> None:
        """Let go of every file, and of the process that matches expressions."""
        with self._lock:
            while self._books:
                self._books.popitem()[1].close()
        self._expressions.close()

    def _book(self, folder: Path) -> OpenBook:
        with self._lock:
            book = self._books.get(folder)
            if book is None:
                book = self._books[folder] = OpenBook(folder, self._expressions)
                while len(self._books) > _BOOKS_KEPT:
                    self._books.popitem(last=False)[1].close()
            self._books.move_to_end(folder)
            return book

    def lines(self, folder: Path, *, stream: str | None = None, last: int = 5000) -> list[OutputLine]:
        """The last lines of the attempt in `folder`, of one stream or of both; empty where there is nothing.

        Reads at most 4 MiB from the end, so the cost does not grow with the output.
        """
        kept: deque[OutputLine] = deque(maxlen=last)
        pending = {name: Lines() for name in _NAMES.values()}
        when: datetime | None = None
        for name, data, when in self._chunks(folder, stream):
            for text in pending[name].feed(data):
                kept.append(OutputLine(name, text, when))
        for name, rest in pending.items():
            for text in rest.close():
                kept.append(OutputLine(name, text, when))
        return list(kept)

    def tail(self, folder: Path) -> OutputTail:
        """All of it from the first line on, to be read as it grows."""
        return OutputTail(folder)

    def _chunks(self, folder: Path, stream: str | None) -> Iterator[tuple[str, bytes, datetime]]:
        files: dict[str, int] = {}
        try:
            index = os.open(folder / "index", os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            return
        try:
            for number, length, offset, at in self._records(index):
                name = _NAMES.get(number)
                if name is None or (stream is not None and name != stream):
                    continue
                if name not in files:
                    files[name] = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW)
                moment = datetime.fromtimestamp(at / 1_000_000_000, UTC)
                yield name, os.pread(files[name], length, offset), moment
        except OSError:
            return
        finally:
            for descriptor in (index, *files.values()):
                os.close(descriptor)

    def _records(self, index: int) -> list[tuple[int, int, int, int]]:
        """The records that make up the last megabytes, oldest first."""
        size = os.fstat(index).st_size // runner.RECORD_SIZE * runner.RECORD_SIZE
        found: list[tuple[int, int, int, int]] = []
        total = 0
        while size > 0 and total < _BACK:
            begin = max(0, size - 1024 * runner.RECORD_SIZE)
            block = os.pread(index, size - begin, begin)
            for place in range(len(block) - runner.RECORD_SIZE, -1, -runner.RECORD_SIZE):
                record = runner.parse_record(block[place : place + runner.RECORD_SIZE])
                found.append(record)
                total += record[1]
                if total >= _BACK:
                    break
            size = begin
        return found[::-1]


def _for(seconds: float) -> Callable[[], bool]:
    deadline = time.monotonic() + seconds
    return lambda: time.monotonic() < deadline
