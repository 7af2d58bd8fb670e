"""A whole plan rehearsed: what one command says in the light of those before it."""

from __future__ import annotations

from typing import Any

import pytest

from cloudops_tui.engine.ports import Rehearsal
from cloudops_tui.model.command import Command
from cloudops_tui.model.plan import ExecutionPlan, Parallel
from cloudops_tui.model.result import DryRunNo, DryRunOutput, DryRunResult, DryRunRung
from tests.engine.made import Maker
from tests.engine.plans import cli_put, delete, get, graph, of, put, sequence
from tests.engine.stub import Answer, Call, Stub
from tests.engine.test_strangers import Stranger, hangs

NOBODY: dict[str, Any] = {"Parameters": []}


def parameter(name: str) -> dict[str, Any]:
    return {"Parameters": [{"Name": name, "Type": "String", "Version": 3}]}


def says(stub: Stub, body: dict[str, Any]) -> None:
    def answer(call: Call) -> Answer:
        assert call.operation == "DescribeParameters", f"{call.operation} is no rehearsal"
        return Answer(body=body)

    stub.says = answer


async def rehearsed(make: Maker, plan: ExecutionPlan) -> DryRunResult:
    return await make().dry_run(plan)


async def test_what_is_there_now_is_read_and_counted_apart_from_what_the_service_rehearsed(
    make: Maker, stub: Stub
) -> None:
    says(stub, parameter("a"))

    told = await rehearsed(make, sequence(delete("a"), get("a")))

    assert [one.rung for one in told.commands] == [DryRunRung.STATE, DryRunRung.IDENTITY]
    assert (told.passed, told.natively, told.states) == (True, 0, 1)
    assert told.commands[0].description == "Read as it is now; permission unknown"
    assert told.commands[0].changes == ("parameter a: would be deleted with all its versions",)
    assert len(told.commands[0].before_state or "") == 64


async def test_a_command_that_acts_on_what_is_absent_fails_the_rehearsal(make: Maker, stub: Stub) -> None:
    says(stub, NOBODY)

    told = await rehearsed(make, sequence(get("a"), delete("a")))

    assert not told.passed
    assert [(one.passed, one.no) for one in told.commands] == [(True, None), (False, DryRunNo.ABSENT)]
    assert told.commands[1].description == "Parameter a is absent: nothing to delete"


async def test_what_an_earlier_command_of_the_plan_may_make_is_no_failure(make: Maker, stub: Stub) -> None:
    says(stub, NOBODY)

    told = await rehearsed(make, sequence(put("a"), get("x"), delete("a")))

    assert told.passed
    assert told.commands[2].description == "Parameter a is absent: nothing to delete"
    assert told.commands[2].warnings == (
        "So it is now; command 1 of this plan runs before, and may change that",
    )


async def test_the_same_holds_for_a_command_line_before_a_call_of_the_sdk(make: Maker, stub: Stub) -> None:
    says(stub, NOBODY)

    assert (await rehearsed(make, sequence(cli_put("a"), delete("a")))).passed


@pytest.mark.parametrize("before", [{}, {"b": ["a"]}])
async def test_only_what_has_ended_before_counts(make: Maker, stub: Stub, before: dict[str, list[str]]) -> None:
    says(stub, NOBODY)
    plan = graph([put("a"), delete("b")], before) if before else of(Parallel(), put("a"), delete("b"))

    told = await rehearsed(make, plan)

    assert told.passed is bool(before)


async def test_a_refusal_stands_whatever_comes_before(make: Maker, stub: Stub) -> None:
    class Refused(Stranger):
        async def dry_run(self, command: Command) -> DryRunOutput:
            return DryRunOutput(description="Refused by a dry run: UnauthorizedOperation", refused=True, natively=True)

    told = await make(executors=[Refused(hangs)]).dry_run(sequence(put("a"), delete("a")))

    assert [(one.passed, one.no) for one in told.commands] == [(False, DryRunNo.REFUSED)] * 2
    assert {one.rung for one in told.commands} == {DryRunRung.IDENTITY}


async def test_a_read_says_that_it_is_one(make: Maker, stub: Stub) -> None:
    told = await rehearsed(make, sequence(get("a")))

    assert told.commands[0].description == "Not rehearsable: permission unknown; it only reads"
    assert stub.calls == []


async def test_a_strangers_executor_is_handed_the_frozen_form_where_it_takes_it(make: Maker, stub: Stub) -> None:
    class Rehearses(Stranger):
        async def rehearse(self, rehearsal: Rehearsal) -> DryRunOutput:
            return DryRunOutput(description=" ".join(rehearsal.argv or ()), rung=DryRunRung.NATIVE, natively=True)

    told = await make(executors=[Rehearses(hangs)]).dry_run(sequence(cli_put("a")))

    assert told.commands[0].description == "aws ssm put-parameter --name a --type String --value 1"
    assert told.natively == 1


async def test_a_command_that_the_plan_lets_fail_blocks_nothing_by_what_is_absent(make: Maker, stub: Stub) -> None:
    says(stub, NOBODY)

    told = await rehearsed(make, sequence(delete("a", allow_failure=True)))

    assert told.passed
    assert told.commands[0].warnings == ("The plan lets this command fail",)
