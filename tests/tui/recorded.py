"""Recorded stories for the screens that watch and remember: a patch of a fleet, at several of its moments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from cloudops_tui.model import events as happened
from cloudops_tui.model.approval import ApprovalMetadata, Approve
from cloudops_tui.model.command import Command
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import ExecutionError, RollbackFailed
from cloudops_tui.model.events import AnyExecutionEvent
from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.model.plan import ExecutionPlan, Parallel, RollbackStrategy, RollbackTrigger
from cloudops_tui.model.result import CommandStatus, ExecutionStatus, Outcome
from cloudops_tui.state.execution import result_of
from tests.tui.twin import DESTROY, MODIFY, NOON, READ, RecordedSession, ago, cli, graph, plan, result, sdk, uid

HOSTILE = "owned \x1b]52;c;QQ==\x1b\\ \u202e[/bold] web"
NUMBER = 418
REFUSED = "An error occurred (TargetNotConnected) when calling the SendCommand operation: i-0b7 is not connected"


def fleet() -> ExecutionPlan:
    """Fourteen commands in a graph: a snapshot, four drains, four patches, four checks, and a report."""
    snapshot = cli(1, READ, "Snapshot the launch template", "ec2 describe-launch-templates", "--output", "json")
    drains = [
        cli(n, MODIFY, f"Drain web-{n:02d}", "elbv2 deregister-targets", "--targets", f"Id=i-0{n:02d}")
        for n in (2, 3, 4, 5)
    ]
    patches = [
        cli(n, MODIFY, f"Patch the kernel of web-{n - 4:02d}", "ssm send-command", "--instance-ids", f"i-0{n - 4:02d}",
            "--document-name", "AWS-RunPatchBaseline")
        for n in (6, 7, 8, 9)
    ]  # fmt: skip
    checks = [cli(n, READ, f"Health of web-{n - 8:02d}", "elbv2 describe-target-health") for n in (10, 11, 12, 13)]
    report = cli(14, MODIFY, "Write the report", "s3 cp", "kernel.json", "s3://reports/kernel.json")
    waits: dict[Command, Iterable[Command]] = {drain: [snapshot] for drain in drains}
    waits |= {patch: [drain] for patch, drain in zip(patches, drains, strict=True)}
    waits |= {check: [patch] for check, patch in zip(checks, patches, strict=True)}
    waits |= {report: checks}
    undo: dict[UUID, tuple[Command, ...]] = {
        drain.id: (cli(100 + n, MODIFY, f"Put web-{n:02d} back", "elbv2 register-targets"),)
        for n, drain in enumerate(drains, 2)
    }
    return plan(
        70,
        "Patch the kernel of the web fleet",
        [snapshot, *drains, *patches, *checks, report],
        mode=graph(waits),
        rollback=RollbackStrategy(compensations=undo, trigger=RollbackTrigger.MANUAL),
    )


def wide_plan(size: int) -> ExecutionPlan:
    """Many commands at once."""
    commands = [
        cli(n, MODIFY, f"Tag volume {n}", "ec2 create-tags", "--resources", f"vol-{n}") for n in range(1, size + 1)
    ]
    return plan(size + 1, f"Tag {size} volumes", commands, mode=Parallel())


class Story:
    """Tells what happens to one execution, as the engine would."""

    def __init__(
        self, session: RecordedSession, running: ExecutionPlan, number: int = NUMBER, prompt: str = ""
    ) -> None:
        self.session = session
        self.plan = running
        self.started = session.clock.now()
        self.id = session.run(session.add(number, running, user_prompt=prompt, at=self.started), number)

    def tell(self, event: AnyExecutionEvent) -> None:
        """It happens: journalled once, whether or not somebody listens."""
        if self.session._listeners:
            self.session.tell(event)
        else:
            self.session._stamped(event)

    def begin(self) -> Story:
        approval = self.session.executions[self.id].approval
        self.tell(happened.Started(execution_id=self.id, plan=self.plan, approval=approval))
        return self

    def command(self, place: int) -> Command:
        """By its place in the plan, from 1."""
        return self.plan.commands[place - 1]

    def wait(self, seconds: float) -> Story:
        self.session.clock.forward(seconds)
        return self

    def start(self, *places: int, attempt: int = 1) -> Story:
        for place in places:
            command_id = self.command(place).id
            self.tell(happened.CommandStarted(execution_id=self.id, command_id=command_id, attempt=attempt))
        return self

    def say(self, place: int, *lines: str, stream: str = "stdout") -> Story:
        for text in lines:
            command_id = self.command(place).id
            self.tell(happened.CommandOutput(execution_id=self.id, command_id=command_id, line=text, stream=stream))
        return self

    def complete(self, *places: int, seconds: float = 3.2) -> Story:
        for place in places:
            at = self.session.clock.now()
            done = result(self.command(place), CommandStatus.COMPLETED, seconds, end=at, exit_code=0)
            self.tell(happened.CommandCompleted(execution_id=self.id, command_id=done.command_id, result=done))
        return self

    def fail(self, place: int, error: str, seconds: float = 32, outcome: Outcome | None = None) -> Story:
        status = CommandStatus.UNKNOWN if outcome is Outcome.UNKNOWN else CommandStatus.FAILED
        known = result(
            self.command(place), CommandStatus.FAILED, seconds, end=self.session.clock.now(), error=error,
            exit_code=None if outcome else 254, error_code=None if outcome else "TargetNotConnected",
            output_file=f"/state/executions/{NUMBER}/{place}/1/stdout",
        )  # fmt: skip
        done = known.model_copy(update={"status": status, "outcome": outcome})
        self.tell(
            happened.CommandFailed(execution_id=self.id, command_id=done.command_id, error=error, result=done)
        )
        return self

    def retry(self, place: int, attempt: int, error: str, after: float) -> Story:
        self.tell(
            happened.CommandRetryScheduled(
                execution_id=self.id, command_id=self.command(place).id, attempt=attempt, error=error,
                after=Duration.from_secs(after),
            )
        )  # fmt: skip
        return self

    def skip(self, *places: int, reason: str) -> Story:
        for place in places:
            self.tell(
                happened.CommandSkipped(execution_id=self.id, command_id=self.command(place).id, reason=reason)
            )
        return self

    def end(self, status: ExecutionStatus, error: ExecutionError | None = None) -> Story:
        state = self.session.state(self.id)
        whole = result_of(state, self.session.clock.now()).model_copy(update={"status": status, "error": error})
        match status:
            case ExecutionStatus.COMPLETED:
                self.tell(happened.Completed(execution_id=self.id, result=whole))
            case ExecutionStatus.CANCELLED:
                self.tell(happened.Cancelled(execution_id=self.id, result=whole))
            case ExecutionStatus.ROLLED_BACK:
                self.tell(happened.RollbackCompleted(execution_id=self.id, result=whole))
            case _:
                failed = error or ExecutionError.CommandFailed("a command failed")
                self.tell(happened.Failed(execution_id=self.id, error=failed, result=whole))
        return self

    def undo(self, place: int, status: CommandStatus | None, error: str | None = None) -> Story:
        """The compensation of a command began; with a status, it ended as well."""
        strategy = self.plan.rollback_strategy
        assert strategy is not None
        target = self.command(place)
        [compensation] = strategy.compensations[target.id]
        self.tell(
            happened.CompensationStarted(
                execution_id=self.id, command_id=target.id, compensation_id=compensation.id, attempt=1
            )
        )
        if status is not None:
            done = result(compensation, status, 1.4, end=self.session.clock.now(), error=error)
            self.tell(
                happened.CompensationEnded(
                    execution_id=self.id, command_id=target.id, compensation_id=compensation.id, result=done
                )
            )
        return self


# --- moments ---------------------------------------------------------------------------------------------------------


def running(folder: Path) -> Story:
    """Half way: one failed and the rest goes on, two run, one waits for its next attempt."""
    story = Story(_at_noon(folder), fleet(), prompt="The kernel advisory of February: patch the web fleet").begin()
    story.start(1).wait(2).complete(1, seconds=2).start(2, 3, 4, 5).wait(4)
    story.complete(2, 3, seconds=4).start(6, 7).wait(6)
    story.complete(4, seconds=10).start(8).wait(20).complete(5, seconds=30).start(9).wait(41)
    story.fail(7, REFUSED, seconds=67).skip(11, reason="`Patch the kernel of web-03` failed")
    story.retry(8, 1, "ThrottlingException: Rate exceeded", after=24).wait(12)
    story.complete(9, seconds=53).start(13)
    story.say(6, *(f"12:04:{n:02d} Installing : kernel-5.10.{220 + n}-209.867" for n in range(30)))
    story.say(6, "warning: /etc/sysctl.conf saved as /etc/sysctl.conf.rpmsave", stream="stderr")
    return story.say(6, "12:04:31 Verifying  : kernel-5.10.249-209.867")


def completed(folder: Path) -> Story:
    """A small plan, done."""
    session = _at_noon(folder)
    story = Story(session, _small(), prompt="Weekly clean-up").begin().start(1).wait(1).complete(1, seconds=1).start(2)
    story.say(2, "delete: s3://logs/2024/01.gz", "delete: s3://logs/2024/02.gz").wait(3).complete(2, seconds=3)
    return story.start(3).wait(1).complete(3, seconds=1.2).end(ExecutionStatus.COMPLETED)


def failed(folder: Path) -> Story:
    """The fleet's plan, ended by one failure."""
    story = Story(_at_noon(folder), fleet(), prompt="The kernel advisory of February").begin()
    story.start(1).wait(2).complete(1, seconds=2).start(2, 3, 4, 5).wait(4).complete(2, 3, 4, 5, seconds=4)
    story.start(6, 7, 8, 9).wait(60).say(7, "Sending the command to i-03", "An error occurred", stream="stderr")
    story.fail(7, f"{REFUSED}\nThe agent last answered 3 days ago", seconds=60).wait(20)
    story.complete(6, 9, seconds=80).fail(8, "Outcome unknown: the connection broke", 80, Outcome.UNKNOWN)
    story.skip(10, 11, 12, 13, 14, reason="`Patch the kernel of web-03` failed")
    return story.end(ExecutionStatus.FAILED, ExecutionError.CommandFailed("2 of 14 commands did not complete"))


