"""The approval in words: what is missing before it counts."""

from __future__ import annotations

from dataclasses import replace

from cloudops_tui.presentation import approval as view
from cloudops_tui.presentation.approval import Arming, Locked, Ready, Submitting
from cloudops_tui.presentation.lines import plain
from tests.tui.estate import bucket_clean_up, key_rotation, rolling_tags, stock_taking
from tests.tui.twin import LAB, NOON, PROD, review_of

HARMLESS = review_of(key_rotation(), None, LAB, NOON)
DESTRUCTIVE = review_of(bucket_clean_up(), None, PROD, NOON)


def test_nothing_is_missing_from_a_modification_once_it_is_armed() -> None:
    assert view.missing(HARMLESS, Ready(), "") is None
    assert view.missing(HARMLESS, Arming(), "") == "one moment ..."


def test_a_destructive_plan_takes_the_accounts_name_or_its_id() -> None:
    assert view.missing(DESTRUCTIVE, Ready(), "pro") == "Type the account to confirm: prod"
    assert view.missing(DESTRUCTIVE, Ready(), "prod") is None
    assert view.missing(DESTRUCTIVE, Ready(), " 123456789012 ") is None


def test_a_decision_on_its_way_is_not_taken_twice() -> None:
    assert view.missing(HARMLESS, Submitting(), "") == "the decision is on its way"


def test_what_is_locked_blocked_or_hindered_says_why() -> None:
    assert view.missing(HARMLESS, Locked("#1 changed"), "") == "#1 changed"
    assert view.missing(replace(HARMLESS, blocked="No account"), Ready(), "") == "No account"
    assert view.missing(HARMLESS, Ready(), "", "the rehearsal is under way") == "the rehearsal is under way"


def test_the_body_names_account_region_level_counts_and_digest() -> None:
    said = "\n".join(plain(row) for row in view.body(DESTRUCTIVE, 72))

    for words in ("[PROD]", "123456789012", "eu-west-1", "DESTROY", "1 read  2 DESTROY", DESTRUCTIVE.short_digest):
        assert words in said


def test_it_says_what_starts_and_what_can_be_undone() -> None:
    plans = (stock_taking(), key_rotation(), rolling_tags())
    last = [plain(view.body(review_of(of, None, LAB, NOON), 72)[-1]) for of in plans]
    consequences = [row.removeprefix("then").strip() for row in last]

    assert consequences == [
        "it starts at once; it changes nothing",
        "it starts at once; no rollback is written",
        "it starts at once; 3 commands can be undone",
    ]
