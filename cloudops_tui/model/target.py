"""Who acts, on which account, with which tool."""

from __future__ import annotations

from cloudops_tui.model.wire import Wire, additive


class ProfileIdentity(Wire):
    """What a profile resolves to in one region. `account` is None when STS could not be asked; `reason` says why."""

    profile: str
    region: str
    account: str | None
    partition: str | None
    """`aws`, `aws-cn`, `aws-us-gov`, ..."""
    principal: str | None
    """Role or user path, such as `role/admin`; never the session name, which changes."""
    endpoint: str | None = None
    """The endpoint that the standard configuration sets for every service of this profile; None is AWS's own."""
    service_endpoints: dict[str, str] = {}
    """Endpoints that it sets for single services."""
    reason: str | None = None
    """Why the account is not known, with the remedy."""
    renew: str | None = additive("What gives the profile new credentials, where it has none that are valid.")
    unusable: bool | None = additive("True: the profile is not there, or wrong as written; every command would fail.")
    account_name: str | None = None
    """The account's short name from our configuration."""
    protected: bool = False
    """The account's name must be typed for every writing plan."""


class ToolIdentity(Wire):
    """The `aws` program that would run."""

    path: str
    """Real path, links followed."""
    version: str
    """As `aws --version` says, such as `1.46.3`."""
    sha256: str
