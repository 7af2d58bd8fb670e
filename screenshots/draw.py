"""`python -m screenshots.draw [FOLDER]`: one SVG a screen, from the recorded run.

The recording is put into a fresh store, and the real program is opened on it, with the recorded clock, accounts and
tool; nothing is run and nothing is asked of AWS.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

os.environ["TEXTUAL_ANIMATIONS"] = "none"  # read by Textual when it is imported

from cloudops_tui.engine.engine import ExecutionEngine
from cloudops_tui.engine.ownership import this_process
from cloudops_tui.engine.plugins import load_catalogue
from cloudops_tui.engine.ports import CliLine, NewEntry, NewExecution
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.executors.output_files import AttemptFiles
from cloudops_tui.executors.output_reader import OutputFiles
from cloudops_tui.model.approval import ApprovalMetadata, Reject
from cloudops_tui.model.config import ApprovalConfig, ExecutionConfig, StorageConfig
from cloudops_tui.model.events import EVENT
from cloudops_tui.model.queue import QueueEntry
from cloudops_tui.model.target import ProfileIdentity, ToolIdentity
from cloudops_tui.storage.service import StorageService
from cloudops_tui.tui.app import CloudOpsApp
from cloudops_tui.tui.arming import ArmingModal
from cloudops_tui.tui.screens.approve import ApproveModal
from screenshots.record import RECORDING
from screenshots.settling import NEVER, be_steady, be_unseen, settled

SIZE = (100, 30)
FOLDER = Path(__file__).parent
GRAPH = "Mark the web fleet"
DESTRUCTIVE = "Remove the access logs"
FAILED = "Rotate the signing key"
REJECTED = "Retire the two"


class Pictured(CloudOpsApp):
    """The program, with an editor whose user replaces one text by another."""

    rewrite: tuple[str, str] = ("", "")

    async def edit(self, text: str) -> str:
        return text.replace(*self.rewrite)


class RecordedClock:
    """Stands where the recording ended."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._now.timestamp()


class RecordedAccounts:
    """Answers as AWS did when the run was recorded."""

    def __init__(self, identities: Sequence[ProfileIdentity], tool: ToolIdentity | None) -> None:
        self._identities = {(one.profile, one.region): one for one in identities}
        self._tool = tool

    async def identify(self, profile: str, region: str) -> ProfileIdentity:
        known = self._identities.get((profile, region))
        return known or next(iter(self._identities.values())).model_copy(update={"profile": profile, "region": region})

    async def tool(self) -> ToolIdentity | None:
        return self._tool

    def surroundings(self, profiles: Collection[str] = ()) -> tuple[str, ...]:
        return ()

    async def other_meaning(self, lines: Collection[CliLine]) -> str | None:
        return None

    def fingerprint(self) -> object:
        return None


