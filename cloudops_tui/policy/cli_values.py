"""What the words of a command line come to as parameters of its operation."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cloudops_tui.model.catalogue import CliOption, MemberShape, ServiceCatalogue
from cloudops_tui.policy.cli_grammar import Given, ParsedCli
from cloudops_tui.policy.shorthand import UnreadableShorthand, read_shorthand


class _Unread:
    """Stands for one value only; says so wherever it is printed."""

    def __repr__(self) -> str:
        return "UNREAD"


UNREAD = _Unread()
"""Stands for a value that could not be read: a secret from elsewhere, or a spelling that is not understood."""

_LISTS_OF_ONE = {
    ("elb", "deregister-instances-from-load-balancer", "--instances"),
    ("elb", "register-instances-with-load-balancer", "--instances"),
    ("elb", "describe-instance-health", "--instances"),
    ("elb", "remove-tags", "--tags"),
    ("firehose", "put-record-batch", "--records"),
    ("workspaces", "reboot-workspaces", "--reboot-workspace-requests"),
    ("workspaces", "rebuild-workspaces", "--rebuild-workspace-requests"),
    ("workspaces", "terminate-workspaces", "--terminate-workspace-requests"),
}
"""Lists of structures with one member whose words are those members, as awscli 1.46.3 has it."""

_COMPOUND = ("structure", "list", "map")


def parameters_of(
    read: ParsedCli, catalogue: ServiceCatalogue, contents: Mapping[str, bytes] | None = None
) -> dict[str, Any]:
    """The parameters by botocore's member names, as JSON-like values; `UNREAD` where a value is not known.

    `contents` holds what stood in the files that the words name, by `file://...` as written.
    """
    reader = _Values(read, catalogue, contents or {})
    values: dict[str, Any] = {}
    for name, given in read.options.items():
        option = read.shape.options.get(name)
        if option is not None and option.member is not None and option.origin in ("model", "custom"):
            values[option.member] = reader.value(option, given)
    held = reader.from_json()
    return held | values | reader.computed(held | values)


class _Values:
    """Reads the values of one command line."""

    def __init__(self, read: ParsedCli, catalogue: ServiceCatalogue, contents: Mapping[str, bytes]) -> None:
        self._read = read
        self._catalogue = catalogue
        self._contents = contents
        self._service = read.shape.service or ""
        operation = catalogue.operation(self._service, read.shape.operation or "")
        self._members: Mapping[str, MemberShape] = operation.members if operation is not None else {}

    def value(self, option: CliOption, given: Given) -> Any:
        """What one option gives its member."""
        member = self._members.get(option.member or "")
        if isinstance(given, bool):
            # Of EC2's wrapped booleans the positive option takes an optional value, so a flag is the negative one.
            return {"Value": False} if member is not None and member.type == "structure" else option.sets
        if option.kind == "optional-value" and not given:
            return {"Value": True} if member is None or member.type == "structure" else True
        words = given if option.literal else self._with_contents(given)
        if isinstance(words, bytes):
            return _as_text(words) if option.type == "blob" else UNREAD
        if words is UNREAD:
            return UNREAD
        try:
            return self._typed(option, member, words)
        except (UnreadableShorthand, ValueError, RecursionError):
            return UNREAD

    def from_json(self) -> dict[str, Any]:
        """What `--cli-input-json` holds; its members count where no option of their own is given."""
        given = self._read.options.get("--cli-input-json")
        if not isinstance(given, tuple):
            return {}
        text = self._with_contents(given)
        try:
            held = json.loads(text[0]) if isinstance(text, tuple) else None
        except (ValueError, RecursionError):
            held = None
        return held if isinstance(held, dict) else dict.fromkeys(self._members, UNREAD)

    def computed(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Members that awscli makes of options of its own."""
        match self._read.path:
            case ("ec2", "run-instances"):
                return _run_instances(self._read.options, values)
            case ("ec2", name) if name.endswith(("security-group-ingress", "security-group-egress")):
                return _ip_permissions(self._read.options)
            case ("cloudfront", "create-invalidation"):
                paths = self._read.options.get("--paths")
                return {"InvalidationBatch": {"Paths": {"Items": list(paths)}}} if isinstance(paths, tuple) else {}
            case _:
                return {}

    # --- files

    def _with_contents(self, words: tuple[str, ...]) -> Any:
        """The words, with a single one that names a file replaced by what stands there; bytes for `fileb://`."""
        if len(words) != 1:
            return words
        held = self._held(words[0])
        return (held,) if isinstance(held, str) else held

    def _held(self, word: str) -> Any:
        if word.startswith(("http://", "https://")):
            return UNREAD  # awscli would fetch it; a plan that does so is refused
        if not word.startswith(("file://", "fileb://")):
            return word
        content = self._contents.get(word)
        if content is None:
            return UNREAD
        return content if word.startswith("fileb://") else _as_text(content)

    def _behind(self, value: str) -> Any:
        """What `key@=value` stands for: only files, never addresses."""
        held = self._held(value) if value.startswith(("file://", "fileb://")) else value
        return _as_text(held) if isinstance(held, bytes) else held

    # --- types

    def _typed(self, option: CliOption, member: MemberShape | None, words: tuple[str, ...]) -> Any:
        if member is not None and member.document:
            return json.loads(words[0])
        if option.type not in _COMPOUND:
            return UNREAD if member is not None and member.streaming else _scalar(option.type, words[0])
        first = words[0].strip() if words else ""
        if first.startswith(("[", "{")):
            return self._json(option.type, words)
        if option.type == "list":
            return self._list(option, member, words)
        if member is not None and option.type == "structure" and "=" not in words[0]:
            return {"Value": words[0]} if self._wraps_one_text(member) else UNREAD
        return self._shorthand(words[0], member)

    def _json(self, kind: str, words: Sequence[str]) -> Any:
        if kind != "list":
            return json.loads(words[0]) if words[0].lstrip().startswith("{") else UNREAD
        if len(words) == 1 and words[0].strip().startswith("["):
            return json.loads(words[0])
        return [json.loads(word) for word in words]

    def _list(self, option: CliOption, member: MemberShape | None, words: Sequence[str]) -> Any:
        shape = None if member is None else self._catalogue.shape(self._service, member.shape)
        element = shape.element if shape is not None else None
        if element is not None and element.type not in _COMPOUND:
            return [_scalar(element.type, word) for word in words]
        if element is None and not all("=" in word for word in words):
            return list(words)  # no model tells what the list holds
        if (*self._read.path, option.name) in _LISTS_OF_ONE and element is not None:
            inner = self._catalogue.shape(self._service, element.shape)
            names = list(inner.members) if inner is not None else []
            return [{names[0]: word} for word in words] if names else UNREAD
        return [self._shorthand(word, element) for word in words]

    def _shorthand(self, word: str, member: MemberShape | None) -> Any:
        holder = {"": read_shorthand(word, self._behind)}
        if member is not None:
            self._conform(holder, "", member)
        return holder[""]

    def _wraps_one_text(self, member: MemberShape) -> bool:
        shape = self._catalogue.shape(self._service, member.shape)
        return shape is not None and list(shape.members) == ["Value"] and shape.members["Value"].type == "string"

    def _conform(self, holder: Any, place: Any, member: MemberShape) -> None:
        """Gives what shorthand left as text the type that the model wants, as awscli does."""
        value = holder[place]
        shape = self._catalogue.shape(self._service, member.shape) if member.type in _COMPOUND else None
        match member.type:
            case "structure" if isinstance(value, dict) and shape is not None:
                for name, inner in shape.members.items():
                    if name in value:
                        self._conform(value, name, inner)
            case "map" if isinstance(value, dict) and shape is not None and shape.element is not None:
                for name in value:
                    self._conform(value, name, shape.element)
            case "list" if not isinstance(value, list):
                holder[place] = [value]
            case "list" if shape is not None and shape.element is not None:
                for position in range(len(value)):
                    self._conform(value, position, shape.element)
            case "integer" | "long":
                holder[place] = int(value)
            case "float" | "double":
                holder[place] = float(value)
            case "boolean" if isinstance(value, str) and value.lower() in ("true", "false"):
                holder[place] = value.lower() == "true"
            case _:
                pass


