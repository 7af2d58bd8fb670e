"""What names and values of parameters say by their shape, in any operation that changes something."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.policy.cli_values import UNREAD
from cloudops_tui.policy.risk.members import is_false, is_given, is_true, is_zero, members, number, plain
from cloudops_tui.policy.risk.subject import Finding
from cloudops_tui.policy.risk.verbs import words_of

DESTRUCTIVE = RiskLevel.DESTRUCTIVE
AVAILABILITY, COST, EXPOSURE, IRREVERSIBLE = (
    RiskFlag.AVAILABILITY,
    RiskFlag.COST,
    RiskFlag.EXPOSURE,
    RiskFlag.IRREVERSIBLE,
)

_CHANGES = frozenset(
    {"Update", "Modify", "Put", "Set", "Change", "Configure", "Edit", "Manage", "Apply", "Toggle", "Override", "Send",
     "Signal"}
)  # fmt: skip
_OFF = frozenset(
    {"disabled", "disable", "inactive", "suspended", "suspend", "paused", "pause", "stopped", "stop", "revoked",
     "cancel", "cancelled", "canceled", "draining", "deleted", "deleting", "expired", "off", "rejected", "denied",
     "terminated", "aborted", "standby", "reject_invocations"}
)  # fmt: skip
_TAKING_WORDS = frozenset(
    {"delete", "remove", "cancel", "revoke", "reject", "detach", "terminate", "deregister", "disable", "stop",
     "decline", "pause", "suspend", "abort"}
)  # fmt: skip
_NO_LOSS = frozenset({"SampledRequestsEnabled", "CloudWatchMetricsEnabled", "EnablePropagateAdditionalUserContextData"})
"""Switches of figures and of context: nobody is cut off where they are off."""
_PROTECTS_BY_DISABLING = frozenset(
    {"DisableApiTermination", "DisableApiStop", "DisableRollback", "DisableScaleIn", "DisableEmailNotification",
     "DisableSourceDestCheck"}
)  # fmt: skip
_ANYWHERE = 12  # as deep as members are looked at
_SHALLOW = 3
"""Deeper, a state belongs to a part of a part, and says little about the whole."""
_SHALLOWER = 2

_NOT_TAKEN = re.compile(r"\w*Tag\w*|\w*Labels?|DeleteOnTermination|\w*DeleteMarker\w*|RemoveFromVersionId")
_NOT_REPLACED = re.compile(
    r"\w*Tag\w*|\w*Labels?|(?:[Aa]dd|[Rr]emove|[Dd]elete|[Dd]isable|[Ee]nable|[Uu]pdate|[Rr]evoke)\w*|"
    r"\w+To(?:Add|Remove|Delete|Update)\w*|\w*(?:Operations|Updates|Changes|Patches|Entries|Records)"
)
"""Lists that say what shall change, so that an empty one changes nothing."""


@dataclass(frozen=True, slots=True)
class Shape:
    """If a member of this name holds such a value, the change does more than its name says."""

    name: re.Pattern[str]
    """The whole name of the member, wherever it stands."""
    when: Callable[[Any], bool]
    why: str
    """What follows the member in the reason."""
    flags: tuple[RiskFlag, ...] = ()
    level: RiskLevel | None = DESTRUCTIVE
    deepest: int = _SHALLOWER
    """1: a parameter itself."""
    but: re.Pattern[str] = re.compile("(?!)")
    """Names that mean something else."""


def is_change(operation: str) -> bool:
    """The operation changes what is there, so that what its members say replaces something."""
    words = [word for word in words_of(operation)[:2] if word not in ("Batch", "Admin")]
    return words[:1] != [] and words[0] in _CHANGES


def found_by_shape(parameters: Mapping[str, Any], measured: Collection[str] = ()) -> Iterator[Finding]:
    """What the members of a change say, the first shape of each that fits.

    How long those in `measured` keep something is compared elsewhere, by a rule that knows the longest time.
    """
    for depth, name, held in members(parameters):
        value = plain(held)
        shape = fitting(name, value, depth)
        if shape is not None and not (shape is RETENTION and name in measured):
            yield Finding(f"`{name}{shown(value)}` {shape.why}", shape.level, shape.flags)
    yield from _in_pairs(parameters)


def fitting(name: str, value: Any, depth: int) -> Shape | None:
    """The first shape that a member fits."""
    return next((one for one in SHAPES if _fits(one, name, value, depth)), None)


def shown(value: Any) -> str:
    """` = value`, as far as a reason may show it."""
    match value:
        case bool():
            return f" = {str(value).lower()}"
        case int():
            return f" = {value}"
        case str(text) if len(text) <= 40 and text.isascii() and text.isprintable():
            return f" = {text}"
        case _:
            return ""


def _fits(shape: Shape, name: str, value: Any, depth: int) -> bool:
    return (
        depth <= shape.deepest
        and shape.name.fullmatch(name) is not None
        and shape.but.fullmatch(name) is None
        and shape.when(value)
    )


def _is_taking_word(value: Any) -> bool:
    """`DELETE`, `remove`, `DELETE_IF_EXISTS`."""
    return isinstance(value, str) and value.lower().partition("_")[0] in _TAKING_WORDS


def _is_off(value: Any) -> bool:
    """`Disabled`, `PAUSED`, `STOP_SCHEDULING_AND_CANCEL_TASKS`."""
    return isinstance(value, str) and (value.lower() in _OFF or value.lower().startswith("stop_"))


def _is_mode_off(value: Any) -> bool:
    return isinstance(value, str) and value.lower() in ("off", "disabled", "disable", "all-paused")


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and value != []


def _is_emptied(value: Any) -> bool:
    """An empty list, which takes the place of what was there."""
    return isinstance(value, list) and value == []


def _lasts(value: Any) -> bool:
    """A time after which something goes; nothing, 0 and -1 keep it for good."""
    match value:
        case Mapping():
            return any(_lasts(inner) for name, inner in value.items() if name.lower() != "unlimited")
        case str(text) if number(text) is None:
            return text.lower() not in ("", "permanent", "unlimited", "never")
        case _:
            return value is UNREAD or (number(value) or 0) > 0


def _is_some(value: Any) -> bool:
    """A size, a number of things, a class."""
    return value is not UNREAD and is_given(value) and not is_zero(value)


def _names(*names: str) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(name) for name in names))


RETENTION = Shape(
    re.compile(r"\w*[Rr]etention(?:Period\w*|In\w+|Days|Hours|Duration)|\w*ExpirationDays|eventExpiryDuration"),
    _lasts,
    "deletes what is older",
    (IRREVERSIBLE,),
    but=re.compile(r"(?:[Mm]in|[Mm]ax|Performance|MemoryStore|warmTier)\w*|\w*(?:[Bb]ackup|[Ss]napshot)\w*"),
)
"""A time after which data goes. Whether it is shorter than the one before cannot be told."""

SHAPES: tuple[Shape, ...] = (
    Shape(
        re.compile(
            r"[Aa]ction|[Oo]p|[Oo]peration|[Oo]perationType|[Uu]pdateMode|[Oo]bjectAttributeActionType|[Cc]hangeAction|"
            r"[Aa]ctionType|[Aa]ttributeAction|AttributeActionType"
        ),
        _is_taking_word,
        "takes something away",
        deepest=_ANYWHERE,
    ),
    Shape(
        re.compile(r"\w*[Pp]rotect(?:ion|ed)\w*"),
        is_false,
        "takes protection away",
    ),
    Shape(
        re.compile(r"\w*[Pp]rotect(?:ion|ed)\w*"),
        _is_off,
        "takes protection away",
        deepest=_SHALLOW,
    ),
    Shape(re.compile(r"\w*[Ee]ncrypted"), is_false, "takes protection away"),
    Shape(re.compile(r"Block\w*Public\w*"), is_false, "no longer blocks what is public", (EXPOSURE,)),
    Shape(
        re.compile(r"(?:[Ii]s)?[Ee]nabled?|\w+Enabled|[Ee]nable[A-Z]\w*|(?:[Ii]s)?[Aa]ctive|[Aa]utoEnable"),
        is_false,
        "switches something off",
        but=_names(*_NO_LOSS),
    ),
    Shape(
        re.compile(r"(?:[Ii]s)?[Dd]isabled|[Dd]isable[A-Z]\w*|\w+(?:Suspended|Paused)|[Ss]uspended|[Pp]aused"),
        is_true,
        "switches something off",
        but=_names(*_PROTECTS_BY_DISABLING),
    ),
    Shape(re.compile(r"[Dd]isable[A-Z]\w*"), _is_list, "switches something off"),
    Shape(re.compile(r"\w+"), _is_emptied, "is replaced by nothing", deepest=1, but=_NOT_REPLACED),
    Shape(re.compile(r"[Ff]orce(?:Delete)?"), is_true, "goes on where the service would refuse"),
    Shape(
        re.compile(r"\w*(?:Status|State)|status|state"),
        _is_off,
        "takes something out of use",
        (AVAILABILITY,),
        deepest=_SHALLOW,
    ),
    Shape(re.compile(r"\w+Mode"), _is_mode_off, "switches something off"),
    Shape(
        re.compile(
            r"\w+To(?:Remove|Delete|Terminate|Disable|Revoke|Disassociate|Detach)|"
            r"(?:[Rr]emove|[Dd]elete|[Rr]evoke|[Dd]isassociate)(?:[A-Z]\w*)?|Deletes|Removals|\w*Deletions"
        ),
        is_given,
        "takes something away",
        deepest=_SHALLOW,
        but=_NOT_TAKEN,
    ),
    RETENTION,
    Shape(
        re.compile(
            r"[Dd]esired(?:Capacity|Count|Instances|Size|InstanceCount)|[Mm]ax(?:Size|Capacity)|"
            r"[Tt]arget(?:OnDemand|Spot|Total)?Capacity|[Nn]umberOf(?:Nodes|BrokerNodes)|NumCacheNodes|"
            r"DBInstanceClass|CacheNodeType|NodeType|ReplicationInstanceClass|InstanceType|instanceType|"
            r"AllocatedStorage|Iops|StorageCapacity|ReadCapacityUnits|WriteCapacityUnits"
        ),
        _is_some,
        "sets a size that is billed",
        (COST,),
        level=None,
        deepest=_SHALLOW,
    ),
)
"""In order: the first that fits a member is told."""


def _in_pairs(parameters: Mapping[str, Any]) -> Iterator[Finding]:
    """Switches whose names are values: attributes with a key, settings with a name, patches with a path."""
    for parameter, value in parameters.items():
        if _NOT_TAKEN.fullmatch(parameter):
            continue
        for pair in value if isinstance(value, list) else ():
            match pair:
                case {"op": "replace" | "add", "path": str(path), "value": switch}:
                    yield from _switched(path.rpartition("/")[2], switch)
                case {"Key": str(name), "Value": switch} | {"name": str(name), "value": switch}:
                    yield from _switched(name, switch)
                case _:
                    pass


def _switched(name: str, switch: Any) -> Iterator[Finding]:
    """A dotted name counts by its last word, as in `deletion_protection.enabled`."""
    shape = fitting(name.rpartition(".")[2], switch, 1)
    if (shape is not None and shape.level is DESTRUCTIVE) or _is_mode_off(switch):
        yield Finding(f"`{name}{shown(switch)}` switches something off", DESTRUCTIVE)
