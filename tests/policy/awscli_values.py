"""Says which parameters the real awscli computes for command lines, without calling: JSON lists in, JSON out."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from importlib import import_module
from typing import Any


def main() -> None:
    clidriver = import_module("awscli.clidriver")
    called: list[Any] = []

    def invoke(_self: Any, _service: str, operation: str, parameters: Any, _globals: Any) -> int:
        called.append({"operation": operation, "parameters": parameters})
        return 0

    clidriver.CLIOperationCaller.invoke = invoke
    driver = clidriver.create_clidriver()
    answers = []
    for line in json.load(sys.stdin):
        if line[0] == "ec2":
            driver = clidriver.create_clidriver()  # its handlers of wrapped booleans outlive the command they are for
        called.clear()
        silent = io.StringIO()
        with contextlib.redirect_stderr(silent), contextlib.redirect_stdout(silent):
            try:
                driver.main(list(line))
            except SystemExit:
                called.clear()
        answers.append(called[0] if called else None)
    json.dump(answers, sys.stdout, default=lambda value: f"<{type(value).__name__}>")


if __name__ == "__main__":
    main()
