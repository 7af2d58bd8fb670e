"""The identity bar in little room."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cloudops_tui.presentation.availability import Lateness
from cloudops_tui.presentation.frame import Standing, identity_bar
from cloudops_tui.presentation.lines import line_width, plain
from tests.tui.twin import NOON, PROD


@pytest.mark.parametrize("late", [None, Lateness(NOON - timedelta(seconds=12))], ids=["", "LATE"])
@pytest.mark.parametrize("read_only", [False, True], ids=["RW", "RO"])
@pytest.mark.parametrize("endpoint", [None, "http://127.0.0.1:34765"], ids=["AWS's own", "elsewhere"])
@pytest.mark.parametrize("columns", [60, 64, 72, 80, 100])
def test_account_region_operator_and_what_may_be_written_are_seen_at_any_width(
    columns: int, endpoint: str | None, read_only: bool, late: Lateness | None
) -> None:
    who = PROD.model_copy(update={"endpoint": endpoint})
    standing = Standing((who,), "alice", "bastion-3", read_only, review=9, running=1, now=NOON, late=late)

    shown = identity_bar(standing, columns)

    for part in ("[PROD]", "123456789012", "eu-west-1", "alice", "RO" if read_only else "RW"):
        assert part in plain(shown)
    assert line_width(shown) <= columns
    assert [span.text.strip() for span in shown if span.text.strip().startswith("LATE")] == ["LATE 12s"] * bool(late)
    assert endpoint is None or ("via 127." if late else "via 127.0.0.") in plain(shown)
