"""Which process drives an execution, and whether it still lives."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from uuid import UUID

from cloudops_tui.engine.living import boot_id, lives, started
from cloudops_tui.engine.ports import Owner
from cloudops_tui.model.approval import Operator
from cloudops_tui.policy.safe_text import safe_line

UNSET_LOGIN_UID = 4_294_967_295  # (uid_t) -1
LONGEST_HINT = 200  # characters; four addresses and ports are below 100

_PROC = Path("/proc")
_lock = threading.Lock()
_here: set[UUID] = set()


def login_here() -> Operator:
    """Who sits at the keyboard, as far as this machine knows; whatever comes from the environment is only a hint."""
    return Operator(
        uid=os.getuid(),
        login_uid=_login_uid(),
        sudo_user=_hint("SUDO_USER"),
        ssh_connection=_hint("SSH_CONNECTION"),
    )


def this_process() -> Owner:
    """The owner that this process is."""
    pid = os.getpid()
    return Owner(pid, boot_id(), started(pid) or 0)


def take(execution_id: UUID) -> bool:
    """From now on somebody in this process drives the execution; False when somebody does already."""
    with _lock:
        if execution_id in _here:
            return False
        _here.add(execution_id)
        return True


def let_go(execution_id: UUID) -> None:
    """Nobody in this process drives it any more."""
    with _lock:
        _here.discard(execution_id)


def is_driven(execution_id: UUID, owner: Owner) -> bool:
    """Somebody drives it: an engine in this process, or another process that lives.

    That this process lives is not enough: it may have given an execution up that it could not record.
    """
    with _lock:
        if execution_id in _here:
            return True
    return owner != this_process() and is_alive(owner)


def is_alive(owner: Owner) -> bool:
    """The process lives: same boot, same pid, same start. A zombie does not."""
    return lives(owner.pid, owner.boot_id, owner.started_ticks)


def _login_uid() -> int | None:
    """The audit system's login uid (proc(5)); None where it was never set, or where there is no audit system."""
    try:
        number = int((_PROC / "self/loginuid").read_text())
    except (OSError, ValueError):
        return None
    return None if number == UNSET_LOGIN_UID else number


def _hint(variable: str) -> str | None:
    """An environment variable that anybody may have set to anything: safe, and no longer than what belongs there."""
    return safe_line(os.environ.get(variable, ""))[:LONGEST_HINT] or None
