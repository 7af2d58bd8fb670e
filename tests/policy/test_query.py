"""The words of a filter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudops_tui.policy.query import MOST_TERMS, Term, nearest, terms, value_of, with_value, without


def test_free_words_phrases_negations_and_keys_are_told_apart() -> None:
    found = terms('kernel "rolling update" !canary status:failed !user:"the agent"')

    assert found == (
        Term("kernel", "kernel"),
        Term('"rolling update"', "rolling update", quoted=True),
        Term("!canary", "canary", negated=True),
        Term("status:failed", "failed", "status"),
        Term('!user:"the agent"', "the agent", "user", negated=True, quoted=True),
    )


def test_a_part_that_is_still_being_typed_has_no_value_yet() -> None:
    nothing, half = terms('status: plan:"half')

    assert nothing == Term("status:", "", "status")
    assert half == Term('plan:"half', "half", "plan", quoted=True)


def test_an_arn_is_a_word_whose_first_part_looks_like_a_key() -> None:
    assert terms("arn:aws:s3:::b") == (Term("arn:aws:s3:::b", "aws:s3:::b", "arn"),)


@given(st.text())
def test_no_text_makes_an_error_and_every_part_is_found_in_it(text: str) -> None:
    found = terms(text)

    assert len(found) <= MOST_TERMS
    assert all(term.text in text and term.value in term.text for term in found)


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("kernel", "7d", "kernel since:7d"),
        ("since:24h kernel", "7d", "kernel since:7d"),
        ("since:24h kernel", None, "kernel"),
        ("", "two words", 'since:"two words"'),
    ],
)
def test_a_key_has_one_value(before: str, value: str | None, after: str) -> None:
    assert with_value(before, "since", value) == after
    assert value_of(after, "since") == value


def test_one_part_is_taken_out_and_the_others_stay() -> None:
    assert without("a b a", Term("a", "a")) == "b a"


def test_a_mistyped_key_has_a_nearest_one() -> None:
    assert nearest("statsu", ("status", "since")) == "status"
    assert nearest("zzz", ("status", "since")) is None
