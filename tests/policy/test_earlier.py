"""What an earlier command may have changed is known of each, at a cost that grows as the plan does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import pytest

from cloudops_tui.model.command import Command, Sdk, SdkCommand
from cloudops_tui.model.review import CommandReview
from cloudops_tui.model.risk import RiskAssessment, RiskFlag, RiskLevel
from cloudops_tui.policy import earlier
from cloudops_tui.policy.earlier import Earlier
from cloudops_tui.policy.graph import in_order

READ, WRITE = RiskLevel.READ_ONLY, RiskLevel.DESTRUCTIVE


def review(number: int, waits_for: Sequence[int] = (), *, level: RiskLevel = WRITE, **more: object) -> CommandReview:
    flags = (RiskFlag.EXEC,) if more.get("exec") else ()
    command = Command(
        id=UUID(int=number),
        command_type=Sdk(SdkCommand(service=str(more.get("service", "ssm")), operation="Any", parameters={})),
        description=f"c{number}",
        risk_level=level,
        profile=str(more.get("profile", "prod")),
        region="eu-west-1",
    )
    judged = RiskAssessment(level=level, assessed=level, claimed=level, flags=flags)
    return CommandReview(command, None, judged, frozenset(UUID(int=one) for one in waits_for))


def of(*reviews: CommandReview) -> Earlier:
    return Earlier((one.command.id.int, one) for one in reviews)


def test_only_what_ends_before_and_writes_there_counts_however_far_before() -> None:
    last = review(9, [8, 4])
    found = of(
        review(1), review(2, [1], level=READ), review(3, [2], profile="dev"), review(4, [3]), review(5, [4]),
        review(6, [4], service="ec2"), review(7, [6], service="ec2", exec=True), review(8, [7], service="proton"), last,
    )  # fmt: skip

    assert found.ended_before(last) == (1, 4, 7, 8)


def test_a_command_may_stand_before_what_it_waits_for() -> None:
    first = review(1, [3])

    assert of(first, review(2, [1]), review(3)).ended_before(first) == (3,)


def test_what_waits_for_a_command_outside_of_this_part_is_before_nothing_of_it() -> None:
    only = review(2, [1])

    assert of(only).ended_before(only) == ()


def test_of_many_the_first_few_are_told_by_number() -> None:
    last = review(9, range(1, 9))
    found = of(*(review(one) for one in range(1, 9)), last)

    assert found.ended_before(last) == (1, 2, 3, 4, 5)
    assert found.among({UUID(int=one) for one in (8, 3, 7)}.__contains__, last) == (3, 7, 8)


@pytest.mark.parametrize("commands", [50, 200])
def test_each_command_is_looked_at_once_for_each_place_that_is_asked_about(
    commands: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[CommandReview] = []
    walked: list[object] = []
    may_change = earlier.may_change

    def counted(one: CommandReview, place: tuple[str, str]) -> bool:
        looked.append(one)
        return may_change(one, place)

    def counted_walk(edges: Mapping[UUID, frozenset[UUID]]) -> list[UUID]:
        walked.append(edges)
        return in_order(edges)

    monkeypatch.setattr(earlier, "may_change", counted)
    monkeypatch.setattr(earlier, "in_order", counted_walk)
    services = ("ssm", "ec2")
    all_of_them = [review(one, [one - 1], service=services[one % 2]) for one in range(1, commands + 1)]
    found = of(*all_of_them)

    begun = {one.command.id for one in all_of_them}
    told = [(found.ended_before(one), found.among(begun.__contains__, one)) for one in all_of_them]

    assert told[-1][0] == told[-1][1]
    assert (len(looked), len(walked)) == (len(services) * commands, len(services))
