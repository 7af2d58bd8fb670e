"""`python -m tests.golden NAME`: see the package's first page."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

from cloudops_tui.model.command import Command, OnFailure
from cloudops_tui.model.events import EVENT
from cloudops_tui.model.plan import Parallel, RollbackStrategy, RollbackTrigger
from tests.faults.case import Case, Kind
from tests.faults.scene import Scene, case, command, scene
from tests.faults.stub import Weather
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


ENDINGS: tuple[Callable[[Scene], None], ...] = (
    completed, failed, cancelled, interrupted, unknown, rolled_back, rollback_failed,
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
