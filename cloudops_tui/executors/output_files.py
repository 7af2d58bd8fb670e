"""Output on its way: bytes become safe lines and a bounded tail; an answer becomes the files that a runner leaves."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from pathlib import Path
from time import time_ns

from cloudops_tui.executors import runner
from cloudops_tui.policy.safe_text import safe_bytes, safe_text

LONGEST_LINE = 65_536  # characters; a longer line is shown in pieces
TAIL = 65_536  # bytes of standard output that a result keeps


class Lines:
    """Turns the chunks of one stream into whole lines that are safe to show; what is not UTF-8 is `\\xNN`."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="backslashreplace")
        self._held = ""

    def feed(self, data: bytes) -> list[str]:
        """The lines that `data` completes."""
        text = self._held + self._decoder.decode(data)
        end = text.rfind("\n") + 1
        if not end and len(text) <= LONGEST_LINE:
            self._held = text
            return []
        whole, self._held = text[:end], text[end:]
        lines = _lines(whole)
        while len(self._held) > LONGEST_LINE:
            piece, self._held = self._held[:LONGEST_LINE], self._held[LONGEST_LINE:]
            lines.append(safe_text(piece))
        return lines

    def close(self) -> list[str]:
        """What is left when the stream ends: a last line without its break."""
        rest, self._held = self._held + self._decoder.decode(b"", final=True), ""
        return _lines(rest + "\n") if rest else []


class Tail:
    """The last bytes of a stream."""

    def __init__(self, size: int = TAIL) -> None:
        self._size = size
        self._kept = bytearray()
        self.total = 0

    def feed(self, data: bytes) -> None:
        self.total += len(data)
        self._kept += data
        if len(self._kept) > 2 * self._size:
            del self._kept[: -self._size]

    @property
    def is_whole(self) -> bool:
        """Nothing was left out."""
        return self.total <= self._size

    def safe(self) -> str:
        """As safe text; a character that the cut would halve is left out."""
        kept = bytes(self._kept[-self._size :])
        if not self.is_whole:
            kept = kept.lstrip(_CONTINUATION) if kept[:4].strip(_CONTINUATION) else kept
        return safe_bytes(kept)


class AttemptFiles:
    """`stdout`, `stderr` and `index` in the folder of an attempt, as a runner would have written them."""

    def __init__(self, folder: Path) -> None:
        """Make the folder, 0700; raises FileExistsError when the attempt was made before."""
        self.folder = folder.absolute()
        make_private_folder(self.folder.parent)
        self.folder.mkdir(mode=0o700)
        self._streams = {stream: _Appending(self.folder / stream) for stream in ("stdout", "stderr")}
        self._index = _Appending(self.folder / "index")

    def write(self, stream: str, data: bytes) -> None:
        """Append `data` to `stdout` or `stderr`, and its record to the index."""
        code = runner.STDOUT if stream == "stdout" else runner.STDERR
        file = self._streams[stream]
        for start in range(0, len(data), LONGEST_LINE):
            piece = data[start : start + LONGEST_LINE]
            offset = file.size
            file.append(piece)
            self._index.append(_record(code, offset, len(piece)))

    def close(self) -> None:
        for file in (*self._streams.values(), self._index):
            file.close()


def make_private_folder(folder: Path) -> None:
    """The folder and those above it that are missing, each 0700."""
    missing: list[Path] = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)


def private_file(path: Path) -> int:
    """A new file for its owner only, open for appending; raises FileExistsError."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def write_whole(descriptor: int, data: bytes) -> None:
    """All of it; a write may take less than it is given."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


_CONTINUATION = bytes(range(0x80, 0xC0))


class _Appending:
    def __init__(self, path: Path) -> None:
        self._descriptor = private_file(path)
        self.size = 0

    def append(self, data: bytes) -> None:
        write_whole(self._descriptor, data)
        self.size += len(data)

    def close(self) -> None:
        os.close(self._descriptor)


def _lines(text: str) -> list[str]:
    """Of whole lines, each with its break; one pass over the text is cheaper than one a line."""
    lines = safe_text(text).split("\n")[:-1]
    return lines if max(map(len, lines), default=0) <= LONGEST_LINE else list(_pieces(lines))


def _pieces(lines: list[str]) -> Iterator[str]:
    for line in lines:
        for start in range(0, max(len(line), 1), LONGEST_LINE):
            yield line[start : start + LONGEST_LINE]


def _record(stream: int, offset: int, length: int) -> bytes:
    """One record of the index; `runner.parse_record` reads it."""
    numbers = ((stream, 4), (length, 4), (offset, 8), (time_ns(), 8))
    return b"".join(number.to_bytes(size, "little") for number, size in numbers)
