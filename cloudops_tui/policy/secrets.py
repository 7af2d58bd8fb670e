"""Which values are secrets, and where a plan writes one down that it must not hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cloudops_tui.model.catalogue import ParameterPath, ServiceCatalogue
from cloudops_tui.policy.cli_grammar import ParsedCli
from cloudops_tui.policy.refusals import Refusal


def is_secret_member(
    service: str, operation: str, path: ParameterPath, parameters: Mapping[str, Any] | None = None
) -> bool:
    """The value at `path` of the operation's input is a secret: a password, key, token or secret text.

    `path` holds botocore's member names; positions and map keys count as steps. Narrower than the `sensitive` trait.
    Where it depends on another member, `parameters` tell.
    """
    return False


def secrets_in_cli(read: ParsedCli, parameters: dict[str, Any], catalogue: ServiceCatalogue) -> Iterator[Refusal]:
    """Secrets that a command line writes down literally. Messages never hold the value."""
    yield from ()


def secrets_in_sdk(
    service: str, operation: str, parameters: Any, catalogue: ServiceCatalogue
) -> Iterator[Refusal]:
    """Secrets that parameters write down literally. Messages never hold the value."""
    yield from ()
