"""What needs a decision, and what has to be typed for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cloudops_tui.model.config import ApprovalConfig
from cloudops_tui.model.review import Confirmation, Review
from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.model.target import ProfileIdentity

CONFIRMED_LIKE_DESTRUCTIVE = frozenset({RiskFlag.EXEC, RiskFlag.UNKNOWN})
"""Their effect is not bounded by what the command says."""


def requires_approval(level: RiskLevel, config: ApprovalConfig) -> bool:
    """A plan of this effective level needs a person's decision."""
    match level:
        case RiskLevel.READ_ONLY:
            return not config.auto_approve_readonly
        case RiskLevel.MODIFY:
            return config.require_approval_modify
        case RiskLevel.DESTRUCTIVE:
            return config.require_approval_destructive


def weight(review: Review) -> RiskLevel:
    """The level as far as decisions go: what is confirmed like Destructive is decided like it, too."""
    return RiskLevel.DESTRUCTIVE if review.confirmation.needed else review.level


def is_dangerous(level: RiskLevel, flags: Collection[RiskFlag], identities: Sequence[ProfileIdentity]) -> bool:
    """The decision has to be confirmed by typing."""
    writes = level is not RiskLevel.READ_ONLY
    return (
        level is RiskLevel.DESTRUCTIVE
        or bool(CONFIRMED_LIKE_DESTRUCTIVE & set(flags))
        or (writes and any(one.protected for one in identities))
    )


def confirmation(
    level: RiskLevel, flags: Collection[RiskFlag], identities: Sequence[ProfileIdentity], digest: str
) -> Confirmation:
    """What to type: the account's name or id; where it is not known, the first six characters of the digest.

    With several accounts, all of them in ascending order of their ids, with spaces between; by their names only where
    each has one.
    """
    if not is_dangerous(level, flags, identities):
        return Confirmation()
    accounts = sorted({one.account for one in identities if one.account})
    if not accounts or any(one.account is None for one in identities):
        return Confirmation((digest[:6],), f"Type the first six characters of the digest, `{digest[:6]}`")
    if len(accounts) > 1:
        named = {one.account: one.account_name for one in identities}
        names = [name for account in accounts if (name := named[account])]
        together = (*((" ".join(names),) if len(names) == len(accounts) else ()), " ".join(accounts))
        return Confirmation(together, f"Type the accounts that it touches, {_either(together)}")
    [account] = accounts
    spellings = (*sorted({one.account_name for one in identities if one.account_name}), account)
    return Confirmation(spellings, f"Type the account, {_either(spellings)}")


def _either(spellings: Sequence[str]) -> str:
    return " or ".join(f"`{one}`" for one in spellings)


def unacknowledged(review: Review, acknowledged: bool) -> str | None:
    """Why the decision is not whole: something destroys, nothing undoes it, and nobody has said that they know."""
    without = review.without_way_back
    if acknowledged or not without:
        return None
    lost = set(without)
    there = [(number, one) for number, one in review.numbered if one.command.id in lost]
    nothing = [number for number, one in there if not one.undoing.in_part]
    settings = [number for number, one in there if one.undoing.in_part]
    return "; ".join(
        [
            *([f"{_destroy(nothing)}, and nothing is known that would undo it"] if nothing else []),
            *([f"{_destroy(settings)}, and only the setting can be put back, not what goes by it"] if settings else []),
        ]
    )


def _destroy(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:5])) + (f" and {len(numbers) - 5} more" if len(numbers) > 5 else "")
    return f"Command {shown} destroys" if len(numbers) == 1 else f"Commands {shown} destroy"


def headless_refusal(
    level: RiskLevel,
    confirm: Confirmation,
    *,
    allowed: str,
    reason: str,
    typed: str,
) -> str | None:
    """Why a plan may not be approved without a screen; None when it may.

    `allowed` is the configuration's `[approval] headless`: `none`, `modify` or `all`.
    """
    if allowed not in ("modify", "all"):
        return "The configuration has `[approval] headless = \"none\"`; approve it in the terminal UI"
    dangerous = level is RiskLevel.DESTRUCTIVE or confirm.needed
    if allowed == "modify" and level is RiskLevel.DESTRUCTIVE:
        return 'A Destructive plan needs `[approval] headless = "all"`, or the terminal UI'
    if dangerous and not reason.strip():
        return "Say why with `--reason TEXT`"
    if dangerous and not confirm.given_by(typed):
        return f"Confirm with `--confirm ACCOUNT`: {confirm.prompt[0].lower()}{confirm.prompt[1:]}"
    return None
