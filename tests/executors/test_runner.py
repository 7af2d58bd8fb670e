"""A command under its runner: nothing of it is lost, and nothing of it is left behind."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import py_compile
import random
import resource
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cloudops_tui.executors import job as job_module
from cloudops_tui.executors import runner
from cloudops_tui.executors.job import (
    Finished,
    Job,
    JobLost,
    JobNotBegun,
    JobResult,
    JobSpec,
    Lost,
    NotStarted,
    OutputChunk,
    OutputDamaged,
    OutputGap,
    Running,
)
from cloudops_tui.policy import redaction

PATIENCE = 120.0  # seconds; a deadline for what must happen, never a wait for luck


@dataclass
class Heard:
    """What a follower was told."""

    chunks: list[OutputChunk] = field(default_factory=list)

    def __call__(self, chunk: OutputChunk) -> None:
        self.chunks.append(chunk)

    def bytes_of(self, stream: str) -> bytes:
        return b"".join(chunk.data for chunk in self.chunks if chunk.stream == stream)


def python(code: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", "-c", textwrap.dedent(code), *arguments)


def shell(code: str) -> tuple[str, ...]:
    return ("/bin/sh", "-c", code)


def spec(
    argv: tuple[str, ...],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = Path("/"),
    timeout: float | None = PATIENCE,
    grace: float = 0.3,
    secrets: tuple[str, ...] = (),
) -> JobSpec:
    return JobSpec(argv, env or {"PATH": "/usr/bin:/bin"}, cwd, timeout, grace, secrets)


async def run(folder: Path, wanted: JobSpec) -> tuple[JobResult, Heard]:
    heard = Heard()
    async with asyncio.timeout(PATIENCE):
        job = await Job.start(folder, wanted)
        return await job.follow(heard), heard


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.005)


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def pids_in(path: Path) -> list[int]:
    return [int(word) for word in path.read_text().split()] if path.exists() else []


# How a command ends


@pytest.mark.parametrize("code", [0, 1, 3, 255])
async def test_the_exit_code_of_the_command_is_the_one_recorded(tmp_path: Path, code: int) -> None:
    result, _ = await run(tmp_path / "job", spec(shell(f"exit {code}")))

    assert (result.exit_code, result.signal, result.spawn_error) == (code, None, None)
    assert (result.timed_out, result.cancelled, result.output_truncated, result.survivors) == (False, False, False, 0)
    assert result.started_at.utcoffset() == result.ended_at.utcoffset() is not None
    assert Job.inspect(tmp_path / "job") == Finished(result)


async def test_a_command_killed_by_a_signal_has_a_signal_and_no_exit_code(tmp_path: Path) -> None:
    result, _ = await run(tmp_path / "job", spec(shell("kill -SEGV $$")))

    assert (result.exit_code, result.signal) == (None, signal.SIGSEGV)
    assert not result.cancelled


async def test_a_program_that_does_not_exist_is_a_result_that_names_it(tmp_path: Path) -> None:
    result, _ = await run(tmp_path / "job", spec(("no-such-program",)))

    assert result.spawn_error == "No such file or directory: `no-such-program`"
    assert (result.exit_code, result.signal) == (None, None)
    assert (tmp_path / "job" / "runner.log").read_text() == ""


async def test_a_file_that_may_not_be_executed_is_a_result_that_says_so(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o644)
    result, _ = await run(tmp_path / "job", spec((str(program),)))

    assert result.spawn_error == f"Permission denied: `{program}`"


async def test_a_folder_that_does_not_exist_is_named_instead_of_the_program(tmp_path: Path) -> None:
    result, _ = await run(tmp_path / "job", spec(shell("exit 0"), cwd=tmp_path / "gone"))

    assert result.spawn_error == f"No such file or directory: `{tmp_path / 'gone'}`"


async def test_a_word_that_no_program_can_be_given_is_a_result_too(tmp_path: Path) -> None:
    result, _ = await run(tmp_path / "job", spec(("/bin/echo", "a\0b")))

    assert result.spawn_error == "Invalid argument: `/bin/echo`"


async def test_a_timeout_of_a_year_is_no_trouble(tmp_path: Path) -> None:
    result, _ = await run(tmp_path / "job", spec(shell("exit 2"), timeout=365 * 86_400.0))

    assert result.exit_code == 2


async def test_a_command_that_takes_too_long_is_ended_and_marked(tmp_path: Path) -> None:
    slow = spec(shell("echo begun; exec sleep 1000"), timeout=4.0, grace=PATIENCE)
    result, heard = await run(tmp_path / "job", slow)

    assert (result.timed_out, result.cancelled, result.signal) == (True, False, signal.SIGTERM)
    assert heard.bytes_of("stdout") == b"begun\n"
    assert result.duration_seconds >= 4.0


async def test_the_timeout_holds_although_the_engine_is_dead(tmp_path: Path) -> None:
    folder = tmp_path / "job"
    engine = start_engine(folder, spec(shell("exec sleep 1000"), timeout=4.0))
    await until((folder / "started.json").exists)
    kill_engine(engine)

    async with asyncio.timeout(PATIENCE):
        result = await Job.attach(folder).follow(Heard())
    assert result.timed_out


# What a command is given


async def test_the_environment_is_exactly_what_was_given(tmp_path: Path) -> None:
    result, heard = await run(tmp_path / "job", spec(("/usr/bin/env", "-0"), env={"ONE": "1", "ODD": "a\nü\udcff"}))

    assert result.exit_code == 0
    assert sorted(heard.bytes_of("stdout").split(b"\0")) == [b"", b"ODD=a\n\xc3\xbc\xff", b"ONE=1"]


async def test_arguments_arrive_as_they_are_and_no_shell_reads_them(tmp_path: Path) -> None:
    words = ("$(id)", "", "a b", "*", "; exit 9", "\udcfe")
    show = "import os, sys; sys.stdout.buffer.write(b'\\0'.join(map(os.fsencode, sys.argv[1:])))"
    _, heard = await run(tmp_path / "job", spec(python(show, *words)))

    assert heard.bytes_of("stdout").split(b"\0") == [os.fsencode(word) for word in words]


async def test_standard_input_is_empty_and_no_other_descriptor_is_open(tmp_path: Path) -> None:
    show = """
        import os, sys
        print(len(sys.stdin.buffer.read()), os.readlink("/proc/self/fd/0"), os.getcwd())
        print([fd for fd in range(3, 100) if os.path.exists(f"/proc/{os.getpid()}/fd/{fd}")])
    """
    leaked = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(leaked, True)
    try:
        _, heard = await run(tmp_path / "job", spec(python(show), cwd=tmp_path))
    finally:
        os.close(leaked)

    assert heard.bytes_of("stdout").decode().splitlines() == [f"0 /dev/null {tmp_path}", "[]"]


async def test_signals_are_at_their_defaults_and_the_session_is_the_commands_own(tmp_path: Path) -> None:
    show = """
        import os
        status = dict(line.split(":", 1) for line in open("/proc/self/status"))
        own = os.getpid() == os.getsid(0) == os.getpgid(0)
        # This interpreter itself ignores PIPE (13) and XFSZ (25); 32 and 33 belong to the C library.
        ignored = int(status["SigIgn"], 16) & ~(1 << 12 | 1 << 24 | 1 << 31 | 1 << 32)
        print(own, ignored, int(status["SigBlk"], 16))
    """
    _, heard = await run(tmp_path / "job", spec(python(show)))

    assert heard.bytes_of("stdout") == b"True 0 0\n"


async def test_everything_in_the_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "job"
    result, _ = await run(folder, spec(shell("echo out; echo err >&2; umask"), secrets=("hush",)))

    assert result.exit_code == 0
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()} == dict.fromkeys(
        ("index", "lock", "result.json", "runner.log", "started.json", "stderr", "stdout"), 0o600
    )
    assert not any(b"hush" in file.read_bytes() for file in folder.iterdir())


async def test_a_folder_is_used_once(tmp_path: Path) -> None:
    await run(tmp_path / "job", spec(shell("exit 0")))

    with pytest.raises(FileExistsError):
        await Job.start(tmp_path / "job", spec(shell("exit 1")))


# Output


async def test_both_streams_come_in_the_order_in_which_they_were_written(tmp_path: Path) -> None:
    steps = tmp_path / "steps"
    code = f"""
        import os, time
        for number in range(20):
            os.write(1 + number % 2, b"%d\\n" % number)
            while not os.path.exists("{steps}" + str(number)):
                time.sleep(0.002)
    """
    heard = Heard()

    def listen(chunk: OutputChunk) -> None:
        heard(chunk)
        Path(f"{steps}{int(chunk.data)}").touch()

    async with asyncio.timeout(PATIENCE):
        result = await (await Job.start(tmp_path / "job", spec(python(code)))).follow(listen)

    assert result.exit_code == 0
    assert [int(chunk.data) for chunk in heard.chunks] == list(range(20))
    assert [chunk.stream for chunk in heard.chunks] == ["stdout", "stderr"] * 10
    assert [chunk.at for chunk in heard.chunks] == sorted(chunk.at for chunk in heard.chunks)


async def test_binary_output_is_kept_byte_for_byte(tmp_path: Path) -> None:
    data = bytes(range(256)) * 300 + b"\xff\xfe\x00\xd8\xe2\x82"
    (tmp_path / "data").write_bytes(data)
    result, heard = await run(tmp_path / "job", spec(("/bin/cat", str(tmp_path / "data"))))

    assert heard.bytes_of("stdout") == (tmp_path / "job" / "stdout").read_bytes() == data
    assert (result.stdout.bytes, result.stdout.raw_bytes) == (len(data), len(data))
    assert result.stdout.sha256 == hashlib.sha256(data).hexdigest()
    assert (result.stderr.bytes, result.stderr.sha256) == (0, hashlib.sha256(b"").hexdigest())


async def test_twenty_megabytes_arrive_whole_while_memory_stays_flat(tmp_path: Path) -> None:
    size, peak, so_far, go = 20_000_000, [0], 0, tmp_path / "go"
    seen = hashlib.sha256()
    code = f"""
        import os, time
        block, left = bytes(range(250)) * 400, {size}
        while left:
            while left == len(block) and not os.path.exists("{go}"):
                time.sleep(0.002)
            left -= os.write(1, block[: left - len(block) if left > len(block) else left])
    """
    job = await Job.start(tmp_path / "job", spec(python(code)))
    runner_pid = json.loads((tmp_path / "job" / "started.json").read_text())["runner_pid"]
    largest = 0

    def listen(chunk: OutputChunk) -> None:
        nonlocal largest, so_far
        seen.update(chunk.data)
        largest, so_far = max(largest, len(chunk.data)), so_far + len(chunk.data)
        if so_far == size - 100_000:  # the command waits with the last of it, so that its runner is still there
            peak[0] = int(Path(f"/proc/{runner_pid}/status").read_text().split("VmHWM:")[1].split()[0])
            go.touch()

    async with asyncio.timeout(PATIENCE):
        result = await job.follow(listen)

    assert (result.stdout.bytes, result.stdout.sha256) == (size, seen.hexdigest())
    assert largest <= 65536
    assert 0 < peak[0] < 40_000  # KiB, most of it the interpreter


async def test_a_follower_that_begins_later_may_skip_what_was_said(tmp_path: Path) -> None:
    go = tmp_path / "go"
    wait = f"while [ ! -e {go} ]; do sleep 0.01; done"
    job = await Job.start(tmp_path / "job", spec(shell(f"echo early; {wait}; echo late")))
    await until(lambda: (tmp_path / "job" / "index").stat().st_size)
    everything, rest = Heard(), Heard()
    followers = [asyncio.create_task(job.follow(everything))]
    followers.append(asyncio.create_task(job.follow(rest, from_start=False)))
    await until(lambda: everything.chunks)
    go.touch()
    await asyncio.wait_for(asyncio.gather(*followers), PATIENCE)

    assert everything.bytes_of("stdout") == b"early\nlate\n"
    assert rest.bytes_of("stdout") == b"late\n"


async def test_a_follower_that_is_cancelled_leaves_the_job_running(tmp_path: Path) -> None:
    go = tmp_path / "go"
    job = await Job.start(tmp_path / "job", spec(shell(f"while [ ! -e {go} ]; do sleep 0.01; done; exit 4")))
    follower = asyncio.create_task(job.follow(Heard()))
    await asyncio.sleep(0)
    follower.cancel()
    with pytest.raises(asyncio.CancelledError):
        await follower
    assert isinstance(Job.inspect(tmp_path / "job"), Running)
    go.touch()

    assert (await asyncio.wait_for(job.follow(Heard()), PATIENCE)).exit_code == 4


async def test_a_torn_last_record_of_the_index_is_not_there(tmp_path: Path) -> None:
    result, _ = await run(tmp_path / "job", spec(shell("echo whole")))
    with (tmp_path / "job" / "index").open("ab") as index:
        index.write(b"\x01\x00\x00\x00torn")
    heard = Heard()

    assert await Job.attach(tmp_path / "job").follow(heard) == result
    assert heard.bytes_of("stdout") == b"whole\n"


async def test_output_that_is_missing_behind_its_index_is_not_passed_over(tmp_path: Path) -> None:
    await run(tmp_path / "job", spec(shell("echo whole")))
    os.truncate(tmp_path / "job" / "stdout", 2)

    with pytest.raises(OutputDamaged, match="shorter than its index"):
        await Job.attach(tmp_path / "job").follow(Heard())
    os.truncate(tmp_path / "job" / "index", 0)
    with pytest.raises(OutputDamaged, match="does not reach the end"):
        await Job.attach(tmp_path / "job").follow(Heard())


async def test_a_full_disk_cuts_the_output_but_neither_blocks_the_command_nor_loses_its_end(tmp_path: Path) -> None:
    folder = tmp_path / "job"
    code = "import os\nfor _ in range(40): os.write(1, b'x' * 50_000)\nos._exit(7)"
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))"
    engine = start_engine(folder, spec(python(code)), first=limit)
    heard = Heard()
    await until(lambda: isinstance(Job.inspect(folder), Finished))
    engine.wait(PATIENCE)
    result = await Job.attach(folder).follow(heard)

    assert (result.exit_code, result.output_truncated) == (7, True)
    assert (result.stdout.bytes, result.stdout.raw_bytes) == (300_000, 2_000_000)
    assert heard.bytes_of("stdout") == b"x" * 300_000
    assert result.stdout.sha256 == hashlib.sha256(b"x" * 300_000).hexdigest()


@contextmanager
def no_descriptors() -> Iterator[None]:
    """This process can open nothing."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("attached", [False, True])
