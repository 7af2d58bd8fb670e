"""What in the operator's own AWS files would give a command of `aws` another meaning than the one that was approved."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Any

from cloudops_tui.executors.aws_environment import (
    STANDARD_CHAIN,
    Signature,
    Target,
    UnusableProfile,
    expanded,
    shared_config,
    signature,
)
from cloudops_tui.model.catalogue import CliCommandShape, ServiceCatalogue
from cloudops_tui.policy.safe_text import safe_line

EMR_SETTINGS = frozenset(
    {"enable_debugging", "instance_profile", "key_name", "key_pair_file", "log_uri", "service_role"}
)
"""Settings of a profile that awscli adds as options to its own `aws emr` commands (`customizations/emr/config.py`)."""


def other_meaning(
    argv: Sequence[str], target: Target, environment: Mapping[str, str], *, major: int, catalogue: ServiceCatalogue
) -> str | None:
    """Why `aws` of version `major` would do something else than what a canonical `argv` says, with the remedy.

    None when it would not. Raises UnusableProfile when the files cannot be read.
    """
    words = tuple(takewhile(lambda word: not word.startswith("-"), argv[1:]))
    shape = _shape(words, catalogue)
    found = (
        *_aliases(words, environment),
        *_plugins(target, major),
        *_models(shape, target, environment),
        *_versions(shape, target, major),
        *_emr_settings(shape, target),
    )
    return safe_line(found[0]) if found else None


def _shape(words: Sequence[str], catalogue: ServiceCatalogue) -> CliCommandShape | None:
    known = (catalogue.cli_command(words[:length]) for length in range(1, len(words) + 1))
    return next((shape for shape in known if shape is not None), None)


# ---------------------------------------------------------------- aliases


def _aliases(words: Sequence[str], environment: Mapping[str, str]) -> Iterator[str]:
    """Version 1 knows aliases of services, version 2 of every command; with `!` they are any command of the shell.

    Words that a command takes for itself are looked at as well: version 2 would take an alias of that name for a
    command below.
    """
    path = expanded("~/.aws/cli/alias", environment)
    sections = _alias_sections(path, signature(path))
    for end, word in enumerate(words):
        section = ("command", *words[:end]) if end else ("toplevel",)
        if word in sections.get(section, {}):
            yield f"`{path}` gives `aws {' '.join(words[: end + 1])}` another meaning; remove that alias"


@lru_cache(maxsize=16)
def _alias_sections(path: Path, _signature: Signature) -> Mapping[tuple[str, ...], Mapping[str, Any]]:
    """By the words of the section's name, however many blanks stand between them: so version 2 reads it."""
    from botocore.configloader import raw_config_parse
    from botocore.exceptions import ConfigNotFound, ConfigParseError

    if _signature is None:
        return {}
    try:
        sections: Mapping[str, Mapping[str, Any]] = raw_config_parse(os.fspath(path), parse_subsections=False)
    except ConfigNotFound:
        return {}
    except (ConfigParseError, OSError) as error:
        raise UnusableProfile(f"Aliases of `aws` cannot be read: {error}") from error
    joined: dict[tuple[str, ...], dict[str, Any]] = {}
    for name, values in sections.items():
        joined.setdefault(tuple(name.split()), {}).update(values)
    return joined


# ---------------------------------------------------------------- plugins


def _plugins(target: Target, major: int) -> Iterator[str]:
    """Python code that `aws` loads and that may change anything; version 2 loads it only from a path that is named."""
    plugins = shared_config(target.files).get("plugins") or {}
    if plugins and (major < 2 or "cli_legacy_plugin_path" in plugins):
        names = ", ".join(f"`{name}`" for name in sorted(plugins))
        yield f"`{target.files.config}` lets `aws` load plugins ({names}), which may change any command; remove them"


# ---------------------------------------------------------------- models


def _models(shape: CliCommandShape | None, target: Target, environment: Mapping[str, str]) -> Iterator[str]:
    """Descriptions of services that stand before awscli's own, and with them its endpoints."""
    for setting in _of_both(target, "data_path"):
        yield f"`{target.files.config}` lets `aws` read models from `{setting}` (`data_path`); remove that line"
    folder = expanded("~/.aws/models", environment)
    names = sorted(os.listdir(folder)) if folder.is_dir() else []
    one = None if shape is None or shape.operation is None else shape.service
    for name in names:
        if name.endswith(".json") or one in (None, name):
            yield f"`{folder / name}` stands in place of a model of `aws`; remove it"


def _versions(shape: CliCommandShape | None, target: Target, major: int) -> Iterator[str]:
    """Older models of a service, that only version 1 can be told to use."""
    service = None if shape is None else shape.service
    for setting in _of_both(target, "api_versions") if major < 2 else ():
        if not isinstance(setting, Mapping) or service is None or service in setting:
            yield f"`{target.files.config}` makes `aws` use an older model (`api_versions`); remove that line"


def _emr_settings(shape: CliCommandShape | None, target: Target) -> Iterator[str]:
    settings = target.settings.get("emr")
    if shape is None or shape.path[0] != "emr" or shape.operation is not None or not isinstance(settings, Mapping):
        return
    if added := sorted(EMR_SETTINGS & set(settings)):
        names = ", ".join(f"`{name}`" for name in added)
        yield f"`{target.files.config}` adds options to `aws emr` commands ({names}); write them into the plan instead"


def _of_both(target: Target, name: str) -> Iterator[Any]:
    """What the profile says, and what the default one does: `aws` reads some settings before it knows the profile."""
    profiles = shared_config(target.files)["profiles"]
    for profile in dict.fromkeys((target.profile, STANDARD_CHAIN)):
        if setting := profiles.get(profile, {}).get(name):
            yield setting
