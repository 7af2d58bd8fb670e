"""What a modification changed, line by line."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence

from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.queue import QueueEntry, Revision

CONTEXT = 3  # lines around each change


def difference(before: ExecutionPlan, after: ExecutionPlan) -> str:
    """A unified diff of both plans' JSON without its head; empty where they say the same."""
    lines = difflib.unified_diff(_written(before), _written(after), lineterm="", n=CONTEXT)
    return "\n".join(list(lines)[2:])


def original_of(entry: QueueEntry, earlier: Sequence[Revision]) -> Revision | None:
    """The revision that whoever sent the plan last handed in, where a person has changed it since."""
    if entry.edited_by is None:
        return None
    return next((one for one in reversed(earlier) if one.edited_by is None), None)


def _written(plan: ExecutionPlan) -> list[str]:
    return json.dumps(plan.model_dump(mode="json"), indent=2, ensure_ascii=False).split("\n")
