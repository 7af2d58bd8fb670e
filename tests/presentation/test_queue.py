"""The queue's rows: what needs a decision first, and nobody's outcome invented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from cloudops_tui.model.plan import Parallel, RollbackStrategy, RollbackTrigger
from cloudops_tui.model.queue import Problem, QueueEntry, QueueState
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.model.risk import BlastRadius, RiskAssessment, RiskLevel
from cloudops_tui.presentation import column_heads, queue
from cloudops_tui.presentation.lines import Row, line_width, plain
from cloudops_tui.presentation.queue_filter import Known, read
from cloudops_tui.presentation.queue_order import Sort, in_order, ranking
from cloudops_tui.presentation.queue_preview import Judged, preview
from tests.tui.estate import bucket_clean_up, key_rotation, stock_taking, working_day
from tests.tui.twin import NOON, RecordedSession, ago, uid

WEEK = timedelta(days=7)


def entries(folder: Path) -> list[QueueEntry]:
    return list(working_day(folder).entries.values())


def drawn(
    some: Sequence[QueueEntry],
    width: int,
    ascii_only: bool = False,
    outcomes: Mapping[UUID, ExecutionStatus] | None = None,
    **look: Any,
) -> tuple[Row, ...]:
    rows = queue.Rows(column_heads.chosen(None, width), width, ascii_only, WEEK)
    return rows.of(some, {}, outcomes or {}, NOON, queue.Look(**look))


def numbers(some: Sequence[QueueEntry], sort: Sort = Sort.NEEDS_ME) -> list[int]:
    by_id = {entry.id: entry.number for entry in some}
    return [by_id[one] for one in in_order(some, ranking(sort, NOON, WEEK))]


def found(some: Sequence[QueueEntry], text: str, known: Known = Known()) -> list[int]:
    wanted = read(text, NOON)
    return sorted(entry.number for entry in some if wanted.holds(entry, known))


def test_what_needs_a_decision_comes_first_the_most_dangerous_before_the_oldest(tmp_path: Path) -> None:
    assert numbers(entries(tmp_path)) == [417, 416, 418, 414, 412, 408, 409]


def test_a_filter_wants_every_word_anywhere(tmp_path: Path) -> None:
    assert found(entries(tmp_path), "DESTROY logs") == [417]


@pytest.mark.parametrize("width", [60, 78, 96, 200])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_every_row_with_its_pointer_is_as_wide_as_the_header(tmp_path: Path, width: int, ascii_only: bool) -> None:
    header = column_heads.header(column_heads.chosen(None, width), width)

    assert {1 + line_width(row.line) for row in drawn(entries(tmp_path), width, ascii_only)} == {line_width(header)}
    assert line_width(header) <= width


def test_rows_can_be_drawn_in_ascii_alone(tmp_path: Path) -> None:
    assert all(plain(row.line).isascii() for row in drawn(entries(tmp_path), 80, True))


def test_a_plan_that_has_run_says_how_it_ended_only_when_that_is_known(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    entry = session.add(1, stock_taking())
    execution = session.run(entry, 1)
    done = session.change(entry, state=QueueState.DONE)

    assert queue.sign(done, None).word == "done"
    [row] = drawn([done], 80, outcomes={execution: ExecutionStatus.FAILED})
    assert "FAILED" in plain(row.line)


def test_a_later_revision_shows_in_its_row(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    entry = session.change(session.add(1, key_rotation()), revision=3)

    [row] = drawn([entry], 120)

    assert "r3" in plain(row.line)


def test_the_preview_counts_commands_by_their_claims(tmp_path: Path) -> None:
    entry = RecordedSession(tmp_path).add(1, bucket_clean_up(), at=ago(minutes=9))

    said = [plain(row) for row in preview(entry, None, NOON, 80)]

    assert " 3 commands; the plan says  1 read  2 DESTROY  one after the other" in said
    assert any("9m ago" in row for row in said)


def test_what_runs_in_parallel_is_not_said_to_run_all_at_once() -> None:
    plan = bucket_clean_up().model_copy(update={"mode": Parallel()})

    assert queue.order(plan) == "in parallel"
    assert queue.order(plan.model_copy(update={"max_parallel": 2})) == "in parallel, 2 at a time"


def test_a_rejected_plan_says_who_and_why(tmp_path: Path) -> None:
    [rejected] = [entry for entry in entries(tmp_path) if entry.state is QueueState.REJECTED]

    assert " #409 was rejected by bob: Wrong account" in [plain(row) for row in preview(rejected, None, NOON, 80)]


def test_a_refused_text_is_numbered_and_stays_whole(tmp_path: Path) -> None:
    [refused] = [entry for entry in entries(tmp_path) if entry.state is QueueState.REFUSED]

    said = [plain(row) for row in queue.refused_lines(refused.problems, refused.refused_text, 100)]

    assert any(row.strip().startswith("5  ") and "stop-instance" in row for row in said)
    deep = Problem(path=f"/mode/DependencyGraph/{uid(1)}/0", message="No command has it", remedy="Name one", line=62)
    assert "/0, line 62 " in " ".join(plain(row).strip() for row in queue.refused_lines((deep,), "", 60))


def test_a_row_keeps_a_space_behind_its_state_and_says_where_the_plan_came_from(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    entry = session.add(1, stock_taking(), source="inbox")
    outcomes = {session.run(entry, 1): ExecutionStatus.ROLLED_BACK}
    entry = session.change(session.entries[entry.id], state=QueueState.DONE, decided_by="bob")
    [row] = drawn([entry], 100, outcomes=outcomes)

    assert "rolled back read" in plain(row.line)
    assert plain(row.line).rstrip().endswith("inbox")


def test_the_smallest_terminal_has_room_to_say_which_plan_it_is() -> None:
    shown = column_heads.chosen(None, 57)

    assert column_heads.plan_room(shown, 57) >= 18
    assert "from" in [column.name for column in column_heads.chosen(None, 77)]


@pytest.mark.parametrize("width", [30, 57, 62, 80])
def test_no_fact_of_the_preview_is_torn_apart(tmp_path: Path, width: int) -> None:
    entry = RecordedSession(tmp_path).add(1, bucket_clean_up(), at=ago(minutes=9))

    said = "\n".join(plain(row) for row in preview(entry, None, NOON, width, patience=WEEK))

    assert all(fact in said for fact in ("#1 r1", "expires in 6d", "9m ago", f"plan {(entry.plan_digest or '')[:12]}"))


@pytest.mark.parametrize(
    ("trigger", "said"),
    [(RollbackTrigger.ON_FAILURE, "it deletes a topic (undoing 2)"), (RollbackTrigger.MANUAL, "the plan says so")],
)
def test_the_preview_says_why_also_where_it_is_the_undoing_that_destroys(
    tmp_path: Path, trigger: RollbackTrigger, said: str
) -> None:
    entry = RecordedSession(tmp_path).add(1, key_rotation())
    assert entry.plan is not None
    first, second, *_ = entry.plan.commands
    undo = first.model_copy(update={"id": UUID(int=7)})
    strategy = RollbackStrategy(trigger=trigger, compensations={second.id: (undo,)})
    plan = entry.plan.model_copy(update={"rollback_strategy": strategy})
    tame = RiskAssessment(level=RiskLevel.MODIFY, assessed=RiskLevel.MODIFY, claimed=RiskLevel.MODIFY)
    fatal = tame.model_copy(update={"level": RiskLevel.DESTRUCTIVE, "reasons": ("it deletes a topic",)})
    assessments = {one.id: tame for one in plan.commands} | {undo.id: fatal}
    judged = Judged(RiskLevel.DESTRUCTIVE, frozenset(), BlastRadius(), assessments)

    rows = [plain(row) for row in preview(entry.model_copy(update={"plan": plan}), None, NOON, 80, judged=judged)]

    assert f" because  {said}" in [row.rstrip() for row in rows]
