"""Who acts and where: profile, region, endpoints and environment, resolved once for `aws`, the SDK and STS alike."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

STANDARD_CHAIN = "default"
"""The profile that means: whatever the standard chain finds, as on an instance with a role."""

Signature: TypeAlias = tuple[int, int, int, int] | None


class UnusableProfile(Exception):
    """A profile that cannot be used as it is written; the text names the file and the remedy."""


@dataclass(frozen=True)
class AwsFiles:
    """Where the shared files of the AWS tools are."""

    config: Path
    credentials: Path

    @property
    def signature(self) -> tuple[Signature, Signature]:
        """Differs after either file was changed."""
        return signature(self.config), signature(self.credentials)


@dataclass(frozen=True)
class Endpoints:
    """Addresses that the standard configuration sets in place of AWS's own."""

    everywhere: str | None = None
    services: Mapping[str, str] = field(default_factory=dict)
    """By service id as the standard writes it, in small letters: `sqs`, `elastic_beanstalk`."""

    def of(self, service: str) -> str | None:
        """For botocore's name of a service, such as `elasticbeanstalk`; None is AWS's own address."""
        return self.services.get(_service_id(service), self.everywhere)


@dataclass(frozen=True)
class Target:
    """One resolved (profile, region)."""

    profile: str
    region: str
    endpoints: Endpoints
    settings: Mapping[str, Any]
    """The profile's own settings, both files together."""
    files: AwsFiles

    @property
    def name(self) -> str | None:
        """The profile to name to botocore or `aws`; None for the standard chain."""
        return None if self.profile == STANDARD_CHAIN else self.profile

    def cli_options(self, service: str, *, endpoint_given: bool = False) -> tuple[str, ...]:
        """What is appended to the argv of a command of `service` (botocore's name); it is no part of the plan.

        awscli 1 does not honour `AWS_ENDPOINT_URL` for every service (sqs is one), so the address is spelled out,
        unless the argv names another: the last one would win.
        """
        endpoint = None if endpoint_given else self.endpoints.of(service)
        profile = () if self.name is None else ("--profile", self.name)
        return profile + (() if endpoint is None else ("--endpoint-url", endpoint))


def resolve(profile: str, region: str, environment: Mapping[str, str]) -> Target:
    """What `profile` and `region` mean under `environment`; raises UnusableProfile.

    Reads the two shared files and nothing else. Source of the rules: CONTRACT.md 1 and the AWS SDKs and Tools
    Reference Guide ("Shared config and credentials files", "Service-specific endpoints").
    """
    files = aws_files(environment)
    config = shared_config(files)
    if profile != STANDARD_CHAIN and profile not in config["profiles"]:
        raise UnusableProfile(
            f"Profile `{profile}` is neither in `{files.config}` nor in `{files.credentials}`; "
            f"define it there (`aws configure --profile {profile}`) or name another"
        )
    settings = config["profiles"].get(profile, {})
    return Target(profile, region, _endpoints(profile, settings, config, environment, files), settings, files)


