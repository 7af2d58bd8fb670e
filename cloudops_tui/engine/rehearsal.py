"""Rehearsing a plan: what is known of each command without running it, and how surely."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from cloudops_tui.engine.ports import AttemptExecutor, Executor, FrozenFiles, Rehearsal, RehearsingExecutor
from cloudops_tui.engine.wrapped import WrappedExecutor
from cloudops_tui.model.command import Command
from cloudops_tui.model.errors import CommandFailed, ExecutionError, InvalidCommand
from cloudops_tui.model.files import secret_of
from cloudops_tui.model.result import CommandDryRun, DryRunNo, DryRunOutput, DryRunResult, DryRunRung
from cloudops_tui.model.review import CommandReview, Review
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.policy.earlier import Earlier
from cloudops_tui.policy.safe_text import safe_line

NO_ANSWER_AFTER = 5.0  # seconds; a rung without an answer by then proves nothing and blocks nothing
LONGEST = 60.0  # seconds for an executor that minds the time of each rung itself, should it not
AT_ONCE = 4


async def rehearse(
    review: Review,
    executor_for: Callable[[Command], AttemptExecutor],
    files: FrozenFiles | None = None,
    told: Callable[[int, int], None] | None = None,
) -> DryRunResult:
    """Rehearse every command, a few at a time. Only an answer of no makes it fail. `told` hears after each how many
    are done, of how many."""
    gate = asyncio.Semaphore(AT_ONCE)
    done = 0
    known = {(one.profile, one.region) for one in review.identities if one.account}

    async def one(command: CommandReview) -> CommandDryRun:
        nonlocal done
        async with gate:
            target = (command.command.profile, command.command.region)
            rehearsal = Rehearsal(
                command.command, command.argv, files.paths_of(command.files) if files else {}, secret_of(command.files)
            )
            found = await _rehearse_one(command, rehearsal, executor_for, identified=target in known)
        done += 1
        if told is not None:
            told(done, len(review.commands))
        return found

    found = await asyncio.gather(*(one(command) for command in review.commands))
    earlier = Earlier(review.numbered)
    commands = tuple(map(partial(_in_the_light_of_others, earlier), review.commands, found))
    return DryRunResult(
        plan_id=review.plan.id,
        passed=all(command.passed for command in commands),
        natively=sum(command.natively is True for command in commands),
        commands=commands,
        states=sum(command.before_state is not None for command in commands),
    )


async def _rehearse_one(
    review: CommandReview,
    rehearsal: Rehearsal,
    executor_for: Callable[[Command], AttemptExecutor],
    *,
    identified: bool,
) -> CommandDryRun:
    reached = DryRunRung.IDENTITY if identified else DryRunRung.STATIC
    try:
        said = await _ask(executor_for(review.command), rehearsal)
    except TimeoutError:
        return _not_rehearsable(review, reached, f"no answer within {NO_ANSWER_AFTER:.0f} s")
    except (CommandFailed, InvalidCommand) as error:
        # An answer, and it is no: from the service, or because nothing could ever be sent.
        return CommandDryRun(
            command_id=review.command.id,
            rung=reached,
            passed=False,
            description=safe_line(str(error)),
            no=DryRunNo.REFUSED,
        )
    except ExecutionError as error:
        return _not_rehearsable(review, reached, safe_line(str(error)))
    except Exception as error:  # noqa: BLE001  a stranger's executor: that it breaks says nothing about the command
        return _not_rehearsable(review, reached, f"the executor broke: {type(error).__name__}")
    return CommandDryRun(
        command_id=review.command.id,
        rung=_rung(said, reached),
        passed=not said.refused,
        description=_of_a_read(review, said),
        changes=said.changes,
        warnings=said.warnings,
        natively=said.natively,
        no=(said.no or DryRunNo.REFUSED) if said.refused else None,
        found=said.found,
        details=said.details,
        before_state=said.before_state,
    )


async def _ask(executor: AttemptExecutor, rehearsal: Rehearsal) -> DryRunOutput:
    asked: Executor = executor.wrapped if isinstance(executor, WrappedExecutor) else executor
    if isinstance(asked, RehearsingExecutor):
        async with asyncio.timeout(LONGEST):
            return await asked.rehearse(rehearsal)
    async with asyncio.timeout(NO_ANSWER_AFTER):
        return await asked.dry_run(rehearsal.command)


def _rung(said: DryRunOutput, reached: DryRunRung) -> DryRunRung:
    if said.rung is not None:
        return said.rung
    if not said.natively or said.refused:
        return reached
    return DryRunRung.NATIVE if said.changes else DryRunRung.AUTHORISED


def _of_a_read(review: CommandReview, said: DryRunOutput) -> str:
    """The effect of a command that only reads is known without asking."""
    only_reads = review.assessment.level is RiskLevel.READ_ONLY
    if only_reads and said.description == "Not rehearsable: permission and effect unknown":
        return "Not rehearsable: permission unknown; it only reads"
    return said.description


def _not_rehearsable(review: CommandReview, reached: DryRunRung, why: str) -> CommandDryRun:
    return CommandDryRun(
        command_id=review.command.id, rung=reached, passed=True, description=f"Not rehearsable: {why}"
    )


# ---------------------------------------------------------------- what the plan itself will change first


def _in_the_light_of_others(earlier: Earlier, this: CommandReview, told: CommandDryRun) -> CommandDryRun:
    """What is absent or different now is no failure where an earlier command may change it, or the plan allows it."""
    if told.passed or told.no not in (DryRunNo.ABSENT, DryRunNo.DIFFERENT):
        return told
    if numbers := earlier.ended_before(this):
        named = ", ".join(map(str, numbers))
        note = f"So it is now; command {named} of this plan runs before, and may change that"
    elif this.command.allow_failure:
        note = "The plan lets this command fail"
    else:
        return told
    return told.model_copy(update={"passed": True, "no": None, "warnings": (*told.warnings, note)})
