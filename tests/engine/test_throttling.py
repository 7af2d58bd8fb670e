"""A service that says "too fast" slows down everything that goes there, and nothing else."""

from __future__ import annotations

from random import Random

import pytest

from cloudops_tui.engine.throttling import ThrottleGate
from cloudops_tui.model import events as happened
from cloudops_tui.model.config import ExecutionConfig, Fixed, RetryConfig
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.plan import Parallel
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.policy.throttle import Place
from tests.engine.cloud import Cloud, scale
from tests.engine.made import Heard, Maker, approved, ended, how
from tests.engine.plans import get, of, put, sequence
from tests.engine.stub import FINE, Answer, Call, Stub, refusal, until

THROTTLED = refusal("ThrottlingException")
SSM = Place("123456789012", "us-east-1", "ssm")


def patient(wait: float) -> ExecutionConfig:
    retry = RetryConfig(max_attempts=2, backoff=Fixed(Duration.from_secs(wait)))
    return ExecutionConfig(retry_config=retry)


async def test_commands_that_were_not_throttled_wait_with_the_one_that_was_and_it_is_told(
    make: Maker, stub: Stub
) -> None:
    """The wait is a minute: whoever did not wait would have arrived, however slow the machine is."""
    gate = ThrottleGate(Random(1))
    engine = make(patient(60), gate=gate)
    heard = Heard(engine)

    def says(call: Call) -> Answer | None:
        return THROTTLED if call.name == "busy" else None

    stub.says = says
    elsewhere = put("elsewhere").model_copy(update={"region": "eu-west-1"})
    execution = await approved(engine, of(Parallel(), put("busy"), max_parallel=4))
    await until(lambda: bool(heard.of(happened.CommandRetryScheduled)), "it was throttled")
    later, read = put("later"), get("read")
    another = await approved(engine, of(Parallel(), later, elsewhere, read, max_parallel=4))
    await stub.holds("elsewhere")
    both = {later.id, read.id}
    await until(lambda: {one.command_id for one in heard.of(happened.CommandThrottled)} >= both, "both wait")

    assert sorted(stub.names) == ["busy", "elsewhere"]
    assert {(one.service, one.region, one.account) for one in heard.of(happened.CommandThrottled)} == {
        ("ssm", "us-east-1", "123456789012")
    }
    turns = (await engine.observe(another)).turns
    assert len(turns) == 2
    stub.release("elsewhere")
    await until(lambda: bool(heard.of(happened.CommandCompleted)), "its answer has arrived")
    await engine.cancel(execution)
    await engine.cancel(another)
    result = await ended(engine, another)

    assert (await ended(engine, execution)).status is ExecutionStatus.CANCELLED
    assert {"Skipped", "Completed"} == {one.status.value for one in result.command_results}
    assert stub.times("later") == 0


async def test_a_storm_ends_and_the_place_is_fast_again(make: Maker, stub: Stub) -> None:
    gate = ThrottleGate(Random(1))
    engine = make(ExecutionConfig(retry_config=RetryConfig(max_attempts=9, backoff=Fixed(Duration.from_millis(5)))),
                  gate=gate)  # fmt: skip
    stub.says = lambda call: THROTTLED if call.number <= 2 else FINE
    plan = of(Parallel(), *(put(name) for name in "abcdef"), max_parallel=6)

    result = await ended(engine, await approved(engine, plan))

    assert set(how(plan, result).values()) == {"Completed"}
    assert [stub.times(name) for name in "abcdef"] == [3] * 6
    assert gate.pace(SSM).level < 3


@pytest.mark.parametrize("code", ["ServiceUnavailable"])
async def test_what_does_not_prove_that_nothing_was_done_is_neither_a_throttle_nor_sent_again(
    make: Maker, stub: Stub, code: str
) -> None:
    gate = ThrottleGate(Random(1))
    engine = make(gate=gate)
    stub.says = lambda call: refusal(code, 500)

    await ended(engine, await approved(engine, sequence(put("broken"))))

    assert stub.times("broken") == 1
    assert gate.pace(SSM).is_free


@pytest.mark.parametrize(("turned_away", "known"), [(1, {"DesiredCapacity": 2}), (2, None)])
async def test_a_read_before_a_command_shares_its_limit_and_is_put_once_more_in_its_turn(
    make: Maker, turned_away: int, known: object
) -> None:
    cloud, gate = Cloud(), ThrottleGate(Random(1))
    cloud.too_fast = turned_away
    engine = make(patient(0.005), executors=[cloud], gate=gate)
    heard = Heard(engine)

    result = await ended(engine, await approved(engine, sequence(scale("web", 5))))

    assert result.status is ExecutionStatus.COMPLETED
    assert (cloud.reads, cloud.sent) == (2, [("SetDesiredCapacity", "web")])
    [begun] = heard.of(happened.CommandStarted)
    assert begun.before is not None
    assert begun.before.image == known
    assert gate.pace(Place("123456789012", "us-east-1", "autoscaling")).level == turned_away - 1
