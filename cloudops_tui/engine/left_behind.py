"""What a dead process left behind: how its attempts came out, and why its execution ended."""

from __future__ import annotations

from collections.abc import Callable

from cloudops_tui.engine.ports import Attempt, AttemptExecutor, AttemptOutcome, Ending
from cloudops_tui.model.command import Command
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import ExecutorNotAvailable
from cloudops_tui.model.result import UNKNOWN_PREFIX
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.state.execution import CommandState

INTERRUPTED = "Interrupted: the process that drove this execution ended; nothing more was begun"


def interruption(last_words: str) -> str:
    """Why an execution ended whose process died; `last_words` is what that process could not record."""
    if not last_words:
        return INTERRUPTED
    return f"{INTERRUPTED}. Before that, nothing could be recorded: {safe_line(last_words)}"


async def outcome_left_behind(
    known: CommandState, attempt: Attempt, executor_for: Callable[[Command], AttemptExecutor]
) -> AttemptOutcome:
    """How an attempt came out that a dead process began; LOST where nobody can say."""
    nothing = Duration.from_secs(0)
    if known.waiting_to_retry:
        # The last attempt had failed and the next had not begun: nothing was in flight. What it may have done is
        # `known.doubtful`.
        said = (known.error or "failed").removeprefix(UNKNOWN_PREFIX)
        return AttemptOutcome(Ending.FAILED, nothing, said, not_executed=True)
    lost = AttemptOutcome(Ending.LOST, nothing, "the process that drove this execution ended")
    try:
        return await executor_for(attempt.command).reattach(attempt) or lost
    except ExecutorNotAvailable:
        return lost
    except Exception as error:  # noqa: BLE001  damaged files, or a stranger's executor: its end is not known
        said = f"what it left behind cannot be read: {type(error).__name__}: {safe_line(str(error))}"
        return AttemptOutcome(Ending.LOST, nothing, said)
