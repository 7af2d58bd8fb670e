"""What AWS can be asked: botocore's own models for the SDK, a committed table of awscli for the command line."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from cloudops_tui.executors.risk_table import RiskTable
from cloudops_tui.model.catalogue import (
    CliCommandShape,
    CliOption,
    CliPositional,
    MemberShape,
    OperationShape,
    ParameterProblem,
    Reference,
    ValueShape,
    nearest_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.loaders import Loader
    from botocore.model import OperationModel, ServiceModel

FORMAT = 1
"""Of the table; changes when the meaning of its members does. Reader and generator must agree."""
OPTION_ROW = ("name", "kind", "type", "bits", "origin", "member", "partner", "sets", "least", "choices", "order")
"""What an option's row in the table holds, in this order."""

Access = tuple[frozenset[str] | None, str]
"""IAM's levels of an operation, and why they are not known."""

REQUIRED, HIDDEN, SENSITIVE, LITERAL, EARLY = 1, 2, 4, 8, 16  # bits of an option's row, see `cli_table_walk`


class CatalogueError(Exception):
    """The table of `aws` commands cannot be read; nothing may be taken for known then."""


@cache
def the_catalogue() -> BotocoreCatalogue:
    """The one that this process shares, so that a service's model is read once."""
    return BotocoreCatalogue()


