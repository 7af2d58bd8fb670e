"""What is left of an execution, for the person who lets it go on."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.result import CommandStatus
from cloudops_tui.policy.rollback import runs_by_itself
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.command_row import brief
from cloudops_tui.presentation.lines import Line, Row, Span, cut_line, line, wrapped
from cloudops_tui.state.execution import ExecutionState
from cloudops_tui.state.resolving import remaining


def title(plan: ExecutionPlan, number: int | None) -> str:
    """What the modal is headed with."""
    return f"Go on with {f'#{number} ' if number is not None else ''}{safe_line(plan.description)}"


def head(state: ExecutionState, skipped: Collection[UUID], width: int) -> tuple[Line, ...]:
    """What is kept, and what else the decision means."""
    left = len(remaining(state))
    kept = len(state.plan.commands) - left
    runs = left - len(skipped)
    out = f", {len(skipped)} left out" if skipped else ""
    words = f"{wording.counted(kept, 'command')} kept and not repeated; {runs} to run{out}."
    if runs_by_itself(state.plan):
        words += " Should it fail again, nothing is undone by itself."
    return tuple(wrapped(words, width))


def rows(state: ExecutionState, skipped: Collection[UUID], width: int, *, ascii_only: bool) -> tuple[Row, ...]:
    """Each command that is not done: whether it runs, what became of it before."""
    left = set(remaining(state))
    signs = {one: wording.command_sign(state.command(one).status, state.command(one).result) for one in left}
    widest = max((len(sign.word) for sign in signs.values()), default=0)
    shown = []
    for place, command in enumerate(state.plan.commands, start=1):
        if command.id not in left:
            continue
        known = state.command(command.id)
        sign = signs[command.id]
        out = command.id in skipped
        words = line(
            Span("leave out " if out else "run       ", "caution" if out else "strong"),
            Span(f"{place:>3} ", "quiet"),
            Span(f"{sign.shown(ascii_only)} {sign.word:<{widest}}  ", sign.style),
            Span(safe_line(command.description), "strong"),
            Span(f"  {brief(known.error)}" if known.error and known.status is CommandStatus.FAILED else "", "quiet"),
        )
        shown.append(Row(command.id, cut_line(words, width)))
    return tuple(shown)


def missing(state: ExecutionState, skipped: Collection[UUID], reason: str, *, armed: bool) -> str | None:
    """What is missing before `ctrl+y` goes on; None when nothing is."""
    if not state.status.ended:
        return "somebody has let it go on meanwhile; esc closes"
    if not armed:
        return "a moment ..."
    return "say why it is left out (tab)" if skipped and not reason.strip() else None


def status(lacking: str | None) -> Line:
    """One line."""
    return line(Span(f"not ready: {lacking}", "caution") if lacking else Span("ready", "ok"))


def confirm_key(state: ExecutionState, skipped: Collection[UUID], lacking: str | None) -> Line:
    """The key that goes on, dim while it would not."""
    styles = ("faint", "faint") if lacking else ("key", "strong")
    nothing = len(skipped) == len(remaining(state))
    words = "end it so: nothing is left to run" if nothing else "show what would run, and its approval"
    return line(Span("ctrl+y", styles[0]), Span(f"  {words}", styles[1]))


def keys(why_not_undo: str | None) -> Line:
    """The other choices."""
    undo = ("faint", "faint") if why_not_undo else ("key", "quiet")
    return line(
        Span("space", "key"), Span(" leave out, or not   ", "quiet"), Span("e", "key"), Span(" edit   ", "quiet"),
        Span("u", undo[0]), Span(" roll back", undo[1]),
    )  # fmt: skip
