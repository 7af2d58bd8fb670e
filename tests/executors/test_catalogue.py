"""The catalogue knows what botocore and awscli know, finds every mistake in parameters, and says where."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version

import pytest

from cloudops_tui.executors.catalogue import BotocoreCatalogue, CatalogueError, the_catalogue
from cloudops_tui.executors.cli_table_build import table_bytes
from cloudops_tui.executors.risk_table import RiskTable
from cloudops_tui.model.catalogue import (
    CliOption,
    ParameterPath,
    Reference,
    ServiceCatalogue,
    is_moment,
    nearest_name,
    reference_in,
)

RISK = RiskTable(version("botocore"), version("awscli"))


@pytest.fixture(scope="module")
def catalogue() -> BotocoreCatalogue:
    return the_catalogue()


def paths(catalogue: BotocoreCatalogue, service: str, operation: str, parameters: object) -> list[ParameterPath]:
    return [problem.path for problem in catalogue.parameter_problems(service, operation, parameters)]  # type: ignore[arg-type]


# ---------------------------------------------------------------- SDK


def test_it_is_a_service_catalogue(catalogue: BotocoreCatalogue) -> None:
    assert isinstance(catalogue, ServiceCatalogue)


def test_every_operation_of_botocore_is_found_and_in_the_risk_table(catalogue: BotocoreCatalogue) -> None:
    """Of some forty services; of all of them with LONG_TESTS=1."""
    from botocore.session import Session

    session = Session()
    services = sorted(catalogue.services())
    assert services == sorted(session.get_available_services())
    some = {*random.Random(17).sample(services, 35), "dynamodb", "iam", "lambda", "rds", "s3", "sqs", "sts"}
    for service in services if os.environ.get("LONG_TESTS") else sorted(some):
        names = session.get_service_model(service).operation_names
        assert list(catalogue.operations(service)) == sorted(names)
        assert all(catalogue.operation(service, name) is not None for name in names)
        assert RISK.names(service) >= set(names)


def test_an_operation_carries_what_risk_and_retries_need(catalogue: BotocoreCatalogue) -> None:
    run = catalogue.operation("ec2", "RunInstances")
    assert run is not None
    assert (run.token_member, run.dry_run_member, run.required) == ("ClientToken", "DryRun", ("MaxCount", "MinCount"))

    delete = catalogue.operation("s3", "DeleteBucket")
    assert delete is not None
    assert (delete.http_method, delete.read_only) == ("DELETE", None)

    get = catalogue.operation("s3", "GetObject")
    assert get is not None
    assert get.has_streaming_output
    assert not get.has_streaming_input


def test_nested_shapes_can_be_walked_by_name(catalogue: BotocoreCatalogue) -> None:
    operation = catalogue.operation("dynamodb", "BatchWriteItem")
    assert operation is not None
    requests = catalogue.shape("dynamodb", operation.members["RequestItems"].shape)
    assert requests is not None
    assert requests.element is not None
    row = catalogue.shape("dynamodb", requests.element.shape)
    assert row is not None
    assert row.element is not None
    request = catalogue.shape("dynamodb", row.element.shape)

    assert request is not None
    assert set(request.members) == {"PutRequest", "DeleteRequest"}


def test_names_are_case_sensitive_and_unknown_ones_are_none(catalogue: BotocoreCatalogue) -> None:
    assert catalogue.operation("ec2", "runInstances") is None
    assert catalogue.operation("nope", "RunInstances") is None
    assert catalogue.shape("ec2", "Nope") is None
    assert catalogue.operations("nope") == ()


def test_every_problem_comes_with_its_place(catalogue: BotocoreCatalogue) -> None:
    parameters = {
        "MinCount": "1",
        "MaxCount": True,
        "ImageID": "ami-1",
        "BlockDeviceMappings": [{}, {"Ebs": {"VolumeSiz": 3}}],
        "TagSpecifications": {"a": 1},
    }

    assert set(paths(catalogue, "ec2", "RunInstances", parameters)) == {
        ("MinCount",),
        ("MaxCount",),
        ("ImageID",),
        ("BlockDeviceMappings", 1, "Ebs", "VolumeSiz"),
        ("TagSpecifications",),
    }


def test_an_unknown_parameter_names_the_nearest(catalogue: BotocoreCatalogue) -> None:
    (problem,) = catalogue.parameter_problems("ec2", "DescribeInstances", {"instance_ids": ["i-1"]})

    assert (problem.path, problem.nearest) == (("instance_ids",), "InstanceIds")


def test_unknown_services_and_operations_name_the_nearest(catalogue: BotocoreCatalogue) -> None:
    (service,) = catalogue.parameter_problems("dynamdb", "PutItem", {})
    (operation,) = catalogue.parameter_problems("dynamodb", "put_item", {})

    assert (service.nearest, operation.nearest) == ("dynamodb", "PutItem")


def test_missing_and_too_small_values_are_found_inside_maps_and_lists(catalogue: BotocoreCatalogue) -> None:
    items: dict[str, list[object]] = {"table": []}
    assert paths(catalogue, "dynamodb", "BatchWriteItem", {"RequestItems": items}) == [("RequestItems", "table")]
    assert paths(catalogue, "dynamodb", "BatchWriteItem", {}) == [("RequestItems",)]


def test_a_required_idempotency_token_may_be_left_out_since_botocore_fills_it_in(catalogue: BotocoreCatalogue) -> None:
    required = [
        (service, name, shape.token_member)
        for service in ("efs", "ecs", "batch", "lakeformation", "servicecatalog")
        for name in catalogue.operations(service)
        if (shape := catalogue.operation(service, name)) and shape.token_member in shape.required
    ]

    assert required != []
    assert all((member,) not in paths(catalogue, service, name, {}) for service, name, member in required)
    assert ("accountId",) not in paths(catalogue, "glacier", "ListVaults", {})


def test_no_problem_repeats_a_text_value(catalogue: BotocoreCatalogue) -> None:
    parameters = {"SecretId": ["hunter2"], "SecretString": {"hunter2": 1}}

    assert "hunter2" not in repr(catalogue.parameter_problems("secretsmanager", "PutSecretValue", parameters))


@pytest.mark.parametrize(
    ("moment", "accepted"),
    [
        ("2026-01-31T08:00:00Z", True),
        ("2026-01-31T08:00:00.123+02:00", True),
        (1_769_846_400, True),
        ("2026-01-31", False),
        ("2026-01-31T08:00:00", False),
        ("2026-02-30T08:00:00Z", False),
        ("tomorrow", False),
        (1e30, False),
        (True, False),
        (None, False),
    ],
)
def test_a_timestamp_is_one_moment_wherever_it_is_read(
    catalogue: BotocoreCatalogue, moment: object, accepted: bool
) -> None:
    parameters = {"StartTime": moment, "EndTime": "2026-02-01T00:00:00Z"}

    found = paths(catalogue, "cloudtrail", "LookupEvents", parameters)

    assert found == ([] if accepted else [("StartTime",)])


def test_blobs_are_text_or_base64_and_reach_botocore_as_bytes(catalogue: BotocoreCatalogue) -> None:
    def given(payload: object) -> object:
        parameters = {"FunctionName": "f", "Payload": payload}
        assert catalogue.parameter_problems("lambda", "Invoke", parameters) == []
        return catalogue.call_parameters("lambda", "Invoke", parameters, lambda _: b"read")["Payload"]

    assert given("é") == "é".encode()
    assert given({"$base64": "AP8="}) == b"\x00\xff"
    assert given({"$file": "body.bin"}) == b"read"
    assert paths(catalogue, "lambda", "Invoke", {"FunctionName": "f", "Payload": {"$base64": "?"}}) == [("Payload",)]
    assert paths(catalogue, "lambda", "Invoke", {"FunctionName": "f", "Payload": 3}) == [("Payload",)]


def test_references_stand_for_text_and_timestamps_become_moments(catalogue: BotocoreCatalogue) -> None:
    secret = {"Name": "/a", "Value": {"$env": "TOKEN"}, "Type": "SecureString"}
    asked: list[Reference] = []

    def read(reference: Reference) -> bytes:
        asked.append(reference)
        return b"s3cret"

    assert catalogue.parameter_problems("ssm", "PutParameter", secret) == []
    assert catalogue.call_parameters("ssm", "PutParameter", secret, read)["Value"] == "s3cret"
    assert asked == [Reference("env", "TOKEN")]
    start = catalogue.call_parameters("cloudtrail", "LookupEvents", {"StartTime": "2026-01-31T08:00:00Z"}, read)
    assert start == {"StartTime": datetime(2026, 1, 31, 8, tzinfo=UTC)}


def test_a_copy_source_may_be_a_structure_as_in_boto3(catalogue: BotocoreCatalogue) -> None:
    parameters = {"Bucket": "abc", "Key": "k", "CopySource": {"Bucket": "from", "Key": "k"}}

    assert catalogue.parameter_problems("s3", "CopyObject", parameters) == []


@pytest.mark.parametrize("parameters", [None, [], "x", 3, {"a\ud800": 1}, {"InstanceIds": ["\ud800"]}])
def test_parameters_of_any_shape_are_answered(catalogue: BotocoreCatalogue, parameters: object) -> None:
    assert paths(catalogue, "ec2", "DescribeInstances", parameters) != []


def test_an_operation_without_parameters_takes_none(catalogue: BotocoreCatalogue) -> None:
    assert paths(catalogue, "sts", "GetCallerIdentity", {"a": 1}) == [("a",)]


# ---------------------------------------------------------------- command line


def test_the_table_was_made_from_the_awscli_that_is_pinned(catalogue: BotocoreCatalogue) -> None:
    assert catalogue.version == f"botocore {version('botocore')}, awscli {version('awscli')}, {RISK.version}"


def test_every_command_in_the_index_can_be_read(catalogue: BotocoreCatalogue) -> None:
    count = 0
    for service in catalogue.cli_services():
        for name in catalogue.cli_commands(service):
            shape = catalogue.cli_command((service, *name.split(" ")))
            assert shape is not None
            assert all(option.partner is None or option.partner in shape.options for option in shape.options.values())
            count += 1

    assert count > 19_000


@pytest.mark.parametrize(
    "words",
    ["ec2 wait instance-running", "s3 cp", "s3 sync", "deploy push", "emr create-cluster", "configure get",
     "cloudformation deploy", "eks update-kubeconfig", "codecommit credential-helper get"],
)  # fmt: skip
def test_nested_and_custom_commands_exist(catalogue: BotocoreCatalogue, words: str) -> None:
    assert catalogue.cli_command(words.split(" ")) is not None


@pytest.mark.parametrize("words", ["", "ec2", "ec2 wait", "ec2 help", "cloudformation deploy push", "sdb list-domains"])
def test_groups_help_and_accidents_are_no_commands(catalogue: BotocoreCatalogue, words: str) -> None:
    assert catalogue.cli_command(words.split(" ")) is None
    assert catalogue.cli_command(("ec2", "wait instance-running")) is None


@pytest.mark.parametrize(
    ("words", "name", "member", "partner"),
    [
        ("ec2 describe-instances", "--instance-ids", "InstanceIds", None),
        ("ec2 create-image", "--reboot", "NoReboot", "--no-reboot"),
        ("ec2 describe-instances", "--no-dry-run", "DryRun", "--dry-run"),
        ("sns subscribe", "--notification-endpoint", "Endpoint", None),
        ("route53 delete-traffic-policy", "--traffic-policy-version", "Version", None),
        ("ec2 modify-instance-attribute", "--no-source-dest-check", "SourceDestCheck", "--source-dest-check"),
    ],
)
def test_options_know_their_member_and_opposite(
    catalogue: BotocoreCatalogue, words: str, name: str, member: str, partner: str | None
) -> None:
    option = option_of(catalogue, words, name)

    assert (option.member, option.partner) == (member, partner)


def test_options_know_whether_awscli_would_fetch_their_value(catalogue: BotocoreCatalogue) -> None:
    assert option_of(catalogue, "sqs send-message", "--queue-url").literal
    assert option_of(catalogue, "cloudformation create-stack", "--template-url").literal
    assert not option_of(catalogue, "sqs send-message", "--message-body").literal
    assert not option_of(catalogue, "cloudformation create-stack", "--template-body").literal


def test_filters_of_s3_keep_their_order_and_tags_take_pairs(catalogue: BotocoreCatalogue) -> None:
    exclude = option_of(catalogue, "s3 sync", "--exclude")

    assert (exclude.kind, exclude.order) == ("repeat", option_of(catalogue, "s3 sync", "--include").order)
    tags = option_of(catalogue, "s3 mb", "--tags")
    assert (tags.kind, tags.least) == ("repeat", 2)


def test_commands_know_their_operation_and_how_it_is_called(catalogue: BotocoreCatalogue) -> None:
    waiter = catalogue.cli_command(("ec2", "wait", "instance-running"))
    assert waiter is not None
    assert (waiter.operation, waiter.is_waiter) == ("DescribeInstances", True)

    delete = catalogue.cli_command(("s3api", "delete-bucket"))
    assert delete is not None
    assert (delete.service, delete.operation, delete.http_method) == ("s3", "DeleteBucket", "DELETE")


def test_options_that_awscli_cannot_reach_are_set_apart(catalogue: BotocoreCatalogue) -> None:
    shape = catalogue.cli_command(("sagemaker", "wait", "image-version-created"))

    assert shape is not None
    assert shape.unreachable == ("--version",)
    assert "--version" not in shape.options


def test_the_same_walk_gives_the_same_bytes_whatever_its_order() -> None:
    def command(*names: str) -> dict[str, object]:
        row = {"kind": "value", "type": "string", "bits": 0, "origin": "model", "member": None, "partner": None}
        rest: dict[str, object] = {"sets": None, "least": 1, "choices": [], "order": None}
        return {"options": [{"name": name, **row, **rest} for name in names], "positionals": []}

    told = {"awscli": "1", "botocore": "2", "globals": []}
    a = {"x": command("--p"), "y": command("--p", "--q")}
    b = {"z": command()}
    one = table_bytes({**told, "services": {"a": a, "b": b}})
    other = table_bytes({"services": {"b": b, "a": dict(reversed(a.items()))}, **told})

    assert one == other
    assert BotocoreCatalogue(one).cli_services() == ("a", "b")


@pytest.mark.parametrize("table", [b"", b"PK\x05\x06" + bytes(18), b"no zip at all"])
def test_a_damaged_table_is_an_error_and_never_an_empty_answer(table: bytes) -> None:
    with pytest.raises(CatalogueError, match="install"):
        BotocoreCatalogue(table).cli_services()


def test_awscli_is_never_loaded_by_asking_the_catalogue() -> None:
    asked = (
        "import sys; from cloudops_tui.executors.catalogue import BotocoreCatalogue as C; c = C();"
        "assert not any(m.split('.')[0] in ('botocore', 'awscli', 'boto3') for m in sys.modules);"
        "c.cli_command(('ec2', 'run-instances')); c.parameter_problems('ec2', 'RunInstances', {});"
        "assert 'awscli' not in sys.modules"
    )

    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


# ---------------------------------------------------------------- words


def test_nearest_names_forgive_case_dashes_and_typing() -> None:
    assert nearest_name("describe_instances", ["RunInstances", "DescribeInstances"]) == "DescribeInstances"
    assert nearest_name("descibe-instances", ["run-instances", "describe-instances"]) == "describe-instances"
    assert nearest_name("zzz", ["run-instances"]) is None


def test_the_nearest_of_hundreds_of_names_is_found(catalogue: BotocoreCatalogue) -> None:
    names = catalogue.cli_commands("ec2")

    assert nearest_name("descirbe-instnaces", names) == "describe-instances"
    assert nearest_name("xyzzy", names) is None


def test_a_reference_is_an_object_of_exactly_one_known_key() -> None:
    assert reference_in({"$file": "a"}) == Reference("file", "a")
    assert reference_in({"$file": "a", "$env": "B"}) is None
    assert reference_in({"$file": 1}) is None
    assert reference_in("$file") is None


def test_a_moment_needs_its_offset() -> None:
    assert is_moment("2026-01-31T08:00:00Z")
    assert not is_moment("2026-01-31T08:00:00")


def option_of(catalogue: BotocoreCatalogue, words: str, name: str) -> CliOption:
    shape = catalogue.cli_command(words.split(" "))
    assert shape is not None
    return shape.options[name]
