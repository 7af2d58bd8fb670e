"""Credentials that expire in the middle hold the execution; it goes on as who was approved, or not at all."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cloudops_tui.engine import holding
from cloudops_tui.engine.engine import ExecutionEngine
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.executors.accounts import AwsAccounts
from cloudops_tui.executors.output_reader import OutputFiles
from cloudops_tui.model import events as happened
from cloudops_tui.model.command import Command
from cloudops_tui.model.config import ExecutionConfig, Fixed, RetryConfig
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.plan import Parallel
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.model.target import ProfileIdentity
from tests.engine.made import Heard, Maker, approved, ended, how
from tests.engine.plans import cli_put, of, put, sequence, token
from tests.engine.stub import FINE, PATIENCE, Answer, Call, Stub, refusal, until

EXPIRED = refusal("ExpiredTokenException")
OLD, NEW, OTHERS = "AKIA0000000000000001", "AKIA0000000000000003", "AKIA0000000000000002"
LONG = pytest.mark.skipif(not os.environ.get("LONG_TESTS"), reason="LONG_TESTS=1 runs it: two starts of `aws`")
ONE_TRY = RetryConfig(max_attempts=1, backoff=Fixed(Duration.from_millis(1)))


class Vault:
    """The operator's credentials file."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "credentials"
        self.put(OLD)

    def put(self, key: str) -> None:
        new = self.file.with_suffix(".new")
        new.write_text(f"[prod]\naws_access_key_id = {key}\naws_secret_access_key = {'s' * 40}\n")
        new.rename(self.file)

    @property
    def key(self) -> str:
        found = re.search(r"aws_access_key_id = (\S+)", self.file.read_text())
        return found.group(1) if found else ""


class Sts(AwsAccounts):
    """Knows the keys of the vault: the old ones are valid for as long as `valid` says."""

    def __init__(self, aws: Path, vault: Vault) -> None:
        super().__init__(aws)
        self._vault = vault
        self.valid = True

    async def identify(self, profile: str, region: str) -> ProfileIdentity:
        gone = self._vault.key == OLD and not self.valid
        account = "222222222222" if self._vault.key == OTHERS else "111111111111"
        return ProfileIdentity(
            profile=profile,
            region=region,
            account=None if gone else account,
            partition=None if gone else "aws",
            principal=None if gone else "role/operator",
            reason="The token has expired" if gone else None,
            renew="renew with: aws sso login --profile prod" if gone else None,
        )


@pytest.fixture
def vault(tmp_path: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch) -> Vault:
    vault = Vault(tmp_path)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(vault.file))
    monkeypatch.setattr(holding, "LOOK_EVERY", 0.02)
    return vault


@pytest.fixture
def sts(make: Maker, vault: Vault) -> Sts:
    return Sts(make.aws, vault)


def prod(command: Command) -> Command:
    return command.model_copy(update={"profile": "prod"})


async def held(heard: Heard) -> None:
    await until(lambda: bool(heard.of(happened.ExecutionHeld)), "the execution is held")


async def looked_again() -> None:
    """Long enough for several looks; nothing that is asserted depends on how many there were."""
    await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("make_it", "sts_knows"),
    [(token, True), (put, False), pytest.param(cli_put, True, marks=LONG)],
    ids=["sdk-token", "sdk-only-the-service-knows", "cli"],
)
async def test_it_waits_for_new_credentials_and_then_makes_the_same_attempt_again(
    make: Maker, stub: Stub, vault: Vault, sts: Sts, make_it: Callable[[str], Command], sts_knows: bool
) -> None:
    engine = make(ExecutionConfig(retry_config=ONE_TRY), accounts=sts)
    heard = Heard(engine)
    stub.says = lambda call: EXPIRED if vault.key == OLD else FINE
    plan = sequence(prod(make_it("first")), prod(put("second")))

    execution = await approved(engine, plan)
    sts.valid = not sts_knows
    await held(heard)
    arrived = stub.times("first")
    await looked_again()

    assert (stub.times("first"), stub.times("second")) == (arrived, 0)
    assert arrived <= (1 if sts_knows else 2)  # STS may still take what the service refuses: those are tried once more
    state = await engine.observe(execution)
    assert state.held is not None
    assert state.held.profile == "prod"
    vault.put(NEW)
    result = await ended(engine, execution)

    assert how(plan, result) == {"first": "Completed", "second": "Completed"}
    assert stub.times("first") == arrived + 1
    assert len({call.body.get("ClientToken") for call in stub.calls if call.name == "first"}) == 1
    assert (await engine.observe(execution)).held is None
    [released] = heard.of(happened.ExecutionReleased)
    assert released.why is None


async def test_new_credentials_of_another_account_are_refused_and_nothing_is_sent(
    make: Maker, stub: Stub, vault: Vault, sts: Sts
) -> None:
    engine = make(accounts=sts)
    heard = Heard(engine)
    stub.says = lambda call: EXPIRED
    plan = sequence(prod(put("first")))

    execution = await approved(engine, plan)
    sts.valid = False
    await held(heard)
    vault.put(OTHERS)
    result = await ended(engine, execution)

    assert stub.names == ["first"]
    [failed] = result.command_results
    assert failed.status.value == "Failed"
    assert "account `111111111111` is now `222222222222`" in (failed.error or "")


