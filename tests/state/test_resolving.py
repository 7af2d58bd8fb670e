"""Where an execution stands after a person's word, computed by the fold alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from cloudops_tui.model import events
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import Other
from cloudops_tui.model.events import AnyExecutionEvent
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.reconcile import Resolution
from cloudops_tui.model.result import CommandResult, CommandStatus, ExecutionResult, ExecutionStatus
from cloudops_tui.policy import redrive
from cloudops_tui.state.execution import ExecutionState, result_of
from cloudops_tui.state.reducer import replay
from cloudops_tui.state.resolving import cannot_go_on, remaining, unresolved
from tests.engine.plans import CONTINUE, get, graph, put, sequence

EXECUTION = UUID(int=1)
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


class Told:
    """A story, an event a second."""

    def __init__(self, plan: ExecutionPlan) -> None:
        self.plan = plan
        self.ids = {one.description: one.id for one in plan.commands}
        self.events: list[AnyExecutionEvent] = []
        self.tell(events.Started(execution_id=EXECUTION, plan=plan))

    def tell(self, event: AnyExecutionEvent) -> Told:
        number = len(self.events) + 1
        self.events.append(event.model_copy(update={"seq": number, "at": NOON + timedelta(seconds=number)}))
        return self

    def ran(self, name: str, status: CommandStatus, attempt: int = 1) -> Told:
        self.tell(events.CommandStarted(execution_id=EXECUTION, command_id=self.ids[name], attempt=attempt))
        result = CommandResult(
            command_id=self.ids[name], status=status, output="", duration=Duration.from_secs(1), started_at=NOON,
            attempts=attempt,
        )  # fmt: skip
        if status is CommandStatus.COMPLETED:
            return self.tell(
                events.CommandCompleted(execution_id=EXECUTION, command_id=self.ids[name], result=result)
            )
        return self.tell(
            events.CommandFailed(execution_id=EXECUTION, command_id=self.ids[name], error="no", result=result)
        )

    def skipped(self, *names: str) -> Told:
        for name in names:
            self.tell(events.CommandSkipped(execution_id=EXECUTION, command_id=self.ids[name], reason="because"))
        return self

    def ended(self, status: ExecutionStatus = ExecutionStatus.FAILED, error: str = "broke") -> Told:
        duration = Duration.from_secs(1)
        if status is ExecutionStatus.CANCELLED:
            return self.tell(events.Cancelled(execution_id=EXECUTION))
        result = ExecutionResult(
            plan_id=self.plan.id, status=status, command_results=(), duration=duration, error=Other(error)
        )
        return self.tell(events.Failed(execution_id=EXECUTION, error=Other(error), result=result))

    def said(self, name: str, resolution: Resolution) -> Told:
        return self.tell(
            events.CommandReconciled(
                execution_id=EXECUTION, command_id=self.ids[name], resolution=resolution, by="bob", reason="seen"
            )
        )

    @property
    def state(self) -> ExecutionState:
        return replay(EXECUTION, self.plan, self.events)


DONE, NOT_DONE = Resolution.DONE, Resolution.NOT_DONE
COMPLETED, UNKNOWN, FAILED = CommandStatus.COMPLETED, CommandStatus.UNKNOWN, CommandStatus.FAILED


@pytest.mark.parametrize(
    ("end", "resolution", "rest", "stands"),
    [
        (ExecutionStatus.FAILED, DONE, COMPLETED, ExecutionStatus.COMPLETED),
        (ExecutionStatus.FAILED, NOT_DONE, COMPLETED, ExecutionStatus.FAILED),
        (ExecutionStatus.FAILED, DONE, FAILED, ExecutionStatus.FAILED),
        (ExecutionStatus.FAILED, DONE, None, ExecutionStatus.FAILED),
        (ExecutionStatus.CANCELLED, DONE, None, ExecutionStatus.CANCELLED),
        (ExecutionStatus.CANCELLED, DONE, COMPLETED, ExecutionStatus.COMPLETED),
    ],
)
def test_where_it_stands_follows_from_what_is_known_then(
    end: ExecutionStatus, resolution: Resolution, rest: CommandStatus | None, stands: ExecutionStatus
) -> None:
    told = Told(sequence(put("a", on_failure=CONTINUE), put("b"))).ran("a", UNKNOWN)
    told = told.skipped("b") if rest is None else told.ran("b", rest)
    told = told.ended(end)
    ended_at = told.state.ended_at

    after = told.said("a", resolution).state

    assert after.status is stands
    assert unresolved(after) == ()
    assert after.ended_at == ended_at, "a word is no work"


def test_an_interrupted_execution_keeps_its_reason_until_all_of_it_is_done() -> None:
    told = Told(sequence(put("a"), put("b"))).ran("a", UNKNOWN).skipped("b").ended(error="Interrupted: it died")

    assert str(told.said("a", DONE).state.error) == "Interrupted: it died"


def test_a_word_about_what_is_known_changes_nothing() -> None:
    told = Told(sequence(put("a"))).ran("a", FAILED).ended()
    before = told.state

    after = told.said("a", DONE).state

    assert (after.status, after.commands) == (before.status, before.commands)


def test_what_completed_stays_and_the_rest_is_as_if_it_had_not_begun() -> None:
    told = Told(sequence(put("a"), put("b"), put("c"))).ran("a", COMPLETED).ran("b", FAILED, 3).skipped("c").ended()
    left = remaining(told.state)
    after = told.tell(events.Redriven(execution_id=EXECUTION, by="bob", remaining=left)).state

    assert [one.status for one in result_of(after, NOON).command_results] == [COMPLETED]
    assert (after.status, after.error, after.ended_at) == (ExecutionStatus.RUNNING, None, None)
    assert after.attempts(told.ids["b"]) == 3, "the next attempt has a folder of its own"
    assert after.completed == (told.ids["a"],)


def test_time_between_two_ends_is_no_work() -> None:
    told = Told(sequence(put("a"))).ran("a", FAILED).ended()
    before = told.state.lasted(NOON)
    later = NOON + timedelta(days=3)
    begun = events.Redriven(execution_id=EXECUTION, by="bob", remaining=remaining(told.state), at=later, seq=99)

    after = replay(EXECUTION, told.plan, [*told.events, begun])

    assert after.lasted(later) == before


def test_nothing_goes_on_while_something_is_unknown_or_was_undone() -> None:
    assert "1 command is Unknown" in (cannot_go_on(Told(sequence(put("a"))).ran("a", UNKNOWN).ended().state) or "")
    assert "not ended" in (cannot_go_on(Told(sequence(put("a"))).state) or "")
    assert cannot_go_on(Told(sequence(put("a"))).ran("a", FAILED).ended().state) is None


def test_what_is_left_waits_for_nobody_who_is_not_in_it() -> None:
    plan = graph([get("a"), put("b"), put("c"), put("d")], {"b": ["a"], "c": ["a", "b"], "d": ["c"]})
    ids = {one.description: one.id for one in plan.commands}

    left = redrive.remaining_plan(plan, {ids["c"], ids["d"]}, "Redrive 1")

    assert [one.description for one in left.commands] == ["c", "d"]
    assert left.mode.dependencies == {ids["c"]: (), ids["d"]: (ids["c"],)}  # type: ignore[union-attr]


def test_only_what_a_command_says_can_be_edited() -> None:
    plan = sequence(put("a"), put("b"))
    a, b = plan.commands
    changed = b.model_copy(update={"description": "c"})

    edited = redrive.edited_plan(plan, plan.model_copy(update={"commands": (a, changed)}), {b.id})

    assert edited.commands[0] == a
    assert edited.commands[1].id != b.id
    for other, why in (
        ({"commands": (a,)}, "added, removed or moved"),
        ({"expected_account": "123456789012"}, "`expected_account` was changed"),
        ({}, "Nothing was changed"),
    ):
        with pytest.raises(ValueError, match=why):
            redrive.edited_plan(plan, plan.model_copy(update=other), {b.id})


def test_a_rollback_after_a_cancellation_is_not_being_cancelled() -> None:
    told = Told(sequence(put("a"), put("b"))).ran("a", CommandStatus.COMPLETED)
    told.tell(events.CancellationRequested(execution_id=EXECUTION, by="alice")).skipped("b")
    told.tell(events.Cancelled(execution_id=EXECUTION))

    undoing = told.tell(events.RollbackStarted(execution_id=EXECUTION, reason="asked for by alice")).state
    asked = told.tell(events.CancellationRequested(execution_id=EXECUTION, by="bob")).state

    assert (undoing.cancelled_by, undoing.rolling_back) == (None, True)
    assert asked.cancelled_by == "bob"
