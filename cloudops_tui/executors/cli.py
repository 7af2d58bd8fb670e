"""Runs commands of the AWS CLI: the real `aws`, an argv and never a shell, under the detached runner."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from cloudops_tui.engine.ports import Attempt, AttemptOutcome, Ending, Rehearsal
from cloudops_tui.executors.aws_environment import (
    UnusableProfile,
    asks_for_code,
    child_environment,
    resolve,
)
from cloudops_tui.executors.aws_failures import Failure, cli_failure, cli_killed, sdk_failure
from cloudops_tui.executors.aws_meaning import other_meaning
from cloudops_tui.executors.aws_program import NoProgram, aws_program
from cloudops_tui.executors.catalogue import the_catalogue
from cloudops_tui.executors.cli_rehearsal import CliRehearsal, Ran
from cloudops_tui.executors.clients import AwsClients
from cloudops_tui.executors.copies import Frozen, contents_of, with_frozen_files
from cloudops_tui.executors.job import (
    Job,
    JobLost,
    JobNotBegun,
    JobResult,
    JobSpec,
    NotStarted,
    OutputChunk,
    OutputDamaged,
    OutputGap,
    Running,
)
from cloudops_tui.executors.known_values import SeenSecrets, own_secrets, secrets_in_files, the_seen_secrets
from cloudops_tui.executors.output_files import TAIL, Lines, Tail, make_private_folder
from cloudops_tui.executors.rehearser import Rehearser
from cloudops_tui.executors.renewal import how_to_renew
from cloudops_tui.model.catalogue import CliCommandShape, ServiceCatalogue
from cloudops_tui.model.command import Cli, CliCommand, Command
from cloudops_tui.model.config import DEFAULT_CANCEL_GRACE, CliExecutorConfig, ExecutorType
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import (
    AwsSdk,
    Cancelled,
    CommandFailed,
    ExecutionError,
    ExecutorNotAvailable,
    InvalidCommand,
    Io,
    Other,
    Timeout,
)
from cloudops_tui.model.result import CommandOutput, DryRunOutput
from cloudops_tui.policy.before.reading import Answer, Read
from cloudops_tui.policy.cli_grammar import Given, ParsedCli, canonical
from cloudops_tui.policy.files import named_in_cli
from cloudops_tui.policy.redaction import all_forms, without_secrets
from cloudops_tui.policy.refusals import read_line, refused
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.policy.secret_answers import (
    HiddenMembers,
    command_gives_out_secrets,
    hidden_members,
    without_clear_text,
)

LARGEST_LISTING = 8 * 1024 * 1024  # bytes of `s3 ... --dryrun` that are looked at
PROGRAM_STARTS_WITHIN = 10.0  # seconds that the program itself may need on a busy machine before it asks anybody

LineCallback = Callable[[str], object]


class CliExecutor:
    """The reference's `CliExecutor`; also an `AttemptExecutor`. Commands run on when the engine dies."""

    def __init__(
        self,
        config: CliExecutorConfig = CliExecutorConfig(),
        *,
        catalogue: ServiceCatalogue | None = None,
        clients: AwsClients | None = None,
        allowed: Collection[str] = (),
        seen: SeenSecrets | None = None,
    ) -> None:
        """`allowed` names what is run although it is refused by default, as `SafetySettings.allow` does."""
        self._seen = seen or the_seen_secrets()
        self._hidden_members: dict[tuple[str, str], HiddenMembers] = {}
        self._config = config
        self._allowed = frozenset(allowed)
        self._catalogue = catalogue or the_catalogue()
        self._clients = clients or AwsClients()
        self._rehearser = Rehearser(self._clients, self._catalogue)
        self._rehearsal = CliRehearsal(self._run_briefly, self._rehearser, self._catalogue)

    # ------------------------------------------------------------ the reference

    def supports(self, command: Command) -> bool:
        """Commands of the AWS CLI."""
        return isinstance(command.command_type, Cli)

    def executor_type(self) -> ExecutorType:
        return ExecutorType.CLI

    async def execute(self, command: Command) -> CommandOutput:
        """Run the command to its end; raises as `execute_cli`."""
        return await self._execute(
            _cli(command), command.profile, command.region, within=command.timeout or self._config.timeout
        )

    async def execute_cli(self, command: CliCommand, profile: str, region: str) -> CommandOutput:
        """Run an AWS CLI command in the current folder.

        `stdout` and `stderr` are what it said but for secrets; what is not UTF-8 as `\\xNN`. Not made safe to show.
        Of a command that hands out a secret, `stdout` says only how long it was.
        Raises ExecutionError: InvalidCommand, ExecutorNotAvailable (no `aws`), CommandFailed (its exit code is not 0),
        Timeout (the configuration's), AwsSdk (credentials that `aws` would have to ask for), Io, Other (it was lost).
        """
        return await self._execute(command, profile, region, within=self._config.timeout)

    async def execute_streaming(
        self, command: CliCommand, profile: str, region: str, callback: LineCallback
    ) -> CommandOutput:
        """As `execute_cli`, with `callback(line)` for every line of both streams as it comes, safe to show."""
        return await self._execute(command, profile, region, within=self._config.timeout, callback=callback)

    async def dry_run(self, command: Command) -> DryRunOutput:
        """As `rehearse`, of a command that takes nothing from files."""
        argv, _ = self._read(_cli(command), command.profile, command.region)
        return await self.rehearse(Rehearsal(command, argv))

    async def ask(self, reads: Sequence[Read], profile: str, region: str) -> Sequence[Answer]:
        """What is there now, before something is written or undone; sends known reads only."""
        return await self._rehearser.ask(reads, profile, region)

    async def rehearse(self, rehearsal: Rehearsal) -> DryRunOutput:
        """Rehearse with what the command itself offers (`--dry-run` of its operation, `--dryrun` of `s3`), and read
        what is there where a read is known.

        `refused` is set when an answer is no. Where nobody can be asked, or nobody answers in time, the description
        begins with `Not rehearsable: `. Raises ExecutionError, InvalidCommand when it could never run.
        """
        command = rehearsal.command
        argv = rehearsal.argv or self._read(_cli(command), command.profile, command.region)[0]
        written = self._reread(argv, command)
        contents = await asyncio.to_thread(contents_of, rehearsal.files, rehearsal.secret_files)
        async with _room() as room:
            frozen = written
            if rehearsal.files:
                copies = Frozen(rehearsal.files, room / "files", rehearsal.secret_files)
                frozen = await asyncio.to_thread(with_frozen_files, written, copies)
            return await self._rehearsal.of(
                written,
                frozen,
                contents,
                command.profile,
                command.region,
                state_only=rehearsal.state_only,
                heard=rehearsal.heard,
            )

    def _reread(self, argv: Sequence[str], command: Command) -> ParsedCli:
        """A canonical argv, read again."""
        if tuple(argv[:1]) != ("aws",):
            raise InvalidCommand("The argv does not begin with `aws`")
        parsed = self._parsed(argv[1:])
        self._refuse(parsed, command.profile, command.region)
        return parsed

    # ------------------------------------------------------------ attempts

    async def run(self, attempt: Attempt) -> AttemptOutcome:
        """Make the attempt under a runner of its own. When this coroutine is cancelled, the command runs on."""
        began = time.monotonic()
        if attempt.cancel.is_set():
            return _ended(Ending.CANCELLED, began, Failure(str(Cancelled()), not_executed=True))
        try:
            who = attempt.command
            call = await self._prepared(
                attempt.argv or (),
                who.profile,
                who.region,
                attempt.agent_note,
                attempt.client_token,
                frozen=Frozen(attempt.files, _beside(attempt.folder.absolute(), "files"), attempt.secret_files),
            )
            given = await asyncio.to_thread(secrets_in_files, attempt.files, attempt.secret_files)
            self._seen.add(attempt.execution_id, given)
            spec = replace(
                self._spec(call, _work_folder(attempt.folder), attempt.timeout, attempt.grace),
                secrets=tuple(map(os.fsdecode, self._seen.forms(attempt.execution_id, call.secrets))),
                hash_key=attempt.hash_key,
            )
            job = await Job.start(attempt.folder, spec)
        except _NoCredentials as error:
            return self._renewable(attempt, _ended(Ending.NEVER_BEGAN, began, error.failure))
        except (ExecutionError, OSError, JobNotBegun) as error:
            return _ended(Ending.NEVER_BEGAN, began, Failure(_said(error), not_executed=True, never_left=True))
        outcome, failure = await _followed(job, attempt, call, began)
        return self._renewable(attempt, outcome) if failure is not None and failure.renewable else outcome

    def _renewable(self, attempt: Attempt, outcome: AttemptOutcome) -> AttemptOutcome:
        """It failed for want of valid credentials: say what renews them, and read ours anew."""
        self._clients.forget(attempt.command.profile, attempt.command.region)
        return replace(outcome, renew=how_to_renew(attempt.command.profile, os.environ))

    async def reattach(self, attempt: Attempt) -> AttemptOutcome | None:
        """Follow an attempt that a dead engine began to its end, from its first line on."""
        began = time.monotonic()
        if not attempt.folder.is_dir():
            return None
        job = Job.attach(attempt.folder)
        if isinstance(await job.known(), NotStarted):
            why = "The engine ended before the command was started"
            return _ended(Ending.NEVER_BEGAN, began, Failure(why, not_executed=True, never_left=True))
        outcome, _ = await _followed(job, attempt, await self._known(attempt.argv or ()), began)
        return outcome

    def alive(self, folder: Path) -> bool:
        """The runner of the attempt in `folder` lives."""
        return isinstance(Job.inspect(folder), Running)

    async def close(self) -> None:
        """Let go of connections. Commands run on. Idempotent."""
        await self._clients.close()

    # ------------------------------------------------------------ preparing

    def _read(self, command: CliCommand, profile: str, region: str) -> tuple[tuple[str, ...], ParsedCli]:
        """The canonical argv; raises InvalidCommand with everything that is wrong."""
        if re.search(r"[\"'\\`$]", command.command):
            raise InvalidCommand("`command` is split at spaces only; put each argument in `args`, without quotes")
        words = command.command.split()
        if words[:1] != ["aws"]:
            raise InvalidCommand(f"Found `{safe_line(words[0]) if words else ''}`, expected `aws` as first word")
        parsed = self._parsed((*words[1:], *command.args))
        self._refuse(parsed, profile, region)
        kept = {name: given for name, given in parsed.globals.items() if name not in ("--profile", "--region")}
        parsed = replace(parsed, globals=kept)
        return canonical(parsed), parsed

    def _parsed(self, words: Sequence[str]) -> ParsedCli:
        read = read_line(words, self._catalogue, self._allowed)
        if isinstance(read, ParsedCli):
            return read
        raise InvalidCommand("; ".join(f"{safe_line(one.told)}: {safe_line(one.remedy)}" for one in read))

    def _refuse(self, parsed: ParsedCli, profile: str, region: str) -> None:
        """Nothing in the argv says who acts or where, nor asks for what is refused by default and not allowed here."""
        found = [f"{one.message} ({one.remedy})" for one in refused(parsed, profile, region, self._allowed)]
        if found:
            raise InvalidCommand("; ".join(found))

    async def _prepared(
        self,
        argv: Sequence[str],
        profile: str,
        region: str,
        note: str = "",
        client_token: str = "",
        frozen: Frozen | None = None,
    ) -> _Call:
        """What is really started for a canonical `argv`; raises ExecutionError.

        Without `frozen` the files that it names are read where they are, by `aws` itself.
        """
        if tuple(argv[:1]) != ("aws",):
            raise InvalidCommand("The argv does not begin with `aws`")
        parsed = self._parsed(argv[1:])
        self._refuse(parsed, profile, region)
        if frozen is not None and named_in_cli(parsed):
            parsed = await asyncio.to_thread(with_frozen_files, parsed, frozen)
            argv = canonical(parsed)
        try:
            program = await asyncio.to_thread(aws_program, self._config.cli_path, os.environ)
            target = resolve(profile, region, os.environ)
            if other := other_meaning(argv, target, os.environ, major=program.major, catalogue=self._catalogue):
                raise InvalidCommand(other)
            if asks_for_code(target):
                await self._clients.prepare_credentials(profile, region)
        except NoProgram as error:
            raise ExecutorNotAvailable(str(error)) from error
        except InvalidCommand:
            raise
        except UnusableProfile as error:
            raise InvalidCommand(str(error)) from error
        except Exception as error:
            failure = sdk_failure(error, profile)
            raise (_NoCredentials(failure) if failure.renewable else AwsSdk(failure.error)) from error
        ours = (
            *self._output_format(parsed),
            *_client_token(parsed, client_token),
            *target.cli_options(_service(parsed), endpoint_given="--endpoint-url" in parsed.globals),
            *program.extra_options,
        )
        return _Call(
            argv=(os.fspath(program.path), *argv[1:], *ours),
            env=child_environment(target, os.environ, note),
            major=program.major,
            single_call=_tells_all(parsed.shape),
            secrets=await asyncio.to_thread(own_secrets, target, os.environ),
            members=await asyncio.to_thread(self._members, parsed),
            withheld=await asyncio.to_thread(self._is_withheld, parsed),
        )

    def _members(self, parsed: ParsedCli) -> tuple[str, ...]:
        """Members of the answer that no file may hold the values of."""
        return without_clear_text(parsed.shape.service or "", self._hidden(parsed.shape).names)

    def _is_withheld(self, parsed: ParsedCli) -> bool:
        """The output is a secret, or holds one that could not be found in it: nothing of it is kept."""
        if command_gives_out_secrets(parsed):
            return True
        given = parsed.globals.get("--output", (self._config.output_format,))
        says_names = "--query" not in parsed.globals and isinstance(given, tuple) and given[0] in _WITH_NAMES
        return not says_names and self._hidden(parsed.shape).has_secrets

    def _hidden(self, shape: CliCommandShape) -> HiddenMembers:
        asked = (shape.service or "", "" if shape.is_waiter else shape.operation or "")
        if asked not in self._hidden_members:
            self._hidden_members[asked] = hidden_members(*asked, self._catalogue)
        return self._hidden_members[asked]

    async def _known(self, argv: Sequence[str]) -> _Call:
        """What is needed to understand the end of a call that somebody else started."""
        read = read_line(argv[1:], self._catalogue, self._allowed)
        try:
            major = (await asyncio.to_thread(aws_program, self._config.cli_path, os.environ)).major
        except (NoProgram, OSError):
            major = 1
        return _Call((), {}, major, isinstance(read, ParsedCli) and _tells_all(read.shape))

    def _output_format(self, parsed: ParsedCli) -> tuple[str, ...]:
        return () if "--output" in parsed.globals else ("--output", self._config.output_format)

    @staticmethod
    def _spec(call: _Call, cwd: Path, timeout: Duration, grace: Duration = DEFAULT_CANCEL_GRACE) -> JobSpec:
        return JobSpec(
            argv=call.argv,
            env=call.env,
            cwd=cwd,
            timeout=timeout.total_seconds(),
            grace=grace.total_seconds(),
            secrets=tuple(map(os.fsdecode, all_forms(call.secrets))),
            members=call.members,
            withheld=call.withheld,
        )

    # ------------------------------------------------------------ to the end

    async def _execute(
        self, command: CliCommand, profile: str, region: str, *, within: Duration, callback: LineCallback | None = None
    ) -> CommandOutput:
        argv, _ = self._read(command, profile, region)
        done = await self._complete(argv, profile, region, within, callback)
        if done.failure is not None:
            raise CommandFailed(done.failure.error)
        return done.output

    async def _complete(
        self, argv: Sequence[str], profile: str, region: str, within: Duration, callback: LineCallback | None = None
    ) -> _Done:
        """Run it in the current folder; its files are gone afterwards. A failing exit code is no exception here."""
        call = await self._prepared(argv, profile, region)
        try:
            async with _room() as room:
                job = await Job.start(room / "attempt", self._spec(call, Path.cwd(), within))
                result = await _to_the_end(job, callback)
                if result.timed_out:
                    raise Timeout(within)
                return await asyncio.to_thread(_done, room / "attempt", result, call)
        except OSError as error:
            raise Io(error) from error
        except (JobLost, JobNotBegun) as error:
            raise Other(safe_line(str(error))) from error

    # ------------------------------------------------------------ rehearsing

    async def _run_briefly(self, argv: Sequence[str], profile: str, region: str, patience: float) -> Ran:
        """Run what changes nothing; `aws` itself gives up on a service that is silent for `patience` seconds."""
        call = await self._prepared(argv, profile, region)
        seconds = f"{patience:.0f}"
        ours = ("--cli-connect-timeout", seconds, "--cli-read-timeout", seconds)
        call = replace(call, argv=(*call.argv, *ours))
        try:
            async with _room() as room:
                within = Duration.from_secs(PROGRAM_STARTS_WITHIN + patience)
                job = await Job.start(room / "attempt", self._spec(call, Path.cwd(), within))
                result = await _to_the_end(job, None)
                return await asyncio.to_thread(_ran, room / "attempt", result, call)
        except OSError as error:
            raise Io(error) from error
        except (JobLost, JobNotBegun) as error:
            raise Other(safe_line(str(error))) from error


