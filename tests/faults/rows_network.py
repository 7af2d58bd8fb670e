"""Rows of the network and of who one is: silence, resets, storms, expired and changed identities."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from cloudops_tui.model import events as happened
from cloudops_tui.model.plan import Parallel
from tests.faults.case import QUEUE, TOPIC, Case, Kind
from tests.faults.driver import SECRET, environment
from tests.faults.matrix import by_tests, row
from tests.faults.scene import ROOT, Scene, case
from tests.faults.stub import ACCOUNT, Weather


def the_program(place: Scene, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`cloudops-tui` as a user starts it."""
    given = environment(place.stub.address, place.folder)
    free = {"CLOUDOPS_CONFIG": configuration(place, "free.toml")}
    return subprocess.run(
        [sys.executable, "-m", "cloudops_tui", "--state-dir", os.fspath(place.state_dir), *words],
        cwd=ROOT,
        env={**given, **free, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def configuration(place: Scene, name: str, **cli: str) -> str:
    """The file of a configuration that lets everything be approved without a screen."""
    file = place.folder / name
    lines = ['[approval]\nheadless = "all"', "[cli]", *(f"{key} = {json.dumps(value)}" for key, value in cli.items())]
    file.write_text("\n".join(lines) + "\n")
    file.chmod(0o600)
    return os.fspath(file)


def sends(place: Scene) -> dict[str, Any]:
    """Three writes of class B, by CLI and by SDK."""

    def one(number: int, kind: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": f"{number:08x}-1111-4111-8111-111111111111",
            "command_type": kind,
            "description": f"send {number}",
            "risk_level": "Modify",
            "profile": "default",
            "region": "us-east-1",
            "timeout": {"secs": 60, "nanos": 0},
        }

    def cli(*words: str) -> dict[str, Any]:
        return {"Cli": {"command": "aws", "args": list(words), "supports_dry_run": False}}

    def sdk(service: str, operation: str, **parameters: str) -> dict[str, Any]:
        return {"Sdk": {"service": service, "operation": operation, "parameters": parameters}}

    kinds = [
        sdk("sns", "Publish", TopicArn=TOPIC, Message="sdk-publish"),
        sdk("sqs", "SendMessage", QueueUrl=QUEUE, MessageBody="sdk-send"),
        sdk("lambda", "Invoke", FunctionName="sdk-invoke"),
        cli("sns", "publish", "--topic-arn", TOPIC, "--message", "cli-publish"),
        cli("sqs", "send-message", "--queue-url", QUEUE, "--message-body", "cli-send"),
        cli("lambda", "invoke", "--function-name", "cli-invoke", "answer"),
    ]
    return {
        "id": "99999999-1111-4111-8111-111111111111",
        "description": "Sends that are never answered",
        "commands": [one(number, kind) for number, kind in enumerate(kinds, start=1)],
        "mode": "Parallel",
        "risk_level": "Modify",
        "rollback_strategy": None,
        "estimated_duration": None,
    }


@row(
    19,
    "AWS accepts and never answers, or resets in the middle",
    injected="sns publish, sqs send-message, lambda invoke, by SDK and (--long) by the real aws, to a stub that does"
    " the work and says nothing; resets for class A, class B and a read",
    expected="exactly one request each, Unknown, exit 5; class A as many as configured",
)
def never_answers(place: Scene) -> str:
    plan = place.folder / "sends.json"
    document = sends(place)
    if not place.long:
        document["commands"] = document["commands"][:3]
        for one in document["commands"]:
            one["timeout"] = {"secs": 2, "nanos": 0}
    plan.write_text(json.dumps(document))
    names = [f"{way}-{what}" for way in ("sdk", "cli") for what in ("publish", "send", "invoke")]
    names = names if place.long else names[:3]
    place.stub.begin_anew()
    place.stub.weather = {name: [Weather.STALL] * 9 for name in names}
    checked = the_program(place, "check", os.fspath(plan), "--json")
    assert checked.returncode == 0, checked.stderr
    digest = json.loads(checked.stdout)["digest"]
    approval = ("--approve", digest, "--reason", "row 19", "--confirm", ACCOUNT)
    ended = the_program(place, "run", os.fspath(plan), *approval)
    counts = {name: len(place.stub.of(name)) for name in names}
    assert ended.returncode == 5, (ended.returncode, ended.stderr[-500:], ended.stdout[-500:])
    assert set(counts.values()) == {1}, counts
    resets = case(
        Kind.PUT, Kind.TOKEN, Kind.GET, Kind.CLI_PUT,
        mode=Parallel(), weather={place: [Weather.RESET] * 9 for place in range(4)},
    )  # fmt: skip
    place.watch(resets)
    assert place.engine("run", resets).end()[0] == 0
    after = {name: len(place.stub.of(name)) for name in resets.names.values()}
    assert after == {"c00": 1, "c01": 3, "c02": 3, "c03": 1}, after
    state = next(kept for kept in place.evidence.executions() if kept.plan.id == resets.plan.id).state
    statuses = [state.command(command.id).status.value for command in resets.plan.commands]
    assert statuses == ["Unknown", "Unknown", "Failed", "Unknown"], statuses
    return f"silence: {counts}, exit 5; resets: class B {after['c00']}, token {after['c01']}, read {after['c02']}"


@row(
    18,
    "a storm of throttling",
    injected="every answer is ThrottlingException, for a read, class A and class B, by SDK and CLI; then it calms down",
    expected="attempts bounded by the configuration and each recorded, no effect; what calms down in time completes",
)
def storm(place: Scene) -> str:
    kinds = (Kind.GET, Kind.TOKEN, Kind.PUT, Kind.CLI_PUT)
    one = case(*kinds, mode=Parallel(), weather={number: [Weather.THROTTLE] * 9 for number in range(4)})
    place.watch(one)
    assert place.engine("run", one).end()[0] == 0
    place.holds(one)
    counts = {name: len(place.stub.of(name)) for name in one.names.values()}
    assert set(counts.values()) == {3}, counts
    assert not place.stub.effects
    assert set(place.statuses(one).values()) == {"Failed"}, place.statuses(one)
    calm = case(*kinds, mode=Parallel(), weather={number: [Weather.THROTTLE] * 2 for number in range(4)})
    place.watch(calm)
    assert place.engine("run", calm).end()[0] == 0
    effects = len(place.stub.effects)
    assert effects == 3, effects
    return f"in the storm 3 attempts for each of 4, 0 effects, all Failed; calm at the third: {effects} effects"


@row(
    16,
    "credentials expire in the middle",
    injected="after two commands the stub answers ExpiredTokenException to an SDK command, then to one of the CLI,"
    " until the credentials file of their profile has other keys; once more, and the engine that is held is killed",
    expected="held, nothing leaves, the same attempt after the renewal; never Unknown; after the kill Failed, not sent",
)
def expired(place: Scene) -> str:
    vault = place.folder / "credentials"
    renew(vault, 1)
    given = {"AWS_SHARED_CREDENTIALS_FILE": os.fspath(vault)}
    weather = {2: [Weather.EXPIRED] * 2, 3: [Weather.EXPIRED]}  # those that STS knows are tried once more, others not
    one = of_profile(case(Kind.PUT, Kind.CLI_PUT, Kind.PUT, Kind.CLI_PUT, weather=weather))
    place.watch(one)
    engine = place.engine("run", one, variables=given)
    sent = []
    for number in (1, 2):
        held(place, one, number)
        sent.append([request.name for request in place.stub.requests])
        place.wait(0.3)  # long enough for something to leave that should not
        assert [request.name for request in place.stub.requests] == sent[-1], "something left while it was held"
        renew(vault, 1 + number)
    code, _, said = engine.end()
    assert code == 0, said
    place.holds(one)
    assert sent == [["c00", "c01", "c02", "c02"], ["c00", "c01", *["c02"] * 3, "c03"]], sent
    assert set(place.statuses(one).values()) == {"Completed"}, place.statuses(one)
    again = of_profile(case(Kind.PUT, Kind.PUT, weather={0: [Weather.EXPIRED] * 2}))
    place.watch(again)
    engine = place.engine("run", again, variables=given)
    held(place, again, 1)
    engine.kill()
    code, _, said = place.engine("settle", variables=given).end()
    assert code == 0, said
    state = next(kept for kept in place.evidence.executions() if kept.plan.id == again.plan.id).state
    ended = [state.command(command.id).status.value for command in again.plan.commands]
    assert ended == ["Failed", "Skipped"], ended
    assert [request.name for request in place.stub.requests] == ["c00", "c00"]
    tests = f"; {by_tests(place, 'tests/engine/test_holding.py')}" if place.long else ""
    return f"held twice, renewed twice: all 4 Completed, {len(sent[1]) + 1} requests; killed while held: {ended}{tests}"


def renew(vault: Path, number: int) -> None:
    """Put other keys into the credentials file, as who renews them does."""
    new = vault.with_suffix(".new")
    new.write_text(f"[prod]\naws_access_key_id = AKIA000000000000000{number}\naws_secret_access_key = {SECRET}\n")
    new.rename(vault)


def of_profile(one: Case, profile: str = "prod") -> Case:
    """The case with this profile: keys of the environment cannot be renewed."""
    commands = tuple(command.model_copy(update={"profile": profile}) for command in one.plan.commands)
    return replace(one, plan=one.plan.model_copy(update={"commands": commands}))


def held(place: Scene, one: Case, times: int) -> None:
    """Wait until the execution of that case has been held so often, and is."""

    def is_held() -> bool:
        found = [kept for kept in place.evidence.executions() if kept.plan.id == one.plan.id]
        story = found[0].story if found else ()
        return sum(isinstance(event, happened.ExecutionHeld) for event in story) == times

    place.until(is_held, f"it is held for the {times}. time")


@row(
    17,
    "the identity changes between approval and run, or while it runs",
    injected="other credentials, another account behind them, another endpoint; before and during the run",
    expected="I8: refused, what was approved and what is there now both named",
)
def other_identity(place: Scene) -> str:
    return by_tests(place, "tests/engine/test_guard.py", "tests/engine/test_approval_record.py")
