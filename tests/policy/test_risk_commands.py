"""awscli's own commands are judged by entries that say what each does to AWS and to this machine."""

from __future__ import annotations

import json
import zipfile

import pytest

from cloudops_tui.executors.cli_table_build import TABLE
from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.policy.risk import Subject, assess
from cloudops_tui.policy.risk.commands import COMMANDS
from tests.policy.judged import CATALOGUE, DESTROY, MODIFY, READ, cli, flags


def custom_commands() -> set[tuple[str, ...]]:
    found = set()
    with zipfile.ZipFile(TABLE) as archive:
        for name in archive.namelist():
            for words, facts in json.loads(archive.read(name)).get("commands", {}).items():
                if not facts.get("operation"):
                    found.add((name.removesuffix(".json"), *words.split()))
    return found


def test_every_command_without_an_operation_has_an_entry_and_no_other() -> None:
    assert set(COMMANDS) == custom_commands()


def test_what_an_entry_names_exists() -> None:
    for path, command in COMMANDS.items():
        shape = CATALOGUE.cli_command(path)
        assert shape is not None, path
        names = {*shape.options, *(one.name for one in shape.positionals)}
        options = {one.option for one in command.effects}
        touched = {name for name in (*command.reads, *command.writes) if name.startswith("--") or name == "paths"}
        assert options | touched <= names, path


def test_every_operation_that_an_entry_calls_exists() -> None:
    from cloudops_tui.executors.risk_table import RiskTable

    table = RiskTable("1.40.61", "1.46.3")
    called = {call for command in COMMANDS.values() for call in command.calls if "*" not in call}

    assert len(called) > 60
    assert [call for call in called if call.partition(":")[2] not in table.names(call.partition(":")[0])] == []


@pytest.mark.parametrize(
    ("line", "expected", "expected_flags"),
    [
        ("s3 ls s3://b", READ, set()),
        ("s3 cp a s3://b/k", MODIFY, {"local_read"}),
        ("s3 cp s3://b/k a", MODIFY, {"local_write"}),
        ("s3 cp s3://b/k s3://c/k", MODIFY, set()),
        ("s3 cp s3://b/k -", READ, set()),
        ("s3 cp - s3://b/k", MODIFY, set()),
        ("s3 cp a s3://b/k --acl public-read", MODIFY, {"local_read", "exposure"}),
        ("s3 cp a s3://b/k --dryrun", READ, set()),
        ("s3 sync a s3://b", MODIFY, {"local_read"}),
        ("s3 sync a s3://b --delete", DESTROY, {"local_read", "irreversible"}),
        ("s3 sync a s3://b --delete --dryrun", READ, set()),
        ("s3 mv s3://a/k s3://b/k", DESTROY, set()),
        ("s3 rm s3://b/k", DESTROY, {"irreversible"}),
        ("s3 rb s3://b", DESTROY, set()),
        ("s3 rb s3://b --force", DESTROY, {"irreversible"}),
        ("s3 mb s3://b", MODIFY, set()),
        ("s3 presign s3://b/k", MODIFY, {"secret", "exposure"}),
        ("cloudformation deploy --stack-name s --template-file t", DESTROY, set()),
        ("cloudformation deploy --stack-name s --template-file t --no-execute-changeset", MODIFY, set()),
        ("emr create-cluster --release-label r", MODIFY, {"cost"}),
        ("emr create-cluster --release-label r --steps Type=x", MODIFY, {"cost", "exec"}),
        ("emr terminate-clusters --cluster-ids j", DESTROY, {"availability", "irreversible"}),
        ("emr modify-cluster-attributes --cluster-id j --termination-protected", MODIFY, set()),
        ("emr modify-cluster-attributes --cluster-id j --no-termination-protected", DESTROY, set()),
        ("emr describe-cluster --cluster-id j", READ, set()),
        ("ecs deploy --service s --task-definition t --codedeploy-appspec a", MODIFY, {"exec", "availability"}),
        ("eks get-token --cluster-name c", MODIFY, {"secret"}),
        ("eks get-token --cluster-name c --role-arn r", MODIFY, {"secret", "privilege"}),
        ("eks update-kubeconfig --name c --dry-run", READ, set()),
        ("ecr get-login-password", MODIFY, {"secret"}),
        ("rds generate-db-auth-token --hostname h --port 1 --username u", MODIFY, {"secret"}),
        ("codeartifact login --tool pip --domain d --repository r", MODIFY, {"secret", "local_write"}),
        ("codeartifact login --tool pip --domain d --repository r --dry-run", MODIFY, {"secret"}),
        ("deploy deregister --instance-name i", DESTROY, {"privilege"}),
        ("configure get x", READ, {"secret", "local_read"}),
        ("configure set x y", MODIFY, {"local_write"}),
        ("cloudtrail validate-logs --trail-arn a --start-time t", READ, set()),
        ("logs start-live-tail --log-group-identifiers g", READ, {"interactive"}),
    ],
)  # fmt: skip
def test_a_command_is_judged_by_its_entry(line: str, expected: RiskLevel, expected_flags: set[str]) -> None:
    found = cli(line)

    assert (found.assessed, flags(found)) == (expected, expected_flags)


def test_a_command_without_an_entry_may_do_anything() -> None:
    found = assess(Subject(None, None, cli_path=("s3", "explode")), READ)

    assert (found.assessed, found.flags) == (DESTROY, (RiskFlag.UNKNOWN,))
    assert found.reasons[0] == "`aws s3 explode` is a command whose effect is not known"
