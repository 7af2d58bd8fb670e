"""A digest changes with every change of meaning, and with nothing else."""

from __future__ import annotations

import copy
import hashlib
import json
import random
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudops_tui.executors.catalogue import BotocoreCatalogue, the_catalogue
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.risk import RiskAssessment, RiskFlag, RiskLevel
from cloudops_tui.model.target import ProfileIdentity, ToolIdentity
from cloudops_tui.policy.digest import approval_digest, plan_digest
from cloudops_tui.policy.intake import take_in
from cloudops_tui.policy.plan_text import read_plan_text

A, B, C, U, V = (f"abcdef00-0000-4000-8000-00000000000{n}" for n in range(1, 6))
Plan = dict[str, Any]


@pytest.fixture(scope="session")
def catalogue() -> BotocoreCatalogue:
    return the_catalogue()


def rich() -> Plan:
    def common(command_id: str, call: Plan) -> Plan:
        return {
            "id": command_id,
            "command_type": call,
            "description": "say it",
            "risk_level": "Modify",
            "profile": "prod",
            "region": "eu-west-1",
            "timeout": {"secs": 90, "nanos": 0},
            "on_failure": "Continue",
            "allow_failure": True,
        }

    def line(*args: str) -> Plan:
        return {"Cli": {"command": "aws", "args": list(args), "supports_dry_run": False}}

    def call(service: str, operation: str, **parameters: Any) -> Plan:
        return {"Sdk": {"service": service, "operation": operation, "parameters": parameters}}

    return {
        "id": "abcdef00-0000-4000-8000-000000000000",
        "description": "Rotate",
        "commands": [
            common(A, line("s3api", "create-bucket", "--bucket", "b1")),
            common(
                B, call("ssm", "PutParameter", Name="/a", Type="String", Value="1", Tags=[{"Key": "k", "Value": "v"}])
            ),
            common(C, call("ec2", "DescribeInstances", MaxResults=5, DryRun=True)),
        ],
        "mode": {"DependencyGraph": {"dependencies": {C: [A, B]}}},
        "risk_level": "Modify",
        "rollback_strategy": {
            "trigger": "OnFailure",
            "compensations": {
                B: [common(U, call("ssm", "DeleteParameter", Name="/a"))],
                A: [common(V, line("s3api", "delete-bucket", "--bucket", "b1"))],
            },
        },
        "estimated_duration": {"secs": 60, "nanos": 0},
        "max_parallel": 4,
        "expected_account": "123456789012",
    }


def digest_of(text: str, catalogue: BotocoreCatalogue) -> str:
    taken = take_in(read_plan_text(text), catalogue)
    assert taken.plan is not None, taken.problems
    return plan_digest(taken.plan, taken.argvs)


# ---------------------------------------------------------------- what does not change it


def indented(plan: Plan) -> str:
    return json.dumps(plan, indent=3)


def keys_turned_round(plan: Plan) -> str:
    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(held) for key, held in reversed(value.items())}
        return [turned(held) for held in value] if isinstance(value, list) else value

    return json.dumps(turned(plan))


def ids_spelled_otherwise(plan: Plan) -> str:
    return json.dumps(plan).replace("abcdef00-0000-4000-8000-", "ABCDEF0000004000-8000".replace("-", "").upper())


def in_one_line(plan: Plan) -> str:
    plan["commands"][0]["command_type"]["Cli"] |= {"command": "aws  s3api create-bucket --bucket=b1", "args": []}
    return json.dumps(plan)


def said_twice(plan: Plan) -> str:
    plan["commands"][0]["command_type"]["Cli"]["args"] += ["--region", "eu-west-1", "--profile", "prod"]
    return json.dumps(plan)


def spelled_by_people(plan: Plan) -> str:
    plan["commands"][0] |= {"timeout": "1m30s", "risk_level": "modify", "on_failure": "continue"}
    return json.dumps(plan)


def dependencies_in_another_order(plan: Plan) -> str:
    plan["mode"]["DependencyGraph"]["dependencies"] = {C: [B, A], A: []}
    return json.dumps(plan)


