"""What the configuration opens is taken, shown and counted; what changes the meaning of `aws` blocks a review."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudops_tui.engine.approval import ApprovalWorkflow
from cloudops_tui.engine.plugins import executor_configs, load_executors
from cloudops_tui.model.command import Cli, CliCommand, Command
from cloudops_tui.model.errors import ExecutionError
from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.model.settings import SafetySettings, Settings
from cloudops_tui.policy.refusals import UNKNOWN_COMMANDS
from tests.engine.made import Maker
from tests.engine.plans import cli_get, sequence


def opening(*names: str) -> Settings:
    return Settings(safety=SafetySettings(allow=names))


def with_words(*words: str) -> Command:
    command = cli_get("a")
    return command.model_copy(update={"command_type": Cli(CliCommand(command="aws", args=words))})


async def test_what_is_refused_by_default_is_refused_with_the_way_to_open_it(make: Maker) -> None:
    plan = sequence(with_words("ssm", "get-parameter", "--name", "a", "--debug"))

    with pytest.raises(ExecutionError.InvalidCommand, match="allow `--debug` in `\\[safety\\]`"):
        await make().preparer.review(plan)
    with pytest.raises(ExecutionError.InvalidCommand, match="--debug"):
        ApprovalWorkflow().assess_risk(plan)


async def test_what_is_opened_stands_in_the_review_with_its_reason_its_flag_and_its_level(make: Maker) -> None:
    plan = sequence(with_words("ssm", "get-parameter", "--name", "a", "--endpoint-url", "http://127.0.0.1:1"))

    review = await make(settings=opening("--endpoint-url")).preparer.review(plan)

    [command] = review.commands
    assert command.argv is not None
    assert command.argv[-2:] == ("--endpoint-url", "http://127.0.0.1:1")
    assert "opened by the configuration: `--endpoint-url`" in command.assessment.reasons[-1]
    assert RiskFlag.NETWORK in review.flags
    assert review.level is RiskLevel.MODIFY
    assert ApprovalWorkflow(allowed=["--endpoint-url"]).assess_risk(plan) is RiskLevel.MODIFY


async def test_an_unknown_command_counts_as_destructive_once_it_is_opened(make: Maker) -> None:
    plan = sequence(with_words("newsvc", "look-around", "--name", "x", "--region", "us-east-1", "y"))

    review = await make(settings=opening(UNKNOWN_COMMANDS)).preparer.review(plan)

    assert review.commands[0].argv == ("aws", "newsvc", "look-around", "--name", "x", "y")
    assert review.level is RiskLevel.DESTRUCTIVE
    assert RiskFlag.UNKNOWN in review.flags
    assert review.confirmation.needed


async def test_an_alias_blocks_the_review_and_names_its_file(make: Maker, home: Path) -> None:
    plan = sequence(cli_get("a"))
    before = await make().preparer.review(plan)
    (home / ".aws" / "cli").mkdir(parents=True)
    (home / ".aws" / "cli" / "alias").write_text("[toplevel]\nssm = !sh\n")

    after = await make().preparer.review(plan)

    assert before.blocked is None
    assert f"`{home}/.aws/cli/alias`" in (after.blocked or "")


async def test_a_plan_that_only_reads_is_blocked_by_a_profile_that_is_not_there_and_not_by_an_sts_that_does_not_answer(
    make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.asks_sts = True
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    there, gone = (sequence(cli_get("a").model_copy(update={"profile": name})) for name in ("default", "gone"))
    engine = make()

    unanswered, absent = await engine.preparer.review(there), await engine.preparer.review(gone)

    assert (unanswered.level, unanswered.blocked, unanswered.identities[0].account) == (RiskLevel.READ_ONLY, None, None)
    assert absent.blocked is not None
    assert absent.blocked.startswith("Profile `gone` is neither in")
    assert "aws configure --profile gone" in absent.blocked
    with pytest.raises(ExecutionError.Other, match="Profile `gone` is neither"):
        await engine.execute(gone)


async def test_executors_that_are_made_for_a_configuration_honour_what_it_opens() -> None:
    command = with_words("ssm", "get-parameter", "--name", "a", "--debug")
    [closed], [opened] = (
        [one for one in load_executors(executor_configs(settings)) if one.supports(command)]
        for settings in (Settings(), opening("--debug"))
    )

    assert "Not rehearsable" in (await opened.dry_run(command)).description
    with pytest.raises(ExecutionError.InvalidCommand, match="--debug"):
        await closed.dry_run(command)
