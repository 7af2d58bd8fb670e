"""What happened while nobody looked, in one sentence each: what the notices keep of the engine's story."""

from __future__ import annotations

from datetime import datetime

from cloudops_tui.model import events as happened
from cloudops_tui.model.events import AnyEvent
from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.result import CommandStatus, ExecutionResult
from cloudops_tui.policy.entries import became
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.frame import Notice
from cloudops_tui.presentation.holding import held_words

INTERRUPTED = "Interrupted"
"""How the engine's words begin for an execution that lost its process and was taken over."""


def told(event: AnyEvent, called: str, now: datetime) -> Notice | None:
    """The notice of an event; None for what is no news. `called` names the execution, such as `#3`."""
    match event:
        case happened.PlanQueued(entry=entry):
            return Notice(now, "info", _arrived(entry))
        case happened.PlanRefused(entry=entry):
            first = f": {entry.problems[0].message}" if entry.problems else ""
            return Notice(now, "warning", safe_line(f"#{entry.number} from {entry.source} was refused{first}"))
        case happened.PlanMoved(entry=entry) if entry.state is QueueState.EXPIRED:
            return Notice(now, "warning", f"#{entry.number} {became(entry, now)}")
        case happened.ExecutionHeld(profile=profile, renew=renew):
            return Notice(event.at or now, "warning", f"{called} is HELD: {held_words(profile, renew)}")
        case happened.ExecutionReleased(profile=profile, why=why):
            went_on = f"goes on: profile {safe_line(profile)} has new credentials"
            said = went_on if why is None else f"is not held any more: {safe_line(why)}"
            return Notice(event.at or now, "info" if why is None else "error", f"{called} {said}")
        case happened.Completed(result=result) if _unknown(result):
            return Notice(event.at or now, "warning", f"{called} ended{_unknown(result)}")
        case happened.Failed(error=error, result=result):
            what = "was taken over and ended" if str(error).startswith(INTERRUPTED) else "failed"
            return Notice(event.at or now, "error", safe_line(f"{called} {what}: {error}") + _unknown(result))
        case happened.Cancelled(result=result):
            return Notice(event.at or now, "warning", f"{called} was cancelled{_unknown(result)}")
        case happened.RollbackCompleted(result=result):
            return Notice(event.at or now, "warning", f"{called} was rolled back{_unknown(result)}")
        case _:
            return None


def _arrived(entry: QueueEntry) -> str:
    title = entry.plan.description if entry.plan else ""
    what = f"arrived from {entry.source}" if entry.revision == 1 else f"was changed, now r{entry.revision}"
    return safe_line(f"#{entry.number} {what}: {title}")


def _unknown(result: ExecutionResult | None) -> str:
    """That commands may or may not have done what they should; empty where the end of each is known."""
    results = result.command_results if result is not None else ()
    count = sum(each.status is CommandStatus.UNKNOWN for each in results)
    return f"; how {wording.counted(count, 'command')} ended is not known" if count else ""