def estimated_otherwise(plan: Plan) -> str:
    return json.dumps(plan | {"estimated_duration": None})


def said_to_support_a_dry_run(plan: Plan) -> str:
    plan["commands"][0]["command_type"]["Cli"]["supports_dry_run"] = True
    return json.dumps(plan)


def escaped(plan: Plan) -> str:
    return json.dumps(plan).replace("Rotate", "\\u0052otate")


SAME: list[Callable[[Plan], str]] = [
    indented, keys_turned_round, ids_spelled_otherwise, in_one_line, said_twice, spelled_by_people,
    dependencies_in_another_order, estimated_otherwise, said_to_support_a_dry_run, escaped,
]  # fmt: skip


@pytest.mark.parametrize("spelled", SAME, ids=lambda spelled: spelled.__name__)
def test_another_spelling_of_the_same_plan_has_the_same_digest(
    spelled: Callable[[Plan], str], catalogue: BotocoreCatalogue
) -> None:
    assert digest_of(spelled(rich()), catalogue) == digest_of(json.dumps(rich()), catalogue)


# ---------------------------------------------------------------- what does

WITHOUT_MEANING = {"/estimated_duration/secs", "/estimated_duration/nanos"} | {
    f"{where}/command_type/Cli/supports_dry_run"
    for where in ("/commands/0", f"/rollback_strategy/compensations/{A}/0")
}
"""The only values of a plan that nobody decides on."""


def leaves(value: Any, path: str = "") -> list[str]:
    if isinstance(value, dict):
        return [leaf for key, held in value.items() for leaf in leaves(held, f"{path}/{key}")]
    if isinstance(value, list):
        return [leaf for place, held in enumerate(value) for leaf in leaves(held, f"{path}/{place}")]
    return [path]


def changed(plan: Plan, path: str) -> Plan:
    """The plan with one value replaced by another of the same kind; ids stay the ids of something."""
    plan = copy.deepcopy(plan)
    holder: Any = plan
    *parents, last = path[1:].split("/")
    for part in parents:
        holder = holder[int(part)] if isinstance(holder, list) else holder[part]
    key: Any = int(last) if isinstance(holder, list) else last
    match holder[key]:
        case bool(value):
            holder[key] = not value
        case int(value):
            holder[key] = value + 1
        case "Continue" | "OnFailure" as value:
            holder[key] = {"Continue": "Abort", "OnFailure": "Manual"}[value]
        case "Modify":
            holder[key] = "Destructive"
        case str(value):
            holder[key] = value + "x"
        case value:
            raise AssertionError(value)
    return plan


def digest_of_document(document: Plan) -> str:
    """Without judging the names: a changed service does not exist, and must change the digest all the same."""
    plan = ExecutionPlan.model_validate(document)
    commands = [*plan.commands]
    if plan.rollback_strategy:
        commands += [one for held in plan.rollback_strategy.compensations.values() for one in held]
    argvs = {
        command.id: (*cli["command"].split(), *cli["args"])
        for command in commands
        if "command" in (cli := command.command_type.value.model_dump())
    }
    return plan_digest(plan, argvs)


@pytest.mark.parametrize("path", [path for path in leaves(rich()) if not path.endswith("/id")])
def test_every_value_of_a_plan_counts_unless_it_has_no_meaning(path: str) -> None:
    plan = rich()
    if "/dependencies/" in path:
        plan["mode"]["DependencyGraph"]["dependencies"] = {C: [A]}
        one, other = plan, copy.deepcopy(plan)
        other["mode"]["DependencyGraph"]["dependencies"] = {C: [B]}
    else:
        one, other = plan, changed(plan, path)

    same = digest_of_document(one) == digest_of_document(other)

    assert same is (path in WITHOUT_MEANING)


def test_values_without_meaning_exist() -> None:
    assert set(leaves(rich())) >= WITHOUT_MEANING


def without(*path: Any) -> Callable[[Plan], None]:
    def change(plan: Plan) -> None:
        holder: Any = plan
        for part in path[:-1]:
            holder = holder[part]
        del holder[path[-1]]

    return change


