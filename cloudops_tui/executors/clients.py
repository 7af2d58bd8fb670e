"""Clients of the SDK: one per service, profile and region, and never with other keys than `aws` would use."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudops_tui.executors import codes
from cloudops_tui.executors.aws_environment import Target, asks_for_code, child_environment, fingerprint, resolve
from cloudops_tui.executors.aws_failures import CodeNeeded, code_refusal

if TYPE_CHECKING:
    import ssl

    from aiobotocore.config import AioConfig
    from aiobotocore.session import AioSession
    from botocore.loaders import Loader

CONNECT_WITHIN = 10.0  # seconds
ANSWER_WITHIN = 7 * 86_400.0  # seconds; longer than any attempt may take, for the attempt's own timeout decides
ANSWER_TO_CODE = 30.0  # seconds that STS and what comes after it have, once a code was given
AT_ONCE = 64  # connections per client

for _library in ("aiobotocore", "aioboto3", "botocore"):
    # Without a handler Python prints their warnings, tracebacks and all, over the screen; the errors reach us anyway.
    logging.getLogger(_library).addHandler(logging.NullHandler())

most_bytes: ContextVar[int | None] = ContextVar("most_bytes", default=None)
"""How large an answer may be to a call made in this context."""

agent_note: ContextVar[str] = ContextVar("agent_note", default="")
"""What calls made in this context add to their user agent."""


class AwsClients:
    """Sessions and clients. Belongs to one event loop at a time; another loop starts anew."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sessions: dict[tuple[str, str], _Session] = {}
        self._clients: dict[tuple[str, str, str], _Client] = {}
        self._locks: dict[tuple[str, ...], asyncio.Lock] = {}

    @asynccontextmanager
    async def client(self, service: str, profile: str, region: str) -> AsyncIterator[Any]:
        """The client of `service` (botocore's name), made when it is first needed, kept for the next.

        Raises UnusableProfile, CodeNeeded, and what botocore raises where there are no credentials.
        """
        held = await self._held(service, profile, region)
        held.users += 1
        try:
            yield held.client
        finally:
            held.users -= 1
            if held.retired and not held.users:
                await held.stack.aclose()

    @asynccontextmanager
    async def brief_client(
        self, service: str, profile: str, region: str, *, connect: float, read: float
    ) -> AsyncIterator[Any]:
        """A client for one question, with timeouts of its own in seconds, and the same credentials as all others."""
        session = await self._ready(profile, region)
        async with session.new_client(service, _config(connect, read)) as client:
            yield client

    async def prepare_credentials(self, profile: str, region: str) -> None:
        """Resolve the profile's credentials into the cache that `aws` reads, so that it need not ask.

        Raises as `client`.
        """
        await _resolved(await self._ready(profile, region))

    async def credentials_stamp(self, profile: str, region: str) -> str:
        """What tells the profile's credentials, as they are now, from others; raises as `client`."""
        self.forget(profile, region)
        frozen = await _resolved(await self._ready(profile, region))
        parts = f"{frozen.access_key}\n{frozen.secret_key}\n{frozen.token or ''}"
        return hashlib.sha256(parts.encode()).hexdigest()

    def forget(self, profile: str, region: str) -> None:
        """Read the profile's credentials anew for whatever comes next: what was kept of them is not valid any more."""
        self._sessions.pop((profile, region), None)

    async def close(self) -> None:
        """Close every client; those in use when their last user leaves."""
        if self._loop is not asyncio.get_running_loop():
            self._forget()
        clients, self._clients = self._clients, {}
        self._forget()
        for held in clients.values():
            await held.retire()

    async def _held(self, service: str, profile: str, region: str) -> _Client:
        key = (service, profile, region)
        async with self._lock(*key):
            session = await self._ready(profile, region)
            held = self._clients.get(key)
            if held is not None and held.session is not session:
                del self._clients[key]
                await held.retire()
                held = None
            if held is None:
                held = self._clients[key] = await _Client.made(session, service)
            return held

    async def _ready(self, profile: str, region: str) -> _Session:
        """The session, with credentials; where only the code of a device gives them, once somebody has given it."""
        from botocore.exceptions import RefreshWithMFAUnsupportedError

        session = await self._session(profile, region)
        try:
            credentials = await _insist_on_credentials(session)
            if session.asks_for_code:
                await credentials.get_frozen_credentials()
        except (CodeNeeded, RefreshWithMFAUnsupportedError):
            if not codes.can_ask():
                self.forget(profile, region)  # botocore's own asks once, whatever came of it
                raise
            with codes.unlimited(afterwards=ANSWER_TO_CODE):
                return await self._with_code(profile, region)
        return session

    async def _with_code(self, profile: str, region: str) -> _Session:
        async with codes.one_at_a_time(profile):
            try:
                return await self._anew(profile, region, None)  # another may have been asked meanwhile
            except CodeNeeded as needed:
                missing = needed
            refused = ""
            while True:
                code = await codes.asked(profile, missing.device, refused)
                if code is None:
                    raise missing
                try:
                    return await self._anew(profile, region, code)
                except Exception as error:
                    refused = code_refusal(error)
                    if not refused:
                        raise

    async def _anew(self, profile: str, region: str, code: str | None) -> _Session:
        """A new session with credentials, from the cache or else with the code."""
        given = codes.given.set(code)
        try:
            self.forget(profile, region)
            session = await self._session(profile, region)
            await _resolved(session)
        except BaseException:
            self.forget(profile, region)
            raise
        finally:
            codes.given.reset(given)
        return session

    async def _session(self, profile: str, region: str) -> _Session:
        async with self._lock(profile, region):
            now = fingerprint(os.environ)
            session = self._sessions.get((profile, region))
            if session is None or session.made_from != now:
                target = resolve(profile, region, os.environ)
                await asyncio.to_thread(_import_libraries)
                session = self._sessions[profile, region] = _Session(target, now)
            return session

    def _lock(self, *key: str) -> asyncio.Lock:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            # Clients of a loop that ended cannot be closed any more.
            self._forget()
            self._loop = loop
        return self._locks.setdefault(key, asyncio.Lock())

    def _forget(self) -> None:
        self._sessions, self._clients, self._locks = {}, {}, {}


