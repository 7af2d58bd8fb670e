"""Starts the embedded AWS, tells how to reach it, and ends it."""

from __future__ import annotations

import asyncio
import json
import os
import select
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Mapping
from configparser import RawConfigParser
from pathlib import Path
from types import TracebackType
from typing import Any, Self

START_WITHIN = 90.0  # seconds; importing moto and seeding take about 7 on two idle cores
STOP_WITHIN = 3.0  # seconds of patience before each stronger request to end

PROFILES = ("default", "storefront")
"""The profiles that the demo's plans name; all lead to the same throwaway operator."""

INSTALL_DEMO = "run `pip install 'cloudops-tui[demo]'`"


class EmbeddedAwsFailed(Exception):
    """The embedded AWS did not start; the text says why and what to do."""


class EmbeddedAws:
    """moto's server in a child process that ends with this one, reachable at one loopback endpoint.

    `start` and `stop` block and may be called from any thread; `async with` does the same without blocking the loop.
    The child's log is `embedded-aws.log` in `state_dir`, which is created, for its owner only, when absent.
    `python` is the interpreter of the child; it needs the extra `demo`.
    """

    def __init__(self, state_dir: Path, *, python: str = sys.executable, start_within: float = START_WITHIN) -> None:
        self.log_file = state_dir.absolute() / "embedded-aws.log"
        self._python = python
        self._start_within = start_within
        self._child: subprocess.Popen[bytes] | None = None
        self._greeting: dict[str, Any] | None = None

    @property
    def endpoint(self) -> str:
        """`http://127.0.0.1:PORT`, the address for every service."""
        return str(self._started()["endpoint"])

    @property
    def estate(self) -> Mapping[str, Any]:
        """The ids of what exists at the start, as plain JSON; see `estate.seed_estate`."""
        estate: Mapping[str, Any] = self._started()["estate"]
        return estate

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def start(self) -> Self:
        """Start the child and wait until its estate is there; raises `EmbeddedAwsFailed`."""
        self._spawn()
        try:
            self._await_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End the child, gently first; does nothing when none runs."""
        child, self._child, self._greeting = self._child, None, None
        if child is None:
            return
        for ask in (_close_input(child), child.terminate, child.kill):
            ask()
            try:
                child.wait(STOP_WITHIN)
                break
            except subprocess.TimeoutExpired:
                continue
        if child.stdout:
            child.stdout.close()

    async def __aenter__(self) -> Self:
        child = self._spawn()
        waiting = asyncio.ensure_future(asyncio.to_thread(self._await_ready))
        try:
            await asyncio.shield(waiting)
        except BaseException:
            # The waiting thread reads the child's output; it must have left before that is closed.
            child.kill()
            await asyncio.wait([waiting])
            waiting.exception()
            self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)

    def environment(self, home: Path) -> dict[str, str]:
        """A whole environment for the demo's engine and its children, in place of `os.environ`.

        HOME is `home`; its AWS files are written (mode 0600) with throwaway keys. Nothing of the caller's AWS
        settings or proxies is left, and the folder of this interpreter's scripts comes first on PATH, so that
        the `aws` of the extra `demo` is found without an activated virtual environment.
        """
        home = home.absolute()
        _make_private_folder(home)  # first: `parents=True` would make it with the usual mode
        config, credentials = home / ".aws" / "config", home / ".aws" / "credentials"
        operator = self.estate["operator"]
        _write_private(config, _sections({_section(name): self._settings() for name in PROFILES}))
        _write_private(credentials, _sections({name: _keys(operator) for name in PROFILES}))
        return _without_aws_and_proxies(os.environ) | {
            "HOME": str(home),
            "PATH": os.pathsep.join((sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath))),
            "AWS_CONFIG_FILE": str(config),
            "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }

    def _settings(self) -> dict[str, str]:
        return {"region": self.estate["region"], "output": "json"}

    def _started(self) -> dict[str, Any]:
        if self._greeting is None:
            raise EmbeddedAwsFailed("The embedded AWS is not running; call `start` first")
        return self._greeting

    def _spawn(self) -> subprocess.Popen[bytes]:
        if self._child is not None:
            raise EmbeddedAwsFailed("The embedded AWS is running already; call `stop` first")
        _make_private_folder(self.log_file.parent)
        descriptor = os.open(self.log_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            self._child = subprocess.Popen(
                # -P: a `moto.py` in the current folder is not what we mean.
                [self._python, "-P", "-m", f"{__package__}.server", "--parent", str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=descriptor,
                env=_environment_of_child(),
                cwd=self.log_file.parent,
                start_new_session=True,  # ctrl+c on the terminal is for the program, not for its AWS
            )
        except OSError as error:
            raise EmbeddedAwsFailed(f"The embedded AWS cannot start `{self._python}`: {error.strerror}") from error
        finally:
            os.close(descriptor)
        return self._child

    def _await_ready(self) -> None:
        child = self._child
        assert child is not None
        assert child.stdout is not None
        line = _first_line(child.stdout.fileno(), time.monotonic() + self._start_within)
        if line is None:
            raise EmbeddedAwsFailed(
                f"The embedded AWS was not ready within {self._start_within:g} s; see `{self.log_file}`"
            )
        if not line:
            raise EmbeddedAwsFailed(f"The embedded AWS ended while starting: {self._last_words()}")
        said = json.loads(line)
        if "missing" in said:
            raise EmbeddedAwsFailed(f"The demo needs the Python package `{said['missing']}`; {INSTALL_DEMO}")
        self._greeting = said

    def _last_words(self) -> str:
        lines = self.log_file.read_text(encoding="utf-8", errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "no reason given")
        printable = "".join(letter if letter.isprintable() else "?" for letter in last)
        return f"{printable[:300]}; see `{self.log_file}`"


def _first_line(descriptor: int, deadline: float) -> bytes | None:
    """The first line of a pipe, empty when it closes before, None when the deadline (monotonic) passes."""
    read = b""
    while not read.endswith(b"\n"):
        if not select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
            return None
        block = os.read(descriptor, 65536)
        if not block:
            return b""
        read += block
    return read


def _close_input(child: subprocess.Popen[bytes]) -> Callable[[], None]:
    assert child.stdin is not None
    return child.stdin.close


def _environment_of_child() -> dict[str, str]:
    package_root = str(Path(__file__).parents[3])  # a source tree is not always installed
    paths = [path for path in (os.environ.get("PYTHONPATH"), package_root) if path]
    return _without_aws_and_proxies(os.environ) | {
        "PYTHONPATH": os.pathsep.join(paths),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",  # hundreds of images that no plan looks at
    }


def _without_aws_and_proxies(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if not name.upper().startswith(("AWS_", "BOTO", "MOTO_")) and not name.upper().endswith("_PROXY")
    }


def _section(profile: str) -> str:
    return profile if profile == "default" else f"profile {profile}"


def _keys(operator: Mapping[str, str]) -> dict[str, str]:
    return {
        "aws_access_key_id": operator["access_key_id"],
        "aws_secret_access_key": operator["secret_access_key"],
    }


def _sections(sections: Mapping[str, Mapping[str, str]]) -> RawConfigParser:
    parser = RawConfigParser(default_section="\0")  # `default` is an ordinary profile here
    parser.read_dict(sections)
    return parser


def _write_private(path: Path, content: RawConfigParser) -> None:
    _make_private_folder(path.parent)
    path.unlink(missing_ok=True)  # the mode below holds only for a new file
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        content.write(out)


def _make_private_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