def setting(value: Any, *path: Any) -> Callable[[Plan], None]:
    def change(plan: Plan) -> None:
        holder: Any = plan
        for part in path[:-1]:
            holder = holder[part]
        holder[path[-1]] = value

    return change


PARAMETERS = ("commands", 1, "command_type", "Sdk", "parameters")
OTHER: dict[str, Callable[[Plan], None]] = {
    "another id": setting("abcdef00-0000-4000-8000-00000000000f", "id"),
    "another order of commands": lambda plan: plan["commands"].reverse(),
    "one command less": without("commands", 2),
    "another mode": setting("Parallel", "mode"),
    "in sequence": setting("Sequential", "mode"),
    "no dependencies": setting({"DependencyGraph": {"dependencies": {}}}, "mode"),
    "one dependency more": setting([A], "mode", "DependencyGraph", "dependencies", B),
    "no rollback": setting(None, "rollback_strategy"),
    "one compensation less": without("rollback_strategy", "compensations", B),
    "compensations exchanged": lambda plan: plan["rollback_strategy"].update(
        compensations={
            A: plan["rollback_strategy"]["compensations"][B], B: plan["rollback_strategy"]["compensations"][A],
        }
    ),
    "no timeout": without("commands", 0, "timeout"),
    "no policy": without("commands", 0, "on_failure"),
    "no leave to fail": without("commands", 0, "allow_failure"),
    "no limit": without("max_parallel"),
    "no account": without("expected_account"),
    "one parameter less": without(*PARAMETERS, "Tags"),
    "one parameter more": setting(True, *PARAMETERS, "Overwrite"),
    "another type of value": setting(1, *PARAMETERS, "Value"),
    "null for absent": setting(None, *PARAMETERS, "Tier"),
    "another order in a list": setting([{"Value": "v2", "Key": "k"}, {"Key": "k", "Value": "v"}], *PARAMETERS, "Tags"),
    "one argument split": setting(["s3api", "create-bucket", "--bucket", "b", "1"], "commands", 0, "command_type",
                                  "Cli", "args"),
    "another letter case": setting("PROD", "commands", 0, "profile"),
    "another kind of space": setting("Rotate\u00a0", "description"),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER)
def test_a_change_of_meaning_changes_the_digest(name: str) -> None:
    plan = rich()
    OTHER[name](plan)

    assert digest_of_document(plan) != digest_of_document(rich())


def test_all_these_plans_have_different_digests() -> None:
    digests = {}
    for name, change in OTHER.items():
        plan = rich()
        change(plan)
        digests[name] = digest_of_document(plan)

    assert len(set(digests.values())) == len(digests)


@given(st.integers(2**53 - 2, 2**64))
def test_neighbours_among_large_numbers_differ(number: int) -> None:
    one, other = rich(), rich()
    setting(number, *PARAMETERS, "Value")(one)
    setting(number + 1, *PARAMETERS, "Value")(other)

    assert digest_of_document(one) != digest_of_document(other)


@given(st.randoms(use_true_random=False))
def test_the_order_of_keys_never_counts(chance: random.Random) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            items = list(value.items())
            chance.shuffle(items)
            return {key: shuffled(held) for key, held in items}
        return [shuffled(held) for held in value] if isinstance(value, list) else value

    assert digest_of_document(shuffled(rich())) == digest_of_document(rich())


def test_the_digest_is_sha_256_over_rfc_8785_behind_a_prefix() -> None:
    plan = ExecutionPlan.model_validate(
        {"id": A, "description": "é", "commands": [], "mode": "Parallel", "risk_level": "ReadOnly"}
    )
    meaning = (
        '{"claimed":"ReadOnly","commands":[],"compensations":{},"dependencies":{},"description":"é",'
        f'"expected_account":null,"id":"{A}","max_parallel":null,"mode":"Parallel","trigger":null}}'
    )

    assert plan_digest(plan, {}) == hashlib.sha256(b"cloudops/approval/v1\n" + meaning.encode()).hexdigest()


