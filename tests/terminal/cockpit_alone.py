"""The cockpit over the twin, as a program of its own: a real terminal and real signals, and no engine to start.

`python -m tests.terminal.cockpit_alone FOLDER [painting | falling | hanging]`
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from pathlib import Path

from cloudops_tui.tui import app
from cloudops_tui.tui.leaving import LEAVE_WITHIN, Leaving
from tests.tui.twin import RecordedSession

SECRET = "hunter2" + "-in-a-local"
"""In two parts, so that the source line of a traceback does not hold it."""


PICTURES = 60
"""Of some 15 kB each: several times what a pty holds, and more than Textual's own writer queues."""


class Painting(app.CloudOpsApp):
    """Sends the whole picture over and over, and then says so by a file."""

    def on_mount(self) -> None:
        self.painted = 0
        self.painting = self.set_interval(0.02, self.paint)

    def paint(self) -> None:
        self.refresh()
        self.painted += 1
        if self.painted == PICTURES // 2:
            (self.session.state_dir / "half painted").touch()
        if self.painted == PICTURES:
            self.painting.stop()
            (self.session.state_dir / "painted").touch()


class Falling(app.CloudOpsApp):
    """Meets an error of its own while a secret stands in a local variable."""

    def present_now(self) -> None:
        credential = SECRET
        raise ZeroDivisionError(f"the screen fell over after {len(credential)} letters")


WAYS = {"": app.CloudOpsApp, "painting": Painting, "falling": Falling, "hanging": app.CloudOpsApp}


def main(folder: str, how: str = "") -> int:
    """As `bootstrap.run_tui` does, without an engine."""
    session = RecordedSession(Path(folder))
    with Leaving(timedelta(seconds=2) if how == "hanging" else LEAVE_WITHIN) as leaving:
        leaving.keep_faults(session.state_dir)
        code = app.run_tui(session, WAYS[how], leaving=leaving)
        app.tell_shell("The cockpit is closed")
        leaving.begin()
        if how == "hanging":
            hang()
        return code


def hang() -> None:
    """As a store or a call would that never answers."""
    time.sleep(3600)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
