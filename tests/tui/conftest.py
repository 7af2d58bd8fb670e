"""What every test of the interface starts from."""

from __future__ import annotations

import pytest

from cloudops_tui.tui import typeahead


@pytest.fixture(autouse=True)
def a_busy_machine_is_no_slow_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key waits for what it was typed at as long as a test waits for anything."""
    monkeypatch.setattr(typeahead, "LONGEST", 30.0)
