"""Whether a screen can be drawn here at all."""

from __future__ import annotations

import sys
from collections.abc import Mapping


def no_terminal(environ: Mapping[str, str]) -> str | None:
    """Why no screen can be drawn here, naming the verbs that need none; None where one can."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()) or environ.get("TERM", "") in ("dumb", "unknown"):
        return (
            "Not a terminal: without one use `cloudops-tui queue`, `check`, `run`, `status`, `logs`, `history` or"
            " `show`; each has `--json`"
        )
    return None
