"""`python -m cloudops_tui` and the `cloudops-tui` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Read the arguments, do what they say, and exit with its code. The terminal UI is imported only when asked for.

    What drives executions does so in a child, forked before anything else is loaded: it may outlive its terminal.
    """
    from cloudops_tui import echo
    from cloudops_tui.cli.program import draws, drives

    if draws(sys.argv[1:]):
        echo.turn_off()
    try:
        if drives(sys.argv[1:]):
            from cloudops_tui.window import open_window

            open_window()
        from cloudops_tui.cli.main import run

        sys.exit(run(sys.argv[1:]))
    finally:
        echo.give_back()


if __name__ == "__main__":
    main()
