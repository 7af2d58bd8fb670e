"""Who runs this process."""

from __future__ import annotations

import getpass
import os


def operator_here() -> str:
    """The user's name; a user without one (a container's number) by that number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
