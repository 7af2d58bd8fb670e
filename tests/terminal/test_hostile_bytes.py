"""What strangers write, through every field, stream and screen, in a real terminal: seen, and obeyed by nobody.

The plan, the file's name, the prompt, the editor, AWS, the `aws` program and the environment all say the same payloads.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.executors.loopback import Asked, Loopback, Says, loopback
from tests.patience import PATIENT
from tests.terminal.escapes import foreign
from tests.terminal.pty_screen import Terminal

PROGRAM = [*PATIENT, "-m", "cloudops_tui"]
CTRL_Y = "\x19"

PAYLOADS = {
    "osc52": "\x1b]52;c;RVZJTA==\x1b\\",
    "title": "\x1b]0;EVIL\x07",
    "clear": "\x1b[2J\x1b[H",
    "c1": "\x9b2J",
    "colour": "\x1b[31;5mred\x1b[8m",
    "bidi": "\u202eevil\u202c",
    "isolate": "\u2066x\u2069",
    "invisible": "a\u200b\ufeff\u2060b",
    "tags": "\U000e0041\U000e0042",
    "crash": "[/x]",
    "link": "[@click=app.quit]q[/]",
    "return": "seen\rhidden",
    "separator": "\u2028line",
    "pile": "z" + "\u0301" * 40,
    "del": "\x7f\x08\x08",
}
"""SECURITY: what reached the terminal, or ran, from an unguarded Textual widget."""

HOSTILE = "".join(f"<{name}>{text}" for name, text in PAYLOADS.items())
ONE_LINE = HOSTILE.replace("\r", "")
SHORT = "<osc52>\x1b]52;c;QQ==\x07\u202e\x9b[/x]"
SHOWN = r"<osc52>\x1b]52;c;QQ==\x07\u202e\x9b[/x]"
"""How the short one is seen, everywhere."""
IN_JSON = r"<osc52>\u001b]52;c;QQ==\u0007\u202e\x9b[/x]"
"""And where a value stands as JSON, which has escapes of its own."""

BYTES = SHORT.encode() + b" \xff\xfe\x00 \xc3 " + HOSTILE.encode() + b"\n"
"""What a child says: no UTF-8, a NUL and a letter that was cut in two besides."""


def stranger(number: int, kind: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {
        "id": str(uuid.UUID(int=number)),
        "command_type": kind,
        "description": f"{name} {SHORT}{HOSTILE}",
        "risk_level": "ReadOnly",
        "profile": "default",
        "region": "us-east-1",
    }


def document(number: int, commands: list[dict[str, Any]], name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid.UUID(int=number)),
        "description": f"{name} {SHORT}{HOSTILE}{'x' * 2000}",
        "commands": commands,
        "mode": "Parallel",
        "risk_level": "Modify",
        "rollback_strategy": None,
        "estimated_duration": None,
        **more,
    }


def sdk(service: str, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return {"Sdk": {"service": service, "operation": operation, "parameters": parameters}}


def aws(*words: str) -> dict[str, Any]:
    return {"Cli": {"command": "aws", "args": list(words), "supports_dry_run": False}}


def answer(asked: Asked) -> Says:
    """AWS, in the hands of whoever writes tags and error messages."""
    if b"GetCallerIdentity" in asked.body:
        arn = f"arn:aws:sts::123456789012:assumed-role/r\u202e\u009b{'o' * 20}/me"
        body = (
            '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
            f"<Arn>{arn}</Arn><UserId>A</UserId><Account>123456789012</Account>"
            "</GetCallerIdentityResult></GetCallerIdentityResponse>"
        )
        return Says(200, body.encode(), {"Content-Type": "text/xml"})
    said = json.dumps({"Parameter": {"Name": SHORT, "Value": HOSTILE + "\ud800", "Type": "String", "Version": 1}})
    if "GetParameter" in asked.headers.get("x-amz-target", ""):
        return Says(200, said.encode(), {"Content-Type": "application/x-amz-json-1.1"})
    error = {"__type": f"Bad{SHORT}", "message": f"AWS says {SHORT}{HOSTILE}"}
    return Says(400, json.dumps(error).encode(), {"Content-Type": "application/x-amz-json-1.1"})


@pytest.mark.parametrize("payload", [text for name, text in PAYLOADS.items() if name not in ("crash", "link", "pile")])
def test_each_payload_would_be_found_in_the_stream(payload: str) -> None:
    assert foreign(b"\x1b[1;1H\x1b[1;38;2;169;199;238;48;2;16;20;27mtext\x1b[0m\r\n" * 2) == []
    assert foreign(f"text{payload}".replace("\r", "\x1b[5m").encode()) != []


@pytest.fixture
def endpoint() -> Iterator[Loopback]:
    with loopback(answer) as server:
        yield server


@pytest.fixture
def environment(tmp_path: Path, endpoint: Loopback, home: Path) -> dict[str, str]:
    said = tmp_path / "said"
    said.write_bytes(BYTES)
    stand_in = tmp_path / "aws"
    stand_in.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && { echo aws-cli/1.46.3 Python/3 Linux/6 botocore/1; exit; }\n'
        f'cat "{said}"; cat "{said}" >&2; exit 3\n'
    )
    editor = tmp_path / "editor"
    editor.write_text(
        f"#!{sys.executable}\nimport json, pathlib, sys\np = pathlib.Path(sys.argv[1])\nd = json.loads(p.read_text())\n"
        f"d['description'] = 'Edited ' + {SHORT!a}\n"
        f"if d.pop({SHORT!a}, None) is None: d[{SHORT!a}] = 1\n"  # the first time it is no plan
        "p.write_text(json.dumps(d))\n"
    )
    for program in (stand_in, editor):
        program.chmod(0o755)
    config = tmp_path / "config.toml"
    config.write_text(f'[cli]\ncli_path = "{stand_in}"\n[ui]\narm_ms = 1\n[approval]\ndry_run_before_approval = true\n')
    return {
        **os.environ,
        "CLOUDOPS_UI__BELL": "no",  # one of ours would look like one of theirs
        "AWS_ENDPOINT_URL": endpoint.address,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "CLOUDOPS_STATE_DIR": str(tmp_path / "state"),
        "CLOUDOPS_CONFIG": str(config),
        "TERM": "xterm-256color",
        "EDITOR": str(editor),
        "LOGNAME": f"al{SHORT}",
        "SUDO_USER": SHORT,
        "SSH_CONNECTION": SHORT,
        "HTTPS_PROXY": f"http://127.0.0.1:9/{SHORT.replace(chr(0x1b), '')}",
    }


@pytest.fixture
def waiting(environment: dict[str, str], tmp_path: Path) -> list[str]:
    """Three plans in the queue: one that runs, one that is refused for what it says, one that is no JSON at all."""
    plan = document(
        1,
        [
            stranger(11, aws("ssm", "get-parameter", "--name", ONE_LINE), "The child"),
            stranger(12, sdk("ssm", "GetParameter", {"Name": HOSTILE}), "The answer"),
            stranger(13, sdk("sqs", "SetQueueAttributes", {"QueueUrl": "q", "Attributes": {HOSTILE: SHORT}}), "Keys"),
        ],
        "Runs",
        rollback_strategy={"trigger": "Manual", "compensations": {str(uuid.UUID(int=12)): [
            stranger(14, aws("ssm", "get-parameter", "--name", SHORT), "The undoing"),
        ]}},
    )  # fmt: skip
    surrogate = document(2, [stranger(21, sdk("ssm", "GetParameter", {"Name": "\ud800" + SHORT}), "Lone")], "Lone")
    profile = document(3, [stranger(31, sdk("ssm", "GetParameter", {"Name": "x"}), "P") | {"profile": SHORT}], "P")
    folder = tmp_path / f"in{SHORT.replace('/', '_')}"
    folder.mkdir()
    files = []
    for name, content in {
        "plan": json.dumps(plan, ensure_ascii=False).encode(),
        "surrogate": json.dumps(surrogate).encode(),
        "profile": json.dumps(profile, ensure_ascii=False).encode(),
        "bytes": b'{"id": "' + BYTES,
    }.items():
        file = folder / f"{name}{SHORT.replace('/', '_')}.json"
        file.write_bytes(content)
        files.append(str(file))
    ran = subprocess.run(
        [*PROGRAM, "submit", "--prompt", f"Asked {SHORT}{HOSTILE}", *files],
        env=environment, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 2, ran.stderr  # three of them are refused, and kept
    assert foreign(ran.stdout) == []
    assert foreign(ran.stderr) == []
    return files


def test_whatever_strangers_write_is_seen_on_every_screen_and_obeyed_by_no_terminal(
    environment: dict[str, str], waiting: list[str]
) -> None:
    with Terminal(PROGRAM, environment, columns=200, rows=60) as terminal:  # rehearsed or not yet, all of it is seen

        def walk(keys: str, *texts: str) -> None:
            terminal.press(keys)
            terminal.sees(*texts)

        def leave(text: str) -> None:
            terminal.press("\x1b")
            terminal.lacks(text)

        terminal.sees(f"Runs {SHOWN}", "REVIEW", "refused")
        walk("/", "words to look for")
        walk("[/x]\r", "filter: [/x]")
        leave("filter:")
        # the review: the whole plan, each command, the rehearsal
        walk("\r", "the whole plan", "digest")
        walk("j", "command 1 of 3", r"'<osc52>\x1b]52;c;RVZJTA==")
        walk("j", "command 2 of 3", "GetParameter")
        walk("j", "command 3 of 3", "Attributes", r"<osc52>\u001b]52;c;RVZJTA==")
        walk("d", "Not rehearsable")
        walk("r", "Reject #1", f"Runs {SHOWN}")
        leave("Reject #1")
        # an edit that is no plan, and one that is
        walk("m", "is not a valid plan", SHOWN)
        walk("e", f'+  "description": "Edited {IN_JSON}', "#1 r1 to r2")
        walk("\r", "#1 r2", "edited by")
        walk("D", "#1 r1 to r2", f'+  "description": "Edited {IN_JSON}')
        walk("\r", "#1 r2", "edited by")
        # the approval, what runs, and what it says
        walk("a", "Approve #1 r2", "digest")
        walk("\x1b[6~" * 4, "│ ready")
        walk(CTRL_Y, "FAILED in", "2 failed, 1 ok")
        if terminal.sees_one("✗ 3 Keys", "✗ 1 The child") == "✗ 3 Keys":  # the cursor is on the first that failed
            terminal.press("f")
        terminal.sees("✗ 1 The child", rf"{SHOWN} \xff\xfe\x00 \xc3 <osc52>")
        walk("f", "✗ 3 Keys")
        walk("i", "AWS says")
        walk("u", "Roll back", "The undoing", "digest")
        leave("The undoing")
        walk("2", "j/k move")
        # what is remembered of it; one pane, so that no line is folded where it is looked for
        terminal.resize(155, 60)
        walk("3", "Edited", f"al{SHOWN}")
        walk("/[/x]\r", "search> [/x]")
        walk("\r", "[Outcome]", "AWS says", rf"{SHOWN} \xff\xfe\x00")
        for tab, text in {
            "Timeline": "began",
            "Approval": f"by ssh from {SHOWN}",
            "Commands": "The answer",
            "Output": rf"{SHOWN} \xff\xfe\x00 \xc3 <osc52>",
            "Difference": "The child",
            "Raw": IN_JSON,
        }.items():
            walk("]", f"[{tab}]", text)
        walk("4", f"now r2: Edited {SHOWN}", "failed")
        # what was refused, and why
        walk("1", "f next failed")
        walk("1", "/ filter")
        for key, problem, shown in (
            ("g", "Not UTF-8", SHOWN),
            ("j", "is not the name of", IN_JSON),
            ("j", "unpaired surrogate", r"<osc52>\u001b]52;c;QQ==\u0007\u202e\u009b[/x]"),
        ):
            walk(f"{key}\r", "what was handed in", problem, shown)
            leave("what was handed in")
        terminal.press("Q")
        assert terminal.ends() == 0

    assert [one.around for one in foreign(bytes(terminal.raw))] == []


VERBS = (
    ["queue", "--all"], ["history"], ["show", "1"], ["logs", "1"], ["status"], ["history", "--json"],
    ["show", "1", "--json"],
)  # fmt: skip


def test_no_verb_prints_what_strangers_wrote_as_it_is(
    environment: dict[str, str], waiting: list[str], monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    from cloudops_tui.cli.main import run

    said: dict[str, bytes] = {}
    for verb in (["run", "1"], ["check", waiting[0]], ["dry-run", waiting[0]], ["submit", f"--{SHORT}"], *VERBS):
        run(verb)
        out, err = capfdbinary.readouterr()
        said[" ".join(verb)] = out + err

    assert {verb: foreign(words) for verb, words in said.items() if foreign(words)} == {}
    for shown in ("queue --all", f"check {waiting[0]}", f"dry-run {waiting[0]}"):
        assert SHOWN.encode() in said[shown]
