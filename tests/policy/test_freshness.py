"""An approval's age, by the clock that makes it older."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cloudops_tui.model.approval import ApprovalMetadata, Approve
from cloudops_tui.policy.freshness import stale

NOON = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)
APPROVAL = ApprovalMetadata(
    approved_by="al\x1bice", approved_at=NOON, decision=Approve(), expires_at=NOON + timedelta(minutes=15)
)
EXPIRED = r"The approval by al\x1bice of 12:00:00Z expired at 12:15:00Z, before anything had begun"
SET_BACK = (
    r"The approval by al\x1bice of 2026-03-04 12:00:00Z lies in the future: the clock was set back, "
    "and its age cannot be told"
)


@pytest.mark.parametrize(
    ("passed", "waited", "why"),
    [
        (timedelta(), 0.0, None),
        (timedelta(minutes=14, seconds=59), 899.0, None),
        (timedelta(minutes=15), 0.0, EXPIRED),
        (timedelta(), 900.0, EXPIRED),
        (timedelta(seconds=-4), 0.0, None),
        (timedelta(days=-1), 0.0, SET_BACK),
    ],
)
def test_whichever_clock_says_that_more_time_has_passed_is_believed(
    passed: timedelta, waited: float, why: str | None
) -> None:
    assert stale(APPROVAL, NOON + passed, waited) == why


def test_a_record_of_an_older_version_that_knows_no_expiry_does_not_expire() -> None:
    kept = APPROVAL.model_copy(update={"expires_at": None})

    assert stale(kept, NOON + timedelta(days=900), 1e9) is None
