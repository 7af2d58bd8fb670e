"""How the screen is drawn: by the terminal, by the environment, and by what was set."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cloudops_tui.model.settings import UiSettings
from cloudops_tui.policy.terminal import appearance

UTF8 = {"LANG": "en_GB.UTF-8"}


@pytest.mark.parametrize(
    ("environ", "colors", "theme"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "truecolor", "dark"),
        ({"TERM": "tmux-256color"}, "256", "dark"),
        ({"TERM": "screen"}, "16", "ansi"),
        ({"TERM": "linux"}, "16", "ansi"),
        ({"TERM": "vt100"}, "16", "ansi"),
        ({}, "16", "ansi"),
        ({"TERM": "xterm-mono"}, "none", "ansi"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, "none", "ansi"),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "256", "dark"),
    ],
)
def test_the_terminal_decides_how_many_colours_and_they_decide_the_theme(
    environ: Mapping[str, str], colors: str, theme: str
) -> None:
    look = appearance(UiSettings(), {**UTF8, **environ}, "utf-8")

    assert (look.colors.value, look.theme.value) == (colors, theme)


@pytest.mark.parametrize(
    ("color", "environ", "sent"),
    [
        ("never", {"TERM": "xterm-256color"}, "none"),
        ("16", {"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "16"),
        ("256", {"TERM": "screen", "NO_COLOR": "1"}, "256"),
        ("always", {"TERM": "xterm-256color", "NO_COLOR": "1"}, "256"),
        ("always", {"TERM": "xterm-mono"}, "16"),
    ],
)
def test_what_was_set_wins_over_the_environment(color: str, environ: Mapping[str, str], sent: str) -> None:
    look = appearance(UiSettings.model_validate({"color": color}), {**UTF8, **environ}, "utf-8")

    assert look.colors.value == sent
    assert color in look.colors.why or look.colors.why == f"TERM={environ['TERM']}"


def test_a_theme_that_was_asked_for_is_drawn_with_few_colours_too_and_none_without_any() -> None:
    light = UiSettings(theme="light")

    assert appearance(light, UTF8 | {"TERM": "screen"}, "utf-8").theme.value == "light"
    assert appearance(light, UTF8 | {"NO_COLOR": "1"}, "utf-8").theme.value == "ansi"


@pytest.mark.parametrize(
    ("environ", "encoding", "forced", "ascii_only"),
    [
        ({"LANG": "en_GB.UTF-8", "TERM": "xterm"}, "utf-8", False, False),
        ({"LANG": "C.utf8"}, "UTF-8", False, False),
        ({"LC_CTYPE": "UTF-8"}, "utf-8", False, False),
        ({"LANG": "de_DE.UTF-8@euro"}, "utf-8", False, False),
        ({"LANG": "en_GB.UTF-8", "TERM": "linux"}, "utf-8", False, True),
        ({"LANG": "en_GB.UTF-8"}, "iso8859-1", False, True),
        ({"LANG": "en_GB.UTF-8"}, None, False, True),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "C"}, "utf-8", True, True),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, "utf-8", True, True),  # LC_CTYPE is Python's own
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, "utf-8", False, False),  # and here somebody's
        ({}, "utf-8", True, True),
        ({"LANG": "en_GB.ISO-8859-1"}, "utf-8", True, True),
    ],
)
def test_where_utf8_is_missing_nothing_beyond_ascii_is_drawn(
    environ: Mapping[str, str], encoding: str | None, forced: bool, ascii_only: bool
) -> None:
    look = appearance(UiSettings(), environ, encoding, utf8_mode=forced)

    assert look.ascii_only is ascii_only
    assert look.glyphs.why
    assert appearance(UiSettings(glyphs="unicode"), environ, encoding, utf8_mode=forced).ascii_only is False