async def test_a_follower_without_a_free_descriptor_goes_on_when_it_has_one_and_repeats_nothing(
    tmp_path: Path, attached: bool
) -> None:
    folder, go = tmp_path / "job", tmp_path / "go"
    wait = f"while [ ! -e {go} ]; do sleep 0.01; done"
    job = await Job.start(folder, spec(shell(f"echo one; {wait}; echo two; echo three >&2; exit 7")))
    runner_pid = json.loads((folder / "started.json").read_text())["runner_pid"]
    heard, whole = Heard(), Heard()
    follower = asyncio.create_task((Job.attach(folder) if attached else job).follow(heard))
    await until(lambda: heard.chunks)
    with no_descriptors():
        late = asyncio.create_task(Job.attach(folder).follow(whole))
        os.mkdir(go)
        await until(lambda: not os.path.exists(f"/proc/{runner_pid}"))
        await asyncio.sleep(3 * job_module.POLL_INTERVAL)
        assert not late.done()
        assert not follower.done()
    result = await asyncio.wait_for(follower, PATIENCE)

    assert await asyncio.wait_for(late, PATIENCE) == result
    assert result.exit_code == 7
    for one in (heard, whole):
        assert (one.bytes_of("stdout"), one.bytes_of("stderr")) == (b"one\ntwo\n", b"three\n")