def rolling_back(folder: Path) -> Story:
    """The failed one, while it is being undone."""
    story = failed(folder).wait(30)
    story.tell(happened.RollbackStarted(execution_id=story.id, reason="asked for by alice"))
    story.undo(5, CommandStatus.COMPLETED).undo(4, CommandStatus.FAILED, "An error occurred (ValidationError)")
    return story.undo(3, None).wait(2)


def rolled_back(folder: Path) -> Story:
    """The failed one, undone after a while because somebody asked for it and approved it."""
    story = failed(folder).wait(30)
    approval = ApprovalMetadata(
        approved_by="alice", approved_at=story.session.clock.now(), decision=Approve(), notes="the window closes",
        digest="b" * 64,
    )  # fmt: skip
    story.tell(happened.RollbackStarted(execution_id=story.id, reason="asked for by alice", approval=approval))
    for place in (5, 4, 3, 2):
        story.undo(place, CommandStatus.COMPLETED)
    return story.wait(5).end(ExecutionStatus.ROLLED_BACK)


def rollback_failed(folder: Path) -> Story:
    """The failed one, whose undoing came to nothing half way."""
    story = failed(folder).wait(30)
    story.tell(happened.RollbackStarted(execution_id=story.id, reason="asked for by alice"))
    story.undo(5, CommandStatus.COMPLETED).undo(4, CommandStatus.FAILED, "An error occurred (ValidationError)")
    left = "left to do: `Put web-04 back`, `Put web-03 back`, `Put web-02 back`"
    return story.end(ExecutionStatus.FAILED, RollbackFailed(f"Put web-04 back: ValidationError; {left}"))


