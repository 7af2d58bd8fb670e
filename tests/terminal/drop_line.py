"""Drop a real SSH line in the middle of a run, come back, and look: `python -m tests.terminal.drop_line`.

An `sshd` of its own on a loopback port, with keys of its own (Debian: openssh-server, openssh-client). The program runs
in the session as an operator's would: approved by keys, dropped while the first of five commands runs, found running by
a second session, followed there to its end. It prints what it saw, and ends with 1 where that is not what it should be.
"""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cloudops_tui.policy.safe_text import safe_line
from tests.cli.held_aws import HeldAws, held_aws
from tests.cli.program import Program, lives, until
from tests.terminal.pty_screen import Terminal

COMMANDS = 5
CTRL_Y = "\x19"
ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """The exit code."""
    daemon, client, keygen = (shutil.which(one, path=_path()) for one in ("sshd", "ssh", "ssh-keygen"))
    if not (daemon and client and keygen):
        print("not run: needs sshd, ssh and ssh-keygen (Debian: apt-get install openssh-server openssh-client)")
        return 0
    with tempfile.TemporaryDirectory(prefix="drop-line-") as name:
        folder = Path(name)
        (folder / "home").mkdir()
        with held_aws(folder) as aws, _sshd(folder, daemon, keygen) as port:
            environment = _environment(folder, aws)
            line = _client(folder, client, port, environment)
            return _drop(Program(folder / "state", environment), aws, line)


def _drop(program: Program, aws: HeldAws, line: list[str]) -> int:
    digest = program.json("submit", aws.plan(COMMANDS))["digest"]
    seen = Seen()
    with Terminal(line, os.environ) as terminal:
        terminal.sees("A plan of the tests", "REVIEW")
        terminal.press("\r")
        terminal.sees("digest")
        terminal.press("a")
        terminal.sees("approve and run now", "│ ready")
        terminal.press(CTRL_Y)
        until(aws.has_begun(1), "the first command runs")
        [running] = program.json("status")["running"]
        engine = running["pid"]
        began = time.monotonic()
        terminal.process.kill()
        terminal.process.wait()
        until(lambda: os.getsid(engine) == engine, "it has left the terminal")
        seen("the line is cut: seconds until it goes on without a terminal", round(time.monotonic() - began, 2))
    [running] = program.json("status")["running"]
    seen("the same process drives it, and lives", (running["pid"], running["alive"]) == (engine, True), True)
    seen("its standard descriptors", {os.readlink(f"/proc/{engine}/fd/{number}") for number in range(3)}, {os.devnull})
    with Terminal(line, os.environ) as terminal:
        terminal.sees("A plan of the tests", "running")
        terminal.press("\r")
        terminal.sees(f"Driven by process {engine}", "began 1")
        seen("a second session shows it live, with its output", True, True)
        aws.let_go(*range(1, COMMANDS + 1))
        terminal.sees(f"{COMMANDS}/{COMMANDS} commands", "Done in")
        terminal.press("Q")
        seen("exit code of the second session", terminal.ends(), 0)
    until(lambda: not lives(engine), "the process without a terminal ends")
    [record] = program.json("history")
    results = record["result"]["command_results"]
    seen("how it ended", record["result"]["status"], "Completed")
    seen("commands that ran", [one["status"] for one in results].count("Completed"), COMMANDS)
    seen("the digest that was approved is the one it ran under", record["approval_metadata"]["digest"] == digest, True)
    seen("all of the output is there", program("logs", "1").out == aws.said(*range(1, COMMANDS + 1)), True)
    return 1 if seen.wrong else 0


class Seen:
    """Prints what was seen, and counts what should have been otherwise."""

    def __init__(self) -> None:
        self.wrong = 0

    def __call__(self, what: str, found: Any, expected: Any = None) -> None:
        right = expected is None or found == expected
        self.wrong += not right
        but = "" if right else f" (expected {expected})"
        print(f"{'ok' if right else 'WRONG':<6} {what}: {found}{but}", flush=True)


@contextmanager
def _sshd(folder: Path, daemon: str, keygen: str) -> Iterator[int]:
    """Its port."""
    for name in ("host_key", "key"):
        subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    shutil.copy(folder / "key.pub", folder / "authorized_keys")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    config = folder / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host_key\n"
        f"AuthorizedKeysFile {folder}/authorized_keys\n"
        f"PidFile none\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nStrictModes no\nUsePAM no\n"
    )
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # privilege separation wants it
    server = subprocess.Popen([daemon, "-D", "-e", "-f", str(config)], stderr=(folder / "sshd.log").open("wb"))
    try:
        until(lambda: _answers(port) or server.poll() is not None, "sshd listens")
        if server.poll() is not None:
            raise SystemExit(f"sshd did not start: {safe_line((folder / 'sshd.log').read_text())}")
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def _answers(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def _client(folder: Path, client: str, port: int, environment: Mapping[str, str]) -> list[str]:
    passed = shlex.join(["env", "-u", "TMUX", *(f"{name}={value}" for name, value in environment.items())])
    program = shlex.join([sys.executable, "-m", "cloudops_tui"])
    return [
        client, "-tt", "-q", "-F", "none", "-p", str(port), "-i", str(folder / "key"), "-o", "BatchMode=yes",
        "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", f"{getpass.getuser()}@127.0.0.1",
        f"cd {shlex.quote(str(ROOT))} && {passed} {program}",
    ]  # fmt: skip


def _environment(folder: Path, aws: HeldAws) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_ENDPOINT_URL": aws.address,
        "CLOUDOPS_CONFIG": str(aws.config),
        "CLOUDOPS_STATE_DIR": str(folder / "state"),
        "HOME": str(folder / "home"),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
    }


def _path() -> str:
    return os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))


if __name__ == "__main__":
    sys.exit(main())
