"""The embedded AWS: what it holds, what its door lets through, and that it never outlives its parent."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aioboto3
import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from cloudops_tui.executors.embedded_aws.launcher import EmbeddedAws, EmbeddedAwsFailed

LONG = pytest.mark.skipif(not os.environ.get("LONG_TESTS"), reason="LONG_TESTS=1 runs it: one more start of `aws`")
PATIENCE = 180.0  # seconds for something that must happen; a busy machine is not a wrong program
SOURCES = Path(__file__).parents[2]

PROGRAM_WITH_AN_AWS = """
import json, signal, sys
from pathlib import Path
from cloudops_tui.executors.embedded_aws.launcher import EmbeddedAws

aws = EmbeddedAws(Path(sys.argv[1])).start()
print(json.dumps({"pid": aws.pid, "estate": dict(aws.estate)}), flush=True)
signal.pause()
"""


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """Started by a thread that has ended since: the kernel tells the child so, and it must not mind."""
    embedded = EmbeddedAws(tmp_path_factory.mktemp("embedded") / "state")
    starter = threading.Thread(target=embedded.start)
    starter.start()
    starter.join()
    yield embedded
    embedded.stop()


@pytest.fixture
def environment(aws: EmbeddedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The demo's environment, in force for this process, which had quite another one."""
    monkeypatch.setenv("AWS_PROFILE", "somebody-else")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-somebody-else")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid:3128")
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:3128")
    environment = aws.environment(tmp_path / "home")
    for name in set(os.environ) - set(environment):
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment


def client(service: str, profile: str = "default", **options: Any) -> Any:
    session: Any = boto3.session.Session(profile_name=profile)
    return session.client(service, config=Config(retries={"total_max_attempts": 1}, **options))


def door(aws: EmbeddedAws) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(aws.endpoint.removeprefix("http://"), timeout=PATIENCE)


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)  # between two looks
    return True


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children() -> set[int]:
    """Of every thread; one that ends meanwhile has handed its own on."""
    found = set[int]()
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):
            found.update(map(int, (task / "children").read_text().split()))
    return found


class TestTheEstate:
    def test_what_the_ready_line_names_is_really_there(self, aws: EmbeddedAws, environment: dict[str, str]) -> None:
        estate = aws.estate

        fleet = client("ec2").describe_instances(InstanceIds=estate["web_instances"] + estate["retired_instances"])
        instances = [each for reservation in fleet["Reservations"] for each in reservation["Instances"]]
        assert len(estate["web_instances"]) == 24
        assert {each["State"]["Name"] for each in instances} == {"running"}
        assert _count(estate["buckets"]["artifacts"]) == estate["artifacts"] == 400
        assert _count(estate["buckets"]["logs"]) == estate["log_files"] == 60
        assert _count(estate["buckets"]["backup"]) == 0
        held = client("ssm").get_parameters(Names=list(estate["parameters"]))["Parameters"]
        assert {each["Name"]: each["Value"] for each in held} == estate["parameters"]
        assert client("dynamodb").describe_table(TableName=estate["table"])["Table"]["ItemCount"] == 5
        databases = client("rds").describe_db_instances()["DBInstances"]
        assert [each["DBInstanceIdentifier"] for each in databases] == [estate["database"]]
        assert {each["RoleName"] for each in client("iam").list_roles()["Roles"]} >= set(estate["roles"])
        groups = client("logs").describe_log_groups()["logGroups"]
        assert {each["logGroupName"] for each in groups} == set(estate["log_groups"])

    def test_queue_urls_lead_through_the_one_endpoint(self, aws: EmbeddedAws, environment: dict[str, str]) -> None:
        assert aws.estate["queues"]["orders"].startswith(aws.endpoint + "/")
        assert client("sqs").list_queues()["QueueUrls"] == [aws.estate["queues"]["orders"]]


def _count(bucket: str) -> int:
    return int(client("s3").list_objects_v2(Bucket=bucket)["KeyCount"])


