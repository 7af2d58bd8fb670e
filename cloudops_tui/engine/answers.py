"""What the store answers, with its failures in the reference's words."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar
from uuid import UUID

from cloudops_tui.engine.ports import Storage, StoredExecution
from cloudops_tui.model.errors import Other, StorageError
from cloudops_tui.model.errors import Storage as StorageFailed
from cloudops_tui.state.execution import ExecutionState
from cloudops_tui.state.reducer import replay

T = TypeVar("T")


async def kept(call: Awaitable[T]) -> T:
    """Raises Storage in place of StorageError."""
    try:
        return await call
    except StorageError as error:
        raise StorageFailed(error) from error


async def stored(storage: Storage, execution_id: UUID) -> StoredExecution:
    """One execution as the store has it; raises Other for an unknown id."""
    try:
        return await kept(storage.execution(execution_id))
    except KeyError as error:
        raise Other(f"There is no execution {execution_id}") from error


async def replayed(storage: Storage, execution: StoredExecution) -> ExecutionState:
    """What its whole journal says."""
    return replay(execution.id, execution.plan, await kept(storage.journal(execution.id)))