async def test_all_commands_wait_and_what_is_in_flight_ends(
    make: Maker, stub: Stub, vault: Vault, sts: Sts
) -> None:
    engine = make(accounts=sts)
    heard = Heard(engine)

    def says(call: Call) -> Answer | None:
        if call.name == "flies":
            return None
        return EXPIRED if vault.key == OLD else FINE

    stub.says = says
    plan = of(Parallel(), prod(put("flies")), prod(put("meets")), prod(put("later")), max_parallel=2)

    execution = await approved(engine, plan)
    await stub.until(lambda: {"flies", "meets"} <= set(stub.names), "both have left")
    sts.valid = False
    await held(heard)
    stub.release("flies")
    await until(lambda: bool(heard.of(happened.CommandCompleted)), "what was in flight has ended")
    await looked_again()

    assert "later" not in stub.names
    vault.put(NEW)
    result = await ended(engine, execution)

    assert set(how(plan, result).values()) == {"Completed"}


async def test_before_a_command_begins_it_is_held_and_can_be_cancelled_without_having_begun(
    make: Maker, stub: Stub, vault: Vault, sts: Sts
) -> None:
    engine = make(accounts=sts)
    heard = Heard(engine)
    plan = sequence(prod(put("first")), prod(put("second")))

    execution = await approved(engine, plan)
    await stub.holds("first")
    sts.valid = False
    vault.put(OLD)  # the same text, a changed file: who that is has to be asked again
    stub.release("first")
    await held(heard)
    await engine.cancel(execution)
    result = await ended(engine, execution)

    assert result.status is ExecutionStatus.CANCELLED
    assert how(plan, result) == {"first": "Completed", "second": "Skipped"}
    assert stub.names == ["first"]


async def test_a_command_that_met_it_is_failed_when_cancelled_meanwhile_and_not_unknown(
    make: Maker, stub: Stub, vault: Vault, sts: Sts
) -> None:
    engine = make(accounts=sts)
    heard = Heard(engine)
    stub.says = lambda call: EXPIRED
    plan = sequence(prod(put("first")))

    execution = await approved(engine, plan)
    sts.valid = False
    await held(heard)
    await engine.cancel(execution)
    result = await ended(engine, execution)

    assert result.status is ExecutionStatus.CANCELLED
    assert how(plan, result) == {"first": "Failed"}
    assert result.command_results[0].error_code == "ExpiredTokenException"


async def test_nobody_comes_and_it_fails_with_what_would_have_helped(
    make: Maker, stub: Stub, vault: Vault, sts: Sts
) -> None:
    engine = make(ExecutionConfig(retry_config=ONE_TRY, hold_for=Duration.from_millis(60)), accounts=sts)
    stub.says = lambda call: EXPIRED
    plan = sequence(prod(put("first")))

    execution = await approved(engine, plan)
    sts.valid = False
    result = await ended(engine, execution)

    assert how(plan, result) == {"first": "Failed"}
    error = result.command_results[0].error or ""
    assert "no new credentials of profile `prod`" in error
    assert f"new keys of profile prod in {vault.file}" in error


async def test_who_takes_over_a_held_execution_knows_that_nothing_was_in_flight(
    make: Maker, stub: Stub, vault: Vault, sts: Sts
) -> None:
    first: ExecutionEngine = make(accounts=sts)
    heard = Heard(first)
    stub.says = lambda call: EXPIRED
    plan = sequence(prod(put("first")))
    execution = await approved(first, plan)
    sts.valid = False
    await held(heard)
    await first.close(leave_running=True)

    second = make(accounts=sts)
    async with asyncio.timeout(PATIENCE):
        while not await second.recover():
            await asyncio.sleep(0.01)
    result = await ended(second, execution)

    assert how(plan, result) == {"first": "Failed"}


async def test_when_the_screen_is_left_it_is_held_no_longer_than_without_one(
    make: Maker, stub: Stub, vault: Vault, sts: Sts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloudops_tui.engine.engine.DEFAULT_HOLD", Duration.from_millis(50))
    week = Duration.from_secs(7 * 86_400)
    engine = make(ExecutionConfig(retry_config=ONE_TRY, hold_for=week), accounts=sts)
    session = ExecutionSession(engine, OutputFiles())
    session.attend_codes(lambda: None)
    heard = Heard(engine)
    stub.says = lambda call: EXPIRED
    plan = sequence(prod(put("first")), prod(put("second")))

    execution = await approved(engine, plan)
    sts.valid = False
    await held(heard)
    asked = asyncio.ensure_future(session.desk.ask("prod", "arn:aws:iam::111111111111:mfa/me", ""))
    await until(lambda: bool(session.code_questions()), "a code is asked for")
    session.leave_screen(as_configured=False)
    result = await ended(engine, execution)

    assert how(plan, result) == {"first": "Failed", "second": "Skipped"}
    assert "renew with: " in (result.command_results[0].error or "")
    assert [one.gives_up_at is None for one in heard.of(happened.ExecutionHeld)] == [True, False]
    assert await asked is None
    assert await session.desk.ask("prod", "arn:aws:iam::111111111111:mfa/me", "") is None
