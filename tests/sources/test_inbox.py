"""What the inbox takes, what it leaves, and what it refuses."""

from __future__ import annotations

import json
import os
import stat
import time
from pathlib import Path
from typing import cast

import pytest

from cloudops_tui.engine.plan_queue import Submission
from cloudops_tui.engine.ports import Conflict
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.model.queue import Problem, QueueEntry
from cloudops_tui.policy.plan_text import LARGEST
from cloudops_tui.sources.inbox import SETTLED, Inbox, take_arrivals


class Hands:
    """A clock that is moved by hand; the wall stands where the files were just written."""

    def __init__(self) -> None:
        self.passed = 0.0

    def monotonic(self) -> float:
        return 1000.0 + self.passed

    def wall(self) -> float:
        return 0.0  # before every file: only what is seen to stand still counts


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def inbox(tmp_path: Path, hands: Hands) -> Inbox:
    made = Inbox(tmp_path / "inbox", wall=hands.wall, monotonic=hands.monotonic)
    made.take()
    return made


def names(inbox: Inbox) -> list[str]:
    return [arrival.name for arrival in inbox.take()]


def settled(inbox: Inbox, hands: Hands) -> list[str]:
    """What is taken once everything has stood still."""
    inbox.take()
    hands.passed += SETTLED
    return names(inbox)


