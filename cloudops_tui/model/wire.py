"""How values are written and read: the serde JSON of the reference, both ways."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import EnumMeta, StrEnum
from functools import cache, partial
from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler, PlainSerializer, TypeAdapter
from pydantic_core import PydanticCustomError, core_schema

T = TypeVar("T")

_TIMESTAMP = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


class Wire(BaseModel):
    """A struct of the reference: frozen, and its JSON is serde's.

    Fields that the reference does not have are optional and left out of the JSON while unset (`additive`),
    so that a reader who knows only the reference still reads ours. Unknown fields are ignored, except where
    a plan is taken in.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=False, revalidate_instances="never")


def additive(description: str = "") -> Any:
    """A field beyond the reference: None by default, and absent from the JSON while None."""
    return Field(default=None, exclude_if=_is_none, description=description or None)


def _is_none(value: object) -> bool:
    return value is None


class _AlsoSpelledAsWritten(EnumMeta):
    """Lets a member be named as the reference names it, too: `RiskLevel.ReadOnly` is `RiskLevel.READ_ONLY`."""

    def __getattr__(cls, name: str) -> Any:
        members: Mapping[str, Any] = cls.__members__
        for member in members.values():
            if member.value == name:
                return member
        raise AttributeError(f"{cls.__name__!r} has no member {name!r}")


class WireEnum(StrEnum, metaclass=_AlsoSpelledAsWritten):
    """An enum without data; its values are the names that serde writes, and human spellings are read."""

    @property
    def written(self) -> str:
        """What the wire has."""
        return self.value

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        plain = plain_name(value)
        return next((member for member in cls if plain_name(member.value) == plain), None)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        def read(value: Any) -> WireEnum:
            if isinstance(value, cls):
                return value
            if isinstance(value, str):
                try:
                    return cls(value)
                except ValueError:
                    pass  # the refusal below names the choices
            raise PydanticCustomError("choice", "one of {choices}", {"choices": ", ".join(f"`{m.value}`" for m in cls)})

        return core_schema.no_info_plain_validator_function(
            read, serialization=core_schema.plain_serializer_function_ser_schema(lambda member: member.written)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: core_schema.CoreSchema, handler: Any) -> dict[str, Any]:
        return {"type": "string", "enum": [member.written for member in cls]}


def plain_name(text: str) -> str:
    """A name without case, `_`, `-` and spaces: `read_only` and `ReadOnly` are one."""
    return re.sub(r"[\s_-]", "", text).lower()


def as_value(arm: T) -> T:
    """An arm without data may be named by its class, `ApprovalDecision.Approve`; this is its value."""
    made: T = arm() if isinstance(arm, type) else arm
    return made


