"""Whether the canonical line makes awscli send the request that the line as written makes it send.

`python -m tests.executors.same_requests 300` asks that of 300 lines out of awscli's own examples.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cloudops_tui.executors.catalogue import the_catalogue
from cloudops_tui.policy.cli_grammar import ParsedCli, canonical, parse
from cloudops_tui.policy.refusals import refused
from tests.executors.loopback import Asked, Loopback, Says, loopback, refusal
from tests.policy.awscli_corpus import Folder
from tests.policy.awscli_examples import Example, examples

DRIVER = Path(__file__).parent / "awscli_driving.py"
REGION = "us-east-1"
SEED = 20_241
STUB = "http://stub.invalid"
"""Stands for the server's address in the words of a line."""

KINDS: Mapping[str, Sequence[str]] = {
    "structure": ("structure",),
    "list": ("list",),
    "map": ("map",),
    "number": ("integer", "long", "float", "double"),
    "timestamp": ("timestamp",),
    "blob": ("blob",),
}
"""Types of values, by the word that the sample is drawn by."""


@dataclass(frozen=True)
class Line:
    """One command line as it was written and as we would run it."""

    example: Example
    written: tuple[str, ...]
    """After `aws`, with its files in the plan's folder."""
    ours: tuple[str, ...]
    kinds: frozenset[str]
    """What occurs in it: types of values, `flag`, `json`, `shorthand`, `positional`, `order`, `repeat`, `file`."""


@dataclass(frozen=True)
class Compared:
    """What awscli sent for both."""

    line: Line
    written: tuple[str, ...]
    ours: tuple[str, ...]
    complaint: str
    """What awscli said about the line as written."""
    steady: bool = True
    """The line as written does the same when it runs once more; a few hold the time of day."""

    @property
    def same(self) -> bool:
        return self.written == self.ours

    @property
    def sent(self) -> bool:
        """At least one request left."""
        return bool(self.written)


def lines_of(examples_: Iterable[Example], folder: Path) -> list[Line]:
    """The lines that may be in a plan as far as their words go, files and secrets aside."""
    source = Folder(folder)
    found = []
    for example in examples_:
        if example.form != "command":
            continue
        written = tuple(source.at_home(word) for word in example.words)
        if written[:1] == ("s3",):
            written = tuple(_local(word, folder, written) for word in written)
        read = parse(written, the_catalogue())
        if not isinstance(read, ParsedCli) or "--profile" in read.globals:
            continue
        region = read.globals.get("--region")
        if not list(refused(read, "default", region[0] if isinstance(region, tuple) else REGION)):
            kept = {name: given for name, given in read.globals.items() if name != "--region"}
            found.append(Line(example, written, canonical(replace(read, globals=kept))[1:], _kinds(read)))
    return found


def _local(word: str, folder: Path, line: Sequence[str]) -> str:
    """A path of this machine in a line of `s3`, brought into the folder and made to stand there."""
    if not word.startswith(("/", ".", "C:")) and not (word in line[2:4] and "://" not in word and word[:1] != "-"):
        return word
    name = re.split(r"[/\\:]", word.rstrip("/\\"))[-1].strip(".") or "here"
    if "sync" in line or "--recursive" in line:
        for inner in ("a.txt", "b.jpg", "logs/c.log", ".git/e"):
            (folder / name / inner).parent.mkdir(parents=True, exist_ok=True)
            (folder / name / inner).write_text("x")
    elif not (folder / name).exists():
        (folder / name).write_text("x")
    return name


def _kinds(read: ParsedCli) -> frozenset[str]:
    kinds = {"positional"} if read.positionals else set()
    kinds |= {"order"} if len(read.ordered) > 1 else set()
    kinds |= {"custom"} if read.shape.operation is None else set()
    for name, given in read.options.items():
        option = read.shape.options[name]
        if not isinstance(given, tuple):
            kinds.add("flag")
            continue
        kinds |= {kind for kind, types in KINDS.items() if option.type in types}
        kinds |= {"repeat"} if option.kind == "repeat" else set()
        for word in given:
            kinds |= {"json"} if word.lstrip().startswith(("{", "[")) else set()
            kinds |= {"file"} if word.startswith(("file://", "fileb://")) else set()
            if option.type in ("structure", "list", "map") and re.match(r"\w+=", word):
                kinds.add("shorthand")
    return frozenset(kinds)