class _Session:
    """aioboto3's session for one target."""

    def __init__(self, target: Target, made_from: object) -> None:
        import aioboto3

        self.target = target
        self.made_from = made_from
        self.asks_for_code = asks_for_code(target)
        self.aio = _aio_session(target)
        self._session = aioboto3.Session(botocore_session=self.aio)

    @asynccontextmanager
    async def new_client(self, service: str, config: AioConfig) -> AsyncIterator[Any]:
        await asyncio.to_thread(_load_models, service)
        async with self._session.client(
            service, region_name=self.target.region, endpoint_url=self.target.endpoints.of(service), config=config
        ) as client:
            # botocore writes the user agent anew at this very event, and was there first.
            client.meta.events.register_last("request-created", _add_note, unique_id="cloudops-agent-note")
            yield client


@dataclass
class _Client:
    client: Any
    session: _Session
    stack: AsyncExitStack
    users: int = 0
    retired: bool = False

    @classmethod
    async def made(cls, session: _Session, service: str) -> _Client:
        stack = AsyncExitStack()
        config = _config(CONNECT_WITHIN, ANSWER_WITHIN)
        return cls(await stack.enter_async_context(session.new_client(service, config)), session, stack)

    async def retire(self) -> None:
        self.retired = True
        if not self.users:
            await self.stack.aclose()


async def _insist_on_credentials(session: _Session) -> Any:
    """A client made without credentials would keep none for ever."""
    from botocore.exceptions import NoCredentialsError

    credentials = await session.aio.get_credentials()
    if credentials is None:
        raise NoCredentialsError
    return credentials


async def _resolved(session: _Session) -> Any:
    """The credentials themselves."""
    return await (await _insist_on_credentials(session)).get_frozen_credentials()


def _add_note(request: Any, **_: object) -> None:
    if note := agent_note.get():
        written = request.headers.get("User-Agent", "")
        del request.headers["User-Agent"]  # setting a header adds a second one
        request.headers["User-Agent"] = f"{written} {note}".strip()


# ---------------------------------------------------------------- botocore


def _import_libraries() -> None:
    """Half a second of imports, in a thread of their own so that the loop goes on."""
    import aioboto3  # noqa: F401
    import aiobotocore.httpsession  # noqa: F401


def _load_models(service: str) -> None:
    """Read from disk what making a client needs; the loop then finds it in the loader's memory."""
    loader = _loader()
    for kind in ("service-2", "endpoint-rule-set-1"):
        loader.load_service_model(service, kind)
    for name in ("endpoints", "partitions", "sdk-default-configuration", "_retry"):
        loader.load_data(name)


@cache
def _loader() -> Loader:
    """Only the models that come with botocore: a changed copy in `~/.aws/models` or AWS_DATA_PATH stays out."""
    from botocore.loaders import Loader

    return Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)


def _config(connect: float, read: float) -> AioConfig:
    from aiobotocore.config import AioConfig

    return AioConfig(
        connect_timeout=connect,
        read_timeout=read,
        max_pool_connections=AT_ONCE,
        tcp_keepalive=True,
        retries={"total_max_attempts": 1, "mode": "standard"},
        http_session_cls=_one_request_session(),
    )


