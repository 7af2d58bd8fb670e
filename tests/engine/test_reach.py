"""A plan that reaches further than the operator allows is stopped before it acts."""

from __future__ import annotations

import pytest

from cloudops_tui.model.errors import Other
from cloudops_tui.model.settings import SafetySettings, Settings
from tests.engine.made import Maker, approved
from tests.engine.plans import delete, get, put, sequence


def limited(**safety: object) -> Settings:
    return Settings(safety=SafetySettings.model_validate(safety))


async def test_a_plan_over_a_limit_does_not_run_and_says_which_limit(make: Maker) -> None:
    engine = make(settings=limited(max_resources=2))

    with pytest.raises(Other, match=r"names 3 resources .* 1 more than `\[safety\] max_resources = 2`"):
        await approved(engine, sequence(put("a"), put("b"), delete("c")))


async def test_reads_do_not_count_against_the_limit_of_resources(make: Maker) -> None:
    review = await make(settings=limited(max_resources=1)).preparer.review(sequence(get("a"), get("b"), put("c")))

    assert review.blocked is None
    assert review.radius.resources == 1


async def test_regions_and_accounts_are_counted_over_the_whole_plan(make: Maker) -> None:
    elsewhere = get("b").model_copy(update={"region": "eu-central-1"})
    plan = sequence(get("a"), elsewhere)

    regions = await make(settings=limited(max_regions=1)).preparer.review(plan)
    accounts = await make(settings=limited(max_accounts=1)).preparer.review(plan)

    assert regions.blocked is not None
    assert "2 regions, 1 more than `[safety] max_regions = 1`" in regions.blocked
    assert accounts.blocked is None


async def test_the_risk_table_is_part_of_what_an_approval_is_bound_to(make: Maker) -> None:
    version = make().preparer.table_version

    assert version.startswith("rules/")
    assert "access levels" in version
