"""A planner may ask for more at once, within what the operator allows."""

from __future__ import annotations

import pytest

from cloudops_tui.engine.plan_run import at_once
from cloudops_tui.model.config import ExecutionConfig
from tests.engine.plans import put, sequence


@pytest.mark.parametrize(
    ("planned", "configured", "expected"),
    [
        (None, None, 8), (3, None, 3), (24, None, 24), (700, None, 64),
        (None, 2, 2), (24, 4, 4), (1, 4, 1), (None, 99, 99),
    ],
)  # fmt: skip
def test_the_plan_asks_and_the_operator_decides(planned: int | None, configured: int | None, expected: int) -> None:
    plan = sequence(put("a")).model_copy(update={"max_parallel": planned})

    assert at_once(plan, ExecutionConfig(max_parallel=configured)) == expected
