"""What we run instead of the line as written makes awscli send the same."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from cloudops_tui.executors.catalogue import the_catalogue
from cloudops_tui.policy.cli_grammar import ParsedCli, parse
from cloudops_tui.policy.refusals import FETCHED_VALUES, refused
from tests.executors.same_requests import STUB, Compared, asked_by, compared, lines_of, sample
from tests.policy.awscli_examples import examples, examples_folder

WANTED = {"structure", "list", "map", "flag", "json", "shorthand", "positional", "order", "repeat", "number", "file"}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Compared]:
    """12 lines; 300 by `python -m tests.executors.same_requests 300`."""
    folder = tmp_path_factory.mktemp("requests") / "plan"
    folder.mkdir()
    services = sorted(path.name for path in examples_folder().iterdir() if path.is_dir())
    chosen = ["s3", *random.Random(4).sample(services, 40)]
    lines = lines_of((one for service in chosen for one in examples(service)), folder)
    return compared(sample(lines, 12, seed=1), folder)


def test_the_canonical_line_sends_the_same_requests(found: list[Compared]) -> None:
    different = [(one.line.example.place, one.written, one.ours) for one in found if one.steady and not one.same]

    assert different == []


def test_awscli_fetches_an_address_that_is_the_only_value_and_leaves_others_alone(tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    folder.mkdir()
    create = ("cognito-idp", "create-user-pool-client", "--user-pool-id", "us-east-1_p", "--client-name", "c")
    alone = (*create, "--region", "us-east-1", "--callback-urls", f"{STUB}/one")
    two = (*alone, f"{STUB}/two")

    asked, _ = asked_by([(alone, "fetched"), (two, "taken")], folder)

    taken = [one for one in asked if "taken" in one.headers.get("user-agent", "")]
    assert asked[0].method == "GET"
    assert [one.method for one in taken] == ["POST"]
    assert [FETCHED_VALUES in one.remedy for one in refused(_read(alone), "default", "us-east-1")] == [True]
    assert list(refused(_read(two), "default", "us-east-1")) == []


def _read(words: Sequence[str]) -> ParsedCli:
    read = parse(words, the_catalogue())
    assert isinstance(read, ParsedCli)
    return read


def test_the_lines_send_something_and_hold_every_kind_of_value(found: list[Compared]) -> None:
    sent = [one for one in found if one.sent]

    assert len(sent) >= 11, [one.complaint for one in found if not one.sent]
    assert {kind for one in sent for kind in one.line.kinds} >= WANTED
