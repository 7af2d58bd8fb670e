"""What a plan may not ask of `aws`, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cloudops_tui.model.catalogue import ParameterPath
from cloudops_tui.policy.cli_grammar import ParsedCli
from cloudops_tui.policy.safe_text import safe_line

REFUSED_OPTIONS = {
    "--endpoint-url": "the engine takes endpoints from the AWS configuration only",
    "--no-verify-ssl": "it would talk to anybody",
    "--ca-bundle": "it would trust anybody",
    "--no-sign-request": "it would act as nobody",
    "--debug": "it prints secrets",
}
"""Global options of `aws` that a plan may not set, and why."""

REFUSED_COMMANDS = {
    ("configure",): "it changes or prints this machine's AWS configuration",
    ("history",): "it reads this machine's command history",
    ("help",): "it opens a pager",
    ("ssm", "start-session"): "it is interactive",
    ("ecs", "execute-command"): "it is interactive",
    ("emr", "ssh"): "it is interactive",
    ("emr", "socks"): "it is interactive",
    ("emr", "get"): "it starts another program",
    ("emr", "put"): "it starts another program",
    ("eks", "update-kubeconfig"): "it changes this machine's configuration",
    ("codeartifact", "login"): "it starts other programs and changes this machine's configuration",
    ("deploy", "install"): "it installs software on this machine",
    ("deploy", "uninstall"): "it removes software from this machine",
}
"""Commands of `aws` that a plan may not run, by the words that they begin with."""

REFUSED_FILES = {
    ("cloudformation", "package"): ("--template-file", "it uploads whole folders that the template names"),
    ("deploy", "push"): ("--source", "it uploads a whole folder"),
    ("gamelift", "upload-build"): ("--build-root", "it uploads a whole folder"),
}
"""Options of commands that read folders of this machine in a way that cannot be frozen, and why."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why a command may not be part of a plan; safe to show."""

    at: str | ParameterPath | None
    """The word of the command line, the place in the parameters, or None for the command as a whole."""
    message: str
    remedy: str


def refused(read: ParsedCli, profile: str, region: str) -> Iterator[Refusal]:
    """Why a command line that was read may not run, whatever the values are."""
    for words, why in REFUSED_COMMANDS.items():
        if read.path[: len(words)] == words:
            yield Refusal(None, f"`aws {' '.join(words)}` is refused: {why}", "Leave this command out")
    for name, why in REFUSED_OPTIONS.items():
        if name in read.globals:
            yield Refusal(name, f"`{name}` is refused: {why}", f"Remove `{name}`")
    for words, (name, why) in REFUSED_FILES.items():
        if read.path[: len(words)] == words and name in read.options:
            remedy = "Upload it with `aws s3 cp` or `aws s3 sync`, and name it in S3"
            yield Refusal(name, f"`{name}` is refused: {why}, and what it takes cannot be frozen", remedy)
    for name, chosen in read.options.items():
        if "endpoint" in name and isinstance(chosen, tuple) and any("://" in value for value in chosen):
            origin = read.shape.options[name].origin if name in read.shape.options else "custom"
            if origin == "custom":
                yield Refusal(name, f"`{name}` is refused: a plan does not choose endpoints", f"Remove `{name}`")
    for name, said in (("--profile", profile), ("--region", region)):
        given = read.globals.get(name)
        if isinstance(given, tuple) and given[0] != said:
            message = f"`{name} {safe_line(given[0])}` contradicts the command's {name[2:]} `{safe_line(said)}`"
            yield Refusal(name, message, f"Remove `{name}`, or make both the same")
