"""From a subject to a verdict: every finding together, and the worse of it and of what the plan claims."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cloudops_tui.model.risk import CLAIMED, BlastRadius, RiskAssessment, RiskFlag, RiskLevel
from cloudops_tui.policy.risk.commands import OUTFILES, found_in_command
from cloudops_tui.policy.risk.flagged import flags_of
from cloudops_tui.policy.risk.members import is_true
from cloudops_tui.policy.risk.operations import level_of
from cloudops_tui.policy.risk.parameters import found_in, secrets_asked_for, statements_in
from cloudops_tui.policy.risk.radius import radius_of
from cloudops_tui.policy.risk.sql import Statement
from cloudops_tui.policy.risk.subject import Finding, Subject

TABLE_VERSION = "rules/6"
"""Version of the rules in this package; part of every approval digest. It grows with every change of a verdict."""

LOCAL_BODIES = {
    ("cloudsearchdomain", "UploadDocuments"): "--documents",
    ("glacier", "UploadArchive"): "--body",
    ("glacier", "UploadMultipartPart"): "--body",
    ("mediastore-data", "PutObject"): "--body",
    ("s3", "PutObject"): "--body",
    ("s3", "UploadPart"): "--body",
}
"""Options that awscli takes for the path of a file to send, though nothing in the word says so."""

_FLAG_ORDER = {flag: place for place, flag in enumerate(RiskFlag)}


def assess(subject: Subject, claimed: RiskLevel) -> RiskAssessment:
    """Judge one command. Unknown things never get milder than Modify."""
    said = statements_in(subject)
    findings = [*_findings(subject, said), *_files(subject)]
    found = worst(one.level for one in findings if one.level is not None)
    flags = {flag for one in findings for flag in one.flags}
    return RiskAssessment(
        level=max(found, claimed),
        assessed=found,
        claimed=claimed,
        flags=tuple(sorted(flags, key=_FLAG_ORDER.__getitem__)),
        reasons=tuple(filter(None, (*_in_words(findings), about_the_claim(claimed, found)))),
        radius=_radius(subject, said, found),
    )


def about_the_claim(claimed: RiskLevel, found: RiskLevel) -> str | None:
    """What there is to say where a plan says otherwise than we find."""
    if claimed > found:
        return f"{CLAIMED}{claimed.value}, which counts"
    return f"{CLAIMED}only {claimed.value}" if claimed < found else None


def worst(levels: Iterable[RiskLevel]) -> RiskLevel:
    """The worst level; ReadOnly for none."""
    return max(levels, default=RiskLevel.READ_ONLY)


def _findings(subject: Subject, said: list[Statement]) -> Iterator[Finding]:
    rehearsed = _nothing_happens(subject)
    if rehearsed is not None:
        yield rehearsed
    elif subject.operation is None:
        yield from found_in_command(subject)
    else:
        verdict = level_of(subject, said)
        yield verdict
        if not subject.is_waiter:
            yield from secrets_asked_for(subject)
            yield from flags_of(subject, verdict.level or RiskLevel.MODIFY)
        if verdict.level is not RiskLevel.READ_ONLY:
            yield from found_in(subject, said)


def _nothing_happens(subject: Subject) -> Finding | None:
    """The command asks for no more than an answer to `what if`."""
    if "--generate-cli-skeleton" in subject.options:
        return Finding("`--generate-cli-skeleton` sends no request", RiskLevel.READ_ONLY)
    member = subject.dry_run_member
    if member is not None and is_true(subject.parameters.get(member)):
        return Finding(f"`{member}` asks {subject.service} only whether it would do it", RiskLevel.READ_ONLY)
    return None


def _files(subject: Subject) -> Iterator[Finding]:
    if subject.writes_file or any(name in subject.options for name in OUTFILES):
        reason = "it writes, or overwrites, a file on this machine"
        yield Finding(reason, RiskLevel.MODIFY, (RiskFlag.LOCAL_WRITE,))
    if LOCAL_BODIES.get(subject.key) in subject.options:
        yield Finding("it reads a file of this machine", flags=(RiskFlag.LOCAL_READ,))


def _radius(subject: Subject, said: list[Statement], found: RiskLevel) -> BlastRadius:
    return radius_of(subject, said) if found is not RiskLevel.READ_ONLY else BlastRadius()


def _in_words(findings: list[Finding]) -> Iterator[str]:
    """Each reason once, those for the worst level first."""
    ranked = sorted(findings, key=lambda one: -1 if one.level is None else one.level.rank, reverse=True)
    yield from dict.fromkeys(one.reason for one in ranked)