async def test_without_a_free_descriptor_a_command_is_stopped_as_soon_as_there_is_one(tmp_path: Path) -> None:
    job = await Job.start(tmp_path / "job", spec(shell("exec sleep 1000")))
    with no_descriptors():
        stopping = asyncio.create_task(job.stop(0.3))
        await asyncio.sleep(3 * job_module.POLL_INTERVAL)
        assert not stopping.done()
    result = await asyncio.wait_for(job.follow(Heard()), PATIENCE)
    await asyncio.wait_for(stopping, PATIENCE)

    assert result.cancelled


@pytest.mark.parametrize("damage", [b"\x01\0\0\0\xff\xff\xff\xff" + b"\xff" * 16, b"\x02\0\0\0\x01" + b"\0" * 19])
async def test_an_index_that_says_what_cannot_be_is_damage_while_the_command_runs_and_its_end_is_still_told(
    tmp_path: Path, damage: bytes
) -> None:
    folder, go = tmp_path / "job", tmp_path / "go"
    job = await Job.start(folder, spec(shell(f"echo one; while [ ! -e {go} ]; do sleep 0.01; done; exit 3")))
    await until(lambda: (folder / "index").stat().st_size)
    with (folder / "index").open("ab") as index:
        index.write(damage)
    heard = Heard()

    with pytest.raises(OutputDamaged):
        await asyncio.wait_for(job.follow(heard), PATIENCE)
    assert heard.bytes_of("stdout") == b"one\n"
    go.touch()
    assert (await asyncio.wait_for(job.end(), PATIENCE)).exit_code == 3


