"""What was executed, remembered: the reference's six methods over the store."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from cloudops_tui.model.history import ExecutionFilter, ExecutionRecord
from cloudops_tui.storage.service import StorageService

Records: TypeAlias = list[ExecutionRecord]

ALL = 2**63 - 1


class ExecutionHistory:
    """Execution history. Raises StorageError; KeyError for an id that nothing has."""

    def __init__(self, storage: StorageService) -> None:
        self._storage = storage

    async def store(self, record: ExecutionRecord) -> None:
        """Store a record, also one that this engine did not make; one of the same id is replaced.

        Raises Conflict for an execution that still runs.
        """
        await self._storage.put_record(record)

    async def get(self, execution_id: UUID) -> ExecutionRecord:
        """One record, result so far when it still runs; raises KeyError."""
        return await self._storage.record(execution_id)

    async def list(self, filter: ExecutionFilter) -> Records:
        """Records that the filter lets through, newest first."""
        return await self._storage.records(filter)

    async def search(self, query: str) -> Records:
        """The newest 50 records that hold every word of the query; the last word may be a beginning."""
        return await self._storage.records(ExecutionFilter(), query)

    async def get_by_conversation(self, conversation_id: UUID) -> Records:
        """Every record of a conversation, newest first."""
        return await self._storage.records(ExecutionFilter(conversation_id=conversation_id, limit=ALL))

    async def cleanup(self, older_than: datetime) -> int:
        """Remove executions that have ended and were created before `older_than`, with journal and files.

        Returns how many. That a plan ran stays known.
        """
        return await self._storage.prune(older_than)
