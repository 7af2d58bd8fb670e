"""What can be foreseen to go wrong, as an exit code and words instead of a traceback."""

from __future__ import annotations

from cloudops_tui.bootstrap import SettingsError
from cloudops_tui.cli import exit_codes
from cloudops_tui.engine.plan_queue import ApprovalRefused, DecisionIncomplete, InvalidPlan
from cloudops_tui.engine.ports import Conflict
from cloudops_tui.executors.embedded_aws.launcher import EmbeddedAwsFailed
from cloudops_tui.model.errors import ApprovalRequired, ExecutionError, InvalidCommand, StorageError
from cloudops_tui.sources.plan_files import UnreadableFile


class UnknownReference(Exception):
    """Something that was named and does not exist, or is not of the kind that is needed; the text says what."""


def foreseen(error: BaseException) -> tuple[int, str] | None:
    """The exit code and the words; None for what is an error of the program itself."""
    match error:
        case SettingsError() | UnreadableFile() | UnknownReference() | InvalidPlan() | InvalidCommand():
            return exit_codes.USAGE, str(error)
        case ApprovalRequired() | DecisionIncomplete():
            return exit_codes.NEEDS_APPROVAL, str(error)
        case ApprovalRefused() | Conflict():
            return exit_codes.REFUSED, str(error)
        case StorageError() | ExecutionError() | EmbeddedAwsFailed():
            return exit_codes.FAILED, str(error)
        case BaseExceptionGroup(exceptions=[one]):
            return foreseen(one)
        case _:
            return None
