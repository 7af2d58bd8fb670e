"""Taking a plan in: everything that is wrong with it, all at once, and where."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from cloudops_tui.model.catalogue import ServiceCatalogue, nearest_name
from cloudops_tui.model.command import Cli, CliCommand, Command, OnFailure, Sdk, SdkCommand
from cloudops_tui.model.files import FrozenFile
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.queue import Problem
from cloudops_tui.model.wire import plain_name
from cloudops_tui.policy import cli_grammar
from cloudops_tui.policy.cli_values import parameters_of
from cloudops_tui.policy.files import FileSource, files_of_cli, files_of_sdk, with_contents
from cloudops_tui.policy.graph import cycle
from cloudops_tui.policy.plan_structure import Mistake, kind_of, mistakes_of_structure
from cloudops_tui.policy.plan_text import Path, PlanText, odd_values, pointer
from cloudops_tui.policy.refusals import NOTHING, Allowed, Opening, Refusal, opened, read_line, refused
from cloudops_tui.policy.refused_text import told, written_secrets
from cloudops_tui.policy.risk import Subject
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.policy.secrets import secrets_in_cli, secrets_in_sdk, texts_below

WRITTEN_FILES = frozenset({"outfile"})
"""Positional arguments of `aws` that name a file to write, as awscli calls them."""

_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+(?:-\d+)?", re.ASCII)
_PROFILE = re.compile(r"[^\x00-\x1f\x7f'\"\[\]]{1,128}")
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_MOST_SHOWN = 200  # problems; a hopeless file is not listed to its end


@dataclass(frozen=True)
class Taken:
    """What became of a text: a plan that can be run as it stands, or the reasons why not."""

    plan: ExecutionPlan | None
    problems: tuple[Problem, ...]
    argvs: Mapping[UUID, tuple[str, ...]] = field(default_factory=dict)
    """Canonical argv of every CLI command, compensations included."""
    subjects: Mapping[UUID, Subject] = field(default_factory=dict)
    """What risk is judged on, of every command, compensations included."""
    files: Mapping[UUID, tuple[FrozenFile, ...]] = field(default_factory=dict)
    """What each command takes from elsewhere; commands that take nothing are absent."""
    openings: Mapping[UUID, tuple[Opening, ...]] = field(default_factory=dict)
    """What only the configuration lets through; commands without such are absent."""
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """Secrets that the text wrote down; then there is no plan."""


@dataclass(frozen=True)
class _Call:
    """A command as it would leave."""

    argv: tuple[str, ...] | None
    subject: Subject
    files: tuple[FrozenFile, ...] = ()
    openings: tuple[Opening, ...] = ()


def take_in(
    text: PlanText, catalogue: ServiceCatalogue, source: FileSource | None = None, *, allowed: Allowed = NOTHING
) -> Taken:
    """Judge a text that was read. Unknown fields are refused here, and only here.

    Values from elsewhere come from `source`; without one they are refused. What is refused by default and named in
    `allowed` is taken.
    """
    if text.problems and text.document is None:
        return Taken(None, text.problems)
    mistakes = list(mistakes_of_structure(text.document))
    calls: dict[UUID, _Call] = {}
    mistakes.extend(_commands(text.document, catalogue, calls, source, allowed))
    mistakes.extend(_relations(text.document))
    problems = (*text.problems, *(_as_problem(one, text) for one in _in_order(mistakes)))
    if problems:
        secrets = frozenset((*(text for one in mistakes for text in one.secrets), *written_secrets(text.document)))
        return Taken(None, tuple(told(one, secrets) for one in problems[:_MOST_SHOWN]), secrets=secrets)
    if source is not None:
        source.keep()
    plan = ExecutionPlan.model_validate(text.document)
    argvs = {command_id: call.argv for command_id, call in calls.items() if call.argv is not None}
    subjects = {command_id: call.subject for command_id, call in calls.items()}
    files = {command_id: call.files for command_id, call in calls.items() if call.files}
    openings = {command_id: call.openings for command_id, call in calls.items() if call.openings}
    return Taken(plan, (), argvs, subjects, files, openings)


def take_plan(
    plan: ExecutionPlan, catalogue: ServiceCatalogue, source: FileSource | None = None, *, allowed: Allowed = NOTHING
) -> Taken:
    """Judge a plan that is a value already, as a program hands it in."""
    # Looked at before it is written as JSON, which has other words for some values, and no way to say others.
    text = PlanText(plan.model_dump(mode="json"), problems=tuple(odd_values(plan.model_dump(), {})))
    return take_in(text, catalogue, source, allowed=allowed)


# --- commands --------------------------------------------------------------------------------------------------------


@cache
def _command_reader() -> TypeAdapter[Command]:
    return TypeAdapter(Command)


def _commands(
    document: Any, catalogue: ServiceCatalogue, calls: dict[UUID, _Call], source: FileSource | None, allowed: Allowed
) -> Iterator[Mistake]:
    """Judge every command whose own structure is sound, even where another's is not."""
    for path, raw in _raw_commands(document):
        try:
            command = _command_reader().validate_python(raw)
        except ValidationError:
            continue
        yield from _place(path, command)
        match command.command_type:
            case Cli(value=cli):
                yield from _cli((*path, "command_type", _tag(raw)), cli, command, catalogue, calls, source, allowed)
            case Sdk(value=sdk):
                yield from _sdk((*path, "command_type", _tag(raw)), sdk, command, catalogue, calls, source)


