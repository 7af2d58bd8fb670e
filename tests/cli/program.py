"""The real program in a process of its own, with a home and a state folder of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cloudops_tui.engine.living import started
from tests.cli.warm import Started

Json = dict[str, Any]

PATIENCE = 180.0  # seconds; a busy machine starts `aws` slowly

ACCOUNT = "123456789012"


@dataclass(frozen=True)
class Ended:
    """A run of the program that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        assert self.out.isascii()
        return json.loads(self.out)


@dataclass
class Program:
    """Runs `cloudops-tui` with one state folder."""

    state: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *words: str, stdin: str | bytes = b"") -> Ended:
        child = self.start(*words)
        data = stdin.encode() if isinstance(stdin, str) else stdin
        out, err = child.communicate(data, timeout=PATIENCE)
        ended = Ended(child.wait(), out.decode(), err.decode())
        assert "Traceback" not in ended.err, ended.err
        return ended

    def start(self, *words: str) -> Started:
        """Start it, warm, and leave it running."""
        return Started(("--state-dir", str(self.state), *words), {**os.environ, **self.environment})

    def cold(self, *words: str) -> subprocess.Popen[bytes]:
        """Start it as a user does, imports and all, and leave it running."""
        return subprocess.Popen(
            [sys.executable, "-m", "cloudops_tui", "--state-dir", str(self.state), *words],
            env={**os.environ, **self.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            restore_signals=True,
        )

    def json(self, *words: str, stdin: str | bytes = b"") -> Any:
        """What a verb prints with `--json`, which has to succeed."""
        ended = self(*words, "--json", stdin=stdin)
        assert ended.code == 0, (ended.code, ended.out, ended.err)
        return ended.json


Child = Started | subprocess.Popen[bytes]


def finish(child: Child) -> Ended:
    """Wait for a started program."""
    out, err = child.communicate(timeout=PATIENCE)
    return Ended(child.wait(), out.decode(), err.decode())


def end(child: Child) -> None:
    """Whatever a test left running, with the process that does the work."""
    if child.poll() is None:
        for pid in (*children(child.pid), child.pid):
            with suppress(ProcessLookupError):  # it may have come to its end by itself meanwhile
                os.kill(pid, signal.SIGKILL)
    child.communicate()


def children(pid: int) -> list[int]:
    """Processes that it forked and that live: of a program that drives executions, the one that does."""
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def lives(pid: int) -> bool:
    """The process is there, and no zombie."""
    return started(pid) is not None


def until(holds: Callable[[], Any], what: str) -> Any:
    """Wait for a condition, with a deadline; its first true value."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if value := holds():
            return value
        time.sleep(0.05)  # between two looks
    raise AssertionError(f"Not within {PATIENCE:.0f} s: {what}")


# --- plans -----------------------------------------------------------------------------------------------------------


def identifier(number: int) -> str:
    return f"{number:08x}-1111-4111-8111-111111111111"


def cli(number: int, words: str, *args: str, risk: str = "ReadOnly", **additive: Any) -> Json:
    kind = {"Cli": {"command": f"aws {words}", "args": list(args), "supports_dry_run": False}}
    return _command(number, kind, f"aws {words}", risk) | additive


def sdk(number: int, service: str, operation: str, parameters: Any = None, *, risk: str = "ReadOnly") -> Json:
    kind = {"Sdk": {"service": service, "operation": operation, "parameters": parameters or {}}}
    return _command(number, kind, f"{service} {operation}", risk)


def plan(*commands: Json, number: int = 0xA0000000, risk: str = "ReadOnly", **changed: Any) -> Json:
    return {
        "id": identifier(number),
        "description": "A plan of the tests",
        "commands": list(commands),
        "mode": "Sequential",
        "risk_level": risk,
        "rollback_strategy": None,
        "estimated_duration": None,
    } | changed


def _command(number: int, kind: Json, description: str, risk: str) -> Json:
    return {
        "id": identifier(number),
        "command_type": kind,
        "description": description,
        "risk_level": risk,
        "profile": "default",
        "region": "us-east-1",
    }


def write(folder: Path, document: Json, name: str = "plan.json") -> str:
    path = folder / name
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")
    return str(path)


def make_bucket(bucket: str, number: int = 1) -> Json:
    return sdk(number, "s3", "CreateBucket", {"Bucket": bucket}, risk="Modify")


def delete_bucket(bucket: str, number: int = 2) -> Json:
    return cli(number, "s3api delete-bucket", "--bucket", bucket, risk="Destructive")
