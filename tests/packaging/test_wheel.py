"""What is installed is the whole program: from a wheel, in a folder of its own, away from the sources."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, files

EVERYTHING_LOADS = """
import json, sys
from importlib.metadata import PathDistribution
from pathlib import Path

import cloudops_tui

here = Path(cloudops_tui.__file__).parent
metadata = PathDistribution(next(Path(sys.argv[1]).glob("cloudops_tui-*.dist-info")))
points = {f"{point.group} {point.name}": point.load().__name__ for point in metadata.entry_points}
print(json.dumps({"here": str(here), "points": points, "compiled": any(here.glob("__pycache__/*.pyc"))}))
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    _build("sdist", "wheel", source=ROOT, folder=folder)
    return folder


@pytest.fixture(scope="module")
def sdist(built: Path) -> Path:
    return next(built.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    return next(built.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    _pip("install", "--no-deps", "--no-index", "--target", str(folder), str(wheel), cwd=folder)
    return folder


def test_the_wheel_holds_every_file_of_the_package_and_every_stylesheet(wheel: Path) -> None:
    expected = {str(path) for path in files() if path.parts[0] == "cloudops_tui"}
    expected |= {f"cloudops_tui/{path}" for path in files() if path.parts[0] == "styles"}

    held = set(zipfile.ZipFile(wheel).namelist())

    assert expected - held == set()
    assert "cloudops_tui/styles/app.tcss" in held
    assert any(name.startswith("cloudops_tui/storage/sql/") and name.endswith(".sql") for name in held)
    assert any(name.startswith("cloudops_tui/executors/data/") for name in held)


def test_the_wheel_holds_nothing_but_the_package_and_its_papers(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"cloudops_tui"}


def test_the_source_archive_gives_the_same_wheel(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        # Filters came with 3.11.4; since 3.12 their absence is a warning.
        archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
        archive.extractall(tmp_path)
    unpacked = next(path for path in tmp_path.iterdir() if path.is_dir())

    _build("wheel", source=unpacked, folder=tmp_path)
    again = next(tmp_path.glob("*.whl"))

    assert sorted(zipfile.ZipFile(again).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())
    assert (unpacked / "LICENSE").read_text().lstrip().startswith("Apache License")


def test_the_installed_program_runs_away_from_its_sources(installed: Path, tmp_path: Path) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

    by_module = _run(sys.executable, "-m", "cloudops_tui", "--version", cwd=tmp_path, path=installed)
    by_name = _run(str(installed / "bin" / "cloudops-tui"), "--version", cwd=tmp_path, path=installed)

    assert version in by_module
    assert by_name == by_module


def test_everything_the_installed_program_announces_can_be_loaded(installed: Path, tmp_path: Path) -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]

    said = _run(sys.executable, "-c", EVERYTHING_LOADS, str(installed), cwd=tmp_path, path=installed)

    for group, points in declared.items():
        for name, target in points.items():
            assert f'"{group} {name}": "{target.rpartition(":")[2]}"' in said
    assert f'"here": "{installed / "cloudops_tui"}"' in said
    assert '"compiled": true' in said


def _build(*targets: str, source: Path, folder: Path) -> None:
    """By the backend itself: pip would start three interpreters more around it."""
    wanted = (word for target in targets for word in ("-t", target))
    _run(sys.executable, "-m", "hatchling", "build", *wanted, "-d", str(folder), cwd=source)


def _pip(*arguments: str, cwd: Path) -> str:
    return _run(sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments, cwd=cwd)


def _run(*argv: str, cwd: Path, path: Path | None = None) -> str:
    environment = os.environ | ({"PYTHONPATH": str(path)} if path else {})
    child = subprocess.run(
        argv,
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
        check=False,
    )
    assert child.returncode == 0, child.stdout + child.stderr
    return child.stdout
