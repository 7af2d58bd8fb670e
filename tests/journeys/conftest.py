"""What the journeys share."""

from __future__ import annotations

import pytest

from tests.patience import be_patient


@pytest.fixture(autouse=True)
def a_busy_machine_is_no_slow_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS has not to answer within some seconds."""
    be_patient(monkeypatch.setattr)