class Variant(Wire):
    """An arm with named fields of an externally tagged union; `{"Tag": {...}}`."""

    tag: ClassVar[str]

    def __init_subclass__(cls, tag: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.tag = tag or cls.__name__


class Unit(Variant):
    """An arm without data; written as the bare string `"Tag"`."""

    def __str__(self) -> str:
        return self.tag


class Newtype(Variant, Generic[T]):
    """An arm around one value; `{"Tag": value}`."""

    value: T

    __match_args__ = ("value",)

    def __init__(self, value: T, /) -> None:
        super().__init__(**{"value": value})  # noqa: PIE804  a name that the base does not declare

    def __init_subclass__(cls, tag: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(tag=tag, **kwargs)


class Tagged:
    """Marks a union of variants, `Annotated[A | B, Tagged()]`, as externally tagged."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return tagged_schema(get_args(source) or (source,), handler)


def tagged_schema(variants: tuple[type[Variant], ...], handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
    """The schema of a union that is told apart by its one key, or by its bare name where an arm has no data."""
    tags = {variant.tag: variant for variant in variants}
    by_plain_name = {plain_name(tag): tag for tag in tags}
    wrapped: dict[type, type[Variant]] = {}
    choices: dict[str, core_schema.CoreSchema] = {}
    for tag, variant in tags.items():
        choices[f"{tag}()"] = core_schema.is_instance_schema(variant)
        if issubclass(variant, Unit):
            choices[tag] = core_schema.no_info_plain_validator_function(partial(_make_unit, variant))
            continue
        if issubclass(variant, Newtype):
            held = variant.model_fields["value"].annotation
            if isinstance(held, type):
                wrapped[held] = variant
            inner = handler.generate_schema(_annotated(variant.model_fields["value"]))
        else:
            inner = handler.generate_schema(variant)
        choices[tag] = core_schema.no_info_after_validator_function(
            partial(_unwrap, variant),
            core_schema.typed_dict_schema({tag: core_schema.typed_dict_field(inner, required=True)}),
        )

    def spell(value: Any) -> Any:
        """The value with its tag as serde spells it, and a bare payload wrapped in its arm."""
        if isinstance(value, type) and issubclass(value, Unit) and value in variants:
            return value()
        if type(value) in wrapped:
            return _unwrap(wrapped[type(value)], {wrapped[type(value)].tag: value})
        if isinstance(value, str):
            return by_plain_name.get(plain_name(value), value)
        if isinstance(value, Mapping) and len(value) == 1:
            [(key, held)] = value.items()
            if isinstance(key, str):
                return {by_plain_name.get(plain_name(key), key): held}
        return value

    def told_by(value: Any) -> str | None:
        if isinstance(value, variants):
            return f"{value.tag}()"
        if isinstance(value, str):
            return value if value in tags and issubclass(tags[value], Unit) else None
        if isinstance(value, Mapping) and len(value) == 1:
            [(key, held)] = value.items()
            return key if key in tags and (held is None or not issubclass(tags[key], Unit)) else None
        return None

    union = core_schema.tagged_union_schema(
        choices,
        told_by,
        custom_error_type="choice",
        custom_error_message="one of {choices}",
        custom_error_context={"choices": ", ".join(_spelling(variant) for variant in variants)},
    )
    return core_schema.no_info_before_validator_function(
        spell,
        union,
        serialization=core_schema.plain_serializer_function_ser_schema(_write_variant, info_arg=True),
    )


def _make_unit(variant: type[Variant], _: Any) -> Variant:
    return variant()


def _unwrap(variant: type[Variant], read: Mapping[str, Any]) -> Variant:
    """The arm around what its one key held."""
    if issubclass(variant, Newtype):
        wrapped: Variant = variant(read[variant.tag])
        return wrapped
    held: Variant = read[variant.tag]
    return held


def _spelling(variant: type[Variant]) -> str:
    return f'`"{variant.tag}"`' if issubclass(variant, Unit) else f'`{{"{variant.tag}": ...}}`'


def _write_variant(variant: Variant, info: core_schema.SerializationInfo) -> Any:
    mode: Literal["json", "python"] = "json" if info.mode == "json" else "python"
    match variant:
        case Unit():
            return variant.tag
        case Newtype():
            return {variant.tag: _payload_adapter(type(variant)).dump_python(variant.value, mode=mode)}
        case _:
            return {variant.tag: variant.model_dump(mode=mode)}


@cache
def _payload_adapter(variant: type[Newtype[Any]]) -> TypeAdapter[Any]:
    return TypeAdapter(_annotated(variant.model_fields["value"]))


def _annotated(field: Any) -> Any:
    """A field's annotation with the metadata that pydantic took off it."""
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def _read_timestamp(value: Any) -> datetime:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise PydanticCustomError("timestamp", "a time with its zone, such as `2026-03-04T05:06:07Z`")
        return _in_utc(value)
    found = _TIMESTAMP.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise PydanticCustomError("timestamp", "an RFC 3339 time, such as `2026-03-04T05:06:07Z`")
    day, time, part, zone = found.groups()
    micros = (part or "0")[:6].ljust(6, "0")
    try:
        return _in_utc(datetime.fromisoformat(f"{day}T{time}.{micros}{zone.upper()}"))
    except ValueError as error:
        raise _no_such_time(error) from error


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise _no_such_time(error) from error


def _no_such_time(error: Exception) -> PydanticCustomError:
    return PydanticCustomError("timestamp", "a time that exists: {why}", {"why": str(error)})


def write_timestamp(value: datetime) -> str:
    """UTC as chrono writes it: `Z`, and 0, 3 or 6 digits after the point."""
    utc = value.astimezone(UTC)
    if not utc.microsecond:
        part = ""
    elif utc.microsecond % 1000 == 0:
        part = f".{utc.microsecond // 1000:03d}"
    else:
        part = f".{utc.microsecond:06d}"
    return f"{utc:%Y-%m-%dT%H:%M:%S}{part}Z" if utc.year >= 1000 else f"{utc.year:04d}-{utc:%m-%dT%H:%M:%S}{part}Z"


Timestamp = Annotated[datetime, BeforeValidator(_read_timestamp), PlainSerializer(write_timestamp, return_type=str)]
"""An instant in UTC. Digits finer than a microsecond are cut."""