class BotocoreCatalogue:
    """A `ServiceCatalogue` that reads each service when it is first asked for, and keeps it.

    It looks only at the models that come with botocore: a changed copy in `~/.aws/models` or `AWS_DATA_PATH`
    cannot make a write look like a read. Safe to use from several threads.
    """

    def __init__(self, table: bytes | None = None, risk_table: bytes | None = None) -> None:
        """`table` and `risk_table` replace the committed ones."""
        self._given = table
        self._given_risk = risk_table
        self._services: dict[str, ServiceModel] = {}
        self._operations: dict[tuple[str, str], OperationShape] = {}
        self._shapes: dict[tuple[str, str], ValueShape] = {}
        self._cli: dict[str, dict[str, Any]] = {}
        self._commands: dict[tuple[str, ...], CliCommandShape] = {}

    @cached_property
    def version(self) -> str:
        return f"{self.models}, {self._risk.version}"

    @cached_property
    def models(self) -> str:
        """What the services and commands come from, for people."""
        return f"botocore {version('botocore')}, awscli {self.awscli_version}"

    @cached_property
    def awscli_version(self) -> str:
        """Of the awscli that the table was made from, for example `1.46.3`."""
        return str(self._index["awscli"])

    # ------------------------------------------------------------ SDK

    def services(self) -> Sequence[str]:
        return self._service_names

    def operations(self, service: str) -> Sequence[str]:
        model = self._model(service)
        return () if model is None else tuple(sorted(model.operation_names))

    def operation(self, service: str, name: str) -> OperationShape | None:
        known = self._operations.get((service, name))
        if known is None and (model := self.operation_model(service, name)) is not None:
            known = self._operations[service, name] = _operation_shape(service, model, self._access(service, name))
        return known

    def shape(self, service: str, name: str) -> ValueShape | None:
        from botocore.model import NoShapeFoundError

        if (known := self._shapes.get((service, name))) is not None:
            return known
        model = self._model(service)
        if model is None:
            return None
        try:
            known = self._shapes[service, name] = _value_shape(model.shape_for(name))
        except NoShapeFoundError:
            return None
        return known

    def parameter_problems(self, service: str, operation: str, parameters: Mapping[str, Any]) -> list[ParameterProblem]:
        from cloudops_tui.executors.parameters import problems_with

        if self._model(service) is None:
            nearest = nearest_name(service, self.services())
            return [ParameterProblem((), "an unknown service", "a service of botocore", nearest)]
        model = self.operation_model(service, operation)
        if model is None:
            nearest = nearest_name(operation, self.operations(service))
            return [ParameterProblem((), "an unknown operation", f"an operation of `{service}`", nearest)]
        return problems_with(parameters, model)

    def call_parameters(
        self, service: str, operation: str, parameters: Mapping[str, Any], resolve: Callable[[Reference], bytes]
    ) -> dict[str, Any]:
        """What the client's method is given, for parameters without problems; raises KeyError for unknown names."""
        from cloudops_tui.executors.parameters import call_parameters

        model = self.operation_model(service, operation)
        if model is None:
            raise KeyError(f"{service}.{operation}")
        return call_parameters(parameters, model, resolve)

    def operation_model(self, service: str, name: str) -> OperationModel | None:
        """botocore's own model, for other adapters."""
        model = self._model(service)
        return model.operation_model(name) if model is not None and name in model.operation_names else None

    # ------------------------------------------------------------ command line

    def cli_services(self) -> Sequence[str]:
        return tuple(self._index["services"])

    def cli_commands(self, service: str) -> Sequence[str]:
        return tuple(name for name in self._index["services"].get(service, ()) if name)

    def cli_command(self, words: Sequence[str]) -> CliCommandShape | None:
        path = tuple(words)
        if path not in self._commands and self._has_command(path):
            self._commands[path] = self._read_command(path)
        return self._commands.get(path)

    def global_options(self) -> Mapping[str, CliOption]:
        return self._globals

    # ------------------------------------------------------------ reading

    @cached_property
    def _risk(self) -> RiskTable:
        return RiskTable(version("botocore"), self.awscli_version, self._given_risk)

    def _access(self, service: str, operation: str) -> Access:
        levels = self._risk.levels(service, operation)
        return levels, "" if levels is not None else self._risk.why_unknown(service, operation)

    @cached_property
    def _loader(self) -> Loader:
        from botocore.loaders import Loader

        return Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)

    @cached_property
    def _service_names(self) -> tuple[str, ...]:
        return tuple(sorted(self._loader.list_available_services("service-2")))

    def _model(self, service: str) -> ServiceModel | None:
        from botocore.model import ServiceModel

        if service not in self._services and service in self._service_names:
            self._services[service] = ServiceModel(self._loader.load_service_model(service, "service-2"), service)
        return self._services.get(service)

    @cached_property
    def _archive(self) -> zipfile.ZipFile:
        try:
            table = self._given
            if table is None:
                table = (files("cloudops_tui.executors") / "data" / "cli_table.zip").read_bytes()
            return zipfile.ZipFile(io.BytesIO(table))
        except (OSError, zipfile.BadZipFile) as error:
            raise CatalogueError(f"Table of `aws` commands cannot be read ({error}); install it anew") from error

    @cached_property
    def _index(self) -> dict[str, Any]:
        index = self._read("_index.json")
        if index.get("format") != FORMAT:
            raise CatalogueError(f"Table of `aws` commands is not of format {FORMAT}; install the program anew")
        return index

    @cached_property
    def _globals(self) -> Mapping[str, CliOption]:
        return {row[0]: _option(row) for row in self._index["globals"]}

    def _read(self, member: str) -> dict[str, Any]:
        try:
            content: dict[str, Any] = json.loads(self._archive.read(member))
        except (KeyError, ValueError, zipfile.BadZipFile, zlib.error):
            raise CatalogueError(f"Table of `aws` commands is damaged at `{member}`; install it anew") from None
        return content

    def _has_command(self, path: tuple[str, ...]) -> bool:
        if not path or any(" " in word for word in path):
            return False
        return " ".join(path[1:]) in self._index["services"].get(path[0], ())

    def _read_command(self, path: tuple[str, ...]) -> CliCommandShape:
        service = path[0]
        if service not in self._cli:
            self._cli[service] = self._read(f"{service}.json")
        rows = self._cli[service]["options"]
        facts = self._cli[service]["commands"][" ".join(path[1:])]
        operation = facts.get("operation")
        access = (None, "") if operation is None else self._access(facts["service"], operation)
        return _command_shape(path, facts, rows, access)


