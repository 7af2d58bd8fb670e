"""`check` and `run`: a digest approves exactly what it was made of, in another process, once."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest

from cloudops_tui.model.events import EVENT, Completed, Started
from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.model.result import ExecutionResult, ExecutionStatus
from tests.cli.program import ACCOUNT, PATIENCE, Program, cli, delete_bucket, make_bucket, plan, sdk, write


def buckets(endpoint: str) -> list[str]:
    return sorted(one["Name"] for one in boto3.client("s3", endpoint_url=endpoint).list_buckets()["Buckets"])


def test_the_digest_of_check_approves_a_run_in_another_process_once(
    on_aws: Program, aws_endpoint: str, tmp_path: Path
) -> None:
    file = write(tmp_path, plan(make_bucket("one"), cli(2, "s3api list-buckets"), risk="Modify"))

    digest = on_aws.json("check", file)["digest"]
    unasked = on_aws("run", file)
    assert (unasked.code, unasked.out) == (3, "")
    assert digest in unasked.err
    assert buckets(aws_endpoint) == []

    ran = on_aws("run", file, "--approve", digest, "--json")

    assert ran.code == 0, ran.err
    result = ExecutionResult.model_validate_json(ran.out)
    assert result.status is ExecutionStatus.COMPLETED
    assert buckets(aws_endpoint) == ["one"]

    again = on_aws("run", file, "--approve", digest)
    assert (again.code, again.out) == (4, "")
    assert f"ran already as {ran.json['number']}; `--again` runs it once more" in again.err

    once_more = on_aws("run", file, "--approve", digest, "--again", "--json")
    assert once_more.json["execution_id"] != ran.json["execution_id"]
    assert once_more.code == 0, once_more.out


def test_a_changed_byte_of_meaning_refuses_and_white_space_does_not(on_aws: Program, tmp_path: Path) -> None:
    document = plan(make_bucket("one"), risk="Modify")
    digest = on_aws.json("check", write(tmp_path, document))["digest"]

    changed = write(tmp_path, plan(make_bucket("onf"), risk="Modify"), "changed.json")
    refused = on_aws("run", changed, "--approve", digest)
    assert (refused.code, refused.out) == (4, "")

    assert on_aws.json("queue") == []

    laid_out = tmp_path / "laid-out.json"
    laid_out.write_text(json.dumps(dict(reversed(document.items())), separators=(",", ":")))
    assert on_aws("run", str(laid_out), "--approve", digest).code == 0


def test_a_refused_run_leaves_what_is_in_review_as_it_was(on_aws: Program, tmp_path: Path) -> None:
    first = write(tmp_path, plan(make_bucket("one"), risk="Modify"))
    entry = on_aws.json("submit", first)
    changed = write(tmp_path, plan(delete_bucket("one"), risk="Destructive"), "changed.json")

    refused = on_aws("run", changed, "--approve", entry["digest"])
    config = Path(on_aws.environment["CLOUDOPS_CONFIG"])
    config.write_text(config.read_text().replace('"all"', '"modify"'))
    forbidden = on_aws("run", changed, "--approve", on_aws.json("check", changed)["digest"])

    assert (refused.code, forbidden.code) == (4, 4)
    assert "has digest" in refused.err
    assert "headless" in forbidden.err
    assert on_aws.json("queue") == [entry]


def test_check_prints_the_request_with_argv_reasons_and_flags_in_the_plans_order(
    on_aws: Program, tmp_path: Path
) -> None:
    file = write(tmp_path, plan(cli(2, "ec2 describe-instances"), make_bucket("b", 1), number=7))

    checked = on_aws.json("check", file)

    assert checked["plan_id"] == plan(number=7)["id"]
    assert checked["risk_level"] == "Modify"
    first, second = checked["commands"]
    assert first["argv"] == ["aws", "ec2", "describe-instances"]
    assert "argv" not in second
    assert all(isinstance(one["reasons"], list) and isinstance(one["flags"], list) for one in checked["commands"])
    assert [one["account"] for one in checked["identities"]] == [ACCOUNT]
    assert checked["tool"]["version"]
    assert checked["blocked"] is None
    assert len(checked["digest"]) == len(checked["plan_digest"]) == 64


def test_check_needs_no_account_and_still_gives_a_digest(program: Program, tmp_path: Path) -> None:
    checked = program.json("check", write(tmp_path, plan(sdk(1, "s3", "ListBuckets"))))

    assert checked["identities"][0]["account"] is None
    assert checked["identities"][0]["reason"]


def test_a_destructive_plan_needs_reason_and_account_beside_the_digest(
    on_aws: Program, aws_endpoint: str, tmp_path: Path
) -> None:
    boto3.client("s3", endpoint_url=aws_endpoint).create_bucket(Bucket="old")
    file = write(tmp_path, plan(delete_bucket("old"), risk="Destructive"))
    entry = on_aws.json("submit", file)
    number, digest = str(entry["number"]), entry["digest"]

    incomplete = on_aws("run", number, "--approve", digest)
    wrong = on_aws("run", number, "--approve", digest, "--reason", "old", "--confirm", "210987654321")
    assert (incomplete.code, wrong.code) == (3, 3)
    assert "--reason" in incomplete.err
    assert ACCOUNT in wrong.err
    assert buckets(aws_endpoint) == ["old"]

    unsaid = on_aws("run", number, "--approve", digest, "--reason", "old", "--confirm", ACCOUNT)
    assert unsaid.code == 3
    assert "destroys, and nothing is known that would undo it" in unsaid.err
    assert buckets(aws_endpoint) == ["old"]

    ran = on_aws("run", number, "--approve", digest, "--reason", "old", "--confirm", ACCOUNT, "--no-way-back")

    assert ran.code == 0, ran.err
    assert buckets(aws_endpoint) == []
    record = ExecutionRecord.model_validate_json(on_aws("show", number, "--json").out)
    assert record.approval_metadata is not None
    assert record.approval_metadata.notes == "old"
    assert record.approval_metadata.digest == digest
    assert record.approval_metadata.acknowledged == (record.execution_plan.commands[0].id,)


def test_the_configuration_may_forbid_headless_approval_or_let_reads_run_unasked(
    on_aws: Program, tmp_path: Path
) -> None:
    config = Path(on_aws.environment["CLOUDOPS_CONFIG"])
    settings = config.read_text()
    config.write_text(settings.replace('"all"', '"none"\nauto_approve_readonly = true'))
    read = write(tmp_path, plan(sdk(1, "s3", "ListBuckets")), "read.json")
    modify = write(tmp_path, plan(make_bucket("b"), number=2), "modify.json")

    assert on_aws("run", read).code == 0
    refused = on_aws("run", modify, "--approve", on_aws.json("check", modify)["digest"])
    assert refused.code == 4
    assert "headless" in refused.err


def test_a_failed_command_is_exit_1_and_the_rest_is_skipped(on_aws: Program, tmp_path: Path) -> None:
    file = write(tmp_path, plan(cli(1, "s3api head-bucket", "--bucket", "absent"), sdk(2, "s3", "ListBuckets")))

    ran = on_aws("run", file, "--approve", on_aws.json("check", file)["digest"], "--json")

    assert ran.code == 1
    assert [one["status"] for one in ran.json["command_results"]] == ["Failed", "Skipped"]


def test_events_are_a_line_each_from_started_to_completed_and_the_stream_tells_no_other_story(
    on_aws: Program, tmp_path: Path
) -> None:
    file = write(tmp_path, plan(cli(1, "sts get-caller-identity")))
    digest = on_aws.json("check", file)["digest"]
    assert on_aws("run", file, "--approve", digest, "--events", "--json").code == 2

    ran = on_aws("run", file, "--approve", digest, "--events")

    events = [EVENT.validate_json(line) for line in ran.out.splitlines()]
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Completed)
    numbered = [event.seq for event in events if event.seq is not None]
    assert numbered == list(range(1, len(numbered) + 1))
    assert ACCOUNT in ran.out


def test_a_reader_of_events_who_leaves_does_not_stop_the_execution(on_aws: Program, tmp_path: Path) -> None:
    file = write(tmp_path, plan(cli(1, "sts get-caller-identity"), cli(2, "s3api list-buckets")))
    digest = on_aws.json("check", file)["digest"]

    child = on_aws.start("run", file, "--approve", digest, "--events")
    assert child.stdout.readline()
    child.stdout.close()
    child.communicate(timeout=PATIENCE)

    assert child.returncode == 0
    assert on_aws.json("history")[0]["result"]["status"] == "Completed"


@pytest.mark.parametrize(
    "words", [["run", "418"], ["show", "418"], ["cancel", "deadbee"], ["reject", "1", "--reason", "x"]]
)
def test_a_reference_to_nothing_is_exit_2(program: Program, words: list[str]) -> None:
    ended = program(*words)

    assert (ended.code, ended.out) == (2, "")
    assert words[1] in ended.err


def test_a_state_folder_that_cannot_be_used_is_exit_1_with_path_and_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    ended = Program(tmp_path / "file" / "state")("queue")

    assert ended.code == 1
    assert str(tmp_path / "file") in ended.err


def test_a_broken_configuration_is_exit_2_and_names_the_file(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[approval]\nheadles = 'all'\n")

    ended = Program(tmp_path / "state", {"CLOUDOPS_CONFIG": str(config)})("queue")

    assert ended.code == 2
    assert str(config) in ended.err
    assert "headles" in ended.err