@asynccontextmanager
async def _room() -> AsyncIterator[Path]:
    """A private folder for a while."""
    room = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="cloudops-tui-"))
    try:
        yield room
    finally:
        await asyncio.to_thread(shutil.rmtree, room, ignore_errors=True)


@dataclass(frozen=True)
class _Call:
    """One call of `aws`, ready to be started, and what tells how to understand its end."""

    argv: tuple[str, ...]
    env: dict[str, str]
    major: int
    single_call: bool
    secrets: tuple[bytes, ...] = field(default=(), repr=False)
    """Our own."""
    members: tuple[str, ...] = ()
    withheld: bool = False


@dataclass(frozen=True)
class _Done:
    output: CommandOutput
    failure: Failure | None


_WITH_NAMES = ("json", "yaml", "yaml-stream")
"""Formats of `aws` in which a member's name stands beside its value."""


def _cli(command: Command) -> CliCommand:
    match command.command_type:
        case Cli(value=cli):
            return cli
        case _:
            raise ExecutorNotAvailable("the CLI executor runs commands of the AWS CLI only")


def _service(parsed: ParsedCli) -> str:
    """botocore's name of the service that the command talks to."""
    return parsed.shape.service or parsed.path[0]


def _tells_all(shape: CliCommandShape) -> bool:
    """Its error speaks of everything it did: it makes one call, or, as a waiter, reads until something is so."""
    return shape.operation is not None


