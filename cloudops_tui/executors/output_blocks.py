"""The files of an attempt as blocks of lines: read where somebody looks, and remembered by a few numbers a block."""

from __future__ import annotations

import os
import struct
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cloudops_tui.executors import runner
from cloudops_tui.model.output import OutputLine
from cloudops_tui.policy.safe_text import safe_line

LONGEST_LINE = 65_536  # bytes; a longer line is shown in pieces
BLOCK_LINES = 1000
BLOCK_BYTES = 256 * 1024
BLOCK_RECORDS = 2000
BLOCKS_KEPT = 4  # decoded ones in memory
_RECORDS_AT_ONCE = 2048
_RECORD = struct.Struct("<IIQQ")
_NAMES = ("stdout", "stderr")
_PLAIN = bytes(range(0x20, 0x7F)) + b"\n"
_LEAST_STEP = 64  # records between two looks at the clock


class FileBlocks:
    """Implements `state.output_book.Blocks` over `stdout`, `stderr` and `index`.

    A line counts where its end was written, in the order of the index; its number never changes.
    """

    def __init__(self, folder: Path) -> None:
        self._files = _Files(folder)
        self._records = 0
        self._total = 0
        self._errors = 0
        self._read = [0, 0]
        """How far each stream was read, in bytes."""
        self._cut = [0, 0]
        """Where the line begins that is not finished yet."""
        self._starts = [array("q", [0]) for _ in range(6)]
        """Per block: first record, first line, and of each stream where it was read to and where its line began."""
        self._decoded: OrderedDict[int, list[OutputLine]] = OrderedDict()
        self._open: tuple[int, bool, list[OutputLine]] = (-1, False, [])
        self._ended = False
        self._last_at = 0
        self.missing = False
        self.done = 1.0

    # --- growing -----------------------------------------------------------------------------------------------------

    def grow(self, has_time: Callable[[], bool], *, ended: bool = False, until: datetime | None = None) -> None:
        """Read on in the index; `ended`: what has no break at the end is a line."""
        self._ended = ended
        self.missing = not self._files.open()
        limit = None if until is None else int(until.timestamp() * 1_000_000_000)
        everything = self._files.records()
        while self._records < everything and (has_time() or not self._records):
            known = self._records
            for code, length, offset, at in self._files.read_records(self._records, _RECORDS_AT_ONCE):
                if limit is not None and at > limit:
                    everything = self._records
                    break
                self._take(code, length, offset, at)
                if not self._records % _LEAST_STEP and not has_time():
                    break
            if self._records == known:
                break
        self.done = self._records / everything if everything else 1.0

    def is_past(self, until: datetime) -> bool:
        """More was read than had been said by then."""
        return self._last_at > int(until.timestamp() * 1_000_000_000)

    def close(self) -> None:
        """Let go of the files."""
        self._files.close()

    def _take(self, code: int, length: int, offset: int, at: int) -> None:
        self._records += 1
        if code in (runner.STDOUT, runner.STDERR):
            stream = code - 1
            lines, self._cut[stream] = self._files.count(stream, self._cut[stream], offset, offset + length)
            self._read[stream] = offset + length
            self._total += lines
            self._errors += lines * stream
            self._last_at = at
        starts = self._starts
        lines_in_block = self._total - starts[1][-1]
        bytes_in_block = sum(self._read) - starts[2][-1] - starts[3][-1]
        records_in_block = self._records - starts[0][-1]
        full = lines_in_block >= BLOCK_LINES or bytes_in_block >= BLOCK_BYTES or records_in_block >= BLOCK_RECORDS
        if full and lines_in_block:
            for column, value in zip(starts, (self._records, self._total, *self._read, *self._cut), strict=True):
                column.append(value)

    # --- the port ----------------------------------------------------------------------------------------------------

    @property
    def closed(self) -> int:
        return len(self._starts[0]) - 1

    @property
    def total(self) -> int:
        return self._total + sum(self._has_rest(stream) for stream in (0, 1))

    @property
    def errors(self) -> int:
        return self._errors + self._has_rest(1)

    @property
    def size(self) -> int:
        return sum(self._read)

    @property
    def last_at(self) -> datetime | None:
        return datetime.fromtimestamp(self._last_at / 1_000_000_000, UTC) if self._last_at else None

    def first(self, block: int) -> int:
        return self._starts[1][block]

    def lines(self, block: int) -> Sequence[OutputLine]:
        if block == self.closed:
            if self._open[:2] != (self._records, self._ended):
                self._open = (self._records, self._ended, [*self._lines_of(block), *self._rest()])
            return self._open[2]
        if block not in self._decoded:
            self._decoded[block] = list(self._lines_of(block))
            while len(self._decoded) > BLOCKS_KEPT:
                self._decoded.popitem(last=False)
        return self._decoded[block]

    def count(self, block: int, text: str, ignoring_case: bool, stream: str | None) -> int | None:
        if not text.isascii():
            return None
        sought = text.encode()
        found = lines = 0
        for code, name in enumerate(_NAMES):
            begin, end = self._starts[4 + code][block], self._starts[4 + code][block + 1]
            data = self._files.read(code, begin, end)
            # Only there is what is shown what was said: no escape is spelled out, no tab widened.
            if data.translate(None, _PLAIN):
                return None
            lines += data.count(b"\n")
            if stream in (None, name):
                data = data.lower() if ignoring_case else data
                found += sum(sought in line for line in data.split(b"\n")) if sought in data else 0
        # A line in pieces counts once by its break, and as often as it has pieces on screen.
        return found if lines == self._starts[1][block + 1] - self._starts[1][block] else None

    # --- inside ------------------------------------------------------------------------------------------------------

    def _lines_of(self, block: int) -> Iterator[OutputLine]:
        begin = self._starts[0][block]
        end = self._starts[0][block + 1] if block < self.closed else self._records
        cut = [self._starts[4][block], self._starts[5][block]]
        for code, length, offset, at in self._files.read_records(begin, end - begin):
            if code not in (runner.STDOUT, runner.STDERR):
                continue
            stream = code - 1
            pieces, cut[stream] = self._files.split(stream, cut[stream], offset + length)
            when = datetime.fromtimestamp(at / 1_000_000_000, UTC) if pieces else None
            for piece in pieces:
                yield OutputLine(_NAMES[stream], _shown(piece), when)

    def _has_rest(self, stream: int) -> bool:
        return self._ended and self._cut[stream] < self._read[stream]

    def _rest(self) -> Iterator[OutputLine]:
        for stream in (0, 1):
            if self._has_rest(stream):
                data = self._files.read(stream, self._cut[stream], self._read[stream])
                yield OutputLine(_NAMES[stream], _shown(data), self.last_at)


