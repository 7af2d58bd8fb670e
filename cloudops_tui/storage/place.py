"""Where everything is kept. Loads nothing heavy."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "CLOUDOPS_STATE_DIR"
DATABASE = "cloudops.db"


def state_folder_of(configured: str | Path | None) -> Path:
    """The configured folder, else the one the environment names, else `cloudops-tui` under the XDG state folder."""
    chosen = configured or os.environ.get(VARIABLE)
    if not chosen:
        from platformdirs import user_state_path

        chosen = user_state_path("cloudops-tui", appauthor=False)
    return Path(os.path.abspath(Path(chosen).expanduser()))
