"""Rehearsing a plan: what is known of each command without running it, and how surely."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cloudops_tui.engine.ports import AttemptExecutor
from cloudops_tui.model.command import Command
from cloudops_tui.model.errors import CommandFailed, ExecutionError, InvalidCommand
from cloudops_tui.model.result import CommandDryRun, DryRunOutput, DryRunResult, DryRunRung
from cloudops_tui.model.review import CommandReview, Review
from cloudops_tui.policy.safe_text import safe_line

NO_ANSWER_AFTER = 5.0  # seconds; a rung without an answer by then proves nothing and blocks nothing
AT_ONCE = 4


async def rehearse(review: Review, executor_for: Callable[[Command], AttemptExecutor]) -> DryRunResult:
    """Rehearse every command, a few at a time. Only an answer of no makes it fail."""
    gate = asyncio.Semaphore(AT_ONCE)
    known = {(one.profile, one.region) for one in review.identities if one.account}

    async def one(command: CommandReview) -> CommandDryRun:
        async with gate:
            target = (command.command.profile, command.command.region)
            return await _rehearse_one(command, executor_for, identified=target in known)

    commands = tuple(await asyncio.gather(*(one(command) for command in review.commands)))
    return DryRunResult(
        plan_id=review.plan.id,
        passed=all(command.passed for command in commands),
        natively=sum(command.rung in (DryRunRung.AUTHORISED, DryRunRung.NATIVE) for command in commands),
        commands=commands,
    )


async def _rehearse_one(
    review: CommandReview, executor_for: Callable[[Command], AttemptExecutor], *, identified: bool
) -> CommandDryRun:
    reached = DryRunRung.IDENTITY if identified else DryRunRung.STATIC
    try:
        async with asyncio.timeout(NO_ANSWER_AFTER):
            said = await executor_for(review.command).dry_run(review.command)
    except TimeoutError:
        return _not_rehearsable(review, reached, f"no answer within {NO_ANSWER_AFTER:.0f} s")
    except (CommandFailed, InvalidCommand) as error:
        # An answer, and it is no: from the service, or because nothing could ever be sent.
        return CommandDryRun(
            command_id=review.command.id, rung=reached, passed=False, description=safe_line(str(error))
        )
    except ExecutionError as error:
        return _not_rehearsable(review, reached, safe_line(str(error)))
    except Exception as error:  # noqa: BLE001  a stranger's executor: that it breaks says nothing about the command
        return _not_rehearsable(review, reached, f"the executor broke: {type(error).__name__}")
    return CommandDryRun(
        command_id=review.command.id,
        rung=_rung(said, reached),
        passed=not said.refused,
        description=said.description,
        changes=said.changes,
        warnings=said.warnings,
    )


def _rung(said: DryRunOutput, reached: DryRunRung) -> DryRunRung:
    if not said.natively:
        return reached
    return DryRunRung.NATIVE if said.changes else DryRunRung.AUTHORISED


def _not_rehearsable(review: CommandReview, reached: DryRunRung, why: str) -> CommandDryRun:
    return CommandDryRun(
        command_id=review.command.id, rung=reached, passed=True, description=f"Not rehearsable: {why}"
    )
