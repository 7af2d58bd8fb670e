"""What every test stands on: a steady terminal, a home of its own, and an AWS that lives on a loopback port."""

from __future__ import annotations

import gc
import os
import time

# Tests import a million objects that stay. Python's own pace looks through all of them again and again.
gc.set_threshold(50_000, 20, 20)

# Textual reads these once, at import: they must stand before anything imports it.
os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ["TERM"] = "xterm-256color"
os.environ["COLORTERM"] = "truecolor"
os.environ["LANG"] = "C.UTF-8"
os.environ["TZ"] = "UTC"
time.tzset()

import http.client  # noqa: E402 - after the settings above
import itertools  # noqa: E402 - after the settings above
import re  # noqa: E402 - after the settings above
import signal  # noqa: E402 - after the settings above
import subprocess  # noqa: E402 - after the settings above
import sys  # noqa: E402 - after the settings above
import sysconfig  # noqa: E402 - after the settings above
import threading  # noqa: E402 - after the settings above
from collections.abc import Iterator, Mapping  # noqa: E402 - after the settings above
from pathlib import Path  # noqa: E402 - after the settings above
from typing import Any  # noqa: E402 - after the settings above
from urllib.parse import urlsplit  # noqa: E402 - after the settings above

import pytest  # noqa: E402 - after the settings above
from _pytest.assertion import AssertionState  # noqa: E402 - after the settings above
from _pytest.assertion.rewrite import (  # noqa: E402 - after the settings above
    PYC_TAIL,
    _read_pyc,
    _rewrite_test,
    _write_pyc,
    get_cache_dir,
    try_makedirs,
)
from hypothesis import HealthCheck, settings  # noqa: E402 - after the settings above
from hypothesis.internal.conjecture import providers  # noqa: E402 - after the settings above

ABSENT = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "LC_ALL", "TMUX", "STY", "EDITOR", "VISUAL")
"""Variables of the developer's terminal that would change what a screen shows."""

INTERPRETER = ("PYTHONDONTWRITEBYTECODE", "PYTHONWARNINGS", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP")
"""Variables that would make a child's interpreter differ from the one a user starts."""

FOREIGN = ("AWS_", "CLOUDOPS_", "TEXTUAL_", "XDG_", "MOTO_")
"""First letters of variables that belong to whoever runs the tests; no test sees theirs."""

OURS = ("TEXTUAL_ANIMATIONS", "TEXTUAL_SNAPSHOT_TEMPDIR")
"""Kept: the first is set above, the second by the snapshot plugin, which reads it when the session ends."""

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")

MOTO_READY = 180.0  # seconds; a cold start on a busy machine takes about ten

MOTO_SERVER = """
import gc
import sys

gc.set_threshold(50_000, 20, 20)  # a third of its start is looking through what it imports
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
gc.freeze()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()  # the end of whoever started this server is its own end, too
server.stop()
"""

# Examples are the same in every run, and a slow machine is not a wrong program. LONG_TESTS=1 tries five times as many.
settings.register_profile(
    "steady",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=250 if os.environ.get("LONG_TESTS") else 50,
)
settings.load_profile("steady")

# Hypothesis would read every file of ours for constants to try: some seconds in each worker, and what it draws would
# depend on what that worker has imported so far, so that a failure of one run could not be had again in the next.
if hasattr(providers, "_get_local_constants"):
    providers._get_local_constants = lambda: providers._local_constants

LONGEST = (
    "cli/test_demo.py", "cli/test_demo_plans.py", "terminal/test_hostile_bytes.py", "cli/test_run.py",
    "journeys/test_main_job.py", "cli/test_queue.py", "cli/test_running.py", "executors/test_cli.py",
    "executors/test_embedded_aws.py", "journeys/test_secrets.py", "terminal/test_main_job.py",
    "terminal/test_journeys.py", "terminal/test_findings.py",
)  # fmt: skip
"""Files that take long with few tests. They go first: begun last, they would keep one core waiting for the other."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, in the order above; the others as they come."""
    places = {f"tests/{name}": place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(places)))


def pytest_configure(config: pytest.Config) -> None:
    """Where nothing is cached yet, each worker rewrites the assertions of its share of the files, not of all of them.

    All of them collect at once, so that each would do the whole work. What a neighbour has not done yet is done twice.
    """
    worker: dict[str, Any] | None = getattr(config, "workerinput", None)
    if worker is None or sys.dont_write_bytecode:
        return
    state = AssertionState(config, "rewrite")
    number, workers = int(worker["workerid"].removeprefix("gw")), worker["workercount"]
    for file in sorted(Path(__file__).parent.rglob("test_*.py"))[number::workers]:
        folder = get_cache_dir(file)
        cached = folder / (file.name.removesuffix(".py") + PYC_TAIL)
        if try_makedirs(folder) and _read_pyc(file, cached) is None:
            stat, code = _rewrite_test(file, config)
            _write_pyc(state, code, stat, cached)


