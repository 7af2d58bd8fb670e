"""What earlier versions recorded means today what it meant then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from cloudops_tui.model.events import EVENT, TERMINAL, VARIANTS, AnyExecutionEvent, BeforeStateCompared, CommandOutput
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.state.reducer import replay
from tests.golden.__main__ import ENDINGS, HERE, main
from tests.golden.folded import folded

JOURNALS = sorted(HERE.glob("*/*.json"))


def read(file: Path) -> tuple[dict[str, Any], ExecutionPlan, list[AnyExecutionEvent]]:
    kept = json.loads(file.read_text())
    plan = ExecutionPlan.model_validate_json(json.dumps(kept["plan"]))
    return kept, plan, [EVENT.validate_json(json.dumps(event)) for event in kept["events"]]


@pytest.mark.parametrize("file", JOURNALS, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_recorded_journal_folds_to_what_it_folded_to_then(file: Path) -> None:
    kept, plan, events = read(file)

    state = replay(UUID(kept["execution"]), plan, events)

    assert _as_far_as(kept["folded"], folded(state)) == kept["folded"]
    assert isinstance(events[-1], TERMINAL)


def _as_far_as(recorded: Any, found: Any) -> Any:
    """What was found, without what the version that recorded did not yet say of a state."""
    if not isinstance(recorded, dict) or not isinstance(found, dict):
        return found
    return {key: _as_far_as(recorded.get(key), value) for key, value in found.items() if key in recorded}


@pytest.mark.parametrize("file", JOURNALS, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_recorded_event_is_written_again_as_it_was(file: Path) -> None:
    kept, _, events = read(file)

    assert [json.loads(EVENT.dump_json(event)) for event in events] == kept["events"]


@pytest.mark.parametrize("folder", sorted({file.parent for file in JOURNALS}), ids=lambda folder: folder.name)
def test_every_ending_was_recorded_and_nothing_private_is_in_it(folder: Path) -> None:
    texts = [file.read_text() for file in folder.glob("*.json")]

    assert len(texts) >= 7
    statuses = {json.loads(text)["folded"]["status"] for text in texts}
    assert statuses == {"Completed", "Failed", "Cancelled", "RolledBack"}
    assert not [word for word in ("/tmp/", "/home/", "/root/", "AWS_SECRET", "wJalr") for text in texts if word in text]


def test_every_kind_of_event_that_a_journal_holds_was_recorded() -> None:
    recorded = {type(event) for file in JOURNALS for event in read(file)[2]}

    assert set(VARIANTS) - recorded == {CommandOutput, BeforeStateCompared}  # no journal holds output


def test_what_was_recorded_is_never_overwritten(capsys: pytest.CaptureFixture[str]) -> None:
    before = {file: file.read_text() for file in JOURNALS}

    assert main([JOURNALS[0].parent.name]) == 1

    assert "stays as it is" in capsys.readouterr().out
    assert {file: file.read_text() for file in JOURNALS} == before
    assert {ending.__name__ for ending in ENDINGS} >= {file.stem for file in JOURNALS}
