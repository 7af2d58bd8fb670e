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
from cloudops_tui.policy.risk.verbs import hands_out, only_untags, sets_an_end, taking_verb, words_of

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


_MINTS = re.compile(
    r"(?:Create|Generate|Issue|Rotate|Reset|Regenerate|Retrieve|Export)\w*"
    r"(?:Pre[Ss]igned\w*Ur[li]s?|Token|ApiKey|EmbedUrl|SignedUrl|Credentials?|Password|AccessKey|AuthCode|StreamKey|"
    r"UploadUrl|StreamingURL)"
)
_MINTS_NO_SECRET = frozenset(
    {"CreateIpamExternalResourceVerificationToken", "CreateToken", "CreateCustomVerificationToken"}
)
"""Tokens that prove nothing but who owns a name, or are of a licence; `known` has those that are secrets."""
_SIGNS_IN = re.compile(r"Assume\w+|\w+(?:Pre[Ss]igned\w*Url|EmbedUrl|LoginToken|LoginUrl)")
_RIGHTS = re.compile(
    r"\w*(?:DelegatedAdmin\w*|AdminAccount|AdministratorAccount|OrganizationAdmin\w*|ResourcePolicy|Permissions?|"
    r"AccessEntry|AccessPolicy|PrincipalTag\w*|UserToGroup|UserFromGroup|UserGroup|GroupMembership|MFADevice|"
    r"AccountPasswordPolicy|PasswordPolicy|RootSessions|RootCredentialsManagement|PolicyType|MoveAccount)"
)
_RIGHTS_SERVICES = frozenset({"iam", "identitystore", "sso-admin"})
"""Whatever changes there changes who may do what."""
_RUNS = re.compile(
    r"(?:Test)?Invoke(?:Endpoint\w*|Authorizer|Method|Agent\w*|Flow|Inline\w*|Action)|TestIdentityProvider|TestType|"
    r"ExecuteAction|PutActionRevision"
)
_QUERIES = re.compile(r"Start(?:Insights)?Query(?:Execution)?")
_HOLDS_DATA = re.compile(
    r"(?:Batch)?(?:Delete|Purge|Erase|Destroy|StartDelete|Truncate)\w*"
    r"(?:Snapshots?|Backups?|RecoveryPoint|Volume|FileSystem|(?<!Route)(?<!Policy)(?<!Mapping)(?<!For)Tables?|Dataset|DatasetGroup|TimeSeries|DataStore|Datastore|"
    r"(?<!Code)Repository|Bucket|Objects?|LogGroup|LogStream|Archive|Vault|Images?|Documents?|Vectors|Collection|"
    r"Messages?|CommentContent|UserPool|KeyMaterial|DataLake|Recordings?|DocumentClassifier|AutoSnapshot)"
)
_SERVED = re.compile(
    r"(?:Delete|Deregister|Disassociate|Detach|Remove|Disable|Release|Unassign|Deactivate|Withdraw|Disconnect)\w*"
    r"(?:Listener|LoadBalancer|Gateway|Attachment|(?<!Notification)Connection|Stage|Api|Distribution|Service|Cluster|"
    r"Stack|Node[gG]roup|Fleet|D[Bb]Instance|Server|Broker|Function|Portal|DomainName|TargetGroup|AccessPoint|"
    r"HostedZone|(?<!Email)Address|(?<!Email)Addresses|Instance|App|Application|Environment|Website|Flow|Workgroup|"
    r"Peer|Route|VirtualInterface|Origin|Endpoint|Proxy|Interface|Targets|(?<!Notification)(?<!Delivery)Channel|"
    r"ReplicationGroup|PhoneNumber)"
)
_SERVED_BUT = re.compile(
    r"\w*(?:Message|Registration|Template)Attachment|Delete(?:Attachment|Connection)|DeleteQueued\w*"
)
"""Files that hang on something, and connections that are settings."""


def flags_of(subject: Subject, level: RiskLevel) -> Iterator[Finding]:
    """What the operation itself is known for; a command that only reads is asked for secrets alone."""
    service, operation = subject.key
    if answers_secrets(service, operation):
        yield Finding("its answer holds secrets", flags=(RiskFlag.SECRET,))
    if level is RiskLevel.READ_ONLY:
        return
    if subject.access and "Permissions management" in subject.access:
        yield Finding("it changes who may do what", flags=(RiskFlag.PRIVILEGE,))
    elif _gives_rights(subject):
        yield Finding("it hands out, changes or takes rights or credentials", flags=(RiskFlag.PRIVILEGE,))
    if _listed(RUNS_CODE, service, operation) or _RUNS.fullmatch(operation):
        yield Finding("it runs what stands elsewhere, with effects that nothing here bounds", flags=(RiskFlag.EXEC,))
    if _buys(operation):
        yield Finding("it buys, and money spent does not come back", flags=(RiskFlag.COST, RiskFlag.IRREVERSIBLE))
    elif _listed(COSTS, service, operation) or _QUERIES.fullmatch(operation):
        yield Finding("it creates or starts what is billed", flags=(RiskFlag.COST,))
    if _listed(IRREVERSIBLE, service, operation) or _HOLDS_DATA.fullmatch(operation) or sets_an_end(operation):
        yield Finding("there is no way back", flags=(RiskFlag.IRREVERSIBLE,))
    if _interrupts(service, operation):
        yield Finding("it cuts off or weakens what serves now", flags=(RiskFlag.AVAILABILITY,))
    if _is_network(service, operation):
        yield Finding("it changes the network", flags=(RiskFlag.NETWORK,))


def answers_secrets(service: str, operation: str) -> bool:
    """Its answer holds secrets; `policy.secret_answers` keeps none of it, or hides the members that are."""
    return _listed(RETURNS_SECRETS, service, operation) or _mints(operation)


def _mints(operation: str) -> bool:
    """Its name says that the answer is a key, a token, a password or an address that lets in."""
    return hands_out(operation) or (_MINTS.fullmatch(operation) is not None and operation not in _MINTS_NO_SECRET)


def _gives_rights(subject: Subject) -> bool:
    service, operation = subject.key
    if only_untags(operation) or operation.startswith(("Tag", "Untag", "Generate")):
        return False
    return (
        service in _RIGHTS_SERVICES
        or _listed(GIVES_RIGHTS, service, operation)
        or _SIGNS_IN.fullmatch(operation) is not None
        or _RIGHTS.fullmatch(operation) is not None
    )


def _buys(operation: str) -> bool:
    return words_of(operation)[:1] == ["Purchase"] or operation == "CreateSavingsPlan"


def _interrupts(service: str, operation: str) -> bool:
    taking = taking_verb(operation)
    if taking is not None and taking[0] in ("Failover", "Switchover"):
        return True
    stops = taking is not None and taking[0] in _STOPPING
    runs = _RUNNING.search(operation) is not None and _NOT_RUNNING.search(operation) is None
    serves = _SERVED.fullmatch(operation) is not None and _SERVED_BUT.fullmatch(operation) is None
    return (stops and runs) or serves or _listed(INTERRUPTS, service, operation)


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
