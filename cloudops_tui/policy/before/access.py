"""Roles, policies, access keys, keys, secrets and parameters before they are written to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from cloudops_tui.policy.before.reading import (
    CHANGES,
    DELETES,
    Answer,
    Asked,
    BeforeRead,
    No,
    Picture,
    Read,
    Thing,
    absent,
    becomes,
    compared,
    different,
    gathered,
    needs_state,
    pictured,
    some_missing,
    writes,
)
from cloudops_tui.policy.before.values import at, counted, documents, each, mapping_at, same, shown, text_at, texts_at
from cloudops_tui.policy.safe_text import safe_line

_NO_ENTITY = ("NoSuchEntity",)

# ---------------------------------------------------------------- IAM: who holds policies

ROLE = Thing(
    "role",
    "iam.GetRole",
    "RoleName",
    "RoleName",
    at="Role",
    absent=_NO_ENTITY,
    facts=("=Arn", "last used=RoleLastUsed.LastUsedDate", "made=CreateDate"),
)
USER = Thing(
    "user",
    "iam.GetUser",
    "UserName",
    "UserName",
    at="User",
    absent=_NO_ENTITY,
    facts=("=Arn", "password last used=PasswordLastUsed", "made=CreateDate"),
)
POLICY = Thing(
    "policy",
    "iam.GetPolicy",
    "PolicyArn",
    "PolicyArn",
    at="Policy",
    absent=_NO_ENTITY,
    facts=("=PolicyName", "version=DefaultVersionId", "attached to=AttachmentCount"),
)


def _attached(holder: Thing, call: str, asked: Asked) -> tuple[Read, ...]:
    name = text_at(asked, holder.name)
    return (Read(call, {holder.ask: name}, _NO_ENTITY),) if name else ()


def _attaching(holder: Thing, call: str) -> BeforeRead:
    def reads(asked: Asked) -> tuple[Read, ...]:
        if text_at(asked, "PolicyArn") is None:
            return ()
        listed = _attached(holder, call, asked)
        return (*listed, *POLICY.reads(asked)) if listed else ()

    def picture(asked: Asked, answers: Sequence[Answer]) -> Picture:
        listed, policy = answers
        arn, name = text_at(asked, "PolicyArn") or "", safe_line(text_at(asked, holder.name) or "")
        whole = _policies(holder, name, listed)
        if policy.absent:
            whole += Picture(nos=(absent(f"policy {safe_line(arn)} is absent"),))
        if not whole.nos and listed.known:
            if arn in each(listed.there, "AttachedPolicies[].PolicyArn"):
                return whole + Picture(warnings=("It is attached already: nothing would change",))
            if not at(listed.there, "IsTruncated"):
                whole += Picture(changes=(f"policy {safe_line(arn)}  not attached -> attached",))
        return whole

    return BeforeRead(reads, picture)


def _detaching(holder: Thing, call: str) -> BeforeRead:
    def reads(asked: Asked) -> tuple[Read, ...]:
        return _attached(holder, call, asked) if text_at(asked, "PolicyArn") else ()

    def picture(asked: Asked, answers: Sequence[Answer]) -> Picture:
        [listed] = answers
        arn, name = text_at(asked, "PolicyArn") or "", safe_line(text_at(asked, holder.name) or "")
        whole = _policies(holder, name, listed)
        if not listed.known or whole.nos:
            return whole
        if arn in each(listed.there, "AttachedPolicies[].PolicyArn"):
            return whole + Picture(changes=(f"policy {safe_line(arn)}  attached -> detached",))
        if at(listed.there, "IsTruncated"):
            return whole + Picture(unread=("not all of its policies were listed",))
        return whole + Picture(nos=(absent(f"policy {safe_line(arn)} is not attached: nothing to detach"),))

    return BeforeRead(reads, picture)


def _policies(holder: Thing, name: str, listed: Answer) -> Picture:
    if not listed.known:
        return Picture(unread=(listed.unread,))
    if listed.absent:
        return Picture(nos=(absent(f"{holder.noun} {name} is absent"),))
    attached = each(listed.there, "AttachedPolicies[].PolicyName")
    named = f": {', '.join(map(shown, attached[:6]))}" if attached else ""
    number = counted(len(attached), "attached policy", "attached policies")
    return Picture((f"{holder.noun} {name} has {number}{named}",))


def _inline(holder: Thing, call: str, *, deletes: bool) -> BeforeRead:
    def reads(asked: Asked) -> tuple[Read, ...]:
        name, policy = text_at(asked, holder.name), text_at(asked, "PolicyName")
        if name is None or policy is None:
            return ()
        return (*holder.reads(asked), Read(call, {holder.ask: name, "PolicyName": policy}, _NO_ENTITY))

    def picture(asked: Asked, answers: Sequence[Answer]) -> Picture:
        owner, policy = answers
        whole = pictured(holder, CHANGES, asked, owner)
        name = safe_line(text_at(asked, "PolicyName") or "")
        if whole.nos:
            return whole
        if not policy.known:
            return whole + Picture(unread=(policy.unread,))
        now = at(policy.there, "PolicyDocument")
        if now is None:
            if deletes:
                return whole + Picture(nos=(absent(f"inline policy {name} is absent: nothing to delete"),))
            return whole + Picture(changes=(f"inline policy {name}  absent: would be created",))
        if deletes:
            removed = tuple(documents(f"inline policy {name}", now, {}))
            return whole + Picture(changes=(f"inline policy {name}: would be deleted", *removed))
        lines = tuple(documents(f"inline policy {name}", now, at(asked, "PolicyDocument")))
        return whole + Picture(
            changes=lines, warnings=() if lines else ("The policy is so already: nothing would change",)
        )

    return BeforeRead(reads, picture)


_IN_THE_WAY = (
    ("iam.ListAttachedRolePolicies", "AttachedPolicies[].PolicyName", "attached policy", "attached policies"),
    ("iam.ListRolePolicies", "PolicyNames[]", "inline policy", "inline policies"),
    ("iam.ListInstanceProfilesForRole", "InstanceProfiles[].InstanceProfileName", "instance profile", ""),
)


def _role_deletion(asked: Asked) -> tuple[Read, ...]:
    name = text_at(asked, "RoleName")
    if name is None:
        return ()
    return (*ROLE.reads(asked), *(Read(call, {"RoleName": name}, _NO_ENTITY) for call, *_ in _IN_THE_WAY))


def _role_deleted(asked: Asked, answers: Sequence[Answer]) -> Picture:
    role, *lists = answers
    whole = pictured(ROLE, DELETES, asked, role)
    for (_, path, noun, plural), answer in zip(_IN_THE_WAY, lists, strict=True):
        names = each(answer.there, path)
        if not answer.known:
            whole += Picture(unread=(f"{plural or noun + 's'}: {answer.unread}",))
        elif names:
            held = f"{counted(len(names), noun, plural)} ({', '.join(map(shown, names[:5]))})"
            whole += Picture(nos=(different(f"the role has {held}, which must go first"),))
    return whole


def _trust(asked: Asked, item: Mapping[str, Any]) -> Iterator[str]:
    yield from documents("trust policy", at(item, "AssumeRolePolicyDocument"), at(asked, "PolicyDocument"))


# ---------------------------------------------------------------- IAM: access keys


def _key_reads(asked: Asked) -> tuple[Read, ...]:
    key, user = text_at(asked, "AccessKeyId"), text_at(asked, "UserName")
    if key is None:
        return ()
    return (
        Read("iam.ListAccessKeys", {"UserName": user} if user else {}, _NO_ENTITY),
        Read("iam.GetAccessKeyLastUsed", {"AccessKeyId": key}),
    )


def _key(words: str) -> Callable[[Asked, Sequence[Answer]], Picture]:
    def picture(asked: Asked, answers: Sequence[Answer]) -> Picture:
        listed, used = answers
        name = text_at(asked, "AccessKeyId") or ""
        if not listed.known:
            return Picture(unread=(listed.unread,))
        keys = each(listed.there, "AccessKeyMetadata[]")
        item = next((one for one in keys if at(one, "AccessKeyId") == name), None)
        if item is None:
            owner = text_at(asked, "UserName")
            whose = f"user {safe_line(owner)}" if owner else "the caller"
            return Picture(nos=(absent(f"access key {safe_line(name)} is absent: it is not a key of {whose}"),))
        last = at(used.there, "AccessKeyLastUsed.LastUsedDate")
        where = at(used.there, "AccessKeyLastUsed.ServiceName")
        known = f"last used {shown(last)} for {shown(where)}" if last else "never used" if used.known else "use unknown"
        found = f"access key {safe_line(name)} of {shown(at(item, 'UserName'))}: {shown(at(item, 'Status'))}, {known}"
        wanted = at(asked, "Status")
        if words:
            return Picture((found,), (f"access key {safe_line(name)}: {words}",))
        if same(at(item, "Status"), wanted):
            return Picture((found,), warnings=("The key is so already: nothing would change",))
        return Picture((found,), (f"Status  {shown(at(item, 'Status'))} -> {shown(wanted)}",))

    return picture


# ---------------------------------------------------------------- KMS

KEY = Thing(
    "key",
    "kms.DescribeKey",
    "KeyId",
    "KeyId",
    at="KeyMetadata",
    absent=("NotFoundException",),
    facts=("=Arn", "state=KeyState", "=Description", "for=KeyUsage", "managed by=KeyManager", "gone=DeletionDate"),
)


def _key_state(state: str) -> Callable[[Asked, Mapping[str, Any]], Iterator[str]]:
    def lines(_: Asked, item: Mapping[str, Any]) -> Iterator[str]:
        if at(item, "KeyState") != state:
            yield f"KeyState  {shown(at(item, 'KeyState'))} -> {state}"

    return lines


def _is_ours(_: Asked, item: Mapping[str, Any]) -> Iterator[str | No]:
    if at(item, "KeyManager") == "AWS":
        yield different("it is managed by AWS, and only AWS changes it")


def _waiting_time(asked: Asked, _: Mapping[str, Any]) -> Iterator[str | No]:
    days = at(asked, "PendingWindowInDays")
    yield f"it can be rescued for {shown(days)} days" if days else "it can be rescued for 30 days"
    yield "whatever is encrypted with it cannot be read any more"


_NOT_PENDING = needs_state("KeyState", "Enabled", "Disabled", "PendingImport", "Unavailable")
_USABLE = needs_state("KeyState", "Enabled", "Disabled")

# ---------------------------------------------------------------- secrets and parameters: never their values

SECRET = Thing(
    "secret",
    "secretsmanager.DescribeSecret",
    "SecretId",
    "SecretId",
    absent=("ResourceNotFoundException",),
    facts=(
        "=Name", "changed=LastChangedDate", "last read=LastAccessedDate", "rotates=RotationEnabled|set",
        "deleted=DeletedDate",
    ),
)  # fmt: skip


def _scheduled(_: Asked, item: Mapping[str, Any]) -> Iterator[str | No]:
    if at(item, "DeletedDate"):
        yield different(f"it is scheduled for deletion since {shown(at(item, 'DeletedDate'))}")


def _recovery(asked: Asked, item: Mapping[str, Any]) -> Iterator[str | No]:
    if same(at(asked, "ForceDeleteWithoutRecovery"), True):
        yield "it cannot be rescued"
    else:
        days = at(asked, "RecoveryWindowInDays")
        yield f"it can be rescued for {shown(days) if days else '30'} days"
    if each(item, "ReplicationStatus[]"):
        yield different(f"it has replicas in {counted(len(each(item, 'ReplicationStatus[]')), 'region')}")


def _new_version(asked: Asked, item: Mapping[str, Any]) -> Iterator[str]:
    versions = mapping_at(item, "VersionIdsToStages")
    current = next((name for name in versions if "AWSCURRENT" in texts_at({"at": versions[name]}, "at")), None)
    stages = texts_at(asked, "VersionStages") or ("AWSCURRENT",)
    yield f"value of {', '.join(map(safe_line, stages))}  (not shown, version {shown(current)}) -> (not shown)"


def _secret_update(asked: Asked, item: Mapping[str, Any]) -> Iterator[str]:
    for name in ("Description", "KmsKeyId"):
        if at(asked, name) is not None and not same(at(asked, name), at(item, name)):
            yield f"{name}  {shown(at(item, name))} -> {shown(at(asked, name))}"
    if at(asked, "SecretString") is not None or at(asked, "SecretBinary") is not None:
        yield from _new_version(asked, item)


def _parameter_reads(asked: Asked) -> tuple[Read, ...]:
    names = [one for path in ("Name", "Names") for one in texts_at(asked, path)]
    if not names or any(one.startswith("arn:") for one in names):
        return ()  # the filter takes names only
    filters = [{"Key": "Name", "Option": "Equals", "Values": names[:50]}]
    return (Read("ssm.DescribeParameters", {"ParameterFilters": filters}),)


def _parameters(answer: Answer) -> dict[str, Mapping[str, Any]]:
    return {str(at(one, "Name")): one for one in each(answer.there, "Parameters[]")}


def _parameter_told(name: str, item: Mapping[str, Any]) -> str:
    told = f"{shown(at(item, 'Type'))}, version {shown(at(item, 'Version'))}, {shown(at(item, 'LastModifiedDate'))}"
    return f"parameter {safe_line(name)}: {told}, by {shown(at(item, 'LastModifiedUser'))}"


def _parameter_put(asked: Asked, answers: Sequence[Answer]) -> Picture:
    [answer] = answers
    name = text_at(asked, "Name") or ""
    if not answer.known:
        return Picture(unread=(answer.unread,))
    item = _parameters(answer).get(name)
    if item is None:
        return Picture((f"parameter {safe_line(name)} is absent",), ("absent: would be created",))
    found = (_parameter_told(name, item),)
    if not same(at(asked, "Overwrite"), True):
        why = different(f"parameter {safe_line(name)} exists already, and `Overwrite` is not set")
        return Picture(found, nos=(why,))
    version = at(item, "Version")
    after = version + 1 if isinstance(version, int) else "the next"
    lines = [f"Value  (not shown, version {shown(version)}) -> (not shown, version {after})"]
    lines += compared(asked, item, ("Type", "Description", "Tier", "KeyId", "AllowedPattern", "DataType"))
    return Picture(found, tuple(lines))


def _parameters_deleted(asked: Asked, answers: Sequence[Answer]) -> Picture:
    [answer] = answers
    if not answer.known:
        return Picture(unread=(answer.unread,))
    there = _parameters(answer)
    parts: list[str | No | Picture] = []
    missing: list[str] = []
    for name in [one for path in ("Name", "Names") for one in texts_at(asked, path)]:
        item = there.get(name)
        if item is None:
            missing.append(f"parameter {safe_line(name)} is absent: nothing to delete")
        else:
            line = f"parameter {safe_line(name)}: would be deleted with all its versions"
            parts.append(Picture((_parameter_told(name, item),), (line,)))
    return gathered([some_missing(missing, any_there=bool(parts)), *parts])


def _policy_deletion(asked: Asked) -> tuple[Read, ...]:
    arn = text_at(asked, "PolicyArn")
    if arn is None:
        return ()
    return (*POLICY.reads(asked), Read("iam.ListPolicyVersions", {"PolicyArn": arn}, _NO_ENTITY))


def _policy_deleted(asked: Asked, answers: Sequence[Answer]) -> Picture:
    policy, versions = answers
    whole = pictured(POLICY, DELETES, asked, policy, (), (_policy_in_use,))
    others = [one for one in each(versions.there, "Versions[]") if not at(one, "IsDefaultVersion")]
    if others:
        whole += Picture(nos=(different(f"it has {counted(len(others), 'other version')}, which must go first"),))
    return whole


def _policy_in_use(_: Asked, item: Mapping[str, Any]) -> Iterator[str | No]:
    number = at(item, "AttachmentCount")
    if isinstance(number, int) and number:
        yield different(f"it is attached in {counted(number, 'place')}")


BEFORE_READS = {
    ("iam", "AttachRolePolicy"): _attaching(ROLE, "iam.ListAttachedRolePolicies"),
    ("iam", "DetachRolePolicy"): _detaching(ROLE, "iam.ListAttachedRolePolicies"),
    ("iam", "AttachUserPolicy"): _attaching(USER, "iam.ListAttachedUserPolicies"),
    ("iam", "DetachUserPolicy"): _detaching(USER, "iam.ListAttachedUserPolicies"),
    ("iam", "PutRolePolicy"): _inline(ROLE, "iam.GetRolePolicy", deletes=False),
    ("iam", "DeleteRolePolicy"): _inline(ROLE, "iam.GetRolePolicy", deletes=True),
    ("iam", "PutUserPolicy"): _inline(USER, "iam.GetUserPolicy", deletes=False),
    ("iam", "DeleteRole"): BeforeRead(_role_deletion, _role_deleted),
    ("iam", "DeletePolicy"): BeforeRead(_policy_deletion, _policy_deleted),
    ("iam", "UpdateAssumeRolePolicy"): writes(ROLE, CHANGES, _trust),
    ("iam", "UpdateAccessKey"): BeforeRead(_key_reads, _key("")),
    ("iam", "DeleteAccessKey"): BeforeRead(_key_reads, _key("would be deleted")),
    ("kms", "ScheduleKeyDeletion"): writes(
        KEY, CHANGES, _key_state("PendingDeletion"), _is_ours, _NOT_PENDING, _waiting_time
    ),
    ("kms", "CancelKeyDeletion"): writes(
        KEY, CHANGES, _key_state("Disabled"), needs_state("KeyState", "PendingDeletion", "PendingReplicaDeletion")
    ),
    ("kms", "DisableKey"): writes(KEY, CHANGES, _key_state("Disabled"), _is_ours, _USABLE),
    ("kms", "EnableKey"): writes(KEY, CHANGES, _key_state("Enabled"), _is_ours, _USABLE),
    ("secretsmanager", "DeleteSecret"): writes(SECRET, DELETES, (), _scheduled, _recovery),
    ("secretsmanager", "RestoreSecret"): writes(SECRET, becomes("would be restored")),
    ("secretsmanager", "PutSecretValue"): writes(SECRET, CHANGES, _new_version, _scheduled),
    ("secretsmanager", "UpdateSecret"): writes(SECRET, CHANGES, _secret_update, _scheduled),
    ("secretsmanager", "RotateSecret"): writes(SECRET, becomes("would be rotated"), (), _scheduled),
    ("ssm", "PutParameter"): BeforeRead(_parameter_reads, _parameter_put),
    ("ssm", "DeleteParameter"): BeforeRead(_parameter_reads, _parameters_deleted),
    ("ssm", "DeleteParameters"): BeforeRead(_parameter_reads, _parameters_deleted),
}
"""By service and operation."""

