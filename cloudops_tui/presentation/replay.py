"""A replay as its screen shows it: that it is one, of what, how fast, and what its keys do."""

from __future__ import annotations

from datetime import UTC, datetime

from cloudops_tui.model.output import OutputLine
from cloudops_tui.model.result import CommandResult
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.presentation.lines import Line, Span, cut_line, line, line_width, spread
from cloudops_tui.state.playback import AS_FAST_AS_ONE_CAN_FOLLOW, Playback

KEYS_OFF = "Nothing runs in a replay, so nothing can be stopped or undone"
NO_STORY = "No story is kept of this execution: there is nothing to replay"
STILL_RUNS = "It still runs: `2` and Enter show it live"
ENDED = "replay ended; r again"


def banner(playback: Playback | None, number: int | None, width: int) -> Line:
    """`REPLAY #418 of 2026-08-22 12:15Z  4x  paused`, and at the right the replayed moment."""
    if playback is None:
        return line(Span(" REPLAY ", "danger"))
    began = playback.recording.moments[0]
    called = f" #{number}" if number is not None else ""
    left = line(
        Span(" REPLAY ", "danger"),
        Span(f"{called} of {_day(began)}  "[0 if called else 1 :], "strong"),
        Span("" if playback.ended else f"{speed_words(playback.speed)}  ", "caution"),
        Span(_standing(playback), "caution"),
    )
    right = line(Span(wording.clock(playback.at), "strong"), Span(f"  {place_words(playback)}", "quiet"))
    return spread(left, right, width) if line_width(left) + line_width(right) < width else cut_line(left, width)


def place_words(playback: Playback) -> str:
    """`event 12/40`."""
    return f"event {playback.told:,}/{len(playback.recording.events):,}"


def speed_words(speed: int) -> str:
    """`4x`, or `max`."""
    return "max" if speed == AS_FAST_AS_ONE_CAN_FOLLOW else f"{speed}x"


def key_hints(playback: Playback | None) -> tuple[KeyHint, ...]:
    """The keys of a replay."""
    ended = playback is not None and playback.ended
    failed = bool(playback and playback.recording.failures)
    pause = KeyHint("space", "go on" if playback and playback.paused else "pause", ENDED if ended else None)
    again = KeyHint("r", "again")
    return (
        *((again, pause) if ended else (pause, again)),
        KeyHint("+/-", "speed"),
        KeyHint(", .", "step"),
        KeyHint("f", "failure", None if failed else "Nothing failed in it"),
        KeyHint("q", "back"),
        KeyHint("enter", "output"),
        KeyHint("i", "details"),
        KeyHint("X", "stop", KEYS_OFF),
        KeyHint("u", "undo", KEYS_OFF),
    )


def gone_output(result: CommandResult | None) -> OutputLine | None:
    """What stands in the place of output that was said and is not on disk any more."""
    if result is None or not result.output_bytes:
        return None
    return OutputLine("stderr", f"(its output, {wording.size(result.output_bytes)}, was pruned from disk)", None)


def _standing(playback: Playback) -> str:
    if playback.ended:
        return ENDED
    return "paused" if playback.paused else ""


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}Z"
