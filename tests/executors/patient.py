"""Questions that get the time they need: on a busy machine an answer within five seconds is a matter of luck."""

from __future__ import annotations

import pytest

from cloudops_tui.executors import accounts, cli_rehearsal, rehearser, sdk

LONG_ENOUGH = 120.0  # seconds


def be_patient(patch: pytest.MonkeyPatch) -> None:
    """Rehearsals and STS are waited for in this process; a test of the waiting itself sets its own time."""
    for module in (cli_rehearsal, rehearser, sdk):
        patch.setattr(module, "REHEARSAL_PATIENCE", LONG_ENOUGH)
    for module in (rehearser, sdk):
        patch.setattr(module, "CLIENT_WITHIN", LONG_ENOUGH)
    for name in ("STS_CONNECT", "STS_READ"):
        patch.setattr(accounts, name, LONG_ENOUGH)