MUCH = r"""
    import os, sys
    for stream in map(int, sys.argv[1]):
        data = b"".join(b"%d line %d\n" % (stream, number) for number in range(400_000))
        while data:
            data = data[os.write(stream, data) :]
"""


@pytest.mark.parametrize("order", ["1", "12", "21", "121"])
async def test_who_is_far_behind_at_the_end_may_skip_to_the_last_whole_lines(tmp_path: Path, order: str) -> None:
    folder = tmp_path / "job"
    result, everything = await run(folder, spec(python(MUCH, order)))
    gaps: list[OutputGap] = []
    heard = Heard()
    before: list[int] = []

    def skipped(told: Sequence[OutputGap]) -> None:
        before.append(len(heard.chunks))
        gaps.extend(told)

    assert await Job.attach(folder).follow(heard, skipped=skipped) == result
    assert before == [0]
    rest = sum(len(chunk.data) for chunk in heard.chunks)
    assert job_module.LAST_PART - 100 <= rest <= job_module.LAST_PART + job_module.LARGEST_CHUNK
    assert {gap.stream for gap in gaps} == {chunk.stream for chunk in everything.chunks}
    for gap in gaps:
        whole, shown = everything.bytes_of(gap.stream), heard.bytes_of(gap.stream)
        assert (whole[: gap.length][-65536:], whole[gap.length :]) == (gap.last, shown)
        assert gap.last.endswith(b"\n")


