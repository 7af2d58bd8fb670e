"""A record taken along: what is in the folder, for whom, and that nothing is overwritten."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from cloudops_tui.model.errors import StorageError
from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.storage import export
from cloudops_tui.storage.service import StorageService
from tests.storage import stories
from tests.storage.test_history import ended


async def exported(storage: StorageService) -> tuple[ExecutionRecord, Path]:
    new = await ended(storage, stories.execution())
    attempt = storage.attempt_folder(new.id, new.plan.commands[1].id, 2)
    attempt.mkdir(parents=True)
    (attempt / "stdout").write_bytes(b"line <redacted:secret>\n")
    (attempt / "index").write_bytes(b"only ours")
    return await storage.record(new.id), await storage.export(new.id)


async def test_the_folder_holds_the_record_its_story_and_what_was_printed(storage: StorageService) -> None:
    record, folder = await exported(storage)

    assert folder == storage.state_dir / "exports" / f"record-{record.number}"
    assert ExecutionRecord.model_validate_json((folder / "record.json").read_text()) == record
    story = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert len(story) == len(await storage.journal(record.id))
    [stdout] = [path for path in folder.rglob("*") if path.is_file() and path.parent.parent.parent.name == "output"]
    second = record.execution_plan.commands[1].id
    assert stdout.relative_to(folder) == Path(f"output/002-{second}/2/stdout")
    assert stdout.read_bytes() == b"line <redacted:secret>\n"


async def test_nobody_else_may_read_any_of_it(storage: StorageService) -> None:
    _, folder = await exported(storage)

    everything = (folder.parent, folder, *folder.rglob("*"))
    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in everything}
    assert modes == {(True, 0o700), (False, 0o600)}


async def test_a_second_export_stands_beside_the_first(storage: StorageService) -> None:
    record, folder = await exported(storage)
    (folder / "record.json").write_text("my notes")

    second = await storage.export(record.id)

    assert second.name == f"{folder.name}-2"
    assert (folder / "record.json").read_text() == "my notes"


async def test_a_link_among_the_output_is_not_followed_and_nothing_is_left_behind(storage: StorageService) -> None:
    record, folder = await exported(storage)
    attempt = storage.attempt_folder(record.id, record.execution_plan.commands[1].id, 2)
    (attempt / "stderr").symlink_to("/etc/passwd")

    with pytest.raises(StorageError):
        await storage.export(record.id)

    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


async def test_an_export_that_cannot_be_written_names_the_folder(
    storage: StorageService, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, folder = await exported(storage)

    def full(file: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device", str(file))

    monkeypatch.setattr(export, "_write", full)
    with pytest.raises(StorageError, match="No space is left"):
        await storage.export(record.id)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
