"""What is different now from what was found before, in words."""

from __future__ import annotations

from collections.abc import Sequence

from cloudops_tui.policy.safe_text import safe_line

MOST_NAMED = 3
"""Facts of each side that are named; the rest is counted."""


def difference(was: Sequence[str], now: Sequence[str], otherwise: str) -> str:
    """`was: a, b; now: c`: the facts of one side that the other has not. `otherwise` is said where the facts are the
    same, and it is what would come of it that differs."""
    gone = [one for one in was if one not in set(now)]
    new = [one for one in now if one not in set(was)]
    sides = [f"{word} {_named(facts)}" for word, facts in (("it was", gone), ("it is now", new)) if facts]
    return "; ".join(sides) or safe_line(otherwise)


def _named(facts: Sequence[str]) -> str:
    more = f" and {len(facts) - MOST_NAMED} more" if len(facts) > MOST_NAMED else ""
    return ", ".join(f"`{safe_line(one)}`" for one in facts[:MOST_NAMED]) + more
