"""An AWS on 127.0.0.1 that holds every answer until it is released, and counts what it was asked."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE = 120.0  # seconds that a test waits for something before it says that it did not come

IDENTITY = (
    b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    b"<Arn>arn:aws:sts::%b:assumed-role/operator/me</Arn><UserId>A</UserId><Account>%b</Account>"
    b"</GetCallerIdentityResult></GetCallerIdentityResponse>"
)

ROLE = (
    b'<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>'
    b"<AccessKeyId>%b</AccessKeyId><SecretAccessKey>ssssssssssssssssssssssssssssssssssssssss</SecretAccessKey>"
    b"<SessionToken>tttttttttttttttttttt</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
    b"</AssumeRoleResult></AssumeRoleResponse>"
)


@dataclass(frozen=True)
class Answer:
    """What is said; status 0 hangs up without a word."""

    status: int = 200
    body: dict[str, Any] = field(default_factory=dict)


CUT = Answer(status=0)
FINE = Answer(body={"Version": 1, "Tier": "Standard", "BaselineId": "pb-0123456789abcdef0"})
FOUND = Answer(body={"Parameter": {"Name": "x", "Value": "1", "Type": "String", "Version": 1}})


def refusal(code: str, status: int = 400) -> Answer:
    return Answer(status, {"__type": code, "message": "Said the stub"})


@dataclass
class Call:
    """One request that arrived; nobody has answered it yet, or somebody has."""

    operation: str
    body: dict[str, Any]
    agent: str
    number: int
    """How many of this name had arrived, this one included."""
    answer: Answer | None = None
    key: str = ""
    """The access key that signed it."""
    left: bool = False
    """The other side hung up before it was answered."""
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def name(self) -> str:
        return str(self.body.get("Name", ""))

    def release(self, answer: Answer = FINE) -> None:
        self.answer = answer
        self.released.set()


class Stub:
    """The server. `says` answers at once where it returns an answer; what it leaves is held."""

    def __init__(self) -> None:
        self.address = ""
        self.account = "123456789012"
        self.calls: list[Call] = []
        self.says: Callable[[Call], Answer | None] = lambda call: None
        self.most_at_once = 0
        self.handed_out = 0
        """Sets of credentials that it gave for a role."""
        self._changed = threading.Condition()
        self._closed = False

    # ------------------------------------------------------------ looking

    @property
    def names(self) -> list[str]:
        """Names in the order of arrival."""
        return [call.name for call in self.calls]

    @property
    def held(self) -> list[str]:
        """Names of what waits for an answer now."""
        return sorted(call.name for call in self.calls if not call.released.is_set() and not call.left)

    def times(self, name: str) -> int:
        return self.names.count(name)

    async def holds(self, *names: str) -> None:
        """Return once exactly these are held at the same time; fails after `PATIENCE`."""
        await self.until(lambda: self.held == sorted(names), f"held {sorted(names)}")

    async def until(self, so: Callable[[], bool], what: str) -> None:
        await until(so, f"{what}; arrived {self.names}, held {self.held}")

    # ------------------------------------------------------------ answering

    def release(self, *names: str, answer: Answer = FINE) -> None:
        """Answer what is held under these names."""
        for name in names:
            [call] = [one for one in self.calls if one.name == name and not one.released.is_set() and not one.left]
            call.release(answer)

    # ------------------------------------------------------------ the server's side

    def arrived(self, operation: str, body: dict[str, Any], agent: str, key: str) -> Call:
        with self._changed:
            name = str(body.get("Name", ""))
            call = Call(operation, body, agent, self.names.count(name) + 1, key=key)
            self.calls.append(call)
            answer = self.says(call)
            if answer is not None:
                call.release(answer)
            self.most_at_once = max(self.most_at_once, len(self.held))
            return call

    def wait_for_release(self, call: Call, connection: socket.socket) -> Answer:
        while not call.released.wait(0.01):
            if self._closed or _hung_up(connection):
                call.left = True
                return CUT
        assert call.answer is not None
        return call.answer

    def close(self) -> None:
        self._closed = True


def _hung_up(connection: socket.socket) -> bool:
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


async def until(so: Callable[[], bool], what: str) -> None:
    """Return once it is so; fails after `PATIENCE`."""
    deadline = time.monotonic() + PATIENCE
    while not so():
        assert time.monotonic() < deadline, f"It did not come to this: {what}"
        await asyncio.sleep(0.01)  # between two looks


@contextmanager
def running_stub() -> Iterator[Stub]:
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (ConnectionError, TimeoutError):
                self.close_connection = True

        def do_GET(self) -> None:
            """Credentials of a role, for a token of the Identity Center."""
            stub.handed_out += 1
            given = {"accessKeyId": f"ASIA{stub.handed_out:016}", "secretAccessKey": "s" * 40, "sessionToken": "t" * 40}
            answer = {"roleCredentials": {**given, "expiration": (int(time.time()) + 3600) * 1000}}
            self._say(200, json.dumps(answer).encode(), "application/json")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if b"Action=GetCallerIdentity" in body:
                account = stub.account.encode()
                self._say(200, IDENTITY % (account, account), "text/xml")
                return
            if b"Action=AssumeRole" in body:
                stub.handed_out += 1
                self._say(200, ROLE % f"ASIA{stub.handed_out:016}".encode(), "text/xml")
                return
            operation = self.headers.get("x-amz-target", "").rpartition(".")[2]
            if operation == "GetParameters":  # what is there before a write: nothing, and no call of the plan's
                names = json.loads(body)["Names"]
                self._say(200, json.dumps({"InvalidParameters": names}).encode(), "application/x-amz-json-1.1")
                return
            key = self.headers.get("authorization", "").partition("Credential=")[2].partition("/")[0]
            call = stub.arrived(operation, json.loads(body or b"{}"), self.headers.get("user-agent", ""), key)
            answer = stub.wait_for_release(call, self.connection)
            if answer.status == 0:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self._say(answer.status, json.dumps(answer.body).encode(), "application/x-amz-json-1.1")

        def _say(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # with five, a sixth that knocks while this thread is kept waiting waits for a second

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    stub.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield stub
    finally:
        stub.close()
        server.shutdown()
        server.server_close()
        thread.join()