def cancelled(folder: Path) -> Story:
    """Stopped in the middle by somebody."""
    story = Story(_at_noon(folder), fleet()).begin().start(1).wait(2).complete(1, seconds=2).start(2, 3, 4, 5).wait(4)
    story.complete(2, seconds=4)
    story.tell(happened.CancellationRequested(execution_id=story.id, by="alice"))
    story.wait(3).fail(3, "Execution cancelled by user", 7, Outcome.CANCELLED)
    story.fail(4, "Outcome unknown: cancelled while a write was in flight", 7, Outcome.UNKNOWN)
    story.fail(5, "Execution cancelled by user", 7, Outcome.CANCELLED)
    story.skip(*range(6, 15), reason="Cancelled by alice")
    return story.end(ExecutionStatus.CANCELLED, ExecutionError.Cancelled())


def some_history(folder: Path) -> RecordedSession:
    """What was run in the last weeks."""
    story = failed(folder)
    session = story.session
    wording = [
        ("Rotate the signing key of the shop", ExecutionStatus.COMPLETED, MODIFY, 3.4),
        ("Remove the access logs of 2024", ExecutionStatus.COMPLETED, DESTROY, 661),
        ("Take stock of the storefront estate", ExecutionStatus.COMPLETED, READ, 9.2),
        ("Rebalance the auto scaling group", ExecutionStatus.CANCELLED, MODIFY, 41),
        ("Resize the staging volumes", ExecutionStatus.ROLLED_BACK, MODIFY, 379),
        ("Patch the kernel of the canaries", ExecutionStatus.FAILED, MODIFY, 235),
        ("Shut the old shop down", ExecutionStatus.COMPLETED, DESTROY, 7300),
    ]
    for place, (description, status, level, seconds) in enumerate(wording, 1):
        older = record(place, description, status, level, seconds)
        session.older.append(older)
        session.journals[older.id] = []
    return session