# ---------------------------------------------------------------- what an approval is bound to

IDENTITY = ProfileIdentity(
    profile="prod",
    region="eu-west-1",
    account="123456789012",
    partition="aws",
    principal="role/admin",
    endpoint=None,
    service_endpoints={"s3": "http://127.0.0.1:1"},
)
OTHER_IDENTITY = IDENTITY.model_copy(update={"profile": "dev", "account": "210987654321"})
ASSESSED = RiskAssessment(
    level=RiskLevel.MODIFY,
    assessed=RiskLevel.MODIFY,
    claimed=RiskLevel.READ_ONLY,
    flags=(RiskFlag.EXEC, RiskFlag.COST),
    reasons=("because",),
)
TOOL = ToolIdentity(path="/usr/bin/aws", version="1.46.3", sha256="ab")


def bound(**changes: Any) -> str:
    plan = ExecutionPlan.model_validate(
        {"id": A, "description": "", "commands": [], "mode": "Parallel", "risk_level": "ReadOnly"}
    )
    facts: dict[str, Any] = {
        "assessments": {UUID(A): ASSESSED},
        "identities": (IDENTITY, OTHER_IDENTITY),
        "table_version": "t1",
        "tool": TOOL,
    }
    return approval_digest(plan, {}, **(facts | changes))


def identity(**changes: Any) -> dict[str, Any]:
    return {"identities": (IDENTITY.model_copy(update=changes), OTHER_IDENTITY)}


def assessed(**changes: Any) -> dict[str, Any]:
    return {"assessments": {UUID(A): ASSESSED.model_copy(update=changes)}}


def tool(**changes: Any) -> dict[str, Any]:
    return {"tool": TOOL.model_copy(update=changes)}


@pytest.mark.parametrize(
    "change",
    [
        identity(account="999999999999"), identity(account=None), identity(partition="aws-cn"),
        identity(principal="role/other"), identity(endpoint="http://x"), identity(service_endpoints={}),
        identity(service_endpoints={"s3": "http://x"}), identity(region="us-east-1"), identity(profile="p"),
        {"identities": (IDENTITY,)}, assessed(level=RiskLevel.DESTRUCTIVE), assessed(flags=(RiskFlag.EXEC,)),
        assessed(flags=()), {"assessments": {}}, {"assessments": {UUID(B): ASSESSED}}, {"table_version": "t2"},
        tool(path="/tmp/aws"), tool(version="2.0"), tool(sha256="cd"), {"tool": None},
    ],
    ids=str,
)  # fmt: skip
def test_an_approval_is_bound_to_account_assessment_and_tool(change: dict[str, Any]) -> None:
    assert bound(**change) != bound()


@pytest.mark.parametrize(
    "change",
    [
        {"identities": (OTHER_IDENTITY, IDENTITY)}, identity(account_name="prod"), identity(protected=True),
        identity(reason="x"), assessed(reasons=()), assessed(flags=(RiskFlag.COST, RiskFlag.EXEC)),
    ],
    ids=str,
)  # fmt: skip
def test_an_approval_is_not_bound_to_names_reasons_and_order(change: dict[str, Any]) -> None:
    assert bound(**change) == bound()


def test_an_unresolved_account_is_no_account_of_that_name() -> None:
    assert bound(**identity(account=None, reason="no way there")) == bound(**identity(account=None, reason="no answer"))


def test_the_plan_digest_stays_while_the_approval_digest_moves(catalogue: BotocoreCatalogue) -> None:
    taken = take_in(read_plan_text(json.dumps(rich())), catalogue)
    assert taken.plan is not None

    plan_digests = {plan_digest(taken.plan, taken.argvs) for _ in range(2)}
    approvals = {
        approval_digest(
            taken.plan, taken.argvs, assessments={}, identities=[one], table_version="t", tool=made
        )
        for one in (IDENTITY, IDENTITY.model_copy(update={"account": None}))
        for made in (TOOL, TOOL.model_copy(update={"version": "2"}))
    }

    assert len(plan_digests) == 1
    assert len(approvals) == 4
    assert not plan_digests & approvals
