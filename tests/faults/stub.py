"""A counting AWS on 127.0.0.1: every effect is written down before it is answered, with the name of its command."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, assert_never
from urllib.parse import parse_qs

ACCOUNT = "123456789012"

PUT_BACK = "-put-back"
"""Ends the name of what undoes a command without a compensation of its own: the name begins with that command's."""

IDENTITY = (
    f"<Arn>arn:aws:sts::{ACCOUNT}:assumed-role/operator/me</Arn><UserId>A</UserId><Account>{ACCOUNT}</Account>"
)


class Weather(Enum):
    """What becomes of one request. Whether the work is done stands in brackets."""

    FINE = "answered"  # done
    THROTTLE = "throttled"  # not done
    REFUSE = "refused"  # not done
    EXPIRED = "expired token"  # not done
    BROKEN = "internal error after the work"  # done, and the answer does not say so
    RESET = "reset in the middle of the answer"  # done
    HANG_UP = "hung up before the work"  # not done
    STALL = "done and never answered"  # done

    @property
    def does_the_work(self) -> bool:
        return self in (Weather.FINE, Weather.BROKEN, Weather.RESET, Weather.STALL)


@dataclass(frozen=True)
class Request:
    """One request that arrived, as it stands in the ledger."""

    operation: str
    name: str
    """The command's own: a parameter that no two commands of a run share."""
    token: str
    """Its client token, or nothing."""
    value: str
    """What it asked for, as one text."""
    agent: str
    number: int
    """How many of this name had arrived, this one included."""
    weather: str
    done: bool
    """It had an effect: it writes, the work was done, and this client token had not done it before."""
    intent: bool
    """When it arrived, the store held the intent to send it."""


Witness = Callable[[str, int], bool]
"""Whether the store holds the intent to send request number n of a name."""


class Stub:
    """The server. Belongs to the driver, which is never killed."""

    def __init__(self, ledger: Path) -> None:
        self.address = ""
        self.requests: list[Request] = []
        self.weather: Mapping[str, Sequence[Weather]] = {}
        """By name, one after the other; afterwards it is fine."""
        self.holds: frozenset[str] = frozenset()
        """Names whose requests wait, before any work, until they are released."""
        self.witness: Witness = lambda name, number: True
        self.padding: Callable[[str], str] = lambda name: ""
        self._ledger = os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._changed = threading.Condition()
        self._waiting = 0
        self._connections = 0
        self._closed = False

    @property
    def effects(self) -> list[Request]:
        return [request for request in self.requests if request.done]

    def of(self, name: str) -> list[Request]:
        return [request for request in self.requests if request.name == name]

    def release(self) -> None:
        """Let everything go that waits, and whatever comes after it."""
        with self._changed:
            self.holds = frozenset()
            self._changed.notify_all()

    def wait_for(self, so: Callable[[], bool], seconds: float) -> bool:
        """Whether it came to be so in time; looked at whenever a request arrives."""
        with self._changed:
            return self._changed.wait_for(so, seconds)

    @property
    def held(self) -> int:
        """Requests that wait now."""
        return self._waiting

    def until_quiet(self, seconds: float) -> None:
        """Return once everything that was sent by processes that have ended has been read."""
        host, _, port = self.address.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))):  # what was connected before is accepted before this one
            assert self.wait_for(lambda: self._connections > 0, seconds)
        assert self.wait_for(lambda: self._connections == 0, seconds), "Somebody still talks to the stub"

    def connected(self, by: int) -> None:
        """So many more talk to it now."""
        with self._changed:
            self._connections += by
            self._changed.notify_all()

    def values(self, names: Sequence[str]) -> dict[str, str]:
        """What the parameters of these names hold now."""
        found: dict[str, str] = {}
        for request in self.requests:
            name = request.name.removesuffix(PUT_BACK)
            if request.done and name in names and request.operation == "PutParameter":
                found[name] = request.value
            elif request.done and request.operation == "DeleteParameter":
                found.pop(name, None)
        return found

    def begin_anew(self) -> None:
        """Forget what came before; for the next run."""
        with self._changed:
            self.requests, self.weather, self.holds = [], {}, frozenset()
            self.witness, self.padding = (lambda name, number: True), (lambda name: "")

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        os.close(self._ledger)

    # ------------------------------------------------------------ the server's side

    def arrived(
        self, operation: str, name: str, token: str, value: str, agent: str, work: Callable[[], bool] = lambda: True
    ) -> Weather:
        """Hold it, do its work or not, and write it down: after this it may be answered.

        `work` does it elsewhere, and says whether it was done.
        """
        writes = not operation.startswith(("Get", "Describe", "List"))
        with self._changed:
            number = 1 + sum(request.name == name for request in self.requests)
            intent = self.witness(name, number)
            if name in self.holds:
                self._waiting += 1
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._closed or name not in self.holds)
                self._waiting -= 1
            planned = self.weather.get(name, ())
            weather = planned[number - 1] if number <= len(planned) else Weather.FINE
            known = bool(token) and any(one.token == token and one.done for one in self.requests)
            done = weather.does_the_work and work() and writes and not known
            request = Request(operation, name, token, value, agent, number, weather.value, done, intent)
            if not self._closed:
                os.write(self._ledger, json.dumps(asdict(request)).encode() + b"\n")
            self.requests.append(request)
            self._changed.notify_all()
        return weather

    def until_closed(self, connection: socket.socket) -> None:
        """Say nothing for as long as the other side listens."""
        connection.settimeout(0.2)
        while not self._closed:
            try:
                if connection.recv(1, socket.MSG_PEEK) == b"":
                    return
            except TimeoutError:
                continue
            except OSError:
                return


