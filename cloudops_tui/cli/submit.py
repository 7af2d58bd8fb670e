"""`submit`: queue plans."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import click

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.program import PROGRAM
from cloudops_tui.cli.queue import digest_of, entry_json
from cloudops_tui.cli.references import plan_file
from cloudops_tui.cli.reviews import problems_json, say_problems
from cloudops_tui.cli.sessions import in_session
from cloudops_tui.cli.speaking import say, show, show_json
from cloudops_tui.engine.ports import Conflict
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.wording import RISK_WORDS
from cloudops_tui.sources.plan_files import STDIN, UnreadableFile


@click.command("submit")
@click.argument("files", metavar="FILE|-...", nargs=-1, required=True)
@click.option("--prompt", default="", help="What the planner was asked for, kept with the plan.")
@click.option("--conversation", type=click.UUID, help="The conversation that the plan came from.")
@click.option("--json", "as_json", is_flag=True, help="The entry in wire form; of several files, a list.")
@click.pass_obj
def submit(
    state_dir: Path | None, files: tuple[str, ...], prompt: str, conversation: UUID | None, as_json: bool
) -> int:
    """Queue plans, from files or standard input.

    The same plan submitted twice is the same entry. A text that is no valid plan is kept in the queue as Refused.
    """
    if files.count(STDIN) > 1:
        raise click.UsageError("`-` can be given once")

    async def work(session: ExecutionSession) -> int:
        codes, answers = [], []
        for name in files:
            code, answer = await _submit_one(session, name, prompt, conversation, as_json=as_json)
            codes.append(code)
            answers.append(answer)
        if as_json:
            show_json(answers if len(files) > 1 else answers[0])
        return next((code for code in codes if code), exit_codes.DONE)

    return in_session(state_dir, work)


async def _submit_one(
    session: ExecutionSession, name: str, prompt: str, conversation: UUID | None, *, as_json: bool
) -> tuple[int, Any]:
    try:
        submission = plan_file(name, user_prompt=prompt, conversation_id=conversation)
        entry = await session.submit_data(submission)
    except UnreadableFile as error:
        say(f"{PROGRAM}: {error}")
        return exit_codes.USAGE, {"error": str(error), "entry": None}
    except Conflict as error:
        say(f"{safe_line(name)}: {error}")
        return exit_codes.REFUSED, {"error": str(error), "entry": None}
    digest = await digest_of(session, entry)
    if entry.state is QueueState.REFUSED:
        if not as_json:
            say(f"{safe_line(name)}: not a valid plan; kept as {entry.number}, Refused")
            say_problems(entry.problems)
        return exit_codes.USAGE, problems_json(entry.problems) | {"entry": entry_json(entry, digest)}
    if not as_json:
        _show_entry(entry, digest)
    return exit_codes.DONE, entry_json(entry, digest)


def _show_entry(entry: QueueEntry, digest: str | None) -> None:
    level = RISK_WORDS[entry.risk_level] if entry.risk_level else "-"
    show(f"{entry.number}  {entry.state.value}  {level}  {digest or '-'}")
