"""Row 1, which never scrolls: account, region, operator, counts and time."""

from __future__ import annotations

from cloudops_tui.tui.widgets.one_line import OneLine


class IdentityBar(OneLine):
    """Row 1, which never scrolls: account, region, operator, counts and time."""
