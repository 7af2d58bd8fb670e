"""Regular expressions of operators, run in a process of their own: one that never ends costs a second, not a screen."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from threading import Lock

from cloudops_tui.model.output import Wanted
from cloudops_tui.policy import matching
from cloudops_tui.state.output_book import CannotMatch, InThisProcess

Spans = list[tuple[tuple[int, int], ...] | None]

CPU_LIMIT = 1.0  # seconds for a batch of lines; of its own processor time, so that a busy machine spoils no search

_PROGRAM = """
import json, re, signal, sys
for line in sys.stdin:
    text, flags, limit, lines, most = json.loads(line)
    signal.setitimer(signal.ITIMER_VIRTUAL, limit)  # nobody handles SIGVTALRM: it ends this process
    try:
        pattern, found = re.compile(text, flags), []
        for each in lines:
            if pattern.search(each) is None:
                found.append(None)
                continue
            spans = []
            for match in pattern.finditer(each):
                if match.end() > match.start():
                    spans.append(match.span())
                if len(spans) >= most:
                    break
            found.append(spans)
        answer = found
    except (re.error, RecursionError, OverflowError) as error:
        answer = str(error)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    print(json.dumps(answer), flush=True)
"""


class Expressions:
    """Implements `state.output_book.Matching`: texts are sought here, expressions elsewhere."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = Lock()
        self._here = InThisProcess()
        self._refused: dict[str, str] = {}

    def matches(self, sought: Wanted, texts: Sequence[str]) -> list[bool]:
        """As the port says. Blocks; for a thread that may wait."""
        if not sought.regex:
            return self._here.matches(sought, texts)
        return [each is not None for each in self.spans(sought, texts)]

    def spans(self, sought: Wanted, texts: Sequence[str]) -> Spans:
        """As the port says. Blocks; for a thread that may wait."""
        if not sought.regex:
            return self._here.spans(sought, texts)
        if sought.text in self._refused:
            raise CannotMatch(self._refused[sought.text])
        pattern_flags = 2 if matching.ignores_case(sought) else 0  # re.IGNORECASE
        with self._lock:
            answer = self._ask(json.dumps([sought.text, pattern_flags, CPU_LIMIT, list(texts), matching.MOST_SPANS]))
        if isinstance(answer, str):
            self._refused[sought.text] = answer
            raise CannotMatch(answer)
        return [None if each is None else tuple((begin, end) for begin, end in each) for each in answer]

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._end()

    def _ask(self, question: str) -> list[list[list[int]] | None] | str:
        process = self._process = self._process or _started()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(question + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except OSError:
            answer = ""
        if not answer:
            self._end()
            return "This expression takes too long; make it simpler"
        found: list[list[list[int]] | None] | str = json.loads(answer)
        return f"Not a regular expression: {found}" if isinstance(found, str) else found

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    pass  # what it was not told any more
        process.wait()


def _started() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        start_new_session=True,
    )
