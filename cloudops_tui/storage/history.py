"""What was executed, remembered: the reference's six methods over the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from cloudops_tui.engine.ports import Conflict
from cloudops_tui.model.errors import Other, Storage, StorageError
from cloudops_tui.model.history import ExecutionFilter, ExecutionRecord
from cloudops_tui.storage.service import StorageService

Records: TypeAlias = list[ExecutionRecord]

ALL = 2**63 - 1


class ExecutionHistory:
    """Execution history. Raises `ExecutionError.Storage`; `ExecutionError.Other` for an id that nothing has."""

    def __init__(self, storage: StorageService) -> None:
        self._storage = storage

    async def store(self, record: ExecutionRecord) -> None:
        """Store a record, also one that this engine did not make; one of the same id is replaced.

        Raises Other for an execution that still runs.
        """
        with _in_the_references_words():
            await self._storage.put_record(record)

    async def get(self, execution_id: UUID) -> ExecutionRecord:
        """One record, result so far when it still runs. Raises Other for an unknown id."""
        with _in_the_references_words():
            return await self._storage.record(execution_id)

    async def list(self, filter: ExecutionFilter) -> Records:
        """Records that the filter lets through, newest first."""
        with _in_the_references_words():
            return await self._storage.records(filter)

    async def search(self, query: str) -> Records:
        """The newest 50 records that hold every word of the query; the last word may be a beginning."""
        with _in_the_references_words():
            return await self._storage.records(ExecutionFilter(), query)

    async def get_by_conversation(self, conversation_id: UUID) -> Records:
        """Every record of a conversation, newest first."""
        with _in_the_references_words():
            return await self._storage.records(ExecutionFilter(conversation_id=conversation_id, limit=ALL))

    async def cleanup(self, older_than: datetime) -> int:
        """Remove executions that have ended and were created before `older_than`, with journal and files.

        Returns how many. That a plan ran stays known. Raises Other for a time without its zone.
        """
        if older_than.tzinfo is None:
            raise Other("`older_than` has no time zone; write `datetime.now(UTC) - timedelta(days=30)`")
        with _in_the_references_words():
            return await self._storage.prune(older_than)


@contextmanager
def _in_the_references_words() -> Iterator[None]:
    try:
        yield
    except StorageError as error:
        raise Storage(error) from error
    except KeyError as error:
        raise Other(str(error.args[0])) from error
    except Conflict as error:
        raise Other(str(error)) from error
