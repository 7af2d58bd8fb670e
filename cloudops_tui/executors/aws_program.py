"""The one `aws` program that may be run, and what tells it apart from any other."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cloudops_tui.executors.aws_environment import child_environment, resolve
from cloudops_tui.model.target import ToolIdentity
from cloudops_tui.policy.safe_text import safe_line

ANSWER_WITHIN = 30.0  # seconds for `aws --version`; half a second where nothing else runs


class NoProgram(Exception):
    """There is no `aws` that could be run; the text names what was looked for and the remedy."""


@dataclass(frozen=True)
class AwsProgram:
    """An `aws` that answered."""

    path: Path
    """Absolute, links followed."""
    version: str
    sha256: str

    @property
    def major(self) -> int:
        """1 or 2: they differ in options, exit codes and how they read binary values."""
        return int(self.version.split(".")[0])

    @property
    def identity(self) -> ToolIdentity:
        return ToolIdentity(path=os.fspath(self.path), version=self.version, sha256=self.sha256)

    def beyond(self, table: str) -> str | None:
        """What it may know that a table of commands made from version `table` of awscli does not, in words."""
        if self.major >= 2:
            return f"judged by the commands of awscli {table}; what version 2 alone has is refused"
        if _numbers(self.version) > _numbers(table):
            return f"newer than the table of commands, awscli {table}; what it alone has is refused"
        return None

    @property
    def extra_options(self) -> tuple[str, ...]:
        """What is appended to every argv, so that version 2 reads blobs as version 1 does and waits for nobody."""
        return _OPTIONS_OF_2 if self.major >= 2 else ()


_OPTIONS_OF_2 = ("--cli-binary-format", "raw-in-base64-out", "--no-cli-pager", "--no-cli-auto-prompt")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def aws_program(cli_path: Path, environment: Mapping[str, str]) -> AwsProgram:
    """The program that `cli_path` names; blocks while a program that was not seen before is asked for its version.

    A bare name is looked for along PATH, then beside this interpreter, where the `demo` extra puts it.
    Raises NoProgram.
    """
    path = _found(cli_path, environment)
    try:
        facts = path.stat()
    except OSError as error:
        raise NoProgram(f"`{path}` cannot be run: {error.strerror}") from error
    return _asked(path, (facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size, facts.st_ino))


def _found(cli_path: Path, environment: Mapping[str, str]) -> Path:
    name = os.fspath(cli_path.expanduser())
    beside = Path(sys.executable).parent
    found = shutil.which(name, path=environment.get("PATH", os.defpath))
    if found is None and name == cli_path.name:
        found = shutil.which(name, path=os.fspath(beside))
    if found is None:
        where = "" if name != cli_path.name else " on PATH"
        raise NoProgram(f"No program `{name}`{where}; install the AWS CLI, or set `cli_path` to it")
    return Path(os.path.realpath(found))


@lru_cache(maxsize=16)
def _asked(path: Path, _signature: tuple[int, int, int, int]) -> AwsProgram:
    try:
        target = resolve("default", "us-east-1", {"HOME": "/", "AWS_CONFIG_FILE": os.devnull})
        answer = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,  # awscli before 1.17 under Python 2 said it there
            env=child_environment(target, os.environ),
            cwd="/",
            timeout=ANSWER_WITHIN,
            start_new_session=True,
            check=False,
        )
        content = path.read_bytes()
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoProgram(f"`{path}` does not answer to `--version`: {error}") from error
    said = answer.stdout.decode(errors="backslashreplace")
    version = re.search(r"aws-cli/(\d+(?:\.\d+)+\S*)", said)
    if version is None:
        said = safe_line(said.strip()[:200])
        raise NoProgram(f"`{path}` is not the AWS CLI: `--version` says `{said}`; set `cli_path` to the right one")
    return AwsProgram(path, version.group(1), hashlib.sha256(content).hexdigest())
