"""What is found through entry points, for callers who name nothing themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any

from cloudops_tui.engine.ports import Accounts, Executor, OutputReader, ServiceCatalogue
from cloudops_tui.model.errors import ExecutorNotAvailable
from cloudops_tui.model.settings import Settings

REMEDY = "install the package, for example with `pip install -e .`"


def load_executors(configs: Mapping[str, object] | None = None) -> tuple[Executor, ...]:
    """One of each executor under `cloudops_tui.executors`, by name; ours and strangers' alike.

    `configs` holds what to make one with, by its name: its configuration, or a mapping of keyword arguments. The others
    are made with nothing.
    """
    return tuple(made for _, made in sorted(_all("cloudops_tui.executors", configs or {}).items()))


def executor_configs(settings: Settings) -> Mapping[str, object]:
    """What the configuration says about our own executors, for `load_executors`."""
    return {"cli": {"config": settings.cli, "allowed": settings.safety.allow}}


def load_catalogue() -> ServiceCatalogue:
    """The catalogue under `cloudops_tui.catalogue`, made once a process."""
    return _the_catalogue()


def load_accounts() -> Accounts:
    """The resolver of accounts under `cloudops_tui.accounts`."""
    accounts: Accounts = _one("cloudops_tui.accounts")
    return accounts


def load_output_reader() -> OutputReader:
    """The reader of attempts' files under `cloudops_tui.output`."""
    reader: OutputReader = _one("cloudops_tui.output")
    return reader


@cache
def _the_catalogue() -> ServiceCatalogue:
    catalogue: ServiceCatalogue = _one("cloudops_tui.catalogue")
    return catalogue


def _one(group: str) -> Any:
    found = _all(group)
    if not found:
        raise ExecutorNotAvailable(f"nothing is registered under `{group}`; {REMEDY}")
    return found.get("default") or next(iter(found.values()))


def _all(group: str, configs: Mapping[str, object] = MappingProxyType({})) -> dict[str, Any]:
    return {point.name: _made(point.load(), configs.get(point.name)) for point in entry_points(group=group)}


def _made(factory: Callable[..., Any], config: object) -> Any:
    if isinstance(config, Mapping):
        return factory(**config)
    return factory() if config is None else factory(config)
