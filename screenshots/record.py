"""`python -m screenshots.record`: run the demo's plans for real on its embedded AWS, and write down what happened."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from cloudops_tui.bootstrap import load_setup, open_session
from cloudops_tui.cli.demo_plans import demo_plans
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.executors.embedded_aws.launcher import EmbeddedAws
from cloudops_tui.model.events import EVENT
from cloudops_tui.model.queue import QueueEntry, QueueState

RECORDING = Path(__file__).with_name("recorded.json")
RUN = ("Take stock", "Mark the web fleet", "Rotate the signing key", "Remove the access logs", "Keep the web logs")
"""Plans that are approved, by the beginning of their description; the others stay in the queue."""


def main() -> None:
    """Record anew."""
    with tempfile.TemporaryDirectory() as folder:
        aws = EmbeddedAws(Path(folder))
        aws.start()
        try:
            home = Path(folder) / "home"
            home.mkdir()
            environment = aws.environment(home)
            os.environ.clear()
            os.environ.update(environment)
            state_dir = Path(folder) / "state"
            text = json.dumps(asyncio.run(_record(state_dir, aws)), indent=1, ensure_ascii=True)
        finally:
            aws.stop()
    # Where it was recorded is nobody's business.
    RECORDING.write_text(text.replace(str(state_dir), "/var/lib/operator/cloudops-tui") + "\n", encoding="utf-8")
    print(f"wrote {RECORDING}")


async def _record(state_dir: Path, aws: EmbeddedAws) -> dict[str, Any]:
    async with open_session(load_setup(state_dir)) as session:
        for one in demo_plans(aws.estate):
            await session.submit(one.text, source=one.file_name, user_prompt=one.user_prompt)
        for entry in await session.queue():
            if entry.plan is not None and entry.plan.description.startswith(RUN):
                review = await session.review(entry.id)
                typed = review.confirmation.accepted[0] if review.confirmation.needed else ""
                execution_id = await session.approve(
                    entry.id, digest=review.digest, confirmation=typed, reason="for the pictures"
                )
                await session.wait(execution_id)
        entries = await session.queue()
        plan = next(entry for entry in entries if entry.plan is not None)
        first = await session.review(plan.id)
        return {
            "now": session.clock.now().isoformat(),
            "identities": [one.model_dump(mode="json") for one in await _identities(session, entries)],
            "tool": first.tool.model_copy(update={"path": "/usr/local/bin/aws"}).model_dump() if first.tool else None,
            "entries": [entry.model_dump(mode="json") for entry in entries],
            "executions": [await _execution(session, entry) for entry in entries if entry.execution_id],
        }


async def _identities(session: ExecutionSession, entries: list[QueueEntry]) -> list[Any]:
    found = {}
    for entry in entries:
        if entry.state is not QueueState.REFUSED:
            for one in (await session.review(entry.id)).identities:
                found[one.profile, one.region] = one
    return list(found.values())


async def _execution(session: ExecutionSession, entry: QueueEntry) -> dict[str, Any]:
    assert entry.execution_id is not None
    stored = await session.execution(entry.execution_id)
    state = await session.observe(stored.id)
    outputs = {}
    for command_id, known in (*state.commands.items(), *state.compensations.items()):
        lines = await session.output(stored.id, command_id) if known.attempt else []
        outputs[f"{command_id}/{known.attempt}"] = [[line.stream, line.text] for line in lines]
    return {
        "id": str(stored.id),
        "entry": str(entry.id),
        "approval_digest": stored.approval_digest,
        "approval": stored.approval.model_dump(mode="json") if stored.approval else None,
        "created_at": stored.created_at.isoformat(),
        "events": [json.loads(EVENT.dump_json(event)) for event in await session.story(stored.id)],
        "outputs": outputs,
    }


if __name__ == "__main__":
    main()
