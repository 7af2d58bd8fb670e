"""What a command names is what people read before they decide."""

from __future__ import annotations

from typing import Any

import pytest

from cloudops_tui.policy.risk.naming import named_by
from cloudops_tui.policy.risk.subject import Subject


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"InstanceIds": ["i-1", "i-2"], "Force": True}, ("i-1", "i-2")),
        ({"Bucket": "logs", "Key": "2024/a"}, ("logs", "2024/a")),
        ({"ClientToken": "t", "KmsKeyId": "k", "TableName": "orders"}, ("orders",)),
        ({"Resources": ["a", {"not": "a name"}, ""]}, ("a",)),
        ({}, ()),
    ],
    ids=["a list", "two names", "no tokens", "only words", "nothing"],
)
def test_an_operation_names_its_longest_list_or_each_single_name(
    parameters: dict[str, Any], named: tuple[str, ...]
) -> None:
    assert named_by(Subject("any", "Anything", parameters=parameters)) == named


def test_a_custom_command_names_its_words_or_its_ids() -> None:
    remove = Subject(None, None, cli_path=("s3", "rm"), words=("s3://logs/",), given={"--recursive": True})
    terminate = Subject(None, None, cli_path=("emr", "terminate-clusters"), given={"--cluster-ids": ("j-1", "j-2")})

    assert named_by(remove) == ("s3://logs/",)
    assert named_by(terminate) == ("j-1", "j-2")


def test_of_thousands_only_the_first_are_kept() -> None:
    many = Subject("ec2", "StopInstances", parameters={"InstanceIds": [f"i-{one}" for one in range(3000)]})

    assert len(named_by(many)) == 20
