"""What the rehearsal said: how far it reached, and what that does not tell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from uuid import UUID

from cloudops_tui.model.result import CommandDryRun, DryRunNo, DryRunResult, DryRunRung
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.lines import Line, Span, line
from cloudops_tui.presentation.review.fields import field
from cloudops_tui.presentation.seeing import listed

_RUNG_WORDS = {
    DryRunRung.STATIC: "well formed",
    DryRunRung.IDENTITY: "account answered",
    DryRunRung.AUTHORISED: "service would allow it",
    DryRunRung.STATE: "state read",
    DryRunRung.NATIVE: "effects listed",
}
_NO_WORDS = {DryRunNo.REFUSED: "REFUSED", DryRunNo.ABSENT: "ABSENT", DryRunNo.DIFFERENT: "NOT AS THINGS ARE"}
_LADDER = {
    DryRunRung.STATE: "state read",
    DryRunRung.AUTHORISED: "authorised",
    DryRunRung.IDENTITY: "account only",
    DryRunRung.STATIC: "form only",
}
_ANSWERED = (DryRunRung.AUTHORISED, DryRunRung.STATE, DryRunRung.NATIVE)
"""Rungs that tell more than that the command is well formed and the account there."""


@dataclass(frozen=True)
class Rehearsal:
    """What is known of the rehearsal."""

    under_way: bool = False
    result: DryRunResult | None = None
    error: str | None = None
    done: int = 0
    """Commands that were rehearsed so far, while it is under way."""
    commands: int = 0
    """Of how many."""

    @property
    def so_far(self) -> str:
        """`rehearsed 812 of 3,500`; empty before the first is done."""
        return f"rehearsed {self.done:,} of {self.commands:,}" if self.done else ""

    def of(self, command_id: UUID) -> CommandDryRun | None:
        """The result for one command."""
        return self._by_command.get(command_id)

    @cached_property
    def _by_command(self) -> dict[UUID, CommandDryRun]:
        return {each.command_id: each for each in self.result.commands} if self.result is not None else {}


NOT_REHEARSED = Rehearsal()


def hindrance(rehearsal: Rehearsal) -> str | None:
    """Why nothing can be approved before the rehearsal is over."""
    if not rehearsal.under_way:
        return None
    return "the rehearsal is under way" + (f": {rehearsal.so_far}" if rehearsal.so_far else "")


def refusal(rehearsal: Rehearsal) -> str | None:
    """To which commands the rehearsal was answered with a no; an approval needs a reason why all the same."""
    if rehearsal.result is None or rehearsal.result.passed:
        return None
    refused = [number for number, each in enumerate(rehearsal.result.commands, 1) if not each.passed]
    return f"the rehearsal said no to command {listed(refused)}"


def news(rehearsal: Rehearsal) -> frozenset[UUID]:
    """The commands of which more is known now than that they are well formed: whoever had read them reads that, too."""
    told = rehearsal.result.commands if rehearsal.result is not None else ()
    return frozenset(
        one.command_id for one in told if not one.passed or one.found or one.changes or one.warnings or one.details
    )


def in_words(rehearsal: Rehearsal, commands: int) -> Line:
    """Of the plan as a whole: whether anybody said no, and how far it reached."""
    if rehearsal.under_way:
        return line(Span(f"under way: {rehearsal.so_far}" if rehearsal.so_far else "under way ...", "running"))
    if rehearsal.error is not None:
        return line(Span(f"failed: {safe_line(rehearsal.error)}", "failed"))
    if rehearsal.result is None:
        not_yet = Span("not yet: permission and effect are not known; ", "caution")
        return line(not_yet, Span("d", "key"), Span(" rehearses", "quiet"))
    refused = sum(not each.passed for each in rehearsal.result.commands)
    if refused:
        return line(Span(f"{refused} of {commands} answered with no", "failed"))
    natively = f"{rehearsal.result.natively} of {commands} natively"
    if not any(each.rung in _ANSWERED for each in rehearsal.result.commands):
        return line(Span("nothing could be rehearsed: permission and effect are unknown", "caution"))
    return line(Span("nobody said no", "ok"), Span(f"; rehearsed: {natively}{_ladder(rehearsal.result)}", "quiet"))


def briefly(rehearsal: Rehearsal) -> Line:
    """Beside a decision that nothing stands in the way of: what it rests on, or that it rests on nothing."""
    if rehearsal.result is None:
        why = f" ({safe_line(rehearsal.error)})" if rehearsal.error is not None else ""
        return line(Span(f"not rehearsed{why}: permission and effect are not known", "caution"))
    if (no := refusal(rehearsal)) is not None:
        return line(Span(f"{no}, and is overridden", "failed"))
    commands = rehearsal.result.commands
    if blind := sum(not tells(each) for each in commands):
        return line(Span(f"nobody said no; {blind} of {len(commands)} could not be rehearsed", "caution"))
    return line(Span("rehearsed: nobody said no", "quiet"))


def rows(rehearsal: Rehearsal, command_id: UUID, width: int) -> list[Line]:
    """Of one command: the rung, and everything that was found there."""
    told = rehearsal.of(command_id)
    if told is None:
        return field("rehearsal", in_words(replace(rehearsal, result=None), 1), width)
    shown = field("rehearsal", line(_rung(told), f"  {safe_line(told.description)}"), width)
    for found in told.found or ():
        shown += field("", line(Span("= ", "quiet"), safe_line(found)), width)
    for change in told.changes:
        shown += field("", line(Span("~ ", "waiting"), safe_line(change)), width)
    for warning in told.warnings:
        shown += field("", line(Span("! ", "caution"), safe_line(warning)), width)
    for detail in told.details or ():
        shown += field("", line(Span("  ", "quiet"), Span(safe_line(detail), "quiet")), width)
    return shown


def _ladder(result: DryRunResult) -> str:
    """How many commands reached which rung, the highest first; what was rehearsed natively is counted already."""
    rungs = [each.rung for each in result.commands]
    reached = [f"{rungs.count(rung)} {words}" for rung, words in _LADDER.items() if rung in rungs]
    return "; " + ", ".join(reached) if reached else ""


def tells(told: CommandDryRun | None) -> bool:
    """It was found out what the service or the state of things says to it."""
    return told is not None and (told.rung in _ANSWERED or not told.passed)


def _rung(told: CommandDryRun) -> Span:
    """The highest rung in words; one that tells nothing of the effect is no good news."""
    if not told.passed:
        return Span(_NO_WORDS[told.no or DryRunNo.REFUSED], "failed")
    return Span(_RUNG_WORDS[told.rung], "ok" if told.rung in _ANSWERED else "quiet")
