"""Which answers hold secrets, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cloudops_tui.model.catalogue import MemberShape, ParameterPath, ServiceCatalogue, ValueShape
from cloudops_tui.model.risk import RiskFlag
from cloudops_tui.policy import secret_names
from cloudops_tui.policy.cli_grammar import ParsedCli
from cloudops_tui.policy.risk.commands import COMMANDS
from cloudops_tui.policy.risk.flagged import answers_secrets
from cloudops_tui.policy.secrets import is_secret_member


def gives_out_secrets(service: str | None, operation: str | None, parameters: Mapping[str, Any]) -> bool:
    """The operation is there to hand out a secret: nothing of its answer is kept. So it is with all that carry the risk
    flag, unless it is known in which members the secrets are."""
    if service is None or operation is None:
        return False
    if answers_secrets(service, operation) and not _is_kept(service, operation):
        return True
    asked = secret_names.GIVES_OUT_ON_REQUEST.get((service, operation))
    return asked is not None and parameters.get(asked, False) is not False


def _is_kept(service: str, operation: str) -> bool:
    among = secret_names.KEPT_BUT_FOR_SECRETS.get(service, frozenset())
    return operation in among or (service, operation) in secret_names.NO_SECRET_IN_IT


def command_gives_out_secrets(read: ParsedCli) -> bool:
    """As `gives_out_secrets`, of a command line."""
    shape = read.shape
    if any(read.path[: len(words)] == words for words in secret_names.COMMANDS_THAT_GIVE_OUT):
        return True
    if (command := COMMANDS.get(read.path)) is not None and RiskFlag.SECRET in command.flags:
        return True
    if shape.is_waiter:
        return False
    members = {
        one.member: one.sets if given is True else True
        for name, given in read.options.items()
        if (one := shape.options.get(name)) is not None and one.member is not None
    }
    from_json = "--cli-input-json" in read.options
    asked = secret_names.GIVES_OUT_ON_REQUEST.get((shape.service or "", shape.operation or ""))
    if from_json and asked is not None:
        return True  # it may stand in there
    return gives_out_secrets(shape.service, shape.operation, members)


def is_secret_answer(service: str, operation: str, path: ParameterPath) -> bool:
    """The value at `path` of the operation's answer is a secret, whether or not it has the `sensitive` trait."""
    steps = [step for step in path if isinstance(step, str)]
    if not steps:
        return False
    if (service, operation, steps[-1]) in secret_names.ALSO_IN_ANSWERS:
        return True
    return is_secret_member(service, "", path, {"Type": "String"})


def is_clear_text(service: str, name: str, beside: Mapping[str, Any]) -> bool:
    """The member has the `sensitive` trait, and what stands beside it says that it is none."""
    known = secret_names.CLEAR_TEXT.get((service, name))
    return known is not None and beside.get(known[0]) in known[1]


@dataclass(frozen=True)
class HiddenMembers:
    """What of an operation's answer is not for everyone's eyes."""

    secret: frozenset[str]
    """Names of members that are secrets."""
    sensitive: frozenset[str]
    """Names of those that only have the `sensitive` trait; what it covers is mostly no secret."""
    masked: bool
    """The service does not say the secrets."""
    open: bool = False
    """People choose names in there, and a name tells whether what stands behind it is a secret."""
    flagged: bool = False
    """It is known that a secret stands in there, be it in what only has the trait."""

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(sorted(self.secret | self.sensitive))

    @property
    def has_secrets(self) -> bool:
        """A secret stands in there in the clear, though the operation is not there to hand one out."""
        return (bool(self.secret) and not self.masked) or (self.flagged and (bool(self.sensitive) or self.open))


def hidden_members(service: str, operation: str, catalogue: ServiceCatalogue) -> HiddenMembers:
    """By the model and the list; takes a few milliseconds for a large answer."""
    shape = catalogue.operation(service, operation)
    secret: set[str] = set()
    sensitive: set[str] = set()
    seen: set[str] = set()
    has_names = False
    stack: list[tuple[str, ParameterPath]] = []
    if shape is not None and shape.output_shape is not None:
        stack.append((shape.output_shape, ()))
    while stack:
        name, path = stack.pop()
        value = catalogue.shape(service, name) if name not in seen else None
        seen.add(name)
        if value is None:
            continue
        has_names = has_names or (_has_names(value) and not secret_names.NO_SECRETS_BELOW.intersection(map(str, path)))
        for member in (*value.members.values(), *filter(None, (value.element,))):
            here = (*path, member.name) if member.name else path
            if member.name and is_secret_text(service, operation, here, member):
                secret.add(member.name)
            elif member.sensitive and here:
                sensitive.add(str(here[-1]))
            stack.append((member.shape, here))
    masked, flagged = service in secret_names.MASKED, answers_secrets(service, operation)
    return HiddenMembers(frozenset(secret), frozenset(sensitive), masked, has_names, flagged)


def _has_names(shape: ValueShape) -> bool:
    """A map, or a structure of which one member names what another holds."""
    return shape.type == "map" or any(
        name in shape.members and held in shape.members for name, held in secret_names.PAIRS
    )


def is_secret_text(service: str, operation: str, path: ParameterPath, member: MemberShape) -> bool:
    """As `is_secret_answer`, for what can hold a secret: no numbers, no switches, no words of a fixed list."""
    return member.type in ("string", "blob") and not member.enum and is_secret_answer(service, operation, path)


def without_clear_text(service: str, names: Iterable[str]) -> tuple[str, ...]:
    """Those of `names` that nothing beside them could make clear text: a stream of text does not tell."""
    return tuple(name for name in names if (service, name) not in secret_names.CLEAR_TEXT)