def repeated(folder: Path) -> RecordedSession:
    """One plan, run every now and then, at times longer and at times not well."""
    session = some_history(folder)
    name = fleet().description
    for place, (status, seconds) in enumerate(
        [
            (ExecutionStatus.COMPLETED, 62),
            (ExecutionStatus.COMPLETED, 71),
            (ExecutionStatus.FAILED, 30),
            (ExecutionStatus.COMPLETED, 66),
            (ExecutionStatus.CANCELLED, 12),
            (ExecutionStatus.COMPLETED, 140),
        ],
        20,
    ):
        session.older.append(record(place, name, status, MODIFY, seconds))
    return session


def record(place: int, description: str, status: ExecutionStatus, level: object, seconds: float) -> ExecutionRecord:
    """One record of an earlier day."""
    commands = [
        cli(9000 + place * 10 + n, level, f"{description}, part {n}", "ec2 describe-tags")  # type: ignore[arg-type]
        for n in (1, 2, 3)
    ]
    ended = CommandStatus.COMPLETED if status is ExecutionStatus.COMPLETED else CommandStatus.FAILED
    at = ago(hours=17 * place)
    results = [result(command, CommandStatus.COMPLETED, 1, end=at) for command in commands[:2]]
    error = None if ended is CommandStatus.COMPLETED else "An error occurred (AccessDenied): not allowed to do this"
    results.append(result(commands[2], ended, seconds, end=at, error=error))
    made = plan(9000 + place, description, commands)
    return ExecutionRecord.model_validate(
        {
            "id": uid(9500 + place),
            "conversation_id": uid(9600 + place),
            "timestamp": at,
            "user_prompt": "",
            "execution_plan": made,
            "result": {
                "plan_id": made.id,
                "status": status,
                "command_results": results,
                "duration": timedelta(seconds=seconds),
                "error": None,
            },
            "duration": timedelta(seconds=seconds),
            "number": 400 - place,
            "risk_level": level,
        }
    )


def _small() -> ExecutionPlan:
    look = cli(1, READ, "What is in the bucket", "s3 ls", "s3://logs/2024/")
    remove = cli(2, DESTROY, "Delete the logs of 2024", "s3 rm", "s3://logs/2024/", "--recursive")
    again = sdk(3, READ, "Look again", "s3", "ListObjectsV2", {"Bucket": "logs"})
    return plan(71, "Remove the logs of 2024", [look, remove, again])


def _at_noon(folder: Path) -> RecordedSession:
    session = RecordedSession(folder)
    session.clock.present = NOON - timedelta(minutes=2)
    return session


def ids(story: Story, *places: int) -> tuple[UUID, ...]:
    """The ids of commands by their places."""
    return tuple(story.command(place).id for place in places)
