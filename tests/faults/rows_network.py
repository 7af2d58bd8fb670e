"""Rows of the network and of who one is: silence, resets, storms, expired and changed identities."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import Any

from cloudops_tui.model.plan import Parallel
from tests.faults.case import QUEUE, TOPIC, Kind
from tests.faults.driver import environment
from tests.faults.matrix import by_tests, row
from tests.faults.scene import ROOT, Scene, case
from tests.faults.stub import ACCOUNT, Weather


def the_program(place: Scene, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`cloudops-tui` as a user starts it."""
    given = environment(place.stub.address, place.folder)
    return subprocess.run(
        [sys.executable, "-m", "cloudops_tui", "--state-dir", os.fspath(place.state_dir), *words],
        cwd=ROOT,
        env={**given, "CLOUDOPS_APPROVAL__HEADLESS": "all", **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


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
    injected="after two commands the stub answers ExpiredTokenException, by SDK and CLI",
    expected="the command is Failed or held for new credentials, never Unknown, and nothing was done",
)
def expired(place: Scene) -> str:
    one = case(Kind.PUT, Kind.CLI_PUT, Kind.PUT, Kind.CLI_PUT, weather={2: [Weather.EXPIRED], 3: [Weather.EXPIRED]})
    place.watch(one)
    engine = place.engine("run", one)
    held = re.compile(r"hold|held|expired", re.IGNORECASE)
    while engine.lives() and len(place.stub.requests) < 4:
        place.until(lambda: not engine.lives() or len(place.stub.requests) >= 3, "two commands and a refusal")
        kinds = [type(event).__name__ for event in place.kept().story] if place.evidence.executions() else []
        if any(held.search(kind) for kind in kinds):
            place.engine("cancel").end()
            engine.end()
            return f"the execution is held ({kinds[-1]}); nothing more was sent: {len(place.stub.requests)} requests"
        place.until(lambda: not engine.lives() or len(place.stub.requests) >= 4, "the fourth")
    assert engine.end()[0] == 0
    place.holds(one)
    statuses = place.statuses(one)
    assert statuses == {"c00": "Completed", "c01": "Completed", "c02": "Failed", "c03": "Failed"}, statuses
    return f"{statuses}, {len(place.stub.effects)} effects; this version does not hold the execution"


@row(
    17,
    "the identity changes between approval and run, or while it runs",
    injected="other credentials, another account behind them, another endpoint; before and during the run",
    expected="I8: refused, what was approved and what is there now both named",
)
def other_identity(place: Scene) -> str:
    return by_tests(place, "tests/engine/test_guard.py", "tests/engine/test_approval_record.py")
