"""The frame: who and where are never cut, keys that cannot be used are dim, quitting tells the truth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cloudops_tui.presentation import frame
from cloudops_tui.presentation.frame import KeyHint, Notice, Standing
from cloudops_tui.presentation.lines import Span, line_width, plain
from tests.tui.estate import working_day
from tests.tui.twin import LAB, NOON, PROD

STANDING = Standing(
    identities=(PROD,), operator="alice", host="bastion-3", read_only=False, review=2, running=1, now=NOON
)


@pytest.mark.parametrize("width", [60, 70, 80, 100, 160])
def test_account_region_and_operator_are_never_cut(width: int) -> None:
    said = plain(frame.identity_bar(STANDING, width))

    for words in ("[PROD]", "123456789012", "eu-west-1", "alice"):
        assert words in said
    assert line_width(frame.identity_bar(STANDING, width)) <= width


def test_with_room_it_says_everything() -> None:
    said = plain(frame.identity_bar(STANDING, 120))

    for words in ("cloudops-tui", "alice@bastion-3", "RW", "2 review", "1 running", "12:04:31Z"):
        assert words in said


def test_a_protected_account_is_marked_and_an_unknown_one_says_so() -> None:
    unknown = LAB.model_copy(update={"account": None, "reason": "STS did not answer"})

    assert Span("[PROD]", "danger") in frame.environment([PROD])
    assert plain(frame.environment([unknown])) == "default: account unknown eu-west-1"
    assert plain(frame.environment([])) == "account not asked yet"


def test_two_accounts_are_both_named() -> None:
    said = plain(frame.environment([PROD, LAB]))

    assert "123456789012 eu-west-1" in said
    assert "210987654321 eu-west-1" in said


def test_a_read_only_session_says_so() -> None:
    assert " RO" in plain(frame.identity_bar(replace(STANDING, read_only=True), 120))


def test_a_key_that_cannot_be_used_is_dim_and_still_there() -> None:
    footer = frame.key_footer([KeyHint("a", "approve", "Nothing is selected"), KeyHint("r", "reject")], 80)

    assert Span("a", "faint") in footer
    assert Span("r", "key") in footer


def test_the_footer_shows_whole_keys_only() -> None:
    hints = [KeyHint("a", "approve"), KeyHint("r", "reject"), KeyHint("m", "modify")]

    assert plain(frame.key_footer(hints, 22)).split() == ["a", "approve", "r", "reject"]


def test_the_trail_is_cut_before_the_areas() -> None:
    said = plain(frame.area_line("queue", "#1 " + "x" * 100, 60, True))

    assert "4 Notices" in said
    assert said.endswith("~")
    assert len(said) <= 60


def test_notices_keep_their_time_and_wrap() -> None:
    rows = frame.notice_rows([Notice(NOON, "error", "word " * 30)], 60)

    assert plain(rows[0].line).startswith("12:04:31Z  error")
    assert len(rows) > 2


KEYS = {"stay": "esc", "leave": "d", "wait": "w", "stop": "X", "confirm": "ctrl+y"}


async def leaving(folder: Path, **more: bool) -> str:
    session = working_day(folder)
    [stored] = await session.unfinished()
    shown = frame.quitting(frame.Leaving([session.state(stored.id)], {stored.id: 412}, **more), KEYS, 72)
    return " ".join("\n".join(map(plain, shown)).split())


async def test_quitting_says_what_becomes_of_what_runs(tmp_path: Path) -> None:
    said = await leaving(tmp_path)

    assert "#412 Copy the release artifacts to the mirror" in said
    assert "0/2" in said
    assert "goes on without a screen, to its end" in said
    assert "w wait here" in said


async def test_quitting_the_demo_says_that_its_folder_goes(tmp_path: Path) -> None:
    said = await leaving(tmp_path, demo=True)

    assert "its AWS and its folder are deleted" in said
    assert "The next start" not in said


async def test_stopping_and_quitting_is_asked_twice(tmp_path: Path) -> None:
    said = await leaving(tmp_path, stopping=True)

    assert "ctrl+y stop it now" in said
    assert " d " not in said


def test_an_endpoint_that_is_not_aws_own_stands_in_the_frame() -> None:
    local = PROD.model_copy(update={"endpoint": "http://127.0.0.1:5000/", "protected": False, "account_name": None})
    queues = PROD.model_copy(update={"service_endpoints": {"sqs": "https://vpce.example"}})

    assert plain(frame.environment((local,))) == "123456789012 eu-west-1 via 127.0.0.1:5000"
    assert plain(frame.environment((queues,))).endswith("via own sqs endpoint")
    assert "via" not in plain(frame.environment((PROD,)))


def test_at_80_columns_a_named_account_behind_an_endpoint_still_leaves_room_for_what_waits() -> None:
    local = PROD.model_copy(update={"endpoint": "http://127.0.0.1:40191", "account_name": "storefront"})

    said = plain(frame.identity_bar(replace(STANDING, identities=(local,)), 80))

    assert "via 127.0.0.1:40191" in said
    assert "2 rev 1 run" in said
