"""What kind of work a command is, so that one run of it can be compared with others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from cloudops_tui.model.command import Cli, Command, Sdk

_WAIT = "wait"
"""`aws ec2 wait instance-running` and `aws ec2 wait image-available` are two kinds: what is waited for counts."""


def kind_of(command: Command) -> str:
    """`sdk ec2 StopInstances`, or `aws ec2 stop-instances`: service and operation, whatever the arguments.

    A call of the SDK and the same call by the CLI are two kinds, for the program takes its own time to start.
    """
    match command.command_type:
        case Sdk(value=sdk):
            return f"sdk {sdk.service} {sdk.operation}"
        case Cli(value=cli):
            words = _names([*cli.command.split(), *cli.args])
            return " ".join(words[: 4 if words[2:3] == [_WAIT] else 3])
        case _:
            assert_never(command.command_type)


def service_of(command: Command, argv: Sequence[str] | None = None) -> str:
    """The service that a command talks to, by botocore's name; the same for the SDK and, by its canonical argv or
    else as it is written, for the command line."""
    match command.command_type:
        case Sdk(value=sdk):
            return sdk.service
        case Cli(value=cli):
            words = _names([*(argv or (*cli.command.split(), *cli.args))])
            word = words[1] if len(words) > 1 else ""
            return _OWN_NAMES.get(word, word)
        case _:
            assert_never(command.command_type)


_OWN_NAMES = {"s3api": "s3", "deploy": "codedeploy", "configservice": "config"}
"""Commands of `aws` that are called otherwise than their service."""


def _names(words: list[str]) -> list[str]:
    """The program, service and operation that a command line begins with; options end them."""
    for place, word in enumerate(words):
        if word.startswith("-"):
            return words[:place]
    return words
