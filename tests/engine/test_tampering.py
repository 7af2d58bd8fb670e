"""Whatever an approval rests on: change it afterwards, and nothing is sent, and the refusal says what it was."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cloudops_tui.engine.engine import ExecutionEngine
from cloudops_tui.engine.plan_queue import ApprovalRefused, PlanQueue, Submission
from cloudops_tui.executors.accounts import AwsAccounts
from cloudops_tui.model.command import Command
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.queue import QueueEntry
from cloudops_tui.model.result import CommandStatus
from cloudops_tui.model.target import ProfileIdentity
from tests.engine.made import Maker, ended, how
from tests.engine.plans import cli_put, put, sequence
from tests.engine.stub import FINE, Stub
from tests.engine.test_files import change, cli_from, sdk_from
from tests.executors.attempts import sdk_command


class ByAccessKey(AwsAccounts):
    """Two accounts: whoever's key the environment holds."""

    async def identify(self, profile: str, region: str) -> ProfileIdentity:
        return ProfileIdentity(
            profile=profile,
            region=region,
            account="222222222222" if os.environ["AWS_ACCESS_KEY_ID"].endswith("2") else "111111111111",
            partition="aws",
            principal="user/x",
            endpoint=os.environ.get("AWS_ENDPOINT_URL"),
        )


@dataclass
class Scene:
    """What may be tampered with."""

    folder: Path
    state_dir: Path
    program: Path
    patch: pytest.MonkeyPatch
    entry: QueueEntry | None = None

    def copy_of(self, name: str) -> Path:
        assert self.entry is not None
        [file] = [one for one in self.entry.files if one.name == name]
        return self.state_dir / "frozen" / (file.sha256 or "")


@pytest.fixture
def scene(tmp_path: Path, make: Maker, monkeypatch: pytest.MonkeyPatch) -> Scene:
    folder = tmp_path / "plans"
    folder.mkdir()
    (folder / "cli.txt").write_text("for aws")
    (folder / "sdk.txt").write_text("for the SDK")
    (folder / "password").write_text("hunter2")
    (folder / "password").chmod(0o600)
    monkeypatch.setenv("THE_PASSWORD", "hunter2")
    program = tmp_path / "aws"
    program.write_text("#!/bin/sh\necho aws-cli/1.46.3 Python/3 Linux/6 botocore/1\n")
    program.chmod(0o755)
    return Scene(folder, make.state_dir, program, monkeypatch)


def edit_stored_plan(scene: Scene) -> None:
    with sqlite3.connect(scene.state_dir / "cloudops.db") as database:
        changed = database.execute("UPDATE entries SET plan = replace(plan, '\"second\"', '\"another\"')").rowcount
    database.close()
    assert changed == 1


def replace_secret(scene: Scene) -> None:
    (scene.folder / "password").write_text("hunter3")


def open_secret(scene: Scene) -> None:
    (scene.folder / "password").chmod(0o644)


def swap_secret_for_a_link(scene: Scene) -> None:
    (scene.folder / "password").rename(scene.folder / "other")
    (scene.folder / "password").symlink_to(scene.folder / "other")


def replace_program(scene: Scene) -> None:
    scene.program.write_text("#!/bin/sh\necho aws-cli/1.46.4 Python/3 Linux/6 botocore/1\n")


def secret(reference: dict[str, str]) -> Command:
    return sdk_command("secretsmanager", "CreateSecret", {"Name": "second", "SecretString": reference}).model_copy(
        update={"description": "second"}
    )


@dataclass(frozen=True)
class Case:
    """One thing that an approval rests on."""

    second: Callable[[], Command]
    """The command that rests on it; another comes first."""
    tamper: Callable[[Scene], None]
    at_the_decision: str
    """What the refusal names when it was changed between review and decision."""
    while_it_runs: str | None
    """What the command's error names when it was changed while the command before it ran; None: it changes nothing."""


