"""Runs awscli's own driver, a session for each line: JSON lists of words in, exit codes and complaints out.

A process of its own, since awscli puts its copy of botocore in the real one's place; one for many lines, since a start
of Python and awscli costs more than a line.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import socket
import sys
import tempfile
from functools import partial
from importlib import import_module
from typing import Any


def main() -> None:
    driver_module = import_module("awscli.clidriver")
    socket.getaddrinfo = partial(_nearby, socket.getaddrinfo)
    json.dump([run(driver_module, **line) for line in json.load(sys.stdin)], sys.stdout)


def _nearby(look_up: Any, host: Any, *rest: Any, **more: Any) -> Any:
    """Some services put an account or a word before the name of the endpoint; all of it is this machine here."""
    return look_up("127.0.0.1" if str(host).endswith("127.0.0.1") else host, *rest, **more)


def run(driver_module: Any, words: list[str], mark: str) -> dict[str, Any]:
    """What one line says; `mark` comes into the user agent of its requests.

    It runs in a copy of the current folder, for `s3 mv` takes files away.
    """
    os.environ["AWS_EXECUTION_ENV"] = mark
    said, errors = Output(), Output()
    with (
        tempfile.TemporaryDirectory() as room,
        contextlib.chdir(shutil.copytree(".", f"{room}/plan") if words[0] == "s3" else "."),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(errors),
    ):
        try:
            code = driver_module.create_clidriver().main(words)
        except SystemExit as end:
            code = end.code
    return {"code": code, "errors": errors.told()[-400:]}


class Output(io.TextIOWrapper):
    """Takes text and bytes, as a real standard output does."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", errors="backslashreplace", write_through=True)

    def told(self) -> str:
        self.flush()
        held = self.buffer
        assert isinstance(held, io.BytesIO)
        return held.getvalue().decode(errors="backslashreplace")


if __name__ == "__main__":
    main()
