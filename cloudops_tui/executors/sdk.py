"""Runs operations of the SDK with warm clients, each exactly once, checked against the model before anything leaves."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cloudops_tui.engine.ports import Attempt, AttemptOutcome, Ending, Rehearsal
from cloudops_tui.executors import runner
from cloudops_tui.executors.answers import Hiding, as_text, plain_answer
from cloudops_tui.executors.aws_environment import Target, UnusableProfile, resolve
from cloudops_tui.executors.aws_failures import Failure, sdk_failure
from cloudops_tui.executors.catalogue import BotocoreCatalogue, the_catalogue
from cloudops_tui.executors.clients import AwsClients, agent_note
from cloudops_tui.executors.copies import Frozen, contents_of, frozen_reader, parameters_with_contents, variable
from cloudops_tui.executors.known_values import SeenSecrets, own_secrets, the_seen_secrets, values_in
from cloudops_tui.executors.output_files import AttemptFiles, Lines, Tail
from cloudops_tui.executors.rehearsal import CLIENT_WITHIN, REHEARSAL_PATIENCE, Permission, answered, no_answer, outcome
from cloudops_tui.executors.rehearser import Rehearser, answer_in, looks_at_everything, together, told_by
from cloudops_tui.executors.renewal import how_to_renew
from cloudops_tui.model.catalogue import OperationShape, ParameterProblem, Reference
from cloudops_tui.model.command import Command, Sdk, SdkCommand
from cloudops_tui.model.config import ExecutionConfig, ExecutorType
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import (
    AwsSdk,
    Cancelled,
    ExecutionError,
    ExecutorNotAvailable,
    InvalidCommand,
    Io,
    Timeout,
)
from cloudops_tui.model.result import CommandOutput, DryRunOutput
from cloudops_tui.policy.before.reading import Answer, Read
from cloudops_tui.policy.native_dry_runs import INVOKE, Switch, switch_of_shape, why_no_switch
from cloudops_tui.policy.redaction import all_forms, without_secrets
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.policy.secret_answers import gives_out_secrets
from cloudops_tui.policy.static_warnings import static_warnings

LARGEST_REFERENCE = 64 * 1024 * 1024  # bytes of a file that a parameter may stand for


class SdkExecutor:
    """The reference's `SdkExecutor`; also an `AttemptExecutor`. One client per service, profile and region."""

    def __init__(
        self,
        *,
        catalogue: BotocoreCatalogue | None = None,
        clients: AwsClients | None = None,
        seen: SeenSecrets | None = None,
    ) -> None:
        self._seen = seen or the_seen_secrets()
        self._catalogue = catalogue or the_catalogue()
        self._clients = clients or AwsClients()
        self._rehearser = Rehearser(self._clients, self._catalogue)

    # ------------------------------------------------------------ the reference

    def supports(self, command: Command) -> bool:
        """Operations of the SDK."""
        return isinstance(command.command_type, Sdk)

    def executor_type(self) -> ExecutorType:
        return ExecutorType.SDK

    async def execute(self, command: Command) -> CommandOutput:
        """Run the operation; raises as `execute_sdk`."""
        timeout = command.timeout or ExecutionConfig().command_timeout
        return await self._execute(_sdk(command), command.profile, command.region, timeout)

    async def execute_sdk(self, command: SdkCommand, profile: str, region: str) -> CommandOutput:
        """Call the operation. `stdout` is the answer as JSON, see `answers`; a streaming body is in a new folder that
        now is the caller's. Raises ExecutionError: InvalidCommand with every problem, AwsSdk, Timeout, Io."""
        return await self._execute(command, profile, region, ExecutionConfig().command_timeout)

    async def dry_run(self, command: Command) -> DryRunOutput:
        """As `rehearse`, of a command that takes nothing from files."""
        return await self.rehearse(Rehearsal(command, None))

    async def ask(self, reads: Sequence[Read], profile: str, region: str) -> Sequence[Answer]:
        """What is there now, before something is written or undone; sends known reads only."""
        return await self._rehearser.ask(reads, profile, region)

    async def rehearse(self, rehearsal: Rehearsal) -> DryRunOutput:
        """Ask the service itself where the operation has a dry run, and read what is there where a read is known.

        `refused` is set when an answer is no. Where nobody can be asked, or nobody answers in time, the description
        begins with `Not rehearsable: `. Raises ExecutionError.InvalidCommand when it could never be sent.
        """
        command = rehearsal.command
        sdk = _sdk(command)
        call = self._checked(sdk)
        if rehearsal.files:
            call.frozen = Frozen(rehearsal.files, Path(os.devnull), rehearsal.secret_files)
        contents = await asyncio.to_thread(contents_of, rehearsal.files, rehearsal.secret_files)
        said = parameters_with_contents(sdk.parameters, contents)
        switch = switch_of_shape(call.shape)
        permission, state = await together(
            self._permission(call, None if rehearsal.state_only else switch, command.profile, command.region),
            self._rehearser.state(sdk.service, sdk.operation, said, command.profile, command.region, rehearsal.heard),
        )
        return outcome(
            permission,
            state,
            warnings=await asyncio.to_thread(static_warnings, sdk.service, sdk.operation, said, self._catalogue),
            why_not=why_no_switch(sdk.service, sdk.operation),
            itself=switch is not None and switch.is_on(call.parameters),
        )

    async def _permission(self, call: _Call, switch: Switch | None, profile: str, region: str) -> Permission | None:
        """What the operation's own dry run says; None where it has none."""
        if switch is None:
            return None
        if switch is INVOKE:
            return await self._rehearser.may_invoke(call.parameters, profile, region)
        service, operation = call.shape.service, call.shape.name
        whole = looks_at_everything(service, operation)
        try:
            async with asyncio.timeout(CLIENT_WITHIN), self._clients.client(service, profile, region):
                pass  # the time for an answer begins when the client is there
            async with asyncio.timeout(REHEARSAL_PATIENCE):
                told = await self._send(call.with_parameter(switch.member, value=switch.value), profile, region)
        except TimeoutError:
            return no_answer(REHEARSAL_PATIENCE)
        except UnusableProfile as error:
            raise InvalidCommand(str(error)) from error
        except Exception as error:  # noqa: BLE001 - every one of them is an answer, or none
            return answered(_failure(error, profile, call), whole=whole)
        return answered(None, told_by(service, operation, answer_in(told)), service=service, whole=whole)

    # ------------------------------------------------------------ attempts

    async def run(self, attempt: Attempt) -> AttemptOutcome:
        """Make the attempt; the answer is in `stdout` in its folder, and goes line by line to the sink."""
        began = time.monotonic()
        try:
            call = self._checked(_sdk(attempt.command), attempt.client_token)
            call.frozen = Frozen(attempt.files, attempt.folder, attempt.secret_files)
            call.hash_key = attempt.hash_key
            call.secrets += self._seen.of(attempt.execution_id)
            files = AttemptFiles(attempt.folder)
        except (ExecutionError, OSError) as error:
            said = Failure(safe_line(str(error)), not_executed=True, never_left=True)
            return _told(Ending.NEVER_BEGAN, began, said)
        try:
            outcome = await self._attempted(call, attempt, files, began)
            if outcome.renew is not None:
                self._clients.forget(attempt.command.profile, attempt.command.region)
            return outcome
        finally:
            self._seen.add(attempt.execution_id, call.secrets)
            files.close()

    async def reattach(self, attempt: Attempt) -> AttemptOutcome | None:
        """None: a call dies with the engine that made it, and nothing is known of its end."""
        return None

    def alive(self, folder: Path) -> bool:
        """False: nobody but the engine itself works on a call."""
        return False

    async def close(self) -> None:
        """Let go of connections. Idempotent."""
        await self._clients.close()

    # ------------------------------------------------------------ one call

    async def _attempted(self, call: _Call, attempt: Attempt, files: AttemptFiles, began: float) -> AttemptOutcome:
        noted = agent_note.set(_plain_note(attempt.agent_note))
        try:
            # The task takes the note with it; it leaves this context at once.
            sending = asyncio.ensure_future(
                self._send(call, attempt.command.profile, attempt.command.region, files.folder)
            )
        finally:
            agent_note.reset(noted)
        asked_to_end = asyncio.ensure_future(attempt.cancel.wait())
        try:
            await asyncio.wait(
                {sending, asked_to_end}, timeout=attempt.timeout.total_seconds(), return_when=asyncio.FIRST_COMPLETED
            )
            ended = not sending.done()
        finally:
            asked_to_end.cancel()
            sending.cancel()
            await asyncio.wait({sending})
        if sending.cancelled() or (ended and sending.exception() is not None):
            return _broken_off(attempt, call, began)
        if (error := sending.exception()) is not None:
            return _failed(error, attempt, call, files, began)
        return _completed(sending.result(), attempt, files, began)

    async def _execute(self, command: SdkCommand, profile: str, region: str, within: Duration) -> CommandOutput:
        began = time.monotonic()
        call = self._checked(command)
        try:
            async with asyncio.timeout(within.total_seconds()):
                stdout = await self._send(call, profile, region)
        except TimeoutError as error:
            raise Timeout(within) from error
        except ExecutionError:
            raise
        except UnusableProfile as error:
            raise InvalidCommand(str(error)) from error
        except Exception as error:
            raise AwsSdk(_failure(error, profile, call).error) from error
        return CommandOutput(stdout=stdout, stderr="", exit_code=0, duration=_since(began))

    async def _send(self, call: _Call, profile: str, region: str, folder: Path | None = None) -> str:
        """The answer as text, without its secrets."""
        call.secrets += await asyncio.to_thread(own_secrets, _target(profile, region), os.environ)
        given = await asyncio.to_thread(self._resolved, call)
        from botocore import xform_name

        async with self._clients.client(call.shape.service, profile, region) as client:
            call.left = True
            response = await getattr(client, xform_name(call.shape.name))(**given)
            if folder is None and call.shape.has_streaming_output:
                folder = Path(tempfile.mkdtemp(prefix="cloudops-tui-"))
            hiding = Hiding(call.shape.service, call.shape.name, self._catalogue)
            answer = await plain_answer(response, folder, hiding)
        shown = await asyncio.to_thread(hiding.applied, answer)
        call.secrets += hiding.secrets
        if gives_out_secrets(call.shape.service, call.shape.name, call.parameters):
            return _withheld(as_text(answer), call.hash_key)
        return await asyncio.to_thread(without_secrets, as_text(shown), all_forms(call.secrets))

    def _resolved(self, call: _Call) -> dict[str, Any]:
        value_of = _read_reference if call.frozen is None else frozen_reader(call.frozen.files)

        def read(reference: Reference) -> bytes:
            value = value_of(reference)
            if reference.kind == "env" or call.frozen is None or reference.text in call.frozen.secret:
                call.secrets += values_in(value)
            return value

        return self._catalogue.call_parameters(call.shape.service, call.shape.name, call.parameters, read)

    def _checked(self, command: SdkCommand, client_token: str = "") -> _Call:
        """The call, its client token in place; raises InvalidCommand with everything that is wrong."""
        parameters = command.parameters if isinstance(command.parameters, dict) else {}
        problems = self._catalogue.parameter_problems(command.service, command.operation, parameters)
        if not isinstance(command.parameters, dict):
            problems = [*problems, ParameterProblem((), "something else", "an object of parameters")]
        if problems:
            raise InvalidCommand("; ".join(map(_spoken, problems)))
        shape = self._catalogue.operation(command.service, command.operation)
        if shape is None:
            raise InvalidCommand(f"`{safe_line(command.service)}` has no operation `{safe_line(command.operation)}`")
        call = _Call(shape, parameters)
        if client_token and shape.token_member is not None and shape.token_member not in parameters:
            return call.with_parameter(shape.token_member, value=client_token)
        return call