@dataclass(frozen=True)
class _Asked:
    operation: str
    name: str
    token: str
    value: str
    protocol: str


def _read(path: str, target: str, body: bytes) -> _Asked:
    if function := re.match(r"/2015-03-31/functions/([^/]+)/invocations", path):
        return _Asked("Invoke", function.group(1), "", body.decode(), "rest")
    if target:
        given = json.loads(body or b"{}")
        name = str(given.get("Name") or given.get("MessageBody") or "")
        value = str(given.get("Value") or given.get("MessageBody") or given.get("Description") or "")
        if target.rpartition(".")[2] == "DeleteParameter":
            name += PUT_BACK
        return _Asked(target.rpartition(".")[2], name, str(given.get("ClientToken", "")), value, "json")
    form = {key: values[0] for key, values in parse_qs(body.decode()).items()}
    said = form.get("Message") or form.get("Name") or ""
    return _Asked(form.get("Action", "?"), said, "", said, "query")


def _answer(asked: _Asked, padding: str) -> tuple[bytes, str]:
    match asked.protocol:
        case "query":
            inner = IDENTITY if asked.operation == "GetCallerIdentity" else "<MessageId>1</MessageId>"
            text = f"<{asked.operation}Response><{asked.operation}Result>{inner}</{asked.operation}Result>"
            return f"{text}</{asked.operation}Response>".encode(), "text/xml"
        case "rest":
            return b"{}", "application/json"
        case _:
            return json.dumps(_body(asked, padding)).encode(), "application/x-amz-json-1.1"


def _body(asked: _Asked, padding: str) -> dict[str, Any]:
    match asked.operation:
        case "GetParameter":
            return {"Parameter": {"Name": asked.name, "Value": padding or "1", "Type": "String", "Version": 1}}
        case "SendMessage":
            return {"MessageId": "1", "MD5OfMessageBody": hashlib.md5(asked.value.encode()).hexdigest()}
        case "CreatePatchBaseline":
            return {"BaselineId": "pb-0123456789abcdef0"}
        case _:
            return {"Version": 1, "Tier": "Standard"}


