"""A length of time as the wire has it: whole seconds and nanoseconds."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

NANOS = 1_000_000_000
LONGEST_SECONDS = timedelta.max.days * 86_400

_UNITS = {"ms": 1_000_000, "s": NANOS, "m": 60 * NANOS, "h": 3600 * NANOS, "d": 86_400 * NANOS}
_SPELLED = re.compile(r"(?:\d{1,9}(?:\.\d{1,9})?(?:ms|[smhd])\s*)+", re.ASCII)
_PART = re.compile(r"(\d+)(?:\.(\d+))?(ms|[smhd])", re.ASCII)


class Duration(timedelta):
    """A non-negative `timedelta` that keeps the nanoseconds of Rust's `std::time::Duration`.

    Written as `{"secs": u64, "nanos": u32}`. Read from that, from a `timedelta`, and, where people write plans,
    from spellings such as `90s`, `1h30m` or `250ms`. Arithmetic is `timedelta`'s, at microseconds.
    """

    _below: int
    """Nanoseconds below the microsecond, 0 to 999."""

    @classmethod
    def from_nanos(cls, nanos: int) -> Duration:
        """The duration of `nanos` nanoseconds; negative input is an error."""
        if nanos < 0:
            raise ValueError("A duration cannot be negative")
        micros, below = divmod(nanos, 1000)
        made = cls(microseconds=micros)
        made._below = below
        return made

    @classmethod
    def from_secs(cls, secs: float) -> Duration:
        """The duration of `secs` seconds."""
        return cls.from_nanos(secs * NANOS if isinstance(secs, int) else round(secs * NANOS))

    @classmethod
    def from_millis(cls, millis: int) -> Duration:
        """The duration of `millis` milliseconds."""
        return cls.from_nanos(millis * 1_000_000)

    @classmethod
    def of(cls, value: timedelta) -> Duration:
        """`value` as a duration; anything below zero (a clock set back) counts as zero."""
        if isinstance(value, Duration):
            return value
        return cls.from_nanos(max(0, value // timedelta(microseconds=1)) * 1000)

    @classmethod
    def spelled(cls, text: str) -> Duration:
        """Read `90s`, `1h30m`, `250ms`; raises ValueError for anything else."""
        if not _SPELLED.fullmatch(text.strip()):
            raise ValueError(f"`{text}` is not a duration such as `90s`, `5m` or `1h30m`")
        total = 0
        for whole, part, unit in _PART.findall(text):
            total += int(whole) * _UNITS[unit]
            if part:
                total += int(part) * _UNITS[unit] // 10 ** len(part)
        try:
            return cls.from_nanos(total)
        except OverflowError as error:
            raise ValueError(f"`{text}` is longer than {LONGEST_SECONDS} seconds") from error

    @property
    def nanos(self) -> int:
        """The whole length in nanoseconds."""
        return ((self.days * 86_400 + self.seconds) * 1_000_000 + self.microseconds) * 1000 + getattr(self, "_below", 0)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Duration):
            return self.nanos == other.nanos
        return timedelta.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other  # timedelta's own would be inherited, and leaves the nanoseconds out

    __hash__ = timedelta.__hash__

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_nanos, (self.nanos,)

    def __repr__(self) -> str:
        return f"Duration.from_nanos({self.nanos})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _read,
            serialization=core_schema.plain_serializer_function_ser_schema(_write),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: core_schema.CoreSchema, handler: Any) -> dict[str, Any]:
        return {"type": "string", "pattern": _SPELLED.pattern, "examples": ["90s", "1h30m"]}

    def spelling(self) -> str:
        """As `spelled` reads it: `1h30m`, `90s` as `1m30s`, nothing as `0s`."""
        left, parts = self.nanos, []
        for unit, size in (("d", 86_400 * NANOS), ("h", 3600 * NANOS), ("m", 60 * NANOS), ("s", NANOS)):
            many, left = divmod(left, size)
            parts += [f"{many}{unit}"] if many else []
        parts += [f"{left / 1_000_000:g}ms"] if left else []
        return "".join(parts) or "0s"


def _read(value: Any) -> Duration:
    match value:
        case timedelta():
            return Duration.of(value)
        case {"secs": int(secs), "nanos": int(nanos)} if len(value) == 2:
            if isinstance(secs, bool) or isinstance(nanos, bool) or secs < 0 or not 0 <= nanos < NANOS:
                raise _refuse()
            if secs > LONGEST_SECONDS:
                most = {"most": LONGEST_SECONDS}
                raise PydanticCustomError("duration_too_long", "a duration of at most {most} seconds", most)
            return Duration.from_nanos(secs * NANOS + nanos)
        case str():
            try:
                return Duration.spelled(value)
            except ValueError as error:
                raise _refuse() from error
        case _:
            raise _refuse()


def _refuse() -> PydanticCustomError:
    expected = 'a duration: {"secs": 90, "nanos": 0}, or a spelling such as `90s` or `5m`'
    return PydanticCustomError("duration", "{expected}", {"expected": expected})


def _write(value: Duration) -> dict[str, int]:
    secs, nanos = divmod(value.nanos, NANOS)
    return {"secs": secs, "nanos": nanos}