class _Files:
    """The three files, opened when they are there; reads forwards from a buffer."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptors: dict[str, int] = {}
        self._buffers: list[tuple[int, bytes]] = [(0, b""), (0, b"")]

    def open(self) -> bool:
        """Whether there is a folder at all."""
        for name in ("index", *_NAMES):
            if name not in self._descriptors:
                try:
                    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
                    self._descriptors[name] = os.open(self._folder / name, flags)
                except OSError:
                    continue  # not written yet, or gone
        return bool(self._descriptors) or self._folder.is_dir()

    def close(self) -> None:
        for descriptor in self._descriptors.values():
            os.close(descriptor)
        self._descriptors = {}

    def records(self) -> int:
        """Whole records in the index."""
        index = self._descriptors.get("index")
        return 0 if index is None else os.fstat(index).st_size // runner.RECORD_SIZE

    def read_records(self, first: int, count: int) -> Iterator[tuple[int, int, int, int]]:
        """Stream, length, offset and time of each."""
        if "index" not in self._descriptors:
            return
        data = os.pread(self._descriptors["index"], count * runner.RECORD_SIZE, first * runner.RECORD_SIZE)
        yield from _RECORD.iter_unpack(data[: len(data) // runner.RECORD_SIZE * runner.RECORD_SIZE])

    def read(self, stream: int, begin: int, end: int) -> bytes:
        """These bytes, or as many as there are."""
        start, data = self._buffers[stream]
        if start <= begin and end <= start + len(data):
            return data[begin - start : end - start]
        descriptor = self._descriptors.get(_NAMES[stream])
        if descriptor is None or begin >= end:
            return b""
        data = os.pread(descriptor, max(end - begin, BLOCK_BYTES), begin)
        self._buffers[stream] = (begin, data)
        return data[: end - begin]

    def count(self, stream: int, cut: int, begin: int, end: int) -> tuple[int, int]:
        """Lines that end between `begin` and `end`, and where the unfinished one begins; `cut` is where it began."""
        data = self.read(stream, begin, end)
        if end - cut > LONGEST_LINE:
            pieces, cut = self.split(stream, cut, end)
            return len(pieces), cut
        last = data.rfind(b"\n")
        return (0, cut) if last < 0 else (data.count(b"\n"), begin + last + 1)

    def split(self, stream: int, cut: int, end: int) -> tuple[list[bytes], int]:
        """The lines between `cut` and `end` without their breaks, and where the unfinished one begins."""
        data = self.read(stream, cut, end)
        pieces = data.split(b"\n")
        rest = pieces.pop()
        if max(map(len, pieces), default=0) > LONGEST_LINE:
            pieces = [part for piece in pieces for part in _parts(piece)]
        while len(rest) > LONGEST_LINE:
            place = _boundary(rest)
            pieces.append(rest[:place])
            rest = rest[place:]
        return pieces, cut + len(data) - len(rest)


def _parts(piece: bytes) -> Iterator[bytes]:
    while len(piece) > LONGEST_LINE:
        place = _boundary(piece)
        yield piece[:place]
        piece = piece[place:]
    yield piece


def _boundary(data: bytes) -> int:
    """Where to cut a long line without halving a character."""
    for place in range(LONGEST_LINE, LONGEST_LINE - 4, -1):
        if data[place] & 0xC0 != 0x80:
            return place
    return LONGEST_LINE


def _shown(data: bytes) -> str:
    return safe_line(data.removesuffix(b"\r").decode("utf-8", errors="backslashreplace"))
