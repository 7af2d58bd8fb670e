"""What every test of the interface starts from."""

from __future__ import annotations

import pytest
from textual._compositor import Compositor

from screenshots.settling import be_steady, be_unseen

_draw = Compositor.render_update


@pytest.fixture(autouse=True)
def a_busy_machine_is_no_slow_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    be_steady(monkeypatch.setattr)


@pytest.fixture(autouse=True)
def what_nobody_looks_at_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """`shown` and snapshots draw. What a terminal gets is for `tests/terminal`."""
    be_unseen(monkeypatch.setattr)


@pytest.fixture
def everything_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a terminal: for tests that count what is drawn."""
    monkeypatch.setattr(Compositor, "render_update", _draw)
