"""A remembered execution, tab by tab."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cloudops_tui.cli.narration import worded
from cloudops_tui.model import events as happened
from cloudops_tui.model.approval import Operator
from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.model.result import CommandStatus, ExecutionStatus
from cloudops_tui.policy.safe_text import has_foreign
from cloudops_tui.presentation import execution, going_on
from cloudops_tui.presentation import record as view
from cloudops_tui.presentation.execution import Arrangement, Group, Look
from cloudops_tui.presentation.lines import Row, Span, line_width, plain
from cloudops_tui.presentation.record import TABS, Origin, command_of
from tests.tui import recorded
from tests.tui.recorded import HOSTILE, Story, ids
from tests.tui.twin import MODIFY, NOON, RecordedSession, ago, cli, listed_of, plan, result, revision_of, uid

LOOK = Look(NOON, 90)


def remembered(story: Story, *, pruned: bool = False) -> tuple[Arrangement, ExecutionRecord]:
    record = asyncio.run(story.session.record(story.id))
    return view.remembered(record, () if pruned else story.session.journals[story.id]), record


def said(rows: tuple[Row, ...]) -> list[str]:
    return [plain(row.line).rstrip() for row in rows]


def test_the_outcome_begins_with_the_errors_and_tells_them_whole(tmp_path: Path) -> None:
    arrangement, record = remembered(recorded.failed(tmp_path))

    lines = said(view.outcome(arrangement, record, LOOK))

    assert lines[0] == "✗ FAILED in 1m26s: 1 failed, 1 UNKNOWN, 7 ok, 5 skipped"
    assert lines[2].startswith("✗ FAILED  7 Patch the kernel of web-03")
    assert lines[2].endswith("exit 254  TargetNotConnected  1m00s")
    assert "  The agent last answered 3 days ago" in lines


def test_every_error_of_the_outcome_leads_to_its_command(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    arrangement, record = remembered(story)

    rows = view.outcome(arrangement, record, LOOK)

    assert command_of(rows[2].id) == ids(story, 7)[0]
    assert command_of(rows[0].id) is None


@pytest.mark.parametrize("moment", [recorded.failed, recorded.completed, recorded.cancelled])
def test_a_record_whose_story_was_pruned_tells_the_same_outcome(moment: Any, tmp_path: Path) -> None:
    story = moment(tmp_path)
    (whole, record), (pruned, _) = remembered(story), remembered(story, pruned=True)

    assert pruned.members == whole.members
    assert said(view.outcome(pruned, record, LOOK))[3:6] == said(view.outcome(whole, record, LOOK))[3:6]
    assert said(view.timeline(pruned, record, (), LOOK))[-1] == (
        "The story of this execution is no longer kept; its record is."
    )


def test_what_somebody_stopped_is_called_the_same_wherever_it_stands(tmp_path: Path) -> None:
    story = recorded.cancelled(tmp_path)
    arrangement, record = remembered(story)
    state, journal = arrangement.state, story.session.journals[story.id]
    stopped = arrangement.members[Group.CANCELLED]
    titles = tuple(f"cancelled  {arrangement.graph.title(one)}" for one in stopped)

    tree = [plain(execution.row(arrangement, one, frozenset(), LOOK)) for one in stopped]
    left = [plain(row.line) for row in going_on.rows(state, (), 90, ascii_only=False) if row.id in stopped]
    told = [line for line in said(view.timeline(arrangement, record, journal, LOOK)) if "by user" in line]
    lines = [words for event in journal if "by user" in (words := worded(state.plan)(event) or "")]

    assert all("⊘ cancelled" in row for row in (*tree, *left))
    assert all(any(title in line for line in told) for title in titles)
    assert all(": cancelled: " in line for line in lines)
    assert [len(each) for each in (tree, left, told, lines)] == [2, 2, 2, 2]


def test_the_timeline_has_every_event_with_its_moment_in_utc_in_words(tmp_path: Path) -> None:
    story = recorded.rolling_back(tmp_path)
    arrangement, record = remembered(story)
    journal = story.session.journals[story.id]

    lines = said(view.timeline(arrangement, record, journal, Look(NOON, 140)))

    assert len(lines) == len(journal) + 1
    assert lines[0] == "12:02:31.000Z    +0.0s  approved   by alice"
    assert lines[1] == "12:02:31.000Z    +0.0s  began      the execution, approved by alice"
    failed = "12:03:37.000Z   +1m06s  failed     7 Patch the kernel of web-03  TargetNotConnected: i-0b7"
    assert any(line.startswith(failed) for line in lines)
    unknown = "UNKNOWN    8 Patch the kernel of web-04  the connection broke"
    assert any(line.endswith(unknown) for line in lines)
    assert any(line.endswith("began      the rollback: asked for by alice") for line in lines)
    assert any(line.endswith("undo       5 Drain web-05  by Put web-05 back") for line in lines)


def test_every_command_is_listed_with_what_was_run_and_how_it_ended(tmp_path: Path) -> None:
    arrangement, _ = remembered(recorded.failed(tmp_path))

    lines = said(view.commands(arrangement, Look(NOON, 120)))

    assert len(lines) == 2 * 14
    assert lines[12].endswith("exit 254  TargetNotConnected  1m00s")
    assert lines[13].strip() == "aws ssm send-command --instance-ids i-003 --document-name AWS-RunPatchBaseline"


def test_the_approval_names_who_when_the_whole_digest_and_where_the_plan_came_from(tmp_path: Path) -> None:
    _, record = remembered(recorded.failed(tmp_path))

    lines = "\n".join(said(view.approval(record, (), LOOK)))

    assert record.approval_metadata is not None
    assert f"digest      {record.approval_metadata.digest}" in lines
    assert "approved by alice" in lines
    assert "2026-03-04 12:02:31 UTC" in lines
    assert "The kernel advisory of February" in lines
    assert str(record.conversation_id) in lines


def test_the_approval_says_who_sat_there_what_was_overridden_and_what_was_changed(tmp_path: Path) -> None:
    _, record = remembered(recorded.failed(tmp_path))
    assert record.approval_metadata is not None
    decided = record.approval_metadata.model_copy(
        update={
            "operator": Operator(
                uid=1000,
                login_uid=1001,
                sudo_user="mallory\x1b[2J",
                ssh_connection="192.0.2.7 50000 192.0.2.1 22",
                principals=("123456789012 role/operator",),
            ),
            "override": "the role may not dry-run",
            "expires_at": record.approval_metadata.approved_at + timedelta(minutes=15),
            "original_digest": "c" * 64,
            "difference": '@@ -1 +1 @@\n-  "old\x9b"\n+  "new"',
        }
    )

    shown = view.approval(record.model_copy(update={"approval_metadata": decided}), (), LOOK)
    lines = [line.rstrip() for line in said(shown)]

    assert "decision    approved after it was changed here" in lines
    who = " ".join(line.strip() for line in lines[lines.index("decision    approved after it was changed here") + 1 :])
    assert r"uid 1000, logged in as uid 1001, by sudo from `mallory\x1b[2J` (a hint), by ssh from 192.0.2.7" in who
    assert "acting as   123456789012 role/operator" in lines
    assert "override    the role may not dry-run" in lines
    assert "valid until 2026-03-04 12:17:31 UTC" in lines
    assert f"original    {'c' * 64}" in lines
    assert [line for line in lines if line.startswith("  ")][-2:] == [r'  -  "old\x9b"', '  +  "new"']


def test_the_approval_lists_the_decision_on_the_plan_and_on_each_rollback(tmp_path: Path) -> None:
    story = recorded.rolled_back(tmp_path)
    _, record = remembered(story)
    journal = story.session.journals[story.id]

    lines = said(view.approval(record, journal, LOOK))

    plan_part, rollback_part = lines[: lines.index("The rollback")], lines[lines.index("The rollback") :]
    assert record.approval_metadata is not None
    assert f"digest      {record.approval_metadata.digest}" in plan_part
    assert f"digest      {'b' * 64}" in rollback_part
    assert "approved by alice" in rollback_part
    assert "when        2026-03-04 12:04:27 UTC" in rollback_part
    assert "notes       the window closes" in rollback_part


def test_a_rollback_that_began_by_itself_says_why(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    story.tell(happened.RollbackStarted(execution_id=story.id, reason="a command failed"))
    _, record = remembered(story)

    lines = said(view.approval(record, story.session.journals[story.id], LOOK))

    assert "approved by alice, with the plan: it began by itself" in lines
    assert "because     a command failed" in lines


def test_whose_rollback_it_was_is_told_in_header_and_outcome(tmp_path: Path) -> None:
    arrangement, record = remembered(recorded.rolled_back(tmp_path))

    assert "asked for by alice" in plain(view.header(arrangement, record, Look(NOON, 120), "asked for by alice"))
    assert said(view.outcome(arrangement, record, LOOK, "asked for by alice"))[0].startswith(
        "↶ Rolled back in 1m31s, asked for by alice:"
    )


def test_the_timeline_keeps_verb_and_reason_in_sight_and_cuts_the_description(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    arrangement, record = remembered(story)

    lines = said(view.timeline(arrangement, record, story.session.journals[story.id], Look(NOON, 77)))

    [failed] = [each for each in lines if "  failed     7 " in each]
    assert "~" in failed
    assert "  TargetNotConnected" in failed
    assert any(each.endswith("completed  1 Snapshot the launch template  in 2.0s") for each in lines)


def test_a_command_that_ended_before_another_process_noted_it_stands_at_its_own_moment(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    story = Story(session, plan(70, "Two", [cli(1, MODIFY, "first", "s3 ls")])).begin().start(1).wait(0.6)
    ended = result(story.command(1), CommandStatus.COMPLETED, 0.6, end=session.clock.now())
    story.wait(10.4)
    story.tell(happened.CommandCompleted(execution_id=story.id, command_id=ended.command_id, result=ended))
    arrangement, record = remembered(story)

    last = said(view.timeline(arrangement, record, session.journals[story.id], LOOK))[-1]

    assert last.endswith("+0.6s  completed  1 first  in 0.6s")


def test_the_raw_record_is_the_wire_form_with_nothing_cut(tmp_path: Path) -> None:
    _, record = remembered(recorded.completed(tmp_path))

    narrow = view.raw(record, Look(NOON, 40))

    joined = "".join("".join(said(narrow)).replace("↪", "").split())
    assert any("↪" in part for part in said(narrow))
    assert joined == "".join(record.model_dump_json().split())


def test_hostile_text_reaches_no_tab_unescaped(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    hostile = plan(70, HOSTILE, [cli(1, MODIFY, HOSTILE, "s3 ls", HOSTILE)])
    story = Story(session, hostile, prompt=HOSTILE).begin().start(1)
    story.retry(1, 1, HOSTILE, 3).fail(1, HOSTILE).end(ExecutionStatus.FAILED)
    arrangement, record = remembered(story)

    entry = session.entries[uid(1418)].model_copy(update={"source": HOSTILE, "edited_by": HOSTILE})
    earlier = (revision_of(entry),) * 2
    origin = Origin(HOSTILE, HOSTILE, entry, earlier)

    rows = (
        *view.outcome(arrangement, record, LOOK),
        *view.timeline(arrangement, record, session.journals[story.id], LOOK, origin),
        *view.commands(arrangement, LOOK),
        *view.approval(record, session.journals[story.id], LOOK),
        *view.raw(record, LOOK),
        *view.difference(arrangement, record, LOOK, origin),
        *view.with_marks(view.approval(record, (), LOOK, origin), HOSTILE[:5]),
        *(Row(0, (Span(each.text),)) for each in view.kept_output(arrangement, story.command(1).id)),
    )

    assert not any(has_foreign(span.text) for row in rows for span in row.line)
    assert any("\\x1b]52" in plain(row.line) for row in rows)


@pytest.mark.parametrize("cells", [58, 77, 78, 158])
def test_the_tabs_take_their_line_and_where_they_do_not_fit_the_open_one_is_named(cells: int) -> None:
    for chosen, name in enumerate(TABS):
        shown = view.tabs(chosen, Look(NOON, cells))

        assert line_width(shown) == cells
        assert (f"[{name}]" if cells >= 77 else f"{chosen + 1}/7 {name}") in plain(shown)


def test_the_timeline_begins_with_who_sent_changed_and_approved_the_plan(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    arrangement, record = remembered(story)
    entry = story.session.entries[uid(1418)].model_copy(
        update={"submitted_at": ago(days=1), "source": "inbox", "revision": 3, "edited_by": "alice"}
    )
    first, second = revision_of(entry), revision_of(entry).model_copy(update={"revision": 2, "at": ago(minutes=9)})

    lines = said(view.timeline(arrangement, record, (), LOOK, Origin(entry=entry, revisions=(first, second))))

    assert lines[0].startswith("03-03 12:04Z   -23h58m  queued     from inbox")
    assert lines[1].startswith("11:55:31.000Z   -7m00s  changed    r2 by alice")
    assert lines[2].endswith("approved   by alice")


def test_the_approval_names_both_digests_the_source_and_every_revision(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    _, record = remembered(story)
    entry = story.session.entries[uid(1418)].model_copy(update={"revision": 2, "edited_by": "alice"})

    lines = said(view.approval(record, (), LOOK, Origin("c" * 64, "d" * 64, entry, (revision_of(entry),))))

    assert f"plan digest {'c' * 64}" in lines
    assert f"bound to    {'d' * 64}" in lines
    assert "source      inbox" in lines
    assert any(each.startswith("  r2  by alice") and each.endswith("this one ran") for each in lines)


def test_the_difference_counts_what_went_otherwise_and_lists_only_that(tmp_path: Path) -> None:
    arrangement, record = remembered(recorded.failed(tmp_path))
    others = tuple(listed_of(recorded.record(n, "Patch", ExecutionStatus.COMPLETED, MODIFY, 60)) for n in (1, 2, 3))

    lines = said(view.difference(arrangement, record, LOOK, Origin(runs=others)))

    assert "happened    7 as planned, 1 failed, 1 UNKNOWN, 5 skipped" in lines
    assert "usually     avg of last 3: 1m00s, 3 ok" in lines
    assert any(each.startswith("✗ 7 Patch the kernel of web-03") and each.endswith("failed") for each in lines)
    assert "  `Patch the kernel of web-03` failed" in lines
    assert not any("Drain web-02" in each for each in lines)


def test_a_command_that_needed_a_second_attempt_is_a_difference(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    story = Story(session, plan(70, "Two", [cli(1, MODIFY, "first", "s3 ls")])).begin().start(1)
    story.retry(1, 1, "Throttled", 3).start(1, attempt=2)
    again = result(story.command(1), CommandStatus.COMPLETED, 1, attempts=2)
    story.tell(happened.CommandCompleted(execution_id=story.id, command_id=again.command_id, result=again))
    story.end(ExecutionStatus.COMPLETED)
    arrangement, record = remembered(story)

    lines = said(view.difference(arrangement, record, LOOK))

    assert "happened    1 retried" in lines
    assert lines[-1].startswith("✓ 1 first")
    assert lines[-1].endswith("completed at attempt 2")


def test_a_plan_that_went_as_planned_says_so(tmp_path: Path) -> None:
    arrangement, record = remembered(recorded.completed(tmp_path))

    assert said(view.difference(arrangement, record, LOOK))[-1] == (
        "Every command completed at its first attempt, as planned."
    )


def test_a_word_is_found_in_any_case_marked_and_gone_through_round_and_round(tmp_path: Path) -> None:
    _, record = remembered(recorded.failed(tmp_path))
    rows = view.raw(record, LOOK)

    places = view.holding(rows, "DESCRIBE-launch")
    marked = view.with_marks(rows, "DESCRIBE-launch")

    assert [plain(marked[place].line) for place in places] == [plain(rows[place].line) for place in places]
    assert [span.text for span in marked[places[0]].line if span.style == "mark"] == ["describe-launch"]
    assert [row.id for row in marked] == [row.id for row in rows]
    assert [view.found_place((3, 7), cursor, by) for cursor, by in ((3, 0), (3, 1), (7, 1), (3, -1), (9, 0))] == [
        0, 1, 0, 1, 0,
    ]  # fmt: skip
    assert view.found_place((), 0, 1) is None


def test_an_output_whose_files_are_gone_says_so_and_shows_what_the_record_keeps(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    story = Story(session, plan(70, "One", [cli(1, MODIFY, "first", "s3 ls")])).begin().start(1)
    done = result(story.command(1), CommandStatus.COMPLETED, 1, output="a\nb\x1b[31m", output_bytes=7000)
    story.tell(happened.CommandCompleted(execution_id=story.id, command_id=done.command_id, result=done))
    arrangement, _ = remembered(story)

    lines = [each.text for each in view.kept_output(arrangement, done.command_id)]

    assert lines[0].startswith("--- the files with this output of 7.0 KB are gone (pruned);")
    assert lines[1:] == ["a", "b\\x1b[31m"]


def test_what_can_be_yanked_is_quoted_for_a_shell_and_names_the_arn(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    arn = "arn:aws:sns:eu-west-1:1:topic"
    tag = cli(1, MODIFY, "first", "sns publish", "--topic-arn", arn, "--message", "two words")
    story = Story(session, plan(70, "One", [tag])).begin().start(1).fail(1, "no")
    arrangement, record = remembered(story)

    offered = view.offers(record, arrangement, tag.id, view.raw(record, LOOK), 0)
    texts = {each.label: each.text for each in offered}

    assert len({each.key for each in offered}) == len(offered)
    assert texts["command"].endswith(f"--topic-arn {arn} --message 'two words'")
    assert (texts["ARN"], texts["error"], texts["line"]) == (arn, "no", "{")
