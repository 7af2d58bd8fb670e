"""What operators want to know of an operation beside its level."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.policy.risk.known import (
    COSTS,
    GIVES_RIGHTS,
    INTERRUPTS,
    IRREVERSIBLE,
    RETURNS_SECRETS,
    RUNS_CODE,
)
from cloudops_tui.policy.risk.subject import Finding, Subject
from cloudops_tui.policy.risk.verbs import taking_verb, words_of

NETWORK_SERVICES = frozenset(
    {"directconnect", "globalaccelerator", "network-firewall", "networkmanager", "route53", "route53domains",
     "route53profiles", "route53resolver", "vpc-lattice"}
)  # fmt: skip
_NETWORK_NOUNS = re.compile(
    r"Route|SecurityGroup(?!RuleDescriptions)|NetworkAcl|InternetGateway|NatGateway|VpcPeering|TransitGateway|"
    r"VpnGateway|VpnConnection|VpnTunnel|CustomerGateway|VpcEndpoint|DhcpOptions|"
    r"ManagedPrefixList|Subnet|Vpc(?:$|Attribute|Cidr)|DisassociateAddress|AssociateAddress|ReleaseAddress|ByoipCidr|ClientVpn"
)

_STOPPING = frozenset(
    {"Stop", "Reboot", "Restart", "Failover", "Switchover", "Shutdown", "Pause", "Suspend", "Rebuild", "Terminate",
     "Drain"}
)  # fmt: skip
_RUNNING = re.compile(
    r"Instance|Cluster|Database|Task|Service|Server|Broker|Application|Environment|Fleet|Workspaces|Endpoint|Node|"
    r"Gateway|ReplicationTask|Channel|Host|Shard|Function|Microvm|Graph|Computer|App"
)
_NOT_RUNNING = re.compile(r"Backups|Logging|Query|Execution|Assessment|Monitoring|Protection|Crawler|Report")


def flags_of(subject: Subject, level: RiskLevel) -> Iterator[Finding]:
    """What the operation itself is known for; a command that only reads is asked for secrets alone."""
    service, operation = subject.key
    if _listed(RETURNS_SECRETS, service, operation):
        yield Finding("its answer holds secrets", flags=(RiskFlag.SECRET,))
    if level is RiskLevel.READ_ONLY:
        return
    if subject.access and "Permissions management" in subject.access:
        yield Finding("it changes who may do what", flags=(RiskFlag.PRIVILEGE,))
    elif _listed(GIVES_RIGHTS, service, operation):
        yield Finding("it hands out rights or credentials", flags=(RiskFlag.PRIVILEGE,))
    if _listed(RUNS_CODE, service, operation):
        yield Finding("it runs what stands elsewhere, with effects that nothing here bounds", flags=(RiskFlag.EXEC,))
    if _buys(operation):
        yield Finding("it buys, and money spent does not come back", flags=(RiskFlag.COST, RiskFlag.IRREVERSIBLE))
    elif _listed(COSTS, service, operation):
        yield Finding("it creates or starts what is billed", flags=(RiskFlag.COST,))
    if _listed(IRREVERSIBLE, service, operation):
        yield Finding("there is no way back", flags=(RiskFlag.IRREVERSIBLE,))
    if _interrupts(service, operation):
        yield Finding("it cuts off or weakens what serves now", flags=(RiskFlag.AVAILABILITY,))
    if _is_network(service, operation):
        yield Finding("it changes the network", flags=(RiskFlag.NETWORK,))


def _buys(operation: str) -> bool:
    return words_of(operation)[:1] == ["Purchase"] or operation == "CreateSavingsPlan"


def _interrupts(service: str, operation: str) -> bool:
    taking = taking_verb(operation)
    if taking is not None and taking[0] in ("Failover", "Switchover"):
        return True
    stops = taking is not None and taking[0] in _STOPPING
    serves = _RUNNING.search(operation) is not None and _NOT_RUNNING.search(operation) is None
    return (stops and serves) or _listed(INTERRUPTS, service, operation)


def _is_network(service: str, operation: str) -> bool:
    if "Tag" in operation:
        return False
    return service in NETWORK_SERVICES or (service == "ec2" and _NETWORK_NOUNS.search(operation) is not None)


def _listed(table: Mapping[str, str], service: str, operation: str) -> bool:
    names = table.get(service)
    if names is None:
        return False
    exact, beginnings = _names(names)
    return operation in exact or operation.startswith(beginnings)


@cache
def _names(names: str) -> tuple[frozenset[str], tuple[str, ...]]:
    words = names.split()
    return (
        frozenset(word for word in words if not word.endswith("*")),
        tuple(word[:-1] for word in words if word.endswith("*")),
    )
