"""What the words of a command line come to as parameters of its operation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cloudops_tui.model.catalogue import CliOption, ServiceCatalogue
from cloudops_tui.policy.cli_grammar import Given, ParsedCli

UNREAD = object()
"""Stands for a value that could not be read: a secret from elsewhere, or a spelling that is not understood."""


def parameters_of(
    read: ParsedCli, catalogue: ServiceCatalogue, contents: Mapping[str, bytes] | None = None
) -> dict[str, Any]:
    """The parameters by botocore's member names, as JSON-like values; `UNREAD` where a value is not known.

    `contents` holds what stood in the files that the words name, by `file://...` as written.
    """
    values: dict[str, Any] = {}
    for name, given in read.options.items():
        option = read.shape.options.get(name)
        if option is not None and option.member is not None:
            values[option.member] = _value(option, given, contents or {})
    return values


def _value(option: CliOption, given: Given, contents: Mapping[str, bytes]) -> Any:
    if isinstance(given, bool):
        return option.sets
    if option.type in ("structure", "list", "map"):
        text = given[0] if len(given) == 1 else ""
        try:
            return json.loads(text) if text.strip().startswith(("[", "{")) else UNREAD
        except ValueError:
            return UNREAD
    return given[0] if given else UNREAD
