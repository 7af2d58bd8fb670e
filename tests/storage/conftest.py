"""A real store in a folder of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloudops_tui.model.config import StorageConfig
from cloudops_tui.storage.service import StorageService


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[StorageService]:
    async with StorageService(StorageConfig(state_dir=tmp_path / "state")) as storage:
        yield storage


@pytest.fixture
async def neighbour(storage: StorageService) -> AsyncIterator[StorageService]:
    """Another store on the same file, with connections of its own."""
    async with StorageService(StorageConfig(state_dir=storage.state_dir)) as neighbour:
        yield neighbour
