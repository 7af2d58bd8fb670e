"""An execution as a whole: its header, its counts, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from cloudops_tui.model.command import Cli, Sdk
from cloudops_tui.model.errors import RollbackFailed
from cloudops_tui.model.events import AnyExecutionEvent, RollbackStarted
from cloudops_tui.model.result import CommandStatus, ExecutionStatus
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.arrangement import Arrangement, Group, failures
from cloudops_tui.presentation.command_row import SIGNS, Look, about, brief, sign_of, ticking, undone_words
from cloudops_tui.presentation.holding import HELD
from cloudops_tui.presentation.lines import Line, Span, line, line_width, pad_line, spread, width, wrapped
from cloudops_tui.presentation.wording import Sign
from cloudops_tui.state.execution import ExecutionState

FIRST_ERRORS = 3  # lines of the summary; the tree has them all
TITLE = 20  # cells; what a header keeps for number and description before it tells why
LEFT_TO_UNDO = 4  # lines of the summary; the record has it whole
COUNTED = (
    Group.FAILED, Group.CANCELLED, Group.RUNNING, Group.RETRYING, Group.DONE, Group.ROLLED_BACK, Group.WAITING,
    Group.QUEUED, Group.SKIPPED,
)  # fmt: skip
BY_ITSELF = "the execution failed"
"""How the engine's reason for a rollback begins that nobody asked for."""

STARTING = Sign("·", ".", "starting", "quiet")
CANCELLING = Sign("⊘", "/", "cancelling", "waiting")
STOPPING = Sign("⊘", "/", "stopping", "waiting")
ROLLING_BACK = Sign("↶", "<", "rolling back", "waiting")


def sign_of_execution(state: ExecutionState | None) -> Sign:
    """Where the whole stands."""
    if state is None or state.status is ExecutionStatus.PENDING:
        return STARTING
    if state.held is not None and state.cancelled_by is None and not state.status.ended:
        return HELD
    if state.rolling_back:
        return ROLLING_BACK
    if state.cancelled_by is not None and not state.status.ended:
        return CANCELLING
    if state.stopped_by is not None and not state.status.ended:
        return STOPPING
    return wording.EXECUTION_SIGNS[state.status]


def asked_to_undo(story: Iterable[AnyExecutionEvent]) -> str:
    """Why the last rollback in a story began: `asked for by alice`, or why by itself; nothing where none did."""
    begun = [event for event in story if isinstance(event, RollbackStarted)]
    if not begun:
        return ""
    approval = begun[-1].approval
    if approval:
        return f"asked for by {safe_line(approval.approved_by)}"
    # What failed stands below with its own name; here it would push the numbers off the line.
    return "because it failed" if (begun[-1].reason or "").startswith(BY_ITSELF) else brief(begun[-1].reason)


def header(
    arrangement: Arrangement, number: int | None, look: Look, undo: str = "", left: timedelta | None = None
) -> Line:
    """`#418 rotate keys   ▶ running  37%  14/38 commands  elapsed 4m10s  eta ~6m`; the description gives way.

    `undo` is why a rollback began, from `asked_to_undo`; it is told where there is room for it. `left` is how long the
    rest usually takes, where every command that is left has been seen often enough.
    """
    state = arrangement.state
    done = percent(arrangement.completed, len(arrangement.graph.positions))
    took = _took(state, look.now)
    rest = line(
        Span(f"  {done}%" if not state.status.ended and not state.rolling_back else "", "strong"),
        f"  {undone_words(arrangement) if state.rolling_back else _done_words(arrangement)}",
        Span(f"  {took}" if took else "", ""),
        Span(f"  eta ~{about(left)}" if left is not None else "", "quiet"),
    )
    named = line(
        Span(f"#{number} " if number is not None else "", "strong"),
        Span(safe_line(state.plan.description), "strong"),
    )
    return spread(named, (*outcome_words(arrangement, look, undo, line_width(rest)), *rest), look.width)


def _done_words(arrangement: Arrangement) -> str:
    return f"{arrangement.completed}/{wording.counted(len(arrangement.graph.positions), 'command')}"


def outcome_words(arrangement: Arrangement, look: Look, undo: str, taken: int) -> Line:
    """`⊘ cancelled, 1 UNKNOWN` or `↶ rolled back, asked for by alice`: where the whole stands, for a header.

    Why it is rolled back is left out where that, beside `taken` cells, would leave no room to name the execution.
    """
    state = arrangement.state
    sign = wording.UNKNOWN if look.lost and not state.status.ended else sign_of_execution(state)
    unknown = unknown_among_failed(arrangement)
    left_open = Span(f", {unknown} UNKNOWN", wording.UNKNOWN.style) if unknown and state.status.ended else ""
    words = line(Span(f"{sign.shown(look.ascii)} {sign.word}", sign.style), left_open)
    because = f", {undo}" if undo and sign in (wording.ROLLED_BACK, ROLLING_BACK) else ""
    return (*words, Span(because)) if line_width(words) + width(because) + taken <= look.width - TITLE else words


def percent(part: int, whole: int) -> int:
    """Whole percents, rounded down: 100 means all of it."""
    return 100 * part // whole if whole else 100


def _took(state: ExecutionState, now: datetime) -> str:
    if state.started_at is None:
        return ""
    if state.ended_at is None:
        return f"elapsed {ticking(state.lasted(now))}"
    return f"took {wording.elapsed(state.lasted(state.ended_at))}"


