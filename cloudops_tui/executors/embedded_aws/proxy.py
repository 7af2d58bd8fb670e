"""The one door to the embedded AWS: an HTTP proxy on the loopback that throttles the first calls of one operation."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import uuid4

THROTTLED_TARGET = "Logs_20140328.PutRetentionPolicy"
"""The operation that is throttled: CloudWatch Logs PutRetentionPolicy, as its `X-Amz-Target` header names it.

CloudWatch Logs answers too many calls with `ThrottlingException`, status 400, in its JSON 1.1 protocol:
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/CommonErrors.html
"""
THROTTLED_CALLS = 2

LONGEST_HEAD = 256 * 1024
BLOCK = 64 * 1024
READ_ON = 5.0  # seconds for the rest of a request whose answer has been given already

# These speak of one connection, not of the message; RFC 9110 section 7.6.1. `Expect` was answered by us.
HOP_BY_HOP = frozenset({"connection", "keep-alive", "proxy-connection", "expect"})

log = logging.getLogger(__name__)


@dataclass
class Throttle:
    """Refuses the first `calls` requests for `target`, then lets everything through."""

    target: str = THROTTLED_TARGET
    calls: int = THROTTLED_CALLS

    def strikes(self, head: Head) -> bool:
        """Whether this request is refused; each refusal is counted."""
        if self.calls == 0 or head.value("x-amz-target") != self.target:
            return False
        self.calls -= 1
        return True


@dataclass(frozen=True)
class Head:
    """The first line and the headers of a request or an answer."""

    first: str
    headers: tuple[tuple[str, str], ...] = field(default=())

    def value(self, name: str) -> str:
        """The header's value, or an empty text."""
        return next((value for header, value in self.headers if header.lower() == name), "")

    def says(self, name: str, word: str) -> bool:
        """Whether the header's list holds `word`, in any case."""
        return word in (each.strip().lower() for each in self.value(name).split(","))

    def closing(self) -> Head:
        """The same message for a connection that ends after it."""
        kept = tuple((name, value) for name, value in self.headers if name.lower() not in HOP_BY_HOP)
        return Head(self.first, (*kept, ("Connection", "close")))

    def staying(self) -> Head:
        """The same message for a connection that stays open."""
        return Head(self.first, tuple(each for each in self.headers if each[0].lower() not in HOP_BY_HOP))

    def written(self) -> bytes:
        """As it goes over the line."""
        lines = [self.first, *(f"{name}: {value}" for name, value in self.headers)]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Proxy:
    """Passes every request to the server at (`host`, `port`), except those that `throttle` refuses."""

    def __init__(self, host: str, port: int, throttle: Throttle) -> None:
        self._moto = (host, port)
        self._throttle = throttle

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one client until it leaves or has to be sent away."""
        try:
            while (request := await _head(reader)) is not None:
                if not await self._answer(request, reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client left in the middle; nobody is there to be told
        except (ValueError, asyncio.LimitOverrunError) as error:
            log.warning("A request could not be read: %r", error)
            writer.write(_refusal("400 Bad Request", "The request could not be read", closing=True))
        finally:
            await _closed(writer)

    async def _answer(self, request: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection can carry another."""
        body = _body(request, reader)  # before anything else: it may be unreadable
        stays = request.first.endswith("HTTP/1.1") and not request.says("connection", "close")
        if request.says("expect", "100-continue"):
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self._throttle.strikes(request):
            async for _ in body:
                pass
            log.info("Throttled %s", request.value("x-amz-target"))
            writer.write(_throttled(closing=not stays))
            await writer.drain()
            return stays
        return await self._pass_on(request, body, writer, stays)

    async def _pass_on(
        self, request: Head, body: AsyncIterator[bytes], writer: asyncio.StreamWriter, stays: bool
    ) -> bool:
        try:
            answers, upstream = await asyncio.open_connection(*self._moto, limit=LONGEST_HEAD)
        except OSError as error:
            log.warning("moto does not answer: %r", error)
            writer.write(_refusal("502 Bad Gateway", "The embedded AWS does not answer", closing=True))
            return False
        # Sending and receiving overlap: an answer may begin, or end, before the request has been read to its end.
        sending = asyncio.create_task(_send(request, body, upstream))
        try:
            stays = await _relay(request, answers, writer, stays)
            return stays and await _sent_whole(sending)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await _closed(upstream)


