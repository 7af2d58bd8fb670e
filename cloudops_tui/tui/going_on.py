"""What the screens of one execution share: resolving an Unknown, and going on after the end."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar
from uuid import UUID

from textual.binding import Binding, BindingType

from cloudops_tui.engine.plan_queue import InvalidPlan
from cloudops_tui.model.errors import ExecutionError
from cloudops_tui.model.queue import Problem
from cloudops_tui.model.reconcile import Resolution
from cloudops_tui.model.unknown import RedriveWish
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.presentation.redriven import title_of
from cloudops_tui.state.execution import ExecutionState
from cloudops_tui.state.resolving import cannot_go_on, unresolved
from cloudops_tui.tui.cockpit import spoken
from cloudops_tui.tui.editor import EditorError
from cloudops_tui.tui.frame import FrameScreen
from cloudops_tui.tui.navigation import (
    Approved,
    AskApproval,
    AskChoice,
    AskGoOn,
    AskUnknown,
    AskWhatToDo,
    Choice,
    GoOn,
    OpenExecution,
    Resolved,
)

NOTHING_UNKNOWN = "Nothing in it is Unknown"
NOT_READ = "It is not read yet"
READS_UNKNOWN = "Reading what is known of it ..."
READS_WAY_ON = "Reading what would run, and what is there now ..."
READS_UNDO = "Reading what a rollback would undo, and what is there now ..."


class GoingOn(FrameScreen):
    """`T` lets an execution go on, `U` says what came of a command whose end is not known."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("T", "go_on", "Go on", id="execution.go_on", show=False),
        Binding("U", "reconcile", "Reconcile", id="execution.reconcile", show=False),
    ]
    execution_id: UUID

    @abstractmethod
    def known_state(self) -> ExecutionState | None:
        """What is known of the execution; None while it is not read."""

    @abstractmethod
    def known_number(self) -> int | None:
        """Its number."""

    @abstractmethod
    def command_in_sight(self) -> UUID | None:
        """The command that the cursor is on."""

    @abstractmethod
    def why_not_write(self) -> str | None:
        """Why nothing can be changed from here."""

    @abstractmethod
    def action_undo(self) -> None:
        """Show what a rollback would run, and ask for its own approval."""

    def said_something(self) -> None:
        """The story has another word; screens that read it once read it again."""

    def going_on_hints(self) -> tuple[KeyHint, ...]:
        """The keys, where they are of use."""
        state = self.known_state()
        if state is None or not state.status.ended:
            return ()
        open_ones = KeyHint("U", "reconcile", self.why_not_write()) if unresolved(state) else None
        on = KeyHint("T", "go on", self.why_not_write()) if cannot_go_on(state) is None else None
        return tuple(one for one in (open_ones, on) if one is not None)

    # --- U ---------------------------------------------------------------------------------------------------------

    def action_reconcile(self) -> None:
        """Show what is known of an Unknown command; of several, ask which, unless the cursor is on one."""
        state, why_not = self.known_state(), self._why_not_reconcile()
        if why_not or state is None:
            self.refuse(why_not or NOT_READ, self._why_not_reconcile)
            return
        found = unresolved(state)
        here = self.command_in_sight()
        if here in found or len(found) == 1:
            self._open_unknown(here if here in found and here is not None else found[0])
            return
        choices = tuple(Choice(one, title_of(state.plan, one)) for one in found)
        self.cockpit.navigate(AskChoice("Of which command?", choices, (found[0],), self._picked))

    def _why_not_reconcile(self) -> str | None:
        state = self.known_state()
        if state is None:
            return NOT_READ
        return self.why_not_write() if state.status.ended and unresolved(state) else NOTHING_UNKNOWN

    def _picked(self, chosen: tuple[object, ...] | None) -> None:
        for one in chosen or ():
            if isinstance(one, UUID):
                self._open_unknown(one)

    def _open_unknown(self, command_id: UUID) -> None:
        self.begin_once(READS_UNKNOWN, lambda: self._show_unknown(command_id), "Cannot reconcile")

    async def _show_unknown(self, command_id: UUID) -> None:
        facts = await self.session.unknown_facts(self.execution_id, command_id, ask=False)

        async def submit(said: Resolved) -> None:
            await self.session.reconcile(
                self.execution_id, command_id, resolution=said.resolution, reason=said.reason
            )

        def answered(said: Resolved | None) -> None:
            if said is None:
                return
            if said.resolution is Resolution.RUN_AGAIN:
                wish = RedriveWish(again=command_id)
                self._begin_to_ask(wish, said.reason, "Run again", "Cannot run it again")
            else:
                self.flash("Kept: it counts as done" if said.resolution is Resolution.DONE else "Kept: it is not done")
                self.said_something()

        ask = AskUnknown(
            facts, lambda: self.session.unknown_facts(self.execution_id, command_id, ask=True), submit, answered
        )
        self.ask(ask)

    # --- T ---------------------------------------------------------------------------------------------------------

    def action_go_on(self) -> None:
        """Ask how it goes on; nothing runs before what remains is approved."""
        state, why_not = self.known_state(), self._why_not_go_on()
        if why_not or state is None:
            self.refuse(why_not or NOT_READ, self._why_not_go_on)
        else:
            self.cockpit.navigate(AskGoOn(state, self.known_number(), self._going_on))

    def _why_not_go_on(self) -> str | None:
        state = self.known_state()
        if state is None:
            return NOT_READ
        if why_not := self.why_not_write():
            return why_not
        why_not = cannot_go_on(state)
        if why_not and state.status.ended and unresolved(state):
            key = self.cockpit.key_of("execution.reconcile")
            return f"What is Unknown comes first{f': {key} resolves it' if key else ''}"
        return why_not

    def _going_on(self, chosen: GoOn | None) -> None:
        match chosen:
            case None:
                return
            case GoOn(how="undo"):
                self.action_undo()
            case GoOn(how="edit"):
                _ = self.start_work(self._edit(), "Cannot edit what remains")
            case GoOn(skip=skip):
                reason = next(iter(skip.values()), "")
                self._begin_to_ask(RedriveWish(skip=skip), reason, "Go on", "Cannot go on")

    def _begin_to_ask(self, wish: RedriveWish, reason: str, called: str, what: str) -> None:
        self.begin_once(READS_WAY_ON, lambda: self._ask_to_run(wish, reason, called), what)

    async def _ask_to_run(self, wish: RedriveWish, reason: str, called: str) -> None:
        """The approval of exactly what would run; where nothing is left to run there is nothing to approve."""
        review = await self.session.redrive_review(self.execution_id, wish)
        if review is None:
            await self.session.redrive(self.execution_id, wish, reason=reason)
            self.said_something()
            return

        async def submit(decision: Approved) -> None:
            await self.session.redrive(
                self.execution_id,
                wish,
                digest=decision.digest,
                confirmation=decision.confirmation,
                reason=decision.reason or reason,
                acknowledged=decision.acknowledged,
            )

        def answered(decision: Approved | None) -> None:
            if decision is not None:
                self.goes_on()

        self.ask(AskApproval(review, submit, answered, called, reason=reason))

    def goes_on(self) -> None:
        """It runs again: to where that is seen."""
        self.cockpit.navigate(OpenExecution(self.execution_id))

    async def _edit(self, text: str | None = None) -> None:
        """The plan in the operator's editor; what was written once is lost by no refusal."""
        state = self.known_state()
        if state is None:
            return
        before = state.plan.model_dump_json(indent=2) + "\n" if text is None else text
        try:
            after = await self.cockpit.edit(before)
        except EditorError as error:
            self.flash(spoken(error), "error")
            if text is not None:
                self._ask_again((_problem(error),), text)
            return
        if after == before and text is None:
            self.flash("Nothing was changed")
            return
        self.begin_once(READS_WAY_ON, lambda: self._take_edited(after), "Cannot edit what remains")

    async def _take_edited(self, after: str) -> None:
        """Ask for the approval of what was written; what is wrong with it is told, and it can be gone on with."""
        try:
            edited = await self.session.read_edited(self.execution_id, after)
            await self._ask_to_run(RedriveWish(edited=edited), "", "Go on")
        except InvalidPlan as invalid:
            self._ask_again(invalid.problems, after)
        except ExecutionError as error:
            self._ask_again((_problem(error),), after)

    def _ask_again(self, problems: tuple[Problem, ...], text: str) -> None:
        def answered(again: bool | None) -> None:
            if again:
                _ = self.start_work(self._edit(text), "Cannot edit what remains")
            else:
                self.flash("What was written was discarded; the plan is as it was")

        self.cockpit.navigate(AskWhatToDo(problems, answered))


def _problem(error: Exception) -> Problem:
    return Problem(path="", message=spoken(error), remedy="Edit again, or discard what was written")
