"""In which account, as whom, and through which endpoint."""

from __future__ import annotations

from collections.abc import Sequence

from cloudops_tui.model.command import Command
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.lines import Line, Span, joined, line, marked


def identity(known: ProfileIdentity) -> Line:
    """`[PROD] 123456789012 eu-west-1 as role/operator profile prod`, and what is not as usual there."""
    name = (
        Span(f"[{safe_line(known.account_name).upper()}]", "danger" if known.protected else "strong")
        if known.account_name
        else ""
    )
    account = Span(known.account, "strong") if known.account else Span("account unknown", "failed")
    who = f"as {safe_line(known.principal)}" if known.principal else ""
    shown = (*joined((name, account, safe_line(known.region), who), by=" "), Span(" "), *profile(known.profile))
    if known.reason:
        shown += line(Span(f"  {safe_line(known.reason)}", "caution"))
    if known.endpoint:
        shown += line(Span(f"  endpoint {safe_line(known.endpoint)}", "caution"))
    for service, endpoint in known.service_endpoints.items():
        shown += line(Span(f"  {safe_line(service)} endpoint {safe_line(endpoint)}", "caution"))
    return shown


def profile(name: str) -> Line:
    """A name that the plan chose: a letter that only looks like another stands out."""
    return (Span("profile ", "quiet"), *(Span(span.text, span.style or "quiet") for span in marked(name)))


def expected(account: str, identities: Sequence[ProfileIdentity]) -> Line:
    """What the plan demands, and whether it is so."""
    others = {one.account for one in identities if one.account} - {account}
    shown = line(f"account {safe_line(account)}")
    return (*shown, Span("  and this is another one", "failed")) if others else shown


def where(its: Command, identities: Sequence[ProfileIdentity]) -> Line:
    """Of one command."""
    for one in identities:
        if (one.profile, one.region) == (its.profile, its.region):
            return identity(one)
    return line(f"{safe_line(its.region)} ", *profile(its.profile))
