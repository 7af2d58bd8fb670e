"""Which operation a recorded request is, and what it says: by the models alone, without the code that sent it."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import botocore
from botocore.model import OperationModel, ServiceModel

from cloudops_tui.executors.catalogue import the_catalogue
from tests.executors.loopback import Asked

DRY_RUN_NAMES = frozenset({"DryRun", "dryRun", "PerformCheckOnly", "ValidateOnly"})


@dataclass(frozen=True)
class Recognised:
    """One request, read back."""

    call: str
    """`service.Operation`."""
    is_dry_run: bool
    """It carries the service's own switch, set."""


def recognised(asked: Asked) -> Recognised:
    """What a request was; raises AssertionError where no operation of the service looks like it."""
    model = _model(asked)
    operation = _operation(asked, model)
    call = f"{model.service_name}.{operation.name}"
    return Recognised(call, is_dry_run=_is_dry_run(asked, operation))


def _scope(asked: Asked) -> str:
    found = re.search(r"Credential=[^/]+/\d{8}/[^/]+/([^/]+)/aws4_request", asked.headers.get("authorization", ""))
    assert found, f"{asked.method} {asked.path} is not signed"
    return found.group(1)


def _model(asked: Asked) -> ServiceModel:
    scope, target = _scope(asked), asked.headers.get("x-amz-target", "")
    fitting = [
        model
        for model in _models_of(scope)
        if not target or model.metadata.get("targetPrefix") == target.rpartition(".")[0]
    ]
    assert fitting, f"no service signs as {scope}"
    # Neptune and DocumentDB speak RDS's own language; the service whose name was signed is meant.
    for model in sorted(fitting, key=lambda one: one.service_name != scope):
        if any(_candidates(asked, model)):
            return model
    raise AssertionError(f"no operation of {scope} looks like {asked.method} {asked.path} {asked.body[:80]!r}")


def _operation(asked: Asked, model: ServiceModel) -> OperationModel:
    return max(_candidates(asked, model), key=_precision)


def _precision(operation: OperationModel) -> tuple[int, int, bool]:
    """The most literal address wins: `/a/b` over `/a/{B}`, one with a query over one without, the newer of twins."""
    uri = str(operation.http["requestUri"])
    return uri.count("&") + uri.count("?"), len(re.sub(r"\{[^}]*\}", "", uri)), not operation.deprecated


def _candidates(asked: Asked, model: ServiceModel) -> Iterator[OperationModel]:
    target = asked.headers.get("x-amz-target", "")
    if target:
        name = target.rpartition(".")[2]
        if name in model.operation_names:
            yield model.operation_model(name)
        return
    form = _form(asked)
    if "Action" in form:
        if form.get("Version") == model.metadata["apiVersion"] and form["Action"] in model.operation_names:
            yield model.operation_model(form["Action"])
        return
    for name in model.operation_names:
        operation = model.operation_model(name)
        if _is_at(asked, operation):
            yield operation


def _is_at(asked: Asked, operation: OperationModel) -> bool:
    path, query = _address(asked)
    wanted_path, _, wanted_query = str(operation.http["requestUri"]).partition("?")
    pattern = "".join(
        ".+" if part.endswith("+}") else "[^/]+" if part.startswith("{") else re.escape(part)
        for part in re.split(r"(\{[^}]*\})", wanted_path)
    )
    needed = [part.partition("=")[0] for part in wanted_query.split("&") if part]
    shape = operation.input_shape
    required = [shape.members[name] for name in shape.required_members] if shape is not None else []
    for member in required:
        place = member.serialization
        if place.get("location") == "querystring":
            needed.append(place["name"])
    return (
        asked.method == operation.http.get("method", "POST")
        and re.fullmatch(pattern.rstrip("/") + "/?", path) is not None
        and all(name in query for name in needed)
    )


def _address(asked: Asked) -> tuple[str, Mapping[str, list[str]]]:
    parts = urlsplit(asked.path)
    return parts.path, parse_qs(parts.query, keep_blank_values=True)


def _form(asked: Asked) -> dict[str, str]:
    if "x-www-form-urlencoded" not in asked.headers.get("content-type", ""):
        return {}
    return {name: values[0] for name, values in parse_qs(asked.body.decode(), keep_blank_values=True).items()}


def _is_dry_run(asked: Asked, operation: OperationModel) -> bool:
    if operation.name == "Invoke":
        return asked.headers.get("x-amz-invocation-type") == "DryRun"
    shape = operation.input_shape
    members = {name: member for name, member in shape.members.items() if name in DRY_RUN_NAMES} if shape else {}
    spelled = [one for name, member in members.items() for one in (name, member.serialization.get("name", name))]
    return any(_is_set(asked, one) for one in spelled)


def _is_set(asked: Asked, name: str) -> bool:
    _, query = _address(asked)
    if _form(asked).get(name) == "true" or [unquote(one) for one in query.get(name, [])] == ["true"]:
        return True
    return _json(asked).get(name) is True


def _json(asked: Asked) -> dict[str, Any]:
    try:
        body = json.loads(asked.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


@cache
def _models_of(scope: str) -> tuple[ServiceModel, ...]:
    """The services that sign with this name."""
    catalogue = the_catalogue()
    named = [service for service in catalogue.services() if _signs_as(service) == scope]
    models = (catalogue._model(service) for service in named)
    return tuple(model for model in models if model is not None)


@cache
def _signs_as(service: str) -> str:
    """From the first lines of the model, where its metadata stands; reading all of all models takes ten seconds."""
    newest = max((Path(botocore.__file__).parent / "data" / service).glob("*/service-2.json.gz"))
    with gzip.open(newest, "rt", encoding="utf-8") as file:
        head = file.read(4000)
    metadata = head[head.index('"metadata"') : head.index('"operations"') if '"operations"' in head else None]
    found = [re.search(rf'"{name}"\s*:\s*"([^"]+)"', metadata) for name in ("signingName", "endpointPrefix")]
    return next(one.group(1) for one in found if one)
