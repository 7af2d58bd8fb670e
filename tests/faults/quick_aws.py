"""A program that stands in for `aws` where only the number of processes counts: one real request, the same exit codes.

Started by its runner like `aws`, with `-I -S`, in a tenth of the time. What it prints, `expected_output` foretells.
"""

from __future__ import annotations

import json
import os
import socket
import sys

TARGETS = {
    ("ssm", "put-parameter"): ("AmazonSSM.PutParameter", {"--name": "Name", "--value": "Value", "--type": "Type"}),
    ("ssm", "get-parameter"): ("AmazonSSM.GetParameter", {"--name": "Name"}),
    ("sqs", "send-message"): ("AmazonSQS.SendMessage", {"--queue-url": "QueueUrl", "--message-body": "MessageBody"}),
}
"""What it knows: operation, and options by the members that they set."""

HOSTILE = b"\x1b]0;owned\x07\x1b[2J\xff\xfe \xc2\x9b31m caf\xc3\xa9\n"
"""Bytes that no terminal may get to see as they are, and that are no UTF-8."""


def expected_output(answer: bytes, name: str) -> bytes:
    """What it prints of an answer."""
    hostile = HOSTILE if name.endswith("h") else b""
    return hostile + answer + b"\n"


def main(words: list[str]) -> int:
    if words == ["--version"]:
        print("aws-cli/1.46.3 Python/3.11 quick")
        return 0
    target, members = TARGETS[words[0], words[1]]
    options = dict(zip(words[2::2], words[3::2], strict=False))
    body = json.dumps({member: options[name] for name, member in members.items() if name in options}).encode()
    url = options.get("--endpoint-url") or os.environ["AWS_ENDPOINT_URL"]
    host, port = url.removeprefix("http://").rstrip("/").split(":")
    agent = os.environ.get("AWS_EXECUTION_ENV", "")
    operation = target.rpartition(".")[2]
    head = (
        f"POST / HTTP/1.1\r\nHost: {host}\r\nX-Amz-Target: {target}\r\nUser-Agent: quick {agent}\r\n"
        f"Content-Type: application/x-amz-json-1.1\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    try:
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(head.encode() + body)
            status, answer = _answer(connection)
    except ConnectionRefusedError:
        return _failed(f'Could not connect to the endpoint URL: "{url}"')
    except (OSError, ValueError):
        return _failed(f'Connection was closed before we received a valid response from endpoint URL: "{url}".')
    if status != 200:
        code = json.loads(answer)["__type"]
        return _failed(f"An error occurred ({code}) when calling the {operation} operation: Said the stub")
    secret = os.environ.get("AWS_SECRET_ACCESS_KEY", "")
    sys.stderr.write(f"debug: signing with {secret}\n")  # as `--debug` of the real one may
    sys.stdout.buffer.write(expected_output(answer, options.get("--name") or options.get("--message-body") or ""))
    return 0


def _answer(connection: socket.socket) -> tuple[int, bytes]:
    received = b""
    while part := connection.recv(65536):
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    length = next(int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length"))
    if len(body) < length:
        raise ValueError("broken off")
    return int(lines[0].split()[1]), body


def _failed(said: str) -> int:
    sys.stderr.write(f"\n{said}\n")
    return 255


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
