"""The interface over a recorded day, for tests that want a real terminal and no AWS: `python -m ... FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from cloudops_tui.model.settings import Settings
from cloudops_tui.tui.app import run_tui
from cloudops_tui.tui.leaving import Leaving
from tests.tui.estate import working_day

if __name__ == "__main__":
    settings = Settings(keys={"no.such": ("x",)})  # so that there is something among the notices
    with Leaving() as leaving:
        code = run_tui(working_day(Path(sys.argv[1])), leaving=leaving, settings=settings, rehearse_first=False)
    sys.exit(code)
