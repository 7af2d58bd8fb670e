"""Themes, ASCII, sizes and read-only profiles, as the screens show them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from rich.style import Style
from textual._context import visible_screen_stack
from textual.color import Color
from textual.pilot import Pilot

from cloudops_tui.model.settings import ProfileSettings, Settings, ThemeSettings
from cloudops_tui.presentation.glyphs import TWINS, in_ascii
from cloudops_tui.presentation.lines import width
from cloudops_tui.tui import theme
from cloudops_tui.tui.screens.approve import ApproveModal
from cloudops_tui.tui.theme import DARK, LIGHT, Palette
from tests.tui import recorded
from tests.tui.driving import cockpit, comes, front, press, settled, shown
from tests.tui.estate import protected_day, working_day
from tests.tui.twin import plan

INKS = ("ink", "quiet", "title", "ok", "failed", "running", "waiting", "review", "unknown")


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(written: str) -> float:
    parts = [value / 255 for value in Color.parse(written).rgb]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
def test_every_word_can_be_read_on_every_ground(palette: Palette) -> None:
    for ink in INKS:
        for ground in (palette.ground, palette.raised, palette.cursor):
            found = contrast(getattr(palette, ink), ground)
            assert found >= (3.0 if ground == palette.cursor else 4.5), (ink, ground, found)
    assert contrast(palette.faint, palette.ground) >= 3.0


def test_a_theme_of_ones_own_changes_what_it_names_and_no_more(tmp_path: Path) -> None:
    settings = Settings(themes={"sea": ThemeSettings(ok="#00aa55")})
    app = cockpit(working_day(tmp_path), settings=settings, look="sea")

    assert theme.style("ok").color == Style(color="#00aa55").color
    assert theme.style("failed").color == Style(color=DARK.failed).color
    assert app.theme == "cloudops-sea"


def test_each_sign_has_a_twin_of_its_own_width_and_a_stranger_stands_out() -> None:
    assert all(twin.isascii() and len(twin) == 1 and width(sign) == 1 for sign, twin in TWINS.items())
    assert in_ascii("│ ok … é猫") == [("| ok ~ ", False), ("???", True)]


async def everywhere(pilot: Pilot[Any], *walk: str) -> None:
    """Each screen on the way holds nothing beyond ASCII."""
    await settled(pilot)
    for keys in ("", *walk):
        await press(pilot, *keys.split())
        screen = shown(pilot)
        assert screen.isascii(), f"after {keys!r}: {sorted(set(screen) - set(map(chr, range(128))))}\n{screen}"


async def test_no_screen_of_a_decision_draws_anything_beyond_ascii(tmp_path: Path) -> None:
    async with cockpit(protected_day(tmp_path), ascii_only=True).run_test(size=(60, 16)) as pilot:
        await everywhere(pilot, "slash d escape", "enter", "d", "n n n n n n n n", "tab", "a", "p")
        front(pilot, ApproveModal).arm()
        await everywhere(pilot, "escape", "r f2", "escape", "q", "4", "3", "2", "Q", "escape", "1 G", "enter")


async def test_no_screen_of_an_execution_draws_anything_beyond_ascii(tmp_path: Path) -> None:
    session = recorded.running(tmp_path).session
    async with cockpit(session, ascii_only=True).run_test(size=(80, 24)) as pilot:
        await everywhere(pilot, "2", "enter", "j j j", "x", "tab", "k", "z", "z", "i", "i", "X", "escape", "q")
    async with cockpit(recorded.some_history(tmp_path), ascii_only=True).run_test(size=(80, 24)) as pilot:
        await everywhere(pilot, "3", "j", "enter", "right", "right", "right", "q")


async def test_below_the_smallest_size_counts_are_seen_down_to_a_few_columns(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test(size=(59, 16)) as pilot:
        await comes(pilot, "need 60x16, have 59x16 | 4 review 1 running | Q quit")
        await pilot.resize_terminal(20, 5)
        await comes(pilot, "need 60x16", "4 review 1 running", "Q quit")
        await pilot.resize_terminal(1, 1)
        await settled(pilot)
        await pilot.resize_terminal(80, 24)
        await comes(pilot, "REVIEW", "#417")
        assert "need 60x16" not in shown(pilot)


async def test_the_bar_says_ro_where_the_plan_in_view_reaches_a_read_only_profile(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    elsewhere = next(entry for entry in session.entries.values() if entry.number == 416)
    assert elsewhere.plan is not None
    commands = [one.model_copy(update={"profile": "prod"}) for one in elsewhere.plan.commands]
    session.change(elsewhere, plan=plan(30, "Rotate the signing key of the shop", commands))
    closed = Settings(profiles={"prod": ProfileSettings(read_only=True)})

    async with cockpit(session, settings=closed).run_test(size=(120, 24)) as pilot:
        await settled(pilot)
        assert "  RW" in shown(pilot).splitlines()[0]
        await press(pilot, "j")
        await comes(pilot, "  RO")


async def test_a_plan_that_is_blocked_says_why_when_somebody_approves_it(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    entry = next(entry for entry in session.entries.values() if entry.number == 416)
    why = "Profile `default` is read-only here"
    session.reviews[entry.id] = lambda review: type(review)(**{**vars(review), "blocked": why})

    async with cockpit(session).run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "j", "enter", "a")
        assert not isinstance(pilot.app.screen, ApproveModal)
        assert why in shown(pilot).splitlines()[-2]


async def test_another_screen_parses_no_stylesheet_again_and_another_theme_does(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app, rules = pilot.app, pilot.app.stylesheet.rules

        await press(pilot, "enter")
        assert app.stylesheet.rules is rules

        before = app.screen.styles.background
        app.theme = "textual-light"
        await settled(pilot)
        assert app.stylesheet.rules is not rules
        assert app.screen.styles.background not in (before, None)


async def test_a_theme_that_is_chosen_while_it_runs_is_worn_by_every_row_and_every_screen(tmp_path: Path) -> None:
    app = cockpit(working_day(tmp_path), settings=Settings(themes={"sea": ThemeSettings(base="light", ink="#001122")}))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "enter", "1", "colon", *"theme")
        assert re.findall(r"theme (\w+)", shown(pilot)) == ["ansi", "dark", "light", "sea"]
        await press(pilot, "space", *"sea", "enter")

        for keys in ("", "enter", "3", "2", "4"):
            await press(pilot, *keys.split())
            colours = colours_of(pilot)
            assert "#001122" in colours
            assert colours.isdisjoint({DARK.ink, DARK.ground, DARK.quiet, DARK.title, DARK.review})

        app.action_theme("cloudops-ansi")
        await settled(pilot)
        assert {one for one in colours_of(pilot) if one.startswith("#")} == set()


def colours_of(pilot: Pilot[Any]) -> set[str]:
    """Every ink and ground on screen."""
    visible_screen_stack.set(pilot.app._background_screens)
    styles = [segment.style for strip in pilot.app.screen._compositor.render_strips() for segment in strip]
    return {one.name for style in styles if style for one in (style.color, style.bgcolor) if one is not None}