def _client_token(parsed: ParsedCli, token: str) -> tuple[str, ...]:
    """Passed by name, for awscli makes a new one at each start: a second attempt would be a second request."""
    member = parsed.shape.token_member
    if not token or member is None:
        return ()
    option = next((one.name for one in parsed.shape.options.values() if one.member == member), None)
    if option is None or option in parsed.options or _names_member(parsed.options.get("--cli-input-json"), member):
        return ()
    return option, token


def _names_member(given: Given | None, member: str) -> bool:
    """`--cli-input-json` sets `member` itself."""
    if not isinstance(given, tuple) or not given:
        return False
    text = given[0]
    try:
        if text.startswith("file://"):
            text = Path(text.removeprefix("file://")).read_text(encoding="utf-8")
        return member in json.loads(text)
    except (OSError, ValueError, TypeError):
        return False  # awscli will say what is wrong with it


# ---------------------------------------------------------------- following


def _work_folder(folder: Path) -> Path:
    """Where the command runs: beside its files, never among them, for it may write what it likes there."""
    work = _beside(folder.absolute())
    make_private_folder(work)
    return work


def _beside(folder: Path, what: str = "work") -> Path:
    return folder.with_name(f"{folder.name}.{what}")


class _NoCredentials(AwsSdk):
    """The profile has no valid credentials, and nothing was started."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.error)
        self.failure = failure


async def _followed(
    job: Job, attempt: Attempt, call: _Call, began: float
) -> tuple[AttemptOutcome, Failure | None]:
    """How it ended, and what of it went wrong as far as that was understood."""
    output = _Output(attempt.sink, job.folder)
    stopping = asyncio.ensure_future(_stopped_on_request(job, attempt))
    try:
        result = await _end_of(job, output)
    except JobLost as error:
        output.finish()
        if job.killed:
            return output.told(_ended(Ending.CANCELLED, began, Failure(str(Cancelled())))), None
        return output.told(_ended(Ending.LOST, began, Failure(str(error)))), None
    except JobNotBegun as error:
        return _ended(Ending.NEVER_BEGAN, began, Failure(str(error), not_executed=True, never_left=True)), None
    finally:
        stopping.cancel()
    _remove_if_empty(_beside(job.folder))
    await asyncio.to_thread(shutil.rmtree, _beside(job.folder, "files"), ignore_errors=True)
    output.finish()
    stderr = output.stderr.safe()
    failed = result.exit_code is not None and not (result.cancelled or result.timed_out or result.spawn_error)
    failure = _failure(result.exit_code or 0, stderr, call) if failed else None
    return output.told(_outcome(result, stderr, call, attempt.timeout), result), failure


async def _end_of(job: Job, output: _Output) -> JobResult:
    """Pass the output on until the end; output that cannot be read says nothing about how the command ends."""
    try:
        return await job.follow(output.take, skipped=output.skip)
    except OutputDamaged as damage:
        output.give_up(str(damage))
    result = await job.end()
    output.stdout = _tail(*await job.last_bytes("stdout", TAIL))
    output.stderr = _tail(*await job.last_bytes("stderr", TAIL))
    return result


def _tail(data: bytes, total: int) -> Tail:
    tail = Tail()
    tail.feed(data)
    tail.total = total
    return tail


async def _stopped_on_request(job: Job, attempt: Attempt) -> None:
    await attempt.cancel.wait()
    await job.stop(attempt.grace.total_seconds())


class _Output:
    """Everything one run says: whole lines to the sink, the ends of both streams kept."""

    def __init__(self, sink: Callable[[str, Sequence[str]], None], folder: Path) -> None:
        self._sink = sink
        self._folder = folder
        self._lines = {"stdout": Lines(), "stderr": Lines()}
        self.stdout = Tail()
        self.stderr = Tail()

    def take(self, chunk: OutputChunk) -> None:
        (self.stdout if chunk.stream == "stdout" else self.stderr).feed(chunk.data)
        self._pass_on(chunk.stream, self._lines[chunk.stream].feed(chunk.data))

    def skip(self, gaps: Sequence[OutputGap]) -> None:
        """Say how much is not passed on; the ends of both streams are kept as if it had been."""
        for gap in gaps:
            tail = self.stdout if gap.stream == "stdout" else self.stderr
            tail.feed(gap.last)
            tail.total += gap.length - len(gap.last)
        where = self._folder / gaps[0].stream if len(gaps) == 1 else self._folder
        self._say(f"{sum(gap.length for gap in gaps):,} bytes not shown here; all of it is in {where}")

    def give_up(self, why: str) -> None:
        """Say that nothing more can be passed on."""
        self._say(f"the rest of the output is not shown here: {why}; what was kept is in {self._folder}")

    def finish(self) -> None:
        for stream, lines in self._lines.items():
            self._pass_on(stream, lines.close())

    def told(self, outcome: AttemptOutcome, result: JobResult | None = None) -> AttemptOutcome:
        cut_by_disk = result is not None and result.output_truncated
        return replace(
            outcome,
            output=self.stdout.safe(),
            output_file=os.fspath(self._folder / "stdout"),
            output_bytes=result.stdout.raw_bytes if result is not None and cut_by_disk else self.stdout.total,
            output_truncated=cut_by_disk or not self.stdout.is_whole,
        )

    def _say(self, what: str) -> None:
        """A line of our own, after the lines that it breaks off."""
        self.finish()
        self._lines = {"stdout": Lines(), "stderr": Lines()}
        self._pass_on("stdout", [safe_line(f"... {what}")])

    def _pass_on(self, stream: str, lines: list[str]) -> None:
        if lines:
            self._sink(stream, lines)


def _outcome(result: JobResult, stderr: str, call: _Call, timeout: Duration) -> AttemptOutcome:
    took = Duration.from_secs(max(result.duration_seconds, 0.0))
    never_started = result.exit_code is None and result.signal is None
    if result.spawn_error is not None:
        failure = Failure(safe_line(result.spawn_error), not_executed=True, never_left=True)
        return _told(Ending.NEVER_BEGAN, took, failure)
    if result.cancelled:
        return _told(Ending.CANCELLED, took, Failure(str(Cancelled()), not_executed=never_started), result.exit_code)
    if result.timed_out:
        failure = Failure(str(Timeout(timeout)), timed_out_or_reset=True, not_executed=never_started)
        return _told(Ending.TIMED_OUT, took, failure, result.exit_code)
    if result.exit_code is None:
        return _told(Ending.LOST, took, cli_killed(result.signal or 0))
    failed = _failure(result.exit_code, stderr, call)
    if failed is None:
        return AttemptOutcome(Ending.COMPLETED, took, exit_code=0)
    return _told(Ending.NEVER_BEGAN if failed.never_left else Ending.FAILED, took, failed, result.exit_code)


def _failure(exit_code: int, stderr: str, call: _Call) -> Failure | None:
    if exit_code == 0:
        return None
    return cli_failure(exit_code, stderr, major=call.major, single_call=call.single_call)


def _told(ending: Ending, took: Duration, failure: Failure, exit_code: int | None = None) -> AttemptOutcome:
    return AttemptOutcome(
        ending,
        took,
        error=failure.error,
        error_code=failure.error_code,
        not_executed=failure.not_executed,
        timed_out_or_reset=failure.timed_out_or_reset,
        exit_code=exit_code,
    )


def _ended(ending: Ending, began: float, failure: Failure) -> AttemptOutcome:
    return _told(ending, Duration.from_secs(time.monotonic() - began), failure)


def _said(error: Exception) -> str:
    match error:
        case AwsSdk(text=text):
            return text
        case OSError():
            return safe_line(f"{error.strerror}: `{error.filename}`")
        case _:
            return without_secrets(safe_line(str(error)))


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        pass  # it holds what the command wrote, or was never made


async def _to_the_end(job: Job, callback: LineCallback | None) -> JobResult:
    """Follow it; a cancelled caller takes the command with it."""

    def each(_stream: str, lines: Sequence[str]) -> None:
        if callback is not None:
            for line in lines:
                callback(line)

    output = _Output(each, job.folder)
    try:
        try:
            result = await job.follow(output.take)
        except OutputDamaged as damage:
            output.give_up(str(damage))
            result = await job.end()
    except (asyncio.CancelledError, Exception):
        await asyncio.shield(asyncio.ensure_future(job.stop(DEFAULT_CANCEL_GRACE.total_seconds())))
        raise
    output.finish()
    return result


def _done(folder: Path, result: JobResult, call: _Call) -> _Done:
    if result.spawn_error is not None:
        raise Io(safe_line(result.spawn_error))
    stdout, stderr = ((folder / name).read_bytes().decode(errors="backslashreplace") for name in ("stdout", "stderr"))
    code = -(result.signal or 0) if result.exit_code is None else result.exit_code
    output = CommandOutput(
        stdout=stdout, stderr=stderr, exit_code=code, duration=Duration.from_secs(result.duration_seconds)
    )
    failure = cli_killed(-code) if result.exit_code is None else _failure(code, stderr[-65_536:], call)
    return _Done(output, failure)


def _ran(folder: Path, result: JobResult, call: _Call) -> Ran:
    """The end of a brief run; what a run that was cut short had said by then counts."""
    if result.spawn_error is not None:
        raise Io(safe_line(result.spawn_error))
    with (folder / "stdout").open("rb") as file:
        stdout = file.read(LARGEST_LISTING + 1)
    text = stdout[:LARGEST_LISTING].decode(errors="backslashreplace")
    if len(stdout) > LARGEST_LISTING:
        text = text[: text.rfind("\n") + 1]  # the last line is torn
    stderr = (folder / "stderr").read_bytes()[-65_536:].decode(errors="backslashreplace")
    if result.timed_out:
        return Ran(text[: text.rfind("\n") + 1], None, cut=True)
    code = result.exit_code
    failure = cli_killed(result.signal or 0) if code is None else _failure(code, stderr, call)
    return Ran(text, failure, cut=len(stdout) > LARGEST_LISTING)
