"""What the interface remembers of its operator between two sessions, as a small file's text. Loads nothing heavy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

FILE = "ui.json"
"""Its name, in the state folder."""

LONGEST = 65_536  # characters; a file beyond that is none of ours


class NotOurs(ValueError):
    """The file says something that we did not write."""


@dataclass(frozen=True)
class Remembered:
    """Where somebody was when they left."""

    looked_at: datetime | None = None
    """When they looked last; None: never, as far as is known."""
    area: str = "queue"
    kept: Mapping[str, str] = field(default_factory=dict)
    """What the queue said of its place: filter, cursor."""


def read(text: str) -> Remembered:
    """What a file says; raises NotOurs."""
    if len(text) > LONGEST:
        raise NotOurs("it is too long")
    try:
        found = json.loads(text)
        looked, area, kept = found.get("looked_at"), found.get("area", "queue"), found.get("kept", {})
        at = datetime.fromisoformat(looked) if looked is not None else None
        texts = [area, *kept.keys(), *kept.values()]
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise NotOurs(str(error)) from error
    if not all(isinstance(one, str) for one in texts) or (at is not None and at.tzinfo is None):
        raise NotOurs("a field is of another kind")
    return Remembered(at, area, kept)


def write(remembered: Remembered) -> str:
    """The text of the file."""
    looked = remembered.looked_at.isoformat() if remembered.looked_at else None
    return json.dumps({"looked_at": looked, "area": remembered.area, "kept": dict(remembered.kept)}, indent=1) + "\n"
