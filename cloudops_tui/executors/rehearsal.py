"""What a dry run came to: allowed, refused, listed, or not rehearsable and why."""

from __future__ import annotations

from collections import Counter

from cloudops_tui.model.result import DryRunOutput
from cloudops_tui.policy.safe_text import safe_line

REHEARSAL_PATIENCE = 5.0  # seconds until a question counts as not answered (CONTRACT.md 2)
MOST_LISTED = 200  # changes that are listed; the rest is counted

ALLOWED = "Allowed by a dry run: "
REFUSED = "Refused by a dry run: "
LISTED = "Would "
NOT_REHEARSABLE = "Not rehearsable: permission and effect unknown"


def allowed_by_dry_run(code: str | None) -> DryRunOutput:
    """The service itself said that it would have done it."""
    answer = f"the service answered `{code}`" if code else "the service did not refuse"
    return DryRunOutput(
        description=f"{ALLOWED}{answer}",
        warnings=("A dry run checks permission, not capacity, quotas or dependencies",),
        natively=True,
    )


def refused_by_dry_run(error: str) -> DryRunOutput:
    """The service or the tool said no: not allowed, absent, malformed."""
    return DryRunOutput(description=f"{REFUSED}{error}", refused=True, natively=True)


def not_rehearsable(call: str) -> DryRunOutput:
    """Nobody can be asked."""
    return DryRunOutput(description=NOT_REHEARSABLE, warnings=(f"Only its form was checked: {call}",))


def unanswered(reason: str) -> DryRunOutput:
    """Nobody said yes or no."""
    return DryRunOutput(description=f"Not rehearsable: {reason}")


def listed_by_dryrun(stdout: str) -> DryRunOutput:
    """What `aws s3 ... --dryrun` would do, one change a line: `(dryrun) delete: s3://bucket/key`."""
    prefix = "(dryrun) "
    changes = [safe_line(line.removeprefix(prefix)) for line in stdout.splitlines() if line.startswith(prefix)]
    counts = Counter(change.partition(":")[0] for change in changes)
    spoken = ", ".join(f"{verb} {count} {_things(count)}" for verb, count in sorted(counts.items()))
    more = len(changes) - MOST_LISTED
    return DryRunOutput(
        description=f"{LISTED}{spoken}" if changes else f"{LISTED}change nothing",
        changes=(*changes[:MOST_LISTED], *((f"and {more} more",) if more > 0 else ())),
        natively=True,
    )


def _things(count: int) -> str:
    return "object" if count == 1 else "objects"
