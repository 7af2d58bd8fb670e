"""What the tests of the command line share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.program import Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """The program with an empty state folder and no AWS to talk to."""
    return Program(tmp_path / "state")


@pytest.fixture
def on_aws(tmp_path: Path, aws_environment: Mapping[str, str], aws_program: Path) -> Program:
    """The program with an empty state folder and an empty AWS; `aws` is found."""
    return Program(tmp_path / "state", {"CLOUDOPS_CONFIG": _config(tmp_path, aws_program)})


def _config(folder: Path, aws_program: Path) -> str:
    path = folder / "config.toml"
    path.write_text(f'[approval]\nheadless = "all"\n[cli]\ncli_path = "{aws_program}"\n', encoding="utf-8")
    return str(path)
