"""Values that no output may show: our own credentials, and the secrets that an execution was given or has seen."""

from __future__ import annotations

import json
import os
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from cloudops_tui.executors.aws_environment import STANDARD_CHAIN, Target, aws_files, profile_settings, secrets_in
from cloudops_tui.policy.redaction import SHORTEST, all_forms
from cloudops_tui.policy.secrets import named_secrets

LONGEST = 65_536  # bytes of a value that is looked for
_MOST_VALUES = 512  # of one execution
_MOST_EXECUTIONS = 64
_MOST_CACHED = 64  # files of a cache folder of `aws` that are looked into
_KEYS = ("aws_secret_access_key", "aws_session_token", "aws_security_token")
_NO_SECRETS = ("AccountId", "Expiration")  # beside the keys of a role; an account stands in every ARN of its answers


class SeenSecrets:
    """What each execution of this process was given or has seen; nothing of it is ever written down."""

    def __init__(self) -> None:
        self._values: OrderedDict[UUID, dict[bytes, None]] = OrderedDict()

    def add(self, execution_id: UUID, values: Iterable[bytes]) -> None:
        known = self._values.setdefault(execution_id, {})
        known.update(dict.fromkeys(value for value in values if SHORTEST <= len(value) <= LONGEST))
        while len(known) > _MOST_VALUES:
            known.pop(next(iter(known)))
        self._values.move_to_end(execution_id)
        while len(self._values) > _MOST_EXECUTIONS:
            self._values.popitem(last=False)

    def of(self, execution_id: UUID) -> tuple[bytes, ...]:
        return tuple(self._values.get(execution_id, ()))

    def forms(self, execution_id: UUID, own: Iterable[bytes] = ()) -> tuple[bytes, ...]:
        """Every way to spell them, and `own` values too."""
        return all_forms((*own, *self.of(execution_id)))


@cache
def the_seen_secrets() -> SeenSecrets:
    """The ones that this process shares, so that what one executor sees the other hides."""
    return SeenSecrets()


def own_secrets(target: Target | None, environment: Mapping[str, str]) -> tuple[bytes, ...]:
    """The secret keys and tokens that a call for `target` may be made with, or that `aws` keeps on this machine."""
    values = [os.fsencode(value) for value in secrets_in(environment)]
    if target is not None:
        values += _in_profiles(target)
    for folder in ("cli/cache", "sso/cache"):
        values += _in_cache(aws_files({"HOME": environment.get("HOME", "")}).config.parent / folder)
    return tuple(dict.fromkeys(value for value in values if SHORTEST <= len(value) <= LONGEST))


def secrets_in_files(files: Mapping[str, Path], secret: Collection[str]) -> list[bytes]:
    """What the secret files of an attempt hold: as a whole, and the secrets in those that are JSON."""
    return [value for written in sorted(secret) if written in files for value in values_in(_content(files[written]))]


def values_in(content: bytes) -> Iterator[bytes]:
    """The secrets that the content of a secret file stands for."""
    yield content.strip(b"\r\n")
    if content.lstrip()[:1] in (b"{", b"["):
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            return
        yield from (text.encode(errors="surrogatepass") for _, text in named_secrets(document))


def _in_profiles(target: Target) -> Iterator[bytes]:
    """Of the profile and of those that its credentials are made from."""
    name: str | None = target.name or STANDARD_CHAIN
    seen: set[str] = set()
    while name is not None and name not in seen:
        seen.add(name)
        settings = profile_settings(target.files, name)
        yield from (str(settings[key]).encode() for key in _KEYS if key in settings)
        name = settings.get("source_profile")


def _in_cache(folder: Path) -> Iterator[bytes]:
    """What `aws` keeps of roles and of single sign-on."""
    try:
        files = sorted(folder.glob("*.json"))[-_MOST_CACHED:]
    except OSError:
        return
    for file in files:
        try:
            document = _without_what_everybody_may_read(json.loads(_content(file)))
        except (ValueError, RecursionError):
            continue
        yield from (text.encode(errors="surrogatepass") for _, text in named_secrets(document))


def _without_what_everybody_may_read(kept: Any) -> Any:
    match kept:
        case {"Credentials": dict() as keys}:
            return {**kept, "Credentials": {name: one for name, one in keys.items() if name not in _NO_SECRETS}}
        case _:
            return kept


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LONGEST + 1)
    except OSError:
        return b""  # whoever needs it says what is wrong
