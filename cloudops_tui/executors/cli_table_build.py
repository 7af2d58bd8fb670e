"""Writes the committed table of awscli's commands: `python -m cloudops_tui.executors.cli_table_build`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cloudops_tui.executors.catalogue import FORMAT, OPTION_ROW

TABLE = Path(__file__).parent / "data" / "cli_table.zip"
INDEX = "_index.json"

_WALK = Path(__file__).parent / "cli_table_walk.py"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that zip knows; a real date would change the bytes


def main() -> int:
    content = table_bytes(walked())
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_bytes(content)
    sys.stderr.write(f"{TABLE.name}: {len(content)} bytes\n")
    return 0


def walked() -> dict[str, Any]:
    """The raw table, as awscli in a process of its own tells it; the operator's AWS files play no part."""
    with tempfile.TemporaryDirectory() as home:
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": home,
            "AWS_CONFIG_FILE": f"{home}/none",
            "AWS_SHARED_CREDENTIALS_FILE": f"{home}/none",
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONHASHSEED": "0",
        }
        answer = subprocess.run(
            [sys.executable, "-W", "ignore", str(_WALK)], env=environment, stdout=subprocess.PIPE, check=True
        )
    told: dict[str, Any] = json.loads(answer.stdout)
    return told


def table_bytes(table: Mapping[str, Any]) -> bytes:
    """The zip: an index, and one member per service, so that one look-up reads one service. Same input, same bytes."""
    services = {name: commands for name, commands in table["services"].items() if commands}
    index = {
        "format": FORMAT,
        "awscli": table["awscli"],
        "botocore": table["botocore"],
        "globals": [_option_row(option) for option in table["globals"]],
        "services": {name: sorted(commands) for name, commands in sorted(services.items())},
    }
    with tempfile.SpooledTemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            _write(archive, INDEX, index)
            for name, commands in sorted(services.items()):
                _write(archive, f"{name}.json", _service(commands))
        file.seek(0)
        return file.read()


def _write(archive: zipfile.ZipFile, name: str, value: object) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    entry.create_system = 3
    archive.writestr(entry, json.dumps(value, sort_keys=True, separators=(",", ":")), compresslevel=9)


def _service(commands: Mapping[str, Any]) -> dict[str, Any]:
    rows: dict[str, int] = {}
    told = {name: _command(commands[name], rows) for name in sorted(commands)}
    return {"options": [json.loads(row) for row in rows], "commands": told}


def _command(command: Mapping[str, Any], rows: dict[str, int]) -> dict[str, Any]:
    """One command with its options as positions in the service's list, empty facts left out."""
    options = [
        rows.setdefault(json.dumps(_option_row(option), separators=(",", ":")), len(rows))
        for option in command["options"]
    ]
    facts = {name: value for name, value in command.items() if name != "options" and value not in (None, False, [])}
    return {"options": options, **facts}


def _option_row(option: Mapping[str, Any]) -> list[Any]:
    return [option[name] for name in OPTION_ROW]


if __name__ == "__main__":
    raise SystemExit(main())
