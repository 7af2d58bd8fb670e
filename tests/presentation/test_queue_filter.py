"""The queue's filter: what each part means, and what it says where it means nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudops_tui.model.queue import QueueEntry
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.presentation import column_heads, queue
from cloudops_tui.presentation.lines import plain
from cloudops_tui.presentation.queue_filter import Known, is_fault, read
from tests.tui.estate import working_day
from tests.tui.twin import NOON, PROD


@pytest.fixture
def entries(tmp_path: Path) -> list[QueueEntry]:
    return list(working_day(tmp_path).entries.values())


def found(entries: list[QueueEntry], text: str, known: Known = Known()) -> list[int]:
    wanted = read(text, NOON)
    return sorted(entry.number for entry in entries if wanted.holds(entry, known))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", [408, 409, 412, 414, 416, 417, 418]),
        ("status:review", [414, 416, 417, 418]),
        ("status:review,run", [412, 414, 416, 417, 418]),
        ("!status:review", [408, 409, 412]),
        ("risk:destroy", [417]),
        ("risk:read", [414]),
        ("from:stdin", [416]),
        ("user:bob", [409]),
        ("plan:rotate", [416]),
        ("id:418", [418]),
        ("id:#41", []),
        ('"access logs"', [417]),
        ("storefront-logs-2024 !bucket", []),
        ("since:10m", [417, 418]),
        ("until:10m status:review", [414, 416]),
        ("env:default risk:destroy", [417]),
        ("account:210987654321", [417]),
        ("status:", [408, 409, 412, 414, 416, 417, 418]),
    ],
)
def test_each_part_narrows_by_what_it_says(entries: list[QueueEntry], text: str, numbers: list[int]) -> None:
    assert found(entries, text) == numbers


def test_an_environment_is_known_by_the_name_of_its_account_once_that_was_asked_for(entries: list[QueueEntry]) -> None:
    assert found(entries, "env:prod") == []

    known = Known(identities={("default", "eu-west-1"): PROD})

    assert 418 in found(entries, "env:prod", known)


def test_a_resource_that_a_command_names_is_found(entries: list[QueueEntry]) -> None:
    assert found(entries, "i-0abc000000000011") == [418]
    assert found(entries, "signing-key") == [416]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("stauts:review", "`stauts:` is no key and is looked for as it stands; did you mean `status:`?"),
        ("risk:huge", "`risk:huge`: read, modify, destroy"),
        ("since:soon", "`since:soon`: 2d, 90m, today or 2026-08-22"),
        ("status:", "`status:`: review, queued,"),
    ],
)
def test_what_is_not_understood_is_said_with_what_was_meant(text: str, hint: str) -> None:
    [said] = read(text, NOON).hints

    assert said.startswith(hint)


def test_where_nothing_matches_each_part_says_what_it_keeps_away(entries: list[QueueEntry]) -> None:
    wanted = read("logs risk:read", NOON)

    assert wanted.remaining(entries, Known()) == [("logs", 1), ("risk:read", 1)]
    said = [
        plain(row)
        for row in queue.nothing(
            loaded=True, error=None, total=7, looked_for=wanted, faults_only=False,
            left=wanted.remaining(entries, Known()), last="", state_dir="/s", width=78,
        )
    ]  # fmt: skip
    assert "  without risk:read  1" in said


def test_a_fault_is_what_was_refused_expired_or_ended_badly(entries: list[QueueEntry]) -> None:
    faults = {entry.number for entry in entries if is_fault(entry, None)}

    assert faults == {408}
    [running] = [entry for entry in entries if entry.number == 412]
    assert is_fault(running, ExecutionStatus.FAILED)
    assert not is_fault(running, ExecutionStatus.RUNNING)


def test_an_unknown_column_is_refused_with_the_nearest() -> None:
    assert column_heads.problem("agee") == "`agee` is no column of the queue; did you mean `age`?"
    assert all(column_heads.problem(name) is None for name in column_heads.NAMES)
