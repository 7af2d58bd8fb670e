"""An engine with real parts: real executors, a real store, and an AWS that answers when it is told to."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from cloudops_tui.executors.catalogue import BotocoreCatalogue, the_catalogue
from tests.engine.made import Maker
from tests.engine.stub import Stub, running_stub
from tests.faults.driver import quick_aws
from tests.patience import be_patient


@pytest.fixture(scope="session")
def catalogue() -> BotocoreCatalogue:
    return the_catalogue()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    be_patient(monkeypatch.setattr)


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    """The AWS of this process and its children."""
    with running_stub() as stub:
        for name, value in {
            "AWS_ENDPOINT_URL": stub.address,
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }.items():
            monkeypatch.setenv(name, value)
        yield stub


@pytest.fixture
def quick(make: Maker, tmp_path: Path) -> Maker:
    """`make`, with a stand-in for `aws` that starts in a tenth of the time: where only its process counts."""
    make.aws = quick_aws(tmp_path)
    return make


@pytest.fixture
async def make(tmp_path: Path, stub: Stub, catalogue: BotocoreCatalogue, aws_program: Path) -> AsyncIterator[Maker]:
    """Makes engines on one store; what they still do when the test ends is given up."""
    maker = Maker(tmp_path / "state", catalogue, aws_program)
    yield maker
    await maker.close()