def test_the_folder_is_made_for_its_owner_only(inbox: Inbox) -> None:
    for folder in (inbox.folder, inbox.folder / "taken", inbox.folder / "refused"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_is_taken_only_when_it_stood_still_for_half_a_second(inbox: Inbox, hands: Hands) -> None:
    file = inbox.folder / "plan.json"
    file.write_text("{")
    assert names(inbox) == []

    hands.passed += SETTLED * 0.9
    file.write_text("{}")
    assert names(inbox) == []

    hands.passed += SETTLED * 0.9
    assert names(inbox) == []
    assert inbox.unsettled == 1

    hands.passed += SETTLED * 0.2
    [arrival] = inbox.take()
    assert (arrival.submission.data, arrival.submission.form) == (b"{}", "json")


def test_a_file_renamed_from_an_ignored_name_is_taken_at_once(inbox: Inbox) -> None:
    for hidden in (".one.json", "two.json.tmp"):
        (inbox.folder / hidden).write_text("{}")
    assert names(inbox) == []

    (inbox.folder / ".one.json").rename(inbox.folder / "one.json")
    (inbox.folder / "two.json.tmp").rename(inbox.folder / "two.json")

    assert names(inbox) == ["one.json", "two.json"]


def test_an_old_file_renamed_in_is_taken_at_once(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox")
    inbox.take()
    file = tmp_path / "plan.yaml"
    file.write_text("id: 1")
    os.utime(file, (time.time() - 60, time.time() - 60))
    file.rename(inbox.folder / "plan.yaml")

    [arrival] = inbox.take()

    assert arrival.submission.form == "yaml"


def test_dotfiles_temporary_files_and_folders_are_left_alone(inbox: Inbox, hands: Hands) -> None:
    for name in (".hidden", "half.json.tmp"):
        (inbox.folder / name).write_text("{}")
    (inbox.folder / "folder").mkdir()

    assert settled(inbox, hands) == []
    assert inbox.unsettled == 0


def test_what_is_no_plain_file_of_ours_arrives_with_that_as_its_problem(
    inbox: Inbox, hands: Hands, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("{}")
    (inbox.folder / "1-link").symlink_to(secret)
    os.mkfifo(inbox.folder / "2-pipe")
    os.link(secret, inbox.folder / "3-linked")
    (inbox.folder / "4-large").write_bytes(b" " * (LARGEST + 1))
    inbox.take()
    hands.passed += SETTLED

    arrivals = inbox.take()

    said = [arrival.submission.problems[0].message for arrival in arrivals]
    assert [arrival.name for arrival in arrivals] == ["1-link", "2-pipe", "3-linked", "4-large"]
    for message, word in zip(said, ("symbolic link", "regular file", "2 links", "bytes"), strict=True):
        assert word in message
    assert all(b"{}" not in arrival.submission.data for arrival in arrivals)


def test_taken_files_move_and_never_replace_one_another(inbox: Inbox, hands: Hands) -> None:
    for content in ("{}", "[]"):
        (inbox.folder / "plan.json").write_text(content)
        inbox.take()
        hands.passed += SETTLED
        [arrival] = inbox.take()
        inbox.accept(arrival)

    taken = sorted((inbox.folder / "taken").iterdir())
    assert [(file.name, file.read_text()) for file in taken] == [("plan.json", "{}"), ("plan.json.1", "[]")]


def test_a_refused_file_has_its_error_beside_it_whatever_its_name(inbox: Inbox, hands: Hands) -> None:
    name = os.fsdecode(b"\xff\x1b[2J" + b"x" * 240)
    (inbox.folder / name).write_text("{")
    inbox.take()
    hands.passed += SETTLED
    [arrival] = inbox.take()

    inbox.refuse(arrival, (Problem(path="", message="Not JSON", remedy="Write JSON"),))

    assert "\x1b" not in arrival.shown + arrival.submission.source
    beside, moved = sorted((inbox.folder / "refused").iterdir(), key=lambda file: -len(file.name))
    assert beside.name == f"{moved.name}.error.json"
    assert json.loads(beside.read_text())["problems"][0]["message"] == "Not JSON"
    assert stat.S_IMODE(beside.stat().st_mode) == 0o600


def test_a_file_that_another_process_took_meanwhile_is_no_error(inbox: Inbox, hands: Hands) -> None:
    (inbox.folder / "plan.json").write_text("{}")
    inbox.take()
    hands.passed += SETTLED
    [arrival] = inbox.take()
    (inbox.folder / "plan.json").unlink()

    inbox.accept(arrival)
    inbox.refuse(arrival, ())

    assert list((inbox.folder / "taken").iterdir()) == list((inbox.folder / "refused").iterdir()) == []


@pytest.mark.parametrize("is_refused", [False, True], ids=["accepted", "refused"])
def test_a_file_that_was_replaced_after_it_was_read_is_left_and_taken_in_its_turn(
    inbox: Inbox, hands: Hands, is_refused: bool
) -> None:
    (inbox.folder / "plan.json").write_text("{}")
    inbox.take()
    hands.passed += SETTLED
    [arrival] = inbox.take()
    (inbox.folder / ".next").write_text('{"a": 1}')
    (inbox.folder / ".next").rename(inbox.folder / "plan.json")

    if is_refused:
        inbox.refuse(arrival, ())
    else:
        inbox.accept(arrival)

    assert list((inbox.folder / "taken").iterdir()) == list((inbox.folder / "refused").iterdir()) == []
    inbox.take()
    hands.passed += SETTLED
    assert [one.submission.data for one in inbox.take()] == [b'{"a": 1}']


def test_the_files_of_a_plan_lie_in_a_folder_of_its_own_beside_it(inbox: Inbox, hands: Hands) -> None:
    (inbox.folder / "deploy.files").mkdir()
    (inbox.folder / "deploy.files" / "policy.json").write_text("{}")
    (inbox.folder / "deploy.json").write_text("{}")

    inbox.take()
    hands.passed += SETTLED
    [arrival] = inbox.take()

    assert arrival.name == "deploy.json"
    assert arrival.submission.base_dir == inbox.folder / "deploy.files"


async def test_it_is_told_how_many_plans_are_still_in_the_inbox(inbox: Inbox) -> None:
    class Refuses:
        async def submit_data(self, submission: Submission) -> QueueEntry:
            raise Conflict("it is another plan's id")

    for name in ("a.json", "b.json"):
        (inbox.folder / name).write_text("{}")
        os.utime(inbox.folder / name, (-SETTLED, -SETTLED))
    (inbox.folder / "c.json").write_text("{")
    (inbox.folder / ".d.json.tmp").write_text("{")
    told: list[int] = []

    await take_arrivals(cast(ExecutionSession, Refuses()), inbox, left=told.append)
    await take_arrivals(cast(ExecutionSession, Refuses()), inbox, left=told.append)

    assert told == [3, 2, 1, 1], "one is still being written"
