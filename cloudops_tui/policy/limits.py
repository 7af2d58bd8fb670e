"""How far a plan may reach here, by the limits of `[safety]`."""

from __future__ import annotations

from collections.abc import Collection

from cloudops_tui.model.risk import BlastRadius
from cloudops_tui.model.settings import SafetySettings
from cloudops_tui.policy.safe_text import safe_line


def beyond_limits(
    radius: BlastRadius, accounts: Collection[str], regions: Collection[str], safety: SafetySettings
) -> str | None:
    """Which limit a plan exceeds, by how much, and what helps; None when it stays within all of them.

    `radius` is of the commands that write. An account that is not known counts by its profile.
    """
    counted = (
        (radius.resources, safety.max_resources, "resources that it writes to", "max_resources"),
        (len(accounts), safety.max_accounts, "accounts", "max_accounts"),
        (len(regions), safety.max_regions, "regions", "max_regions"),
    )
    for found, most, noun, name in counted:
        if most is not None and found > most:
            return (
                f"The plan names {found} {noun}, {found - most} more than `[safety] {name} = {most}` allows; "
                "split it, or raise the limit"
            )
    if radius.unbounded and not safety.allow_unbounded:
        reasons = "; ".join(safe_line(reason) for reason in radius.unbounded)
        return (
            f"Nobody can count what the plan writes to ({reasons}), and `[safety] allow_unbounded` is false; "
            "name each resource, or allow it"
        )
    return None
