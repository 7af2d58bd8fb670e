"""The configuration in layers: which value counts, where it is from, and where a mistake stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cloudops_tui.policy.configuring import Configuration, Origin, configuration, schema

FILE = """\
[ui]
theme = "light"
bell = false
tmux.popup = false

[profiles."prod"]
read_only = true

[safety]
allow = [
  "--ca-bundle",  # ] a bracket in a comment
]
read_only = false

[accounts."123456789012"]
name = '''
theme = "no setting"
'''
protected = true
"""


def read(text: str = FILE, environ: Mapping[str, str] | None = None, **flags: Any) -> Configuration:
    given: dict[tuple[str, ...], Any] = {("ui", name): (value, f"--{name}") for name, value in flags.items()}
    return configuration(text, environ or {}, given)


def where(found: Configuration, name: str) -> tuple[Any, Origin]:
    return next((value, origin) for path, value, origin in found.effective() if ".".join(path) == name)


def test_a_flag_wins_over_a_variable_and_that_over_the_file() -> None:
    environ = {"CLOUDOPS_UI__THEME": "ansi", "CLOUDOPS_UI__BELL": "on", "CLOUDOPS_UI__TMUX__POPUP": "1"}
    found = read(FILE, environ, theme="dark")

    assert found.problems == ()
    assert where(found, "ui.theme") == ("dark", Origin("flag", "--theme"))
    assert where(found, "ui.bell") == (True, Origin("environment", "CLOUDOPS_UI__BELL"))
    assert where(found, "ui.tmux.popup") == (True, Origin("environment", "CLOUDOPS_UI__TMUX__POPUP"))
    assert where(found, "ui.mouse") == (False, Origin("default"))


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("ui.theme", 2),
        ("ui.tmux.popup", 4),
        ("profiles.prod.read_only", 7),
        ("safety.allow", 10),
        ("safety.read_only", 13),
        ("accounts.123456789012.name", 16),
        ("accounts.123456789012.protected", 19),
    ],
)
def test_a_value_of_the_file_is_known_by_its_line(name: str, line: int) -> None:
    assert where(read(), name)[1] == Origin("file", line=line)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("[ui]\n\nthem = 'dark'\n", 3, "`ui.them` is not a setting; did you mean `theme`?"),
        ("[ui]\ntheme = 'drak'\n", 2, "`ui.theme`: No theme is called `drak`; did you mean `dark`?"),
        ("[ui]\ncolor = 16\n", 2, "`ui.color`: `16` is not one of its values; write `auto`"),
        ("[ui]\nbell = 'yes'\n", 2, "`ui.bell`: `yes` is not yes or no; write `true` or `false`, without quotes"),
        ("[themes.sea]\nok = 'green'\n", 2, "`themes.sea.ok`: `green` is not a colour; write it as `#rrggbb`"),
        ("[themes.sea]\nokay = '#00ff00'\n", 2, "`themes.sea.okay` is not a setting; did you mean `ok`?"),
        ("[themes.dark]\nok = '#00ff00'\n", 1, "`themes.dark`: This is a theme of the program; choose another name"),
        ("[profiles.prod]\nreadonly = true\n", 2, "did you mean `read_only`?"),
        ("[accounts.prod]\nname = 'x'\n", 1, "`prod` is not a number of an account; write its twelve digits"),
        ("[ui]\ntheme = \n", 2, "cannot be read as TOML"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_its_remedy(text: str, line: int, told: str) -> None:
    [problem] = read(text).problems

    assert told in problem.told()
    assert problem.origin == Origin("file", line=line)


def test_every_mistake_is_told_at_once_and_a_variables_by_its_name() -> None:
    environ = {"CLOUDOPS_UI__BEL": "no", "CLOUDOPS_UI__ARM_MS": "soon", "CLOUDOPS_STATE_DIR": "/elsewhere"}
    found = read("[uy]\n[safety]\nread_only = 1\n", environ)

    told = {problem.name: problem for problem in found.problems}
    assert set(told) == {"CLOUDOPS_UI__BEL", "ui.arm_ms", "uy", "safety.read_only"}
    assert "did you mean `CLOUDOPS_UI__BELL`?" in told["CLOUDOPS_UI__BEL"].told()
    assert told["ui.arm_ms"].origin == Origin("environment", "CLOUDOPS_UI__ARM_MS")


def test_a_mistake_hides_no_other_that_is_found_only_in_the_whole() -> None:
    text = """
[ui]
theme = "solarized"
mouse = "perhaps"
[safety]
allow = ["everything"]
[accounts."12"]
name = "prod"
[approval]
headless = "modest"
[keys]
"live.stop" = ["ctrl+z"]
"""

    found = read(text)

    assert {one.name for one in found.problems} == {
        "ui.theme", "ui.mouse", "safety.allow", "accounts.12", "approval.headless",
    }  # fmt: skip
    assert found.settings.keys == {"live.stop": ("ctrl+z",)}


def test_a_theme_of_ones_own_can_be_chosen() -> None:
    found = read("[ui]\ntheme = 'sea'\n[themes.sea]\nbase = 'light'\nok = '#004400'\n")

    assert found.problems == ()
    assert found.settings.themes["sea"].ok == "#004400"


def test_the_schema_knows_every_table_and_refuses_what_the_program_refuses() -> None:
    described = schema()

    assert set(described["properties"]) >= {"ui", "keys", "themes", "profiles", "accounts", "safety"}
    assert all(not table["additionalProperties"] for table in described["$defs"].values() if "properties" in table)
    assert described["$defs"]["UiSettings"]["properties"]["color"]["enum"] == ["auto", "always", "never", "16", "256"]
