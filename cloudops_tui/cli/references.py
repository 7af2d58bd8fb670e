"""What an operator names on the command line: a file, an entry of the queue, an execution."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from uuid import UUID

from cloudops_tui.cli.failures import UnknownReference
from cloudops_tui.cli.naming import NUMBER, bare, names_entry
from cloudops_tui.cli.program import PROGRAM
from cloudops_tui.engine.plan_queue import Submission
from cloudops_tui.engine.ports import StoredExecution
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.model.command import Command
from cloudops_tui.model.errors import Other
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.queue import QueueEntry
from cloudops_tui.policy.rollback import all_compensations
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.sources.plan_files import read_plan


async def queued_or_file(session: ExecutionSession, name: str) -> QueueEntry | Submission:
    """A number, or a unique prefix of an id, is an entry of the queue; all else is a file, or `-`."""
    if names_entry(name):
        return await entry_named(session, name)
    return plan_file(name)


def plan_file(name: str, *, user_prompt: str = "", conversation_id: UUID | None = None) -> Submission:
    """The text of a file, or of standard input for `-`."""
    return read_plan(name, sys.stdin.buffer, user_prompt=user_prompt, conversation_id=conversation_id)


async def entry_named(session: ExecutionSession, reference: str) -> QueueEntry:
    """The entry, named by itself or by an execution of it; raises UnknownReference."""
    found = await _resolved(session, reference)
    execution = await _execution(session, found)
    if execution is None:
        return await session.entry(found)
    if execution.entry_id is None:
        raise UnknownReference(f"{execution.number} is an execution that came from no queue entry")
    try:
        return await session.entry(execution.entry_id)
    except KeyError as error:
        raise UnknownReference(str(error.args[0])) from error


async def execution_named(session: ExecutionSession, reference: str) -> StoredExecution:
    """The execution, named by itself or by the entry that it ran; raises UnknownReference."""
    found = await execution_or_entry(session, reference)
    if isinstance(found, StoredExecution):
        return found
    if found.execution_id is not None:
        ran = f"{found.number} is {found.state.value}: it ran as execution {str(found.execution_id)[:8]}"
        raise UnknownReference(f"{ran}, and the record of that was pruned")
    raise UnknownReference(
        f"{found.number} was not executed: it is {found.state.value}; `{PROGRAM} status {found.number}` tells more"
    )


async def execution_or_entry(session: ExecutionSession, reference: str) -> StoredExecution | QueueEntry:
    """What the reference means; of an entry that was executed, its latest execution. Raises UnknownReference."""
    found = await _resolved(session, reference)
    execution = await _execution(session, found)
    if execution is not None:
        return execution
    entry = await session.entry(found)
    latest = await _execution(session, entry.execution_id) if entry.execution_id else None
    return latest or entry


def command_named(plan: ExecutionPlan, name: str) -> Command:
    """By number in the plan, or by a unique prefix of its id; compensations by id only. Raises UnknownReference."""
    if NUMBER.fullmatch(name):
        if 1 <= int(name) <= len(plan.commands):
            return plan.commands[int(name) - 1]
        raise UnknownReference(f"The plan has commands 1 to {len(plan.commands)}, and no {name}")
    everything = (*plan.commands, *(undo.compensation for undo in all_compensations(plan)))
    found = [one for one in everything if str(one.id).startswith(name.lower())]
    if len(found) != 1:
        why = "no command has an id" if not found else "several commands have ids"
        raise UnknownReference(f"{why.capitalize()} beginning with `{safe_line(name)}`; give its number in the plan")
    return found[0]


def command_line(state_dir: Path | None, *words: str) -> str:
    """What to type, as a shell would need it."""
    place = ("--state-dir", str(state_dir)) if state_dir is not None else ()
    return shlex.join((PROGRAM, *place, *words))


async def _resolved(session: ExecutionSession, reference: str) -> UUID:
    try:
        return await session.resolve(bare(reference))
    except Other as error:
        raise UnknownReference(str(error)) from error


async def _execution(session: ExecutionSession, execution_id: UUID) -> StoredExecution | None:
    try:
        return await session.execution(execution_id)
    except KeyError:
        return None
