"""Rows of the disk: full, broken, locked, read-only, damaged, and without power."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from cloudops_tui.executors import runner
from cloudops_tui.executors.job import Job, JobSpec
from cloudops_tui.storage import folders
from tests.faults.case import Kind
from tests.faults.matrix import row
from tests.faults.rows_network import the_program
from tests.faults.scene import ROOT, NotRun, Scene, can_mount, case, in_a_namespace
from tests.faults.stub import Weather


def needs_mounts() -> None:
    if not can_mount():
        raise NotRun("`unshare -Urm` with a tmpfs is not allowed on this machine")


@row(
    8,
    "no room for the database",
    injected="the state folder is a tmpfs; a filler takes all that is left of it while AWS holds a command of the CLI;"
    " then there is room again",
    expected="no new command begins, the running one ends, nothing is told that is not so; afterwards all is whole",
)
def no_room(place: Scene) -> str:
    needs_mounts()
    one = case(Kind.PUT, Kind.CLI_PUT, Kind.PUT, Kind.PUT)
    place.watch(one)
    place.state_dir.mkdir(mode=0o700)
    out, go, filled = place.folder / "copy", place.folder / "go", place.folder / "filled"
    script = (
        f"mount -t tmpfs -o size=1m,mode=700 tmpfs {place.state_dir};"
        f' "$@" & engine=$!; while [ ! -e {go} ]; do sleep 0.02; done;'
        f" dd if=/dev/zero of={place.state_dir}/filler bs=512 2>/dev/null || true; touch {filled};"
        f" wait $engine || true; rm {place.state_dir}/filler; cp -a {place.state_dir} {out}"
    )
    place.stub.holds = frozenset({"c01"})
    place.stub.witness = lambda name, number: True  # the store is in a namespace that this process does not see
    engine = place.engine("run", one, before=in_a_namespace(script, "sh"))
    place.until(lambda: place.stub.held == 1 or not engine.lives(), "the command has begun")
    go.touch()
    place.until(filled.exists, "the disk is full")
    place.stub.release()
    _, _, said = engine.end()
    assert out.exists(), said[-400:]
    place.state_dir.rmdir()
    shutil.copytree(out, place.state_dir)
    sent = [request.name for request in place.stub.requests]
    place.settled()
    assert sent == ["c00", "c01"], sent
    assert [request.name for request in place.stub.requests] == sent, "something was sent after it"
    verdict = place.holds(one)
    after = place.statuses(one)
    return f"sent {sent}, then nothing; after recovery {after}, {verdict.tally.effects} effects, integrity ok"


@row(
    9,
    "EIO at the n-th fsync",
    injected="strace makes fdatasync and fsync of the engine fail with EIO from the n-th on, for several n (strace"
    " counts each thread's own)",
    expected="never Completed without a durable record; after recovery I1 to I3",
)
def broken_sync(place: Scene) -> str:
    if shutil.which("strace") is None:
        raise NotRun("there is no `strace` here")
    probe = subprocess.run(["strace", "-f", "-o", "/dev/null", "true"], capture_output=True, check=False)
    if probe.returncode:
        raise NotRun("`strace` may not trace on this machine")
    seen = []
    for number in range(1, 25) if place.long else (9, 11, 13):
        one = case(Kind.PUT, Kind.PUT, Kind.PUT)
        place.watch(one)
        injection = f"inject=fdatasync,fsync:error=EIO:when={number}+"
        before = ("strace", "-f", "-o", "/dev/null", "-e", "trace=fdatasync,fsync", "-e", injection)
        place.engine("run", one, before=before).end()
        place.settled()
        if place.evidence.executions():
            verdict = place.holds(one)
            statuses = " ".join(place.statuses(one).values())
            seen.append(f"n={number}: {verdict.tally.effects} effects, {statuses}")
        else:
            assert not place.stub.requests, "it was sent without any record"
            seen.append(f"n={number}: refused")
        shutil.rmtree(place.state_dir, ignore_errors=True)
    return "; ".join(seen)


@row(
    10,
    "no room for a command's output",
    injected="a job in a tmpfs of 1 MiB whose command prints 8 MiB and ends with 3",
    expected="the command is not ended by it; cut and flagged with the true length and hash; its exit code is kept",
)
def no_room_for_output(place: Scene) -> str:
    needs_mounts()
    key = b"k" * 32
    printing = "import sys; sys.stdout.write('0123456789abcdef' * 524288); sys.stdout.flush(); sys.exit(3)"
    code = (
        "import asyncio, json, sys; from pathlib import Path; from tests.faults.rows_disk import printed;"
        f" print(json.dumps(asyncio.run(printed(Path(sys.argv[1]), {printing!r}, {key!r}))))"
    )
    script = f'mount -t tmpfs -o size=1m,mode=700 tmpfs {place.folder}; exec "$@"'
    words = (sys.executable, "-c", code, os.fspath(place.folder / "job"))
    ended = subprocess.run(
        in_a_namespace(script, "sh", *words), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr[-600:]
    found = json.loads(ended.stdout)
    length = 16 * 524288
    assert found["exit_code"] == 3, found
    assert found["truncated"], found
    assert found["raw_bytes"] == length, found
    assert 0 < found["bytes"] < 1024 * 1024, found
    whole = hashlib.sha256(b"0123456789abcdef" * 524288).digest()
    assert found["keyed_hash"] == runner.keyed_hash(whole, key), found
    return f"exit code 3 kept; {found['bytes']} of {length} bytes on disk, flagged, with the hash of all of them"


async def printed(folder: Path, code: str, key: bytes) -> dict[str, object]:
    """A job that runs `code`, as facts."""
    spec = JobSpec((sys.executable, "-I", "-S", "-c", code), {"PATH": os.defpath}, Path("/"), 60.0, hash_key=key)
    job = await Job.start(folder, spec)
    result = await job.end()
    return {
        "exit_code": result.exit_code,
        "truncated": result.output_truncated,
        "raw_bytes": result.stdout.raw_bytes,
        "bytes": result.stdout.bytes,
        "keyed_hash": result.stdout.keyed_hash,
    }


@row(
    11,
    "a read-only, missing or linked state folder",
    injected="a read-only bind mount over a store; a home that does not exist; a link in place of the file",
    expected="nothing begins, the message names the path; looking at the history still works",
)
def unusable_folder(place: Scene) -> str:
    needs_mounts()
    one = case(Kind.PUT)
    place.watch(one)
    assert place.engine("run", one).end()[0] == 0
    words = [sys.executable, "-m", "cloudops_tui", "--state-dir", os.fspath(place.state_dir)]
    script = f'mount --bind {place.state_dir} {place.state_dir}; mount -o remount,ro,bind {place.state_dir}; exec "$@"'
    plan = place.folder / "another.json"
    plan.write_text(case(Kind.PUT).plan.model_dump_json())
    results = {}
    for verb in (("submit", os.fspath(plan)), ("history",)):
        results[verb[0]] = subprocess.run(
            [*in_a_namespace(script, "sh"), *words, *verb], cwd=ROOT, capture_output=True, text=True, check=False,
            timeout=120,
        )  # fmt: skip
    refused = results["submit"]
    assert refused.returncode != 0
    assert os.fspath(place.state_dir) in refused.stderr, refused.stderr
    looked = results["history"]
    assert looked.returncode == 0, looked.stderr
    assert "A row of the matrix" in looked.stdout, looked.stdout
    nowhere = subprocess.run(
        [sys.executable, "-m", "cloudops_tui", "queue"], cwd=ROOT, capture_output=True, text=True,
        check=False, env={"PATH": os.environ["PATH"], "HOME": "/proc/nonexistent"}, timeout=120,
    )  # fmt: skip
    assert "/proc/nonexistent" in nowhere.stderr or nowhere.returncode == 0, nowhere.stderr
    link = place.folder / "linked"
    link.mkdir(mode=0o700)
    (link / folders.DATABASE).symlink_to(place.state_dir / folders.DATABASE)
    followed = subprocess.run(
        [sys.executable, "-m", "cloudops_tui", "--state-dir", os.fspath(link), "submit", os.fspath(plan)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert followed.returncode != 0
    assert os.fspath(link) in followed.stderr, followed.stderr
    return f"submit: {refused.stderr.strip().splitlines()[0][:150]}; history: shown; link: refused by its path"


@row(
    12,
    "the database is locked by another program",
    injected="BEGIN IMMEDIATE in another process while AWS holds a command; patience 0.3 s in place of 5",
    expected="it waits, then begins nothing more; never a request without a record; recovery is clean",
)
def locked(place: Scene) -> str:
    one = case(Kind.PUT, Kind.PUT, Kind.PUT)
    place.watch(one)
    place.stub.holds = frozenset({"c00"})
    engine = place.engine("run", one, patience=0.3)
    place.until(lambda: place.stub.held == 1, "the command has begun")
    lock = sqlite3.connect(place.state_dir / folders.DATABASE, isolation_level=None, timeout=30)
    lock.execute("BEGIN IMMEDIATE")
    place.stub.release()
    place.until(lambda: not engine.lives(), "the engine gives up")
    sent = [request.name for request in place.stub.requests]
    lock.rollback()
    lock.close()
    place.settled()
    place.holds(one)
    assert sent == ["c00"], sent
    assert [request.name for request in place.stub.requests] == sent
    return f"sent {sent}, then nothing; afterwards {place.statuses(one)}"


@row(
    13,
    "the database is damaged, no database, or newer",
    injected="the engine is killed while AWS holds a command of the CLI, which then ends under its runner; random bytes"
    " in place of the database; pages overwritten; it is emptied; it is gone; its log cut in half; a newer schema",
    expected="seen at start; kept aside byte for byte and named, what the runners wrote is taken in, nothing is sent"
    " again; a newer one is read only",
)
def damaged(place: Scene) -> str:
    one = case(Kind.PUT, Kind.CLI_PUT, Kind.PUT)
    place.watch(one)
    place.stub.holds = frozenset({"c01"})
    engine = place.engine("run", one)
    place.until(lambda: place.stub.held == 1, "the command has begun")
    engine.kill()
    place.stub.release()
    place.until(lambda: not list(place.evidence.started()), "the command ends under its runner")
    whole = place.folder / "whole"
    shutil.copytree(place.state_dir, whole)
    seen = [_newer(place)]
    damages: dict[str, tuple[Callable[[Path], None], bool]] = {
        "random bytes": (_replace, True),
        "pages overwritten": (_overwrite, True),
        "emptied": (_empty, False),
        "gone": (_remove, False),
        "log cut in half": (_cut, False),
    }
    sent = [request.name for request in place.stub.requests]
    for name, (damage, is_kept) in damages.items():
        shutil.rmtree(place.state_dir)
        shutil.copytree(whole, place.state_dir)
        if is_kept:
            _checkpoint(place.evidence.database)
        damage(place.evidence.database)
        before = hashlib.sha256(place.evidence.database.read_bytes()).hexdigest() if is_kept else ""
        looked = the_program(place, "history")
        assert "A row of the matrix" in looked.stdout, (name, looked.stdout, looked.stderr)
        aside = [file for file in place.state_dir.iterdir() if "corrupt" in file.name]
        if is_kept:
            assert any(hashlib.sha256(file.read_bytes()).hexdigest() == before for file in aside), (name, aside)
        assert all(file.name in looked.stderr for file in aside if not file.name.endswith("-wal")), looked.stderr
        assert ("was damaged" in looked.stderr) == (name != "log cut in half"), (name, looked.stderr)
        place.settled()
        assert [request.name for request in place.stub.requests] == sent, f"{name}: something was sent again"
        statuses = place.statuses(one)
        assert statuses["c00"] in ("Completed", "Unknown"), (name, statuses)
        assert statuses["c01"] == "Completed", (name, statuses)
        assert "c02" not in statuses or statuses["c02"] == "Skipped", (name, statuses)
        assert place.kept().status == "Failed", place.kept().status
        assert place.evidence.integrity() == "ok"
        assert not (broken := place.evidence.broken_links()), (name, broken)
        words = f"kept aside as {aside[0].name}" if is_kept else "nothing to keep"
        seen.append(f"{name}: {words}, c00 {statuses['c00']}, c01 {statuses['c01']}")
    return "; ".join(seen)


def _newer(place: Scene) -> str:
    """What a store of a later program allows; it is left as it was made for that."""
    plan = place.folder / "another.json"
    plan.write_text(case(Kind.PUT).plan.model_dump_json())
    with closing(sqlite3.connect(place.evidence.database)) as connection:
        connection.execute("PRAGMA user_version = 9999")
    refused = the_program(place, "submit", os.fspath(plan))
    assert refused.returncode != 0
    assert "newer" in refused.stderr, refused.stderr
    looked = the_program(place, "history")
    assert looked.returncode == 0, looked.stderr
    assert "A row of the matrix" in looked.stdout, looked.stdout
    return "newer schema: looked at, nothing written"


def _checkpoint(database: Path) -> None:
    """All of it in the one file, so that the damage meets it."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _replace(database: Path) -> None:
    database.write_bytes(os.urandom(database.stat().st_size))


