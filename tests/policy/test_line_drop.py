"""What is said of a dropped line is true on this machine."""

from __future__ import annotations

import pytest

from cloudops_tui.policy.line_drop import ENDED, GOES_ON, LAST_LOGIN, UNLESS, Login, line_drop, logind_settings

SCOPE = "0::/user.slice/user-1000.slice/session-7.scope\n"
MANAGER = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-r1.scope\n"


@pytest.mark.parametrize(
    ("cgroup", "config", "said"),
    [
        (SCOPE, "[Login]\nKillUserProcesses=yes\n", ENDED),
        (SCOPE, "KillUserProcesses=no", GOES_ON),
        (SCOPE, "#KillUserProcesses=yes", UNLESS),
        (SCOPE, "KillUserProcesses=yes\nKillExcludeUsers=root alice", GOES_ON),
        (SCOPE, "KillUserProcesses=yes\nKillOnlyUsers=bob", GOES_ON),
        (MANAGER, "KillUserProcesses=no", LAST_LOGIN),
        ("0::/\n", "", GOES_ON),
        ("", "", GOES_ON),
    ],
)
def test_the_sentence_follows_from_how_logins_end_here(cgroup: str, config: str, said: str) -> None:
    assert line_drop({}, Login("alice", cgroup, lingers=False, settings=logind_settings([config]))) == said


def test_a_later_file_has_the_last_word() -> None:
    assert logind_settings(["KillUserProcesses=yes", "KillUserProcesses = no"]) == {"KillUserProcesses": "no"}


def test_inside_a_multiplexer_and_for_a_user_who_lingers_nothing_is_said() -> None:
    killed = Login("alice", SCOPE, lingers=False, settings={"KillUserProcesses": "yes"})

    assert line_drop({"TMUX": "/tmp/tmux-1000/default,1,0"}, killed) == ""
    assert line_drop({"STY": "1.pts"}, killed) == ""
    assert line_drop({}, Login("alice", MANAGER, lingers=True, settings={})) == ""
