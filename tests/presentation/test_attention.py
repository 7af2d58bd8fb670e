"""When somebody is called, and what the terminal's title says."""

from __future__ import annotations

import pytest

from cloudops_tui.presentation.attention import Standing, calls, title
from cloudops_tui.tui.attention import PUT_TITLE_BACK, Attention
from tests.tui.twin import LAB, PROD, uid

NOTHING = Standing(frozenset(), frozenset())
ONE, ONE_CHANGED, TWO = (uid(1), 1), (uid(1), 2), (uid(2), 1)


@pytest.mark.parametrize(
    ("before", "now", "called"),
    [
        pytest.param(NOTHING, Standing(frozenset({ONE}), frozenset()), True, id="a plan comes into review"),
        pytest.param(Standing(frozenset({ONE}), frozenset()), Standing(frozenset({ONE_CHANGED}), frozenset()), True,
                     id="a plan in review becomes another"),
        pytest.param(Standing(frozenset({ONE, TWO}), frozenset()), Standing(frozenset({TWO}), frozenset({uid(7)})),
                     False, id="one is approved and begins"),
        pytest.param(Standing(frozenset(), frozenset({uid(7)})), NOTHING, True, id="an execution ends"),
        pytest.param(Standing(frozenset({ONE}), frozenset()), NOTHING, False, id="one is rejected"),
    ],
)  # fmt: skip
def test_somebody_is_called_when_something_begins_to_need_them(before: Standing, now: Standing, called: bool) -> None:
    assert calls(before, now) is called


def test_the_title_is_short_and_holds_nothing_that_a_terminal_would_obey() -> None:
    busy = Standing(frozenset({ONE, TWO}), frozenset({uid(7)}))
    hostile = PROD.model_copy(update={"account_name": "\x1b]0;EVIL\x07\u202e\u009b" + "prod" * 40})

    assert title(busy, [PROD]) == "[2 review 1 running] cloudops-tui prod"
    assert title(NOTHING, [LAB]) == "cloudops-tui 210987654321"
    assert title(NOTHING, []) == "cloudops-tui"
    assert title(busy, [hostile]).isascii()
    assert title(busy, [hostile]).isprintable()
    assert len(title(busy, [hostile])) < 70


def test_the_bell_rings_once_for_many_and_not_twice_within_a_second() -> None:
    rung: list[None] = []
    attention = Attention(lambda sequence: None, lambda: rung.append(None), title=True)
    attention.look(Standing(frozenset({ONE}), frozenset()), [])
    attention.ring(0.0)
    assert len(rung) == 0, "what was there at the start calls nobody"

    attention.look(Standing(frozenset({ONE, TWO, ONE_CHANGED}), frozenset()), [])
    attention.ring(1.0)
    attention.look(NOTHING, [])
    attention.look(Standing(frozenset({TWO}), frozenset()), [])
    attention.ring(1.5)
    assert len(rung) == 1

    attention.ring(2.0)
    attention.ring(9.0)
    assert len(rung) == 2


def test_a_title_that_stays_is_not_said_again_and_the_old_one_comes_back() -> None:
    said: list[str] = []
    attention = Attention(said.append, None, title=True)

    for _ in range(3):
        attention.look(NOTHING, [PROD])
    attention.leave()
    attention.leave()

    assert said == ["\x1b[22;2t\x1b]2;cloudops-tui prod\x07", PUT_TITLE_BACK]


def test_a_title_that_nobody_wants_is_not_touched() -> None:
    said: list[str] = []
    attention = Attention(said.append, None, title=False)

    attention.look(NOTHING, [PROD])
    attention.leave()

    assert said == []
