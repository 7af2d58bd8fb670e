"""What an operator types to do by hand what a command does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import assert_never

from cloudops_tui.model.command import Cli, Command, Sdk


def by_hand(command: Command) -> tuple[str, ...]:
    """The argv that does the same by hand, whatever kind of command it is."""
    match command.command_type:
        case Cli(value=cli):
            words: tuple[str, ...] = (*cli.command.split(), *cli.args)
        case Sdk(value=sdk):
            service = _CLI_NAMES.get(sdk.service, sdk.service)
            words = ("aws", service, _dashed(sdk.operation), "--cli-input-json", json.dumps(sdk.parameters))
        case _:
            assert_never(command.command_type)
    profile = ("--profile", command.profile) if command.profile != "default" else ()
    return (*words, "--region", command.region, *profile)


_CLI_NAMES = {"s3": "s3api"}


def _dashed(operation: str) -> str:
    """`ModifyDBInstance` as awscli calls it: `modify-db-instance`."""
    return "-".join(_parts(operation)).lower()


def _parts(name: str) -> Iterator[str]:
    start = 0
    for place in range(1, len(name)):
        begins = name[place].isupper() and (
            not name[place - 1].isupper() or (place + 1 < len(name) and name[place + 1].islower())
        )
        if begins:
            yield name[start:place]
            start = place
    yield name[start:]
