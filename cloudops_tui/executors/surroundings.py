"""What lies between us and AWS that is not standard: proxies, and certificate authorities other than the usual."""

from __future__ import annotations

import re
import ssl
from collections.abc import Collection, Iterator, Mapping
from os.path import normpath

from cloudops_tui.executors.aws_environment import UnusableProfile, resolve
from cloudops_tui.policy.safe_text import safe_line

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
"""Where requests go first; any case counts, as it does for urllib."""
BUNDLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""Whose certificates are believed."""
USUAL = frozenset({"/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs"})
"""The system's own bundle and folder, which installers like to spell out."""

_UNCHECKED = " (empty: certificates are not checked)"
_CREDENTIALS = re.compile(r"^([a-z][a-z0-9+.-]*://)?.*@", re.IGNORECASE | re.DOTALL)


def surroundings(environment: Mapping[str, str], profiles: Collection[str] = ()) -> tuple[str, ...]:
    """Each as `NAME=value`, safe to show; of `profiles` also their `ca_bundle`.

    That an empty AWS_CA_BUNDLE, `ca_bundle` or REQUESTS_CA_BUNDLE turns the checking of certificates off is how
    botocore 1.40 reads them (`Endpoint._get_verify_value`, `URLLib3Session._setup_ssl_cert`).
    """
    found = (*_proxies(environment), *_bundles(environment), *_bundles_of(profiles, environment))
    return tuple(safe_line(f"{name}={value}") for name, value in found)


def without_credentials(address: str) -> str:
    """The address of a proxy or an endpoint, with user and password hidden, whether or not it names a scheme."""
    return _CREDENTIALS.sub(lambda found: f"{found[1] or ''}<redacted>@", address)


def _proxies(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in sorted(environment):
        if name.upper() in PROXIES and environment[name]:
            yield name, without_credentials(environment[name])


def _bundles(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in BUNDLES:
        value = environment.get(name)
        if value is not None and not _is_standard(name, value):
            yield name, value or _UNCHECKED


def _bundles_of(profiles: Collection[str], environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if "AWS_CA_BUNDLE" in environment:
        return  # stands before the files
    for profile in dict.fromkeys(profiles):
        try:
            value = resolve(profile, "", environment).settings.get("ca_bundle")
        except UnusableProfile:
            continue  # said where the account is asked for
        if value is not None:
            yield "ca_bundle", f"{value or _UNCHECKED} (profile {profile})"


def _is_standard(name: str, value: str) -> bool:
    if not value:
        return name not in {"AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"}
    by_default = ssl.get_default_verify_paths()
    match name:
        case "AWS_CA_BUNDLE":
            return False  # botocore brings its own; whoever sets this wants another
        case "SSL_CERT_FILE":
            return normpath(value) in USUAL | {by_default.openssl_cafile}
        case "SSL_CERT_DIR":
            return normpath(value) in USUAL | {by_default.openssl_capath}
        case _:
            return normpath(value) in USUAL