def _operation_shape(service: str, model: OperationModel, access: Access) -> OperationShape:
    shape = model.input_shape
    members = {} if shape is None else shape.members
    required = () if shape is None else tuple(shape.required_members)
    traits: Mapping[str, Any] = model._operation_model  # type: ignore[attr-defined]  # no public way to `readonly`
    streamed = model.get_streaming_input()
    return OperationShape(
        service=service,
        name=model.name,
        http_method=str(model.http.get("method", "POST")),
        read_only=traits.get("readonly"),
        access=access[0],
        access_gap=access[1],
        idempotent=bool(traits.get("idempotent", False)),
        token_member=next(iter(model.idempotent_members), None),
        dry_run_member=next((name for name in ("DryRun", "dryRun") if name in members), None),
        members={
            name: _member(name, member, required=name in required, streaming=member is streamed)
            for name, member in members.items()
        },
        required=required,
        input_shape=None if shape is None else shape.name,
        output_shape=None if model.output_shape is None else model.output_shape.name,
        has_streaming_input=model.has_streaming_input,
        has_streaming_output=model.has_streaming_output,
        deprecated=bool(model.deprecated),
    )


def _value_shape(shape: Any) -> ValueShape:
    kind = shape.type_name
    if kind == "structure":
        required = shape.required_members
        members = {name: _member(name, inner, required=name in required) for name, inner in shape.members.items()}
        return ValueShape(shape.name, kind, members, union=bool(shape.is_tagged_union))
    if kind == "list":
        return ValueShape(shape.name, kind, element=_member("", shape.member))
    if kind == "map":
        return ValueShape(shape.name, kind, element=_member("", shape.value), key=_member("", shape.key))
    return ValueShape(shape.name, kind)


def _member(name: str, shape: Any, *, required: bool = False, streaming: bool = False) -> MemberShape:
    facts = shape.metadata
    return MemberShape(
        name=name,
        type=shape.type_name,
        shape=shape.name,
        required=required,
        enum=tuple(facts.get("enum", ())),
        sensitive=bool(facts.get("sensitive", False)),
        pattern=facts.get("pattern"),
        minimum=facts.get("min"),
        maximum=facts.get("max"),
        token=bool(facts.get("idempotencyToken", False)),
        streaming=streaming,
        document=bool(getattr(shape, "is_document_type", False)) or bool(shape.serialization.get("jsonvalue", False)),
        deprecated=bool(facts.get("deprecated", False)),
    )


def _command_shape(
    path: tuple[str, ...], facts: Mapping[str, Any], rows: Sequence[Sequence[Any]], access: Access
) -> CliCommandShape:
    options = (_option(rows[position]) for position in facts["options"])
    return CliCommandShape(
        path=path,
        options={option.name: option for option in options},
        positionals=tuple(
            CliPositional(
                entry["name"], entry["least"], entry["most"], "string", tuple(entry["choices"]), entry["literal"]
            )
            for entry in facts.get("positionals", ())
        ),
        service=facts.get("service"),
        operation=facts.get("operation"),
        is_waiter=facts.get("waiter", False),
        http_method=facts.get("method"),
        read_only=facts.get("read_only"),
        access=access[0],
        access_gap=access[1],
        idempotent=facts.get("idempotent", False),
        token_member=facts.get("token"),
        dry_run_member=facts.get("dry_run"),
        hidden=facts.get("hidden", False),
        unreachable=tuple(facts.get("unreachable", ())),
    )


def _option(row: Sequence[Any]) -> CliOption:
    name, kind, value_type, bits, origin, member, partner, sets, least, choices, order = row
    return CliOption(
        name=name,
        kind=kind,
        type=value_type,
        required=bool(bits & REQUIRED),
        partner=partner,
        sets=sets,
        member=member,
        choices=tuple(choices),
        least=least,
        origin=origin,
        literal=bool(bits & LITERAL),
        converted_early=bool(bits & EARLY),
        hidden=bool(bits & HIDDEN),
        sensitive=bool(bits & SENSITIVE),
        order=order,
    )
