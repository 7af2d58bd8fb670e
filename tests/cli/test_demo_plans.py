"""Every plan of the demo, carried out by hand with the real `aws` and boto3, ends as it says it does."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Literal

import boto3
import pytest
import yaml
from botocore.config import Config
from botocore.exceptions import ClientError

from cloudops_tui.cli.demo_plans import Check, DemoPlan, Ends, IsRefused, demo_plans
from cloudops_tui.executors.catalogue import the_catalogue
from cloudops_tui.executors.embedded_aws.launcher import PROFILES, EmbeddedAws
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.policy.intake import take_in
from cloudops_tui.policy.plan_text import read_plan_text
from cloudops_tui.policy.risk import assess
from tests.cli.program import PATIENCE

NAMES = (
    "01-read-the-estate.json",
    "02-roll-out-a-release.json",
    "03-set-log-retention.yaml",
    "04-mirror-artifacts.json",
    "05-rotate-signing-key.json",
    "06-add-dead-letter-queue.json",
    "07-harden-buckets.json",
    "08-remove-old-logs.json",
    "09-retire-old-workers.json",
    "10-restart-web-servers.json",
)
VALID = NAMES[:-1]
MOST_ATTEMPTS = 3

Json = dict[str, Any]


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    embedded = EmbeddedAws(tmp_path_factory.mktemp("demo")).start()
    yield embedded
    embedded.stop()


@pytest.fixture(scope="module")
def plans(aws: EmbeddedAws) -> dict[str, DemoPlan]:
    return {plan.file_name: plan for plan in demo_plans(aws.estate)}


@pytest.fixture
def hands(aws: EmbeddedAws, tmp_path: Path, aws_program: Path, monkeypatch: pytest.MonkeyPatch) -> Hands:
    environment = aws.environment(tmp_path / "home")
    for name in set(os.environ) - set(environment):
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Hands(aws_program, aws.endpoint)


@dataclass
class Hands:
    """Runs commands one at a time, as an operator would by hand."""

    aws_program: Path
    endpoint: str
    attempts: dict[str, int] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def run(self, plan: Json) -> tuple[str, dict[str, str]]:
        """Carry the plan out; its status, and that of each command."""
        statuses: dict[str, str] = {}
        completed: list[str] = []
        aborted = False
        for command in in_order(plan):
            waits_for = dependencies(plan).get(command["id"], [])
            if aborted or any(statuses[needed] != "Completed" for needed in waits_for):
                statuses[command["id"]] = "Skipped"
            elif self.succeeds(command):
                statuses[command["id"]] = "Completed"
                completed.append(command["id"])
            else:
                statuses[command["id"]] = "Failed"
                aborted = command.get("on_failure", "Abort") == "Abort"
        if all(status == "Completed" or tolerated(plan, each) for each, status in statuses.items()):
            return "Completed", statuses
        rollback = plan["rollback_strategy"] or {"trigger": "Manual"}
        if rollback["trigger"] == "Manual":
            return "Failed", statuses
        return self.undo(plan, completed, statuses)

    def undo(self, plan: Json, completed: list[str], statuses: dict[str, str]) -> tuple[str, dict[str, str]]:
        for command_id in reversed(completed):
            compensations = plan["rollback_strategy"]["compensations"].get(command_id, [])
            if not all(self.succeeds(each) for each in compensations):
                return "Failed", statuses
            statuses[command_id] = "RolledBack"
        return "RolledBack", statuses

    def succeeds(self, command: Json) -> bool:
        """Whether the command succeeds, with throttled attempts tried again at once."""
        for attempt in range(1, MOST_ATTEMPTS + 1):
            self.attempts[command["id"]] = attempt
            error = self.error_of(command)
            if error is None:
                return True
            self.errors[command["id"]] = error
            if "ThrottlingException" not in error:
                return False
        return False

    def error_of(self, command: Json) -> str | None:
        match command["command_type"]:
            case {"Cli": cli}:
                return self.cli_error(cli, command)
            case {"Sdk": sdk}:
                try:
                    self.ask(sdk["service"], sdk["operation"], sdk["parameters"], command["profile"])
                except ClientError as error:
                    return str(error)
                return None
        raise AssertionError(command)

    def cli_error(self, cli: Json, command: Json) -> str | None:
        program, *words = cli["command"].split()
        assert program == "aws"
        ended = subprocess.run(
            [self.aws_program, *words, *cli["args"], "--profile", command["profile"], "--endpoint-url", self.endpoint],
            env=os.environ | {"AWS_REGION": command["region"], "AWS_DEFAULT_REGION": command["region"],
                              "AWS_MAX_ATTEMPTS": "1"},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        return None if ended.returncode == 0 else ended.stderr

    def ask(self, service: str, operation: str, parameters: Json, profile: str = "storefront") -> Json:
        if (service, profile) not in self.clients:
            session: Any = boto3.session.Session(profile_name=profile)
            self.clients[service, profile] = session.client(service, config=Config(retries={"total_max_attempts": 1}))
        client = self.clients[service, profile]
        method = next(python for python, api in client.meta.method_to_api_mapping.items() if api == operation)
        answer: Json = getattr(client, method)(**parameters)
        return answer

    def holds(self, check: Check) -> bool:
        """As from JSON: the check must not need Python's own values, such as dates."""
        answer = self.ask(check.service, check.operation, check.parameters)
        return check.holds(json.loads(json.dumps(answer, default=str)))


