"""Plans that take values from files: what was frozen is what is sent, whatever becomes of the originals."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from cloudops_tui.engine.engine import ExecutionEngine
from cloudops_tui.engine.plan_queue import ApprovalRefused, PlanQueue, Submission
from cloudops_tui.executors.cli import CliExecutor
from cloudops_tui.model.approval import Approve
from cloudops_tui.model.command import Command
from cloudops_tui.model.config import CliExecutorConfig
from cloudops_tui.model.errors import InvalidCommand
from cloudops_tui.model.files import FileKind
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.result import CommandStatus, ExecutionStatus
from cloudops_tui.model.settings import SafetySettings, Settings
from tests.engine.made import Maker, ended, how
from tests.engine.plans import cli_put, get, put, sequence, undoing
from tests.engine.process import child, said
from tests.engine.stub import FINE, PATIENCE, Stub
from tests.engine.test_strangers import Stranger, says_hello
from tests.executors.attempts import attempt_at, cli_command, sdk_command
from tests.executors.loopback import Loopback, loopback


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "plans"
    made.mkdir()
    return made


def cli_from(path: str, name: str = "cli", **more: Any) -> Command:
    return with_args(cli_put(name, **more), "ssm", "put-parameter", "--name", name, "--type", "String", "--value", path)


def sdk_from(reference: Mapping[str, str], name: str = "sdk", *, type: str = "String", **more: Any) -> Command:
    return with_parameters(put(name, **more), Value=dict(reference), Type=type)


def with_args(command: Command, *args: str) -> Command:
    value: Any = command.command_type
    return command.model_copy(
        update={"command_type": type(value)(value.value.model_copy(update={"args": args, "command": "aws"}))}
    )


def with_parameters(command: Command, **more: Any) -> Command:
    value: Any = command.command_type
    parameters = {**value.value.parameters, **more}
    return command.model_copy(
        update={"command_type": type(value)(value.value.model_copy(update={"parameters": parameters}))}
    )


async def submitted(engine: ExecutionEngine, plan: ExecutionPlan, folder: Path | None) -> QueueEntry:
    source = Submission(plan.model_dump_json().encode(), "plan.json", folder)
    return await PlanQueue(engine).submit(source)


async def approved(engine: ExecutionEngine, entry: QueueEntry) -> UUID:
    queue = PlanQueue(engine)
    review = await queue.review(entry.id)
    return await queue.approve(
        entry.id,
        digest=review.digest,
        confirmation=next(iter(review.confirmation.accepted), ""),
        reason="it is due",
        acknowledged=True,
    )


def sent(stub: Stub) -> dict[str, Any]:
    return {call.name: call.body.get("Value", call.body.get("SecretString")) for call in stub.calls}


async def test_what_stood_in_the_files_when_the_plan_was_queued_is_sent(make: Maker, stub: Stub, folder: Path) -> None:
    engine = make()
    stub.says = lambda call: FINE
    (folder / "cli.txt").write_text("as queued, by aws")
    (folder / "sdk.txt").write_text("as queued, by the SDK")
    plan = sequence(cli_from("file://cli.txt"), sdk_from({"$file": "sdk.txt"}))

    entry = await submitted(engine, plan, folder)
    (folder / "cli.txt").write_text("changed since")
    (folder / "sdk.txt").unlink()
    review = await PlanQueue(engine).review(entry.id)
    execution = await approved(engine, entry)
    result = await ended(engine, execution)

    assert result.status is ExecutionStatus.COMPLETED, result
    assert sent(stub) == {"cli": "as queued, by aws", "sdk": "as queued, by the SDK"}
    assert [one.name for one in entry.files] == ["cli.txt", "sdk.txt"]
    assert review.commands[0].files == entry.files[:1]
    assert review.commands[0].argv is not None
    assert "file://cli.txt" in review.commands[0].argv, "what is shown is what was written"
    assert (await engine.storage.execution(execution)).files == entry.files
    [started, *_] = await engine.storage.journal(execution)
    assert started.model_dump(mode="json")["files"] == [one.model_dump(mode="json") for one in entry.files]


async def test_other_content_is_the_next_revision_and_another_digest(make: Maker, folder: Path) -> None:
    engine = make()
    (folder / "a").write_text("one")
    plan = sequence(sdk_from({"$file": "a"}))
    first = await submitted(engine, plan, folder)
    digest = (await PlanQueue(engine).review(first.id)).digest
    assert await submitted(engine, plan, folder) == first

    (folder / "a").write_text("two")
    second = await submitted(engine, plan, folder)

    assert (second.id, second.revision) == (first.id, 2)
    assert second.plan_digest != first.plan_digest
    with pytest.raises(ApprovalRefused, match="What would run now has digest"):
        await PlanQueue(engine).approve(first.id, digest=digest)


async def test_a_changed_text_is_frozen_anew(make: Maker, stub: Stub, folder: Path) -> None:
    engine = make()
    stub.says = lambda call: FINE
    (folder / "a").write_text("one")
    plan = sequence(sdk_from({"$file": "a"}))
    entry = await submitted(engine, plan, folder)
    (folder / "a").write_text("two")

    changed = plan.model_copy(update={"description": "Changed"})
    entry = await PlanQueue(engine).modify(entry.id, changed.model_dump_json())
    await ended(engine, await approved(engine, entry))

    assert entry.revision == 2
    assert sent(stub) == {"sdk": "two"}


async def test_a_secret_is_read_at_the_attempt_and_never_kept(
    make: Maker, stub: Stub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make()
    stub.says = lambda call: FINE
    (folder / "password").write_text("tr0ub4dor-from-file")
    (folder / "password").chmod(0o600)
    monkeypatch.setenv("THE_PASSWORD", "tr0ub4dor-from-variable")
    create = ("secretsmanager", "create-secret", "--name", "cli", "--secret-string", "file://password")
    by_file = sdk_command("secretsmanager", "CreateSecret", {"Name": "f", "SecretString": {"$file": "password"}})
    by_name = sdk_command("secretsmanager", "CreateSecret", {"Name": "v", "SecretString": {"$env": "THE_PASSWORD"}})
    plan = sequence(cli_command(*create), by_file, by_name)

    entry = await submitted(engine, plan, folder)
    execution = await approved(engine, entry)
    result = await ended(engine, execution)

    assert result.status is ExecutionStatus.COMPLETED, result
    values = {call.name: call.body["SecretString"] for call in stub.calls}
    assert values == {"cli": "tr0ub4dor-from-file", "f": "tr0ub4dor-from-file", "v": "tr0ub4dor-from-variable"}
    assert [(one.secret, one.size) for one in entry.files] == [(True, None)] * 3
    await engine.storage.close()
    kept = [path.read_bytes() for path in make.state_dir.rglob("*") if path.is_file()]
    assert len(kept) > 3
    assert not any(b"tr0ub4dor" in content for content in kept)


async def test_a_plan_without_a_folder_may_name_variables_and_no_files(
    make: Maker, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make()
    stub.says = lambda call: FINE
    monkeypatch.setenv("THE_VALUE", "from a variable")

    refused = await submitted(engine, sequence(sdk_from({"$file": "a"})), None)
    entry = await submitted(engine, sequence(sdk_from({"$env": "THE_VALUE"}, type="SecureString")), None)
    loose = await submitted(engine, sequence(sdk_from({"$env": "THE_VALUE"}, "loose")), None)
    await ended(engine, await approved(engine, entry))

    assert refused.state is QueueState.REFUSED
    assert "the plan came without a folder" in refused.problems[0].message
    assert refused.problems[0].path == "/commands/0/command_type/Sdk/parameters/Value"
    assert sent(stub) == {"sdk": "from a variable"}
    assert loose.problems[0].message == "`$env` is for secrets, and this member holds none"


async def test_files_elsewhere_are_taken_only_where_the_configuration_says_so(
    make: Maker, stub: Stub, folder: Path, tmp_path: Path
) -> None:
    stub.says = lambda call: FINE
    (tmp_path / "outside").write_text("from outside")
    plan = sequence(sdk_from({"$file": "../outside"}))
    closed = make()
    refused = await submitted(closed, plan, folder)
    open_ = make(settings=Settings(safety=SafetySettings(allow=("files-elsewhere",))))
    entry = await submitted(open_, plan, folder)
    await ended(open_, await approved(open_, entry))

    assert "is outside the plan's own folder" in refused.problems[0].message
    assert "`files-elsewhere`" in refused.problems[0].remedy
    assert sent(stub) == {"sdk": "from outside"}


async def test_a_library_names_the_folder_and_is_refused_without_it(make: Maker, stub: Stub, folder: Path) -> None:
    engine = make()
    stub.says = lambda call: FINE
    (folder / "a").write_text("content")
    plan = sequence(sdk_from({"$file": "a"}))

    with pytest.raises(InvalidCommand, match="came without a folder"):
        await engine.execute_with_approval(plan, Approve())
    await ended(engine, await engine.execute_with_approval(plan, Approve(), base_dir=folder))

    assert sent(stub) == {"sdk": "content"}


# --- afterwards ------------------------------------------------------------------------------------------------------


def undoable(folder: Path) -> ExecutionPlan:
    (folder / "undo").write_text("as frozen")
    done = put("done")
    return sequence(done, rollback_strategy=undoing({done.id: [cli_from("file://undo", "undo")]}))


async def test_a_rollback_uses_the_copies(make: Maker, stub: Stub, folder: Path) -> None:
    engine = make()
    stub.says = lambda call: FINE
    entry = await submitted(engine, undoable(folder), folder)
    execution = await approved(engine, entry)
    await ended(engine, execution)
    (folder / "undo").unlink()

    review = await engine.rollback_review(execution)
    await engine.start_rollback(execution, engine.decided(Approve()), review)
    result = await ended(engine, execution)

    assert result.status is ExecutionStatus.ROLLED_BACK, result
    assert sent(stub)["undo"] == "as frozen"
    assert [one.name for one in review.commands[0].files] == ["undo"]


async def test_a_rollback_whose_copy_changed_is_refused_by_name(make: Maker, stub: Stub, folder: Path) -> None:
    engine = make()
    stub.says = lambda call: FINE
    entry = await submitted(engine, undoable(folder), folder)
    execution = await approved(engine, entry)
    await ended(engine, execution)
    change(copy_of(make, entry))

    with pytest.raises(InvalidCommand, match="the frozen copy of `undo` changed"):
        await engine.rollback_review(execution)


async def test_who_takes_over_finds_the_command_that_a_copy_was_sent_with(
    make: Maker, stub: Stub, folder: Path
) -> None:
    (folder / "a").write_text("as frozen")
    plan = sequence(cli_from("file://a"), get("never"))
    entry = await submitted(make(), plan, folder)
    async with child(make, "approve", str(entry.id)) as process:
        execution = UUID(await said(process))
        await stub.holds("cli")
        await process.kill()
    (folder / "a").unlink()
    stub.release("cli")

    engine = make()
    assert await engine.recover() == [execution]
    result = await ended(engine, execution)

    assert how(plan, result) == {"cli": "Completed", "never": "Skipped"}
    assert sent(stub) == {"cli": "as frozen"}


async def test_a_second_run_uses_the_copies_too(make: Maker, stub: Stub, folder: Path) -> None:
    engine = make()
    stub.says = lambda call: FINE
    (folder / "a").write_text("as frozen")
    entry = await submitted(engine, sequence(sdk_from({"$file": "a"})), folder)
    await ended(engine, await approved(engine, entry))
    (folder / "a").write_text("changed")

    review = await PlanQueue(engine).review(entry.id)
    again = await PlanQueue(engine).approve(entry.id, digest=review.digest, again=True)
    await ended(engine, again)

    assert [call.body["Value"] for call in stub.calls] == ["as frozen", "as frozen"]


def copy_of(make: Maker, entry: QueueEntry) -> Path:
    [file] = entry.files
    return make.state_dir / "frozen" / (file.sha256 or "")


def change(path: Path) -> None:
    path.chmod(0o600)
    path.write_text("changed behind our back")


async def test_a_file_with_a_secret_among_other_values_is_refused_and_nowhere_copied(
    make: Maker, folder: Path
) -> None:
    (folder / "db.json").write_text('{"DBInstanceIdentifier": "d", "MasterUserPassword": "tr0ub4dor-and-more"}')
    command = cli_command("rds", "modify-db-instance", "--cli-input-json", "file://db.json")

    entry = await submitted(make(), sequence(command), folder)

    assert entry.state is QueueState.REFUSED
    assert "MasterUserPassword" in " ".join(one.message for one in entry.problems)
    kept = [path for path in make.state_dir.rglob("*") if path.is_file() and b"tr0ub4dor" in path.read_bytes()]
    assert kept == []


# --- uploads ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def s3(make: Maker, monkeypatch: pytest.MonkeyPatch) -> Any:
    with loopback() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.address)
        yield server


async def uploaded(make: Maker, folder: Path, *words: str, then: Any = None) -> Any:
    engine = make()
    entry = await submitted(engine, sequence(cli_command(*words)), folder)
    assert entry.state is QueueState.REVIEW, entry.problems
    if then is not None:
        then()
    return await ended(engine, await approved(engine, entry)), entry


async def test_an_uploaded_file_keeps_its_name_and_its_content_as_frozen(
    make: Maker, folder: Path, s3: Loopback
) -> None:
    page = folder / "index.html"
    page.write_text("<p>as frozen</p>")

    result, entry = await uploaded(make, folder, "s3", "cp", "index.html", "s3://b/", then=lambda: change(page))

    assert result.status is ExecutionStatus.COMPLETED, result
    [put_] = [asked for asked in s3.asked if asked.method == "PUT"]
    assert put_.path == "/b/index.html"
    assert put_.headers["content-type"] == "text/html"
    assert b"as frozen" in put_.body
    assert [one.kind for one in entry.files] == [FileKind.PATH]
    assert not list(make.state_dir.rglob("*.files")), "what was lent under its name is gone"


async def test_a_file_that_is_moved_away_is_taken_from_where_it_is(make: Maker, folder: Path, s3: Loopback) -> None:
    (folder / "log.txt").write_text("lines")

    result, _ = await uploaded(make, folder, "s3", "mv", "log.txt", "s3://b/k")

    assert result.status is ExecutionStatus.COMPLETED, result
    assert not (folder / "log.txt").exists()


async def test_a_folder_is_uploaded_from_where_it_is_and_the_review_says_what_that_means(
    make: Maker, folder: Path, s3: Loopback
) -> None:
    (folder / "build").mkdir()
    (folder / "build" / "a.txt").write_text("at review")

    result, entry = await uploaded(
        make, folder, "s3", "cp", "build", "s3://b/x/", "--recursive",
        then=lambda: (folder / "build" / "a.txt").write_text("at the run"),
    )  # fmt: skip

    assert result.status is ExecutionStatus.COMPLETED, result
    [put_] = [asked for asked in s3.asked if asked.method == "PUT"]
    assert (put_.path, b"at the run" in put_.body) == ("/b/x/a.txt", True)
    assert [(one.kind, one.sha256) for one in entry.files] == [(FileKind.PLACE, None)]


async def test_what_is_downloaded_stays_in_the_attempts_folder(make: Maker, folder: Path, s3: Loopback) -> None:
    engine = make()
    outside = await submitted(engine, sequence(cli_command("s3", "cp", "s3://b/k", "../../x")), folder)
    absolute = await submitted(engine, sequence(cli_command("s3", "cp", "s3://b/k", f"{folder}/x")), folder)

    assert outside.state is absolute.state is QueueState.REFUSED
    assert "outside the folder of the attempt" in outside.problems[0].message


# --- executors -------------------------------------------------------------------------------------------------------


async def test_an_attempt_whose_file_was_not_frozen_never_begins(
    aws_program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").write_text("lies here")
    executor = CliExecutor(CliExecutorConfig(cli_path=aws_program))
    words = ("ssm", "put-parameter", "--name", "n", "--value", "file://a")

    outcome = await executor.run(attempt_at(cli_command(*words), tmp_path))

    assert outcome.not_executed
    assert "`file://a` was not frozen with the plan" in (outcome.error or "")


async def test_a_strangers_executor_is_not_trusted_to_use_the_copies(make: Maker, stub: Stub, folder: Path) -> None:
    stranger = Stranger(says_hello)
    engine = make(executors=[stranger])
    (folder / "a").write_text("content")
    entry = await submitted(engine, sequence(sdk_from({"$file": "a"})), folder)

    result = await ended(engine, await approved(engine, entry))

    assert result.command_results[0].status is CommandStatus.FAILED
    assert "cannot be given frozen files" in (result.command_results[0].error or "")
    assert stranger.times == 0


async def test_many_commands_share_one_copy_and_are_looked_at_once(make: Maker, stub: Stub, folder: Path) -> None:
    engine = make()
    stub.says = lambda call: FINE
    (folder / "a").write_text("content")
    plan = sequence(*(sdk_from({"$file": "a"}, f"n{number}") for number in range(20)))

    entry = await submitted(engine, plan, folder)
    async with asyncio.timeout(PATIENCE):
        await ended(engine, await approved(engine, entry))

    assert len(entry.files) == 1
    assert set(sent(stub).values()) == {"content"}
    assert len(stub.calls) == 20