@dataclass
class _Call:
    """One request."""

    shape: OperationShape
    parameters: Mapping[str, Any]
    left: bool = False
    """It may have left this machine."""
    frozen: Frozen | None = None
    """None: the files that the parameters name are read where they are."""
    secrets: list[bytes] = field(default_factory=list, repr=False)
    """Values that nothing may show which comes of it."""
    hash_key: bytes = field(default=b"", repr=False)

    def with_parameter(self, name: str, *, value: Any) -> _Call:
        return replace(self, parameters={**self.parameters, name: value})


def _sdk(command: Command) -> SdkCommand:
    match command.command_type:
        case Sdk(value=sdk):
            return sdk
        case _:
            raise ExecutorNotAvailable("the SDK executor runs operations of the SDK only")


# ---------------------------------------------------------------- outcomes


def _completed(stdout: str, attempt: Attempt, files: AttemptFiles, began: float) -> AttemptOutcome:
    data = stdout.encode(errors="backslashreplace")
    kept = _keep(files, "stdout", data)
    _pass_on("stdout", data, attempt)
    tail = Tail()
    tail.feed(data)
    return AttemptOutcome(
        Ending.COMPLETED,
        _since(began),
        output=tail.safe(),
        output_file=os.fspath(files.folder / "stdout") if kept else None,
        output_bytes=tail.total,
        output_truncated=not (kept and tail.is_whole),
    )


