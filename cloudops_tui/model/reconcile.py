"""What a person says of a command whose end is not known."""

from __future__ import annotations

from cloudops_tui.model.wire import Timestamp, Wire, WireEnum


class Resolution(WireEnum):
    """What a person decided about an Unknown command."""

    DONE = "Done"
    """It did its work: it counts as completed, and nothing is sent."""
    NOT_DONE = "NotDone"
    """It did nothing: it counts as failed, and may be redriven like another failure."""
    RUN_AGAIN = "RunAgain"
    """Send it once more, with the same client token."""


class Reconciliation(Wire):
    """Who resolved an Unknown command, when, how and why."""

    resolution: Resolution
    by: str
    reason: str
    at: Timestamp | None = None

    @property
    def words(self) -> str:
        """`marked done by alice: seen in the console`."""
        how = {
            Resolution.DONE: "marked done",
            Resolution.NOT_DONE: "marked not done",
            Resolution.RUN_AGAIN: "sent once more",
        }[self.resolution]
        return f"{how} by {self.by}: {self.reason}"
