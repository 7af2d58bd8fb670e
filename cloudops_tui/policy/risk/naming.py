"""Which resources a command names, for people to read; `radius` counts them."""

from __future__ import annotations

from cloudops_tui.policy.risk.radius import names_something
from cloudops_tui.policy.risk.subject import Subject

_MOST = 20  # of one command; whoever wants all of them reads its arguments


def named_by(subject: Subject) -> tuple[str, ...]:
    """The longest list of names that it holds; without one, each single name, as in `bucket` and `key`."""
    if subject.operation is None:
        return _by_words(subject)
    held = [
        [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str) and one]
        for name, value in subject.parameters.items()
        if names_something(name)
    ]
    longest = max(held, key=len, default=[])
    return tuple(longest if len(longest) > 1 else [one for names in held for one in names])[:_MOST]


def _by_words(subject: Subject) -> tuple[str, ...]:
    lists = [words for name, words in subject.given.items() if isinstance(words, tuple) and name.endswith("ids")]
    return (max(lists, key=len) if lists else subject.words)[:_MOST]