async def test_who_is_a_little_behind_skips_nothing(tmp_path: Path) -> None:
    result, _ = await run(tmp_path / "job", spec(python("import os; [os.write(1, b'x' * 50_000) for _ in range(60)]")))
    heard = Heard()

    assert await Job.attach(tmp_path / "job").follow(heard, skipped=lambda gaps: pytest.fail("skipped")) == result
    assert len(heard.bytes_of("stdout")) == 3_000_000


async def test_a_line_without_an_end_is_skipped_up_to_a_character(tmp_path: Path) -> None:
    await run(tmp_path / "job", spec(python("import sys; sys.stdout.buffer.write('x€'.encode() * 2_000_000)")))
    heard = Heard()

    await Job.attach(tmp_path / "job").follow(heard, skipped=lambda gaps: None)
    assert len(heard.bytes_of("stdout")) > job_module.LAST_PART - 10
    assert "\N{REPLACEMENT CHARACTER}" not in heard.bytes_of("stdout").decode(errors="replace")


# Secrets


async def test_a_secret_cut_in_two_by_a_flush_is_never_written(tmp_path: Path) -> None:
    folder, go = tmp_path / "job", tmp_path / "go"
    code = f"""
        import os, time
        os.write(1, b"key=hunter")
        while not os.path.exists("{go}"):
            time.sleep(0.002)
        os.write(1, b"2-long; password: hun")
    """
    job = await Job.start(folder, spec(python(code), secrets=("hunter2-long", "")))
    heard = Heard()

    def listen(chunk: OutputChunk) -> None:
        heard(chunk)
        go.touch()

    async with asyncio.timeout(PATIENCE):
        result = await job.follow(listen)

    assert heard.chunks[0].data == b"key="
    assert heard.bytes_of("stdout") == b"key=<redacted>; password: hun"
    assert result.stdout.raw_bytes == len(b"key=hunter2-long; password: hun")
    assert result.stdout.sha256 == hashlib.sha256((folder / "stdout").read_bytes()).hexdigest()


@pytest.mark.parametrize("seed", range(40))
def test_redaction_does_not_depend_on_where_the_chunks_are_cut(seed: int) -> None:
    chance = random.Random(seed)
    secrets = [bytes(chance.choices(b"ab", k=chance.randint(1, 6))) for _ in range(chance.randint(1, 4))]
    data = bytes(chance.choices(b"abc", weights=(5, 5, 1), k=200))
    redactor, out, position = redaction.KnownValues(secrets), b"", 0
    while position < len(data):
        size = chance.randint(1, 9)
        out += redactor.feed(data[position : position + size])
        position = min(len(data), position + size)
    out += redactor.close()

    assert out == redacted(data, secrets)


def redacted(data: bytes, secrets: list[bytes]) -> bytes:
    """The plain definition: byte i and i+1 belong together when one occurrence covers both."""
    covered, joined = [False] * len(data), [False] * (len(data) + 1)
    for secret in secrets:
        for start in range(len(data) - len(secret) + 1):
            if data.startswith(secret, start):
                for at in range(start, start + len(secret)):
                    covered[at] = True
                    joined[at] = joined[at] or at > start
    return b"".join(
        data[at : at + 1] if not covered[at] else b"" if joined[at] else b"<redacted>" for at in range(len(data))
    )


# Ending


STUBBORN = """
    import os, signal, sys, time
    def note():
        fd = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(fd, b"%d\\n" % os.getpid())
        os.close(fd)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for flee in (False, True, True):
        if os.fork() == 0:
            if flee:
                os.setsid()
                if os.fork():
                    os._exit(0)
            break
    note()
    while True:
        time.sleep(100)
"""


