"""An `aws` whose commands wait until a test lets each of them go, and an AWS that says who asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cli.program import cli, plan, write
from tests.executors.loopback import IDENTITY, Says, loopback

BODY = """#!/bin/sh
[ "$1" = --version ] && echo "aws-cli/1.46.3 Python/3" && exit
while [ $# -gt 0 ]; do [ "$1" = --bucket ] && name=$2; shift; done
[ -e "{folder}/stubborn" ] && trap '' TERM
echo "began $name"
: > "{folder}/begun-$name"
while [ ! -e "{folder}/go-$name" ]; do sleep 0.05; done
echo "ended $name"
"""


@dataclass(frozen=True)
class HeldAws:
    """The program, by its configuration file."""

    folder: Path
    address: str
    config: Path

    def plan(self, commands: int) -> str:
        """A file with a plan of that many commands, one after the other, each with its number as its bucket."""
        asked = (cli(number, "s3api list-objects", "--bucket", f"{number}") for number in range(1, commands + 1))
        return write(self.folder, plan(*asked))

    def has_begun(self, number: int) -> Callable[[], bool]:
        """Whether that command runs or ran."""
        return (self.folder / f"begun-{number}").exists

    def let_go(self, *numbers: int) -> None:
        """They may end."""
        for number in numbers:
            (self.folder / f"go-{number}").touch()

    def ignore_term(self) -> None:
        """From the next one on, commands ignore TERM."""
        (self.folder / "stubborn").touch()

    def said(self, *numbers: int) -> str:
        """What commands print that were let go, one after the other."""
        return "".join(f"began {number}\nended {number}\n" for number in numbers)


@contextmanager
def held_aws(folder: Path, settings: str = "") -> Iterator[HeldAws]:
    """It works in `folder`; `settings` are the rest of its configuration."""
    program, config = folder / "aws", folder / "config.toml"
    program.write_text(BODY.format(folder=folder))
    program.chmod(0o700)
    config.write_text(f'[cli]\ncli_path = "{program}"\n{settings}')
    with loopback() as stub:
        stub.answer = lambda asked: Says(body=IDENTITY)
        yield HeldAws(folder, stub.address, config)
