"""How dangerous a command is, and why we say so."""

from __future__ import annotations

from cloudops_tui.model.wire import Wire, WireEnum


class RiskLevel(WireEnum):
    """What a command may do to the world; ordered `READ_ONLY < MODIFY < DESTRUCTIVE`."""

    READ_ONLY = "ReadOnly"
    """Changes nothing in AWS or on this machine."""
    MODIFY = "Modify"
    """Creates or changes; nothing is lost and nothing that runs is cut off."""
    DESTRUCTIVE = "Destructive"
    """Deletes, overwrites, or takes capacity, access or protection away."""

    @property
    def rank(self) -> int:
        """0 for the mildest; for sorting and comparing."""
        return _RANKS[self.value]

    def __lt__(self, other: object) -> bool:
        return self.rank < other.rank if isinstance(other, RiskLevel) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self.rank <= other.rank if isinstance(other, RiskLevel) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self.rank > other.rank if isinstance(other, RiskLevel) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self.rank >= other.rank if isinstance(other, RiskLevel) else NotImplemented


_RANKS = {"ReadOnly": 0, "Modify": 1, "Destructive": 2}


class RiskFlag(WireEnum):
    """What an operator wants to know beside the level. Written in small letters, as the names of the field are."""

    SECRET = "secret"
    PRIVILEGE = "privilege"
    EXPOSURE = "exposure"
    EXEC = "exec"
    COST = "cost"
    IRREVERSIBLE = "irreversible"
    AVAILABILITY = "availability"
    LOCAL_READ = "local_read"
    LOCAL_WRITE = "local_write"
    NETWORK = "network"
    INTERACTIVE = "interactive"
    UNKNOWN = "unknown"


CLAIMED = "the plan claims "
"""What a reason begins with that is about what the plan says of itself."""


class BlastRadius(Wire):
    """How much a command, or a plan, may touch, as far as its words say."""

    resources: int = 0
    """Resources that are named."""
    unbounded: tuple[str, ...] = ()
    """Why nobody can count them: a wildcard, `--recursive`, a tag filter; in words."""


class RiskAssessment(Wire):
    """Our verdict on one command: the level we found, the level that counts, and the reasons in words."""

    level: RiskLevel
    """The worse of what we found and what the plan claims."""
    assessed: RiskLevel
    """What we found."""
    claimed: RiskLevel
    """What the plan says; it can only raise the level."""
    flags: tuple[RiskFlag, ...] = ()
    reasons: tuple[str, ...] = ()
    radius: BlastRadius = BlastRadius()
