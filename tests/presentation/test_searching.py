"""What the words of a search mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.model.search import (
    ApprovedBy,
    Asked,
    Condition,
    Ended,
    Exited,
    Identified,
    InConversation,
    Mine,
    Named,
    Reached,
    Risked,
    Since,
    Until,
    Word,
)
from cloudops_tui.policy.safe_text import has_foreign
from cloudops_tui.presentation import searching
from cloudops_tui.presentation.searching import Scope, Standpoint
from tests.tui.twin import NOON

HERE = Standpoint(NOON, "alice", "210987654321", {"prod": "123456789012"})
DAY = timedelta(days=1)


def midnight(day: int) -> datetime:
    return datetime(2026, 3, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("kernel", [Word("kernel")]),
        ('"rolling update"', [Word("rolling update", phrase=True)]),
        ("status:failed,unknown", [Ended(frozenset({ExecutionStatus.FAILED}), unknown=True)]),
        ("status:unknown", [Ended(frozenset(), unknown=True)]),
        ("STATUS:Rolled-Back", [Ended(frozenset({ExecutionStatus.ROLLED_BACK}))]),
        ("user:bob", [ApprovedBy("bob")]),
        ("user:me", [ApprovedBy("alice")]),
        ('plan:"rotate keys"', [Named("rotate keys")]),
        ("risk:destroy,modify", [Risked(frozenset({RiskLevel.DESTRUCTIVE, RiskLevel.MODIFY}))]),
        ("exit:254,-9", [Exited(frozenset({254, -9}))]),
        ("since:2d", [Since(NOON - 2 * DAY)]),
        ("since:today", [Since(midnight(4))]),
        ("until:2026-03-02", [Until(midnight(3))]),
        ("until:2026-03-02T10:00Z", [Until(datetime(2026, 3, 2, 10, tzinfo=UTC))]),
        ("day:2026-03-02", [Since(midnight(2)), Until(midnight(3))]),
        ("day:yesterday", [Since(midnight(3)), Until(midnight(4))]),
        ("id:#418", [Identified("#418")]),
        ("account:123456789012", [Reached(frozenset({"123456789012"}))]),
        ("env:PROD", [Reached(frozenset({"123456789012"}))]),
        ("conversation:0c10", [InConversation("0c10")]),
        ("status:", []),
        ("-- !", []),
    ],
)
def test_each_key_asks_for(typed: str, asked: list[Asked]) -> None:
    search = searching.read(typed, HERE)

    assert search.conditions == tuple(map(Condition, asked))
    assert search.hints == ()


def test_every_part_has_to_hold_and_a_part_behind_an_exclamation_mark_must_not() -> None:
    search = searching.read("kernel !canary !status:ok", HERE)

    assert search.conditions == (
        Condition(Word("kernel")),
        Condition(Word("canary"), negated=True),
        Condition(Ended(frozenset({ExecutionStatus.COMPLETED})), negated=True),
    )


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("status:broken", "`status:broken`: ok, failed, cancelled, rolled_back, running, unknown"),
        ("since:yesterdayish", "`since:yesterdayish`: 7d, 24h, today or 2026-08-22"),
        ("day:2026-02-31", "`day:2026-02-31`: today, yesterday or 2026-08-22"),
        ("env:nowhere", "`env:nowhere`: the name of an account in the configuration, or twelve digits"),
        ("exit:many", "`exit:many`: an exit code, or several with commas between"),
        ("id:rotate", "`id:rotate`: a number such as 418, or the beginning of an id"),
    ],
)
def test_what_means_nothing_is_said_and_does_not_filter(typed: str, hint: str) -> None:
    search = searching.read(typed, HERE)

    assert (search.conditions, search.hints) == ((), (hint,))


def test_an_unknown_key_is_a_word_and_the_nearest_is_suggested_but_an_arn_is_an_arn() -> None:
    search = searching.read("statu:failed arn:aws:iam::1:role/x", HERE)

    assert search.conditions == (Condition(Word("statu:failed")), Condition(Word("arn:aws:iam::1:role/x")))
    assert search.hints == ("`statu:` is searched as a word; did you mean `status:`?",)


def test_a_scope_holds_beside_the_search() -> None:
    assert searching.read("", HERE, Scope.MINE).conditions == (Condition(Mine("alice")),)
    assert searching.read("", HERE, Scope.ACCOUNT).conditions == (
        Condition(Reached(frozenset({"210987654321"}), or_not_recorded=True)),
    )
    assert [Scope.ALL.next, Scope.MINE.next, Scope.ACCOUNT.next] == [Scope.MINE, Scope.ACCOUNT, Scope.ALL]


@given(st.text())
def test_no_text_breaks_the_search_or_reaches_the_screen_raw(text: str) -> None:
    search = searching.read(text, HERE)

    assert not any(has_foreign(hint) for hint in search.hints)


def test_the_quick_keys_go_round_and_keep_the_rest_of_the_search() -> None:
    text, windows, risks = "kernel", [], []
    for _ in range(5):
        text = searching.with_next_window(text)
        windows.append(text)
    for _ in range(4):
        text = searching.with_next_risk(text)
        risks.append(text)

    assert windows == ["kernel since:today", "kernel since:24h", "kernel since:7d", "kernel since:30d", "kernel"]
    assert risks == ["kernel risk:destructive", "kernel risk:modify", "kernel risk:read", "kernel"]
    assert searching.with_failed_only("kernel") == "kernel status:failed,rolled_back,unknown"
    assert searching.with_failed_only("kernel status:failed") == "kernel"
    assert searching.with_failed_only("status:ok kernel") == "kernel status:failed,rolled_back,unknown"
    assert searching.with_me("kernel user:bob") == "kernel user:me"
    assert searching.with_me("kernel user:me") == "kernel"
    assert searching.without_last('kernel "a phrase"') == "kernel"


def test_the_brackets_go_from_day_to_day_and_not_into_the_future() -> None:
    assert searching.with_day("kernel since:7d", -1, NOON) == "kernel day:2026-03-03"
    assert searching.with_day("kernel day:2026-03-03", -1, NOON) == "kernel day:2026-03-02"
    assert searching.with_day("day:2026-03-03 kernel", 1, NOON) == "kernel day:2026-03-04"
    assert searching.with_day("", 1, NOON) == "day:2026-03-04"
    assert searching.with_day("day:today", 1, NOON) is None
    assert searching.with_day("day:0001-01-01", -1, NOON) is None