async def test_a_cancelled_command_takes_every_descendant_with_it(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    job = await Job.start(tmp_path / "job", spec(python(STUBBORN, str(pids))))
    await until(lambda: len(pids_in(pids)) == 4)
    assert job.cancel()
    assert job.cancel()
    result = await asyncio.wait_for(job.follow(Heard()), PATIENCE)

    assert (result.cancelled, result.timed_out, result.signal) == (True, False, signal.SIGKILL)
    assert [pid for pid in pids_in(pids) if lives(pid)] == []
    assert result.survivors == 0
    assert not job.cancel()


async def test_a_stopped_runner_can_be_cancelled(tmp_path: Path) -> None:
    job = await Job.start(tmp_path / "job", spec(shell("exec sleep 1000")))
    os.kill(json.loads((tmp_path / "job" / "started.json").read_text())["runner_pid"], signal.SIGSTOP)
    assert job.cancel()

    assert (await asyncio.wait_for(job.follow(Heard()), PATIENCE)).cancelled


DEAF_RUNNER = """
    import fcntl, json, os, signal, subprocess, sys, time
    from cloudops_tui.executors import runner
    os.chdir(sys.argv[1])
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    lock = open("lock", "w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    below = "trap '' TERM; sleep 1000 & echo $$ $! > pids.tmp; mv pids.tmp pids; wait"
    child = subprocess.Popen(["/bin/sh", "-c", below], start_new_session=True) if sys.argv[2] == "command" else None
    while child and not os.path.exists("pids"):
        time.sleep(0.002)
    me = os.getpid()
    started = {"runner_pid": me, "runner_start": runner.start_ticks(me), "boot_id": runner.boot_id()}
    with open("started.tmp", "w") as file:
        json.dump({**started, "child_pid": child and child.pid}, file)
    os.rename("started.tmp", "started.json")
    time.sleep(1000)
"""


@contextmanager
def deaf_runner(folder: Path, what: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that holds a job, and that nobody can ask to end."""
    folder.mkdir(parents=True)
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(DEAF_RUNNER), str(folder), what])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def test_a_runner_that_does_not_end_when_asked_is_killed_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_module, "FORCE_AFTER", 0.3)
    folder = tmp_path / "job"
    with deaf_runner(folder, "command") as process:
        await until((folder / "started.json").exists)
        job = Job.attach(folder)
        stopping = asyncio.create_task(job.stop(0.1))
        with pytest.raises(JobLost):
            await asyncio.wait_for(job.follow(Heard()), PATIENCE)
        await asyncio.wait_for(stopping, PATIENCE)

        assert job.killed
        assert process.wait(PATIENCE) == -signal.SIGKILL
    await until(lambda: not any(map(lives, pids_in(folder / "pids"))))


async def test_a_runner_that_only_writes_down_the_end_is_not_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_module, "FORCE_AFTER", 0.0)
    folder = tmp_path / "job"
    with deaf_runner(folder, "nothing") as process:
        await until((folder / "started.json").exists)
        job = Job.attach(folder)
        stopping = asyncio.create_task(job.stop(0.0))
        await asyncio.sleep(5 * job_module.POLL_INTERVAL)

        assert not stopping.done()
        assert process.poll() is None
    await asyncio.wait_for(stopping, PATIENCE)
    assert not job.killed


async def test_a_command_may_end_in_its_own_way_within_the_grace(tmp_path: Path) -> None:
    code = "trap 'echo cleaned; exit 5' TERM; echo ready; while :; do sleep 0.01; done"
    job = await Job.start(tmp_path / "job", spec(shell(code), grace=PATIENCE))
    heard = Heard()

    def listen(chunk: OutputChunk) -> None:
        heard(chunk)
        job.cancel()

    result = await asyncio.wait_for(job.follow(listen), PATIENCE)

    assert (result.cancelled, result.exit_code) == (True, 5)
    assert heard.bytes_of("stdout") == b"ready\ncleaned\n"


async def test_what_a_finished_command_left_behind_is_ended_and_not_waited_for(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    code = f"""
        import os, signal, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                open("{pids}", "w").write(str(os.getpid()))
                time.sleep(1000)  # holding stdout open
            os._exit(0)
        while not os.path.exists("{pids}"):
            time.sleep(0.002)
        print("done", flush=True)
        os._exit(6)
    """
    result, heard = await run(tmp_path / "job", spec(python(code)))

    assert (result.exit_code, result.cancelled, result.timed_out) == (6, False, False)
    assert heard.bytes_of("stdout") == b"done\n"
    assert [pid for pid in pids_in(pids) if lives(pid)] == []


async def test_a_runner_ignores_the_signals_of_terminals(tmp_path: Path) -> None:
    go = tmp_path / "go"
    job = await Job.start(tmp_path / "job", spec(shell(f"while [ ! -e {go} ]; do sleep 0.01; done; exit 8")))
    state = Job.inspect(tmp_path / "job")
    assert isinstance(state, Running)
    assert state.runner_pid is not None
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTTOU):
        os.kill(state.runner_pid, number)
    go.touch()

    assert (await asyncio.wait_for(job.follow(Heard()), PATIENCE)).exit_code == 8


async def test_an_ended_runner_is_reaped_although_nobody_follows(tmp_path: Path) -> None:
    await Job.start(tmp_path / "job", spec(shell("exit 0")))
    pid = json.loads((tmp_path / "job" / "started.json").read_text())["runner_pid"]

    await until(lambda: not Path(f"/proc/{pid}").exists())


# Engines and runners that die


def start_engine(folder: Path, wanted: JobSpec, first: str = "") -> subprocess.Popen[bytes]:
    """An engine of its own, in its own process group, that starts the job and follows it."""
    code = f"""
import asyncio, sys
from pathlib import Path
from cloudops_tui.executors.job import Job, JobSpec
{first}
async def main():
    job = await Job.start(Path({str(folder)!r}), JobSpec({wanted.argv!r}, {dict(wanted.env)!r},
        Path({str(wanted.cwd)!r}), {wanted.timeout!r}, {wanted.grace!r}, {wanted.secrets!r}))
    await job.follow(lambda chunk: None)
asyncio.run(main())
"""
    return subprocess.Popen([sys.executable, "-c", code], start_new_session=True)


def kill_engine(engine: subprocess.Popen[bytes]) -> None:
    os.killpg(engine.pid, signal.SIGHUP)
    os.killpg(engine.pid, signal.SIGKILL)
    engine.wait(PATIENCE)


async def test_a_killed_engine_loses_neither_output_nor_exit_code(tmp_path: Path) -> None:
    folder, go = tmp_path / "job", tmp_path / "go"
    code = f"""
        import os, time
        os.write(1, b"a" * 100_000)
        while not os.path.exists("{go}"):
            time.sleep(0.002)
        os.write(2, b"b" * 100_000)
        os.write(1, b"c" * 100_000)
        os._exit(9)
    """
    engine = start_engine(folder, spec(python(code)))
    await until(lambda: (folder / "stdout").exists() and (folder / "stdout").stat().st_size == 100_000)
    kill_engine(engine)
    state = Job.inspect(folder)
    assert isinstance(state, Running)
    assert state.runner_pid is not None
    assert lives(state.runner_pid)
    heard = Heard()
    follower = asyncio.create_task(Job.attach(folder).follow(heard))
    await until(lambda: heard.chunks)
    go.touch()
    result = await asyncio.wait_for(follower, PATIENCE)

    assert result.exit_code == 9
    assert heard.bytes_of("stdout") == b"a" * 100_000 + b"c" * 100_000
    assert heard.bytes_of("stderr") == b"b" * 100_000
    assert Job.inspect(folder) == Finished(result)


async def test_an_engine_that_attached_may_cancel(tmp_path: Path) -> None:
    folder = tmp_path / "job"
    engine = start_engine(folder, spec(shell("echo ready; exec sleep 1000")))
    await until(lambda: (folder / "stdout").exists() and (folder / "stdout").stat().st_size)
    kill_engine(engine)
    job = Job.attach(folder)
    assert job.cancel()
    result = await asyncio.wait_for(job.follow(Heard()), PATIENCE)

    assert result.cancelled
    assert not job.cancel()


async def test_a_killed_runner_is_a_lost_job_and_its_command_does_not_go_on(tmp_path: Path) -> None:
    folder = tmp_path / "job"
    job = await Job.start(folder, spec(shell("echo ready; exec sleep 1000")))
    await until(lambda: (folder / "index").stat().st_size)  # what is not in it yet is shown to nobody
    started = json.loads((folder / "started.json").read_text())
    os.kill(started["runner_pid"], signal.SIGKILL)
    heard = Heard()

    with pytest.raises(JobLost, match="ended without a result"):
        await asyncio.wait_for(job.follow(heard), PATIENCE)
    assert heard.bytes_of("stdout") == b"ready\n"
    assert isinstance(Job.inspect(folder), Lost)
    assert not job.cancel()
    await until(lambda: not lives(started["child_pid"]))


async def test_a_process_that_was_given_the_runners_number_is_never_signalled(tmp_path: Path) -> None:
    folder = tmp_path / "job"
    job = await Job.start(folder, spec(shell("exec sleep 1000")))
    bystander = subprocess.Popen(["/bin/sleep", "1000"])
    path = folder / "started.json"
    await until(lambda: json.loads(path.read_text())["child_pid"])  # The runner does not touch it any more.
    genuine = path.read_text()
    try:
        path.write_text(json.dumps({**json.loads(genuine), "runner_pid": bystander.pid}))
        assert not Job.attach(folder).cancel()
        path.write_text(json.dumps({**json.loads(genuine), "boot_id": "another"}))
        assert not Job.attach(folder).cancel()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
        path.write_text(genuine)
    assert Job.attach(folder).cancel()

    assert (await asyncio.wait_for(job.follow(Heard()), PATIENCE)).cancelled


async def test_a_restart_of_the_machine_is_told_from_a_killed_runner(tmp_path: Path) -> None:
    folder = tmp_path / "job"
    folder.mkdir()
    (folder / "lock").touch()
    (folder / "started.json").write_text(json.dumps({"runner_pid": 1, "runner_start": 1, "boot_id": "earlier"}))

    assert Job.inspect(folder) == Lost("The machine was restarted while the command ran")


async def test_a_damaged_result_is_no_result(tmp_path: Path) -> None:
    await run(tmp_path / "job", spec(shell("exit 0")))
    (tmp_path / "job" / "result.json").write_text('{"exit_code": 0')

    assert isinstance(Job.inspect(tmp_path / "job"), Lost)


async def test_a_job_that_never_began_is_told_from_one_that_was_lost(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    assert Job.inspect(tmp_path / "nowhere") == NotStarted()
    assert Job.inspect(tmp_path / "empty") == NotStarted()
    assert not Job.attach(tmp_path / "nowhere").cancel()
    with pytest.raises(JobNotBegun):
        await Job.attach(tmp_path / "empty").follow(Heard())


async def test_a_runner_that_cannot_record_the_start_does_not_start(tmp_path: Path) -> None:
    folder, trace = tmp_path / "job", tmp_path / "trace"
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))"
    engine = start_engine(folder, spec(shell(f"touch {trace}")), first=limit)

    assert await asyncio.to_thread(engine.wait, PATIENCE) != 0
    assert Job.inspect(folder) == NotStarted()
    assert not trace.exists()


async def test_a_job_cancelled_before_its_runner_could_be_signalled_begins_nothing(tmp_path: Path) -> None:
    folder, trace = tmp_path / "job", tmp_path / "trace"
    folder.mkdir()
    with (folder / "lock").open("w") as lock, (folder / "source").open("w+") as source:
        # An engine that died between the start of the runner and the runner's first record.
        fcntl.flock(lock, fcntl.LOCK_EX)
        source.write(job_module._as_json(spec(shell(f"touch {trace}"), cwd=Path("/"))).decode())
        source.flush()
        source.seek(0)
        assert Job.inspect(folder) == Running(None)
        assert Job.attach(folder).cancel()
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-I", "-S", runner.__file__, str(folder), redaction.__file__],
            {},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, source.fileno(), 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_DUP2, lock.fileno(), runner.LOCK_FD),
            ],
        )
    result = await asyncio.wait_for(Job.attach(folder).follow(Heard()), PATIENCE)
    os.waitpid(pid, 0)

    assert (result.cancelled, result.exit_code, result.signal) == (True, None, None)
    assert not trace.exists()


def test_a_compiled_runner_that_is_older_than_its_source_is_not_used(tmp_path: Path) -> None:
    source, compiled = tmp_path / "runner.py", tmp_path / "runner.pyc"
    source.write_text("pass")
    py_compile.compile(str(source), str(compiled), invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)
    assert job_module._is_compiled_from(source, compiled)
    source.write_text("changed")

    assert not job_module._is_compiled_from(source, compiled)
    assert not job_module._is_compiled_from(source, tmp_path / "absent.pyc")


def test_the_runner_starts_without_loading_what_it_does_not_need() -> None:
    load = f"run_path({runner.__file__!r})['load_redaction']({redaction.__file__!r})"
    code = f"import runpy, sys; runpy.{load}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)

    assert not {"asyncio", "subprocess", "hashlib", "ssl", "logging"} & set(loaded.stdout.split())
