"""What the tests of the executors share."""

from __future__ import annotations

import pytest

from tests.patience import be_patient


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    be_patient(monkeypatch.setattr)
