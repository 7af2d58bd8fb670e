"""A place of its own for the demo: folders, environment, an AWS; all of it is gone afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from cloudops_tui.bootstrap import CONFIG_VARIABLE, STATE_VARIABLE, Setup, load_setup
from cloudops_tui.cli.demo_plans import DemoPlan
from cloudops_tui.cli.sessions import INBOX
from cloudops_tui.executors.embedded_aws.launcher import EmbeddedAws
from cloudops_tui.model.settings import AccountSettings, ApprovalSettings, SafetySettings, Settings
from cloudops_tui.sources.inbox import make_private

XDG = {
    "XDG_CONFIG_HOME": ".config",
    "XDG_STATE_HOME": ".local/state",
    "XDG_DATA_HOME": ".local/share",
    "XDG_CACHE_HOME": ".cache",
    "XDG_RUNTIME_DIR": ".run",
}
ACCOUNT_NAME = "storefront"


@contextmanager
def demo_aws() -> Iterator[tuple[EmbeddedAws, Setup]]:
    """The embedded AWS, and a set-up whose engine talks to it alone. Raises EmbeddedAwsFailed.

    `os.environ` is the demo's own meanwhile. Whatever happens, process and folder are gone afterwards.
    """
    own = load_setup().settings
    folder = Path(tempfile.mkdtemp(prefix="cloudops-tui-demo-"))
    before = dict(os.environ)
    aws = EmbeddedAws(folder / "aws")
    try:
        with _leaving_tidily():
            aws.start()
            home, state = folder / "home", folder / "state"
            _enter(aws.environment(home) | _places(home, state))
            yield aws, Setup(_settings(str(aws.estate["account"]), own), home / ".config" / "config.toml", state)
    finally:
        _enter(before)
        aws.stop()
        shutil.rmtree(folder, ignore_errors=True)


def drop_plans(state_dir: Path, plans: Sequence[DemoPlan]) -> None:
    """Put the plans into the inbox as a planner would: written under another name, then renamed."""
    inbox = state_dir / INBOX
    make_private(inbox)
    for plan in plans:
        hidden = inbox / f".{plan.file_name}.tmp"
        hidden.write_text(plan.text, encoding="utf-8")
        hidden.rename(inbox / plan.file_name)


@contextmanager
def _leaving_tidily() -> Iterator[None]:
    """SIGTERM and SIGHUP end the program by way of its clean-up. What was ignored at the start stays ignored."""

    def leave(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    wanted = [which for which in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(which) is not signal.SIG_IGN]
    before = {which: signal.signal(which, leave) for which in wanted}
    try:
        yield
    finally:
        for which, handler in before.items():
            signal.signal(which, handler)


def _places(home: Path, state: Path) -> dict[str, str]:
    make_private(home / ".run")
    return {name: str(home / place) for name, place in XDG.items()} | {STATE_VARIABLE: str(state)}


def _settings(account: str, own: Settings) -> Settings:
    """The demo's rules, on the operator's own screen."""
    return Settings(
        approval=ApprovalSettings(headless="all"),
        accounts={account: AccountSettings(name=ACCOUNT_NAME)},
        safety=SafetySettings(read_only=own.safety.read_only),
        ui=own.ui,
        themes=own.themes,
        keys=own.keys,
        columns=own.columns,
    )


def _enter(environment: Mapping[str, str]) -> None:
    kept = {name: value for name, value in environment.items() if name != CONFIG_VARIABLE}
    os.environ.clear()
    os.environ.update(kept)