def parsed(plan: DemoPlan) -> Json:
    document: Json = yaml.safe_load(plan.text) if plan.file_name.endswith(".yaml") else json.loads(plan.text)
    return document | {"rollback_strategy": document.get("rollback_strategy")}


def dependencies(plan: Json) -> dict[str, list[str]]:
    commands = [command["id"] for command in plan["commands"]]
    match plan["mode"]:
        case "Sequential":
            return {}  # a failure before it aborts, and the order is the plan's
        case "Parallel":
            return {}
        case {"DependencyGraph": {"dependencies": graph}}:
            assert set(graph) <= set(commands)
            return dict(graph)
    raise AssertionError(plan["mode"])


def in_order(plan: Json) -> list[Json]:
    commands = {command["id"]: command for command in plan["commands"]}
    graph = {command_id: dependencies(plan).get(command_id, []) for command_id in commands}
    return [commands[command_id] for command_id in TopologicalSorter(graph).static_order()]


def tolerated(plan: Json, command_id: str) -> bool:
    return any(command["id"] == command_id and command.get("allow_failure") for command in plan["commands"])


def all_commands(plan: Json) -> list[Json]:
    undoing = (plan["rollback_strategy"] or {}).get("compensations", {}).values()
    return [*plan["commands"], *(command for compensations in undoing for command in compensations)]


def test_the_demo_has_these_plans_and_the_same_ones_every_time(aws: EmbeddedAws, plans: dict[str, DemoPlan]) -> None:
    assert tuple(plans) == NAMES
    assert [plan.text for plan in demo_plans(aws.estate)] == [plan.text for plan in plans.values()]


LONG = pytest.mark.skipif(
    not os.environ.get("LONG_TESTS"), reason="the demo itself runs it through the engine; LONG_TESTS=1 also by hand"
)
BY_HAND = ("03-set-log-retention.yaml", "09-retire-old-workers.json")


@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name in BY_HAND else LONG) for name in VALID])
def test_a_plan_carried_out_by_hand_ends_as_it_says(name: str, plans: dict[str, DemoPlan], hands: Hands) -> None:
    demo = plans[name]
    plan = parsed(demo)
    assert isinstance(demo.expected, Ends)
    before = [check.what for check in demo.checks if not _already(check, hands)]

    status, statuses = hands.run(plan)

    assert (status, statuses) == (demo.expected.status, dict(demo.expected.commands)), hands.errors
    retried = {command_id: count for command_id, count in hands.attempts.items() if count > 1}
    assert retried == dict(demo.expected.attempts)
    assert [check.what for check in demo.checks if not hands.holds(check)] == []
    assert before or not demo.checks  # at least one check can tell before from after


def _already(check: Check, hands: Hands) -> bool:
    try:
        return hands.holds(check)
    except (ClientError, KeyError):
        return False  # what it looks at does not exist yet