def _failed(error: BaseException, attempt: Attempt, call: _Call, files: AttemptFiles, began: float) -> AttemptOutcome:
    failure = _failure(error, attempt.command.profile, call)
    renew = how_to_renew(attempt.command.profile, os.environ) if failure.renewable else None
    data = f"{failure.error}\n".encode(errors="backslashreplace")
    _keep(files, "stderr", data)
    _pass_on("stderr", data, attempt)
    outcome = _told(Ending.NEVER_BEGAN if failure.never_left else Ending.FAILED, began, failure)
    return replace(outcome, renew=renew)


def _keep(files: AttemptFiles, stream: str, data: bytes) -> bool:
    """False where the disk has no room: what AWS did is done all the same, and its answer is told from memory."""
    try:
        files.write(stream, data)
    except OSError:
        return False
    return True


def _broken_off(attempt: Attempt, call: _Call, began: float) -> AttemptOutcome:
    if attempt.cancel.is_set():
        return _told(Ending.CANCELLED, began, Failure(str(Cancelled()), not_executed=not call.left))
    failure = Failure(str(Timeout(attempt.timeout)), timed_out_or_reset=True, not_executed=not call.left)
    return _told(Ending.TIMED_OUT, began, failure)


def _told(ending: Ending, began: float, failure: Failure) -> AttemptOutcome:
    return AttemptOutcome(
        ending,
        _since(began),
        error=failure.error,
        error_code=failure.error_code,
        not_executed=failure.not_executed,
        timed_out_or_reset=failure.timed_out_or_reset,
    )


