"""Who waits for whom, drawn."""

from __future__ import annotations

import pytest

from cloudops_tui.presentation import plan_graph
from cloudops_tui.presentation.lines import line_width, plain
from tests.tui.estate import rolling_tags
from tests.tui.twin import LAB, MODIFY, NOON, cli, graph, plan, review_of, uid


def drawn(width: int = 100, *, ascii_only: bool = False) -> list[str]:
    review = review_of(rolling_tags(), None, LAB, NOON)
    return [plain(row).rstrip() for row in plan_graph.drawn(review.commands, width, ascii_only)]


def test_each_wave_says_what_it_waits_for_and_what_waits_for_it() -> None:
    said = drawn()

    assert said[0] == "3 waves, at most 3 at once in the widest"
    [health] = [row for row in said if "Health of wave 1" in row]
    assert "1-3 ▶    4 read" in health
    assert health.endswith("▶ 5-6")


def test_it_is_drawn_in_ascii_too() -> None:
    assert all(row.isascii() for row in drawn(ascii_only=True))
    assert "  1-+-" in drawn(ascii_only=True)[2]


@pytest.mark.parametrize("width", [40, 56, 120])
def test_no_row_is_wider_than_its_room(width: int) -> None:
    review = review_of(rolling_tags(), None, LAB, NOON)

    assert max(line_width(row) for row in plan_graph.drawn(review.commands, width, False)) <= width


def test_a_chain_of_thousands_has_as_many_waves() -> None:
    ids = [uid(number) for number in range(5_000)]
    needs = {one: frozenset(ids[place - 1 : place]) for place, one in enumerate(ids)}

    assert plan_graph.waves(needs)[ids[-1]] == 5_000


def test_numbers_that_follow_each_other_are_a_range() -> None:
    assert plan_graph.ranges([7, 1, 3, 2]) == "1-3,7"


def test_a_plan_without_an_order_of_its_own_is_one_wave() -> None:
    some = [cli(number, MODIFY, "Tag", "ec2 create-tags") for number in (1, 2)]
    review = review_of(plan(1, "Tag", some, mode=graph({})), None, LAB, NOON)

    assert plain(plan_graph.drawn(review.commands, 80, False)[0]).startswith("1 wave,")
