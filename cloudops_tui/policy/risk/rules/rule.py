"""A rule about one member of one operation, and the few forms that nearly all rules have."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.policy.risk.members import is_false, is_given, is_true, is_zero, number

READ_ONLY, MODIFY, DESTRUCTIVE = RiskLevel
AVAILABILITY, EXPOSURE, IRREVERSIBLE = RiskFlag.AVAILABILITY, RiskFlag.EXPOSURE, RiskFlag.IRREVERSIBLE

Condition = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """If the value at `path` is as `when` says, the command is at least `level`, because `why`."""

    path: str
    when: Condition
    why: str
    flags: tuple[RiskFlag, ...] = ()
    level: RiskLevel | None = DESTRUCTIVE
    """None: only the flags count."""
    beside: tuple[str, ...] = ()
    """Counts only where one of these members is given too; empty: always."""
    assumed: bool = True
    """A value that could not be read counts as a hit."""


Rules = Mapping[tuple[str, str], tuple[Rule, ...]]
"""By service and operation."""


# --- forms -----------------------------------------------------------------------------------------------------------


def when(
    path: str,
    condition: Condition,
    why: str,
    *flags: RiskFlag,
    level: RiskLevel | None = DESTRUCTIVE,
    assumed: bool = True,
) -> Rule:
    """Any condition."""
    return Rule(path, condition, why, flags, level, assumed=assumed)


def off(path: str, why: str, *flags: RiskFlag) -> Rule:
    """A switch is set to false."""
    return Rule(path, is_false, why, flags)


def on(path: str, why: str, *flags: RiskFlag, level: RiskLevel | None = DESTRUCTIVE) -> Rule:
    """A switch is set to true."""
    return Rule(path, is_true, why, flags, level)


def given(path: str, why: str, *flags: RiskFlag, level: RiskLevel | None = DESTRUCTIVE) -> Rule:
    """The member is there, and is not empty."""
    return Rule(path, is_given, why, flags, level)


def zero(path: str, why: str, *flags: RiskFlag) -> Rule:
    """A number is set to 0."""
    return Rule(path, is_zero, why, flags)


def says(
    path: str, words: str | tuple[str, ...], why: str, *flags: RiskFlag, level: RiskLevel | None = DESTRUCTIVE
) -> Rule:
    """The value is this word, or one of these."""
    return Rule(path, one_of(*((words,) if isinstance(words, str) else words)), why, flags, level)


def to_nothing(path: str) -> Rule:
    """A size or a number of things is set to 0."""
    return zero(path, "it scales to nothing", AVAILABILITY)


def no_backups(path: str) -> Rule:
    """Backups are kept for no time at all."""
    return zero(path, NO_BACKUPS, IRREVERSIBLE)


def interrupting(*names: str) -> Rule:
    """One of these members changes, and not in the next window."""
    why = "a change of this kind takes effect at once and interrupts it"
    return Rule("ApplyImmediately", is_true, why, (AVAILABILITY,), beside=names)


def wide(path: str) -> Rule:
    """A range holds every address."""
    return Rule(path, _is_wide, "opens it to every address", (EXPOSURE,), None)


def for_all(path: str, why: str) -> Rule:
    """It names everybody."""
    return Rule(path, one_of("all", "*"), why, (EXPOSURE,), None)


NO_BACKUPS = "no backups are kept, and those that exist are deleted"


# --- conditions ------------------------------------------------------------------------------------------------------


def one_of(*words: str) -> Condition:
    """The value is one of these words, whatever their case."""
    wanted = frozenset(word.lower() for word in words)
    return lambda value: isinstance(value, str) and value.lower() in wanted


def below(least: float) -> Condition:
    """The value is a number that is smaller."""
    return lambda value: (found := number(value)) is not None and found < least


def is_empty(value: Any) -> bool:
    """An object without members, as it stands for `no longer`."""
    return bool(value == {})


def always(_: Any) -> bool:
    """It is enough that the member is there, also an empty one."""
    return True


def _is_wide(value: Any) -> bool:
    """Every address, however it is spelled: `1.2.3.4/0` is as wide as `0.0.0.0/0`."""
    try:
        return isinstance(value, str) and ipaddress.ip_network(value, strict=False).prefixlen == 0
    except ValueError:
        return False