class TestTheEnvironment:
    def test_nothing_of_the_callers_aws_or_proxies_is_left(
        self, aws: EmbeddedAws, environment: dict[str, str], tmp_path: Path
    ) -> None:
        assert {name: value for name, value in environment.items() if name.upper().startswith("AWS_")} == {
            "AWS_CONFIG_FILE": str(tmp_path / "home/.aws/config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "home/.aws/credentials"),
            "AWS_ENDPOINT_URL": aws.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        assert {name for name in environment if name.upper().endswith("_PROXY")} == {"NO_PROXY", "no_proxy"}
        assert environment["HOME"] == str(tmp_path / "home")

    def test_its_files_are_readable_for_the_owner_only_also_when_written_again(
        self, aws: EmbeddedAws, environment: dict[str, str], tmp_path: Path
    ) -> None:
        credentials = Path(environment["AWS_SHARED_CREDENTIALS_FILE"])
        credentials.chmod(0o644)

        aws.environment(tmp_path / "home")

        files = (credentials, Path(environment["AWS_CONFIG_FILE"]), aws.log_file)
        assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600] * 3
        folders = (credentials.parent, tmp_path / "home", aws.log_file.parent)
        assert [stat.S_IMODE(folder.stat().st_mode) for folder in folders] == [0o700] * 3

    @pytest.mark.parametrize("profile", [pytest.param("default", marks=LONG), "storefront"])
    def test_the_program_and_the_sdk_are_the_same_operator(
        self, profile: str, aws: EmbeddedAws, environment: dict[str, str]
    ) -> None:
        operator = f"arn:aws:iam::{aws.estate['account']}:user/{aws.estate['operator']['name']}"
        words = ["aws", "sts", "get-caller-identity", *(["--profile", profile] if profile != "default" else [])]

        said = subprocess.run(words, env=environment, capture_output=True, timeout=PATIENCE, check=True)

        assert json.loads(said.stdout)["Arn"] == operator  # `aws` comes from the environment's own PATH
        assert client("sts", profile).get_caller_identity()["Arn"] == operator


class TestTheDoor:
    def test_it_throttles_two_calls_of_one_operation_and_no_other(
        self, aws: EmbeddedAws, environment: dict[str, str]
    ) -> None:
        logs, group = client("logs"), aws.estate["log_groups"][0]
        answers = []
        for _ in range(4):
            try:
                logs.put_retention_policy(logGroupName=group, retentionInDays=7)
                answers.append("done")
            except ClientError as error:
                answers.append(f"{error.response['Error']['Code']}: {error.response['Error']['Message']}")
            logs.describe_log_groups(logGroupNamePrefix=group)

        assert answers == ["ThrottlingException: Rate exceeded"] * 2 + ["done"] * 2

    def test_a_body_of_megabytes_comes_back_as_it_went(self, aws: EmbeddedAws, environment: dict[str, str]) -> None:
        body = os.urandom(9_000_001)  # botocore sends it with `Expect: 100-continue`
        bucket = aws.estate["buckets"]["assets"]

        client("s3").put_object(Bucket=bucket, Key="large", Body=body)

        assert client("s3").get_object(Bucket=bucket, Key="large")["Body"].read() == body

    def test_one_connection_carries_chunked_uploads_heads_and_gets(
        self, aws: EmbeddedAws, environment: dict[str, str]
    ) -> None:
        connection, where = door(aws), {"Bucket": aws.estate["buckets"]["assets"], "Key": "chunked"}
        put, head, get = (
            client("s3").generate_presigned_url(call, where).removeprefix(aws.endpoint)
            for call in ("put_object", "head_object", "get_object")
        )

        connection.request(
            "PUT", put, iter([b"first ", b"second"]), {"Transfer-Encoding": "chunked"}, encode_chunked=True
        )
        statuses = [_read(connection).status]
        line = connection.sock
        connection.request("HEAD", head)
        headed = _read(connection)
        connection.request("GET", get)
        got = connection.getresponse()

        assert [*statuses, headed.status, got.status] == [200, 200, 200]
        assert headed.getheader("Content-Length") == "12"
        assert got.read() == b"first second"
        assert connection.sock is line  # never closed in between
        connection.close()

    def test_a_client_that_waits_for_100_continue_is_told_to_go_on(self, aws: EmbeddedAws) -> None:
        with socket.create_connection(_address(aws), PATIENCE) as line:
            line.sendall(
                f"PUT /{aws.estate['buckets']['assets']}/waiting HTTP/1.1\r\nHost: {_host(aws)}\r\n"
                "Content-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n".encode()
            )
            assert line.recv(1024) == b"HTTP/1.1 100 Continue\r\n\r\n"
            line.sendall(b"hello")

            assert _all(line).startswith(b"HTTP/1.1 200 ")

    def test_a_client_of_http_1_0_gets_its_answer_and_the_end(self, aws: EmbeddedAws) -> None:
        with socket.create_connection(_address(aws), PATIENCE) as line:
            line.sendall(f"GET /moto-api/ HTTP/1.0\r\nHost: {_host(aws)}\r\n\r\n".encode())

            head, _, body = _all(line).partition(b"\r\n\r\n")
            assert head.split(b" ")[1] == b"200"
            assert b"chunked" not in head.lower()
            assert b"</html>" in body.lower()

    def test_nonsense_is_refused_and_the_next_client_is_served(self, aws: EmbeddedAws) -> None:
        with socket.create_connection(_address(aws), PATIENCE) as line:
            line.sendall(b"PUT / HTTP/1.1\r\nContent-Length: many\r\n\r\n")

            assert _all(line).startswith(b"HTTP/1.1 400 ")
        connection = door(aws)
        connection.request("GET", "/moto-api/")
        assert connection.getresponse().status == 200
        connection.close()

    def test_a_client_that_leaves_in_the_middle_harms_nobody(
        self, aws: EmbeddedAws, environment: dict[str, str]
    ) -> None:
        where = {"Bucket": aws.estate["buckets"]["assets"], "Key": "half"}
        path = f"/{where['Bucket']}/{where['Key']}"
        with socket.create_connection(_address(aws), PATIENCE) as line:
            line.sendall(f"PUT {path} HTTP/1.1\r\nHost: {_host(aws)}\r\nContent-Length: 100\r\n\r\nhalf".encode())

        with pytest.raises(ClientError, match="404"):
            client("s3").head_object(**where)

    async def test_forty_calls_of_the_async_sdk_at_once_are_all_answered(
        self, aws: EmbeddedAws, environment: dict[str, str]
    ) -> None:
        async with aioboto3.Session().client("ssm") as ssm:
            name = next(iter(aws.estate["parameters"]))
            answers = await asyncio.gather(*(ssm.get_parameter(Name=name) for _ in range(40)))

        assert {answer["Parameter"]["Value"] for answer in answers} == {aws.estate["parameters"][name]}


def _read(connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
    response = connection.getresponse()
    response.read()
    return response


def _address(aws: EmbeddedAws) -> tuple[str, int]:
    host, _, port = _host(aws).partition(":")
    return host, int(port)


def _host(aws: EmbeddedAws) -> str:
    return aws.endpoint.removeprefix("http://")


def _all(line: socket.socket) -> bytes:
    return b"".join(iter(lambda: line.recv(65536), b""))


class TestItsLife:
    def test_it_is_reachable_from_this_machine_only_and_says_nothing_on_the_terminal(
        self, aws: EmbeddedAws, capfd: pytest.CaptureFixture[str]
    ) -> None:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", aws.endpoint)
        assert _listening_addresses(aws.pid) == {"127.0.0.1"}
        connection = door(aws)
        connection.request("GET", "/moto-api/")
        connection.getresponse().read()
        connection.close()

        assert capfd.readouterr() == ("", "")
        assert "GET /moto-api/" in aws.log_file.read_text()

    def test_ctrl_c_on_the_terminal_does_not_reach_it(self, aws: EmbeddedAws) -> None:
        assert aws.pid is not None
        assert os.getsid(aws.pid) == aws.pid

    def test_it_dies_with_a_killed_parent_and_has_the_same_ids_every_time(
        self, aws: EmbeddedAws, tmp_path: Path
    ) -> None:
        with subprocess.Popen(
            [sys.executable, "-c", PROGRAM_WITH_AN_AWS, str(tmp_path)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(SOURCES)},
        ) as parent:
            assert parent.stdout is not None
            said = json.loads(parent.stdout.readline())
            assert is_alive(said["pid"])
            parent.send_signal(signal.SIGKILL)

        assert eventually(lambda: not is_alive(said["pid"]))
        same = {name: value for name, value in aws.estate.items() if name != "queues"}  # their URLs hold the port
        assert {name: said["estate"][name] for name in same} == same

    def test_a_program_without_moto_is_told_what_to_install(self, tmp_path: Path) -> None:
        venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
        bare = EmbeddedAws(tmp_path / "state", python=str(tmp_path / "bare/bin/python"))

        with pytest.raises(EmbeddedAwsFailed) as refused:
            bare.start()

        assert str(refused.value) == (
            "The demo needs the Python package `moto`; run `pip install 'cloudops-tui[demo]'`"
        )
        assert bare.pid is None

    def test_a_child_that_ends_at_once_is_reported_with_its_last_words(self, tmp_path: Path) -> None:
        failing = tmp_path / "python"
        failing.write_text("#!/bin/sh\necho starting >&2\nprintf 'No room \\033[31mleft\\n' >&2\nexit 3\n")
        failing.chmod(0o755)

        with pytest.raises(EmbeddedAwsFailed) as refused:
            EmbeddedAws(tmp_path, python=str(failing)).start()

        log = tmp_path / "embedded-aws.log"
        assert str(refused.value) == f"The embedded AWS ended while starting: No room ?[31mleft; see `{log}`"

    def test_an_interpreter_that_does_not_exist_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(EmbeddedAwsFailed, match="cannot start `/no/such/python`: No such file"):
            EmbeddedAws(tmp_path, python="/no/such/python").start()

    def test_a_child_that_is_not_ready_in_time_is_ended(self, tmp_path: Path) -> None:
        before = children()

        with pytest.raises(EmbeddedAwsFailed, match=r"not ready within 0\.01 s"):
            EmbeddedAws(tmp_path, start_within=0.01).start()

        assert children() <= before, "one of another test may have ended meanwhile"

    async def test_a_start_that_is_cancelled_leaves_no_child(self, tmp_path: Path) -> None:
        before = children()
        embedded = EmbeddedAws(tmp_path)

        starting = asyncio.create_task(embedded.__aenter__())
        while embedded.pid is None:
            await asyncio.sleep(0)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting

        assert children() <= before, "one of another test may have ended meanwhile"

    async def test_leaving_the_context_ends_it_and_its_address_is_forgotten(self, tmp_path: Path) -> None:
        ready = tmp_path / "python"  # says at once what the real one says after some seconds
        greeting = '{"endpoint": "http://127.0.0.1:1", "estate": {}}'
        ready.write_text(f"#!/bin/sh\necho '{greeting}'\nexec cat >/dev/null\n")
        ready.chmod(0o755)

        async with EmbeddedAws(tmp_path, python=str(ready)) as embedded:
            pid = embedded.pid
            assert pid is not None
            assert is_alive(pid)

        assert not is_alive(pid)
        embedded.stop()  # once more does nothing
        with pytest.raises(EmbeddedAwsFailed, match="not running"):
            _ = embedded.endpoint


def _listening_addresses(pid: int | None) -> set[str]:
    """The IPv4 addresses that the process listens on; proc(5), /proc/net/tcp: state 0A, host byte order."""
    ours, addresses = set[str](), set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # a connection that ends meanwhile
            ours.add(os.readlink(link))
    for table in ("tcp", "tcp6"):
        for row in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *rest = row.split()
            if state == "0A" and f"socket:[{rest[5]}]" in ours:
                packed = bytes.fromhex(local.partition(":")[0])
                addresses.add(socket.inet_ntoa(packed[::-1]) if table == "tcp" else "an IPv6 address")
    return addresses
