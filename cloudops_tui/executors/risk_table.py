"""IAM's access levels of every operation, from a committed table: the first key to calling a command a read."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from functools import cached_property
from importlib.resources import files
from typing import Any

FORMAT = 1
"""Changes when the meaning of the table's members does. Reader and generator must agree."""
LEVELS = {"L": "List", "P": "Permissions management", "R": "Read", "T": "Tagging", "W": "Write"}
"""A letter for each of IAM's access levels. An operation's letters stand in this order; none: not known."""
NAME = "risk_table.json.gz"


class RiskTable:
    """What IAM calls each operation, read when it is first asked for.

    A table that is missing, damaged, or made for other versions knows nothing, and says why.
    """

    def __init__(self, botocore: str, awscli: str, content: bytes | None = None) -> None:
        """`content` replaces the committed table; the versions are those that it must have been made for."""
        self._wanted = {"botocore": botocore, "awscli": awscli}
        self._given = content
        self._services: dict[str, dict[str, frozenset[str]]] = {}

    @property
    def gap(self) -> str:
        """Why the table knows nothing, in words; empty when it can be used."""
        return self._read[1]

    @property
    def version(self) -> str:
        """Where the levels come from and a digest of them; part of what an approval is bound to."""
        if self.gap:
            return f"no access levels: {self.gap}"
        table = self._read[0]
        return f"access levels {table['sources']['iam-data']['version']}/{table['digest'][:8]}"

    @property
    def sources(self) -> Mapping[str, Mapping[str, str]]:
        """Name, version, licence and sha256 of everything that the table was made from."""
        found: Mapping[str, Mapping[str, str]] = self._read[0].get("sources", {})
        return found

    def levels(self, service: str, operation: str) -> frozenset[str] | None:
        """IAM's words for all actions behind an operation; None where that is not known."""
        if service not in self._services:
            self._services[service] = _service(self._read[0].get("services", {}).get(service, {}))
        return self._services[service].get(operation) or None

    def why_unknown(self, service: str, operation: str) -> str:
        """Why `levels` answers None, in words."""
        return self.gap or f"IAM's levels of {service}:{operation} are not known"

    @property
    def services(self) -> tuple[str, ...]:
        """Every service that the table knows, of botocore and of awscli."""
        return tuple(self._read[0].get("services", ()))

    def names(self, service: str) -> frozenset[str]:
        """Every operation of a service that the table has a row for, also those whose level is not known."""
        rows: Mapping[str, str] = self._read[0].get("services", {}).get(service, {})
        return frozenset(name for names in rows.values() for name in names.split())

    @cached_property
    def _read(self) -> tuple[dict[str, Any], str]:
        """The table, and why it cannot be used."""
        try:
            content = self._given
            if content is None:
                content = (files("cloudops_tui.executors") / "data" / NAME).read_bytes()
        except OSError:
            return {}, "the risk table is missing; install the program anew"
        try:
            table = json.loads(gzip.decompress(content))
            reason = _unfit(table, self._wanted)
        except (OSError, EOFError, ValueError, zlib.error, KeyError, TypeError, AttributeError):
            return {}, "the risk table is damaged; install the program anew"
        return ({}, reason) if reason else (table, "")


def _unfit(table: Mapping[str, Any], wanted: Mapping[str, str]) -> str:
    if table["format"] != FORMAT:
        return f"the risk table is not of format {FORMAT}; install the program anew"
    if not isinstance(table["services"], dict) or len(table["digest"]) != 64:
        raise ValueError("no services")
    made_for = {name: table["sources"][name]["version"] for name in wanted}
    if made_for != wanted:
        told = " and ".join(f"{name} {version}" for name, version in made_for.items())
        found = " and ".join(f"{name} {version}" for name, version in wanted.items())
        return f"the risk table is for {told}, and this is {found}"
    return ""


def _service(rows: Mapping[str, str]) -> dict[str, frozenset[str]]:
    levels = {letters: frozenset(LEVELS[letter] for letter in letters) for letters in rows}
    return {name: levels[letters] for letters, names in rows.items() for name in names.split()}
