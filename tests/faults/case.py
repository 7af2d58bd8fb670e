"""A case: which plan, which weather and which fault, all from one number."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any
from uuid import UUID

from cloudops_tui.model.command import Cli, CliCommand, Command, OnFailure, Sdk, SdkCommand
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.plan import (
    AnyExecutionMode,
    DependencyGraph,
    ExecutionPlan,
    Parallel,
    RollbackStrategy,
    RollbackTrigger,
    Sequential,
)
from cloudops_tui.model.risk import RiskLevel
from tests.faults.stub import Weather

TIMEOUT = 3.0  # seconds an attempt may take


class Kind(Enum):
    """What a command of a plan is."""

    PUT = "sdk ssm put-parameter (class B)"
    TOKEN = "sdk ssm create-patch-baseline (class A, by its token)"
    GET = "sdk ssm get-parameter (a read)"
    SEND = "sdk sqs send-message (class B)"
    PUBLISH = "sdk sns publish (class B)"
    INVOKE = "sdk lambda invoke (class B)"
    CLI_PUT = "cli ssm put-parameter (class B)"
    CLI_SEND = "cli sqs send-message (class B)"
    CLI_GET = "cli ssm get-parameter (a read)"

    @property
    def is_cli(self) -> bool:
        return self.name.startswith("CLI_")

    @property
    def reads(self) -> bool:
        return self in (Kind.GET, Kind.CLI_GET)

    @property
    def may_repeat(self) -> bool:
        return self.reads or self is Kind.TOKEN


SDK_KINDS = tuple(kind for kind in Kind if not kind.is_cli)
CLI_KINDS = tuple(kind for kind in Kind if kind.is_cli)


class Blow(Enum):
    """What is done to it."""

    NOTHING = "nothing"
    KILL_AT_WRITE = "kill -9 of the engine at a write to its store"
    KILL_AT_REQUEST = "kill -9 of the engine (the pid in its lease) when a request arrives"
    KILL_AT_MOMENT = "kill -9 of the engine (the pid in its lease) at a random moment"
    KILL_RUNNER = "kill -9 of a runner"
    KILL_CHILD = "kill -9 of a command's process"
    KILL_BOTH = "kill -9 of the engine and of every runner"
    CANCEL = "cancel from another process"
    CANCEL_AND_KILL = "cancel from another process, then kill -9 of the engine"


@dataclass(frozen=True)
class Later:
    """An order that is given once it has ended, and where its engine is killed on the way; nothing: nowhere."""

    what: str
    crash: str


@dataclass(frozen=True)
class Case:
    """Everything that the number decides."""

    seed: int
    plan: ExecutionPlan
    kinds: Mapping[UUID, Kind]
    names: Mapping[UUID, str]
    """Of commands and compensations, by id: what the stub knows them by."""
    weather: Mapping[str, Sequence[Weather]]
    blow: Blow
    at_write: str
    at_request: int
    delay: float
    """Seconds, for the random moment."""
    kills_again: tuple[str, ...]
    """Where the next engines, one after the other, are killed, too, that take it over."""
    max_parallel: int
    later: tuple[Later, ...] = ()

    def __str__(self) -> str:
        mode = type(self.plan.mode).__name__
        cli = sum(kind.is_cli for kind in self.kinds.values())
        again = f", then {' and '.join(self.kills_again)}" if self.kills_again else ""
        later = "".join(f", {one.what}{one.crash and f' ({one.crash})'}" for one in self.later)
        return f"seed {self.seed}: {len(self.kinds)} commands ({cli} CLI), {mode}; {self.blow.value}{again}{later}"


def case_of(
    seed: int,
    *,
    kinds: Sequence[Kind] = tuple(Kind),
    size: int = 0,
    blows: Sequence[Blow] = (),
    span: float = 0.3,
    timeout: float = TIMEOUT,
    most: int = 8,
    goes_on: bool = False,
) -> Case:
    """The case of this number; the rest narrows what it may be. `span`: seconds within which a random moment lies;
    `timeout`: seconds that an attempt may take; `most`: commands, where `size` does not say how many; `goes_on`: once
    it has ended it is reconciled, redriven and rolled back."""
    chance = random.Random(seed)
    count = size or chance.randint(2, most)
    commands, of_kind, names = [], {}, {}
    for place in range(count):
        kind = chance.choice(kinds)
        name = f"s{seed}-{place:02}{'h' if kind is Kind.CLI_GET else ''}"
        command = _command(_uuid(chance), kind, name, chance, timeout)
        commands.append(command)
        of_kind[command.id], names[command.id] = kind, name
    undo = _rollback(commands, of_kind, names, chance) if not size and chance.random() < 0.25 else None
    plan = ExecutionPlan(
        id=_uuid(chance),
        description=f"Case {seed}",
        commands=tuple(commands),
        mode=_mode(commands, chance),
        risk_level=RiskLevel.READ_ONLY,
        rollback_strategy=undo,
    )
    weather = {names[one]: _weather(kind, chance, calm=bool(size)) for one, kind in of_kind.items()}
    blow = chance.choice(blows or tuple(Blow))
    if blow in (Blow.KILL_RUNNER, Blow.KILL_CHILD) and not any(kind.is_cli for kind in of_kind.values()):
        blow = Blow.KILL_AT_WRITE
    when = chance.choice(("before", "after"))
    return Case(
        seed=seed,
        plan=plan,
        kinds=of_kind,
        names=names,
        weather=weather,
        blow=blow,
        at_write=f"{when}:{chance.randint(1, 2 * count + 3)}",
        at_request=chance.randint(1, count),
        delay=chance.uniform(0, span),
        kills_again=_again(chance),
        max_parallel=chance.choice((1, 2, 4)),
        later=_later(random.Random(f"{seed}, later"), count) if goes_on else (),
    )


def _later(chance: random.Random, count: int) -> tuple[Later, ...]:
    """Each order may be struck; what a blow left Unknown is resolved before the next."""
    orders = chance.choice(
        (
            ("again", "reconcile", "redrive"),
            ("reconcile", "redrive", "rollback"),
            ("reconcile", "rollback", "rollback"),
            ("reconcile", "redrive", "redrive", "rollback"),
        )
    )
    struck = [Later(what, _blow_at_an_order(chance, count)) for what in orders]
    return tuple(one for each in struck for one in ((each, Later("reconcile", "")) if each.crash else (each,)))


def _blow_at_an_order(chance: random.Random, count: int) -> str:
    match chance.randint(0, 5):
        case 0:
            return ""
        case 1 | 2:
            return f"{chance.choice(('before', 'within', 'torn', 'after'))}:1"
        case _:
            return f"{chance.choice(('before', 'after'))}:{chance.randint(2, 2 * count + 3)}"


def _again(chance: random.Random) -> tuple[str, ...]:
    return (f"{chance.choice(('before', 'after'))}:{chance.randint(1, 4)}",) if chance.random() < 0.3 else ()


def _uuid(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)


def _mode(commands: Sequence[Command], chance: random.Random) -> AnyExecutionMode:
    match chance.randint(0, 2):
        case 0:
            return Sequential()
        case 1:
            return Parallel()
        case _:
            edges: dict[UUID, tuple[UUID, ...]] = {}
            for place, command in enumerate(commands[1:], start=1):
                before = chance.sample(range(place), k=min(place, chance.randint(0, 2)))
                edges[command.id] = tuple(commands[one].id for one in before)
            return DependencyGraph(dependencies=edges)


def _weather(kind: Kind, chance: random.Random, *, calm: bool) -> tuple[Weather, ...]:
    if calm or chance.random() < 0.7:
        return ()
    bad = [
        Weather.THROTTLE, Weather.REFUSE, Weather.EXPIRED, Weather.BROKEN, Weather.RESET, Weather.HANG_UP,
    ]  # fmt: skip
    if chance.random() < 0.1:
        bad = [Weather.STALL]
    return tuple(chance.choice(bad) for _ in range(chance.randint(1, 2)))


def _rollback(
    commands: Sequence[Command], kinds: dict[UUID, Kind], names: dict[UUID, str], chance: random.Random
) -> RollbackStrategy:
    """Compensations of some commands, of kinds that the others have; they run by themselves after a failure."""
    compensations: dict[UUID, tuple[Command, ...]] = {}
    for command in commands:
        if kinds[command.id].reads or chance.random() < 0.4:
            continue
        name = f"{names[command.id]}-undo"
        undo = _command(_uuid(chance), Kind.PUT, name, chance, TIMEOUT)
        names[undo.id] = name
        compensations[command.id] = (undo,)
    return RollbackStrategy(trigger=RollbackTrigger.ON_FAILURE, compensations=compensations)


def value_of(name: str) -> str:
    """What a write writes: told apart by its name, so that bytes can be held against what was approved."""
    return f"value-of-{name}"


def _command(command_id: UUID, kind: Kind, name: str, chance: random.Random, timeout: float) -> Command:
    return Command(
        id=command_id,
        command_type=call_of(kind, name),
        description=name,
        risk_level=RiskLevel.READ_ONLY,
        profile="default",
        region="us-east-1",
        timeout=Duration.from_secs(timeout),
        on_failure=chance.choice((OnFailure.ABORT, OnFailure.CONTINUE)),
        allow_failure=chance.random() < 0.2,
    )


QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/q"
TOPIC = "arn:aws:sns:us-east-1:123456789012:t"


def call_of(kind: Kind, name: str) -> Cli | Sdk:
    def sdk(service: str, operation: str, **parameters: Any) -> Sdk:
        return Sdk(SdkCommand(service=service, operation=operation, parameters=parameters))

    def cli(*words: str) -> Cli:
        return Cli(CliCommand(command="aws", args=words))

    match kind:
        case Kind.PUT:
            return sdk("ssm", "PutParameter", Name=name, Value=value_of(name), Type="String")
        case Kind.TOKEN:
            return sdk("ssm", "CreatePatchBaseline", Name=name, Description=value_of(name))
        case Kind.GET:
            return sdk("ssm", "GetParameter", Name=name)
        case Kind.SEND:
            return sdk("sqs", "SendMessage", QueueUrl=QUEUE, MessageBody=name)
        case Kind.PUBLISH:
            return sdk("sns", "Publish", TopicArn=TOPIC, Message=name)
        case Kind.INVOKE:
            return sdk("lambda", "Invoke", FunctionName=name)
        case Kind.CLI_PUT:
            return cli("ssm", "put-parameter", "--name", name, "--value", value_of(name), "--type", "String")
        case Kind.CLI_SEND:
            return cli("sqs", "send-message", "--queue-url", QUEUE, "--message-body", name)
        case Kind.CLI_GET:
            return cli("ssm", "get-parameter", "--name", name)