def pytest_collection_finish() -> None:
    """What was imported and collected stays, and need not be looked through for garbage: a fifth of all the time."""
    gc.collect()
    gc.freeze()


def forget_whoever_runs_the_tests() -> None:
    for name in list(os.environ):
        if name not in OURS and (name.startswith(FOREIGN) or name in ABSENT + INTERPRETER + PROXIES):
            del os.environ[name]


forget_whoever_runs_the_tests()


def heed_what_whoever_runs_the_tests_ignores() -> None:
    """Under `nohup`, and behind a shell's `&`, every program that a test starts would ignore these as well."""
    for number, usual in (
        (signal.SIGHUP, signal.SIG_DFL),
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGQUIT, signal.SIG_DFL),
        (signal.SIGTERM, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
            signal.signal(number, usual)


heed_what_whoever_runs_the_tests_ignores()


FOLDERS = itertools.count()


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As pytest's own, which looks through all folders of the session for the next number: half a minute in all."""
    name = re.sub(r"\W", "_", request.node.name)[:27]
    folder = tmp_path_factory.getbasetemp() / f"{name}{next(FOLDERS)}"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty home folder with its XDG folders; no AWS files, no credentials, no metadata service, no proxy."""
    forget_whoever_runs_the_tests()
    home = tmp_path_factory.getbasetemp() / f"home{next(FOLDERS)}"
    home.mkdir(mode=0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        for variable, folder in {
            "XDG_CONFIG_HOME": ".config",
            "XDG_STATE_HOME": ".local/state",
            "XDG_DATA_HOME": ".local/share",
            "XDG_CACHE_HOME": ".cache",
            "XDG_RUNTIME_DIR": ".run",
        }.items():
            patch.setenv(variable, str(home / folder))
        (home / ".run").mkdir(mode=0o700)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        yield home


@pytest.fixture(scope="session")
def moto_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one moto server for the whole session; it ends with the session, however that ends."""
    folder = tmp_path_factory.mktemp("moto")
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-c", MOTO_SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=folder,
            env={**os.environ, "HOME": str(folder), "AWS_EC2_METADATA_DISABLED": "true"},
        ) as server,
    ):
        try:
            assert server.stdout is not None
            port = server.stdout.readline().strip()
            if not port.isdigit():
                pytest.fail(f"moto's server did not start: {(folder / 'log').read_text()[-2000:]}")
            address = f"http://127.0.0.1:{port.decode()}"
            _wait_until_it_answers(address, folder / "log")
            _ask_who_we_are(address)
            yield address
        finally:
            server.kill()


@pytest.fixture
def aws_endpoint(moto_server: str) -> str:
    """The address of an AWS on 127.0.0.1 that holds nothing yet."""
    status = _request(moto_server, "POST", "/moto-api/reset")
    assert status == 200, f"moto's server refused to reset: {status}"
    return moto_server


@pytest.fixture
def aws_environment(aws_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """Throwaway credentials, a region and the endpoint, set for this process and its children."""
    variables = {
        "AWS_ENDPOINT_URL": aws_endpoint,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture(scope="session")
def aws_program() -> Path:
    """The real `aws` program of this environment."""
    program = Path(sysconfig.get_path("scripts")) / "aws"
    if not program.is_file():
        pytest.fail(f"`{program}` is missing; install the `test` extra: pip install -e '.[test]'")
    return program


def _wait_until_it_answers(address: str, log: Path) -> None:
    deadline = time.monotonic() + MOTO_READY
    while time.monotonic() < deadline:
        try:
            if _request(address, "GET", "/moto-api/data.json") == 200:
                return
        except OSError:
            time.sleep(0.05)  # between two looks at a port that is not open yet
    pytest.fail(f"moto's server at {address} did not answer within {MOTO_READY:.0f} s: {log.read_text()[-2000:]}")


def _ask_who_we_are(address: str) -> None:
    """The first question to a service makes moto load it; STS has to answer the program within five seconds."""
    signed = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/sts/aws4_request, Signature=0"
    form = {"Authorization": signed, "Content-Type": "application/x-www-form-urlencoded"}
    status = _request(address, "POST", "/", "Action=GetCallerIdentity&Version=2011-06-15", form)
    assert status == 200, f"moto's server does not say who we are: {status}"


def _request(address: str, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None) -> int:
    url = urlsplit(address)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=120)
    try:
        connection.request(method, path, body or None, dict(headers or {}))
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()