def _raw_commands(document: Any) -> Iterator[tuple[Path, dict[str, Any]]]:
    match document:
        case {"commands": list(commands)}:
            yield from ((("commands", place), raw) for place, raw in enumerate(commands) if isinstance(raw, dict))
    match document:
        case {"rollback_strategy": {"compensations": dict(compensations)}}:
            for undone, commands in compensations.items():
                for place, raw in enumerate(commands if isinstance(commands, list) else ()):
                    if isinstance(raw, dict):
                        yield ("rollback_strategy", "compensations", undone, place), raw


def _tag(raw: dict[str, Any]) -> str:
    [tag] = raw["command_type"]
    return str(tag)


def _place(path: Path, command: Command) -> Iterator[Mistake]:
    if not _REGION.fullmatch(command.region):
        found = safe_line(command.region)
        yield Mistake((*path, "region"), f"`{found}` is not a region", "Write a region such as `eu-west-1`")
    if not _PROFILE.fullmatch(command.profile) or not command.profile.strip():
        found = safe_line(command.profile)
        remedy = "Write the name of an AWS profile, or `default`"
        yield Mistake((*path, "profile"), f"`{found}` is not the name of a profile", remedy)
    if command.timeout is not None and command.timeout.nanos == 0:
        yield Mistake((*path, "timeout"), "A timeout of zero lets nothing run", "Write a longer one, or leave it out")


def _cli(
    path: Path,
    cli: CliCommand,
    command: Command,
    catalogue: ServiceCatalogue,
    calls: dict[UUID, _Call],
    source: FileSource | None,
    allowed: Allowed,
) -> Iterator[Mistake]:
    if re.search(r"[\"'\\`$]", cli.command):
        remedy = "Put each argument in `args`, without quotes"
        yield Mistake((*path, "command"), "`command` is split at spaces only; quotes are not taken", remedy)
        return
    words = cli.command.split()
    if words[:1] != ["aws"]:
        found = safe_line(words[0]) if words else ""
        yield Mistake((*path, "command"), f"Found `{found}`, expected `aws` as first word", "Begin with `aws`")
        return
    in_command = len(words) - 1
    arguments = (*words[1:], *cli.args)
    read = read_line(arguments, catalogue, allowed)
    if isinstance(read, list):
        for problem in read:
            place = _word_at(path, problem.index, in_command)
            yield Mistake(place, safe_line(problem.told), safe_line(problem.remedy))
        return
    taken = files_of_cli(read, source)
    parameters = parameters_of(read, catalogue, taken.contents)
    secrets = list(secrets_in_cli(read, parameters, catalogue))
    refusals = [*refused(read, command.profile, command.region, allowed), *taken.refused, *secrets]
    if refusals:
        for one in refusals:
            hidden = read.options.get(str(one.at)) if one in secrets else ()
            texts = hidden if isinstance(hidden, tuple) else ()
            yield Mistake(_cli_place(path, one, arguments, in_command), one.message, one.remedy, texts)
        return
    kept = {name: given for name, given in read.globals.items() if name not in ("--profile", "--region")}
    argv = cli_grammar.canonical(replace(read, globals=kept))
    subject = _cli_subject(read, parameters, command)
    calls[command.id] = _Call(argv, subject, taken.frozen, opened(read, allowed))


def _cli_place(path: Path, refusal: Refusal, arguments: Sequence[str], in_command: int) -> Path:
    for index, argument in enumerate(arguments):
        if isinstance(refusal.at, str) and (argument == refusal.at or argument.startswith(refusal.at + "=")):
            return _word_at(path, index, in_command)
    return path


def _word_at(path: Path, index: int | None, in_command: int) -> Path:
    if index is None or index < in_command:
        return (*path, "command")
    return (*path, "args", index - in_command)


