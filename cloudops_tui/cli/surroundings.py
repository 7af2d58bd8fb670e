"""What `doctor` says of the terminal: how the screen is drawn in it and why, and what would serve better."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from cloudops_tui.bootstrap import appearance_here
from cloudops_tui.model.settings import Settings
from cloudops_tui.presentation.frame import SMALLEST, is_too_small

PATIENCE = 1.0  # seconds that tmux has for an answer
SLOWEST_ESCAPE = 50  # milliseconds; longer is felt
NOBODY = "none"
"""What `editor` and `pager` say where nobody may start one."""


def terminal_facts(settings: Settings, state: Path) -> Iterator[tuple[str, str]]:
    """Each fact with its name."""
    look, ui = appearance_here(settings), settings.ui
    yield "colours", f"{look.colors.value} ({look.colors.why})"
    yield "theme", f"{look.theme.value} ({look.theme.why})"
    yield "glyphs", f"{look.glyphs.value} ({look.glyphs.why})"
    yield "mouse", "on" if ui.mouse else "off: the terminal's own selection works"
    yield "size", _size()
    yield "editor", _program(ui.editor, ("VISUAL", "EDITOR"), "vi", os.environ)
    yield "pager", _program(ui.pager, ("PAGER",), "less", os.environ)
    yield "yank", _yank(settings, state, os.environ)
    if os.environ.get("TMUX"):
        yield from asyncio.run(_tmux())
    else:
        yield "tmux", "not inside tmux: where the line may break, start it in one"
    yield "last crash", _last_crash(state)


def _size() -> str:
    for stream in (1, 2, 0):
        try:
            columns, rows = os.get_terminal_size(stream)
        except OSError:
            continue
        small = f"; at least {SMALLEST[0]}x{SMALLEST[1]} are needed" if is_too_small(columns, rows) else ""
        return f"{columns}x{rows}{small}"
    return "not a terminal"


def _program(wanted: str | None, variables: tuple[str, ...], otherwise: str, environ: Mapping[str, str]) -> str:
    if wanted == NOBODY:
        return "none: the configuration allows nobody to start one"
    named = next(((name, environ[name]) for name in variables if environ.get(name)), None)
    command, source = (wanted, "configuration") if wanted else (named[1], named[0]) if named else (otherwise, "default")
    words = command.split()
    found = shutil.which(words[0]) if words else None
    return f"{command} ({source}{'' if found else '; there is no such program'})"


def _yank(settings: Settings, state: Path, environ: Mapping[str, str]) -> str:
    ways = ["tmux load-buffer"] if environ.get("TMUX") else ["OSC 52, where the terminal takes it"]
    runtime = environ.get("XDG_RUNTIME_DIR")
    ways.append(f"{runtime}/cloudops-tui/yank" if runtime else str(state / "yank"))
    if settings.ui.yank_command:
        ways.append(settings.ui.yank_command)
    return ", ".join(ways)


async def _tmux() -> Iterator[tuple[str, str]]:
    version, escape, clipboard = await asyncio.gather(
        _asked("-V"), _asked("show-options", "-sv", "escape-time"), _asked("show-options", "-sv", "set-clipboard")
    )
    return iter(_tmux_facts(version, escape, clipboard))


def _tmux_facts(version: str | None, escape: str | None, clipboard: str | None) -> list[tuple[str, str]]:
    """What tmux answered; None where it did not."""
    if version is None:
        return [("tmux", f"did not answer within {PATIENCE:.0f} s")]
    facts = [("tmux", version)]
    if escape is not None and escape.isdecimal():
        slow = int(escape) > SLOWEST_ESCAPE
        advice = "; Esc is slow: `set -sg escape-time 10` in ~/.tmux.conf, or use q" if slow else ""
        facts.append(("tmux escape-time", f"{escape} ms{advice}"))
    if clipboard is not None:
        off = "; what is yanked stays in tmux: `set -s set-clipboard on`" if clipboard == "off" else ""
        facts.append(("tmux set-clipboard", f"{clipboard}{off}"))
    return facts


async def _asked(*words: str) -> str | None:
    """tmux's answer; None where there is none in time."""
    try:
        async with asyncio.timeout(PATIENCE):
            child = await asyncio.create_subprocess_exec(
                "tmux", *words, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            try:
                said, _ = await child.communicate()
            except asyncio.CancelledError:
                child.kill()
                raise
    except (OSError, TimeoutError):
        return None
    return said.decode(errors="replace").strip() if child.returncode == 0 else None


def _last_crash(state: Path) -> str:
    try:
        found = max(state.glob("crash-*.txt"), default=None)
    except OSError:
        found = None
    return str(found) if found else "none"
