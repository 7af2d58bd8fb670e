"""The interface over the twin of the session, in a terminal: `python -m tests.terminal.screens DAY [COLOR]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from cloudops_tui import bootstrap


def main(day: str, state: Path) -> int:
    """Read the configuration and draw, as the program does; the engine is the twin."""
    settings = bootstrap.load_setup(state).settings
    drawn = bootstrap.drawing(settings)
    from cloudops_tui.tui.app import run_tui
    from tests.tui import estate, recorded

    session = recorded.running(state).session if day == "running" else getattr(estate, day)(state)
    return run_tui(session, settings=settings, rehearse_first=False, read_only=settings.safety.read_only, **drawn)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(main(sys.argv[1], Path(folder)))
