"""One reading of moments for the queue, the history and the command line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cloudops_tui.presentation.moments import day, moment

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "end", "meant"),
    [
        ("today", False, datetime(2026, 3, 4, tzinfo=UTC)),
        ("Yesterday", True, datetime(2026, 3, 4, tzinfo=UTC)),
        ("2d", False, datetime(2026, 3, 2, 12, 0, tzinfo=UTC)),
        ("2026-02-28", True, datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-02-28t10:30z", True, datetime(2026, 2, 28, 10, 30, tzinfo=UTC)),
        ("9999-12-31", True, datetime(9999, 12, 31, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_as_a_person_means_it(typed: str, end: bool, meant: datetime) -> None:
    assert moment(typed, NOW, end=end) == meant


@pytest.mark.parametrize("typed", ["", "soon", "2026-13-01", "20260304", "2026-W10-3", "999999999999d", "12:30"])
def test_what_is_no_moment_is_none(typed: str) -> None:
    assert moment(typed, NOW) is None
    assert day(typed, NOW) is None
