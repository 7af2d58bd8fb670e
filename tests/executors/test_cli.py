"""The `aws` program under the runner: the real one wherever it can say what a test needs."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import stat
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from cloudops_tui.engine.ports import Attempt, AttemptExecutor, AttemptOutcome, Ending, OutputSink
from cloudops_tui.executors import job as job_module
from cloudops_tui.executors.cli import CliExecutor
from cloudops_tui.model.command import CliCommand
from cloudops_tui.model.config import CliExecutorConfig, ExecutorType
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import ExecutionError
from tests.executors.attempts import TOKEN, Told, attempt_at, cli_command, sdk_command, write_aws_files
from tests.executors.loopback import CUT, Loopback, Says, ec2_refusal, loopback, refusal, unused_address
from tests.executors.test_runner import PATIENCE, deaf_runner

pytestmark = pytest.mark.usefixtures("keys")

DESCRIBE = cli_command("ec2", "describe-vpcs")
LONG = pytest.mark.skipif(not os.environ.get("LONG_TESTS"), reason="LONG_TESTS=1 runs it: one more start of `aws`")
NO_VPCS = Says(body=b"<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>")


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


@pytest.fixture
def executor(aws_program: Path) -> CliExecutor:
    return CliExecutor(CliExecutorConfig(cli_path=aws_program))


def pretended(folder: Path, body: str, *, version: str = "1.46.3") -> CliExecutor:
    """An executor of a shell script that says it is `aws`, for what the real one cannot be made to do."""
    program = folder / "aws"
    program.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "aws-cli/{version} Python/3" && exit\n{body}\n')
    program.chmod(stat.S_IRWXU)
    return CliExecutor(CliExecutorConfig(cli_path=program))


# ---------------------------------------------------------------- the reference


@pytest.mark.usefixtures("aws_environment")
async def test_a_command_runs_and_its_answer_is_json(executor: CliExecutor) -> None:
    done = await executor.execute_cli(CliCommand(command="aws ec2 describe-vpcs"), "default", "us-east-1")

    assert done.exit_code == 0
    assert json.loads(done.stdout)["Vpcs"]
    assert done.duration > Duration.from_secs(0)


async def test_a_plans_own_output_format_wins_over_the_configuration(tmp_path: Path) -> None:
    pretended(tmp_path, 'echo "$@"')
    executor = CliExecutor(CliExecutorConfig(cli_path=tmp_path / "aws", output_format="text"))
    configured = await executor.execute_cli(CliCommand(command="aws ec2 describe-vpcs"), "default", "us-east-1")
    own = CliCommand(command="aws ec2 describe-vpcs", args=("--output", "json"))

    planned = await executor.execute_cli(own, "default", "us-east-1")

    assert configured.stdout == "ec2 describe-vpcs --output text\n"
    assert planned.stdout == "ec2 describe-vpcs --output json\n"


async def test_every_line_of_both_streams_comes_while_the_command_still_runs(tmp_path: Path) -> None:
    waiting = f"while [ ! -e {tmp_path}/go ]; do sleep 0.05; done"
    executor = pretended(tmp_path, f"echo one; echo two >&2; {waiting}; echo three")
    lines: list[str] = []

    def each(line: str) -> None:
        lines.append(line)
        if len(lines) == 2:
            (tmp_path / "go").touch()

    done = await executor.execute_streaming(CliCommand(command="aws s3 ls"), "default", "us-east-1", each)

    assert sorted(lines[:2]) == ["one", "two"]
    assert lines[2:] == ["three"]
    assert (done.stdout, done.stderr) == ("one\nthree\n", "two\n")


async def test_a_refused_call_raises_what_aws_said(executor: CliExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    with loopback(ec2_refusal("UnauthorizedOperation", 403)) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        with pytest.raises(ExecutionError.CommandFailed) as failed:
            await executor.execute(DESCRIBE)

    assert "(UnauthorizedOperation)" in failed.value.text
    assert "Said the stub" in failed.value.text


async def test_a_command_that_takes_too_long_raises_timeout(tmp_path: Path) -> None:
    executor = pretended(tmp_path, "sleep 600")
    slow = DESCRIBE.model_copy(update={"timeout": Duration.from_millis(300)})

    with pytest.raises(ExecutionError.Timeout) as late:
        await executor.execute(slow)

    assert late.value.after == Duration.from_millis(300)


async def test_without_the_program_the_executor_is_not_available(tmp_path: Path) -> None:
    executor = CliExecutor(CliExecutorConfig(cli_path=tmp_path / "aws"))

    with pytest.raises(ExecutionError.ExecutorNotAvailable, match="install the AWS CLI"):
        await executor.execute(DESCRIBE)


@pytest.mark.parametrize(
    ("command", "args", "reason"),
    [
        ("sh -c", ("id",), "expected `aws`"),
        ("aws ec2 'describe-vpcs'", (), "without quotes"),
        ("aws ec2 describe-vpc", (), "describe-vpcs"),
        ("aws ec2 describe-vpcs", ("--endpoint-url", "http://evil.test"), "--endpoint-url"),
        ("aws ec2 describe-vpcs", ("--endp=http://evil.test",), "--endp"),
        ("aws ec2 describe-vpcs", ("--profile", "other"), "--profile"),
        ("aws ec2 describe-vpcs", ("--region", "eu-west-1"), "--region"),
        ("aws configure list", (), "configure"),
    ],
)
async def test_what_is_no_plain_aws_command_is_refused_with_the_reason(
    executor: CliExecutor, command: str, args: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(ExecutionError.InvalidCommand) as refused:
        await executor.execute_cli(CliCommand(command=command, args=args), "default", "us-east-1")

    assert reason in refused.value.text


async def test_an_unknown_profile_is_refused_before_anything_starts(executor: CliExecutor, home: Path) -> None:
    with pytest.raises(ExecutionError.InvalidCommand) as refused:
        await executor.execute(cli_command("ec2", "describe-vpcs", profile="prod"))

    assert str(home / ".aws" / "config") in refused.value.text


@pytest.mark.parametrize("alias", ["[toplevel]\nec2 = !touch {}", "[command  ec2]\ndescribe-vpcs = !touch {}"])
async def test_an_alias_that_gives_the_command_another_meaning_is_refused(
    executor: CliExecutor, home: Path, tmp_path: Path, alias: str
) -> None:
    write_aws_files(home)
    (home / ".aws" / "cli").mkdir()
    (home / ".aws" / "cli" / "alias").write_text(alias.format(tmp_path / "ran") + "\nother = sts\n")

    outcome = await executor.run(attempt_at(DESCRIBE, tmp_path))

    assert outcome.ending is Ending.NEVER_BEGAN
    assert "another meaning" in (outcome.error or "")
    assert not (tmp_path / "ran").exists()


async def test_no_history_of_requests_is_left_behind_where_the_configuration_asks_for_one(
    executor: CliExecutor, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_aws_files(home, "[default]\ncli_history = enabled\n")
    with loopback(ec2_refusal("UnauthorizedOperation", 403)) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        outcome = await executor.run(attempt_at(DESCRIBE, tmp_path))

    assert outcome.error_code == "UnauthorizedOperation"
    assert list((home / ".aws").rglob("*.db")) == []


async def test_what_the_configuration_opens_is_run_and_an_endpoint_of_the_plan_is_the_one_that_is_asked(
    aws_program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor = CliExecutor(CliExecutorConfig(cli_path=aws_program), allowed=("--endpoint-url",))
    with loopback(NO_VPCS) as stub, loopback(CUT) as configured:
        monkeypatch.setenv("AWS_ENDPOINT_URL", configured.address)
        await executor.execute(cli_command("ec2", "describe-vpcs", "--endpoint-url", stub.address))
        with pytest.raises(ExecutionError.InvalidCommand, match="--no-verify-ssl"):
            await executor.execute(cli_command("ec2", "describe-vpcs", "--no-verify-ssl"))

    assert len(stub.asked) == 1
    assert configured.asked == []


def test_it_is_an_attempt_executor_for_commands_of_the_command_line(executor: CliExecutor) -> None:
    assert isinstance(executor, AttemptExecutor)
    assert executor.executor_type() is ExecutorType.CLI
    assert executor.supports(DESCRIBE)
    assert not executor.supports(sdk_command("ec2", "DescribeVpcs"))


# ---------------------------------------------------------------- what is started


async def test_an_endpoint_of_the_environment_is_used_for_services_that_awscli_would_take_to_the_real_aws(
    executor: CliExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with loopback(Says(body=b'{"QueueUrls": []}')) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        outcome = await executor.run(attempt_at(cli_command("sqs", "list-queues"), tmp_path))

    assert outcome.ending is Ending.COMPLETED
    assert [asked.headers["x-amz-target"] for asked in stub.asked] == ["AmazonSQS.ListQueues"]


async def test_the_note_and_the_client_token_reach_aws(
    executor: CliExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    create = cli_command("ec2", "create-volume", "--availability-zone", "us-east-1a")
    with loopback(ec2_refusal("UnauthorizedOperation")) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        await executor.run(attempt_at(create, tmp_path, note="cloudops-plan-0123456789ab"))

    assert f"ClientToken={TOKEN}".encode() in stub.asked[0].body
    assert "cloudops-plan-0123456789ab" in stub.asked[0].headers["user-agent"]


@pytest.mark.parametrize(
    "own",
    [
        pytest.param(("--client-token", "mine"), marks=LONG),
        ("--cli-input-json", '{"ClientToken": "mine", "AvailabilityZone": "us-east-1a"}'),
    ],
)
async def test_a_plans_own_client_token_stands(
    executor: CliExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own: tuple[str, ...]
) -> None:
    create = cli_command("ec2", "create-volume", "--availability-zone", "us-east-1a", *own)
    with loopback(ec2_refusal("UnauthorizedOperation")) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        await executor.run(attempt_at(create, tmp_path))

    assert b"ClientToken=mine" in stub.asked[0].body


async def test_version_2_is_given_its_own_options_and_no_terminal(tmp_path: Path, home: Path) -> None:
    write_aws_files(home, "[profile prod]\nendpoint_url = http://prod.test\n")
    executor = pretended(
        tmp_path, 'printf "%s\\n" "$@"; [ -t 0 ] && echo TERMINAL; cat; echo "key=$AWS_ACCESS_KEY_ID"', version="2.31.3"
    )
    told = Told()

    outcome = await executor.run(attempt_at(cli_command("s3", "ls", profile="prod"), tmp_path, sink=told))

    assert outcome.ending is Ending.COMPLETED
    assert told.of("stdout") == [
        "s3", "ls", "--output", "json", "--profile", "prod", "--endpoint-url", "http://prod.test",
        "--cli-binary-format", "raw-in-base64-out", "--no-cli-pager", "--no-cli-auto-prompt", "key=",
    ]  # fmt: skip


async def test_what_a_command_writes_beside_itself_never_meets_its_own_files(tmp_path: Path) -> None:
    executor = pretended(tmp_path, "echo mine > stdout; echo mine > result.json; pwd")
    attempt = attempt_at(cli_command("s3", "ls"), tmp_path)

    outcome = await executor.run(attempt)

    work = attempt.folder.with_name("1.work")
    assert outcome.output.strip() == str(work)
    assert sorted(path.name for path in work.iterdir()) == ["result.json", "stdout"]
    assert stat.S_IMODE(work.stat().st_mode) == 0o700


async def test_an_attempt_that_was_made_before_is_not_made_again(tmp_path: Path) -> None:
    executor = pretended(tmp_path, f"echo once >> {tmp_path}/count")
    attempt = attempt_at(cli_command("s3", "ls"), tmp_path)
    await executor.run(attempt)

    again = await executor.run(attempt)

    assert again.ending is Ending.NEVER_BEGAN
    assert (tmp_path / "count").read_text() == "once\n"


async def test_own_secrets_never_reach_the_files(tmp_path: Path) -> None:
    executor = pretended(tmp_path, 'echo "$AWS_SECRET_ACCESS_KEY"; echo "$AWS_SECRET_ACCESS_KEY" >&2')
    attempt = attempt_at(cli_command("s3", "ls"), tmp_path)

    outcome = await executor.run(attempt)

    assert outcome.output == "<redacted>\n"
    assert (attempt.folder / "stderr").read_text() == "<redacted>\n"


# ---------------------------------------------------------------- how it ends


@pytest.mark.parametrize(
    ("code", "status", "not_executed"),
    [
        ("ThrottlingException", 400, True),
        pytest.param("RequestLimitExceeded", 503, True, marks=LONG),
        pytest.param("ExpiredToken", 400, True, marks=LONG),
        ("InternalError", 500, False),
        pytest.param("InvalidVpcID.NotFound", 400, False, marks=LONG),
    ],
)
async def test_a_failed_call_is_typed_and_was_sent_exactly_once(
    executor: CliExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, status: int, not_executed: bool
) -> None:
    with loopback(ec2_refusal(code, status)) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        outcome = await executor.run(attempt_at(DESCRIBE, tmp_path))

    assert (outcome.ending, outcome.error_code, outcome.not_executed) == (Ending.FAILED, code, not_executed)
    assert outcome.error is not None
    assert f"({code})" in outcome.error
    assert outcome.exit_code == 255
    assert len(stub.asked) == 1


async def test_a_broken_connection_is_told_from_one_that_never_was(
    executor: CliExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with loopback(CUT) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        cut = await executor.run(attempt_at(DESCRIBE, tmp_path / "cut"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", unused_address())
    refused = await executor.run(attempt_at(DESCRIBE, tmp_path / "refused"))

    assert (cut.ending, cut.timed_out_or_reset, cut.not_executed) == (Ending.FAILED, True, False)
    assert (refused.ending, refused.timed_out_or_reset, refused.not_executed) == (Ending.FAILED, False, True)
    assert len(stub.asked) == 1


async def test_one_refused_object_of_many_proves_nothing_about_the_others(
    executor: CliExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    with loopback(refusal("SlowDown", 503)) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        copying = cli_command("s3", "cp", "file", "s3://b/k")
        outcome = await executor.run(attempt_at(copying, tmp_path, files={"file": tmp_path / "file"}))

    assert (outcome.error_code, outcome.not_executed) == ("SlowDown", False)


@pytest.mark.parametrize("variable", ["AWS_ACCESS_KEY_ID", pytest.param("AWS_SECRET_ACCESS_KEY", marks=LONG)])
async def test_without_usable_credentials_nothing_leaves(
    executor: CliExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    monkeypatch.delenv(variable)
    outcome = await executor.run(attempt_at(DESCRIBE, tmp_path))

    assert (outcome.ending, outcome.not_executed) == (Ending.NEVER_BEGAN, True)
    assert "redentials" in (outcome.error or "")


async def test_a_timeout_ends_the_program_and_says_so(tmp_path: Path) -> None:
    executor = pretended(tmp_path, "exec sleep 6000")
    attempt = attempt_at(cli_command("s3", "ls"), tmp_path, timeout=0.4)

    outcome = await executor.run(attempt)

    assert (outcome.ending, outcome.timed_out_or_reset) == (Ending.TIMED_OUT, True)
    assert outcome.error == "Execution timeout after 400ms"
    assert not _lives(json.loads((attempt.folder / "started.json").read_bytes())["child_pid"])


async def test_cancelling_ends_the_real_program_while_it_waits_for_an_answer(
    executor: CliExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with loopback() as stub:
        stub.answer = stub.never
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        attempt = attempt_at(DESCRIBE, tmp_path)
        running = asyncio.ensure_future(executor.run(attempt))
        await _arrival(stub)
        child = json.loads((attempt.folder / "started.json").read_bytes())["child_pid"]
        attempt.cancel.set()
        outcome = await running

    assert (outcome.ending, outcome.not_executed) == (Ending.CANCELLED, False)
    assert outcome.error == "Execution cancelled by user"
    assert not _lives(child)
    assert not executor.alive(attempt.folder)


async def test_a_cancelled_attempt_that_had_not_begun_starts_nothing(tmp_path: Path) -> None:
    executor = pretended(tmp_path, "exit 0")
    attempt = attempt_at(cli_command("s3", "ls"), tmp_path)
    attempt.cancel.set()

    outcome = await executor.run(attempt)

    assert (outcome.ending, outcome.not_executed) == (Ending.CANCELLED, True)
    assert not attempt.folder.exists()


async def test_a_program_that_somebody_else_killed_is_lost(tmp_path: Path) -> None:
    executor = pretended(tmp_path, "kill -9 $$")

    outcome = await executor.run(attempt_at(cli_command("s3", "ls"), tmp_path))

    assert outcome.ending is Ending.LOST
    assert "SIGKILL" in (outcome.error or "")


async def test_another_engine_finds_a_command_that_outlived_the_first(tmp_path: Path) -> None:
    waiting = f"echo before; while [ ! -e {tmp_path}/go ]; do sleep 0.05; done; echo after; exit 3"
    first = pretended(tmp_path, waiting)
    told, attempt = Told(), attempt_at(cli_command("s3", "ls"), tmp_path)
    begun = asyncio.Event()

    def sink(stream: str, lines: Sequence[str]) -> None:
        begun.set()

    running = asyncio.ensure_future(first.run(_with_sink(attempt, sink)))
    await begun.wait()
    running.cancel()
    await asyncio.wait({running})
    second = CliExecutor(first._config)
    assert second.alive(attempt.folder)
    found = asyncio.ensure_future(second.reattach(_with_sink(attempt, told)))
    (tmp_path / "go").touch()
    outcome = await found

    assert isinstance(outcome, AttemptOutcome)
    assert (outcome.ending, outcome.exit_code) == (Ending.FAILED, 3)
    assert told.of("stdout") == ["before", "after"]
    assert not second.alive(attempt.folder)


async def test_of_an_attempt_that_left_no_trace_nothing_is_known(executor: CliExecutor, tmp_path: Path) -> None:
    assert await executor.reattach(attempt_at(DESCRIBE, tmp_path)) is None


async def test_an_attempt_whose_folder_was_made_but_never_used_never_began(
    executor: CliExecutor, tmp_path: Path
) -> None:
    attempt = attempt_at(DESCRIBE, tmp_path)
    attempt.folder.mkdir(parents=True)

    outcome = await executor.reattach(attempt)

    assert outcome is not None
    assert outcome.ending is Ending.NEVER_BEGAN


# ---------------------------------------------------------------- what disturbs only the follower


@pytest.mark.parametrize("how", ["run", "reattach"])
async def test_without_a_free_descriptor_the_end_is_still_the_commands_own(tmp_path: Path, how: str) -> None:
    executor = pretended(tmp_path, f"echo one; while [ ! -e {tmp_path}/go ]; do sleep 0.02; done; echo two; exit 3")
    told, attempt = Told(), attempt_at(cli_command("s3", "ls"), tmp_path)
    running: asyncio.Task[AttemptOutcome | None] = asyncio.create_task(executor.run(_with_sink(attempt, told)))
    await _said(told)
    if how == "reattach":
        running.cancel()
        await asyncio.wait({running})
        told.lines.clear()
        running = asyncio.create_task(executor.reattach(_with_sink(attempt, told)))
        await _said(told)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        os.mkdir(tmp_path / "go")
        async with asyncio.timeout(PATIENCE):
            while not os.path.exists(attempt.folder / "result.json"):
                await asyncio.sleep(0.01)
        await asyncio.wait({running}, timeout=0.3)
        assert not running.done()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    outcome = await running

    assert outcome is not None
    assert (outcome.ending, outcome.exit_code, outcome.output) == (Ending.FAILED, 3, "one\ntwo\n")
    assert told.of("stdout") == ["one", "two"]


@pytest.mark.parametrize("when", ["while it runs", "after its end"])
async def test_a_damaged_index_hides_lines_and_not_how_the_command_ended(tmp_path: Path, when: str) -> None:
    throttled = "An error occurred (ThrottlingException) when calling the ListBuckets operation: slow down"
    executor = pretended(
        tmp_path,
        f"echo one; while [ ! -e {tmp_path}/go ]; do sleep 0.02; done; echo two; echo '{throttled}' >&2; exit 255",
    )
    attempt = attempt_at(cli_command("ec2", "describe-vpcs"), tmp_path, sink=(told := Told()))
    running = asyncio.ensure_future(executor.run(attempt))
    await _said(told)
    if when == "after its end":
        running.cancel()
        (tmp_path / "go").touch()
        async with asyncio.timeout(PATIENCE):
            while executor.alive(attempt.folder):
                await asyncio.sleep(0.01)
    index = attempt.folder / "index"
    index.write_bytes(index.read_bytes()[:24] + b"\x01" + b"\xff" * 23)
    (tmp_path / "go").touch()
    outcome = await (executor.reattach(attempt) if when == "after its end" else running)

    assert outcome is not None
    assert (outcome.ending, outcome.exit_code, outcome.error_code) == (Ending.FAILED, 255, "ThrottlingException")
    assert (outcome.output, outcome.output_bytes, outcome.output_truncated) == ("one\ntwo\n", 8, False)
    assert "is damaged" in told.of("stdout")[-1]


async def test_who_is_far_behind_at_the_end_is_shown_the_last_lines_and_how_much_is_not_shown(tmp_path: Path) -> None:
    go = tmp_path / "go"
    executor = pretended(
        tmp_path, f"echo begun; while [ ! -e {go} ]; do sleep 0.02; done; seq 1000000; echo 'the end' >&2"
    )
    told, attempt = Told(), attempt_at(cli_command("s3", "ls"), tmp_path)

    def slow(stream: str, lines: Sequence[str]) -> None:
        first = not told.lines
        told(stream, lines)
        if first:  # the whole program stands still until the command has ended
            go.touch()
            _wait_for((attempt.folder / "result.json").exists)

    outcome = await executor.run(_with_sink(attempt, slow))

    whole = (attempt.folder / "stdout").read_text()
    [notice] = [line for line in told.of("stdout") if "not shown here" in line]
    at = told.of("stdout").index(notice)
    before, after = told.of("stdout")[:at], told.of("stdout")[at + 1 :]
    assert before[0] == "begun"
    assert whole.startswith("\n".join(before))
    assert whole.endswith("\n".join(["", *after, ""]))
    assert 900_000 < sum(len(line) + 1 for line in after) < 1_200_000
    hidden = int(notice.split()[1].replace(",", ""))
    assert notice == f"... {hidden:,} bytes not shown here; all of it is in {attempt.folder / 'stdout'}"
    assert hidden + sum(len(line) + 1 for line in (*before, *after)) - len(whole) in (0, 1)
    assert told.of("stderr") == ["the end"]
    assert (outcome.ending, outcome.output) == (Ending.COMPLETED, whole[-65_536:])
    assert (outcome.output_bytes, outcome.output_truncated) == (len(whole), True)


async def test_the_duration_is_the_runners_own_however_late_the_follower_is(tmp_path: Path) -> None:
    executor = pretended(tmp_path, "echo begun; sleep 0.2")
    attempt = attempt_at(cli_command("s3", "ls"), tmp_path)
    await executor.run(attempt)
    taken = json.loads((attempt.folder / "result.json").read_bytes())["duration_seconds"]

    found = await executor.reattach(attempt)

    assert found is not None
    assert found.duration == Duration.from_secs(taken)
    assert taken >= 0.2


async def test_an_attempt_whose_runner_was_stopped_can_be_cancelled(tmp_path: Path) -> None:
    executor = pretended(tmp_path, "echo begun; exec sleep 600")
    attempt = attempt_at(cli_command("s3", "ls"), tmp_path, sink=(told := Told()))
    running = asyncio.ensure_future(executor.run(attempt))
    await _said(told)
    os.kill(json.loads((attempt.folder / "started.json").read_bytes())["runner_pid"], signal.SIGSTOP)
    attempt.cancel.set()
    outcome = await asyncio.wait_for(running, PATIENCE)

    assert (outcome.ending, outcome.output) == (Ending.CANCELLED, "begun\n")


async def test_an_attempt_whose_runner_had_to_be_killed_is_cancelled_and_may_have_been_executed(
    executor: CliExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_module, "FORCE_AFTER", 0.2)
    attempt = attempt_at(DESCRIBE, tmp_path, grace=0.1)
    attempt.cancel.set()
    with deaf_runner(attempt.folder, "command") as process:
        await asyncio.to_thread(_wait_for, (attempt.folder / "started.json").exists)
        outcome = await asyncio.wait_for(executor.reattach(attempt), PATIENCE)

        assert process.wait(PATIENCE) == -signal.SIGKILL
    assert outcome is not None
    assert (outcome.ending, outcome.not_executed) == (Ending.CANCELLED, False)


# ---------------------------------------------------------------- output


async def test_only_the_end_of_long_output_is_kept_and_all_of_it_is_in_the_file(tmp_path: Path) -> None:
    executor = pretended(tmp_path, 'i=0; while [ $i -lt 20000 ]; do echo "line $i é"; i=$((i+1)); done')
    told = Told()

    outcome = await executor.run(attempt_at(cli_command("s3", "ls"), tmp_path, sink=told))

    assert len(told.lines) == 20_000
    assert outcome.output_truncated
    assert outcome.output.endswith("line 19999 é\n")
    assert 65_000 < len(outcome.output.encode()) <= 65_536
    assert outcome.output_file is not None
    assert outcome.output_bytes == Path(outcome.output_file).stat().st_size


async def test_lines_are_safe_to_show_and_never_longer_than_a_piece(tmp_path: Path) -> None:
    executor = pretended(
        tmp_path,
        r"""printf 'a\033[2Jb\r\n\377\303\251\n'; head -c 150000 /dev/zero | tr '\0' x; printf '\nlast'""",
    )
    told = Told()

    await executor.run(attempt_at(cli_command("s3", "ls"), tmp_path, sink=told))

    lines = told.of("stdout")
    assert lines[:2] == [r"a\x1b[2Jb", r"\xffé"]
    assert [len(line) for line in lines[2:-1]] == [65_536, 65_536, 150_000 - 2 * 65_536]
    assert lines[-1] == "last"


# ---------------------------------------------------------------- rehearsing


@pytest.mark.usefixtures("aws_environment")
async def test_a_dry_run_that_ec2_would_allow_is_allowed_and_does_nothing(executor: CliExecutor) -> None:
    run = cli_command("ec2", "run-instances", "--image-id", "ami-03cf127a", "--count", "1")

    rehearsed = await executor.dry_run(run)

    assert rehearsed.description.endswith("allowed by a dry run: the service answered `DryRunOperation`")
    assert (rehearsed.refused, rehearsed.natively) == (None, True)
    assert boto3.client("ec2").describe_instances()["Reservations"] == []


@pytest.mark.parametrize("code", ["UnauthorizedOperation", pytest.param("InvalidInstanceID.NotFound", marks=LONG)])
async def test_a_dry_run_that_is_refused_tells_the_answer(
    executor: CliExecutor, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    with loopback(ec2_refusal(code, 403)) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        rehearsed = await executor.dry_run(cli_command("ec2", "stop-instances", "--instance-ids", "i-1"))

    assert (rehearsed.refused, rehearsed.natively) == (True, True)
    assert code in rehearsed.description
    assert [b"DryRun=true" in asked.body for asked in stub.asked if b"Action=Stop" in asked.body] == [True]
    assert all(b"DryRun=true" in asked.body or b"Action=Describe" in asked.body for asked in stub.asked)


@pytest.mark.parametrize(
    "answer", [CUT, pytest.param(ec2_refusal("RequestLimitExceeded", 503), marks=LONG)], ids=["cut", "throttled"]
)
async def test_a_dry_run_without_an_answer_is_not_rehearsable_and_blocks_nothing(
    executor: CliExecutor, monkeypatch: pytest.MonkeyPatch, answer: Says
) -> None:
    with loopback(answer) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        rehearsed = await executor.dry_run(cli_command("ec2", "stop-instances", "--instance-ids", "i-1"))

    assert rehearsed.description.startswith("Not rehearsable: ")
    assert (rehearsed.refused, rehearsed.natively) == (None, None)


@pytest.mark.usefixtures("aws_environment")
async def test_the_dryrun_of_s3_lists_and_counts_what_it_would_do(executor: CliExecutor) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bucket")
    for key, content in (("a", b"1"), ("b", b"22")):
        s3.put_object(Bucket="bucket", Key=key, Body=content)

    rehearsed = await executor.dry_run(cli_command("s3", "rm", "s3://bucket", "--recursive"))

    assert rehearsed.description == "Would delete 2 objects, 3 bytes"
    assert rehearsed.changes == ("delete: s3://bucket/a", "delete: s3://bucket/b")
    assert s3.list_objects_v2(Bucket="bucket")["KeyCount"] == 2


async def test_a_command_that_offers_no_dry_run_is_not_rehearsable_and_is_not_sent(
    executor: CliExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with loopback(NO_VPCS) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        rehearsed = await executor.dry_run(cli_command("sqs", "create-queue", "--queue-name", "q"))

    assert rehearsed.description == "Not rehearsable: permission and effect unknown"
    assert stub.asked == []


# ---------------------------------------------------------------- helpers


def _with_sink(attempt: Attempt, sink: OutputSink) -> Attempt:
    return replace(attempt, sink=sink)


async def _said(told: Told) -> None:
    async with asyncio.timeout(PATIENCE):
        while not told.lines:
            await asyncio.sleep(0.01)


def _wait_for(holds: Callable[[], bool]) -> None:
    """Without letting the loop run."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


async def _arrival(stub: Loopback) -> None:
    assert await asyncio.to_thread(stub.arrived.wait, PATIENCE), "nothing was asked"


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
