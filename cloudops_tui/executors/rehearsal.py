"""What a rehearsal came to: permission asked, state read, effects listed, or nobody to ask and why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from cloudops_tui.executors.aws_failures import DRY_RUN_ALLOWED, Failure
from cloudops_tui.model.result import DryRunNo, DryRunOutput, DryRunRung
from cloudops_tui.policy.before.reading import Picture
from cloudops_tui.policy.native_dry_runs import UNKNOWN
from cloudops_tui.policy.safe_text import safe_line

REHEARSAL_PATIENCE = 5.0  # seconds until a question counts as not answered (CONTRACT.md 2)
CLIENT_WITHIN = 10.0  # seconds until a client and its credentials are there, on a busy machine
MOST_LISTED = 200  # changes that are listed; the rest is counted

ALLOWED = "Allowed by a dry run: "
REFUSED = "Refused by a dry run: "
READ = "Read as it is now"
PERMISSION_ONLY = "A dry run checks permission, not capacity, quotas or dependencies"

NOT_AS_DOCUMENTED = (
    "AWS answers this dry run with `DryRunOperation`; what answers here does not, and may have done what it was asked"
)
ANSWERS_WITH_AN_ERROR = frozenset({"ec2", "kms"})
"""Services that answer an allowed dry run with an error, always (EC2 and KMS API references)."""

_ABSENT_CODES = ("NotFound", "NoSuch", "DoesNotExist", "NonExistent")
"""What codes hold that say that there is no such thing, such as `InvalidInstanceID.NotFound`."""


@dataclass(frozen=True)
class Permission:
    """What a dry run of the service itself said."""

    allowed: bool | None
    """None: nobody answered."""
    text: str
    no: DryRunNo | None = None
    told: tuple[str, ...] = ()
    """What the answer says would happen."""
    whole: bool = False
    """The service looked at the whole request, not at permission alone."""
    doubtful: bool = False
    """The service should have answered with an error, and did not."""


@dataclass(frozen=True)
class State:
    """What reads before the write said."""

    picture: Picture = field(default_factory=Picture)
    native: bool = False
    """It is the service's own list of what it would do."""

    @property
    def was_read(self) -> bool:
        """Something is known of what is there."""
        picture = self.picture
        return bool(picture.found or picture.changes or picture.nos)


def answered(
    failure: Failure | None, told: Sequence[str] = (), *, service: str = "", whole: bool = False
) -> Permission:
    """What the end of a call with its dry-run member set means; None: the service did not refuse."""
    if failure is None:
        doubtful = service in ANSWERS_WITH_AN_ERROR
        return Permission(True, "the service did not refuse", told=tuple(told), whole=whole, doubtful=doubtful)
    if failure.error_code in DRY_RUN_ALLOWED:
        return Permission(True, f"the service answered `{failure.error_code}`", whole=whole)
    if failure.is_no_answer:
        return Permission(None, failure.error)
    gone = any(one in (failure.error_code or "") for one in _ABSENT_CODES)
    return Permission(False, failure.error, DryRunNo.ABSENT if gone else DryRunNo.REFUSED)


def no_answer(seconds: float) -> Permission:
    """Nobody said yes or no in time."""
    return Permission(None, f"no answer within {seconds:.0f} s")


def outcome(
    permission: Permission | None,
    state: State | None,
    *,
    warnings: Sequence[str] = (),
    why_not: str = UNKNOWN,
    itself: bool = False,
) -> DryRunOutput:
    """Everything that was learned of one command. `why_not`: what is said where there was nobody to ask.

    `itself`: the command is a dry run already, and running it changes nothing either.
    """
    picture = state.picture if state else Picture()
    description = _description(permission, state, why_not)
    return DryRunOutput(
        description=safe_line(f"The command is itself a dry run. {description}" if itself else description),
        changes=_bounded((*(permission.told if permission else ()), *picture.changes)),
        warnings=_bounded((*_of_permission(permission), *warnings, *picture.warnings)),
        refused=_refused(permission, picture) or None,
        natively=_natively(permission, state) or None,
        rung=_rung(permission, state),
        no=_no(permission, picture),
        found=_bounded(picture.found) or None,
        details=_details(permission, state) or None,
        before_state=_digest(picture) if state is not None and state.was_read else None,
    )