def test_what_fails_on_purpose_fails_for_the_reason_in_the_plan(plans: dict[str, DemoPlan], hands: Hands) -> None:
    for name, code in {
        "05-rotate-signing-key.json": "ParameterVersionNotFound",
        "07-harden-buckets.json": "NoSuchBucket",
    }.items():
        demo = plans[name]
        assert isinstance(demo.expected, Ends)
        failing = [each for each in parsed(demo)["commands"] if demo.expected.commands[each["id"]] == "Failed"]

        errors = [hands.error_of(command) or "" for command in failing]

        assert len(errors) == 1
        assert code in errors[0]


def test_the_dead_letter_queue_can_be_undone_by_its_compensations(
    plans: dict[str, DemoPlan], hands: Hands, aws: EmbeddedAws
) -> None:
    plan = parsed(plans["06-add-dead-letter-queue.json"])
    status, statuses = hands.run(plan)
    assert status == "Completed"

    status, _ = hands.undo(plan, [command["id"] for command in in_order(plan)], statuses)

    assert status == "RolledBack", hands.errors
    assert hands.ask("sqs", "ListQueues", {})["QueueUrls"] == [aws.estate["queues"]["orders"]]
    assert hands.ask("sns", "ListTopics", {})["Topics"] == []
    assert hands.ask("sns", "ListSubscriptions", {})["Subscriptions"] == []


def test_intake_accepts_every_plan_but_the_invalid_one_and_finds_what_is_wrong_with_that(
    plans: dict[str, DemoPlan],
) -> None:
    catalogue = the_catalogue()

    for demo in plans.values():
        form: Literal["json", "yaml"] = "yaml" if demo.file_name.endswith(".yaml") else "json"
        taken = take_in(read_plan_text(demo.text, form), catalogue)

        expected = demo.expected.paths if isinstance(demo.expected, IsRefused) else ()
        assert sorted(problem.path for problem in taken.problems) == sorted(expected), taken.problems


def test_a_planner_of_the_demo_claims_the_risk_that_we_see_but_for_one_who_plays_it_down(
    plans: dict[str, DemoPlan],
) -> None:
    catalogue = the_catalogue()
    played_down = set()

    for name in VALID:
        taken = take_in(read_plan_text(plans[name].text), catalogue)
        assert taken.plan is not None
        for command_id, subject in taken.subjects.items():
            claimed = taken.plan.command(command_id).risk_level
            seen = assess(subject, RiskLevel.READ_ONLY).level
            assert seen >= claimed, subject
            played_down |= {(name, subject.operation, seen)} if seen > claimed else set()
    assert played_down == {("03-set-log-retention.yaml", "PutRetentionPolicy", RiskLevel.DESTRUCTIVE)}


def test_no_id_is_used_twice_in_any_plan_or_compensation(plans: dict[str, DemoPlan]) -> None:
    ids = [command["id"] for demo in plans.values() for command in all_commands(parsed(demo))]
    ids += [parsed(demo)["id"] for demo in plans.values()]

    assert len(ids) == len(set(ids))


def test_no_plan_says_where_or_as_whom_it_runs_in_its_arguments(aws: EmbeddedAws, plans: dict[str, DemoPlan]) -> None:
    for demo in plans.values():
        for command in all_commands(parsed(demo)):
            words = command["command_type"].get("Cli", {"args": []})["args"]
            assert not {"--endpoint-url", "--profile", "--region", "--no-verify-ssl", "--debug"} & set(words)
            assert command["profile"] in PROFILES
            assert command["region"] == aws.estate["region"]


def test_every_mode_and_every_risk_is_there(plans: dict[str, DemoPlan]) -> None:
    documents = [parsed(plans[name]) for name in VALID]

    modes = {mode if isinstance(mode := plan["mode"], str) else next(iter(mode)) for plan in documents}
    assert modes == {"Sequential", "Parallel", "DependencyGraph"}
    assert {plan["risk_level"] for plan in documents if plan["risk_level"][0].isupper()} == {
        "ReadOnly",
        "Modify",
        "Destructive",
    }


def test_json_plans_are_the_wire_form_to_the_letter(plans: dict[str, DemoPlan]) -> None:
    for name in VALID:
        if name.endswith(".json"):
            plan = ExecutionPlan.model_validate_json(plans[name].text)
            assert json.loads(plan.model_dump_json()) == json.loads(plans[name].text)
