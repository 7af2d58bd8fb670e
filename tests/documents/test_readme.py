"""What the README promises, run as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.patience import PATIENT

PATIENCE = 600.0  # seconds; an example is one start and one command
README = Path(__file__).parents[2] / "README.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(
    ("example", "says"),
    zip(EXAMPLES, ["Execution completed: Completed", "Completed", 'Output:     "Buckets": []'], strict=True),
    ids=["basic", "with approval", "streaming"],
)
def test_an_example_of_the_reference_runs_as_it_stands(
    example: str, says: str, aws_endpoint: str, aws_environment: Mapping[str, str], tmp_path: Path
) -> None:
    script = tmp_path / "example.py"
    script.write_text(example, encoding="utf-8")
    environment = {**os.environ, **aws_environment, "CLOUDOPS_STATE_DIR": str(tmp_path / "state")}

    ran = subprocess.run(
        [*PATIENT, str(script)], env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    assert says in ran.stdout


def test_there_are_exactly_two_commands_to_set_up_and_each_is_one_line() -> None:
    lines = [line for line in README.read_text(encoding="utf-8").splitlines() if "-m venv" in line]

    assert len(lines) == 2
    assert all(line.startswith("python3 -m venv .venv && ") for line in lines)


def test_every_picture_that_is_shown_is_there() -> None:
    shown = re.findall(r"\((screenshots/[^)]+)\)", README.read_text(encoding="utf-8"))

    assert shown
    assert [name for name in shown if not (README.parent / name).is_file()] == []


def test_every_page_that_is_linked_is_there() -> None:
    linked = re.findall(r"\]\((?!https?:|screenshots/)([^)#]+)\)", README.read_text(encoding="utf-8"))

    assert [name for name in linked if not (README.parent / name).exists()] == []
