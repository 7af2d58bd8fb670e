"""Row 2: the four areas and where in one of them the operator is."""

from __future__ import annotations

from cloudops_tui.tui.widgets.one_line import OneLine


class AreaLine(OneLine):
    """Row 2: the four areas and where in one of them the operator is."""

    KEYS_AS_WRITTEN = False
