"""What a failure means for the rest, and when a command is tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cloudops_tui.executors.clients import AwsClients
from cloudops_tui.executors.sdk import SdkExecutor
from cloudops_tui.model import events as happened
from cloudops_tui.model.config import AnyBackoffStrategy, ExecutionConfig, Exponential, Fixed, Linear, RetryConfig
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import CommandFailed, Timeout
from cloudops_tui.model.plan import Parallel
from cloudops_tui.model.result import CommandStatus, ExecutionStatus, Outcome
from tests.engine.made import Heard, Maker, approved, ended, how
from tests.engine.plans import CONTINUE, cli_put, delete, get, graph, of, put, seconds, sequence, token
from tests.engine.stub import CUT, FINE, FOUND, Answer, Call, Stub, refusal

NO = refusal("ParameterLimitExceeded")
THROTTLED = refusal("ThrottlingException")


async def test_a_failure_skips_everything_that_has_not_begun_and_says_why(make: Maker, stub: Stub) -> None:
    engine = make()
    heard = Heard(engine)
    plan = graph([put("bad"), put("running"), put("later"), put("behind")], {"later": ["running"], "behind": ["bad"]})

    execution = await approved(engine, plan)
    await stub.holds("bad", "running")
    stub.release("bad", answer=NO)
    await stub.until(lambda: bool(heard.of(happened.CommandFailed)), "the engine knows of it")
    stub.release("running")
    result = await ended(engine, execution)

    assert how(plan, result) == {"bad": "Failed", "running": "Completed", "later": "Skipped", "behind": "Skipped"}
    assert result.status is ExecutionStatus.FAILED
    assert isinstance(result.error, CommandFailed)
    assert "bad" in str(result.error)
    later = result.command_results[2]
    assert later.error == "`bad` did not complete"
    assert later.started_at == later.completed_at
    assert sorted(stub.names) == ["bad", "running"]
    assert heard.of(happened.Failed)


async def test_continue_lets_unrelated_branches_go_on_and_still_fails(make: Maker, stub: Stub) -> None:
    engine = make()
    stub.says = lambda call: NO if call.name == "bad" else FINE
    plan = graph(
        [put("bad", on_failure=CONTINUE), put("behind"), put("far behind"), put("other"), put("after other")],
        {"behind": ["bad"], "far behind": ["behind"], "after other": ["other"]},
        max_parallel=1,
    )

    result = await ended(engine, await approved(engine, plan))

    assert how(plan, result) == {
        "bad": "Failed", "behind": "Skipped", "far behind": "Skipped", "other": "Completed", "after other": "Completed"
    }  # fmt: skip
    assert result.status is ExecutionStatus.FAILED


async def test_an_allowed_failure_completes_and_its_dependents_are_skipped(make: Maker, stub: Stub) -> None:
    engine = make()
    stub.says = lambda call: NO if call.name == "may fail" else FINE
    plan = graph([put("may fail", allow_failure=True), put("behind"), put("other")], {"behind": ["may fail"]})

    result = await ended(engine, await approved(engine, plan))

    assert how(plan, result) == {"may fail": "Failed", "behind": "Skipped", "other": "Completed"}
    assert result.status is ExecutionStatus.COMPLETED
    assert result.error is None


async def test_in_a_sequence_continue_goes_on_with_the_next(make: Maker, stub: Stub) -> None:
    engine = make()
    stub.says = lambda call: NO if call.name == "b" else FINE
    plan = sequence(put("a"), put("b", on_failure=CONTINUE), put("c"))

    result = await ended(engine, await approved(engine, plan))

    assert how(plan, result) == {"a": "Completed", "b": "Failed", "c": "Completed"}
    assert result.status is ExecutionStatus.FAILED


async def test_a_read_that_takes_too_long_fails_with_the_timeout_of_its_command(make: Maker, stub: Stub) -> None:
    engine = make(ExecutionConfig(retry_config=RetryConfig(max_attempts=1)))
    plan = sequence(get("slow", timeout=seconds(0.3)))

    result = await ended(engine, await engine.begin(plan))

    assert result.command_results[0].status is CommandStatus.FAILED
    assert result.error == Timeout(seconds(0.3))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("write", [put, cli_put])
async def test_a_write_that_takes_too_long_is_unknown_and_never_sent_again(make: Maker, stub: Stub, write) -> None:  # type: ignore[no-untyped-def]
    clients = AwsClients()
    engine = make(executors=[make.executors()[0], SdkExecutor(catalogue=make.catalogue, clients=clients)])
    async with clients.client("ssm", "default", "us-east-1"):
        pass  # the time that runs out is to be the service's, not that of making a client
    plan = sequence(write("slow", timeout=seconds(2)))

    result = await ended(engine, await approved(engine, plan))

    [command] = result.command_results
    assert (command.status, command.outcome) == (CommandStatus.UNKNOWN, Outcome.UNKNOWN)
    assert command.error is not None
    assert command.error.startswith("Outcome unknown: Execution timeout after")
    assert result.status is ExecutionStatus.FAILED
    assert stub.times("slow") <= 1  # the program may have needed all of its time to start


async def test_a_write_whose_connection_broke_is_unknown_and_never_sent_again(make: Maker, stub: Stub) -> None:
    engine = make()
    stub.says = lambda call: CUT

    result = await ended(engine, await approved(engine, sequence(put("cut"))))

    assert result.command_results[0].status is CommandStatus.UNKNOWN
    assert stub.times("cut") == 1


async def test_a_read_whose_connection_broke_is_sent_again(make: Maker, stub: Stub) -> None:
    engine = make()
    stub.says = lambda call: CUT if call.number < 3 else FOUND

    result = await ended(engine, await engine.begin(sequence(get("cut"))))

    assert result.status is ExecutionStatus.COMPLETED
    assert result.command_results[0].attempts == 3


async def test_a_write_with_a_token_is_sent_again_with_the_same_token(make: Maker, stub: Stub) -> None:
    engine = make()
    stub.says = lambda call: CUT if call.number == 1 else FINE

    result = await ended(engine, await approved(engine, sequence(token("baseline"))))

    assert result.status is ExecutionStatus.COMPLETED
    first, second = (call.body["ClientToken"] for call in stub.calls)
    assert first == second


async def test_a_write_that_may_have_run_at_first_stays_unknown_whatever_the_last_answer_says(
    make: Maker, stub: Stub
) -> None:
    engine = make()
    stub.says = lambda call: CUT if call.number == 1 else NO

    result = await ended(engine, await approved(engine, sequence(token("baseline"))))

    assert result.command_results[0].status is CommandStatus.UNKNOWN
    assert stub.times("baseline") == 2


async def test_a_throttled_write_is_sent_again_and_each_attempt_is_an_event(make: Maker, stub: Stub) -> None:
    engine = make()
    heard = Heard(engine)
    stub.says = lambda call: THROTTLED if call.number < 3 else FINE

    result = await ended(engine, await approved(engine, sequence(put("busy"))))

    assert result.status is ExecutionStatus.COMPLETED
    assert [event.attempt for event in heard.of(happened.CommandStarted)] == [1, 2, 3]
    assert [event.attempt for event in heard.of(happened.CommandRetryScheduled)] == [1, 2]
    assert result.command_results[0].attempts == 3


async def test_max_attempts_counts_the_first(make: Maker, stub: Stub) -> None:
    engine = make(ExecutionConfig(retry_config=RetryConfig(max_attempts=2, backoff=Fixed(Duration.from_millis(1)))))
    stub.says = lambda call: THROTTLED

    result = await ended(engine, await approved(engine, sequence(put("busy"), put("next"))))

    assert result.command_results[0].status is CommandStatus.FAILED
    assert result.command_results[0].error_code == "ThrottlingException"
    assert stub.names == ["busy", "busy"]


async def test_an_error_that_is_not_listed_is_not_tried_again(make: Maker, stub: Stub) -> None:
    engine = make()
    stub.says = lambda call: NO

    result = await ended(engine, await engine.begin(sequence(get("bad"))))

    assert result.command_results[0].attempts == 1
    assert stub.times("bad") == 1


@pytest.mark.parametrize(
    ("backoff", "waits"),
    [
        (Fixed(Duration.from_millis(20)), [20, 20, 20, 20]),
        (Linear(increment=Duration.from_millis(10), max=Duration.from_millis(25)), [10, 20, 25, 25]),
        (Exponential(base=Duration.from_millis(10), max=Duration.from_millis(45)), [10, 20, 40, 45]),
    ],
    ids=["fixed", "linear", "exponential"],
)
async def test_waits_are_those_of_the_configuration_to_the_millisecond(
    make: Maker, stub: Stub, backoff: AnyBackoffStrategy, waits: list[int]
) -> None:
    engine = make(ExecutionConfig(retry_config=RetryConfig(max_attempts=5, backoff=backoff)))
    heard = Heard(engine)
    stub.says = lambda call: THROTTLED

    await ended(engine, await engine.begin(sequence(get("busy"))))

    told = [event.after for event in heard.of(happened.CommandRetryScheduled)]
    assert told == [Duration.from_millis(wait) for wait in waits]


async def test_between_two_attempts_the_wait_really_passes(make: Maker, stub: Stub) -> None:
    wait = Duration.from_millis(300)
    engine = make(ExecutionConfig(retry_config=RetryConfig(max_attempts=2, backoff=Fixed(wait))))
    heard = Heard(engine)
    stub.says = lambda call: THROTTLED if call.number == 1 else FOUND

    await ended(engine, await engine.begin(sequence(get("busy"))))

    [scheduled] = heard.of(happened.CommandRetryScheduled)
    second = heard.of(happened.CommandStarted)[1]
    assert scheduled.at is not None
    assert second.at is not None
    assert second.at - scheduled.at >= timedelta(milliseconds=299)


async def test_a_throttled_call_of_the_aws_program_is_started_anew(make: Maker, stub: Stub) -> None:
    engine = make()
    stub.says = lambda call: THROTTLED if call.number == 1 else FINE

    result = await ended(engine, await approved(engine, sequence(cli_put("busy"))))

    assert result.status is ExecutionStatus.COMPLETED
    assert result.command_results[0].attempts == 2
    assert stub.times("busy") == 2


async def test_every_answer_is_in_the_result_of_its_own_command(make: Maker, stub: Stub) -> None:
    def says(call: Call) -> Answer:
        return Answer(body={"Parameter": {"Name": call.name, "Value": f"value of {call.name}", "Type": "String"}})

    engine = make()
    stub.says = says
    plan = of(Parallel(), *(get(f"p{number}") for number in range(20)))

    result = await ended(engine, await engine.begin(plan))

    for command, found in zip(plan.commands, result.command_results, strict=True):
        assert f'"value of {command.description}"' in found.output


async def test_a_destructive_failure_keeps_the_words_of_aws(make: Maker, stub: Stub) -> None:
    engine = make()
    stub.says = lambda call: refusal("ParameterNotFound")

    result = await ended(engine, await approved(engine, sequence(delete("gone"))))

    assert result.command_results[0].error_code == "ParameterNotFound"
    assert "Said the stub" in (result.command_results[0].error or "")


async def test_a_write_that_a_broken_service_answered_is_unknown_and_a_read_is_not(make: Maker, stub: Stub) -> None:
    engine = make()
    broken = {"on_failure": CONTINUE}  # each begins, however early another fails
    plan = of(Parallel(), put("write", **broken), token("with a token", **broken), get("read", **broken))
    stub.says = lambda call: refusal("InternalServerError", 500)

    result = await ended(engine, await approved(engine, plan))

    assert how(plan, result) == {"write": "Unknown", "with a token": "Unknown", "read": "Failed"}
    assert sorted(stub.names) == ["read", "with a token", "write"]