def _cli_subject(read: cli_grammar.ParsedCli, parameters: Mapping[str, Any], command: Command) -> Subject:
    shape = read.shape
    return Subject(
        service=shape.service,
        operation=shape.operation,
        http_method=shape.http_method,
        cli_path=shape.path,
        is_waiter=shape.is_waiter,
        options=frozenset(read.options),
        writes_file=any(one.name in WRITTEN_FILES for one in shape.positionals),
        read_only=shape.read_only,
        access=shape.access,
        access_gap=shape.access_gap,
        dry_run_member=shape.dry_run_member,
        parameters=parameters,
        words=read.positionals,
        given=read.options,
        profile=command.profile,
        region=command.region,
    )


def _sdk(
    path: Path,
    sdk: SdkCommand,
    command: Command,
    catalogue: ServiceCatalogue,
    calls: dict[UUID, _Call],
    source: FileSource | None,
) -> Iterator[Mistake]:
    services = catalogue.services()
    if sdk.service not in services:
        yield _unknown((*path, "service"), "service", sdk.service, services)
        return
    shape = catalogue.operation(sdk.service, sdk.operation)
    if shape is None:
        known = catalogue.operations(sdk.service)
        yield _unknown((*path, "operation"), f"operation of {sdk.service}", sdk.operation, known)
        return
    where = (*path, "parameters")
    if not isinstance(sdk.parameters, dict):
        yield Mistake(where, f"Found {kind_of(sdk.parameters)}, expected an object", "Write `{...}`")
        return
    found = catalogue.parameter_problems(sdk.service, sdk.operation, sdk.parameters)
    for one in found:
        remedy = f"Did you mean `{one.nearest}`?" if one.nearest else f"Write {one.expected}"
        message = safe_line(f"Found {one.found}, expected {one.expected}")
        yield Mistake((*where, *one.path), message, safe_line(remedy))
    taken = files_of_sdk(sdk.service, sdk.operation, sdk.parameters, source, catalogue)
    secrets = list(secrets_in_sdk(sdk.service, sdk.operation, sdk.parameters, catalogue))
    refusals = [*taken.refused, *secrets]
    for refusal in refusals:
        place = refusal.at if isinstance(refusal.at, tuple) else ()
        hidden = tuple(texts_below(_held_at(sdk.parameters, place))) if refusal in secrets else ()
        yield Mistake((*where, *place), refusal.message, refusal.remedy, hidden)
    if not found and not refusals:
        subject = Subject(
            sdk.service,
            sdk.operation,
            shape.http_method,
            read_only=shape.read_only,
            access=shape.access,
            access_gap=shape.access_gap,
            dry_run_member=shape.dry_run_member,
            parameters=with_contents(sdk.service, sdk.operation, sdk.parameters, taken.contents, catalogue),
            profile=command.profile,
            region=command.region,
        )
        calls[command.id] = _Call(None, subject, taken.frozen)


def _held_at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document


def _unknown(path: Path, noun: str, word: str, known: Sequence[str]) -> Mistake:
    close = nearest_name(word, known)
    remedy = f"Did you mean `{close}`?" if close else f"Write a known {noun}"
    return Mistake(path, f"Unknown {noun} `{safe_line(word)}`", remedy)


# --- relations -------------------------------------------------------------------------------------------------------


def _relations(document: Any) -> Iterator[Mistake]:
    """What one command alone cannot show: empty plans, ids that stand twice or nowhere, cycles."""
    if not isinstance(document, dict) or not isinstance(document.get("commands"), list):
        return
    commands = document["commands"]
    if not commands:
        yield Mistake(("commands",), "The plan has no commands", "Add at least one command")
    account = document.get("expected_account")
    if isinstance(account, str) and not _ACCOUNT.fullmatch(account):
        message = f"`{safe_line(account)}` is not an account"
        yield Mistake(("expected_account",), message, "Write the twelve digits of an account")
    parallel = document.get("max_parallel")
    if isinstance(parallel, int) and parallel < 1:
        yield Mistake(("max_parallel",), f"Found {parallel}, expected at least 1", "Write a positive number")
    yield from _policies(document, commands)
    ids = [_uuid(raw.get("id")) if isinstance(raw, dict) else None for raw in commands]
    yield from _duplicates(document)
    yield from _dependencies(document, ids)
    yield from _compensated(document, ids)


