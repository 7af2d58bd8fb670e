"""Says how the real awscli reads command lines, without running them: JSON lists in, JSON namespaces out."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from importlib import import_module
from typing import Any


def main() -> None:
    clidriver = import_module("awscli.clidriver")
    driver = clidriver.create_clidriver()
    table = driver._get_command_table()
    parser = driver._create_parser(table)
    json.dump([reading(clidriver, driver, table, parser, line) for line in json.load(sys.stdin)], sys.stdout)


def reading(clidriver: Any, driver: Any, table: Any, parser: Any, line: list[str]) -> dict[str, Any]:
    errors = io.StringIO()
    try:
        with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(errors):
            known, rest = parser.parse_known_args(list(line))
            return {"globals": told(known), **below(clidriver, driver, table[known.command], rest, known)}
    except SystemExit as end:
        return {"error": errors.getvalue()[-300:], "code": end.code}


def below(clidriver: Any, driver: Any, command: Any, words: list[str], known_globals: Any) -> dict[str, Any]:
    if isinstance(command, clidriver.ServiceCommand):
        known, rest = command._create_parser().parse_known_args(words)
        inner = below(clidriver, driver, command._get_command_table()[known.operation], rest, known_globals)
        return {**inner, "path": [known.operation, *inner["path"]]}
    command._arg_table = None
    arguments = command.arg_table
    subcommands = getattr(command, "subcommand_table", {})
    event = "before-building-argument-table-parser." + ".".join(command.lineage_names)
    driver.session.emit(
        event, argument_table=arguments, args=words, session=driver.session, parsed_globals=known_globals
    )
    parser = import_module("awscli.argparser").ArgTableArgParser(arguments, subcommands)
    if hasattr(command, "_add_help"):
        command._add_help(parser)
    known, rest = parser.parse_known_args(words)
    if getattr(known, "subcommand", None) is not None:
        inner = below(clidriver, driver, subcommands[known.subcommand], rest, known_globals)
        return {**inner, "path": [known.subcommand, *inner["path"]]}
    if getattr(known, "help", None) is not None:
        rest = [known.help, *rest]
    return {"path": [], "given": told(known), "unknown": rest}


def told(namespace: Any) -> dict[str, Any]:
    return {name: jsonable(value) for name, value in vars(namespace).items()}


def jsonable(value: Any) -> Any:
    try:
        json.dumps(value)
    except TypeError:
        return type(value).__name__
    return value


if __name__ == "__main__":
    main()
