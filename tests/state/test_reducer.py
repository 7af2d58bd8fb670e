"""One fold: the same story always gives the same state, whole or in pieces."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudops_tui.model import events
from cloudops_tui.model.approval import ApprovalMetadata, Approve
from cloudops_tui.model.command import Cli, CliCommand, Command
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import ExecutionError
from cloudops_tui.model.events import EVENT, AnyExecutionEvent
from cloudops_tui.model.plan import ExecutionPlan, Parallel, RollbackStrategy, RollbackTrigger
from cloudops_tui.model.result import CommandResult, CommandStatus, ExecutionResult, ExecutionStatus, Outcome
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.state.execution import NOT_BEGUN, ExecutionState, begin, result_of
from cloudops_tui.state.reducer import apply, replay
from tests.model.strategies import EVENTS

EXECUTION = UUID(int=1000)
START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
APPROVAL = ApprovalMetadata(approved_by="me", approved_at=START, decision=Approve())


def one(number: int) -> UUID:
    return UUID(int=number)


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def command(number: int) -> Command:
    return Command(
        id=one(number),
        command_type=Cli(CliCommand(command="aws sts get-caller-identity")),
        description=f"c{number}",
        risk_level=RiskLevel.MODIFY,
        profile="default",
        region="eu-west-1",
    )


PLAN = ExecutionPlan(
    id=one(99),
    description="",
    commands=(command(1), command(2), command(3)),
    mode=Parallel(),
    risk_level=RiskLevel.MODIFY,
    rollback_strategy=RollbackStrategy(
        trigger=RollbackTrigger.ON_FAILURE,
        compensations={one(1): (command(11), command(12)), one(2): (command(21),)},
    ),
)


def result(
    number: int, began: float, ended: float, status: CommandStatus = CommandStatus.COMPLETED, **more: Any
) -> CommandResult:
    return CommandResult(
        command_id=one(number),
        status=status,
        output=f"out {number}",
        duration=Duration.from_secs(ended - began),
        started_at=at(began),
        completed_at=at(ended),
        **more,
    )


def whole(status: ExecutionStatus, *results: CommandResult, error: ExecutionError | None = None) -> ExecutionResult:
    return ExecutionResult(
        plan_id=PLAN.id, status=status, command_results=results, duration=Duration.from_secs(9), error=error
    )


def told(*story: AnyExecutionEvent) -> list[AnyExecutionEvent]:
    """The story as the bus stamps it: numbered from 1, a second between events."""
    return [event.model_copy(update={"seq": place, "at": at(place - 1)}) for place, event in enumerate(story, 1)]


def started() -> events.Started:
    return events.Started(execution_id=EXECUTION, plan=PLAN, approval=APPROVAL)


def began(number: int, attempt: int = 1) -> events.CommandStarted:
    return events.CommandStarted(execution_id=EXECUTION, command_id=one(number), attempt=attempt)


def done(held: CommandResult) -> events.CommandCompleted:
    return events.CommandCompleted(execution_id=EXECUTION, command_id=held.command_id, result=held)


def failed(held: CommandResult) -> events.CommandFailed:
    return events.CommandFailed(
        execution_id=EXECUTION, command_id=held.command_id, error=held.error or "", result=held
    )


def skipped(number: int, reason: str) -> events.CommandSkipped:
    return events.CommandSkipped(execution_id=EXECUTION, command_id=one(number), reason=reason)


def undoing(number: int, by: int, attempt: int = 1) -> events.CompensationStarted:
    return events.CompensationStarted(
        execution_id=EXECUTION, command_id=one(number), compensation_id=one(by), attempt=attempt
    )


def undone(number: int, held: CommandResult) -> events.CompensationEnded:
    return events.CompensationEnded(
        execution_id=EXECUTION, command_id=one(number), compensation_id=held.command_id, result=held
    )


def fold(story: Sequence[AnyExecutionEvent]) -> ExecutionState:
    return replay(EXECUTION, PLAN, story)


def statuses(state: ExecutionState) -> list[CommandStatus]:
    return [state.command(held.id).status for held in PLAN.commands]


PENDING, RUNNING, COMPLETED, FAILED, SKIPPED, ROLLED_BACK, UNKNOWN = CommandStatus


# ---------------------------------------------------------------- stories

ONE, TWO, THREE = result(1, 1, 3), result(2, 2, 4), result(3, 5, 6)


def test_before_the_first_event_nothing_is_known() -> None:
    state = begin(EXECUTION, PLAN)

    assert state.status is ExecutionStatus.PENDING
    assert statuses(state) == [PENDING] * 3
    assert result_of(state, at(5)) == ExecutionResult(
        plan_id=PLAN.id, status=ExecutionStatus.PENDING, command_results=(), duration=Duration()
    )


def test_everything_completes() -> None:
    state = fold(
        told(started(), began(1), began(2), done(TWO), done(ONE), began(3), done(THREE),
             events.Completed(execution_id=EXECUTION, result=whole(ExecutionStatus.COMPLETED, ONE, TWO, THREE)))
    )  # fmt: skip

    assert state.status is ExecutionStatus.COMPLETED
    assert state.completed == (one(2), one(1), one(3))
    assert (state.started_at, state.ended_at, state.seq) == (at(0), at(7), 8)
    assert state.approval == APPROVAL
    assert result_of(state, at(100)) == ExecutionResult(
        plan_id=PLAN.id,
        status=ExecutionStatus.COMPLETED,
        command_results=(ONE, TWO, THREE),
        duration=Duration.from_secs(7),
    )


def test_a_failure_and_what_it_skipped() -> None:
    bad = result(1, 1, 2, FAILED, error="An error occurred (AccessDenied)", exit_code=254)
    error = ExecutionError.CommandFailed("c1")
    state = fold(
        told(started(), began(1), failed(bad), skipped(2, "`c1` did not complete"), skipped(3, "`c1` did not complete"),
             events.Failed(execution_id=EXECUTION, error=error, result=whole(ExecutionStatus.FAILED, bad, error=error)))
    )  # fmt: skip

    assert statuses(state) == [FAILED, SKIPPED, SKIPPED]
    assert state.counts() == {FAILED: 1, SKIPPED: 2}
    found = result_of(state, at(100))
    assert found.error == error
    assert found.error is not error
    assert found.command_results[0] == bad
    passed_over = found.command_results[1]
    assert passed_over.started_at == passed_over.completed_at == at(3)
    assert passed_over.error == "`c1` did not complete"
    assert passed_over.duration == Duration()
    assert passed_over.attempts is None


def test_attempts_are_visible_and_the_wait_between_them() -> None:
    again = events.CommandRetryScheduled(
        execution_id=EXECUTION, command_id=one(1), attempt=1, error="Throttled", after=Duration.from_secs(4)
    )
    story = told(started(), began(1), again, began(1, attempt=2), done(ONE))

    waiting, trying, ended = (fold(story[:length]).command(one(1)) for length in (3, 4, 5))

    assert waiting.waiting_to_retry
    assert (waiting.error, waiting.retry_at, waiting.attempt) == ("Throttled", at(6), 1)
    assert (trying.status, trying.retry_at, trying.attempt, trying.started_at) == (RUNNING, None, 2, at(1))
    assert not trying.waiting_to_retry
    assert (ended.status, ended.error, ended.result) == (COMPLETED, None, ONE)


def test_an_attempt_that_may_have_been_executed_is_remembered_until_the_command_ends() -> None:
    def again(number: int, error: str) -> events.CommandRetryScheduled:
        after = Duration.from_secs(4)
        return events.CommandRetryScheduled(
            execution_id=EXECUTION, command_id=one(1), attempt=number, error=error, after=after
        )

    cut, throttled = again(1, "Outcome unknown: the connection broke"), again(2, "Throttled")
    story = told(started(), began(1), cut, began(1, attempt=2), throttled, began(1, attempt=3), done(ONE))

    doubts = [fold(story[:length]).command(one(1)).doubtful for length in range(2, 8)]

    assert doubts == [False, True, True, True, True, False]


def test_a_wait_of_centuries_does_not_break_the_story() -> None:
    again = events.CommandRetryScheduled(
        execution_id=EXECUTION, command_id=one(1), attempt=1, error="x", after=Duration(days=999_999_999)
    )

    assert fold(told(started(), began(1), again)).command(one(1)).waiting_to_retry


def test_a_cancelled_execution_says_who_asked() -> None:
    cut = result(1, 1, 3, FAILED, error="Execution cancelled by user", outcome=Outcome.CANCELLED)
    asked = events.CancellationRequested(execution_id=EXECUTION, by="me")
    cancelled = events.Cancelled(execution_id=EXECUTION, result=whole(ExecutionStatus.CANCELLED, cut))
    state = fold(told(started(), began(1), asked, failed(cut), skipped(2, "x"), skipped(3, "x"), cancelled))

    assert (state.status, state.cancelled_by) == (ExecutionStatus.CANCELLED, "me")
    assert state.command(one(1)).result == cut


def test_an_end_that_is_not_known_stays_unknown() -> None:
    lost = result(1, 1, 3, UNKNOWN, error="Outcome unknown: the runner is gone")

    assert statuses(fold(told(started(), began(1), failed(lost)))) == [UNKNOWN, PENDING, PENDING]


def test_ends_without_a_result_are_ends_all_the_same() -> None:
    bare = events.CommandFailed(execution_id=EXECUTION, command_id=one(1), error="gone")
    failed_bare = events.Failed(execution_id=EXECUTION, error=ExecutionError.Other("Interrupted: x"))
    state = fold(told(started(), began(1), bare, failed_bare))

    assert (state.status, state.ended_at, state.error) == (
        ExecutionStatus.FAILED, at(3), ExecutionError.Other("Interrupted: x"),
    )  # fmt: skip
    [found] = result_of(state, at(9)).command_results
    assert (found.status, found.error, found.duration) == (FAILED, "gone", Duration.from_secs(1))
    assert fold(told(started(), events.Cancelled(execution_id=EXECUTION))).status is ExecutionStatus.CANCELLED


ROLLBACK: list[AnyExecutionEvent] = [
    events.RollbackStarted(execution_id=EXECUTION, reason="x"),
    undoing(2, 21), undone(2, result(21, 10, 11)),
    undoing(1, 11), undone(1, result(11, 11, 12)),
    undoing(1, 12), undone(1, result(12, 12, 13)),
]  # fmt: skip
BEFORE: list[AnyExecutionEvent] = [
    started(), began(1), done(ONE), began(2), done(TWO),
    events.Failed(execution_id=EXECUTION, error=ExecutionError.CommandFailed("x")),
]  # fmt: skip


def test_a_command_is_rolled_back_once_all_that_undoes_it_has_completed() -> None:
    story = told(
        *BEFORE, *ROLLBACK,
        events.RollbackCompleted(execution_id=EXECUTION, result=whole(ExecutionStatus.ROLLED_BACK)),
    )  # fmt: skip

    assert [statuses(fold(story[:length]))[:2] for length in (9, 11, 13)] == [
        [COMPLETED, ROLLED_BACK], [COMPLETED, ROLLED_BACK], [ROLLED_BACK, ROLLED_BACK],
    ]  # fmt: skip
    undone_state, end = fold(story[:13]), fold(story)
    assert (undone_state.status, undone_state.rolling_back, undone_state.ended_at) == (
        ExecutionStatus.RUNNING, True, None,
    )  # fmt: skip
    assert (end.status, end.rolling_back, end.ended_at) == (ExecutionStatus.ROLLED_BACK, False, at(13))
    assert [found.status for found in result_of(end, at(99)).command_results] == [ROLLED_BACK, ROLLED_BACK]
    assert result_of(end, at(99)).command_results[0].output == "out 1"


def test_a_rollback_that_fails_leaves_what_it_did_not_undo() -> None:
    bad = result(11, 11, 12, FAILED, error="no")
    error = ExecutionError.RollbackFailed("c11")
    story = told(
        *BEFORE, *ROLLBACK[:4], undone(1, bad),
        events.Failed(execution_id=EXECUTION, error=error, result=whole(ExecutionStatus.FAILED, error=error)),
    )  # fmt: skip

    state = fold(story)

    assert statuses(state)[:2] == [COMPLETED, ROLLED_BACK]
    assert (state.status, state.error, state.rolling_back) == (ExecutionStatus.FAILED, error, False)
    assert state.compensations[one(11)].status is FAILED


def test_a_compensation_that_is_tried_again_has_no_end_yet() -> None:
    bad = result(11, 11, 12, FAILED, error="no")
    story = told(*BEFORE, *ROLLBACK[:4], undone(1, bad), ROLLBACK[0], undoing(1, 11, attempt=2))

    known = fold(story).compensations[one(11)]

    assert (known.status, known.attempt, known.ended_at, known.result) == (RUNNING, 2, None, None)


def test_output_changes_nothing() -> None:
    state = fold(told(started(), began(1)))
    line = events.CommandOutput(execution_id=EXECUTION, command_id=one(1), line="x", seq=77, at=at(5))

    assert apply(state, line) is state


def test_events_without_a_number_are_counted() -> None:
    assert fold([started(), began(1)]).seq == 2


@pytest.mark.parametrize("length", range(14))
def test_a_running_execution_shows_the_result_so_far(length: int) -> None:
    story = told(*BEFORE, *ROLLBACK)[:length]

    found = result_of(fold(story), at(50))

    assert all(held.status in (RUNNING, COMPLETED, ROLLED_BACK) for held in found.command_results)
    assert [held.command_id for held in found.command_results] == sorted(
        {event.command_id for event in story if isinstance(event, events.CommandStarted)}
    )


# ---------------------------------------------------------------- for any story

IDS = [one(number) for number in (1, 2, 3, 11, 12, 21, 77)]


@st.composite
def stories(draw: st.DrawFn) -> list[AnyExecutionEvent]:
    kinds = draw(st.lists(st.sampled_from(sorted(EVENTS)), max_size=8))
    story = []
    for place, kind in enumerate(kinds, 1):
        event = draw(EVENTS[kind])
        ids = {
            field: draw(st.sampled_from(IDS))
            for field in ("command_id", "compensation_id")
            if field in type(event).model_fields
        }
        story.append(event.model_copy(update={"execution_id": EXECUTION, "seq": place, **ids}))
    return story


@given(stories())
@settings(max_examples=60)
def test_any_story_folds_to_one_state(story: list[AnyExecutionEvent]) -> None:
    written = [EVENT.validate_json(EVENT.dump_json(event)) for event in story]

    state = fold(story)

    assert fold(story) == state == fold(written)
    result_of(state, at(0)).model_dump_json()


@given(stories(), st.integers(0, 8))
@settings(max_examples=60)
def test_a_story_heard_in_two_parts_is_the_same_story(story: list[AnyExecutionEvent], cut: int) -> None:
    state = fold(story[:cut])
    before = (state, dict(state.commands), dict(state.compensations))

    rest = state
    for event in story[cut:]:
        rest = apply(rest, event)

    assert rest == fold(story)
    assert (state, dict(state.commands), dict(state.compensations)) == before


def test_a_command_that_nobody_mentioned_has_not_begun() -> None:
    assert fold(told(started())).command(one(77)) is NOT_BEGUN
