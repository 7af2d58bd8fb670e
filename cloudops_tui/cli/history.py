"""`history`: find executions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import click

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.moments import Moment
from cloudops_tui.cli.sessions import in_session
from cloudops_tui.cli.speaking import say, show_json, show_table
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.model.history import ExecutionFilter, ExecutionRecord, UnreadableRecord
from cloudops_tui.model.result import CommandStatus, ExecutionStatus
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.model.wire import WireEnum
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.wording import EXECUTION_SIGNS, RISK_WORDS, day_and_time, elapsed

E = TypeVar("E", bound=WireEnum)


STATUS_WORDS = {status: sign.word for status, sign in EXECUTION_SIGNS.items()}


KEYS_OF_THE_SCREEN = (
    "status",
    "user",
    "plan",
    "risk",
    "exit",
    "since",
    "until",
    "day",
    "account",
    "env",
    "conversation",
)
"""What history's search box takes as `key:value`, and who knows it from there may type here."""


class _Choice(click.ParamType[E]):
    """A value of an enum of the wire, in any spelling that a plan may use."""

    name = "NAME"

    def __init__(self, enum: type[E], shown: Mapping[E, str]) -> None:
        """`shown` holds the words that the table prints, which are taken, too."""
        self._enum = enum
        self._shown = {word.lower(): member for member, word in shown.items()}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> E:
        if str(value).lower() in self._shown:
            return self._shown[str(value).lower()]
        try:
            return self._enum(value)
        except ValueError:
            self.fail(f"{value!r} is none of {', '.join(member.value for member in self._enum)}")


@click.command("history")
@click.argument("query", nargs=-1)
@click.option("--status", type=_Choice(ExecutionStatus, STATUS_WORDS), help="Completed, Failed, Cancelled, ...")
@click.option("--risk", type=_Choice(RiskLevel, RISK_WORDS), help="The level that counted.")
@click.option("--since", type=Moment(), help="Begun then or later: RFC 3339, a date, or `7d` ago.")
@click.option("--until", type=Moment(), help="Begun before.")
@click.option("--conversation", type=click.UUID, help="The conversation that the plan came from.")
@click.option("--limit", type=click.IntRange(min=0), default=50, show_default=True)
@click.option("--offset", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="A list of ExecutionRecords in wire form.")
@click.pass_obj
def history(
    state_dir: Path | None,
    query: tuple[str, ...],
    status: ExecutionStatus | None,
    risk: RiskLevel | None,
    since: datetime | None,
    until: datetime | None,
    conversation: UUID | None,
    limit: int,
    offset: int,
    as_json: bool,
) -> int:
    """Find executions, newest first: those that hold every word of QUERY; the last one may be a beginning."""
    wanted = ExecutionFilter(
        status=status,
        risk_level=risk,
        conversation_id=conversation,
        from_date=since,
        to_date=until,
        limit=limit,
        offset=offset,
    )

    async def work(session: ExecutionSession) -> int:
        damaged: list[UnreadableRecord] = []
        records = await session.records(wanted, " ".join(query), damaged.append)
        if as_json:
            show_json([record.model_dump(mode="json") for record in records])
        elif records:
            _show(records)
        elif not damaged:
            say("Nothing found")
            if asked := [word for word in query if word.partition(":")[0] in KEYS_OF_THE_SCREEN and ":" in word]:
                say(f"`{asked[0]}` was looked for as it stands: here the options do that; see `history --help`")
        for one in damaged:
            say(f"{one.number} of {day_and_time(one.created_at)} is damaged: {safe_line(one.why)}")
        return exit_codes.FAILED if damaged else exit_codes.DONE

    return in_session(state_dir, work)


def _show(records: list[ExecutionRecord]) -> None:
    show_table(
        ("NO", "WHEN (UTC)", "STATUS", "RISK", "DONE", "TOOK", "PLAN"),
        [
            (
                str(record.number or "-"),
                day_and_time(record.timestamp),
                EXECUTION_SIGNS[record.result.status].word,
                RISK_WORDS[record.risk_level or record.execution_plan.risk_level],
                _done(record),
                elapsed(record.duration),
                record.execution_plan.description,
            )
            for record in records
        ],
        right=(0, 4, 5),
    )


def _done(record: ExecutionRecord) -> str:
    completed = sum(one.status is CommandStatus.COMPLETED for one in record.result.command_results)
    return f"{completed}/{len(record.execution_plan.commands)}"