CASES = {
    "the stored plan": Case(lambda: put("second"), edit_stored_plan, "the plan itself changed", None),
    "a file that aws reads": Case(
        lambda: cli_from("file://cli.txt", "second"),
        lambda scene: change(scene.copy_of("cli.txt")),
        "the frozen copy of `cli.txt` changed",
        "The frozen copy of `cli.txt` changed",
    ),
    "a file of the SDK": Case(
        lambda: sdk_from({"$file": "sdk.txt"}, "second"),
        lambda scene: change(scene.copy_of("sdk.txt")),
        "the frozen copy of `sdk.txt` changed",
        "The frozen copy of `sdk.txt` changed",
    ),
    "a copy that is gone": Case(
        lambda: sdk_from({"$file": "sdk.txt"}, "second"),
        lambda scene: scene.copy_of("sdk.txt").unlink(),
        "the frozen copy of `sdk.txt` is gone",
        "The frozen copy of `sdk.txt` is gone",
    ),
    "a secret file": Case(
        lambda: secret({"$file": "password"}),
        replace_secret,
        "The secret in `password` is not what it was",
        "The secret in `password` is not what it was",
    ),
    "the privacy of a secret file": Case(
        lambda: secret({"$file": "password"}), open_secret, "`password`", "holds a secret and has mode 0644"
    ),
    "a secret file that became a link": Case(
        lambda: secret({"$file": "password"}), swap_secret_for_a_link, "`password`", "is a symbolic link"
    ),
    "a variable": Case(
        lambda: secret({"$env": "THE_PASSWORD"}),
        lambda scene: scene.patch.setenv("THE_PASSWORD", "hunter3"),
        "The variable `THE_PASSWORD` is not what it was",
        "The variable `THE_PASSWORD` is not what it was",
    ),
    "the account behind the profile": Case(
        lambda: put("second"),
        lambda scene: scene.patch.setenv("AWS_ACCESS_KEY_ID", "AKIA0000000000000002"),
        "the account of profile `default` changed (111111111111 -> 222222222222)",
        "account `111111111111` is now `222222222222`",
    ),
    "the endpoint": Case(
        lambda: put("second"),
        lambda scene: scene.patch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        "the endpoint of profile `default` changed (http://127.0.0.1:",
        "endpoint `http://127.0.0.1:",
    ),
    "the aws program": Case(
        lambda: cli_put("second"),
        replace_program,
        "the `aws` program changed (",
        "The `aws` program changed since the approval",
    ),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


async def queued(engine: ExecutionEngine, plan: ExecutionPlan, scene: Scene) -> QueueEntry:
    scene.entry = await PlanQueue(engine).submit(Submission(plan.model_dump_json().encode(), "p", scene.folder))
    assert scene.entry.plan is not None, scene.entry.problems
    return scene.entry


async def test_between_review_and_decision(make: Maker, stub: Stub, scene: Scene, case: Case) -> None:
    stub.says = lambda call: FINE
    engine = make(accounts=ByAccessKey(scene.program))
    entry = await queued(engine, sequence(put("first"), case.second()), scene)
    review = await PlanQueue(engine).review(entry.id)
    assert review.blocked is None

    case.tamper(scene)

    other_process = make(accounts=ByAccessKey(scene.program))
    with pytest.raises(ApprovalRefused) as refused:
        await PlanQueue(other_process).approve(entry.id, digest=review.digest)
    assert case.at_the_decision in refused.value.reason
    assert "hunter" not in refused.value.reason
    assert stub.calls == []


async def test_while_the_command_before_it_runs(make: Maker, stub: Stub, scene: Scene, case: Case) -> None:
    engine = make(accounts=ByAccessKey(scene.program))
    plan = sequence(put("first"), case.second())
    entry = await queued(engine, plan, scene)
    review = await PlanQueue(engine).review(entry.id)
    execution = await PlanQueue(engine).approve(entry.id, digest=review.digest)
    await stub.holds("first")

    case.tamper(scene)

    stub.says = lambda call: FINE
    stub.release("first")
    result = await ended(engine, execution)
    if case.while_it_runs is None:
        assert how(plan, result) == {"first": "Completed", "second": "Completed"}
        assert stub.names == ["first", "second"], "what was approved is what ran"
        return
    assert how(plan, result) == {"first": "Completed", "second": "Failed"}
    assert result.command_results[1].status is CommandStatus.FAILED
    error = result.command_results[1].error or ""
    assert case.while_it_runs in error
    assert "nothing was sent" in error
    assert "hunter" not in error
    assert stub.names == ["first"]


async def test_what_a_digest_stood_for_is_told_only_where_it_was_shown(make: Maker, stub: Stub, scene: Scene) -> None:
    engine = make(accounts=ByAccessKey(scene.program))
    entry = await queued(engine, sequence(put("first")), scene)

    with pytest.raises(ApprovalRefused, match="the plan, a file, an account or a tool changed"):
        await PlanQueue(engine).approve(entry.id, digest="0" * 64)
