"""What a model would not expect of values."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudops_tui.executors.catalogue import the_catalogue
from cloudops_tui.policy import static_warnings as judging
from cloudops_tui.policy.cli_values import UNREAD
from cloudops_tui.policy.static_warnings import MOST_WARNINGS, static_warnings

CATALOGUE = the_catalogue()


def warned(service: str, operation: str, **parameters: Any) -> tuple[str, ...]:
    return static_warnings(service, operation, parameters, CATALOGUE)


def test_a_word_that_is_not_known_is_told_with_the_nearest() -> None:
    [told] = warned("ec2", "RunInstances", InstanceType="t3.largee", MinCount=1, MaxCount=1)

    assert re.fullmatch(r"`InstanceType` `t3.largee` is none of the \d+ known values; did you mean `t3.large`\?", told)


def test_what_the_model_expects_is_not_told() -> None:
    assert warned("lambda", "UpdateFunctionConfiguration", FunctionName="resize", MemorySize=512, Timeout=30) == ()


def test_a_number_above_the_maximum_is_told_and_so_is_one_written_as_text() -> None:
    assert warned("lambda", "UpdateFunctionConfiguration", FunctionName="f", MemorySize=99_999) == (
        "`MemorySize` `99999` is more than 10,240",
    )
    assert warned("lambda", "UpdateFunctionConfiguration", FunctionName="f", MemorySize="99999") != ()


def test_too_long_a_text_or_list_is_told_by_its_length() -> None:
    assert warned("logs", "DeleteLogGroup", logGroupName="x" * 600) == (
        "`logGroupName` has 600 characters; the model allows 512",
    )
    [told] = warned("ecs", "DescribeServices", services=["s"], include=["TAGS", "OTHER"])
    assert told.startswith("`include[1]` `OTHER` is none of")


def test_a_pattern_without_anchors_is_meant_for_the_whole_value() -> None:
    [told] = warned("logs", "DeleteLogGroup", logGroupName="/ecs/app prod")

    assert told == "`logGroupName` `/ecs/app prod` does not look like `[\\.\\-_/#A-Za-z0-9]+`"


def test_values_deep_inside_are_looked_at_and_named_by_their_place() -> None:
    told = warned(
        "s3", "PutBucketVersioning", Bucket="b", VersioningConfiguration={"Status": "On", "MFADelete": "Enabled"}
    )

    assert told == ("`VersioningConfiguration.Status` `On` is none of the 2 known values",)


def test_values_that_were_not_read_stand_elsewhere_or_are_unknown_are_passed_over() -> None:
    assert warned("logs", "DeleteLogGroup", logGroupName=UNREAD) == ()
    assert warned("logs", "DeleteLogGroup", logGroupName={"$env": "GROUP"}) == ()
    assert warned("logs", "DeleteLogGroup", logGroupNam="a b") == ()
    assert warned("logs", "NoSuchOperation", logGroupName="a b") == ()


def test_a_sensitive_value_is_not_in_the_text() -> None:
    long = "hunter2 " * 2_000
    told = warned("lambda", "UpdateFunctionConfiguration", FunctionName="f", Environment={"Variables": {"1 2": long}})

    assert told
    assert "hunter2" not in "".join(told)


def test_foreign_characters_are_shown_escaped() -> None:
    [told] = warned("logs", "DeleteLogGroup", logGroupName="a\x1b[31m\u202e")

    assert "\\x1b[31m\\u202e" in told


def test_there_is_an_end_to_warnings() -> None:
    told = warned("ecs", "DescribeServices", services=[], include=[f"x{number}" for number in range(500)])

    assert len(told) == MOST_WARNINGS + 1
    assert told[-1] == "There are more values that the model would not expect"


PATTERNS = sorted(
    {
        str(shape["pattern"])
        for service in ("iam", "lambda", "logs", "ssm", "s3", "dynamodb", "ecs", "eks", "sagemaker", "cognito-idp")
        for shape in CATALOGUE._model(service)._shape_resolver._shape_map.values()  # type: ignore[union-attr]
        if "pattern" in shape
    }
)


@pytest.mark.filterwarnings("error")
def test_patterns_of_the_models_are_understood_or_passed_over() -> None:
    """Python warns of sets that it will read otherwise one day; a warning would be an error here."""
    understood = [pattern for pattern in PATTERNS if judging._compiled(pattern) is not None]

    assert len(understood) > 0.75 * len(PATTERNS)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$", "^([a-z]+-?)*$", "((ab*)c*)*", "(?:x+){2,}", ".*a.*b.*c.*", "[\\p{L}]+", "a++", "[a-z&&[^b]]", "(",
        "[z-a]",
    ],
)  # fmt: skip
def test_what_python_cannot_match_or_only_at_great_cost_is_passed_over(pattern: str) -> None:
    assert judging._fits("b" * 200 + "!", pattern)


def test_all_characters_beyond_the_first_plane_are_one_range_to_python() -> None:
    pattern = "[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\t]*"

    assert judging._fits("snow \U0001f328", pattern)
    assert not judging._fits("\x01", pattern)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


names = st.sampled_from(("FunctionName", "MemorySize", "Environment", "Layers", "VpcConfig", "Timeout"))


@given(st.dictionaries(names, json_values))
def test_any_parameters_get_an_answer_on_single_lines(parameters: dict[str, Any]) -> None:
    for told in static_warnings("lambda", "UpdateFunctionConfiguration", parameters, CATALOGUE):
        assert told.isprintable() or not re.search("[\x00-\x1f\x7f-\x9f]", told)
