"""The store in one short line, for the status bar of a terminal multiplexer. Loads nothing heavy."""

from __future__ import annotations

from cloudops_tui.model.glance import Glance, GlancedRun

IDLE = "idle"

Piece = tuple[str, str, str]
"""Glyph, words, and the colour that tmux gives them."""


def status_line(glance: Glance, *, ascii_only: bool, tmux: bool) -> str:
    """`◆ 2 review ‖ HELD #417 ▶ 1 running 45% #418 ✗ FAILED 1`: who has nobody is absent; in ASCII words alone."""
    pieces = [*_review(glance), *_held(glance), *_running(glance), *_gone(glance), *_failed(glance)]
    pieces = pieces or [("·", IDLE, "")]
    return " ".join(_piece(piece, ascii_only, tmux) for piece in pieces)


def unreadable_line(*, ascii_only: bool, tmux: bool) -> str:
    """What stands there while the store cannot be read; the reason is told elsewhere."""
    return _piece(("¿", "cloudops UNKNOWN", "red,bold"), ascii_only, tmux)


def for_tmux(text: str) -> str:
    """Text that tmux shows as it is: it would expand `#{...}` and `#(...)`, and obey `#[...]` (tmux(1), FORMATS)."""
    return text.replace("#", "##")


def _piece(piece: Piece, ascii_only: bool, tmux: bool) -> str:
    glyph, words, colour = piece
    shown = words if ascii_only else f"{glyph} {words}"
    if not tmux:
        return shown
    return f"#[fg={colour}]{for_tmux(shown)}#[default]" if colour else for_tmux(shown)


def _review(glance: Glance) -> list[Piece]:
    return [("◆", f"{glance.review} review", "yellow,bold")] if glance.review else []


def _held(glance: Glance) -> list[Piece]:
    """Executions that wait for credentials: nothing goes on before somebody renews them."""
    held = [run for run in glance.running if run.driven and run.held]
    return [("‖", " ".join(("HELD", *(f"#{run.number}" for run in held[:3]))), "yellow,bold")] if held else []


def _running(glance: Glance) -> list[Piece]:
    driven = [run for run in glance.running if run.driven and not run.held]
    if not driven:
        return []
    words = [f"{len(driven)} running", _how_far(driven), f"#{driven[0].number}" if len(driven) == 1 else ""]
    return [("▶", " ".join(filter(None, words)), "cyan")]


def _how_far(runs: list[GlancedRun]) -> str:
    if any(run.undoing for run in runs):
        return "undoing"
    whole = sum(run.commands for run in runs)
    return f"{100 * sum(run.completed for run in runs) // whole}%" if whole else ""


def _gone(glance: Glance) -> list[Piece]:
    """Executions whose process died; nobody knows what their running commands do."""
    gone = [run for run in glance.running if not run.driven]
    return [("¿", " ".join(("UNKNOWN", *(f"#{run.number}" for run in gone[:3]))), "red,bold")] if gone else []


def _failed(glance: Glance) -> list[Piece]:
    return [("✗", f"FAILED {glance.failed}", "red,bold")] if glance.failed else []
