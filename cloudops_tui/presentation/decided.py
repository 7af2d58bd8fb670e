"""A decision as it is remembered: of whom, when, why, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import assert_never

from cloudops_tui.model.approval import ApprovalMetadata, Approve, ModifyAndApprove, Operator, Reject
from cloudops_tui.policy.safe_text import safe_line, safe_text
from cloudops_tui.presentation.wording import counted


def facts(decided: ApprovalMetadata) -> Iterator[tuple[str, str]]:
    """Labels and words, safe to show; a fact that is not known has no words."""
    yield "when", moment(decided.approved_at)
    yield "decision", _decision(decided)
    yield "who", who(decided.operator) if decided.operator else ""
    yield "acting as", safe_line(", ".join(decided.operator.principals)) if decided.operator else ""
    yield "digest", safe_line(decided.digest or "")
    yield "notes", safe_text(decided.notes or "")
    yield "override", safe_text(decided.override or "")
    known = len(decided.acknowledged or ())
    yield "no way back", f"acknowledged for {counted(known, 'command')} that nothing undoes" if known else ""
    yield "valid until", moment(decided.expires_at) if decided.expires_at else ""
    yield "original", safe_line(decided.original_digest or "")


def who(operator: Operator) -> str:
    """`uid 1000, logged in as uid 1001, by ssh from 192.0.2.7`; what anybody can set is called a hint."""
    parts = [f"uid {operator.uid}"]
    if operator.login_uid is not None:
        parts.append(f"logged in as uid {operator.login_uid}")
    if operator.sudo_user:
        parts.append(f"by sudo from `{safe_line(operator.sudo_user)}` (a hint)")
    if operator.ssh_connection:
        parts.append(f"by ssh from {safe_line(operator.ssh_connection)}")
    return ", ".join(parts)


def difference(decided: ApprovalMetadata) -> list[tuple[str, str]]:
    """The lines of what was changed before it was approved, each with the style of its kind."""
    styles = {"+": "added", "-": "removed", "@": "faint"}
    lines = decided.difference.split("\n") if decided.difference else []
    return [(styles.get(one[:1], "quiet"), safe_line(one)) for one in lines]


def moment(at: datetime) -> str:
    """`2026-03-04 12:05:10 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _decision(decided: ApprovalMetadata) -> str:
    match decided.decision:
        case Approve():
            return "approved after it was changed here" if decided.difference is not None else "approved as it was"
        case Reject(reason=reason):
            return f"rejected: {safe_line(reason)}"
        case ModifyAndApprove():
            return "approved with changes; the plan here is the changed one"
        case _:
            assert_never(decided.decision)
