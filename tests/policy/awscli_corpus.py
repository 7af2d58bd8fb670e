"""What becomes of every command line among awscli's own examples: `python -m tests.policy.awscli_corpus` prints it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cloudops_tui.executors.catalogue import the_catalogue
from cloudops_tui.model.catalogue import ServiceCatalogue
from cloudops_tui.model.files import FileKind, FrozenFile
from cloudops_tui.policy.cli_grammar import CliProblem, ParsedCli, parse
from cloudops_tui.policy.cli_values import parameters_of
from cloudops_tui.policy.files import FileSource, Named, NotTaken, files_of_cli
from cloudops_tui.policy.refusals import Refusal, refused
from cloudops_tui.policy.secrets import secrets_in_cli
from tests.policy.awscli_examples import Example, Form, examples

READER = Path(__file__).parent / "awscli_reading.py"
STAND_IN = b"{}"

By = Literal["grammar", "refusals", "files", "secrets"]
"""Who refuses: the grammar; the list of what is refused by default; files that are not taken; literal secrets."""

FORMS: dict[Form, str] = {
    "shell": "more of the shell than one command: pipes, redirections, what another command prints",
    "variable": "hold a variable of the shell",
    "gap": "hold a gap outside quotes that a person has to fill in",
    "cut": "quotes do not close on the page",
}


@dataclass(frozen=True)
class Verdict:
    """What became of one whole command."""

    example: Example
    by: By | None = None
    """None: taken."""
    cause: str = ""
    """The reason, without the names in it."""
    remedy: str = ""
    valid: bool = True
    """awscli reads it; asked only about what the grammar refuses, since that takes nothing else (`misread`)."""


def verdicts(lines: Iterable[Example], folder: Path, catalogue: ServiceCatalogue | None = None) -> list[Verdict]:
    """Of the whole commands among `lines`, with `folder` as the plan's own, into which files are written."""
    source = Folder(folder)
    known = catalogue or the_catalogue()
    found = [_judged(line, source, known) for line in lines if line.form == "command"]
    in_doubt = [verdict for verdict in found if verdict.by == "grammar"]
    answers = awscli_reads([verdict.example.words for verdict in in_doubt])
    refused_by_both = {
        verdict.example for verdict, answer in zip(in_doubt, answers, strict=True) if not _is_accepted(answer)
    }
    return [
        Verdict(one.example, one.by, one.cause, one.remedy, valid=False) if one.example in refused_by_both else one
        for one in found
    ]


def outside_the_lists(found: Sequence[Verdict]) -> list[Verdict]:
    """Commands that awscli would run and that no list of ours names."""
    return [one for one in found if one.by == "grammar" and one.valid]


def awscli_reads(lines: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """How the real awscli reads the words after `aws`, asked in a process of its own."""
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "AWS_CONFIG_FILE": "/nonexistent"}
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", str(READER)],
        input=json.dumps([list(line) for line in lines]), capture_output=True, text=True, env=environment, check=True,
    )  # fmt: skip
    told: list[dict[str, Any]] = json.loads(answer.stdout)
    return told


def _is_accepted(answer: dict[str, Any]) -> bool:
    return "error" not in answer and not answer["unknown"]


def _judged(line: Example, source: Folder, catalogue: ServiceCatalogue) -> Verdict:
    words = tuple(source.at_home(word) for word in line.words)
    read = parse(words, catalogue)
    if isinstance(read, list):
        return _refused(line, "grammar", read)
    profile, region = (_first(read, name, default) for name, default in (("--profile", "default"), ("--region", "x")))
    if listed := list(refused(read, profile, region)):
        return _refused(line, "refusals", listed)
    taken = files_of_cli(read, source)
    if taken.refused:
        return _refused(line, "files", taken.refused)
    if secrets := list(secrets_in_cli(read, parameters_of(read, catalogue, taken.contents), catalogue)):
        return _refused(line, "secrets", secrets)
    return Verdict(line)


def _refused(line: Example, by: By, reasons: Sequence[CliProblem | Refusal]) -> Verdict:
    message = reasons[0].message
    cause = message if by == "refusals" else re.sub(r"`[^`]*`", "`...`", message)
    return Verdict(line, by, cause, reasons[0].remedy)


def _first(read: ParsedCli, name: str, default: str) -> str:
    given = read.globals.get(name)
    return given[0] if isinstance(given, tuple) else default


class Folder(FileSource):
    """The folder of a plan: whatever a line names is there, as an empty JSON object."""

    _NAMED = re.compile(r"(fileb?://)([^\s,'\"\]}]+)")

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def at_home(self, word: str) -> str:
        """The word with every file that it names brought into the folder."""
        return self._NAMED.sub(lambda found: found[1] + self._written(found[2]), word)

    def _written(self, path: str) -> str:
        name = re.split(r"[/\\:]", path)[-1] or "folder"
        file = self._folder / name
        if not file.exists():
            file.write_bytes(STAND_IN)
            file.chmod(0o600)
        return name

    def take(self, named: Named) -> tuple[FrozenFile, bytes | None] | NotTaken:
        path = self._folder / self._written(named.path)
        if path.is_dir():
            return FrozenFile(kind=FileKind.PLACE, written=named.written, origin=str(path)), None
        content = path.read_bytes()
        frozen = FrozenFile(
            kind=named.kind,
            written=named.written,
            origin=str(path),
            sha256=hashlib.sha256(content).hexdigest(),
            secret=named.secret,
        )
        return frozen, None if named.secret else content

    def why_not_written(self, path: str) -> NotTaken | None:
        return None

    def keep(self) -> None:
        pass


# ---------------------------------------------------------------- the table


def table(lines: Sequence[Example], found: Sequence[Verdict]) -> Iterator[str]:
    """All that is left out and refused, by cause, with counts."""
    yield f"{len(lines):6,}  lines among the examples begin with `aws`"
    forms = Counter(line.form for line in lines)
    for form, meaning in FORMS.items():
        if forms[form]:
            yield f"{forms[form]:6,}    {meaning}"
    yield f"{len(found):6,}  whole commands"
    invalid = [one for one in found if not one.valid]
    yield f"{len(invalid):6,}    awscli refuses as well"
    yield from _causes(invalid)
    valid = len(found) - len(invalid)
    yield f"{valid:6,}  commands that awscli reads"
    yield f"{sum(one.by is None for one in found):6,}    taken"
    for by, meaning in (("refusals", "refused by default"), ("files", "files"), ("secrets", "literal secrets")):
        some = [one for one in found if one.by == by]
        yield f"{len(some):6,}    {meaning}"
        yield from _causes(some)
    outside = outside_the_lists(found)
    yield f"{len(outside):6,}    refused outside these lists ({len(outside) / valid:.2%})"
    yield from _causes(outside)


def _causes(found: Sequence[Verdict]) -> Iterator[str]:
    for cause, count in Counter(one.cause for one in found).most_common():
        yield f"{count:6,}      {cause}"


def main() -> None:
    lines = list(examples())
    with tempfile.TemporaryDirectory() as folder:
        found = verdicts(lines, Path(folder))
    print("\n".join(table(lines, found)))
    if "--all" in sys.argv:
        for one in found:
            if one.by is not None:
                print(f"{one.by}: {one.example.place}: {one.cause}: {one.remedy}")


if __name__ == "__main__":
    main()
