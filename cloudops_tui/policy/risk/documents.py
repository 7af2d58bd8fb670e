"""Policies written as text: whom they let in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_LONGEST = 131_072  # characters; longer than any policy that AWS takes


def open_to_everyone(text: str) -> str:
    """Why a policy gives everybody access, in words; empty for any other text."""
    if not text.lstrip().startswith("{") or "Statement" not in text or len(text) > _LONGEST:
        return ""
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    for statement in _statements(policy):
        if statement.get("Effect") == "Allow" and "NotPrincipal" in statement:
            return "a policy lets everybody in but those whom it names (`NotPrincipal`)"
        if statement.get("Effect") == "Allow" and _is_everyone(statement.get("Principal")):
            condition = ", under a condition" if statement.get("Condition") else ""
            return f"a policy lets everybody in (`Principal = *`){condition}"
    return ""


def _statements(policy: Any) -> Iterator[dict[str, Any]]:
    held = policy.get("Statement") if isinstance(policy, dict) else None
    for one in held if isinstance(held, list) else [held]:
        if isinstance(one, dict):
            yield one


def _is_everyone(principal: Any) -> bool:
    match principal:
        case "*":
            return True
        case {"AWS": "*"}:
            return True
        case {"AWS": list(names)}:
            return "*" in names
        case _:
            return False
