"""`reconcile` and `redrive`, each in a process of its own that is not the one which ran the execution."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import Json, Program, identifier, plan, sdk
from tests.engine.stub import CUT, FINE, Stub, refusal, running_stub


@pytest.fixture
def stub() -> Iterator[Stub]:
    with running_stub() as stub:
        yield stub


@pytest.fixture
def on_stub(tmp_path: Path, stub: Stub) -> Program:
    return Program(
        tmp_path / "state",
        {
            "AWS_ENDPOINT_URL": stub.address,
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        },
    )


def put(number: int, name: str) -> Json:
    return sdk(number, "ssm", "PutParameter", {"Name": name, "Value": "1", "Type": "String"}, risk="Modify")


def test_an_unknown_is_shown_and_marked_and_the_rest_goes_on_and_nothing_is_sent_twice(
    on_stub: Program, stub: Stub, tmp_path: Path
) -> None:
    stub.says = lambda call: CUT if call.name == "lost" else refusal("ParameterNotFound")
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan(put(1, "lost"), put(2, "rest"), put(3, "last"), risk="Modify")))
    digest = on_stub.json("check", str(file))["digest"]
    assert on_stub("run", str(file), "--approve", digest).code == 5

    [known] = _json(on_stub, 5, "reconcile", "1")["unknown"]
    assert (known["place"], known["client_token"], known["repeatable"]) == (1, None, False)
    marked = on_stub("reconcile", "1", "--done", "--reason", "seen in the console")
    assert marked.code == 1, "no more 5: what is left is only not finished"
    assert "Not finished: 2 of 3 commands" in marked.out

    asked = _json(on_stub, 3, "redrive", "1", "--skip", "2", "--reason", "made by hand")
    assert [one["id"] for one in asked["commands"]] == [identifier(3)]
    stub.says = lambda call: FINE
    done = on_stub("redrive", "1", "--skip", "2", "--reason", "made by hand", "--approve", asked["digest"])

    assert done.code == 0, done.err
    assert [stub.times(name) for name in ("lost", "rest", "last")] == [1, 0, 1]
    shown = on_stub("show", "1").out
    for said in ("seen in the console", "made by hand", "went on"):
        assert said in shown


def _json(program: Program, code: int, *words: str) -> Json:
    ended = program(*words, "--json")
    assert ended.code == code, (ended.code, ended.out, ended.err)
    document: Json = ended.json
    return document
