"""Prints awscli's whole command table as JSON; run as a script in its own process, never imported."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

# awscli brings its own copy of botocore and puts it in the real one's place, so it is loaded by name, here only.
clidriver = import_module("awscli.clidriver")
argparser = import_module("awscli.argparser")
paramfile = import_module("awscli.paramfile")
vendored = import_module("awscli.botocore")
awscli = import_module("awscli")
xform_name = import_module("botocore").xform_name

REQUIRED, HIDDEN, SENSITIVE, LITERAL, EARLY = 1, 2, 4, 8, 16
COUNTED_BY = {"*": "list", "+": "list", "?": "optional-value"}
PLAINLY_MAPPED = {
    "CLIArgument", "ListArgument", "BooleanArgument", "PositiveBooleanArgument", "NegativeBooleanParameter",
}  # fmt: skip
PLAIN = {"_StoreAction", "_StoreTrueAction", "_StoreFalseAction", "_StoreConstAction", "_VersionAction"}


def main() -> None:
    driver = clidriver.create_clidriver()
    table = dict(driver._get_command_table())
    main_parser = driver._create_parser(dict(table))
    taken = frozenset(main_parser._option_string_actions)
    json.dump(
        {
            "awscli": awscli.__version__,
            "botocore": vendored.__version__,
            "globals": [_global(action) for action in main_parser._actions if action.option_strings],
            "services": {
                name: dict(_leaves(driver.session, command, (name,), taken)) for name, command in table.items()
            },
        },
        sys.stdout,
        sort_keys=True,
    )


def _leaves(session: Any, command: Any, path: tuple[str, ...], taken: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """Every runnable command under this one, keyed by the words below its service."""
    if type(command).__name__ == "PreviewCommand":
        return  # runs only where the operator's configuration enables it; so it is unknown here
    below = _subcommands(command)
    if not below:
        yield " ".join(path[1:]), _leaf(session, command, taken)
        return
    options = frozenset(f"--{name}" for name in getattr(command, "arg_table", ()))
    for name, child in below.items():
        if name != "help":
            yield from _leaves(session, child, (*path, name), taken | options)


def _subcommands(command: Any) -> Mapping[str, Any]:
    if type(command).__name__ == "WaitCommand":
        return dict(command.subcommand_table)
    if hasattr(command, "subcommand_table"):
        # Only what the class declares: by an accident of event names awscli also hangs CodeDeploy's own
        # commands under `cloudformation deploy` and `ecs deploy`, which are commands themselves.
        declared = {entry["name"] for entry in command.SUBCOMMANDS}
        return {name: child for name, child in command.subcommand_table.items() if name in declared}
    if isinstance(command, clidriver.ServiceCommand):
        return dict(command._get_command_table())
    return {}


def _leaf(session: Any, command: Any, taken: frozenset[str]) -> dict[str, Any]:
    arguments = command.arg_table
    parser = argparser.ArgTableArgParser(arguments)
    by_name = {argument.cli_name: argument for argument in arguments.values()}
    options, unreachable, positionals = [], [], []
    for action in parser._actions:
        if not action.option_strings:
            positionals.append(_positional(action, _is_literal(session, command, by_name.get(action.dest), action)))
            continue
        for name in action.option_strings:
            # argparse takes an unambiguous beginning for the whole, so `--end` would be `--endpoint-url`
            if any(other.startswith(name) for other in taken):
                unreachable.append(name)
                continue
            argument = by_name[name]
            options.append(_option(name, action, argument, _is_literal(session, command, argument, action)))
    _pair_flags(options, by_name)
    return {
        "options": sorted(options, key=lambda option: str(option["name"])),
        "positionals": positionals,
        "unreachable": sorted(unreachable),
        "hidden": bool(getattr(command, "_UNDOCUMENTED", False)),
        **_operation(command),
    }


def _operation(command: Any) -> dict[str, Any]:
    model = getattr(command, "_operation_model", None)
    if model is None:
        ancestor = next((one for one in command.lineage if isinstance(one, clidriver.ServiceCommand)), None)
        return {"service": ancestor._service_name if ancestor else None}
    raw = model._operation_model
    members = model.input_shape.members if model.input_shape is not None else {}
    return {
        "service": model.service_model.service_name,
        "operation": model.name,
        "waiter": type(command).__name__ == "WaiterStateCommand",
        "method": model.http.get("method", "POST"),
        "read_only": raw.get("readonly"),
        "idempotent": bool(raw.get("idempotent", False)),
        "token": next((name for name, shape in members.items() if shape.metadata.get("idempotencyToken")), None),
        "dry_run": next((name for name in ("DryRun", "dryRun") if name in members), None),
    }


def _option(name: str, action: Any, argument: Any, literal: bool) -> dict[str, Any]:
    kind, least = _kind(action)
    model = getattr(argument, "argument_model", None)
    bits = REQUIRED * bool(action.required)
    bits |= HIDDEN * bool(getattr(argument, "_UNDOCUMENTED", False))
    bits |= SENSITIVE * bool(model is not None and _is_sensitive(model))
    bits |= LITERAL * literal | EARLY * (action.type in (int, float))
    return {
        "name": name,
        "kind": kind,
        "type": _type(action, argument),
        "bits": bits,
        "member": _member(argument),
        "choices": [str(choice) for choice in action.choices or ()],
        "least": least,
        "sets": _sets(action),
        "origin": _origin(argument),
        "partner": None,
        # `--exclude` and `--include` of s3 fill one list, and the last one that matches a file decides
        "order": action.dest if type(action).__name__ == "AppendFilter" else None,
    }


def _global(action: Any) -> dict[str, Any]:
    (name,) = action.option_strings
    kind, least = _kind(action)
    number = action.dest in ("read_timeout", "connect_timeout")  # converted later, by a handler
    return {
        "name": name,
        "kind": kind,
        "type": "boolean" if kind == "flag" else "integer" if number else "string",
        "bits": LITERAL | EARLY * number,
        "member": None,
        "choices": [str(choice) for choice in action.choices or ()],
        "least": least,
        "sets": _sets(action),
        "origin": "global",
        "partner": None,
        "order": None,
    }


def _positional(action: Any, literal: bool) -> dict[str, Any]:
    least, most = {None: (1, 1), "?": (0, 1), "*": (0, None), "+": (1, None)}.get(
        action.nargs, (action.nargs, action.nargs)
    )
    choices = [str(choice) for choice in action.choices or ()]
    return {"name": action.dest, "least": least, "most": most, "literal": literal, "choices": choices}


def _kind(action: Any) -> tuple[str, int]:
    if _is_repeatable(action):
        return "repeat", action.nargs or 1
    if type(action).__name__ not in PLAIN:
        raise NotImplementedError(f"{action} does something that the table cannot tell")
    if action.nargs == 0:
        return "flag", 0
    if action.nargs in (None, 1):
        return "value", 1
    return COUNTED_BY[action.nargs], int(action.nargs == "+")


def _sets(action: Any) -> bool | None:
    if isinstance(action, argparse._StoreTrueAction | argparse._StoreFalseAction):
        return bool(action.const)
    return None


def _is_repeatable(action: Any) -> bool:
    return isinstance(action, argparse._AppendAction) or type(action).__name__ == "AppendFilter"


def _type(action: Any, argument: Any) -> str:
    if action.nargs == 0:
        return "boolean"
    word = argument.cli_type_name or "string"
    if action.type is int and word not in ("integer", "long"):
        return "integer"
    return str(word)


def _member(argument: Any) -> str | None:
    if _origin(argument) == "page":
        return None
    member = getattr(argument, "_serialized_name", None)
    return str(member) if member is not None else None


def _origin(argument: Any) -> str:
    kind = type(argument).__name__
    if kind == "PageArgument":
        return "page"
    if kind == "CliInputJSONArgument":
        return "input"
    if kind == "GenerateCliSkeletonArgument":
        return "skeleton"
    return "model" if kind in PLAINLY_MAPPED else "custom"


def _is_literal(session: Any, command: Any, argument: Any, action: Any) -> bool:
    """Whether awscli leaves `file://` and `https://` in this value alone, asked as its own handler asks."""
    if isinstance(action, argparse._StoreTrueAction | argparse._StoreFalseAction):
        return True
    if getattr(argument, "no_paramfile", None):
        return True
    model = getattr(command, "_operation_model", None)
    place = model.service_model.endpoint_prefix if model is not None else "custom"
    operation = xform_name(command._name, "-") if model is not None else command.name
    name = getattr(argument, "name", "anonymous")
    event = session.get_component("event_emitter")._alias_event_name(f"load-cli-arg.{place}.{operation}.{name}")
    return ".".join(event.split(".")[1:]) in paramfile.PARAMFILE_DISABLED


def _is_sensitive(model: Any) -> bool:
    return bool(model.metadata.get("sensitive", False))


def _pair_flags(options: list[dict[str, Any]], by_name: Mapping[str, Any]) -> None:
    groups: dict[str, list[dict[str, Any]]] = {}
    for option in options:
        group = getattr(by_name[option["name"]], "group_name", None)
        if group is not None and option["type"] in ("boolean", "structure"):
            groups.setdefault(group, []).append(option)
    for pair in groups.values():
        if len(pair) == 2:
            pair[0]["partner"], pair[1]["partner"] = pair[1]["name"], pair[0]["name"]


if __name__ == "__main__":
    main()
