"""Credentials end in the middle of a run and come back: a code, a process, the Identity Center's token file."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cloudops_tui.engine import holding
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.executors import codes
from cloudops_tui.executors.output_reader import OutputFiles
from cloudops_tui.model import events as happened
from tests.engine.made import Heard, Maker, approved, ended, how
from tests.engine.plans import put, sequence
from tests.engine.stub import FINE, Answer, Call, Stub, refusal, until

EXPIRED = refusal("ExpiredTokenException")


@dataclass
class Way:
    """One way to get credentials, as files in the home."""

    config: str
    renew: str
    """What the operator is told."""
    lose: Callable[[], None]
    regain: Callable[[], None]


def by_process(home: Path) -> Way:
    keys = home / "keys.json"

    def give(number: int) -> None:
        made = {"Version": 1, "AccessKeyId": f"AKIA{number:016}", "SecretAccessKey": "s" * 40}
        keys.write_text(json.dumps(made))

    give(1)
    config = f"credential_process = /bin/cat {shlex.quote(str(keys))}"
    return Way(config, "renew what the `credential_process` of prod needs", keys.unlink, lambda: give(2))


def by_identity_center(home: Path) -> Way:
    folder = home / ".aws" / "sso" / "cache"
    folder.mkdir(parents=True)
    token = folder / f"{hashlib.sha1(b'ops').hexdigest()}.json"

    def log_in() -> None:
        token.write_text(json.dumps({"accessToken": "t" * 40, "expiresAt": "2099-01-01T00:00:00Z"}))

    log_in()
    config = (
        "sso_session = ops\nsso_account_id = 123456789012\nsso_role_name = operator\n"
        "[sso-session ops]\nsso_region = us-east-1\nsso_start_url = https://ops.awsapps.com/start"
    )
    return Way(config, "renew with: aws sso login --profile prod", token.unlink, log_in)


def by_device(home: Path) -> Way:
    def cached() -> Path:
        [file] = (home / ".aws" / "cli" / "cache").glob("*.json")
        return file

    def regain() -> None:
        """As `aws sts get-caller-identity` does once it has asked for the code."""
        kept = json.loads(cached().read_text())
        kept["Credentials"]["AccessKeyId"] = "ASIA0000000000000099"
        cached().write_text(json.dumps(kept))

    config = (
        "role_arn = arn:aws:iam::123456789012:role/operator\nsource_profile = base\n"
        "mfa_serial = arn:aws:iam::123456789012:mfa/me\n"
        f"[profile base]\naws_access_key_id = AKIA0000000000000001\naws_secret_access_key = {'s' * 40}"
    )
    return Way(config, "renew with: aws sts get-caller-identity --profile prod", lambda: None, regain)


@pytest.mark.parametrize("way_of", [by_process, by_identity_center, by_device], ids=lambda way: way.__name__)
async def test_it_is_held_until_they_are_back_and_goes_on_with_the_new_ones(
    make: Maker,
    stub: Stub,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    way_of: Callable[[Path], Way],
) -> None:
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    way = way_of(home)
    config = home / ".aws" / "config"
    config.write_text(f"[profile prod]\n{way.config}\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    # botocore looks for the home when it is imported, once.
    for library in ("botocore.tokens.SSOTokenProvider", "botocore.credentials.SSOProvider"):
        monkeypatch.setattr(f"{library}._SSO_TOKEN_CACHE_DIR", str(home / ".aws" / "sso" / "cache"))
    monkeypatch.setattr(holding, "LOOK_EVERY", 0.02)
    make.asks_sts = True
    engine = make()
    session = ExecutionSession(engine, OutputFiles())

    def answer_codes() -> None:
        for question in session.code_questions():
            session.desk.answer(question.number, "123456")

    session.attend_codes(answer_codes)
    codes.ask_with(session.desk.ask)
    heard, old = Heard(engine), set[str]()

    def says(call: Call) -> Answer:
        old.update([call.key] if not old else [])
        return EXPIRED if call.key in old else FINE

    stub.says = says
    plan = sequence(*(put(name).model_copy(update={"profile": "prod"}) for name in ("first", "second")))

    execution = await approved(engine, plan)
    await until(lambda: bool(stub.calls), "the first has left")
    way.lose()
    await until(lambda: bool(heard.of(happened.ExecutionHeld)), "it is held")
    held = heard.of(happened.ExecutionHeld)[0]
    way.regain()
    result = await ended(engine, execution)

    assert held.renew == way.renew
    assert how(plan, result) == {"first": "Completed", "second": "Completed"}
    [key] = {call.key for call in stub.calls} - old
    assert [call.name for call in stub.calls if call.key == key] == ["first", "second"]
    assert [one.why for one in heard.of(happened.ExecutionReleased)] == [None]
    session.leave_screen(as_configured=False)
    codes.ask_with(None)
