"""`config`: every setting with its origin, everything that is wrong, and the schema."""

from __future__ import annotations

import json
from typing import Any

import click
from pydantic import BaseModel

from cloudops_tui.bootstrap import (
    HOLD_BEFORE_A_SCREEN,
    SettingsError,
    config_path,
    key_problems,
    placed,
    read_configuration,
)
from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.speaking import say, show, show_json, show_table
from cloudops_tui.engine.holding import DEFAULT_HOLD
from cloudops_tui.model.config import DEFAULT_CANCEL_GRACE, DEFAULT_MAX_PARALLEL, MOST_PARALLEL
from cloudops_tui.model.duration import Duration
from cloudops_tui.policy.configuring import Configuration, Origin, Problem, schema

UNSET = {
    "execution.max_parallel": f"- ({DEFAULT_MAX_PARALLEL}; a plan may ask for up to {MOST_PARALLEL})",
    "execution.cancel_grace": f"- ({DEFAULT_CANCEL_GRACE.spelling()})",
    "execution.hold_for": f"- ({DEFAULT_HOLD.spelling()}; behind a screen {HOLD_BEFORE_A_SCREEN.spelling()})",
    **dict.fromkeys(("safety.max_resources", "safety.max_accounts", "safety.max_regions"), "- (no limit)"),
    "ui.editor": "- ($VISUAL, $EDITOR or vi)",
    "ui.pager": "- ($PAGER or less)",
    **dict.fromkeys(("columns.queue", "columns.history"), "- (what the width has room for)"),
}
"""What holds where nothing is set and something is chosen then."""


@click.group("config")
def config() -> None:
    """Look at the configuration; nothing is changed.

    The file is TOML: CLOUDOPS_CONFIG, or cloudops-tui/config.toml under the XDG configuration folder. Variables such
    as CLOUDOPS_UI__THEME win over its `[ui]`, and options before the verb win over both.
    """


@config.command("show")
@click.option("--json", "as_json", is_flag=True, help="A list of settings, each with its value and its origin.")
def show_settings(as_json: bool) -> int:
    """Every effective value, and where it comes from. Exit code 2 when something is wrong with the configuration."""
    found = read_configuration()
    if found.problems:
        return _refuse(found)
    settings = [(".".join(map(_quoted, path)), _plain(value), origin) for path, value, origin in found.effective()]
    if as_json:
        show_json([{"setting": name, "value": value, **_origin_json(origin)} for name, value, origin in settings])
    else:
        show(f"# {config_path()}")
        show_table(
            ("SETTING", "VALUE", "FROM"),
            [(name, _written(name, value), _origin_words(origin)) for name, value, origin in settings],
        )
    return exit_codes.DONE


@config.command("validate")
@click.option("--json", "as_json", is_flag=True, help="One document: `ok`, and the problems with their lines.")
def validate(as_json: bool) -> int:
    """List everything that is wrong, with its line and its remedy; exit code 2 when there is something."""
    try:
        found = read_configuration()
        of_keys = (_of_key(said, found) for said in key_problems(found.settings.keys))
        problems = sorted((*found.problems, *of_keys), key=lambda one: (one.origin and one.origin.line) or 0)
    except SettingsError as error:
        problems = [Problem((), str(error))]
    if as_json:
        show_json(
            {"ok": not problems, "path": str(config_path()), "problems": [_problem_json(one) for one in problems]}
        )
    else:
        for one in problems:
            show(placed(one, config_path()))
        show(f"{config_path()}: nothing is wrong" if not problems else f"{len(problems)} to be put right")
    return exit_codes.USAGE if problems else exit_codes.DONE


@config.command("schema")
def show_schema() -> int:
    """Print the JSON schema of the configuration, for editors."""
    show_json(schema())
    return exit_codes.DONE


def _refuse(found: Configuration) -> int:
    for one in found.problems:
        say(placed(one, config_path()))
    return exit_codes.USAGE


def _quoted(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else f'"{name}"'


def _plain(value: Any) -> Any:
    """As JSON has it; a length of time as one would write it."""
    if isinstance(value, Duration):
        return value.spelling()
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return json.loads(json.dumps(value, default=str))


def _written(name: str, value: Any) -> str:
    return UNSET.get(name, "-") if value is None else json.dumps(value, ensure_ascii=False)


def _of_key(said: str, found: Configuration) -> Problem:
    """With the line of the action that it names."""
    named = (path for path in found.origins if path[:1] == ("keys",) and f'"{path[-1]}"' in said)
    return Problem((), f"`keys`: {said}", found.origins.get(next(named, ()), Origin("file")))


def _origin_words(origin: Origin) -> str:
    match origin.kind:
        case "file":
            return f"file, line {origin.line}" if origin.line is not None else "file"
        case "environment" | "flag":
            return origin.name
        case kind:
            return kind


def _origin_json(origin: Origin) -> dict[str, Any]:
    where = {"path": str(config_path()), "line": origin.line} if origin.kind == "file" else {"name": origin.name}
    return {"from": origin.kind, **(where if origin.kind != "default" else {})}


def _problem_json(problem: Problem) -> dict[str, Any]:
    origin = problem.origin or Origin("file")
    return {"setting": problem.name or None, "message": problem.message, **_origin_json(origin)}