def _parameters(stub: Stub, names: Sequence[str]) -> dict[str, Any]:
    known = stub.values(names)
    found = [{"Name": one, "Value": value, "Type": "String", "Version": 1} for one, value in known.items()]
    return {"Parameters": found, "InvalidParameters": [one for one in names if one not in known]}


def _refusal(asked: _Asked, code: str) -> tuple[bytes, str]:
    if asked.protocol == "query":
        text = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>Said the stub</Message></Error>"
        return f"{text}<RequestId>1</RequestId></ErrorResponse>".encode(), "text/xml"
    return json.dumps({"__type": code, "message": "Said the stub"}).encode(), "application/x-amz-json-1.1"


@dataclass
class _Forwarded:
    """A request that another server does and answers."""

    address: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int = 502
    answer: bytes = b""
    kind: str = "text/plain"

    def work(self) -> bool:
        """Whether it was done."""
        connection = http.client.HTTPConnection(self.address.removeprefix("http://"), timeout=60)
        try:
            connection.request(self.method, self.path, self.body, dict(self.headers))
            response = connection.getresponse()
            self.status, self.answer = response.status, response.read()
            self.kind = response.headers.get("content-type", self.kind)
        finally:
            connection.close()
        return self.status < 300


@contextmanager
def counting_stub(ledger: Path, upstream: str = "") -> Iterator[Stub]:
    """A server for the time of the `with`; the ledger stays. With `upstream` that server does the work."""
    stub = Stub(ledger)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer in one packet; in two, the second waits 40 ms for an acknowledgement

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (ConnectionError, TimeoutError):
                self.close_connection = True

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            asked = _read(self.path, self.headers.get("x-amz-target", ""), body)
            if asked.operation == "GetCallerIdentity":
                self.say(200, *_answer(asked, ""))
                return
            if asked.operation == "GetParameters" and not upstream:  # what is there before a write; no command's own
                self.say(200, json.dumps(_parameters(stub, json.loads(body)["Names"])).encode(), "text/json")
                return
            agent = self.headers.get("user-agent", "")
            told = (asked.operation, asked.name, asked.token, asked.value, agent)
            if upstream:
                forwarded = _Forwarded(upstream, self.command, self.path, dict(self.headers.items()), body)
                if asked.operation == "GetParameters":
                    forwarded.work()
                else:
                    stub.arrived(*told, forwarded.work)
                self.say(forwarded.status, forwarded.answer, forwarded.kind)
                return
            weather = stub.arrived(*told)
            match weather:
                case Weather.FINE:
                    self.say(200, *_answer(asked, stub.padding(asked.name)))
                case Weather.THROTTLE:
                    self.say(400, *_refusal(asked, "ThrottlingException"))
                case Weather.REFUSE:
                    self.say(400, *_refusal(asked, "AccessDeniedException"))
                case Weather.EXPIRED:
                    self.say(400, *_refusal(asked, "ExpiredTokenException"))
                case Weather.BROKEN:
                    self.say(500, *_refusal(asked, "InternalServerError"))
                case Weather.RESET:
                    self.break_off(*_answer(asked, stub.padding(asked.name)))
                case Weather.HANG_UP:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                case Weather.STALL:
                    self.close_connection = True
                    stub.until_closed(self.connection)
                case _:
                    assert_never(weather)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815 - the library looks for these names

        def say(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def break_off(self, body: bytes, kind: str) -> None:
            """Half of the answer, then a reset (a linger of zero seconds)."""
            self.close_connection = True
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
            self.wfile.write(head.encode() + body[: len(body) // 2])
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 128

        def process_request(self, request: Any, client_address: Any) -> None:
            stub.connected(1)
            super().process_request(request, client_address)

        def process_request_thread(self, request: Any, client_address: Any) -> None:
            try:
                super().process_request_thread(request, client_address)
            finally:
                stub.connected(-1)

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # whoever asked was killed

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    stub.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield stub
    finally:
        stub.close()
        server.shutdown()
        server.server_close()
        thread.join()
