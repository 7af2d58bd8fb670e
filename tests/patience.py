"""Questions that get the time they need: on a busy machine an answer within five seconds is a matter of luck.

    python -m tests.patience -m cloudops_tui queue
    python -m tests.patience example.py

runs a Python program in that way, as it stands otherwise. STS has five seconds and one try: where moto takes longer,
the account is not known, and what was approved is refused, as it should be. Only tests of that are about it.
"""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable

from cloudops_tui.executors import accounts, cli_rehearsal, rehearser, sdk

LONG_ENOUGH = 120.0  # seconds
PATIENT = (sys.executable, "-m", "tests.patience")
"""Before the name of a script, or `-m` and that of a module."""


def be_patient(put: Callable[[object, str, object], None] = setattr) -> None:
    """Rehearsals and STS are waited for in this process; a test of the waiting itself sets its own time."""
    for module in (cli_rehearsal, rehearser, sdk):
        put(module, "REHEARSAL_PATIENCE", LONG_ENOUGH)
    for module in (rehearser, sdk):
        put(module, "CLIENT_WITHIN", LONG_ENOUGH)
    for name in ("STS_CONNECT", "STS_READ", "CREDENTIALS_WITHIN"):
        put(accounts, name, LONG_ENOUGH)


def main() -> None:
    """Be patient, and be that program from then on."""
    be_patient()
    _, *sys.argv = sys.argv
    if sys.argv[0] == "-m":
        _, *sys.argv = sys.argv
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
