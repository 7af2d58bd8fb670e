"""`python -m cloudops_tui` and the `cloudops-tui` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Read the arguments, do what they say, and exit with its code. The terminal UI is imported only when asked for."""
    from cloudops_tui.cli.main import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
