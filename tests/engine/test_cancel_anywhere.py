"""One table: wherever an execution stands, a cancellation ends it, nothing begins afterwards, a second is harmless."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest

from cloudops_tui.engine.engine import ExecutionEngine
from cloudops_tui.engine.plan_queue import PlanQueue, Submission
from cloudops_tui.engine.ports import Attempt, AttemptOutcome, Ending
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.executors.output_reader import OutputFiles
from cloudops_tui.model import events as happened
from cloudops_tui.model.command import Command
from cloudops_tui.model.config import ExecutionConfig, Fixed, RetryConfig
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.plan import ExecutionPlan, Parallel
from cloudops_tui.model.target import ProfileIdentity
from tests.engine.cloud import Cloud, scale
from tests.engine.made import Heard, KnownAccounts, Maker, approved, ended, how
from tests.engine.plans import cli_put, delete, get, graph, of, put, sequence, undoing
from tests.engine.stub import FINE, Answer, Call, Stub, refusal, until
from tests.faults.driver import quick_aws

MINUTE = ExecutionConfig(retry_config=RetryConfig(max_attempts=2, backoff=Fixed(Duration.from_secs(60))))
THROTTLED, EXPIRED = refusal("ThrottlingException"), refusal("ExpiredTokenException")


class Sts(KnownAccounts):
    """Knows the credentials until they have expired, and answers once it may."""

    def __init__(self, aws: Path) -> None:
        super().__init__(aws)
        self.version = 0
        self.expired = False
        self.asked = asyncio.Event()
        self.answers = asyncio.Event()
        self.answers.set()

    def fingerprint(self) -> object:
        return self.version

    async def identify(self, profile: str, region: str) -> ProfileIdentity:
        self.asked.set()
        await self.answers.wait()
        known = await super().identify(profile, region)
        gone = {"account": None, "partition": None, "principal": None, "reason": "expired", "renew": "renew them"}
        return known.model_copy(update=gone) if self.expired else known


class Slow(Cloud):
    """Its attempt has run out of time, and the process does not let go until it may."""

    def __init__(self) -> None:
        super().__init__()
        self.out_of_time = asyncio.Event()
        self.lets_go = asyncio.Event()

    async def run(self, attempt: Attempt) -> AttemptOutcome:
        self.sent.append(("", attempt.command.description))
        self.out_of_time.set()
        await self.lets_go.wait()
        return AttemptOutcome(Ending.TIMED_OUT, Duration.from_secs(1))


@dataclass
class Reached:
    """An execution that stands there, and what a cancellation makes of it."""

    engine: ExecutionEngine
    execution: UUID
    plan: ExecutionPlan
    ends: dict[str, str]
    sent: Sequence[str]
    """What left, before and after."""
    status: str = "Cancelled"
    requests: int = 1
    """How many requests to cancel its story has; none where it had ended."""
    clouds: list[Cloud] = field(default_factory=list)
    afterwards: Callable[[], None] = lambda: None
    """Lets end what the request found in flight."""


@dataclass
class Scene:
    make: Maker
    stub: Stub
    monkeypatch: pytest.MonkeyPatch

    def of_a_profile(self, *commands: Command) -> ExecutionPlan:
        """A plan with credentials that a person can renew."""
        keys = self.make.state_dir.parent / "credentials"
        keys.write_text(f"[prod]\naws_access_key_id = AKIA0000000000000001\naws_secret_access_key = {'s' * 40}\n")
        self.monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(keys))
        return sequence(*(one.model_copy(update={"profile": "prod"}) for one in commands))


async def queued(scene: Scene) -> Reached:
    engine, plan = scene.make(), of(Parallel(), put("a"), put("b"))
    return Reached(engine, await approved(engine, plan), plan, {"a": "Skipped", "b": "Skipped"}, [])


async def waiting_for_another(scene: Scene) -> Reached:
    engine, plan = scene.make(), graph([put("a"), put("b")], {"b": ["a"]})
    execution = await approved(engine, plan)
    await scene.stub.holds("a")
    return Reached(engine, execution, plan, {"a": "Unknown", "b": "Skipped"}, ["a"])


async def waiting_for_its_turn(scene: Scene) -> Reached:
    engine, other, plan = scene.make(MINUTE), sequence(put("busy")), sequence(put("a"), put("b"))
    heard = Heard(engine)
    scene.stub.says = lambda call: THROTTLED
    await approved(engine, other)
    await until(lambda: bool(heard.of(happened.CommandRetryScheduled)), "the service was too busy")
    execution = await approved(engine, plan)
    await until(lambda: bool(heard.of(happened.CommandThrottled)), "it waits for its turn")
    return Reached(engine, execution, plan, {"a": "Skipped", "b": "Skipped"}, ["busy"])


async def held_for_credentials(scene: Scene) -> Reached:
    sts = Sts(scene.make.aws)
    engine, plan = scene.make(accounts=sts), scene.of_a_profile(put("a"), put("b"))
    heard = Heard(engine)
    execution = await approved(engine, plan)
    await scene.stub.holds("a")
    sts.expired = True
    scene.stub.release("a", answer=EXPIRED)
    await until(lambda: bool(heard.of(happened.ExecutionHeld)), "it is held")
    return Reached(engine, execution, plan, {"a": "Failed", "b": "Skipped"}, ["a"])


async def while_credentials_are_looked_for(scene: Scene) -> Reached:
    sts = Sts(scene.make.aws)
    engine, plan = scene.make(accounts=sts), scene.of_a_profile(put("a"), put("b"))
    execution = await approved(engine, plan)
    await scene.stub.holds("a")
    sts.asked.clear()
    sts.answers.clear()
    scene.stub.release("a", answer=EXPIRED)
    await until(sts.asked.is_set, "somebody asks whose credentials they are")
    return Reached(engine, execution, plan, {"a": "Failed", "b": "Skipped"}, ["a"])


async def before_it_looks(scene: Scene) -> Reached:
    sts = Sts(scene.make.aws)
    engine, plan = scene.make(accounts=sts), sequence(put("a"), put("b"))
    execution = await approved(engine, plan)
    await scene.stub.holds("a")
    sts.version += 1
    sts.asked.clear()
    sts.answers.clear()
    scene.stub.release("a")
    await until(sts.asked.is_set, "somebody asks whose credentials they are")
    return Reached(engine, execution, plan, {"a": "Completed", "b": "Skipped"}, ["a"])


async def while_it_looks_what_is_there(scene: Scene) -> Reached:
    cloud = Cloud()
    cloud.answers.clear()
    engine, plan = scene.make(executors=[cloud]), sequence(scale("web", 5), scale("jobs", 7))
    execution = await approved(engine, plan)
    await until(lambda: cloud.reads > 0, "it looks")
    ends = {"SetDesiredCapacity web": "Skipped", "SetDesiredCapacity jobs": "Skipped"}
    return Reached(engine, execution, plan, ends, [], clouds=[cloud])


async def while_it_compares_what_is_there(scene: Scene) -> Reached:
    engine, plan = scene.make(), sequence(delete("a"), put("b"))
    found = Answer(body={"Parameters": [{"Name": "a", "Type": "String", "Version": 3}]})
    rehearsed = False
    looks: list[Call] = []

    def says(call: Call) -> Answer | None:
        if not rehearsed:
            return found
        looks.append(call)
        return None

    scene.stub.says = says
    queue = PlanQueue(engine)
    entry = await queue.submit(Submission(plan.model_dump_json().encode(), "test"))
    await queue.rehearse(entry.id)
    review, rehearsed = await queue.review(entry.id), True
    scene.stub.calls.clear()
    execution = await queue.approve(
        entry.id, digest=review.digest, confirmation="123456789012", reason="unused", acknowledged=True
    )
    await until(lambda: bool(looks), "it compares")
    return Reached(engine, execution, plan, {"a": "Skipped", "b": "Skipped"}, [""])


async def in_a_request(scene: Scene) -> Reached:
    engine, plan = scene.make(), of(Parallel(), get("read"), put("write"), put("next"), max_parallel=2)
    execution = await approved(engine, plan)
    await scene.stub.holds("read", "write")
    ends = {"read": "Failed", "write": "Unknown", "next": "Skipped"}
    return Reached(engine, execution, plan, ends, ["read", "write"])


async def in_a_process(scene: Scene) -> Reached:
    scene.make.aws = quick_aws(scene.make.state_dir.parent)
    engine, plan = scene.make(), sequence(cli_put("a"), cli_put("b"))
    execution = await approved(engine, plan)
    await scene.stub.holds("a")
    return Reached(engine, execution, plan, {"a": "Unknown", "b": "Skipped"}, ["a"])


async def between_two_attempts(scene: Scene) -> Reached:
    engine, plan = scene.make(MINUTE), sequence(put("a"), put("b"))
    heard = Heard(engine)
    scene.stub.says = lambda call: THROTTLED
    execution = await approved(engine, plan)
    await until(lambda: bool(heard.of(happened.CommandRetryScheduled)), "it waits to try again")
    return Reached(engine, execution, plan, {"a": "Failed", "b": "Skipped"}, ["a"])


async def out_of_time_and_not_gone_yet(scene: Scene) -> Reached:
    cloud = Slow()
    engine, plan = scene.make(executors=[cloud]), sequence(scale("web", 5), scale("jobs", 7))
    execution = await approved(engine, plan)
    await until(cloud.out_of_time.is_set, "it has run out of time")
    ends = {"SetDesiredCapacity web": "Unknown", "SetDesiredCapacity jobs": "Skipped"}
    sent = ["SetDesiredCapacity web"]
    return Reached(engine, execution, plan, ends, sent, clouds=[cloud], afterwards=cloud.lets_go.set)


async def rolling_back(scene: Scene) -> Reached:
    a, b = put("a"), put("b")
    plan = sequence(a, b, rollback_strategy=undoing({a.id: [put("undo a")], b.id: [put("undo b")]}))
    scene.stub.says = lambda call: None if call.name == "undo b" else FINE
    engine = scene.make()
    execution = await approved(engine, plan)
    await ended(engine, execution)
    await engine.start_rollback(execution, None)
    await scene.stub.holds("undo b")
    return Reached(engine, execution, plan, {"a": "Completed", "b": "Completed"}, ["a", "b", "undo b"], "Failed")


async def rolling_back_by_itself(scene: Scene) -> Reached:
    a, b, c = put("a"), put("b"), put("c")
    strategy = undoing({a.id: [put("undo a")], b.id: [put("undo b")]}, by_itself=True)
    plan = sequence(a, b, c, rollback_strategy=strategy)
    answers = {"a": FINE, "b": FINE, "c": refusal("ParameterLimitExceeded")}
    scene.stub.says = lambda call: answers.get(call.name)
    engine = scene.make()
    execution = await approved(engine, plan)
    await scene.stub.holds("undo b")
    ends = {"a": "Completed", "b": "Completed", "c": "Failed"}
    return Reached(engine, execution, plan, ends, ["a", "b", "c", "undo b"], "Failed")


async def going_on_after_the_end(scene: Scene) -> Reached:
    engine, plan = scene.make(), sequence(put("a"), put("b"), put("c"))
    session = ExecutionSession(engine, OutputFiles())
    answers = {"a": FINE, "b": refusal("ParameterLimitExceeded")}
    scene.stub.says = lambda call: answers.get(call.name) if call.number == 1 else None
    execution = await approved(engine, plan)
    await ended(engine, execution)
    review = await session.redrive_review(execution)
    assert review is not None
    await session.redrive(execution, digest=review.digest, reason="a test says so")
    await scene.stub.holds("b")
    ends = {"a": "Completed", "b": "Unknown", "c": "Skipped"}
    return Reached(engine, execution, plan, ends, ["a", "b", "b"])


async def finishing(scene: Scene) -> Reached:
    engine, plan = scene.make(), of(Parallel(), put("a"), put("b"), put("c"), max_parallel=2)
    execution = await approved(engine, plan)
    await scene.stub.holds("a", "b")
    await engine.stop(execution)
    ends = {"a": "Unknown", "b": "Unknown", "c": "Skipped"}
    return Reached(engine, execution, plan, ends, ["a", "b"])


async def at_its_end(scene: Scene) -> Reached:
    engine, plan = scene.make(), sequence(put("a"))
    scene.stub.says = lambda call: FINE
    execution = await approved(engine, plan)
    await ended(engine, execution)
    return Reached(engine, execution, plan, {"a": "Completed"}, ["a"], "Completed", requests=0)


STATES: list[Callable[[Scene], Awaitable[Reached]]] = [
    queued, waiting_for_another, waiting_for_its_turn, held_for_credentials, while_credentials_are_looked_for,
    before_it_looks, while_it_looks_what_is_there, while_it_compares_what_is_there, in_a_request, in_a_process,
    between_two_attempts, out_of_time_and_not_gone_yet, rolling_back, rolling_back_by_itself, going_on_after_the_end,
    finishing, at_its_end,
]  # fmt: skip


@pytest.mark.parametrize("reach", STATES, ids=lambda reach: reach.__name__)
async def test_it_ends_as_it_must_and_nothing_begins_afterwards(
    make: Maker, stub: Stub, monkeypatch: pytest.MonkeyPatch, reach: Callable[[Scene], Awaitable[Reached]]
) -> None:
    here = await reach(Scene(make, stub, monkeypatch))
    engine, execution = here.engine, here.execution

    await asyncio.gather(engine.cancel(execution), engine.cancel(execution))
    here.afterwards()
    result = await ended(engine, execution)
    story = await engine.storage.journal(execution)
    await engine.cancel(execution)

    assert how(here.plan, result) == here.ends
    assert result.status.value == here.status
    left = [name for cloud in here.clouds for _, name in cloud.sent] if here.clouds else stub.names
    assert sorted(left) == sorted(here.sent)
    assert await engine.storage.journal(execution) == story
    assert sum(isinstance(event, happened.CancellationRequested) for event in story) == here.requests
    assert (await engine.get_result(execution)).status is result.status
    skipped = {one.command_id for one in story if isinstance(one, happened.CommandSkipped)}
    begun = {one.command_id for one in story if isinstance(one, happened.CommandStarted)}
    assert not skipped & begun, "what is skipped has not begun"
