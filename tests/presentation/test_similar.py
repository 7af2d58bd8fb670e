"""Plans like this one: the same operations as often, whatever they were called."""

from __future__ import annotations

from datetime import timedelta

from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.presentation import similar
from cloudops_tui.presentation.lines import plain
from tests.tui.recorded import record
from tests.tui.twin import MODIFY, NOON, READ, cli, plan


def ran(place: int, status: ExecutionStatus, seconds: float) -> ExecutionRecord:
    return record(place, f"Look at tags, take {place}", status, READ, seconds)


RAN = [
    ran(1, ExecutionStatus.COMPLETED, 60),
    ran(2, ExecutionStatus.FAILED, 5),
    ran(3, ExecutionStatus.COMPLETED, 80),
    ran(4, ExecutionStatus.COMPLETED, 70),
]
LIKE_THEM = plan(1, "Another name", [cli(n, READ, "Part", "ec2 describe-tags") for n in (1, 2, 3)])


def test_the_operations_make_plans_alike_not_their_names() -> None:
    other = plan(2, "Look at tags, take 1", [cli(9, MODIFY, "Tag", "ec2 create-tags")])

    assert len(similar.alike(LIKE_THEM, RAN)) == 4
    assert len(similar.alike(LIKE_THEM, RAN, own=similar.alike(LIKE_THEM, RAN)[0].id)) == 3
    assert similar.alike(other, RAN) == ()


def test_three_good_ends_make_a_usual_time_and_two_do_not() -> None:
    assert similar.usual(similar.alike(LIKE_THEM, RAN)) == timedelta(seconds=70)
    assert similar.usual(similar.alike(LIKE_THEM, RAN[:3])) is None


def test_they_are_told_with_their_ends_and_where_they_failed() -> None:
    said = [plain(row) for row in similar.in_words(similar.alike(LIKE_THEM, RAN), NOON)]

    assert said[0] == "3 of 4 went well, usually 1m10s"
    assert said[2] == "#398 FAILED 5.0s, 1d ago  at 3 Look at tags, take 2, part 3"


def test_the_history_is_asked_for_their_operations() -> None:
    assert similar.question(LIKE_THEM) == '"aws ec2 describe-tags"'
