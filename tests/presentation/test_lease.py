"""Executions of this and of other processes, and those that nobody seems to drive any more."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from cloudops_tui.model.lease import Lease
from cloudops_tui.presentation import running as view
from cloudops_tui.presentation.lines import line_width, plain
from tests.tui import recorded
from tests.tui.recorded import Story


def listed(story: Story, lease: Lease | None, width: int = 77, *, later: float = 0) -> str:
    leases = {} if lease is None else {story.id: lease}
    now = story.session.clock.now() + timedelta(seconds=later)
    [row] = view.rows([story.session.state(story.id)], {story.id: 418}, leases, now, width, ascii_only=False)
    assert line_width(row.line) <= width
    pointer = 1
    assert pointer + line_width(row.line) == line_width(view.header(width))
    return plain(row.line)


def test_a_row_names_the_process_that_drives_it(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    now = story.session.clock.now()

    assert "here" in listed(story, Lease(4242, True, True, now))
    assert "pid 4242" in listed(story, Lease(4242, True, False, now))
    assert "running" in listed(story, None)


def test_what_gives_no_sign_of_life_is_unknown_in_words_and_its_clock_stops(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    lease = Lease(4242, True, False, story.session.clock.now())

    assert "running" in listed(story, lease, later=10)
    lost = listed(story, lease, 120, later=60)
    assert "¿ UNKNOWN" in lost
    assert "since 12:03:56Z, may still run: Patch the kernel" in lost
    assert "1m25s" in lost


def test_this_very_process_is_never_called_silent(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)

    assert "running" in listed(story, Lease(4242, True, True, story.session.clock.now()), later=3600)