def _policies(document: Any, commands: Sequence[Any]) -> Iterator[Mistake]:
    """A failure that leads to a rollback needs one, and cannot be allowed at the same time."""
    strategy = document.get("rollback_strategy")
    written = strategy.get("compensations") if isinstance(strategy, dict) else None
    for place, raw in enumerate(commands):
        asked = raw.get("on_failure") if isinstance(raw, dict) else None
        if not isinstance(asked, str) or plain_name(asked) != plain_name(OnFailure.ROLLBACK.value):
            continue
        path = ("commands", place, "on_failure")
        if not written:
            yield Mistake(path, "There is nothing to roll back with", "Write compensations in `rollback_strategy`")
        elif raw.get("allow_failure") is True:
            yield Mistake(path, "An allowed failure leads to no rollback", "Leave out one of the two")


def _duplicates(document: dict[str, Any]) -> Iterator[Mistake]:
    placed = [(path, _uuid(raw.get("id"))) for path, raw in _raw_commands(document)]
    counted = Counter(one for _, one in placed if one is not None)
    seen: set[UUID] = set()
    for path, one in placed:
        if one is not None and counted[one] > 1:
            if one in seen:
                message = f"The id `{one}` stands {counted[one]} times"
                yield Mistake((*path, "id"), message, "Give each command its own id")
            seen.add(one)


def _dependencies(document: dict[str, Any], ids: Sequence[UUID | None]) -> Iterator[Mistake]:
    mode = document.get("mode")
    if not isinstance(mode, dict) or len(mode) != 1:
        return
    [(tag, held)] = mode.items()
    if plain_name(str(tag)) != "dependencygraph" or not isinstance(held, dict):
        return
    dependencies = held.get("dependencies")
    if not isinstance(dependencies, dict):
        return
    path: Path = ("mode", tag, "dependencies")
    known = {one for one in ids if one is not None}
    edges: dict[UUID, list[UUID]] = {}
    yield from _spelled_twice(path, dependencies)
    for waiting, needs in dependencies.items():
        node = _uuid(waiting)
        if node is not None and node not in known:
            yield _not_in_plan((*path, waiting), waiting)
        for place, need in enumerate(needs if isinstance(needs, list) else ()):
            needed = _uuid(need)
            if needed is None:
                continue
            if needed not in known:
                yield _not_in_plan((*path, waiting, place), need)
            elif node is not None and node in known:
                edges.setdefault(node, []).append(needed)
    nodes = {one: edges.get(one, []) for one in known}
    # Sorted by place in the plan, so that the same plan always shows the same cycle.
    ordered = {one: nodes[one] for one in dict.fromkeys(one for one in ids if one is not None)}
    found = cycle(ordered)
    if found:
        places = {one: place for place, one in enumerate(ids) if one is not None}
        shown = " -> ".join(_command_name(document, places[one], one) for one in found)
        yield Mistake(path, f"These commands wait for each other: {shown}", "Remove one of these dependencies")


def _command_name(document: dict[str, Any], place: int, command_id: UUID) -> str:
    description = document["commands"][place].get("description")
    words = f" {safe_line(description)[:40]}" if isinstance(description, str) else ""
    return f"[{place}]{words} ({str(command_id)[:8]})"


def _compensated(document: dict[str, Any], ids: Sequence[UUID | None]) -> Iterator[Mistake]:
    match document:
        case {"rollback_strategy": {"compensations": dict(compensations)}}:
            yield from _spelled_twice(("rollback_strategy", "compensations"), compensations)
            for undone in compensations:
                if _uuid(undone) is not None and _uuid(undone) not in ids:
                    yield _not_in_plan(("rollback_strategy", "compensations", undone), undone)


def _spelled_twice(path: Path, by_id: Mapping[str, Any]) -> Iterator[Mistake]:
    """Keys that are one id in two spellings: reading them as ids would silently drop the first."""
    seen: set[UUID] = set()
    for key in by_id:
        one = _uuid(key)
        if one in seen:
            yield Mistake((*path, key), f"The id `{one}` stands twice", "Keep one of them")
        if one is not None:
            seen.add(one)


def _not_in_plan(path: Path, command_id: Any) -> Mistake:
    message = f"No command of this plan has the id `{safe_line(str(command_id))}`"
    return Mistake(path, message, "Name a command of the plan, or remove the entry")


def _uuid(value: Any) -> UUID | None:
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


# --- words -----------------------------------------------------------------------------------------------------------


def _as_problem(one: Mistake, text: PlanText) -> Problem:
    return Problem(
        path=safe_line(pointer(one.path)), line=text.line_of(one.path), message=one.message, remedy=one.remedy
    )


def _in_order(mistakes: Sequence[Mistake]) -> list[Mistake]:
    """Once each, in the order in which the document is read."""
    return list(dict.fromkeys(sorted(mistakes, key=lambda one: [_sorting(part) for part in one.path])))


def _sorting(part: str | int) -> tuple[int, str]:
    return (part, "") if isinstance(part, int) else (0, part)
