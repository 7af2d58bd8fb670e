"""Options of awscli's own that stand for parameters of the operation, as far as a read before the write needs them.

Facts from awscli 1.46.3: `customizations/ec2/secgroupsimplify.py`, `customizations/ec2/runinstances.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudops_tui.policy.cli_grammar import ParsedCli
from cloudops_tui.policy.cli_values import UNREAD

_RULE_OPTIONS = ("--protocol", "--port", "--cidr", "--source-group", "--group-owner")


def with_cli_forms(read: ParsedCli, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters, with those that awscli makes of its own options; what is there already stays."""
    made = dict(parameters)
    if any(name in read.options for name in _RULE_OPTIONS):
        made.setdefault("IpPermissions", _rule(read))
    if read.path == ("ec2", "run-instances") and (count := _word(read, "--count")):
        least, _, most = count.partition(":")
        made.setdefault("MinCount", least)
        made.setdefault("MaxCount", most or least)
    elif read.path == ("ec2", "run-instances"):
        made.setdefault("MinCount", 1)
        made.setdefault("MaxCount", 1)
    return made


def _rule(read: ParsedCli) -> Any:
    """One rule of a security group from words; UNREAD where the words are not understood."""
    protocol, port = _word(read, "--protocol") or "", _word(read, "--port")
    rule: dict[str, Any] = {"IpProtocol": "-1" if protocol == "all" else protocol}
    if port is not None:
        first, _, last = ("-1", "", "-1") if port in ("all", "-1") else port.partition("-")
        try:
            rule |= {"FromPort": int(first), "ToPort": int(last or first)}
        except ValueError:
            return UNREAD
    if cidr := _word(read, "--cidr"):
        rule["IpRanges"] = [{"CidrIp": cidr}]
    if group := _word(read, "--source-group"):
        rule["UserIdGroupPairs"] = [{"GroupId" if group.startswith("sg-") else "GroupName": group}]
    return [rule]


def _word(read: ParsedCli, name: str) -> str | None:
    given = read.options.get(name)
    return given[0] if isinstance(given, tuple) and given else None
