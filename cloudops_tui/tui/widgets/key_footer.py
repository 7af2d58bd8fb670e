"""The last row: the keys of this screen."""

from __future__ import annotations

from cloudops_tui.tui.widgets.one_line import OneLine


class KeyFooter(OneLine):
    """The last row: the keys of this screen."""

    KEYS_AS_WRITTEN = False
