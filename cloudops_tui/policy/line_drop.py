"""What a dropped line would mean for what runs, said truthfully: it depends on how the machine treats a login's end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MULTIPLEXERS = ("TMUX", "STY", "ZELLIJ")
"""Variables of terminals that outlive their line."""

GOES_ON = "If this line drops, what runs goes on without a screen; `cloudops-tui` shows it again"
UNLESS = (
    "If this line drops, what runs goes on without a screen, unless this machine ends processes at logout "
    "(KillUserProcesses in logind.conf); `cloudops-tui` shows it again"
)
ENDED = (
    "If this line drops, logind ends all that this login started, commands in flight among it (KillUserProcesses=yes): "
    "`loginctl enable-linger`, then work in `systemd-run --user --scope tmux`"
)
LAST_LOGIN = (
    "When your last login here ends, systemd ends what runs with it, commands in flight too; "
    "`loginctl enable-linger` keeps it"
)

_SETTING = re.compile(r"^\s*(KillUserProcesses|KillOnlyUsers|KillExcludeUsers)\s*=\s*(.*?)\s*$")
_YES = frozenset({"1", "yes", "y", "true", "t", "on"})


@dataclass(frozen=True)
class Login:
    """How a process is bound to its login."""

    user: str
    cgroup: str
    """`/proc/self/cgroup`, empty where there is none."""
    lingers: bool
    """What the user's manager runs goes on without any login."""
    settings: Mapping[str, str]
    """Of logind.conf and its drop-ins: `logind_settings`."""


def logind_settings(texts: Iterable[str]) -> dict[str, str]:
    """What the files say together, later ones over earlier ones."""
    lines = (line for text in texts for line in text.splitlines())
    return {found[1]: found[2] for line in lines if (found := _SETTING.match(line))}


def line_drop(environ: Mapping[str, str], login: Login) -> str:
    """The sentence for the start; empty inside a multiplexer, and where the user lingers."""
    if login.lingers or any(environ.get(name) for name in MULTIPLEXERS):
        return ""
    if "/session-" in login.cgroup and login.cgroup.rstrip().endswith(".scope"):
        match _kills(login):
            case True:
                return ENDED
            case False:
                return GOES_ON
            case None:
                return UNLESS
    return LAST_LOGIN if "/user@" in login.cgroup else GOES_ON


def _kills(login: Login) -> bool | None:
    """Whether the end of a login ends its processes; None where the files do not say."""
    if login.user in login.settings.get("KillExcludeUsers", "root").split():
        return False
    only = login.settings.get("KillOnlyUsers", "").split()
    if only and login.user not in only:
        return False
    said = login.settings.get("KillUserProcesses")
    return None if not said else said.lower() in _YES
