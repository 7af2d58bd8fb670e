"""Commands as risk is asked about them: by the real models, the real grammar and the committed table."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from cloudops_tui.executors.catalogue import the_catalogue
from cloudops_tui.model.catalogue import ServiceCatalogue
from cloudops_tui.model.risk import RiskAssessment, RiskLevel
from cloudops_tui.policy.cli_grammar import ParsedCli, parse
from cloudops_tui.policy.cli_values import parameters_of
from cloudops_tui.policy.risk import Subject, assess

CATALOGUE = the_catalogue()
READ, MODIFY, DESTROY = RiskLevel


def subject_of_sdk(
    service: str, operation: str, parameters: Mapping[str, Any] | None = None, catalogue: ServiceCatalogue = CATALOGUE
) -> Subject:
    shape = catalogue.operation(service, operation)
    assert shape is not None, (service, operation)
    return Subject(
        service,
        operation,
        shape.http_method,
        read_only=shape.read_only,
        access=shape.access,
        access_gap=shape.access_gap,
        dry_run_member=shape.dry_run_member,
        parameters=parameters or {},
    )


def subject_of_cli(line: str, contents: Mapping[str, bytes] | None = None) -> Subject:
    read = parse(shlex.split(line), CATALOGUE)
    assert isinstance(read, ParsedCli), read
    shape = read.shape
    return Subject(
        shape.service,
        shape.operation,
        shape.http_method,
        shape.path,
        shape.is_waiter,
        frozenset(read.options),
        writes_file=any(one.name == "outfile" for one in shape.positionals),
        read_only=shape.read_only,
        access=shape.access,
        access_gap=shape.access_gap,
        dry_run_member=shape.dry_run_member,
        parameters=parameters_of(read, CATALOGUE, contents),
        words=read.positionals,
        given=read.options,
    )


def sdk(service: str, operation: str, parameters: Mapping[str, Any] | None = None) -> RiskAssessment:
    """Our verdict on an operation, claimed to be harmless."""
    return assess(subject_of_sdk(service, operation, parameters), READ)


def cli(line: str, contents: Mapping[str, bytes] | None = None) -> RiskAssessment:
    """Our verdict on a command line, claimed to be harmless."""
    return assess(subject_of_cli(line, contents), READ)


def named(text: str) -> tuple[str, str]:
    """`ec2 RunInstances` as a pair."""
    service, operation = text.split()
    return service, operation


def flags(found: RiskAssessment) -> set[str]:
    return {flag.value for flag in found.flags}
