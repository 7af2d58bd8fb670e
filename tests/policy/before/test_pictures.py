"""What is read before a write, and what people are told of it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from cloudops_tui.executors.catalogue import the_catalogue
from cloudops_tui.model.catalogue import MemberShape
from cloudops_tui.model.result import DryRunNo
from cloudops_tui.policy.before.reading import Answer, Picture, Read, Thing
from cloudops_tui.policy.before.table import BEFORE_READS, ONLY_WITH, READS, may_be_sent
from cloudops_tui.policy.before.values import (
    HIDDEN,
    at,
    byte_size,
    changed,
    documents,
    each,
    same,
    shown,
    typed,
)
from cloudops_tui.policy.cli_values import UNREAD
from tests.policy.before.reading_aloud import PICTURES, asked_of, lines_of
from tests.policy.before.reading_aloud import aloud as told_aloud
from tests.policy.before.samples import ABSENT, SAMPLES

CATALOGUE = the_catalogue()
NAMES = [".".join(key) for key in BEFORE_READS]

READ_VERBS = ("Describe", "Get", "List", "Head")
READS_BY_ANOTHER_NAME = {"cloudformation.ValidateTemplate"}
"""IAM calls it a read ("Grants permission to validate a specified template"); nothing is made of what is sent."""
NOT_HARMLESS = {
    "secretsmanager.GetSecretValue", "secretsmanager.BatchGetSecretValue", "ssm.GetParameter", "ssm.GetParameters",
    "ssm.GetParametersByPath", "ssm.GetParameterHistory", "lambda.GetFunction", "s3.GetObject", "ec2.GetPasswordData",
    "kms.GetParametersForImport", "ecr.GetAuthorizationToken", "sts.GetFederationToken", "sts.GetSessionToken",
    "redshift.GetClusterCredentials", "rds.DownloadDBLogFilePortion", "dynamodb.Scan", "dynamodb.Query",
}  # fmt: skip
"""Reads whose answers are secrets, credentials, or what somebody stores: none of them is needed."""


# ---------------------------------------------------------------- the table


def test_at_least_forty_writes_are_looked_at_and_each_has_a_sample() -> None:
    assert len(BEFORE_READS) >= 40
    assert set(NAMES) == set(SAMPLES)


def test_everything_that_may_be_sent_is_a_read_by_its_name_and_harmless() -> None:
    for call in READS:
        assert call.partition(".")[2].startswith(READ_VERBS) or call in READS_BY_ANOTHER_NAME
        assert call not in NOT_HARMLESS
        assert tuple(call.split(".", 1)) not in BEFORE_READS


@pytest.mark.parametrize("said", [{}, {"WithDecryption": True}, {"WithDecryption": None}, {"WithDecryption": "false"}])
def test_parameters_are_read_only_where_the_call_says_that_nothing_is_to_be_decrypted(said: dict[str, Any]) -> None:
    assert set(ONLY_WITH) <= NOT_HARMLESS
    assert may_be_sent(Read("ssm.GetParameters", {"Names": ["a"], "WithDecryption": False}))
    assert not may_be_sent(Read("ssm.GetParameters", {"Names": ["a"], **said}))


def test_no_write_that_is_looked_at_is_itself_a_read() -> None:
    for _, operation in BEFORE_READS:
        assert not operation.startswith(READ_VERBS)


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_asks_only_known_reads_in_a_form_that_botocore_takes(name: str) -> None:
    service, _, operation = name.partition(".")
    sample = SAMPLES[name]

    reads, _ = asked_of(name, sample.parameters, sample.answers, CATALOGUE)

    assert CATALOGUE.parameter_problems(service, operation, sample.parameters) == []
    assert reads
    for read in reads:
        assert read.call in READS
        assert CATALOGUE.parameter_problems(read.service, read.operation, read.parameters) == []


def test_every_read_that_may_be_sent_is_sent_by_some_sample() -> None:
    asked = {
        read.call
        for name, sample in SAMPLES.items()
        for read in asked_of(name, sample.parameters, sample.answers, CATALOGUE)[0]
    }

    assert READS - asked == {"s3.ListObjectsV2"}  # sizes of what `s3 --dryrun` lists


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_answered_in_the_words_of_the_model(name: str) -> None:
    for call, given in SAMPLES[name].answers.items():
        for answer in given if isinstance(given, list) else [given]:
            if isinstance(answer, Mapping):
                service, _, operation = call.partition(".")
                shape = CATALOGUE.operation(service, operation)
                output = CATALOGUE.shape(service, shape.output_shape or "") if shape else None
                assert list(_foreign(answer, output.members if output else {}, service)) == []


def _foreign(value: Any, members: Mapping[str, MemberShape], service: str) -> Iterator[str]:
    for name, inner in value.items():
        if name not in members:
            yield name
        else:
            yield from _foreign_in(inner, members[name], service)


def _foreign_in(value: Any, member: MemberShape, service: str) -> Iterator[str]:
    shape = CATALOGUE.shape(service, member.shape)
    match value:
        case Mapping() if shape is not None and shape.type == "structure":
            yield from _foreign(value, shape.members, service)
        case Mapping() if shape is not None and shape.element is not None:
            for inner in value.values():
                yield from _foreign_in(inner, shape.element, service)
        case list() if shape is not None and shape.element is not None:
            for inner in value:
                yield from _foreign_in(inner, shape.element, service)
        case Mapping() | list():
            if member.type not in ("string",):  # documents that botocore decodes
                yield f"{member.name}: a {type(value).__name__} for a {member.type}"
        case _:
            pass


THINGS = [(".".join(key), known.thing) for key, known in BEFORE_READS.items() if known.thing is not None]


@pytest.mark.parametrize(("name", "thing"), THINGS)
def test_what_is_told_and_compared_stands_in_the_models(name: str, thing: Thing) -> None:
    service, _, operation = name.partition(".")
    known = BEFORE_READS[service, operation]
    read_service, _, read = thing.call.partition(".")
    asked, answered = CATALOGUE.operation(service, operation), CATALOGUE.operation(read_service, read)
    assert asked is not None
    assert answered is not None
    item = _shape_at(read_service, answered.output_shape or "", thing.at)
    input_shape = asked.input_shape or ""
    for fact in thing.facts:
        path, _, how = fact.partition("=")[2].partition("|")
        assert _stands(read_service, item, "Tags" if how == "tag" else path), fact
    assert thing.ask.partition(":")[0].removesuffix("[]") in answered.members
    assert _stands(service, input_shape, thing.name)
    assert not thing.key or _stands(read_service, item, thing.key)
    for member, path in thing.also.items():
        assert member in answered.members
        assert path in asked.members or path == "Qualifier"  # taken where the write has it
    compares = known.compares
    if not callable(compares):
        for wanted, held in compares.items() if isinstance(compares, Mapping) else zip(compares, compares, strict=True):
            assert _stands(service, input_shape, wanted), wanted
            assert _stands(read_service, item, held), held


def _stands(service: str, shape: str, path: str) -> bool:
    try:
        _shape_at(service, shape, path)
    except KeyError:
        return False
    return True


def _shape_at(service: str, name: str, path: str) -> str:
    """The name of the shape at a path; raises KeyError where the model has none."""
    for step, place in re.findall(r"([^.\[\]]+)|(\[\d*\])", path):
        shape = CATALOGUE.shape(service, name)
        if shape is None:
            raise KeyError(step)
        if place:
            if shape.element is None or shape.type != "list":
                raise KeyError(place)
            name = shape.element.shape
        else:
            name = shape.members[step].shape
    return name


def test_every_error_that_means_absent_is_one_that_the_service_has() -> None:
    """REST and EC2 have errors that no model lists; those are named here, each with where it is documented."""
    documented = {
        "404",  # HTTP status of HEAD, which has no body
        "NoSuchBucket", "NoSuchKey", "NoSuchVersion", "NoSuchBucketPolicy", "NoSuchLifecycleConfiguration",
        "NoSuchPublicAccessBlockConfiguration",  # S3 API reference, "Error responses"
        "ValidationError",  # CloudFormation: "Stack with id NAME does not exist"
        "AWS.SimpleQueueService.NonExistentQueue",  # SQS, in the query-compatible header
    }  # fmt: skip
    for name, sample in SAMPLES.items():
        for read in asked_of(name, sample.parameters, sample.answers, CATALOGUE)[0]:
            model = CATALOGUE.operation_model(read.service, read.operation)
            assert model is not None
            errors = {shape.name for shape in model.error_shapes}
            codes = {str(shape.metadata.get("error", {}).get("code")) for shape in model.error_shapes}
            for code in read.absent:
                assert code.partition(":")[0] in errors | codes | documented, f"{read.call}: {code}"


# ---------------------------------------------------------------- the pictures


def test_every_sample_gives_the_picture_that_was_checked_by_eye() -> None:
    """Written anew by `python -m tests.policy.before.reading_aloud`; read the difference before keeping it."""
    assert told_aloud(CATALOGUE).splitlines() == PICTURES.read_text().splitlines()


def test_no_picture_holds_a_secret() -> None:
    for name, sample in SAMPLES.items():
        assert "hunter2" not in "\n".join(lines_of(asked_of(name, sample.parameters, sample.answers, CATALOGUE)[1]))


HOSTILE = "\x1b]52;c;cm0=\x07\u202e\x9b31m\n[red]"


def _hostile(value: Any) -> Any:
    match value:
        case Mapping():
            return {name: _hostile(inner) for name, inner in value.items()}
        case list():
            return [_hostile(inner) for inner in value]
        case str() if value != ABSENT and ": " not in value and not value.startswith("{"):
            return value + HOSTILE
        case _:
            return value


@pytest.mark.parametrize("name", NAMES)
def test_foreign_text_comes_out_as_visible_characters_on_one_line(name: str) -> None:
    sample = SAMPLES[name]

    lines = lines_of(asked_of(name, _hostile(sample.parameters), _hostile(sample.answers), CATALOGUE)[1])

    assert not any(re.search("[\x00-\x1f\x7f-\x9f\u202e]", line) for line in lines)


@pytest.mark.parametrize("name", NAMES)
def test_where_nothing_could_be_read_nothing_is_claimed(name: str) -> None:
    service, _, operation = name.partition(".")
    known = BEFORE_READS[service, operation]
    reads = known.reads(SAMPLES[name].parameters)

    picture = known.picture(SAMPLES[name].parameters, [Answer(unread="denied")] * len(reads))

    assert picture.nos == ()
    assert picture.unread


ODD: tuple[Any, ...] = (None, "x", 7, True, [], {}, ["x"], {"a": 1}, UNREAD, 1.5, "{}", [{}], [[1]])


def _bent(value: Any, chance: random.Random) -> Any:
    """The value with some of its parts left out or replaced by something else."""
    if chance.random() < 0.12:
        return chance.choice(ODD)
    match value:
        case Mapping():
            return {name: _bent(inner, chance) for name, inner in value.items() if chance.random() > 0.06}
        case list():
            return [_bent(inner, chance) for inner in value]
        case _:
            return value


@pytest.mark.parametrize("name", NAMES)
def test_parameters_and_answers_of_any_shape_give_a_picture(name: str) -> None:
    service, _, operation = name.partition(".")
    chance, known, sample = random.Random(name), BEFORE_READS[service, operation], SAMPLES[name]
    for _ in range(25):
        asked = _bent(dict(sample.parameters), chance)
        if not isinstance(asked, dict):
            continue
        heard: list[Answer] = []
        reads = list(known.reads(asked))
        while reads and len(heard) < 25:
            bodies = [_bent(sample.answers[read.call], chance) for read in reads]
            heard += [Answer(body) if isinstance(body, dict) else Answer(unread="denied") for body in bodies]
            reads = list(known.then(asked, heard))

        if heard:
            assert lines_of(known.picture(asked, heard)) is not None


CREATING = {
    "cloudformation.CreateStack", "cloudwatch.PutMetricAlarm", "events.PutRule", "ssm.PutParameter",
    "s3.PutObject", "s3.CopyObject",
}  # fmt: skip
"""Writes that make what is not there. All others need something to be there, and an empty account has nothing."""


@pytest.mark.parametrize("name", NAMES)
def test_a_write_to_what_is_absent_fails_unless_it_would_create_it(name: str) -> None:
    service, _, operation = name.partition(".")
    known, parameters = BEFORE_READS[service, operation], SAMPLES[name].parameters
    versioning = Answer({"Status": "Enabled"})  # the bucket is there, the object is not

    def nothing(read: Read) -> Answer:
        if read.call == "s3.GetBucketVersioning" and name in CREATING:
            return versioning
        return Answer(said=f"{read.absent[-1]}: gone") if read.absent else Answer({})

    picture = known.picture(parameters, [nothing(read) for read in known.reads(parameters)])

    if name == "ec2.CreateTags":
        assert picture.nos == ()  # tags tell nothing of whether a resource exists
    elif name in CREATING:
        assert DryRunNo.ABSENT not in [no.why for no in picture.nos]
        assert any("would be created" in line for line in picture.changes)
    else:
        assert DryRunNo.ABSENT in [no.why for no in picture.nos]


def test_a_thing_that_must_be_new_and_is_there_fails() -> None:
    there = {"cloudformation.DescribeStacks": {"Stacks": [{"StackName": "shop", "StackStatus": "CREATE_COMPLETE"}]}}

    _, picture = asked_of("cloudformation.CreateStack", {"StackName": "shop"}, there, CATALOGUE)

    assert [(no.why, no.text) for no in picture.nos] == [(DryRunNo.DIFFERENT, "stack shop exists already")]


def test_a_parameter_that_exists_is_not_overwritten_unless_that_is_asked_for() -> None:
    sample = SAMPLES["ssm.PutParameter"]
    modest = {**sample.parameters, "Overwrite": False}

    _, picture = asked_of("ssm.PutParameter", modest, sample.answers, CATALOGUE)

    assert [no.why for no in picture.nos] == [DryRunNo.DIFFERENT]


def test_a_name_that_could_not_be_read_asks_nothing() -> None:
    for name in NAMES:
        service, _, operation = name.partition(".")
        unread = dict.fromkeys(SAMPLES[name].parameters, UNREAD)

        assert list(BEFORE_READS[service, operation].reads(unread)) == []


# ---------------------------------------------------------------- values


def test_paths_lead_into_structures_and_lists() -> None:
    tree = {"A": [{"B": 1}, {"B": 2}], "C": {"D": "x"}}

    assert at(tree, "C.D") == "x"
    assert at(tree, "A[1].B") == 2
    assert at(tree, "A[7].B") is None
    assert at(tree, "C.D.E") is None
    assert each(tree, "A[].B") == [1, 2]


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("30", 30, True), (30, 30.0, True), (True, "true", True), (["b", "a"], ["a", "b"], True),
        ('{"a": 1, "b": [2]}', {"b": [2], "a": 1}, True), (None, "", False), ("a", "b", False), (HIDDEN, HIDDEN, False),
        (["a"], ["a", "a"], False),
    ],
)  # fmt: skip
def test_values_are_the_same_whatever_their_spelling(one: Any, other: Any, equal: bool) -> None:
    assert same(one, other) is equal


def test_a_change_is_told_field_by_field() -> None:
    assert list(changed("Scaling", {"min": 1, "max": 4}, {"min": 1, "max": 8})) == ["Scaling.max  4 -> 8"]
    assert list(changed("Retention", None, 14)) == ["Retention  not set -> 14"]
    assert list(changed("Size", 8, UNREAD)) == []


def test_a_document_is_told_statement_by_statement() -> None:
    before = '{"Statement":[{"Sid":"A"},{"Sid":"B"}]}'

    assert list(documents("Policy", before, '{"Statement":[{"Sid":"B"},{"Sid":"C"}]}')) == [
        'Policy  removes {"Sid": "A"}', 'Policy  adds {"Sid": "C"}',
    ]  # fmt: skip
    assert list(documents("Policy", before, before.replace(":", ": "))) == []


def test_sizes_are_for_people() -> None:
    assert [byte_size(size) for size in (0, 1, 999, 1000, 999_949, 999_950, 1_400_000_000, 5e15)] == [
        "0 bytes", "1 byte", "999 bytes", "1.0 kB", "999.9 kB", "1.0 MB", "1.4 GB", "5.0 PB",
    ]  # fmt: skip


def test_values_are_short() -> None:
    assert len(shown("x" * 5000)) <= 100
    assert shown(["a", 1]) == "[a, 1]"
    assert shown(None) == "not set"


def test_words_of_a_command_line_take_the_types_of_the_model() -> None:
    shape = CATALOGUE.operation("autoscaling", "UpdateAutoScalingGroup")
    assert shape is not None
    words = {"AutoScalingGroupName": "7", "MinSize": "2", "CapacityRebalance": "true", "MaxSize": UNREAD}

    read = typed(words, shape.members, "autoscaling", CATALOGUE)

    assert read == {"AutoScalingGroupName": "7", "MinSize": 2, "CapacityRebalance": True, "MaxSize": UNREAD}


def test_pictures_are_joined_in_order() -> None:
    assert (Picture(found=("a",)) + Picture(found=("b",), warnings=("c",))).found == ("a", "b")
