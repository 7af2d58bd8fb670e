"""What a decision is bound to: one number over the exact meaning of a plan."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import rfc8785

from cloudops_tui.model.command import Cli, Command, Sdk
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.files import FrozenFile
from cloudops_tui.model.plan import DependencyGraph, ExecutionPlan
from cloudops_tui.model.risk import RiskAssessment
from cloudops_tui.model.target import ProfileIdentity, ToolIdentity

PREFIX = b"cloudops/approval/v1\n"
_LARGEST_EXACT = 2**53

Files = Mapping[UUID, Sequence[FrozenFile]]
NO_FILES: Files = {}


def plan_digest(plan: ExecutionPlan, argvs: Mapping[UUID, Sequence[str]], files: Files = NO_FILES) -> str:
    """SHA-256 over what the plan itself says; names queue entries and revisions.

    `argvs` holds the canonical argv of every CLI command, `files` what each command takes from elsewhere,
    compensations included.
    """
    return _hashed(_plan_meaning(plan, argvs, files))


def approval_digest(
    plan: ExecutionPlan,
    argvs: Mapping[UUID, Sequence[str]],
    *,
    files: Files = NO_FILES,
    assessments: Mapping[UUID, RiskAssessment],
    identities: Sequence[ProfileIdentity],
    table_version: str,
    tool: ToolIdentity | None,
) -> str:
    """SHA-256 over the plan, the accounts that it resolves to, our assessment and the tool that would run."""
    meaning = _plan_meaning(plan, argvs, files) | {
        "identities": [_identity(one) for one in sorted(identities, key=lambda one: (one.profile, one.region))],
        "assessed": {
            str(command_id): {"level": one.level.value, "flags": sorted(flag.value for flag in one.flags)}
            for command_id, one in assessments.items()
        },
        "table_version": table_version,
        "tool": {"path": tool.path, "version": tool.version, "sha256": tool.sha256} if tool else None,
    }
    return _hashed(meaning)


def _plan_meaning(plan: ExecutionPlan, argvs: Mapping[UUID, Sequence[str]], files: Files) -> dict[str, Any]:
    strategy = plan.rollback_strategy
    return {
        "id": str(plan.id),
        "description": plan.description,
        "claimed": plan.risk_level.value,
        "commands": [_command(command, argvs, files) for command in plan.commands],
        "mode": plan.mode.tag,
        "dependencies": _dependencies(plan),
        "max_parallel": plan.max_parallel,
        "expected_account": plan.expected_account,
        "trigger": strategy.trigger.value if strategy else None,
        "compensations": {
            str(command_id): [_command(one, argvs, files) for one in compensations]
            for command_id, compensations in (strategy.compensations if strategy else {}).items()
            if compensations
        },
    }


def _command(command: Command, argvs: Mapping[UUID, Sequence[str]], files: Files) -> dict[str, Any]:
    return _call(command, argvs) | _elsewhere(files.get(command.id, ())) | {
        "id": str(command.id),
        "description": command.description,
        "claimed": command.risk_level.value,
        "profile": command.profile,
        "region": command.region,
        "timeout": _nanos(command.timeout),
        "on_failure": command.on_failure.value if command.on_failure else None,
        "allow_failure": bool(command.allow_failure),
    }


def _call(command: Command, argvs: Mapping[UUID, Sequence[str]]) -> dict[str, Any]:
    match command.command_type:
        case Cli():
            return {"argv": list(argvs[command.id])}
        case Sdk(value=sdk):
            return {"service": sdk.service, "operation": sdk.operation, "parameters": sdk.parameters}


def _elsewhere(files: Sequence[FrozenFile]) -> dict[str, Any]:
    """What stands for the content of files; absent where there are none. Where a copied file lay means nothing."""
    if not files:
        return {}
    told = [
        {
            "kind": one.kind.value,
            "written": one.written,
            "sha256": one.sha256,
            "secret": one.secret,
            "place": None if one.copied else one.origin,
        }
        for one in files
    ]
    return {"files": sorted(told, key=lambda one: (one["kind"], one["written"], one["secret"]))}


def _dependencies(plan: ExecutionPlan) -> dict[str, list[str]]:
    match plan.mode:
        case DependencyGraph(dependencies=dependencies):
            return {str(one): sorted(str(need) for need in needs) for one, needs in dependencies.items() if needs}
        case _:
            return {}


def _identity(one: ProfileIdentity) -> dict[str, Any]:
    """The account that a profile is; one that could not be asked is `unresolved`, so it never equals a known one."""
    return {
        "profile": one.profile,
        "region": one.region,
        "account": one.account or "unresolved",
        "partition": one.partition,
        "principal": one.principal,
        "endpoint": one.endpoint,
        "service_endpoints": dict(one.service_endpoints),
    }


def _nanos(duration: Duration | None) -> int | None:
    return duration.nanos if duration is not None else None


def _hashed(meaning: dict[str, Any]) -> str:
    return hashlib.sha256(PREFIX + rfc8785.dumps(_exact(meaning))).hexdigest()


def _exact(value: Any) -> Any:
    """The value with integers that RFC 8785 cannot hold (beyond 2^53) as strings."""
    match value:
        case bool():
            return value
        case int() if not -_LARGEST_EXACT < value < _LARGEST_EXACT:
            return str(value)
        case dict():
            return {key: _exact(held) for key, held in value.items()}
        case list() | tuple():
            return [_exact(held) for held in value]
        case _:
            return value