async def _send(request: Head, body: AsyncIterator[bytes], upstream: asyncio.StreamWriter) -> None:
    upstream.write(request.closing().written())
    async for block in body:
        upstream.write(block)
        await upstream.drain()


async def _sent_whole(sending: asyncio.Task[None]) -> bool:
    """Whether the request was read to its end, so that the next one begins where we think it does."""
    done, _ = await asyncio.wait([sending], timeout=READ_ON)
    return sending in done and sending.exception() is None


async def _relay(request: Head, answers: asyncio.StreamReader, writer: asyncio.StreamWriter, stays: bool) -> bool:
    """Pass the answer on; whether the client can see where it ends without the connection closing."""
    answer = await _final_head(answers)
    if answer is None:
        writer.write(_refusal("502 Bad Gateway", "The embedded AWS gave no answer", closing=True))
        return False
    bodiless = request.first.startswith("HEAD ") or _status(answer) in (204, 304)
    framed = bodiless or answer.says("transfer-encoding", "chunked") or bool(answer.value("content-length"))
    stays = stays and framed
    writer.write((answer.staying() if stays else answer.closing()).written())
    if not bodiless:
        async for block in _body(answer, answers) if framed else _rest(answers):
            writer.write(block)
            await writer.drain()
    await writer.drain()
    return stays


async def _final_head(answers: asyncio.StreamReader) -> Head | None:
    answer = await _head(answers)
    while answer is not None and 100 <= _status(answer) < 200:
        answer = await _head(answers)
    return answer


async def _head(reader: asyncio.StreamReader) -> Head | None:
    """The next message's head, or None when the other side has closed between messages."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as ended:
        if ended.partial.strip():
            raise
        return None
    first, *lines = raw.decode("latin-1").lstrip("\r\n").rstrip("\r\n").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return Head(first, tuple((name, value.strip()) for name, _, value in pairs))


def _status(answer: Head) -> int:
    return int(answer.first.split(" ", 2)[1])


def _body(head: Head, reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """The message's body as it came, chunk marks included; RFC 9112 section 6.3."""
    if head.says("transfer-encoding", "chunked"):
        return _chunks(reader)
    return _exactly(int(head.value("content-length") or 0), reader)


async def _exactly(length: int, reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while length > 0:
        block = await reader.read(min(BLOCK, length))
        if not block:
            raise asyncio.IncompleteReadError(b"", length)
        length -= len(block)
        yield block


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while True:
        mark = await reader.readuntil(b"\r\n")
        yield mark
        length = int(mark.split(b";", 1)[0], 16)
        if length == 0:
            break
        async for block in _exactly(length + 2, reader):
            yield block
    while True:  # trailers, up to the empty line
        line = await reader.readuntil(b"\r\n")
        yield line
        if line == b"\r\n":
            return


async def _rest(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while block := await reader.read(BLOCK):
        yield block


def _throttled(closing: bool) -> bytes:
    body = json.dumps({"__type": "ThrottlingException", "message": "Rate exceeded"})
    return _json_answer("400 Bad Request", "application/x-amz-json-1.1", body, closing)


def _refusal(status: str, message: str, closing: bool) -> bytes:
    return _json_answer(status, "application/json", json.dumps({"message": message}), closing)


def _json_answer(status: str, kind: str, body: str, closing: bool) -> bytes:
    headers = [
        ("Content-Type", kind),
        ("x-amzn-RequestId", str(uuid4())),
        ("Content-Length", str(len(body))),
        *([("Connection", "close")] if closing else []),
    ]
    return Head(f"HTTP/1.1 {status}", tuple(headers)).written() + body.encode()


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    try:
        await writer.wait_closed()
    except ConnectionError:
        pass  # the other side was quicker
