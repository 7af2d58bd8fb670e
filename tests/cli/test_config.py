"""`config`, `reset-terminal`, what `doctor` says of the terminal, and the options before a verb."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from cloudops_tui.cli.surroundings import _tmux_facts
from cloudops_tui.window import LEAVE
from tests.cli.program import Program
from tests.terminal.pty_screen import Terminal


@pytest.fixture
def configured(program: Program) -> Program:
    file = program.state.parent / "config.toml"
    file.write_text('[ui]\ntheme = "sea"\nbell = false\n\n[themes.sea]\nok = "#00aa55"\n')
    program.environment = {"CLOUDOPS_CONFIG": str(file)}
    return program


def test_every_value_is_shown_with_its_origin(configured: Program) -> None:
    configured.environment = {**configured.environment, "CLOUDOPS_UI__BELL": "yes"}
    shown = json.loads(configured("--read-only", "--theme", "light", "config", "show", "--json").out)

    found = {one.pop("setting"): one for one in shown}
    file = configured.environment["CLOUDOPS_CONFIG"]
    assert found["ui.theme"] == {"value": "light", "from": "flag", "name": "--theme"}
    assert found["ui.bell"] == {"value": True, "from": "environment", "name": "CLOUDOPS_UI__BELL"}
    assert found["themes.sea.ok"] == {"value": "#00aa55", "from": "file", "path": file, "line": 6}
    assert found["safety.read_only"] == {"value": True, "from": "flag", "name": "--read-only"}
    assert found["execution.command_timeout"] == {"value": "5m", "from": "default"}


def test_a_flag_counts_for_one_command_alone(configured: Program) -> None:
    configured("--theme", "light", "config", "show")

    assert '"sea"' in configured("config", "show").out


def test_what_is_wrong_is_listed_whole_and_nothing_else_runs(configured: Program) -> None:
    assert configured("config", "validate").code == 0
    configured.environment = {**configured.environment, "CLOUDOPS_UI__COLOR": "17"}
    file = configured.environment["CLOUDOPS_CONFIG"]
    with open(file, "a", encoding="utf-8") as more:
        more.write("[safty]\nread_only = true\n")

    ended = configured("config", "validate")
    assert ended.code == 2
    assert f"{file}:7: `safty` is not a setting; did you mean `safety`?" in ended.out
    assert "CLOUDOPS_UI__COLOR: `ui.color`: `17` is not one of its values" in ended.out
    said = json.loads(configured("config", "validate", "--json").out)
    assert (said["ok"], len(said["problems"])) == (False, 2)
    for verb in (["config", "show"], ["queue"]):
        refused = configured(*verb)
        assert (refused.code, refused.out) == (2, "")
        assert "`safty` is not a setting" in refused.err


def test_keys_and_columns_that_cannot_be_are_told_by_validate_and_by_doctor(configured: Program) -> None:
    file = configured.environment["CLOUDOPS_CONFIG"]
    with open(file, "a", encoding="utf-8") as more:
        more.write('[keys]\n"plan.aprove" = ["A"]\n')
    keys = {one["name"]: one["value"] for one in json.loads(configured("doctor", "--json").out)["findings"]}["keys"]
    with open(file, "a", encoding="utf-8") as more:
        more.write('[columns]\nqueue = ["agee"]\nhistory = ["wen"]\n')

    said, doctor = configured("config", "validate"), configured("doctor")

    for told in (said.out, doctor.out):
        assert "`agee` is no column of the queue" in told
        assert "`wen` is no column of the history" in told
    [of_key] = (line for line in said.out.splitlines() if "plan.aprove" in line)
    number = Path(file).read_text(encoding="utf-8").splitlines().index('"plan.aprove" = ["A"]') + 1
    assert of_key.startswith(f"{file}:{number}: ")
    assert "plan.aprove" in keys
    assert (said.code, doctor.code) == (2, 1)


def test_a_theme_that_does_not_exist_is_refused_with_the_nearest(configured: Program) -> None:
    ended = configured("--theme", "lihgt", "queue")

    assert ended.code == 2
    assert "--theme: `ui.theme`: No theme is called `lihgt`; did you mean `light`?" in ended.err


def test_a_terminal_is_put_right_and_what_is_none_is_left_alone(program: Program) -> None:
    ended = program("reset-terminal")
    assert (ended.code, ended.out) == (2, "")
    assert "not a terminal" in ended.err

    with Terminal([sys.executable, "-m", "cloudops_tui", "reset-terminal"], os.environ) as terminal:
        assert terminal.ends() == 0
        assert bytes(terminal.raw) == LEAVE.encode()


def test_doctor_says_how_the_screen_is_drawn_and_why(program: Program) -> None:
    program.environment = {"NO_COLOR": "1", "LC_ALL": "C", "EDITOR": "no-such-editor -w", "CLOUDOPS_UI__PAGER": "none"}
    found = {one["name"]: one["value"] for one in json.loads(program("doctor", "--json").out)["findings"]}

    assert found["colours"] == "none (NO_COLOR is set)"
    assert found["glyphs"] == "ascii (LC_ALL=C)"
    assert found["editor"] == "no-such-editor -w (EDITOR; there is no such program)"
    assert found["pager"].startswith("none")
    assert found["last crash"] == "none"


@pytest.mark.parametrize(
    ("escape", "clipboard", "told"),
    [
        ("500", "external", [("tmux", "tmux 3.3a"), ("tmux escape-time", "500 ms; Esc is slow: `set -sg escape-time 10`"
                              " in ~/.tmux.conf, or use q"), ("tmux set-clipboard", "external")]),
        ("10", "off", [("tmux", "tmux 3.3a"), ("tmux escape-time", "10 ms"),
                       ("tmux set-clipboard", "off; what is yanked stays in tmux: `set -s set-clipboard on`")]),
        (None, None, [("tmux", "tmux 3.3a")]),
    ],
    ids=["as it comes", "set by hand", "silent"],
)  # fmt: skip
def test_tmux_is_advised_only_where_something_would_serve_better(
    escape: str | None, clipboard: str | None, told: list[tuple[str, str]]
) -> None:
    assert _tmux_facts("tmux 3.3a", escape, clipboard) == told