def aws_files(environment: Mapping[str, str]) -> AwsFiles:
    """The shared files that `environment` points to."""
    return AwsFiles(
        config=expanded(environment.get("AWS_CONFIG_FILE") or "~/.aws/config", environment),
        credentials=expanded(environment.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials", environment),
    )


def profile_settings(files: AwsFiles, profile: str) -> Mapping[str, Any]:
    """What the shared files say of `profile`; nothing where they do not have it or cannot be read."""
    try:
        settings: Mapping[str, Any] = shared_config(files)["profiles"].get(profile, {})
    except UnusableProfile:
        return {}
    return settings


def asks_for_code(target: Target) -> bool:
    """Its credentials, or those they are made from, need a code of an MFA device."""
    profiles = shared_config(target.files)["profiles"]
    settings, seen = target.settings, {target.profile}
    while "mfa_serial" not in settings:
        source = settings.get("source_profile")
        if source is None or source in seen:
            return False
        seen.add(source)
        settings = profiles.get(source, {})
    return True


def child_environment(target: Target, environment: Mapping[str, str], note: str = "") -> dict[str, str]:
    """The whole environment of an `aws` that acts for `target`; `note` comes into its user agent."""
    kept = {
        name: _from_anywhere(name, value)
        for name, value in environment.items()
        if not _is_dropped(name, named=target.name is not None)
    }
    ours = {
        "AWS_REGION": target.region,
        "AWS_DEFAULT_REGION": target.region,  # awscli 1 looks at no other
        "AWS_RETRY_MODE": "standard",
        "AWS_MAX_ATTEMPTS": "1",
        "LC_ALL": "C.UTF-8",  # what comes out is then UTF-8 whatever the operator's locale is
        "AWS_CLI_HISTORY_FILE": os.devnull,  # with `cli_history` it would keep every request, secrets included
    }
    return kept | ours | ({"AWS_EXECUTION_ENV": note} if note else {})


def secrets_in(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Values of `environment` that no output may show."""
    return tuple(environment[name] for name in _SECRET_VARIABLES if len(environment.get(name, "")) >= _SHORTEST_SECRET)


# ---------------------------------------------------------------- the environment

_KEYS = frozenset(
    {
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
        "AWS_CREDENTIAL_EXPIRATION", "AWS_ACCOUNT_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
    }
)  # fmt: skip
"""Inherited identities: under a named profile, awscli and the SDK disagree about which of them win."""
_NEVER = frozenset(
    {
        "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_DATA_PATH", "AWS_PAGER", "PAGER", "AWS_CLI_AUTO_PROMPT", "BASH_ENV",
        "ENV", "AWS_CLI_FILE_ENCODING",
    }
)  # fmt: skip
_PATHS = frozenset(
    {
        "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CA_BUNDLE",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    }
)  # fmt: skip
_NEVER_BEGINNING = ("LD_", "PYTHON", "BASH_FUNC_")
_SECRET_VARIABLES = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
_SHORTEST_SECRET = 8  # characters; shorter ones would blank out ordinary text


def fingerprint(environment: Mapping[str, str]) -> object:
    """Differs after anything changed that a session was made from, so that the SDK never signs with keys that `aws`,
    which reads everything anew each time, has left behind."""
    relevant = tuple(item for item in environment.items() if item[0].startswith("AWS_") or _is_about_the_way(item[0]))
    return relevant, aws_files(environment).signature


def _is_about_the_way(name: str) -> bool:
    return name == "HOME" or name.upper().endswith("_PROXY")


def _from_anywhere(name: str, value: str) -> str:
    """A path that means the same file in the folder where `aws` is started: it is not ours."""
    return os.path.abspath(value) if name in _PATHS and value and not value.startswith(("~", "$")) else value


def _is_dropped(name: str, *, named: bool) -> bool:
    return name in _NEVER or name.startswith(_NEVER_BEGINNING) or (named and name in _KEYS)


# ---------------------------------------------------------------- endpoints


def _endpoints(
    profile: str,
    settings: Mapping[str, Any],
    config: Mapping[str, Any],
    environment: Mapping[str, str],
    files: AwsFiles,
) -> Endpoints:
    configured = settings.get("ignore_configured_endpoint_urls")
    if _is_true(environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", configured)):
        return Endpoints()
    of_services = dict(_endpoints_in_environment(environment))
    if everywhere := environment.get("AWS_ENDPOINT_URL"):
        return Endpoints(everywhere, of_services)  # stands before anything in the file, also for single services
    in_file = _endpoints_in_services(profile, settings, config, files)
    return Endpoints(settings.get("endpoint_url") or None, dict(in_file) | of_services)


def _endpoints_in_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    prefix = "AWS_ENDPOINT_URL_"
    for name, value in environment.items():
        if name.startswith(prefix) and value:
            yield name.removeprefix(prefix).lower(), value


def _endpoints_in_services(
    profile: str, settings: Mapping[str, Any], config: Mapping[str, Any], files: AwsFiles
) -> Iterator[tuple[str, str]]:
    section = settings.get("services")
    if section is None:
        return
    services = config.get("services", {}).get(section)
    if not services:
        raise UnusableProfile(
            f"Profile `{profile}` names the services section `{section}`, which is not in `{files.config}`; "
            f"add `[services {section}]` or take the line out"
        )
    for service, values in services.items():
        if isinstance(values, Mapping) and (address := values.get("endpoint_url")):
            yield service.lower(), str(address)


def _service_id(service: str) -> str:
    """The id of a service as endpoint settings spell it; botocore knows which differ from their folder's name."""
    from botocore.utils import CLIENT_NAME_TO_HYPHENIZED_SERVICE_ID_OVERRIDES, SERVICE_NAME_ALIASES

    name = SERVICE_NAME_ALIASES.get(service, service)
    return CLIENT_NAME_TO_HYPHENIZED_SERVICE_ID_OVERRIDES.get(name, name).replace("-", "_")


def _is_true(value: object) -> bool:
    return str(value).strip().lower() == "true"


# ---------------------------------------------------------------- files


def shared_config(files: AwsFiles) -> Mapping[str, Any]:
    """Both files together, read anew after a change; raises UnusableProfile."""
    return _read_shared_config(files, files.signature)


@lru_cache(maxsize=16)
def _read_shared_config(files: AwsFiles, _signature: object) -> Mapping[str, Any]:
    """Both files as botocore joins them: the keys of the credentials file win inside a profile."""
    from botocore.configloader import load_config, raw_config_parse
    from botocore.exceptions import ConfigNotFound, ConfigParseError

    config: dict[str, Any] = {"profiles": {}}
    try:
        # What is no file, such as the null device, or was removed just now, is as if it had not been there.
        with suppress(ConfigNotFound):
            config = load_config(os.fspath(files.config))
        with suppress(ConfigNotFound):
            for profile, values in raw_config_parse(os.fspath(files.credentials)).items():
                config["profiles"].setdefault(profile, {}).update(values)
    except (ConfigParseError, OSError) as error:
        raise UnusableProfile(f"AWS configuration cannot be read: {error}") from error
    return config


def signature(path: Path) -> Signature:
    """Differs after the file was changed; None where there is none."""
    try:
        facts = path.stat()
    except OSError:
        return None
    # Anybody can set the time of the last change back; that of the inode nobody can.
    return facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size, facts.st_ino


def expanded(path: str, environment: Mapping[str, str]) -> Path:
    """A path with `~` and variables, as a program under `environment` reads it."""
    home = environment.get("HOME") or os.path.expanduser("~")
    path = os.path.expandvars(path)
    return Path(home + path[1:] if path == "~" or path.startswith("~/") else path)
