"""Who a profile is, asked of STS, and which `aws` would run."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from cloudops_tui.engine.ports import CliLine, CredentialsLook
from cloudops_tui.executors import codes
from cloudops_tui.executors.aws_environment import Endpoints, UnusableProfile, fingerprint, resolve
from cloudops_tui.executors.aws_failures import sdk_failure
from cloudops_tui.executors.aws_meaning import other_meaning
from cloudops_tui.executors.aws_program import NoProgram, aws_program
from cloudops_tui.executors.catalogue import the_catalogue
from cloudops_tui.executors.clients import AwsClients
from cloudops_tui.executors.renewal import how_to_renew
from cloudops_tui.executors.surroundings import surroundings
from cloudops_tui.model.target import ProfileIdentity, ToolIdentity
from cloudops_tui.policy.safe_text import safe_line

STS_CONNECT, STS_READ = 2.0, 5.0  # seconds, one try (CONTRACT.md 1)
CREDENTIALS_WITHIN = 30.0  # seconds; a `credential_process` or a chain of roles may be slow, but not for ever


class AwsAccounts:
    """`engine.ports.Accounts` over STS and the `aws` of `cli_path`.

    `names`: short names of accounts. `protected`: accounts whose name must be typed for every writing plan.
    """

    def __init__(
        self,
        cli_path: Path = Path("aws"),
        *,
        names: Mapping[str, str] | None = None,
        protected: Collection[str] = (),
        clients: AwsClients | None = None,
    ) -> None:
        self._cli_path = cli_path
        self._names = dict(names or {})
        self._protected = frozenset(protected)
        self._clients = clients or AwsClients()

    async def identify(self, profile: str, region: str) -> ProfileIdentity:
        """Ask STS. Whatever keeps it from answering is an answer: account None, with the reason."""
        endpoints = Endpoints()
        try:
            endpoints = resolve(profile, region, os.environ).endpoints
            async with asyncio.timeout(CREDENTIALS_WITHIN) as within:
                bound = codes.limit.set(within)
                try:
                    arn, account = await self._ask(profile, region)
                finally:
                    codes.limit.reset(bound)
        except Exception as error:  # noqa: BLE001 - STS, the way to it and every kind of credentials: all are answers
            return self._failed(error, profile, region, endpoints)
        return ProfileIdentity(
            profile=profile,
            region=region,
            account=account,
            partition=arn.split(":", 2)[1] if arn.count(":") > 1 else None,
            principal=principal_of(arn),
            endpoint=endpoints.everywhere,
            service_endpoints=dict(endpoints.services),
            account_name=self._names.get(account),
            protected=account in self._protected,
        )

    async def look(self, profile: str, region: str, tried: object) -> CredentialsLook:
        """As `identify`, from credentials read anew, asking nobody for a code. STS is not asked about those that were
        `tried`."""
        quiet = codes.nobody_is_asked.set(True)
        try:
            async with asyncio.timeout(CREDENTIALS_WITHIN):
                stamp = await self._clients.credentials_stamp(profile, region)
            return CredentialsLook(stamp, None if stamp == tried else await self.identify(profile, region))
        except Exception as error:  # noqa: BLE001 - as in `identify`
            return CredentialsLook(None, self._failed(error, profile, region, Endpoints()))
        finally:
            codes.nobody_is_asked.reset(quiet)

    async def tool(self) -> ToolIdentity | None:
        """The `aws` program; None where there is none."""
        try:
            return (await asyncio.to_thread(aws_program, self._cli_path, os.environ)).identity
        except NoProgram:
            return None

    async def other_meaning(self, lines: Collection[CliLine]) -> str | None:
        """What in the AWS files changes the meaning of one of `lines`."""
        return await asyncio.to_thread(self._other_meaning, tuple(lines))

    def fingerprint(self) -> object:
        """Of everything that credentials, regions and endpoints are read from."""
        return fingerprint(os.environ)

    def surroundings(self, profiles: Collection[str] = ()) -> tuple[str, ...]:
        """Proxies and certificate authorities that are not standard, for `profiles`, each `NAME=value`."""
        return surroundings(os.environ, profiles)

    async def close(self) -> None:
        """Let go of connections. Idempotent."""
        await self._clients.close()

    def _other_meaning(self, lines: Sequence[CliLine]) -> str | None:
        try:
            major = aws_program(self._cli_path, os.environ).major
        except NoProgram:
            return None
        for line in lines:
            try:
                target = resolve(line.profile, line.region, os.environ)
            except UnusableProfile:
                continue  # said where the account is asked for
            try:
                why = other_meaning(line.argv, target, os.environ, major=major, catalogue=the_catalogue())
            except UnusableProfile as error:
                return safe_line(str(error))
            if why is not None:
                return why
        return None

    async def _ask(self, profile: str, region: str) -> tuple[str, str]:
        async with self._clients.brief_client("sts", profile, region, connect=STS_CONNECT, read=STS_READ) as sts:
            answer = await sts.get_caller_identity()
        return safe_line(answer["Arn"]), safe_line(answer["Account"])

    def _failed(self, error: Exception, profile: str, region: str, endpoints: Endpoints) -> ProfileIdentity:
        match error:
            case UnusableProfile():
                unknown = self._unknown(profile, region, endpoints, str(error))
                return unknown.model_copy(update={"unusable": True})
            case TimeoutError():
                why = f"Profile `{profile}` gave no credentials within {CREDENTIALS_WITHIN:.0f} s"
                return self._unknown(profile, region, endpoints, why)
            case _:
                failure = sdk_failure(error, profile)
                renew = how_to_renew(profile, os.environ) if failure.renewable else None
                return self._unknown(profile, region, endpoints, failure.error, renew)

    @staticmethod
    def _unknown(
        profile: str, region: str, endpoints: Endpoints, reason: str, renew: str | None = None
    ) -> ProfileIdentity:
        return ProfileIdentity(
            profile=profile,
            region=region,
            account=None,
            partition=None,
            principal=None,
            endpoint=endpoints.everywhere,
            service_endpoints=dict(endpoints.services),
            reason=reason,
            renew=renew,
        )


def principal_of(arn: str) -> str:
    """`role/admin` of `arn:aws:sts::123456789012:assumed-role/admin/session`; users and root as their ARN has them."""
    resource = arn.split(":", 5)[-1]
    kind, _, rest = resource.partition("/")
    if kind == "assumed-role":
        return "role/" + rest.rpartition("/")[0]
    return resource
