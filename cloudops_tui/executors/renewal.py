"""What gives a profile valid credentials again, in words that an operator can follow."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from cloudops_tui.executors.aws_environment import STANDARD_CHAIN, UnusableProfile, aws_files, shared_config
from cloudops_tui.policy.safe_text import safe_line

EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
"""Codes of a request whose credentials were valid once (AWS "Common Error Types"); it was turned away, and did nothing.
"""


def how_to_renew(profile: str, environment: Mapping[str, str]) -> str | None:
    """`renew with: aws sso login --profile prod`; None where nothing outside this process can renew them."""
    if profile == STANDARD_CHAIN and environment.get("AWS_ACCESS_KEY_ID"):
        return None  # they stand in our own environment, which nobody can change
    try:
        profiles = shared_config(aws_files(environment))["profiles"]
    except UnusableProfile:
        return None
    for name, settings in _chain(profile, profiles):
        if "sso_session" in settings or "sso_start_url" in settings:
            return _command("sso login", name)
        if "login_session" in settings:
            return _command("login", name)
        if "mfa_serial" in settings:
            return _command("sts get-caller-identity", profile)  # asks for the code, and keeps what it gets for us
        if "credential_process" in settings:
            return f"renew what the `credential_process` of {safe_line(name)} needs"
        if "aws_access_key_id" in settings:
            return f"renew with: new keys of profile {safe_line(name)} in {aws_files(environment).credentials}"
    return _command("configure", profile)


def _chain(profile: str, profiles: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The profile, and those that its credentials are made from."""
    seen: set[str] = set()
    while profile not in seen:
        seen.add(profile)
        settings = profiles.get(profile, {})
        yield profile, settings
        profile = settings.get("source_profile", profile)


def _command(command: str, profile: str) -> str:
    option = "" if profile == STANDARD_CHAIN else f" --profile {shlex.quote(profile)}"
    return f"renew with: aws {command}{safe_line(option)}"
