"""The demo, whole, with the real `aws` program and its own AWS."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path

import pytest

from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.model.queue import QueueEntry
from tests.cli.program import PATIENCE, Program, end, until


@pytest.fixture
def scratch(tmp_path: Path, program: Program, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the program puts what is temporary."""
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    program.environment = {"TMPDIR": str(folder)}
    return folder


@pytest.mark.skipif("MAIN_JOB_RAN" in os.environ, reason=".ci/run runs the same beside the tests")
def test_without_a_terminal_every_plan_runs_and_ends_as_it_should_and_nothing_is_left(
    program: Program, scratch: Path, home: Path
) -> None:
    ended = program("demo", "--json")

    assert ended.code == 0, ended.err
    assert "demo --headless" in ended.err
    records = [ExecutionRecord.model_validate(one) for one in ended.json["records"]]
    refused = [QueueEntry.model_validate(one) for one in ended.json["refused"]]
    assert len(records) >= 8
    assert [len(one.problems) > 0 for one in refused] == [True]
    assert {one.result.status.value for one in records} == {"Completed", "RolledBack"}
    assert {one.risk_level.value for one in records if one.risk_level} == {"ReadOnly", "Modify", "Destructive"}
    assert max(one.attempts or 0 for record in records for one in record.result.command_results) == 3
    assert list(scratch.iterdir()) == []
    assert not program.state.exists()
    assert not (home / ".aws").exists()


def test_ctrl_c_leaves_nothing_behind(program: Program, scratch: Path) -> None:
    child = program.cold("demo", "--headless")
    try:
        until(lambda: list(scratch.glob("*/state/executions/*")), "the first plan runs")
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=PATIENCE)
    finally:
        end(child)

    assert child.returncode == 130
    assert list(scratch.iterdir()) == []
