"""The reference's own samples go through our types and come out as the same JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from cloudops_tui import ApprovalDecision, CommandResult, ExecutionConfig, ExecutionPlan

SAMPLES = Path(__file__).parent / "samples"
TYPES: dict[str, Any] = {
    "config_exponential": ExecutionConfig,
    "decision_reject": ApprovalDecision,
    "plan_dag": ExecutionPlan,
    "plan_sequential": ExecutionPlan,
    "result_command": CommandResult,
}


@pytest.mark.parametrize("name", TYPES)
def test_a_sample_of_the_reference_comes_out_as_it_went_in(name: str) -> None:
    sample = (SAMPLES / f"{name}.json").read_bytes()
    adapter = TypeAdapter(TYPES[name])

    written = adapter.dump_json(adapter.validate_json(sample))

    assert json.loads(written) == json.loads(sample)


def test_every_sample_has_a_type() -> None:
    assert {path.stem for path in SAMPLES.glob("*.json")} == set(TYPES)


@pytest.mark.parametrize("name", [name for name, kind in TYPES.items() if hasattr(kind, "model_validate_json")])
def test_structs_read_and_write_a_sample_by_their_own_methods_too(name: str) -> None:
    sample = (SAMPLES / f"{name}.json").read_text()

    assert json.loads(TYPES[name].model_validate_json(sample).model_dump_json()) == json.loads(sample)