def sample(lines: Sequence[Line], count: int, seed: int = SEED) -> list[Line]:
    """`count` lines of services that are not all the same, every kind of value among them, the rarest first."""
    chance = random.Random(seed)
    shuffled = chance.sample(lines, len(lines))
    frequency = Counter(kind for line in lines for kind in line.kinds)
    chosen: list[Line] = []
    for kind, _ in sorted(frequency.items(), key=lambda item: item[1]):
        wanted = max(1, count // (2 * len(frequency)))
        others = [line for line in shuffled if kind in line.kinds and line not in chosen]
        chosen += others[:wanted]
    rest = [line for line in shuffled if line not in chosen]
    return [*chosen, *rest][:count]


def compared(lines: Sequence[Line], folder: Path) -> list[Compared]:
    """What awscli sends for each line, as written and as ours; every request ends at a server on 127.0.0.1."""
    found = _compared(lines, folder)
    doubtful = [one for one in found if not one.same]
    if not doubtful:
        return found
    first, second = (_compared([replace(one.line, ours=one.line.written) for one in doubtful], folder) for _ in "ab")
    unsteady = {one.line.example for one, again in zip(first, second, strict=True) if one.written != again.written}
    return [replace(one, steady=one.line.example not in unsteady) for one in found]


def asked_by(lines: Sequence[tuple[Sequence[str], str]], folder: Path) -> tuple[list[Asked], dict[str, str]]:
    """All that awscli sends for lines with their marks, and what it complains about, by mark; `STUB` is the server."""
    with loopback(_answer) as stub:
        ends = ("--endpoint-url", STUB)
        given = [([word.replace(STUB, stub.address) for word in (*words, *ends)], mark) for words, mark in lines]
        answers = _driven(given, stub, folder)
    return stub.asked, answers


def _compared(lines: Sequence[Line], folder: Path) -> list[Compared]:
    sides = [{side: words for words, side in _sides(line)} for line in lines]
    differ = [one["written"] != one["ours"] for one in sides]  # the same words need not be asked about twice
    both = [
        (one[side], f"line-{at}-{side}")
        for at, one in enumerate(sides)
        for side in (("written", "ours") if differ[at] else ("written",))
    ]
    requests, answers = asked_by(both, folder)
    sent: dict[str, list[str]] = defaultdict(list)
    for asked in requests:
        mark = re.search(r"line-\d+-\w+", asked.headers.get("user-agent", ""))
        sent[mark[0] if mark else ""].append(_told(asked, lines))
    assert not sent[""], "a request without its mark"
    return [
        Compared(
            line,
            tuple(sorted(sent[f"line-{at}-written"])),
            tuple(sorted(sent[f"line-{at}-{'ours' if differ[at] else 'written'}"])),
            answers[f"line-{at}-written"],
        )
        for at, line in enumerate(lines)
    ]


def _sides(line: Line) -> list[tuple[tuple[str, ...], str]]:
    region = () if any(word.split("=")[0] == "--region" for word in line.written) else ("--region", REGION)
    ours = () if line.ours == line.written and not region else ("--region", REGION)
    return [((*line.written, *region), "written"), ((*line.ours, *ours), "ours")]


def _driven(lines: Sequence[tuple[Sequence[str], str]], stub: Loopback, folder: Path) -> dict[str, str]:
    """What awscli complains about, by mark."""
    home = folder.parent
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_ENDPOINT_URL": stub.address,
        # Whatever does not go to the stub goes to a proxy that is not there.
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1",
        "TZ": "UTC",
    }
    given = json.dumps([{"words": list(words), "mark": mark} for words, mark in lines])
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", str(DRIVER)],
        input=given, capture_output=True, text=True, env=environment, cwd=folder, check=True,
    )  # fmt: skip
    said = json.loads(answer.stdout)
    return {mark: one["errors"].strip() for (_, mark), one in zip(lines, said, strict=True)}


