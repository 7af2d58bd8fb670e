"""What was seen of a review is kept for exactly that review."""

from __future__ import annotations

from uuid import uuid4

from cloudops_tui.presentation.seeing import Seeing
from cloudops_tui.tui.seen_before import MOST_KEPT, SeenBefore


def test_what_was_seen_is_found_again_for_the_same_digest_and_forgotten_for_ever_once_there_was_another() -> None:
    plan, kept, seen = uuid4(), SeenBefore(), Seeing(seen=frozenset({"one"}))
    kept.keep(plan, (1, "a" * 64), seen)

    assert kept.of(plan, (1, "a" * 64)) == seen
    assert kept.of(plan, (1, "b" * 64)) is None
    assert kept.of(plan, (1, "a" * 64)) is None


def test_a_day_of_reviews_is_not_kept_without_end() -> None:
    kept, first = SeenBefore(), uuid4()
    for plan in (first, *(uuid4() for _ in range(MOST_KEPT))):
        kept.keep(plan, (1, "a" * 64), Seeing())

    assert kept.of(first, (1, "a" * 64)) is None
