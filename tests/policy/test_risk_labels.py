"""Risk is judged as people label it who read AWS's documentation and not our rules."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from cloudops_tui.model.risk import RiskFlag, RiskLevel
from tests.policy.risk_labels.confusion import FILES, Figures, judged, report, subjects
from tests.policy.risk_labels.draw import DRAWN_FROM, RECIPES, draw, installed

SUBJECT = ("id", "kind", "service", "operation", "words")
GIVEN = {"sdk": {"parameters"}, "cli": {"files"}}
EACH_FILE = pytest.mark.parametrize("name", FILES)


@cache
def figures(name: str) -> Figures:
    """Judged once for all tests of this module."""
    return judged(subjects(name))


def explained(some: Figures) -> str:
    return "\n".join(report(some))


# ---------------------------------------------------------------- the set itself


@pytest.mark.parametrize("name", RECIPES)
def test_no_subject_was_swapped_after_the_draw(name: str) -> None:
    assert installed() == DRAWN_FROM, "Other versions hold other subjects; draw anew and label what is new"

    labelled = [{key: one[key] for key in SUBJECT if key in one} for one in subjects(name)]

    assert labelled == draw(name)


@pytest.mark.parametrize(
    ("name", "least", "least_of_each"), [("labels", 300, 50), ("second", 300, 30), ("third", 100, 10)]
)
def test_there_are_enough_labels_of_every_kind(name: str, least: int, least_of_each: int) -> None:
    assert len(subjects(name)) >= least
    counted = Counter((one["kind"], one["label"]) for one in subjects(name))
    assert min(counted[kind, level] for kind in GIVEN for level in RiskLevel) >= least_of_each
    assert counted.total() < 2 * sum(count for (_, level), count in counted.items() if level != RiskLevel.READ_ONLY)


def test_each_subject_stands_once_in_a_file_and_has_the_same_label_in_all() -> None:
    everything = [(name, one) for name in FILES for one in subjects(name)]

    assert len({one["id"] for _, one in everything}) == len(everything)
    said = [(str([one.get(key) for key in (*SUBJECT[1:], "parameters")]), name, one) for name, one in everything]
    assert len({(subject, name) for subject, name, _ in said}) == len(said)
    assert len({(subject, one["label"]) for subject, _, one in said}) == len({subject for subject, _, _ in said})


def test_every_label_is_said_in_the_words_of_the_program_and_has_a_reason() -> None:
    for one in (one for name in FILES for one in subjects(name)):
        assert RiskLevel(one["label"]), one["id"]
        assert [RiskFlag(flag) for flag in one["flags"]] == one["flags"], one["id"]
        assert one["why"].strip(), one["id"]
        assert set(one) <= {*SUBJECT, "label", "flags", "why", *GIVEN[one["kind"]]}, one["id"]
        named = {word for word in one.get("words", ()) if word.startswith(("file://", "fileb://"))}
        assert named == set(one.get("files", ())), one["id"]


# ---------------------------------------------------------------- how well the judgement fits


@EACH_FILE
def test_nearly_every_labelled_subject_can_be_judged(name: str) -> None:
    assert len(figures(name).rated) / len(figures(name).judged) > 0.9, explained(figures(name))


@EACH_FILE
def test_nothing_that_changes_or_destroys_is_taken_for_a_read(name: str) -> None:
    assert [one.name for one in figures(name).taken_for_reads] == [], explained(figures(name))


@EACH_FILE
def test_under_five_in_a_hundred_are_rated_too_mild(name: str) -> None:
    assert figures(name).under_rated_share < 0.05, explained(figures(name))


@EACH_FILE
def test_over_nine_in_ten_are_rated_as_labelled(name: str) -> None:
    assert figures(name).agreement > 0.9, explained(figures(name))