def counts(arrangement: Arrangement, look: Look) -> Line:
    """`✗ 1 FAILED  ▶ 3 running  ✓ 9 ok  · 24 queued  – 1 skipped`: who has nobody is absent."""
    unknown = unknown_among_failed(arrangement)
    numbers = [(SIGNS[group], arrangement.count(group)) for group in COUNTED]
    numbers[0] = (wording.FAILED, numbers[0][1] - unknown)
    numbers.insert(1, (wording.UNKNOWN, unknown))
    shown = [Span(f"{sign.shown(look.ascii)}{number} {sign.word}  ", sign.style) for sign, number in numbers if number]
    return pad_line(tuple(shown), look.width)


def unknown_among_failed(arrangement: Arrangement) -> int:
    """Of those that failed, the ones whose end is not known."""
    failed = arrangement.members.get(Group.FAILED, ())
    return sum(arrangement.known(key).status is CommandStatus.UNKNOWN for key in failed)


def summary(arrangement: Arrangement, look: Look, undo: str = "") -> tuple[Line, ...]:
    """What came of it and what can be done now; empty while it runs. `undo` is why it was rolled back."""
    state = arrangement.state
    if not state.status.ended or state.rolling_back:
        return ()
    shown = (*summary_head(arrangement, look, undo), *_first_errors(arrangement), *_left_to_undo(state, look))
    return tuple(pad_line(each, look.width) for each in shown)


def summary_head(arrangement: Arrangement, look: Look, undo: str = "") -> tuple[Line, ...]:
    """How it ended and with which numbers, on one line, or on two where one has no room."""
    state, sign = arrangement.state, sign_of_execution(arrangement.state)
    took = f" in {wording.elapsed(state.lasted(state.ended_at))}" if state.ended_at and state.started_at else ""
    because = f", {undo}" if undo and state.status is ExecutionStatus.ROLLED_BACK else ""
    ended = Span(f"{sign.shown(look.ascii)} {_ended_word(state, sign)}{took}{because}: ", sign.style)
    tally = Span(_tally(arrangement), "strong")
    whole = line(ended, tally)
    return (whole,) if line_width(whole) <= look.width else (line(ended), line("  ", tally))


def _ended_word(state: ExecutionState, sign: Sign) -> str:
    match state.status:
        case ExecutionStatus.COMPLETED:
            return "Done"
        case ExecutionStatus.CANCELLED if state.cancelled_by:
            return f"Cancelled by {safe_line(state.cancelled_by)}"
        case ExecutionStatus.CANCELLED if state.stopped_by:
            return f"Stopped by {safe_line(state.stopped_by)}"
        case ExecutionStatus.FAILED:
            return sign.word
        case _:
            return sign.word.capitalize()


def _tally(arrangement: Arrangement) -> str:
    unknown = unknown_among_failed(arrangement)
    tally = [
        (arrangement.count(Group.FAILED) - unknown, "failed"),
        (unknown, "UNKNOWN"),
        (arrangement.count(Group.CANCELLED), "cancelled"),
        (arrangement.count(Group.DONE), "ok"),
        (arrangement.count(Group.ROLLED_BACK), "rolled back"),
        (arrangement.count(Group.SKIPPED), "skipped"),
        (arrangement.count(Group.QUEUED) + arrangement.count(Group.WAITING), "not begun"),
    ]
    return ", ".join(f"{number} {word}" for number, word in tally if number)


def _first_errors(arrangement: Arrangement) -> Iterable[Line]:
    found = failures(arrangement)
    for command_id in found[:FIRST_ERRORS]:
        sign = sign_of(arrangement, command_id)
        error = brief(arrangement.known(command_id).error) or "no reason was given"
        yield line(Span(f"  {arrangement.graph.title(command_id)}: ", "strong"), Span(error, sign.style))
    if len(found) > FIRST_ERRORS:
        yield line(Span(f"  and {len(found) - FIRST_ERRORS} more; `f` goes from one to the next", "quiet"))
    state = arrangement.state
    told = isinstance(state.error, RollbackFailed) or bool(state.cancelled_by or state.stopped_by)
    if not found and state.error is not None and not told:
        yield line(Span(f"  {brief(str(state.error))}", "failed"))


def _left_to_undo(state: ExecutionState, look: Look) -> Iterable[Line]:
    """What a rollback that failed did not come to: the operator's work now."""
    if isinstance(state.error, RollbackFailed):
        yield from wrapped(brief(str(state.error)), look.width, indent=2, hang=4, style="failed")[:LEFT_TO_UNDO]


def can_undo(state: ExecutionState) -> str | None:
    """Why there is nothing to undo now; None when a rollback can be asked for."""
    if not state.status.ended or state.rolling_back:
        return "It still runs: undo is possible once it has ended"
    if state.status is ExecutionStatus.ROLLED_BACK:
        return "It is rolled back already"
    left = [command for command in state.completed if state.command(command).status is CommandStatus.COMPLETED]
    if not any(_has_way_back(state, command) for command in left):
        strategy = state.plan.rollback_strategy
        if strategy is None or not strategy.compensations:
            return "Nothing is known that would undo it: nothing in the plan, nothing read before"
        return "Nothing that completed has a compensation, and nothing was recorded that could be put back"
    return None


def _has_way_back(state: ExecutionState, command_id: UUID) -> bool:
    """As far as the story tells; the engine says exactly, once it is asked."""
    strategy = state.plan.rollback_strategy
    if strategy is not None and strategy.compensations.get(command_id):
        return True
    before = state.befores.get(command_id)
    if before is not None:
        return before.image is not None
    match state.plan.command(command_id).command_type:
        case Cli(value=cli):
            return any(word.startswith(_CREATES) for word in (*cli.command.split(), *cli.args)[1:3])
        case Sdk(value=sdk):
            return sdk.operation.startswith(_CREATES)


_CREATES = ("create-", "Create", "allocate-", "Allocate", "run-instances", "RunInstances")
