"""Files of the operator that change what `aws` does are found; what the real `aws` makes of them is the measure."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from cloudops_tui.executors.aws_environment import resolve
from cloudops_tui.executors.aws_meaning import other_meaning
from cloudops_tui.executors.catalogue import the_catalogue
from tests.executors.loopback import IDENTITY, Loopback, Says, loopback

WHO = "sts get-caller-identity"


@pytest.fixture(scope="module")
def stub() -> Iterator[Loopback]:
    with loopback(Says(body=IDENTITY)) as server:
        yield server


def found(home: Path, line: str, *, major: int = 1, profile: str = "default") -> str | None:
    environment = {"HOME": str(home)}
    argv = ("aws", *line.split(" "))
    target = resolve(profile, "us-east-1", environment)
    return other_meaning(argv, target, environment, major=major, catalogue=the_catalogue())


def write(home: Path, name: str, text: str) -> None:
    path = home / ".aws" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def said_by_aws(program: Path, home: Path, stub: Loopback, line: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_MAX_ATTEMPTS": "1",
    }  # fmt: skip
    argv = [str(program), *line.split(" "), "--endpoint-url", stub.address, "--region", "us-east-1"]
    return subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)


# ---------------------------------------------------------------- the real aws


def test_an_alias_runs_a_program_instead(aws_program: Path, home: Path, stub: Loopback) -> None:
    write(home, "cli/alias", "[toplevel]\nsts = !echo fooled\n")

    assert said_by_aws(aws_program, home, stub, WHO).stdout.startswith("fooled")
    assert f"`{home}/.aws/cli/alias` gives `aws sts` another meaning" in (found(home, WHO) or "")


def test_a_plugin_is_loaded_before_anything_else(aws_program: Path, home: Path, stub: Loopback) -> None:
    write(home, "config", "[plugins]\nours = colorsys\n")

    assert "'colorsys' has no attribute 'awscli_initialize'" in said_by_aws(aws_program, home, stub, WHO).stderr
    assert "load plugins (`ours`)" in (found(home, WHO) or "")


def test_a_model_of_the_operators_own_changes_what_is_asked(aws_program: Path, home: Path, stub: Loopback) -> None:
    spec = find_spec("botocore")
    assert spec is not None
    assert spec.origin is not None
    data = Path(spec.origin).parent / "data" / "sts" / "2011-06-15"
    model = json.loads(_unpacked(data / "service-2.json.gz"))
    model["metadata"]["apiVersion"] = "1999-01-01"
    write(home, "models/sts/2011-06-15/service-2.json", json.dumps(model))

    said_by_aws(aws_program, home, stub, WHO)

    assert stub.asked[-1].body.endswith(b"&Version=1999-01-01")
    assert f"`{home}/.aws/models/sts` stands in place of a model" in (found(home, WHO) or "")
    assert found(home, "ec2 describe-vpcs") is None
    assert "stands in place of a model" in (found(home, "s3 ls") or "")


def _unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


# ---------------------------------------------------------------- both versions


@pytest.mark.parametrize(
    ("alias", "line", "meant"),
    [
        ("[toplevel]\nec2 = ec2 --no-verify-ssl", "ec2 describe-vpcs", "aws ec2"),
        ("[command ec2]\ndescribe-vpcs = !sh", "ec2 describe-vpcs --x", "aws ec2 describe-vpcs"),
        ("[command\t ec2  wait]\nvpc-exists = !sh", "ec2 wait vpc-exists", "aws ec2 wait vpc-exists"),
        ("[command s3 cp]\na = !sh", "s3 cp a s3://b", "aws s3 cp a"),
    ],
)
def test_an_alias_counts_at_every_depth_and_however_its_section_is_written(
    home: Path, alias: str, line: str, meant: str
) -> None:
    write(home, "cli/alias", alias + "\n[command other]\nx = y\n")

    assert f"gives `{meant}` another meaning" in (found(home, line) or "")
    assert found(home, "sqs list-queues") is None


@pytest.mark.parametrize(
    ("config", "line", "in_1", "in_2"),
    [
        ("[plugins]\nours = x", WHO, True, False),
        ("[plugins]\ncli_legacy_plugin_path = /x\nours = x", WHO, True, True),
        ("[default]\ndata_path = /x", WHO, True, True),
        ("[default]\napi_versions =\n  sts = 2011-06-15", WHO, True, False),
        ("[default]\napi_versions =\n  ec2 = 2011-06-15", WHO, False, False),
        ("[default]\nemr =\n  log_uri = s3://theirs", "emr create-cluster", True, True),
        ("[default]\nemr =\n  log_uri = s3://theirs", "emr list-clusters", False, False),
        ("[default]\ncli_pager = less\ncli_auto_prompt = on\ncli_history = enabled", WHO, False, False),
    ],
)
def test_settings_count_in_the_versions_that_read_them(
    home: Path, config: str, line: str, in_1: bool, in_2: bool
) -> None:
    write(home, "config", config + "\n")

    assert (found(home, line, major=1) is not None) == in_1
    assert (found(home, line, major=2) is not None) == in_2


def test_the_default_profile_counts_too_since_aws_reads_it_before_it_knows_the_profile(home: Path) -> None:
    write(home, "config", "[default]\ndata_path = /x\n[profile prod]\nregion = eu-west-1\n")

    assert "`data_path`" in (found(home, WHO, profile="prod") or "")


def test_a_model_of_everything_counts_for_every_command(home: Path) -> None:
    write(home, "models/endpoints.json", "{}")

    assert "endpoints.json" in (found(home, "ec2 describe-vpcs") or "")