# ---------------------------------------------------------------- the server

_LISTED = ("a.txt", "b.jpg", "logs/c.log", "logs/d.txt", ".git/e")
_ENTRIES = "".join(
    f"<Contents><Key>{key}</Key><Size>1</Size><ETag>&quot;e&quot;</ETag><StorageClass>STANDARD</StorageClass>"
    f"<LastModified>2024-01-01T00:00:00.000Z</LastModified></Contents>"
    for key in _LISTED
)
_LISTING = f"<ListBucketResult><IsTruncated>false</IsTruncated>{_ENTRIES}</ListBucketResult>".encode()
_REFUSED = refusal("RefusedByTheStub")
_OBJECT = {"ETag": '"e"', "Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"}


def _answer(asked: Asked) -> Says:
    """S3 goes on from a listing; everything else is refused, so that a line ends with its first request."""
    if "/s3/aws4_request" not in asked.headers.get("authorization", ""):
        return _REFUSED
    if "list-type=2" in asked.path:
        return Says(body=_LISTING)
    if asked.method in ("GET", "HEAD") and "?" not in asked.path:
        return Says(body=b"x", headers=_OBJECT) if asked.method == "GET" else Says(headers=_OBJECT)
    return Says(headers={"ETag": '"e"'})


# ---------------------------------------------------------------- comparing

_IGNORED = frozenset(
    {
        "accept-encoding", "amz-sdk-invocation-id", "amz-sdk-request", "authorization", "connection", "content-md5",
        "host", "user-agent", "x-amz-content-sha256", "x-amz-date", "x-amz-checksum-crc32", "expect", "date",
    }
)  # fmt: skip
"""Headers that tell of the moment, the machine or the body, which is compared itself."""
_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_SIGNED = re.compile(rb"X-Amz-(?:Date|Signature)(?:=|%3D)[0-9A-Za-z]+")


def _told(asked: Asked, lines: Sequence[Line]) -> str:
    """A request in words, without what differs from one time to the next."""
    number = int((re.search(r"line-(\d+)", asked.headers["user-agent"]) or ["", "0"])[1])
    named = " ".join(lines[number].written).encode()
    raw = json.dumps([asked.path, asked.body.decode("latin-1")]).encode()
    headers = sorted((name, value) for name, value in asked.headers.items() if name not in _IGNORED)
    # Tokens that awscli makes up are random UUIDs; those that the line itself names count.
    masked = _UUID.sub(lambda found: found[0] if found[0] in named else b"<token>", _SIGNED.sub(b"<signed>", raw))
    told_headers = _UUID.sub(b"<token>", json.dumps(headers).encode())
    return f"{asked.method} {masked.decode()} {told_headers.decode()}"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room) / "plan"
        folder.mkdir()
        found = compared(sample(lines_of(examples(), folder), count), folder)
    kinds = Counter(kind for one in found if one.sent for kind in one.line.kinds)
    print(f"{len(found)} lines, {sum(one.sent for one in found)} of them sent a request")
    print(f"{sum(one.same for one in found)} lines do the same as written and as ours")
    print(f"{sum(not one.steady for one in found)} lines do something else each time")
    print("what occurs in those that sent: " + ", ".join(f"{kind} {many}" for kind, many in kinds.most_common()))
    for one in found:
        if not one.same and one.steady:
            print(f"DIFFERENT {one.line.example.place}\n  {one.written}\n  {one.ours}")
    complaints = Counter(re.sub(r"\s+", " ", one.complaint)[:90] for one in found if not one.sent)
    for complaint, many in complaints.most_common():
        print(f"{many:4} sent nothing: {complaint}")


if __name__ == "__main__":
    main()