def _failure(error: BaseException, profile: str, call: _Call) -> Failure:
    known = all_forms(call.secrets)
    match error:
        case ExecutionError():
            text = safe_line(without_secrets(str(error), known))
            return Failure(text, not_executed=True, never_left=True)
        case _:
            return sdk_failure(error, profile, known)


def _pass_on(stream: str, data: bytes, attempt: Attempt) -> None:
    lines = Lines()
    if whole := lines.feed(data) + lines.close():
        attempt.sink(stream, whole)


def _since(began: float) -> Duration:
    return Duration.from_secs(time.monotonic() - began)


def _spoken(problem: ParameterProblem) -> str:
    where = "".join(f"/{part}" for part in problem.path) or "the command"
    nearest = f"; did you mean `{problem.nearest}`?" if problem.nearest else ""
    return safe_line(f"{where}: found {problem.found}, expected {problem.expected}{nearest}")


def _plain_note(note: str) -> str:
    """Nothing but what may stand in a header."""
    return "".join(letter for letter in note if letter.isascii() and (letter.isalnum() or letter in "._/-"))


# ---------------------------------------------------------------- references


def _read_reference(reference: Reference) -> bytes:
    """What `$file` or `$env` stands for now; the message never holds a value."""
    match reference.kind:
        case "env":
            return variable(reference.text, os.environ)
        case _:
            return _read_file(Path(reference.text))


def _read_file(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not _is_regular(descriptor):
                raise InvalidCommand(f"`{safe_line(str(path))}` is not a regular file")
            content = file.read(LARGEST_REFERENCE + 1)
    except OSError as error:
        raise Io(f"{error.strerror}: `{safe_line(str(path))}`") from error
    if len(content) > LARGEST_REFERENCE:
        raise InvalidCommand(f"`{safe_line(str(path))}` is larger than {LARGEST_REFERENCE // 2**20} MiB")
    return content


def _is_regular(descriptor: int) -> bool:
    return stat.S_ISREG(os.fstat(descriptor).st_mode)


# ---------------------------------------------------------------- secrets


def _withheld(answer: str, hash_key: bytes) -> str:
    """What is kept of an answer that is a secret: the line that a runner leaves in its place."""
    raw = answer.encode(errors="backslashreplace")
    keyed = runner.keyed_hash(hashlib.sha256(raw).digest(), hash_key or os.urandom(runner.KEY_LENGTH))
    return runner.withheld_notice(len(raw), keyed).decode()


def _target(profile: str, region: str) -> Target | None:
    try:
        return resolve(profile, region, os.environ)
    except UnusableProfile:
        return None  # the call itself says so
