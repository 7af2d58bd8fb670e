"""Who sits there has to have seen what is dangerous: what of a review stood on screen, and what is still to be read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from uuid import UUID

from textual.timer import Timer

from cloudops_tui.model.review import Review
from cloudops_tui.presentation.lines import Line, plain
from cloudops_tui.presentation.review import risk
from cloudops_tui.presentation.seeing import Seeing, Sight
from cloudops_tui.tui.cockpit import Working
from cloudops_tui.tui.reviewing import panes
from cloudops_tui.tui.reviewing.once import Once
from cloudops_tui.tui.widgets.line_pane import LinePane

SHORTEST_LOOK = 0.05  # seconds between two looks


class Looking:
    """Watches the details of a review; what counts is the very review that is shown, and no other."""

    def __init__(self, screen: Working, told: Callable[[], None]) -> None:
        """`told` is called when something more was seen."""
        self._screen, self._told = screen, told
        self._seeing = Seeing()
        self._keep: Callable[[Seeing], None] = lambda seen: None
        """Where it is found again by who leaves the review and comes back."""
        self._once = Once()
        self._again: Timer | None = None
        """Looks again when what is on screen has stood there long enough."""
        self.dangers: list[UUID] = []
        """Commands to look at first."""
        self.required: Sequence[UUID] = ()
        """Those that have to be seen before the plan is approved."""
        self.numbers: dict[Hashable, int] = {}
        """Of each command, in the plan."""
        self.subject: Hashable = None
        """Whose details are shown."""
        self.folded = False
        """Long values are: nobody reads what is left out."""

    @property
    def seen(self) -> frozenset[Hashable]:
        """What was seen to its end."""
        return self._seeing.seen

    @property
    def unseen(self) -> list[UUID]:
        """The commands that have to be seen, and were not yet, in order."""
        return [one for one in self.required if one not in self.seen]

    @property
    def to_go(self) -> list[int]:
        """Lines of the command that is shown that were not seen; none where they do not have to be."""
        return self._seeing.missing(self.subject, self._words()) if self.subject in self.required else []

    def begin(self, review: Review, *, anew: bool) -> None:
        """This review is shown from now on; `anew` where what was read before was another."""
        if anew:
            kept = self._screen.cockpit.seen_before
            of = (review.entry.revision, review.digest) if review.entry is not None else None
            before, self.subject = kept.of(review.plan.id, of), None
            self._seeing = before.interrupted() if before is not None else Seeing(self._screen.cockpit.dwell)
            self._keep = lambda seen: kept.keep(review.plan.id, of, seen)
        self.dangers, self.required = risk.dangerous(review), risk.has_to_be_seen(review)
        self.numbers = {each.command.id: number for number, each in review.numbered}

    def reopen(self, subjects: Collection[Hashable]) -> None:
        """There is more to read of these: what was read of them stays read."""
        self._saw(self._seeing.reopened(subjects))

    def was_read(self, subject: Hashable, lines: Sequence[Line]) -> bool:
        """Each of these lines of its text stood on screen."""
        return not self._seeing.unread(subject, [plain(one).strip() for one in lines])

    def turn_to(self, subject: Hashable) -> None:
        """Other details are about to be shown: what stood there long enough was seen."""
        if subject != self.subject:
            self.look_away()

    def look_away(self) -> None:
        """Something stands over it."""
        self._saw(self._seeing.look(self._now(), None))

    def look(self) -> None:
        """Note what is on screen, and look again when it has stood there long enough."""
        if not self._screen.there:
            return
        at, before = self._now(), self._seeing
        self._saw(before.interrupted() if self._screen.cockpit.covered else before.look(at, self._sight()))
        if self._again is not None:
            self._again.stop()
        due = self._seeing.due(at)
        self._again = self._screen.set_timer(max(SHORTEST_LOOK, due), self.look) if due is not None else None
        if self._seeing.seen != before.seen or self._seeing.read != before.read:
            self._told()

    def _saw(self, seeing: Seeing) -> None:
        self._seeing = seeing
        self._keep(seeing)

    def _sight(self) -> Sight | None:
        """What of a command is on screen, for somebody who looks at this screen; None where nothing that counts is."""
        pane = self._pane()
        in_front = self._screen.app.screen is self._screen and not self._screen.cockpit.too_small
        if not in_front or panes.hidden(self._screen, pane) or self.folded or self.subject not in self.numbers:
            return None
        return Sight(self.subject, self._words(), pane.scroll_offset.y, pane.size.height)

    def _words(self) -> Sequence[str]:
        lines = self._pane().lines
        return self._once("words", (lines,), lambda: tuple(plain(one).strip() for one in lines))

    def _pane(self) -> LinePane:
        return self._screen.query_one("#details", LinePane)

    def _now(self) -> float:
        return self._screen.session.clock.monotonic()