def _scalar(kind: str, word: str) -> Any:
    match kind:
        case "integer" | "long":
            return int(word)
        case "float" | "double":
            return float(word)
        case "boolean":
            return word.lower() != "false" and bool(word)
        case _:
            return word


def _as_text(content: bytes) -> Any:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return UNREAD


# --- options of awscli's own -----------------------------------------------------------------------------------------


def _run_instances(options: Mapping[str, Given], values: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    counted = "MinCount" in values or "MaxCount" in values
    count = options.get("--count", () if counted else ("1",))
    if isinstance(count, tuple) and count:
        least, _, most = count[0].partition(":")
        try:
            made |= {"MinCount": int(least), "MaxCount": int(most or least)}
        except ValueError:
            made |= {"MinCount": UNREAD, "MaxCount": UNREAD}
    public = _flag(options, "--associate-public-ip-address", "--no-associate-public-ip-address")
    if public is not None:
        made["NetworkInterfaces"] = [{"DeviceIndex": 0, "AssociatePublicIpAddress": public}]
    return made


def _flag(options: Mapping[str, Given], yes: str, no: str) -> bool | None:
    if yes in options:
        return True
    return False if no in options else None


def _ip_permissions(options: Mapping[str, Given]) -> dict[str, Any]:
    makers: dict[str, Callable[[str], dict[str, Any]]] = {
        "--protocol": lambda word: {"IpProtocol": "-1" if word == "all" else word},
        "--port": _ports,
        "--cidr": lambda word: {"IpRanges": [{"CidrIp": word}]},
    }
    made: dict[str, Any] = {}
    pair: dict[str, Any] = {}
    for name, given in options.items():
        if name in makers and isinstance(given, tuple):
            made |= makers[name](given[0])
        elif name == "--source-group" and isinstance(given, tuple):
            pair["GroupId" if given[0].startswith("sg-") else "GroupName"] = given[0]
        elif name == "--group-owner" and isinstance(given, tuple):
            pair["UserId"] = given[0]
    if pair:
        made["UserIdGroupPairs"] = [pair]
    return {"IpPermissions": [made]} if made else {}


def _ports(word: str) -> dict[str, Any]:
    if word in ("-1", "all"):
        return {"FromPort": -1, "ToPort": -1}
    least, _, most = word.partition("-")
    try:
        return {"FromPort": int(least), "ToPort": int(most or least)}
    except ValueError:
        return {"FromPort": UNREAD, "ToPort": UNREAD}