@cache
def _one_request_session() -> Any:
    """aiohttp by itself sends a GET, PUT or DELETE a second time when a kept connection breaks; ours never does."""
    from aiobotocore.httpsession import AIOHTTPSession

    class OneRequestSession(AIOHTTPSession):
        async def send(self, request: Any) -> Any:
            most = most_bytes.get()
            if most is None or request.stream_output:
                return await super().send(request)
            request.stream_output = True  # else the whole answer is read before anybody sees how long it is
            response = await super().send(request)
            response._content = await _content(response.raw, most)
            return response

        async def _get_session(self, proxy_url: Any) -> Any:
            session = await super()._get_session(proxy_url)  # type: ignore[misc]  # the stubs leave it out
            session._retry_connection = False
            return session

    return _sharing_certificates(OneRequestSession)


class TooLarge(Exception):
    """More was answered than anybody asked for; the rest was not read."""


async def _content(raw: Any, most: int) -> bytes:
    read = bytearray()
    async for part in raw.content.iter_chunked(64 * 1024):
        read += part
        if len(read) > most:
            raw.close()
            raise TooLarge(f"the answer is larger than {most // 2**20} MiB")
    return bytes(read)


def _aio_session(target: Target) -> AioSession:
    from aiobotocore.session import AioSession

    unread = (None, None, None, None)
    # An inherited AWS_PROFILE must not be found, nor AWS_DATA_PATH.
    session = AioSession(session_vars={"profile": unread, "data_path": unread})
    if target.name is not None:
        session.set_config_variable("profile", target.name)
    session.set_config_variable("region", target.region)
    session.register_component("data_loader", _loader())
    session.register_component("credential_provider", _credential_chain(session, target))
    return session


def _sharing_certificates(base: Any) -> Any:
    """Sessions that do not each read the machine's certificates anew: that takes longer than a request."""
    from aiohttp import TCPConnector
    from botocore.httpsession import get_cert_path

    class Sharing(base):  # type: ignore[misc]  # its stubs leave out what is private
        def _create_connector(self, proxy_url: Any) -> Any:
            own = proxy_url or not self._verify or self._cert_file
            trusted = Path("" if own else get_cert_path(self._verify) or "")
            if not trusted.is_file():
                return super()._create_connector(proxy_url)
            context = _trusting(trusted, trusted.stat().st_mtime_ns)
            return TCPConnector(limit=self._max_pool_connections, ssl=context, **self._connector_args)

    return Sharing


@lru_cache(maxsize=4)
def _trusting(certificates: Path, changed: int) -> ssl.SSLContext:
    """The context of connections that trust these; `changed` is the file's time, so that new ones are read."""
    from botocore.httpsession import create_urllib3_context

    context: ssl.SSLContext = create_urllib3_context()
    context.load_verify_locations(certificates)
    return context


def _credential_chain(session: AioSession, target: Target) -> Any:
    """aiobotocore's own chain; nothing in it asks on the terminal or sees what a child of ours would not."""
    from aiobotocore.credentials import AioEnvProvider, create_credential_resolver
    from botocore.utils import JSONFileCache

    environment = child_environment(target, os.environ)
    chain: Any = create_credential_resolver(session, region_name=target.region)
    roles = chain.get_provider("assume-role")
    roles.cache = JSONFileCache(_cli_cache(os.environ))
    roles._prompter = partial(_code_or_refusal, target)
    sources = roles._credential_sourcer._providers
    sources[:] = [AioEnvProvider(environ=environment) if isinstance(one, AioEnvProvider) else one for one in sources]
    popen = partial(_popen, environment)
    for provider in chain.providers:
        if provider.METHOD == "custom-process":
            provider._popen = popen
    builder = roles._profile_provider_builder
    builder._create_process_provider = partial(_quiet_process_provider, builder._create_process_provider, popen)
    return chain


def _quiet_process_provider(make: Callable[[str], Any], popen: object, profile_name: str) -> Any:
    provider = make(profile_name)
    provider._popen = popen
    return provider


async def _popen(environment: Mapping[str, str], *argv: str, **options: Any) -> asyncio.subprocess.Process:
    """Starts a `credential_process` without a terminal, with the environment that it has under `aws`."""
    return await asyncio.create_subprocess_exec(
        *argv, stdin=asyncio.subprocess.DEVNULL, env=environment, start_new_session=True, **options
    )


def _code_or_refusal(target: Target, prompt: str) -> str:
    """What botocore would ask for on the terminal: `Enter MFA code for arn:aws:iam::123456789012:mfa/me: `."""
    if (code := codes.given.get()) is not None:
        codes.given.set(None)  # AWS takes it once; of a chain of roles the next one asks anew
        return code
    command = "aws sts get-caller-identity" + ("" if target.name is None else f" --profile {target.name}")
    raise CodeNeeded(
        f"Profile `{target.profile}` needs the code of its MFA device; run `{command}` in a terminal, "
        f"which asks for it, and try again",
        device=prompt.removeprefix("Enter MFA code for ").rstrip(": "),
    )


def _cli_cache(environment: Mapping[str, str]) -> str:
    """Where `aws` keeps the credentials of roles."""
    return os.fspath(Path(environment.get("HOME") or Path.home()) / ".aws" / "cli" / "cache")
