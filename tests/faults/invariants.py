"""What must hold after every fault (SECURITY.md 7, I1 to I10), asked of the stub's ledger and of the files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from uuid import UUID

from cloudops_tui.executors.job import Finished
from cloudops_tui.model import events as happened
from cloudops_tui.model.result import CommandStatus
from cloudops_tui.policy.rollback import all_compensations
from cloudops_tui.state.execution import CommandState, begin
from cloudops_tui.state.reducer import apply
from tests.faults.case import Case, Kind, value_of
from tests.faults.evidence import Evidence, Kept, processes_under
from tests.faults.stub import PUT_BACK, Request, Stub

ENDED = ("Completed", "Failed", "Cancelled", "RolledBack")
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

Expected = Callable[[str, Kind], bytes | None]
"""What a command of that name printed, byte for byte; None where that is not foretold."""


@dataclass
class Tally:
    """The table of "what must be seen" 1."""

    plans: int = 0
    commands: int = 0
    kills: int = 0
    intents: int = 0
    requests: int = 0
    effects: int = 0
    without_intent: int = 0
    twice: int = 0
    lost: int = 0
    unknown: int = 0
    unknown_that_had_happened: int = 0
    untrue_unknown: int = 0

    def add(self, other: Tally) -> None:
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))

    @property
    def is_clean(self) -> bool:
        return not (self.without_intent or self.twice or self.lost or self.untrue_unknown)


@dataclass(frozen=True)
class Verdict:
    """What was found."""

    broken: tuple[str, ...]
    """Sentences, each beginning with the invariant; empty: everything holds."""
    tally: Tally


def examine(case: Case, evidence: Evidence, stub: Stub, expected: Expected, secret: bytes) -> Verdict:
    """Hold the run against everything that must hold. Nothing may run any more."""
    tally = Tally(plans=1, requests=len(stub.requests), effects=len(stub.effects), commands=len(case.plan.commands))
    broken = list(_examined(case, evidence, stub, expected, secret, tally))
    return Verdict(tuple(broken), tally)


def _examined(
    case: Case, evidence: Evidence, stub: Stub, expected: Expected, secret: bytes, tally: Tally
) -> Iterator[str]:
    executions = evidence.executions()
    if len(executions) > 1:
        yield f"I1: one approval began {len(executions)} executions"
    kept = executions[0] if executions else None
    for request in stub.requests:
        if not request.intent:
            tally.without_intent += 1
            yield f"I1: request {request.number} of {request.name} arrived without a recorded intent"
    if kept is None:
        if stub.requests:
            yield f"I1: {len(stub.requests)} requests and no execution"
        return
    if kept.status not in ENDED or not kept.state.status.ended:
        yield f"I3: the execution is still {kept.status} ({kept.state.status.value} by its story)"
    if kept.status != kept.state.status.value:
        yield f"I3: the row says {kept.status}, the story {kept.state.status.value}"
    numbers = [event.seq for event in kept.story]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"I7: the story has gaps: {numbers}"
    for command_id, name in names_of(case, kept).items():
        known = kept.state.compensations.get(command_id) or kept.state.command(command_id)
        kind = case.kinds.get(command_id, Kind.PUT)
        yield from _command(kept, evidence, command_id, name, kind, known, stub.of(name), tally)
        yield from _output(kept, evidence, command_id, name, kind, known, expected)
    yield from _bytes_are_the_approved_ones(case, kept, stub)
    yield from _told_twice(kept, evidence)
    if left := processes_under(evidence.state_dir):
        yield f"I5: processes {left} are alive"
    if (said := evidence.integrity()) != "ok":
        yield f"I7: the database is damaged: {said}"
    else:
        yield from (f"I7: the chain is broken: {one}" for one in evidence.broken_links())
    if secret and (holding := evidence.holding(secret)):
        yield f"I10: the secret stands in {', '.join(map(str, holding))}"


def names_of(case: Case, kept: Kept) -> dict[UUID, str]:
    """Of everything that it has begun or may begin: what the stub knows it by."""
    names = dict(case.names)
    for undo in all_compensations(kept.state.plan):
        names.setdefault(undo.compensation.id, f"{case.names[undo.command_id]}{PUT_BACK}")
    return names


def lost(case: Case, evidence: Evidence, stub: Stub) -> Iterator[str]:
    """Effects that nobody who reads the store could know of. Nothing may run any more."""
    executions = evidence.executions()
    if not executions and stub.effects:
        yield f"I6: {len(stub.effects)} effects, and no execution was taken in"
    for kept in executions:
        if not kept.state.status.ended:
            yield f"I6: taken in, it is still {kept.state.status.value}"
        for command_id, name in names_of(case, kept).items():
            known = kept.state.compensations.get(command_id) or kept.state.command(command_id)
            had = sum(request.done for request in stub.of(name))
            if had and known.status not in (CommandStatus.COMPLETED, CommandStatus.ROLLED_BACK, CommandStatus.UNKNOWN):
                yield f"I6: {name} had an effect and was taken in as {known.status.value} ({known.error})"
    yield from (f"I6: the chain is broken: {one}" for one in evidence.broken_links())


def _told_twice(kept: Kept, evidence: Evidence) -> Iterator[str]:
    """What somebody decided after its end stands in the file beside its output, with all that came before it."""
    state, last = begin(kept.id, kept.plan), 0
    for place, event in enumerate(kept.story, 1):
        last = place if state.status.ended else last
        state = apply(state, event)
    found = evidence.told_twice(kept)
    if len(found) < last or list(kept.story[: len(found)]) != found:
        yield f"I7: the last decision is event {last}, and its file has {len(found)} events of its story"


def _command(
    kept: Kept,
    evidence: Evidence,
    command_id: UUID,
    name: str,
    kind: Kind,
    known: CommandState,
    requests: list[Request],
    tally: Tally,
) -> Iterator[str]:
    intents = kept.intents(command_id)
    effects = sum(request.done for request in requests)
    status = known.status
    is_compensation = command_id in kept.state.compensations
    tally.intents += intents
    if effects > 1:
        tally.twice += 1
        yield f"I3: {name} had {effects} effects"
    if len(requests) > intents:
        yield f"I3: {name} was sent {len(requests)} times with {intents} intents"
    if kind is Kind.TOKEN and len({request.token for request in requests}) > 1:
        tally.twice += 1
        yield f"I3: {name} was sent with {len({request.token for request in requests})} tokens"
    if not status.ended and (intents or not is_compensation) and _belongs(kept, command_id):
        yield f"I3: {name} is {status.value} at the end"
    if effects and status not in (CommandStatus.COMPLETED, CommandStatus.ROLLED_BACK, CommandStatus.UNKNOWN):
        tally.lost += 1
        yield f"I3: {name} had an effect and is {status.value} ({known.error})"
    if status is CommandStatus.COMPLETED and not requests:
        yield f"I3: {name} is Completed and was never sent"
    if status is CommandStatus.COMPLETED and not kind.reads and not effects:
        yield f"I3: {name} is Completed and had no effect"
    if status is CommandStatus.UNKNOWN:
        tally.unknown += 1
        tally.unknown_that_had_happened += bool(effects)
        for why in _untrue(kept, evidence, command_id, kind, known, requests):
            tally.untrue_unknown += 1
            yield f"I3: {name} is Unknown, and yet {why}"
    for text in (known.error or "", known.result.output if known.result else ""):
        if CONTROL.search(text):
            yield f"I9: {name} carries a control character in {text!r:.120}"


def _belongs(kept: Kept, command_id: UUID) -> bool:
    """It is a command of the plan, or a compensation that has begun."""
    return any(one.id == command_id for one in kept.plan.commands) or command_id in kept.state.compensations


def _untrue(
    kept: Kept, evidence: Evidence, command_id: UUID, kind: Kind, known: CommandState, requests: list[Request]
) -> Iterator[str]:
    """How one could have known the end of a command that is told as Unknown."""
    if kind.reads:
        yield "it only reads"
    if not kept.intents(command_id):
        yield "it had not begun"
    if kind.is_cli:
        job = evidence.job(kept.id, command_id, max(known.attempt, 1))
        if isinstance(job, Finished) and job.result.exit_code == 0:
            yield "its runner wrote down that it ended with 0"
    elif _was_recorded(kept, command_id):
        yield "its end was recorded before the kill"
    if command_id in kept.state.doubtful:
        return  # what an earlier attempt did is not known, whatever became of the later ones
    if requests and not any(request.done for request in requests) and _refused(requests) and not _interrupted(known):
        yield f"every request of it was {', '.join(request.weather for request in requests)}"


def _was_recorded(kept: Kept, command_id: UUID) -> bool:
    begun = max((at for at, one in enumerate(kept.story) if isinstance(one, happened.Redriven)), default=0)
    ends = [
        event
        for event in kept.story[begun:]
        if isinstance(event, happened.CommandCompleted | happened.CommandFailed) and event.command_id == command_id
    ]
    return len(ends) > 1


def _refused(requests: list[Request]) -> bool:
    return all(one.weather in ("throttled", "refused", "expired token") for one in requests)


def _interrupted(known: CommandState) -> bool:
    """Nobody was there when the answer came, or the process that got it was ended first."""
    error = known.error or ""
    return any(word in error for word in ("process", "cancelled", "runner", "timeout", "timed out", "ended"))


def _output(
    kept: Kept,
    evidence: Evidence,
    command_id: UUID,
    name: str,
    kind: Kind,
    known: CommandState,
    expected: Expected,
) -> Iterator[str]:
    wanted = expected(name, kind)
    if wanted is None or known.status is not CommandStatus.COMPLETED:
        return
    file = evidence.attempt(kept.id, command_id, max(known.attempt, 1)) / "stdout"
    found = file.read_bytes() if file.exists() else b""
    if found != wanted:
        yield f"I4: {name} wrote {len(wanted)} bytes, {len(found)} are kept, and they differ"
    if known.result is not None and known.result.output_bytes != len(wanted):
        yield f"I4: {name} wrote {len(wanted)} bytes, its result says {known.result.output_bytes}"


def _bytes_are_the_approved_ones(case: Case, kept: Kept, stub: Stub) -> Iterator[str]:
    names = {
        name: Kind.SEND if name.endswith(PUT_BACK) else case.kinds.get(one, Kind.PUT)
        for one, name in names_of(case, kept).items()
    }
    approvals = [one.approval for one in kept.story if isinstance(one, happened.Redriven | happened.RollbackStarted)]
    digests = {kept.approval_digest, *(one.digest for one in approvals if one is not None and one.digest)}
    for request in stub.requests:
        kind = names.get(request.name)
        if kind is None:
            yield f"I2: `{request.name}` is no command of the plan"
        elif kind in (Kind.PUT, Kind.TOKEN, Kind.CLI_PUT) and request.value != value_of(request.name):
            yield f"I2: {request.name} was sent with the value `{request.value}`"
        if not any(f"cloudops-plan-{one[:12]}" in request.agent for one in digests):
            yield f"I1: {request.name} does not carry the approved digest: {request.agent}"
