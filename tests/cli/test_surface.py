"""The command line before any work is done."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NoReturn

import pytest

from cloudops_tui.cli.main import run
from cloudops_tui.cli.naming import bare, missing_file, words_alone
from cloudops_tui.cli.program import ELSEWHERE, VERBS
from tests.cli.program import PATIENCE, Program


def test_without_a_terminal_the_screen_refuses_and_names_the_verbs_that_need_none(program: Program) -> None:
    ended = program()

    assert (ended.code, ended.out) == (2, "")
    for verb in ("queue", "check", "run", "status", "logs", "history", "show"):
        assert verb in ended.err


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(program: Program, verb: str) -> None:
    ended = program(verb, "--help")

    assert ended.code == 0, ended.err
    assert ended.out.startswith(f"Usage: cloudops-tui {verb}")
    assert ended.out.isascii()


@pytest.mark.parametrize(
    "words", [["nonsense"], ["run"], ["check", "--json"], ["prune"], ["--nonsense"], ["watch", "--speed", "4"]]
)
def test_bad_usage_is_exit_2_with_nothing_on_standard_output(program: Program, words: list[str]) -> None:
    ended = program(*words)

    assert (ended.code, ended.out) == (2, "")
    assert "Usage:" in ended.err


def test_a_reader_who_leaves_is_no_reason_for_a_traceback(program: Program, tmp_path: Path) -> None:
    child = program.cold("doctor")
    assert child.stdout is not None
    child.stdout.close()
    child.stdout = None

    _, err = child.communicate(timeout=PATIENCE)

    assert child.returncode == 141
    assert err == b""


def test_doctor_finds_nothing_wrong_and_shows_no_secret_of_a_proxy(program: Program, aws_program: Path) -> None:
    path = os.pathsep.join((str(aws_program.parent), os.environ["PATH"]))
    config = program.state.parent / "config.toml"
    config.write_text("[safety]\nallow = ['--ca-bundle', 'unknown-commands']\n")
    program.environment = {
        "HTTPS_PROXY": "http://alice:hunter2@127.0.0.1:3128", "PATH": path, "CLOUDOPS_CONFIG": str(config)
    }  # fmt: skip

    found = program.json("doctor")

    assert found["ok"] is True
    by_name = {one["name"]: one["value"] for one in found["findings"]}
    assert str(aws_program.resolve()) in by_name["aws"]
    assert by_name["HTTPS_PROXY"] == "http://<redacted>@127.0.0.1:3128"
    assert str(program.state / "inbox") in by_name["inbox"]
    assert by_name["allowed in plans"] == "--ca-bundle, unknown-commands"


def test_doctor_is_exit_1_when_something_keeps_the_program_from_working(program: Program, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[cli]\ncli_path = '/absent/aws'\n")
    program.environment = {"CLOUDOPS_CONFIG": str(config)}

    ended = program("doctor")

    assert ended.code == 1
    assert "/absent/aws" in ended.out


def test_the_first_look_makes_an_inbox_for_its_owner_only_whatever_the_umask(program: Program) -> None:
    before = os.umask(0o002)
    try:
        assert program("queue").code == 0
    finally:
        os.umask(before)

    assert [(program.state / name).stat().st_mode & 0o777 for name in (".", "inbox", "inbox/taken")] == [0o700] * 3


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("approve", "`run ID --approve DIGEST`"), ("undo", "`rollback`"), ("statu", "did you mean `status`?"),
        ("xyzzy", "--help lists the verbs"),
    ],
)  # fmt: skip
def test_an_unknown_verb_is_told_what_it_may_have_meant(
    typed: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([typed]) == 2

    said = capsys.readouterr().err
    assert f"There is no verb `{typed}`" in said
    assert meant in said


def test_what_other_programs_call_it_is_no_verb_here_and_leads_to_one() -> None:
    assert not ELSEWHERE.keys() & VERBS.keys()
    assert all(any(f"`{verb}" in told for verb in VERBS) for told in ELSEWHERE.values())


@pytest.mark.parametrize(
    "words",
    [
        "check nowhere/plan.json", "dry-run --json nowhere/plan.json", "submit --prompt such nowhere/plan.json",
        "run --again --approve 0123 nowhere/plan.json --reason because",
    ],
)  # fmt: skip
def test_a_file_that_is_not_there_is_said_before_anything_is_loaded(
    words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(name: str) -> NoReturn:
        raise AssertionError(f"{name} was loaded")

    monkeypatch.setattr("cloudops_tui.cli.main.import_module", load)

    code = run(words.split())

    assert code == 2
    assert capsys.readouterr() == ("", "cloudops-tui: `nowhere/plan.json` cannot be read: No such file or directory\n")


def test_submit_says_so_in_json_where_json_was_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloudops_tui.cli.main.import_module", None)

    assert run(["submit", "--json", "nowhere"]) == 2

    why = "`nowhere` cannot be read: No such file or directory"
    out, err = capsys.readouterr()
    assert (json.loads(out), err) == ({"error": why, "entry": None}, f"cloudops-tui: {why}\n")


@pytest.mark.parametrize("words", ["--json -", "--bogus nowhere", "-x nowhere", "418 --json", "a b", "--prompt=x"])
def test_what_may_be_something_else_is_left_to_the_verb(words: str) -> None:
    alone = words_alone(words.split())

    assert len(alone) != 1 or missing_file(alone[0]) is None


def test_a_number_may_be_quoted_as_the_screens_show_it() -> None:
    assert [bare(one) for one in ("#418", "418", "#plan.json", "#", "./#418")] == [
        "418", "418", "#plan.json", "#", "./#418",
    ]  # fmt: skip
