"""What is on the disk after a run: read without the engine, from the files themselves; the chain by `verify`."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from cloudops_tui.executors.job import Job, JobState
from cloudops_tui.model import events as happened
from cloudops_tui.model.events import EVENT, AnyExecutionEvent
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.state.execution import ExecutionState
from cloudops_tui.state.reducer import replay
from cloudops_tui.storage import folders, retold
from cloudops_tui.storage.verify import verify
from tests.faults.stub import PUT_BACK, Witness


@dataclass(frozen=True)
class Kept:
    """One execution as the store has it."""

    id: UUID
    status: str
    approval_digest: str
    owner_pid: int
    plan: ExecutionPlan
    story: tuple[AnyExecutionEvent, ...]

    @property
    def state(self) -> ExecutionState:
        return replay(self.id, self.plan, self.story)

    def intents(self, command_id: UUID) -> int:
        """How many attempts at a command or a compensation were recorded as about to leave."""
        return sum(
            (isinstance(event, happened.CommandStarted) and event.command_id == command_id)
            or (isinstance(event, happened.CompensationStarted) and event.compensation_id == command_id)
            for event in self.story
        )


class Evidence:
    """A state folder."""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir

    @property
    def database(self) -> Path:
        return self.state_dir / folders.DATABASE

    def executions(self) -> list[Kept]:
        rows = self._rows(
            "SELECT id, status, coalesce(approval_digest, plan_digest) AS digest, owner_pid, plan FROM executions"
            " ORDER BY serial"
        )
        return [
            Kept(
                UUID(row["id"]),
                row["status"],
                row["digest"],
                row["owner_pid"],
                ExecutionPlan.model_validate_json(row["plan"]),
                tuple(
                    EVENT.validate_json(one["body"])
                    for one in self._rows(
                        "SELECT body FROM journal WHERE execution_id = ? ORDER BY seq", row["id"]
                    )
                ),
            )
            for row in rows
        ]

    def owner(self) -> int | None:
        """The pid in the lease of what runs."""
        rows = self._rows("SELECT owner_pid FROM executions WHERE status = 'Running'")
        return int(rows[0]["owner_pid"]) if rows else None

    def intents(self, command_id: UUID) -> int:
        """As `Kept.intents`, by a look at the rows alone: what a request may find while it arrives."""
        rows = self._rows(
            "SELECT count(*) AS n FROM journal WHERE kind = 'CommandStarted' AND body LIKE ?"
            " OR kind = 'CompensationStarted' AND body LIKE ?",
            f'%"command_id":"{command_id}"%',
            f'%"compensation_id":"{command_id}"%',
        )
        return int(rows[0]["n"]) if rows else 0

    def witness(self, names: Mapping[UUID, str]) -> Witness:
        """Whether the intent to send request number n of a name is kept; `names` by id."""
        ids = {name: one for one, name in names.items()}

        def kept(name: str, number: int) -> bool:
            if name.endswith(PUT_BACK):
                return self._undoing(ids[name.removesuffix(PUT_BACK)]) >= number
            return name in ids and self.intents(ids[name]) >= number

        return kept

    def _undoing(self, command_id: UUID) -> int:
        """How many attempts to undo a command were recorded as about to leave."""
        rows = self._rows(
            "SELECT count(*) AS n FROM journal WHERE kind = 'CompensationStarted' AND body LIKE ?",
            f'%"command_id":"{command_id}"%',
        )
        return int(rows[0]["n"]) if rows else 0

    def job(self, execution_id: UUID, command_id: UUID, attempt: int) -> JobState:
        return Job.inspect(self.attempt(execution_id, command_id, attempt))

    def attempt(self, execution_id: UUID, command_id: UUID, attempt: int) -> Path:
        return folders.attempt_folder(self.state_dir, execution_id, command_id, attempt)

    def started(self) -> Iterator[Path]:
        """The folders of jobs whose runner has written itself down and no end."""
        for folder, _, names in os.walk(self.state_dir):  # `rglob` stumbles over a folder that goes meanwhile
            if "started.json" in names and not Path(folder, "result.json").exists():
                yield Path(folder, "started.json")

    def integrity(self) -> str:
        return str(self._rows("PRAGMA integrity_check")[0][0])

    def broken_links(self) -> list[str]:
        """What `verify` names: links of a chain, and rows of the ledger, that are not as they were written."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            found = verify(connection, files=self.state_dir / folders.EXECUTIONS)
        return [f"{one.number} event {one.seq}: {one.what}: {one.told}" for one in found.breaks]

    def told_twice(self, kept: Kept) -> list[AnyExecutionEvent]:
        """The events of an execution that the file beside its output has, up to its last part that was committed."""
        rows = self._rows(
            "SELECT links.place, links.link FROM links JOIN ledger ON ledger.place = links.ledger"
            " WHERE ledger.execution_id = ?",
            str(kept.id),
        )
        links = {row["place"]: row["link"] for row in rows}
        parts = retold.parts_of(folders.execution_folder(self.state_dir, kept.id))
        while parts and links.get(parts[-1].count) != parts[-1].head:
            parts = parts[:-1]
        return [EVENT.validate_json(row[-1]) for _, row in retold.whole_story(str(kept.id), parts)]

    def holding(self, secret: bytes) -> list[Path]:
        """Files that hold these bytes."""
        return [file for file in self.state_dir.rglob("*") if file.is_file() and secret in file.read_bytes()]

    def _rows(self, text: str, *values: Any) -> list[sqlite3.Row]:
        if not self.database.exists():
            return []
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)
        try:
            connection.row_factory = sqlite3.Row
            return connection.execute(text, values).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error) or "unable to open" in str(error):
                return []  # it is being made this moment
            raise
        finally:
            connection.close()


def end_processes_under(folder: Path) -> None:
    """Whatever is left goes at once; some of it may be going by itself."""
    for pid in processes_under(folder):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def processes_under(folder: Path) -> list[int]:
    """Processes that live and name the folder in their command line, or work in it."""
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        try:
            line = (process / "cmdline").read_bytes()
            work = os.readlink(process / "cwd")
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z" and (os.fsencode(folder) in line or work.startswith(os.fspath(folder))):
            found.append(int(process.name))
    return found
