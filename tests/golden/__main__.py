"""`python -m tests.golden NAME`: see the package's first page."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import boto3

from cloudops_tui.model import events as happened
from cloudops_tui.model.command import Command, OnFailure, Sdk, SdkCommand
from cloudops_tui.model.events import EVENT
from cloudops_tui.model.plan import Parallel, RollbackStrategy, RollbackTrigger
from tests.faults.__main__ import moto_server
from tests.faults.case import Case, Kind
from tests.faults.driver import SECRET
from tests.faults.rows_network import held as is_held
from tests.faults.rows_network import of_profile, renew, the_program
from tests.faults.scene import Scene, case, command, scene
from tests.faults.stub import ACCOUNT, Weather
from tests.golden.folded import folded

HERE = Path(__file__).parent


def completed(place: Scene) -> None:
    """A read, a write that is tried again, a command of the CLI."""
    one = case(Kind.GET, Kind.PUT, Kind.CLI_PUT, weather={1: [Weather.THROTTLE]})
    _run(place, one)


def failed(place: Scene) -> None:
    """A refusal in the middle; what comes after it is skipped."""
    _run(place, case(Kind.PUT, Kind.CLI_PUT, Kind.PUT, weather={1: [Weather.REFUSE]}, on_failure=OnFailure.ABORT))


def cancelled(place: Scene) -> None:
    """A read and a write in flight, one command that had not begun."""
    one = case(Kind.PUT, Kind.GET, Kind.CLI_PUT)
    place.watch(one)
    place.stub.holds = frozenset({"c01"})
    engine = place.engine("run", one)
    place.until(lambda: place.stub.held == 1, "the second command has begun")
    place.engine("cancel").end()
    engine.end()


def interrupted(place: Scene) -> None:
    """The engine is killed between two commands; another takes it over."""
    one = case(Kind.PUT, Kind.PUT, Kind.PUT)
    place.watch(one)
    place.engine("run", one, crash="after:4").end()  # created, started, begun, ended
    place.settled()


def unknown(place: Scene) -> None:
    """A connection that broke in the answer, a service that broke, and writes in flight when the engine was killed."""
    one = case(
        Kind.PUT, Kind.SEND, Kind.PUBLISH, Kind.CLI_PUT,
        mode=Parallel(), weather={0: [Weather.RESET], 1: [Weather.BROKEN]},
    )  # fmt: skip
    place.watch(one)
    place.stub.holds = frozenset({"c02", "c03"})
    engine = place.engine("run", one)
    place.until(lambda: place.stub.held == 2 and _ended(place, one) == 2, "two are in flight and two have ended")
    os.kill(engine.pid, signal.SIGKILL)
    engine.end()
    place.stub.release()
    place.settled()


def rolled_back(place: Scene) -> None:
    """A failure that is undone by itself."""
    _run(place, _undone())


def rollback_failed(place: Scene) -> None:
    """As `rolled_back`, but the second compensation is refused."""
    _run(place, _undone(), {"c00-undo": (Weather.REFUSE,)})


def held(place: Scene) -> None:
    """Credentials expired, were renewed, and the same attempt was made again."""
    vault = place.folder / "credentials"
    renew(vault, 1)
    one = of_profile(case(Kind.PUT, Kind.PUT, weather={0: [Weather.EXPIRED] * 2}))
    place.watch(one)
    engine = place.engine("run", one, variables={"AWS_SHARED_CREDENTIALS_FILE": os.fspath(vault)})
    is_held(place, one, 1)
    renew(vault, 2)
    engine.end()


def throttled(place: Scene) -> None:
    """A service that told us to slow down; its other commands waited for their turn."""
    _run(place, case(*[Kind.PUT] * 4, mode=Parallel(), weather={place: [Weather.THROTTLE] for place in range(4)}))


def stopped(place: Scene) -> None:
    """What ran was finished, and no more was begun."""
    one = case(Kind.PUT, Kind.PUT)
    place.watch(one)
    place.stub.holds = frozenset({"c00"})
    engine = place.engine("run", one)
    place.until(lambda: place.stub.held == 1, "the first command has begun")
    place.engine("stop").end()
    place.until(lambda: any(isinstance(one, happened.StopRequested) for one in place.kept().story), "it is asked to")
    place.stub.release()
    engine.end()


def redriven(place: Scene) -> None:
    """A failure, then one command left out, and the rest run as the same execution."""
    _run(place, case(Kind.PUT, Kind.PUT, Kind.PUT, weather={0: [Weather.REFUSE]}, on_failure=OnFailure.ABORT))
    _approved(place, "redrive", "1", "--skip", "3", "--reason", "not wanted any more")


def reconciled(place: Scene) -> None:
    """One that was sent and not answered is marked done, another not done, and a third is sent once more."""
    one = case(*[Kind.PUT] * 3, weather={number: [Weather.RESET] for number in range(3)})
    _run(place, one)
    for number, said in ((1, "--done"), (2, "--not-done")):
        ended = the_program(place, "reconcile", "1", str(number), said, "--reason", "seen in the console")
        assert ended.returncode in (0, 5), ended.stderr
    _approved(place, "reconcile", "1", "3", "--run-again", "--reason", "it is not there", "--confirm", "twice")


def restored(place: Scene) -> None:
    """A setting was read before it was changed; a rollback was proposed from that, approved, and put it back."""
    with moto_server() as address:
        logs = boto3.session.Session("AKIAIOSFODNN7EXAMPLE", SECRET, region_name="us-east-1").client(
            "logs", endpoint_url=address
        )
        logs.create_log_group(logGroupName="c00")
        logs.put_retention_policy(logGroupName="c00", retentionInDays=7)
        plan = _alone(place, "logs", "PutRetentionPolicy", logGroupName="c00", retentionInDays=30)
        surely = ("--reason", "keep more", "--confirm", ACCOUNT)
        _approved(place, "run", plan, *surely, "--no-way-back", AWS_ENDPOINT_URL=address)
        _approved(place, "rollback", "1", *surely, AWS_ENDPOINT_URL=address)


def acknowledged(place: Scene) -> None:
    """A command that destroys and that nothing undoes, approved as such."""
    plan = _alone(place, "ssm", "DeleteParameter", Name="c00")
    _approved(place, "run", plan, "--reason", "no longer used", "--confirm", ACCOUNT, "--no-way-back")


ENDINGS: tuple[Callable[[Scene], None], ...] = (
    completed, failed, cancelled, interrupted, unknown, rolled_back, rollback_failed,
    held, throttled, stopped, redriven, reconciled, restored, acknowledged,
)  # fmt: skip


def main(words: Sequence[str]) -> int:
    if len(words) != 1 or words[0].startswith("-"):
        print(__doc__)
        return 2
    folder = HERE / words[0]
    if folder.exists():
        print(f"`{folder}` was recorded before, and stays as it is; choose another name")
        return 1
    recorded = {ending.__name__: _recorded(ending) for ending in ENDINGS}
    folder.mkdir()
    for name, text in recorded.items():
        (folder / f"{name}.json").write_text(text)
    print(f"{len(recorded)} journals in `{folder}`")
    return 0


def _recorded(ending: Callable[[Scene], None]) -> str:
    with scene(long=False) as place:
        ending(place)
        kept = place.kept()
        document = {
            "what": ending.__doc__,
            "execution": str(kept.id),
            "plan": json.loads(kept.plan.model_dump_json()),
            "events": [json.loads(EVENT.dump_json(event)) for event in kept.story],
            "folded": folded(kept.state),
        }
        return json.dumps(document, indent=1).replace(os.fspath(place.folder), "/recorded") + "\n"


def _run(place: Scene, one: Case, more: dict[str, Sequence[Weather]] | None = None) -> None:
    place.watch(one)
    place.stub.padding = lambda name: "1"
    place.stub.weather = {**one.weather, **(more or {})}
    code, _, said = place.engine("run", one).end()
    assert code == 0, said


def _alone(place: Scene, service: str, operation: str, **parameters: Any) -> str:
    """The file of a plan of this one command."""
    one = command(Kind.PUT, "c00").model_copy(
        update={"command_type": Sdk(SdkCommand(service=service, operation=operation, parameters=parameters))}
    )
    plan = place.folder / "plan.json"
    plan.write_text(case(Kind.PUT).plan.model_copy(update={"commands": (one,)}).model_dump_json())
    return os.fspath(plan)


def _approved(place: Scene, verb: str, what: str, *words: str, **variables: str) -> None:
    """A verb that runs what its digest approves, and that digest from whoever shows it."""
    shown = the_program(place, "check" if verb == "run" else verb, what, *_shown(verb, words), "--json", **variables)
    assert shown.returncode in (0, 3), (shown.returncode, shown.stderr)
    digest = json.loads(shown.stdout)["digest"]
    ended = the_program(place, verb, what, *words, "--approve", digest, **variables)
    assert ended.returncode in (0, 1), (ended.returncode, ended.stderr)


def _shown(verb: str, words: Sequence[str]) -> Sequence[str]:
    """Those of the words that it is shown with: a decision's own say nothing of what is decided."""
    return words if verb in ("redrive", "reconcile") else ()


def _ended(place: Scene, one: Case) -> int:
    state = place.kept().state
    return sum(state.command(command.id).status.ended for command in one.plan.commands)


def _undone() -> Case:
    def undo(commands: Sequence[Command]) -> tuple[RollbackStrategy, dict[UUID, str]]:
        undos: dict[UUID, tuple[Command, ...]] = {
            one.id: (command(Kind.PUT, f"{one.description}-undo"),) for one in commands[:2]
        }
        strategy = RollbackStrategy(trigger=RollbackTrigger.ON_FAILURE, compensations=undos)
        return strategy, {one[0].id: one[0].description for one in undos.values()}

    return case(
        Kind.PUT, Kind.CLI_PUT, Kind.PUT, weather={2: [Weather.REFUSE]}, on_failure=OnFailure.ABORT, undo=undo
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
