"""A small AWS look-alike on 127.0.0.1 that writes down what it is asked, and answers as it is told."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

IDENTITY = (
    b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    b"<Arn>arn:aws:sts::123456789012:assumed-role/operator/me</Arn><UserId>A</UserId><Account>123456789012</Account>"
    b"</GetCallerIdentityResult></GetCallerIdentityResponse>"
)


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def key(self) -> str:
        """The access key that signed it."""
        found = re.search(r"Credential=([^/]+)/", self.headers.get("authorization", ""))
        return found.group(1) if found else ""


@dataclass(frozen=True)
class Says:
    """One answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


CUT = Says(status=0)
"""Hang up without a word."""

Answer = Callable[[Asked], Says]


def refusal(code: str, status: int = 400) -> Says:
    """An error as the query and REST-XML protocols spell it."""
    inner = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>Said the stub</Message></Error>"
    return Says(status, f"<ErrorResponse>{inner}<RequestId>1</RequestId></ErrorResponse>".encode())


def ec2_refusal(code: str, status: int = 400) -> Says:
    """An error as EC2 spells it."""
    inner = f"<Errors><Error><Code>{code}</Code><Message>Said the stub</Message></Error></Errors>"
    return Says(status, f"<Response>{inner}<RequestID>1</RequestID></Response>".encode())


class Loopback:
    """The server; `answer` may be replaced at any moment."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self.arrived = threading.Event()
        self.let_go = threading.Event()
        """Set when the server ends; an answer that shall not come waits for it."""
        self.address = ""

    def never(self, _: Asked) -> Says:
        """An answer that does not come while the test runs."""
        self.let_go.wait(600)
        return CUT


@contextmanager
def loopback(answer: Answer | Says = Says()) -> Iterator[Loopback]:
    """A server for the time of the `with`."""
    stub = Loopback(answer if callable(answer) else lambda _: answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer in one packet; in two, the second waits 40 ms for an acknowledgement

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:
                self.close_connection = True

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, body)
            stub.asked.append(asked)
            stub.arrived.set()
            said = stub.answer(asked)
            if said is CUT:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(said.status)
            for name, value in {"Content-Length": str(len(said.body)), **said.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.body)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = answer  # noqa: N815 - the library looks for these names

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
        stub.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()


_KEPT: list[socket.socket] = []


def unused_address() -> str:
    """Where nobody listens: the port stays taken, so that no server of a test beside this one is given it."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    _KEPT.append(taken)
    return f"http://127.0.0.1:{taken.getsockname()[1]}"