def not_rehearsable(why: str, warnings: Sequence[str] = ()) -> DryRunOutput:
    """Nobody can be asked."""
    return DryRunOutput(description=f"Not rehearsable: {why}", warnings=tuple(warnings))


def _description(permission: Permission | None, state: State | None, why_not: str) -> str:
    picture = state.picture if state else Picture()
    if permission is not None and permission.allowed is False:
        return f"{REFUSED}{permission.text}"
    if picture.nos:
        first, *others = picture.nos
        more = f" (and {len(others)} more)" if others else ""
        return f"{first.text[:1].upper()}{first.text[1:]}{more}"
    allowed = permission is not None and permission.allowed
    if state is not None and state.was_read:
        return _of_state(state, permission)
    if allowed and permission is not None:
        return f"{ALLOWED}{permission.text}"
    if permission is not None:
        return f"Not rehearsable: {permission.text}"
    if picture.unread:
        return f"Not rehearsable: {UNKNOWN}: {picture.unread[0]}"
    return f"Not rehearsable: {why_not}"


def _of_state(state: State, permission: Permission | None) -> str:
    read = "Listed by the service itself" if state.native else READ
    if permission is None:
        return f"{read}; permission unknown"
    if permission.allowed:
        return f"{read}, and allowed by a dry run: {permission.text}"
    return f"{read}; permission unknown: {permission.text}"


def _of_permission(permission: Permission | None) -> tuple[str, ...]:
    if permission is None or not permission.allowed:
        return ()
    return (*((NOT_AS_DOCUMENTED,) if permission.doubtful else ()), *(() if permission.whole else (PERMISSION_ONLY,)))


def _refused(permission: Permission | None, picture: Picture) -> bool:
    return (permission is not None and permission.allowed is False) or bool(picture.nos)


def _natively(permission: Permission | None, state: State | None) -> bool:
    asked = permission is not None and permission.allowed is not None
    return asked or (state is not None and state.native and state.was_read)


def _rung(permission: Permission | None, state: State | None) -> DryRunRung | None:
    allowed = permission is not None and permission.allowed is True
    if (state is not None and state.native and state.was_read) or (allowed and permission and permission.told):
        return DryRunRung.NATIVE
    if state is not None and state.was_read:
        return DryRunRung.STATE
    return DryRunRung.AUTHORISED if allowed else None


def _no(permission: Permission | None, picture: Picture) -> DryRunNo | None:
    """The hardest reason: a refusal stands whatever else the plan does, a thing may yet come or change."""
    reasons = [one.why for one in picture.nos]
    if permission is not None and permission.no is not None:
        reasons.append(permission.no)
    order = (DryRunNo.REFUSED, DryRunNo.DIFFERENT, DryRunNo.ABSENT)
    return next((one for one in order if one in reasons), None)


def _details(permission: Permission | None, state: State | None) -> tuple[str, ...]:
    """What each rung said, where there is more to say than the description does."""
    picture = state.picture if state else Picture()
    said = [f"not read: {one}" for one in picture.unread]
    if len(picture.nos) > 1 or (picture.nos and permission is not None and permission.allowed is False):
        said += [one.text for one in picture.nos]
    if permission is not None and permission.allowed is not False and picture.nos:
        verdict = "allowed" if permission.allowed else "not answered"
        said.append(f"dry run: {verdict}, {permission.text}")
    return _bounded(said)


def _bounded(lines: Sequence[str]) -> tuple[str, ...]:
    lines = list(dict.fromkeys(lines))
    more = len(lines) - MOST_LISTED
    kept = tuple(safe_line(line) for line in lines[:MOST_LISTED])
    return (*kept, f"and {more:,} more") if more > 0 else kept


def _digest(picture: Picture) -> str:
    told = {"found": picture.found, "changes": picture.changes, "no": [one.text for one in picture.nos]}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode(errors="backslashreplace")).hexdigest()
