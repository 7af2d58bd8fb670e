"""Changing a plan that waits for its decision: the editor, what is wrong with what was written, the new revision."""

from __future__ import annotations

from uuid import UUID

from cloudops_tui.model.queue import Problem, QueueEntry
from cloudops_tui.tui.cockpit import spoken
from cloudops_tui.tui.editor import EditorError
from cloudops_tui.tui.frame import FrameScreen
from cloudops_tui.tui.navigation import AskWhatToDo, GoBack, OpenDifference, OpenPlan
from cloudops_tui.tui.session import ApprovalRefused, InvalidPlan


class Modifying(FrameScreen):
    """A screen of a plan that can be changed. Modification and approval are two decisions, never one."""

    entry_id: UUID

    def modify(self, entry: QueueEntry) -> None:
        """Open the plan in the editor."""
        _ = self.start_work(self._modify(entry), "Cannot modify this plan")

    async def _modify(self, entry: QueueEntry, text: str | None = None) -> None:
        before = await self.session.plan_text(self.entry_id) if text is None else text
        try:
            edited = await self.cockpit.edit(before)
        except EditorError as error:
            self.flash(spoken(error), "error")
            if text is not None:  # what was written once is lost by no editor that fails
                again = Problem(path="", message=spoken(error), remedy="Edit again, or discard what was written")
                self._ask_again((again,), entry, text)
            return
        if edited == before and text is None:
            self.flash("Nothing was changed")
            return
        try:
            after = await self.session.modify(self.entry_id, edited)
        except (InvalidPlan, ApprovalRefused) as refused:
            self._ask_again(_problems(refused), entry, edited)
            return
        self.bridge.keep(after)
        # The new revision's review opens fresh, behind the difference.
        self.cockpit.navigate(GoBack())
        self.cockpit.navigate(OpenPlan(after.id))
        self.cockpit.navigate(OpenDifference(entry, after))

    def _ask_again(self, problems: tuple[Problem, ...], entry: QueueEntry, text: str) -> None:
        def answered(again: bool | None) -> None:
            if again:
                _ = self.start_work(self._modify(entry, text), "Cannot modify this plan")
            else:
                self.flash("The modification was discarded; the plan is as it was")

        self.cockpit.navigate(AskWhatToDo(problems, answered))


def _problems(refused: InvalidPlan | ApprovalRefused) -> tuple[Problem, ...]:
    """What is wrong with a modification; also where it is its moment, so that what was written is not lost."""
    if isinstance(refused, InvalidPlan):
        return refused.problems
    return (Problem(path="", message=refused.reason, remedy="Edit again to save the text elsewhere, or discard it"),)
