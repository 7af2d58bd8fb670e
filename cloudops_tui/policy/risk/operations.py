"""The level of an operation by itself: two keys for a read, and every sign of something taken away."""

from __future__ import annotations

from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.policy.risk.sql import Statement
from cloudops_tui.policy.risk.subject import Finding, Subject
from cloudops_tui.policy.risk.traps import ACTS, LEVELS, READS
from cloudops_tui.policy.risk.verbs import hands_out, only_untags, reading_verb, taking_verb

READ_LEVELS = frozenset({"Read", "List"})
PARTIQL = frozenset({"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"})


def level_of(subject: Subject, said: list[Statement]) -> Finding:
    """The level with its reason; `said` holds the statements of SQL that the command carries."""
    service, operation = subject.key
    name = subject.name
    if subject.is_waiter:
        return _polls(subject)
    if only_untags(operation) and (subject.access is None or "Tagging" in subject.access or operation[:5] == "Untag"):
        return Finding(f"{name} only removes tags", RiskLevel.MODIFY)
    if subject.key in LEVELS:
        level, why = LEVELS[subject.key]
        return Finding(f"{name} {why}", level)
    if subject.http_method == "DELETE":
        return Finding(f"{name} is an HTTP DELETE", RiskLevel.DESTRUCTIVE)
    if service == "dynamodb" and operation in PARTIQL and said and all(one.only_selects for one in said):
        return Finding(f"{name} carries nothing but SELECT", RiskLevel.READ_ONLY)
    reads = _reads(subject)
    if reads is not None and all(one.only_asks for one in said):
        return reads
    if reads is not None:
        return Finding(f"{name} carries a statement that is not a SELECT", RiskLevel.MODIFY)
    taking = taking_verb(operation)
    if taking is not None:
        verb, does = taking
        return Finding(f"{name}: `{verb}` {does}", RiskLevel.DESTRUCTIVE)
    return _writes(subject)


def _polls(subject: Subject) -> Finding:
    if subject.access is None or not subject.access <= READ_LEVELS:
        reason = f"a waiter polls {subject.operation}, and {subject.access_gap or 'IAM calls that a write'}"
        return Finding(reason, RiskLevel.MODIFY, (RiskFlag.UNKNOWN,) if subject.access is None else ())
    return Finding(f"a waiter only polls {subject.operation}", RiskLevel.READ_ONLY)


def _reads(subject: Subject) -> Finding | None:
    """Both keys: IAM calls every action behind it a read, and so does the name, the model, or a person."""
    if subject.access is None or not subject.access <= READ_LEVELS or subject.key in ACTS:
        return None
    _, operation = subject.key
    if hands_out(operation):
        return None
    verb = reading_verb(operation)
    if verb is not None:
        return Finding(f"{subject.name}: `{verb}` only reads, and IAM says so too", RiskLevel.READ_ONLY)
    if subject.read_only and taking_verb(operation) is None:
        return Finding(f"{subject.name} only reads: its model and IAM say so", RiskLevel.READ_ONLY)
    if operation in READS.get(subject.service or "", "").split():
        return Finding(f"{subject.name} only answers or computes, and IAM calls it a read", RiskLevel.READ_ONLY)
    return None


def _writes(subject: Subject) -> Finding:
    name = subject.name
    if subject.access is None:
        gap = subject.access_gap or "IAM's levels of it are not known"
        return Finding(f"{name} is taken for a write: {gap}", RiskLevel.MODIFY, (RiskFlag.UNKNOWN,))
    if subject.key in ACTS:
        return Finding(f"{name} sounds like a read, but {ACTS[subject.key]}", RiskLevel.MODIFY)
    if hands_out(subject.operation or ""):
        return Finding(f"{name} sounds like a read, but it mints what it answers", RiskLevel.MODIFY)
    if subject.access <= READ_LEVELS:
        return Finding(f"{name} is a read to IAM, but nothing else says so", RiskLevel.MODIFY)
    levels = ", ".join(sorted(subject.access - READ_LEVELS))
    if reading_verb(subject.operation or "") is not None:
        return Finding(f"{name} sounds like a read, but IAM calls it {levels}", RiskLevel.MODIFY)
    return Finding(f"{name} changes something (IAM: {levels})", RiskLevel.MODIFY)