def _overwrite(database: Path) -> None:
    with database.open("r+b") as file:
        file.seek(4096 * 2)
        file.write(os.urandom(4096 * 3))


def _empty(database: Path) -> None:
    _checkpoint(database)
    database.write_bytes(b"")


def _remove(database: Path) -> None:
    for file in database.parent.glob(f"{database.name}*"):
        file.unlink()


def _cut(database: Path) -> None:
    log = Path(f"{database}-wal")
    os.truncate(log, log.stat().st_size // 2)


SHIM = r"""
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder was synced: what was removed from it stays removed. */
static void forget(const char *path, const char *shadow) {
    DIR *kept = opendir(shadow);
    struct dirent *entry;
    char here[8192], there[8192];
    while (kept && (entry = readdir(kept))) {
        snprintf(here, sizeof here, "%s/%s", path, entry->d_name);
        snprintf(there, sizeof there, "%s/%s", shadow, entry->d_name);
        if (access(here, F_OK)) unlink(there);
    }
    if (kept) closedir(kept);
}

/* What a file holds when it is synced is what a power cut leaves of it: a copy goes to $SHADOW. Nothing else does.
   It is read by its own descriptor, for to open it once more and close that would let go of SQLite's locks. */
static void keep(int fd) {
    char link[64], path[4096], to[8192], done[8192], part[65536];
    const char *shadow = getenv("SHADOW");
    struct stat facts;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t got, length = readlink(link, path, sizeof path - 1);
    if (!shadow || length <= 0 || fstat(fd, &facts)) return;
    path[length] = 0;
    if (S_ISDIR(facts.st_mode)) return forget(path, shadow);
    snprintf(done, sizeof done, "%s%s", shadow, strrchr(path, '/'));
    snprintf(to, sizeof to, "%s.new", shadow);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (out < 0) abort();
    for (off_t at = 0; (got = pread(fd, part, sizeof part, at)) > 0; at += got)
        if (write(out, part, got) != got) abort();
    close(out);
    rename(to, done);
}

int fsync(int fd) { keep(fd); return 0; }
int fdatasync(int fd) { keep(fd); return 0; }
"""


@row(
    31,
    "power is lost",
    injected="an LD_PRELOAD shim drops each fsync and keeps what a file held at that moment: of everything else a power"
    " cut leaves nothing; at each request the stub looks for the intent in what is kept",
    expected="I1 with synchronous=FULL: the intent of every write has survived before its request arrives",
)
def power_cut(place: Scene) -> str:
    if not place.long:
        raise NotRun("only with --long: it compiles its shim")
    if shutil.which("gcc") is None:
        raise NotRun("there is no `gcc` to compile the shim")
    source, library, shadow = place.folder / "shim.c", place.folder / "shim.so", place.folder / "shadow"
    source.write_text(SHIM)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True, capture_output=True)
    shadow.mkdir()
    one = case(*[Kind.PUT, Kind.TOKEN, Kind.SEND] * 4, weather={1: [Weather.THROTTLE]})
    place.watch(one)
    ids = {name: command_id for command_id, name in one.names.items()}

    def witness(name: str, number: int) -> bool:
        look = place.folder / "look"
        shutil.rmtree(look, ignore_errors=True)
        shutil.copytree(shadow, look)
        connection = sqlite3.connect(look / folders.DATABASE)
        try:
            found = connection.execute(
                "SELECT count(*) FROM journal WHERE kind = 'CommandStarted' AND body LIKE ?",
                (f'%"command_id":"{ids[name]}"%',),
            ).fetchone()[0]
        except sqlite3.Error:
            found = 0
        finally:
            connection.close()
        return int(found) >= number

    place.stub.witness = witness
    engine = place.engine("run", one, variables={"LD_PRELOAD": os.fspath(library), "SHADOW": os.fspath(shadow)})
    code, _, said = engine.end()
    assert code == 0, said[-400:]
    without = [request.name for request in place.stub.requests if not request.intent]
    assert place.stub.requests
    assert not without, f"no intent would have survived of {without}"
    return f"{len(place.stub.requests)} requests; in what a power cut would have left, each had its intent"