def main() -> None:
    """Draw all of them."""
    be_steady()
    be_unseen()
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for name, svg in asyncio.run(pictures()).items():
        (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
        print(f"wrote {folder / name}.svg")


async def pictures() -> dict[str, str]:
    """SVG by the name of the screen."""
    recorded = json.loads(RECORDING.read_text(encoding="utf-8"))
    undecided = (DESTRUCTIVE, REJECTED)
    drawn = await _draw(recorded, undecided, GRAPH, _before)
    return drawn | await _draw(recorded, (), None, _after)


async def _before(app: Pictured, pilot: Any) -> dict[str, str]:
    """The queue with a plan that runs; review and decision of one that destroys."""
    drawn = {"queue": await _picture(app, pilot)}
    await _press(pilot, "enter")
    drawn["review"] = await _picture(app, pilot, "n")
    await _press(pilot, *"nnnnnnnn")  # everything dangerous has been on screen before it can be approved
    drawn["approve"] = await _picture(app, pilot, "a")
    await _press(pilot, "escape")
    drawn["reject"] = await _picture(app, pilot, "r")
    await _press(pilot, "escape", "escape")
    await _press(pilot, "2")
    drawn["running"] = await _picture(app, pilot)
    drawn["live"] = await _picture(app, pilot, "enter")
    drawn["stop"] = await _picture(app, pilot, "X")
    await _press(pilot, "escape", "1", "slash", *"string", "enter")
    drawn["refused"] = await _picture(app, pilot, "enter")
    await _press(pilot, "escape", "escape")
    drawn["notices"] = await _picture(app, pilot, "4")
    await _press(pilot, "1", "slash", *"retire", "enter")
    app.rewrite = ('"StopInstances"', '"StopInstance"')
    drawn["problems"] = await _picture(app, pilot, "m")
    await _press(pilot, "x")
    app.rewrite = ("Stop the old batch workers", "Stop both of them")
    drawn["difference"] = await _picture(app, pilot, "m")
    return drawn


async def _after(app: Pictured, pilot: Any) -> dict[str, str]:
    """What is remembered, once everything has ended."""
    drawn = {"history": await _picture(app, pilot, "3")}
    await _press(pilot, "slash", *"signing", "enter")
    await _picture(app, pilot)
    drawn["record"] = await _picture(app, pilot, "enter")
    return drawn


async def _picture(app: Pictured, pilot: Any, *keys: str) -> str:
    """Press the keys, and draw what came of them."""
    await _press(pilot, *keys)
    if isinstance(app.screen, ApproveModal | ArmingModal):
        app.screen.arm()  # the keyboard was still for long enough
        await settled(pilot)
    return app.export_screenshot(title="cloudops-tui")


async def _press(pilot: Any, *keys: str) -> None:
    """Each key, once all that the one before it began has ended and is on screen."""
    await settled(pilot)
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


async def _draw(recorded: Any, undecided: Sequence[str], halfway: str | None, walk: Any) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        session = await _session(recorded, Path(folder) / "state")
        await _restore(session, recorded, undecided, halfway)
        app = Pictured(session, arm_delay=NEVER, dwell=0, rehearse_first=False)
        async with app.run_test(size=SIZE) as pilot:
            drawn: dict[str, str] = await walk(app, pilot)
        await session.close(leave_running=True)
    return drawn


async def _session(recorded: Any, state_dir: Path) -> ExecutionSession:
    clock = RecordedClock(datetime.fromisoformat(recorded["now"]))
    identities = [ProfileIdentity.model_validate(one) for one in recorded["identities"]]
    tool = ToolIdentity.model_validate(recorded["tool"]) if recorded["tool"] else None
    engine = ExecutionEngine(
        StorageService(StorageConfig(state_dir=state_dir)),
        ExecutionConfig(),
        ApprovalConfig(),
        catalogue=load_catalogue(),
        accounts=RecordedAccounts(identities, tool),
        clock=clock,
        operator="operator",
    )
    session = ExecutionSession(engine, OutputFiles(), asyncio.get_running_loop())
    session.host = "bastion"
    return session


async def _restore(session: ExecutionSession, recorded: Any, undecided: Sequence[str], halfway: str | None) -> None:
    storage = session.storage
    executions = {one["entry"]: one for one in recorded["executions"]}
    for raw in recorded["entries"]:
        entry = QueueEntry.model_validate(raw)
        added = await storage.add_entry(_new_entry(entry))
        description = entry.plan.description if entry.plan else ""
        execution = executions.get(str(entry.id))
        if execution is not None and not description.startswith(tuple(undecided) or ("\0",)):
            events = [EVENT.validate_python(one) for one in execution["events"]]
            cut = len(events) * 6 // 10 if halfway and description.startswith(halfway) else len(events)
            await _restore_execution(session, added, execution, events[:cut])
        elif not undecided and description.startswith(REJECTED):
            reason = "The pool still drains; again after 18:00Z"
            decision = ApprovalMetadata(
                approved_by="operator", approved_at=session.clock.now(), decision=Reject(reason=reason)
            )
            await storage.reject_entry(added.id, decision, reason)


async def _restore_execution(
    session: ExecutionSession, entry: QueueEntry, execution: Any, events: Sequence[Any]
) -> None:
    approval = execution["approval"]
    assert entry.plan is not None
    assert entry.plan_digest is not None
    assert entry.risk_level is not None
    new = NewExecution(
        id=UUID(execution["id"]),
        plan=entry.plan,
        plan_digest=entry.plan_digest,
        approval_digest=execution["approval_digest"],
        risk_level=entry.risk_level,
        approval=ApprovalMetadata.model_validate(approval | {"approved_by": "operator"}) if approval else None,
        created_at=datetime.fromisoformat(execution["created_at"]),
        conversation_id=entry.conversation_id,
        user_prompt=entry.user_prompt,
        owner=this_process(),
        entry_id=entry.id,
    )
    await session.storage.create_execution(new)
    await session.storage.append(events, durable=False)
    for attempt, lines in execution["outputs"].items():
        command_id, number = attempt.split("/")
        files = AttemptFiles(session.storage.attempt_folder(new.id, UUID(command_id), int(number)))
        for stream, text in lines:
            files.write(stream, f"{text}\n".encode())
        files.close()


def _new_entry(entry: QueueEntry) -> NewEntry:
    return NewEntry(
        source=entry.source,
        submitted_at=entry.submitted_at,
        plan=entry.plan,
        plan_digest=entry.plan_digest,
        risk_level=entry.risk_level,
        conversation_id=entry.conversation_id,
        user_prompt=entry.user_prompt,
        problems=entry.problems,
        refused_text=entry.refused_text,
    )


if __name__ == "__main__":
    main()
