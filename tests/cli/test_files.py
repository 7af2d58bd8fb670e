"""Plans with files on the command line: shown, frozen anew by `run FILE`, and cleaned up."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

import boto3

from tests.cli.program import Json, Program, cli, plan, write


def value(endpoint: str, name: str) -> str:
    return str(boto3.client("ssm", endpoint_url=endpoint).get_parameter(Name=name)["Parameter"]["Value"])


def put(name: str, value: str) -> Json:
    return cli(1, "ssm put-parameter", "--name", name, "--type", "String", "--value", value, risk="Modify")


def test_a_file_is_shown_approved_with_its_content_and_what_changed_is_named(
    on_aws: Program, aws_endpoint: str, tmp_path: Path
) -> None:
    (tmp_path / "value.txt").write_text("as checked")
    file = write(tmp_path, plan(put("one", "file://value.txt"), risk="Modify"))

    shown = on_aws("check", file).out
    digest = shown.partition("  digest    ")[2].split()[0]
    short = hashlib.sha256(b"as checked").hexdigest()[:12]
    (tmp_path / "value.txt").write_text("changed")
    changed = on_aws("run", file, "--approve", digest)
    (tmp_path / "value.txt").write_text("as checked")
    ran = on_aws("run", file, "--approve", digest)

    assert f"file: value.txt  10 bytes  sha256 {short}" in shown
    assert changed.code == 4
    assert f"`value.txt` changed (sha256 {short} -> " in changed.err
    assert ran.code == 0, ran.err
    assert value(aws_endpoint, "one") == "as checked"


def test_what_was_submitted_runs_whatever_becomes_of_the_file_and_unused_copies_go(
    on_aws: Program, aws_endpoint: str, tmp_path: Path
) -> None:
    (tmp_path / "value.txt").write_text("as submitted")
    file = write(tmp_path, plan(put("one", "file://value.txt"), risk="Modify"))
    entry = on_aws.json("submit", file)
    (tmp_path / "value.txt").write_text("only checked")
    [frozen] = on_aws.json("check", file)["commands"][0]["files"]
    (tmp_path / "value.txt").unlink()

    ran = on_aws("run", str(entry["number"]), "--approve", entry["digest"])

    assert ran.code == 0, ran.err
    assert value(aws_endpoint, "one") == "as submitted"
    assert (frozen["written"], frozen["size"]) == ("file://value.txt", 12)
    assert [one["sha256"] for one in entry["files"]] == [hashlib.sha256(b"as submitted").hexdigest()]
    copies = on_aws.state / "frozen"
    long_ago = time.time() - 2 * 86_400
    for copy in copies.iterdir():
        os.utime(copy, (long_ago, long_ago))
    assert len(list(copies.iterdir())) == 2
    on_aws.json("prune", "--older-than", "30d")
    assert [copy.read_text() for copy in copies.iterdir()] == ["as submitted"]


def test_a_plan_from_standard_input_names_no_files(on_aws: Program) -> None:
    text = plan(put("one", "file://value.txt"), risk="Modify")
    refused = on_aws("check", "-", stdin=json.dumps(text))

    assert refused.code == 2
    assert "`value.txt` cannot be found: the plan came without a folder" in refused.err
    assert "Submit the plan as a file" in refused.err
