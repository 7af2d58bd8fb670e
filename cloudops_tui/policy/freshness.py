"""Whether an approval still begins anything, told by a clock that may have been set back."""

from __future__ import annotations

from datetime import datetime, timedelta

from cloudops_tui.model.approval import ApprovalMetadata
from cloudops_tui.policy.entries import moment
from cloudops_tui.policy.safe_text import safe_line

CLOCKS_DIFFER = timedelta(seconds=5)
"""Between the clock of who decided and ours, without anybody having set one of them."""


def stale(approval: ApprovalMetadata, now: datetime, waited: float = 0.0) -> str | None:
    """Why the approval begins nothing any more; None while it does.

    `waited` are seconds on a clock that is never set back, since a moment when the approval existed already. Whichever
    clock says that more time has passed is believed; a clock that stands before the decision itself is believed not at
    all, for then nobody can tell how long ago that was.
    """
    if approval.expires_at is None:
        return None
    by = f"The approval by {safe_line(approval.approved_by)} of {moment(approval.approved_at, now)}"
    if now < approval.approved_at - CLOCKS_DIFFER:
        return f"{by} lies in the future: the clock was set back, and its age cannot be told"
    valid_for = approval.expires_at - approval.approved_at
    if now >= approval.expires_at or timedelta(seconds=waited) >= valid_for:
        return f"{by} expired at {moment(approval.expires_at, now)}, before anything had begun"
    return None
