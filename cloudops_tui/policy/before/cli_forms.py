"""Options of awscli's own that stand for parameters of the operation, as far as a read before the write needs them.

Facts from awscli 1.46.3: `customizations/ec2/secgroupsimplify.py`, `customizations/ec2/runinstances.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cloudops_tui.policy.cli_grammar import Given
from cloudops_tui.policy.cli_values import UNREAD

_RULE_OPTIONS = ("--protocol", "--port", "--cidr", "--source-group", "--group-owner")


def with_cli_forms(
    given: Mapping[str, Given], path: Sequence[str], parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """The parameters, with those that awscli makes of its own options; what is there already stays."""
    made = dict(parameters)
    if any(name in given for name in _RULE_OPTIONS):
        made.setdefault("IpPermissions", _rule(given))
    launches = tuple(path) == ("ec2", "run-instances")
    if launches and (count := _word(given, "--count")):
        least, _, most = count.partition(":")
        made.setdefault("MinCount", least)
        made.setdefault("MaxCount", most or least)
    elif launches:
        made.setdefault("MinCount", 1)
        made.setdefault("MaxCount", 1)
    return made


def _rule(given: Mapping[str, Given]) -> Any:
    """One rule of a security group from words; UNREAD where the words are not understood."""
    protocol, port = _word(given, "--protocol") or "", _word(given, "--port")
    rule: dict[str, Any] = {"IpProtocol": "-1" if protocol == "all" else protocol}
    if port is not None:
        first, _, last = ("-1", "", "-1") if port in ("all", "-1") else port.partition("-")
        try:
            rule |= {"FromPort": int(first), "ToPort": int(last or first)}
        except ValueError:
            return UNREAD
    if cidr := _word(given, "--cidr"):
        rule["IpRanges"] = [{"CidrIp": cidr}]
    if group := _word(given, "--source-group"):
        rule["UserIdGroupPairs"] = [{"GroupId" if group.startswith("sg-") else "GroupName": group}]
    return [rule]


def _word(given: Mapping[str, Given], name: str) -> str | None:
    words = given.get(name)
    return words[0] if isinstance(words, tuple) and words else None
