"""What stands where on the live screen, and in which order."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudops_tui.model import events as happened
from cloudops_tui.model.result import CommandStatus, ExecutionStatus
from cloudops_tui.policy.safe_text import has_foreign
from cloudops_tui.presentation import execution as view
from cloudops_tui.presentation import output
from cloudops_tui.presentation.execution import FOLDED_AT_FIRST, Arrangement, Graph, Group, Look
from cloudops_tui.presentation.lines import line_width, plain
from cloudops_tui.state.execution import ExecutionState
from cloudops_tui.state.reducer import apply, replay
from tests.tui import recorded
from tests.tui.recorded import HOSTILE, Story, ids
from tests.tui.twin import MODIFY, RecordedSession, cli, plan

NONE: frozenset[Group] = frozenset()


def arranged(story: Story) -> Arrangement:
    state = story.session.state(story.id)
    return view.arranged(Graph(state.plan), state)


def look(story: Story, width: int = 78, later: float = 0, **more: Any) -> Look:
    return Look(story.session.clock.now() + timedelta(seconds=later), width, **more)


def shown(story: Story, folded: frozenset[Group] = FOLDED_AT_FIRST, width: int = 78) -> list[str]:
    arrangement = arranged(story)
    return [plain(view.row(arrangement, key, folded, look(story, width))) for key in view.rows(arrangement, folded)]


def test_failed_comes_first_then_running_longest_first_then_retrying_then_what_waits_for_them(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)

    keys = view.rows(arranged(story), FOLDED_AT_FIRST)

    failed, longest, shortest, retrying = ids(story, 7, 6, 13, 8)
    waiting = ids(story, 10, 12, 14)
    assert keys == (
        failed, longest, shortest, retrying, Group.WAITING, *waiting, Group.DONE, Group.SKIPPED
    )  # fmt: skip


def test_done_and_queued_commands_show_as_counts_until_their_group_is_opened(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)

    assert [row.split("▸ ")[1].rstrip() for row in shown(story) if "▸" in row] == ["6 commands", "1 command"]
    opened = shown(story, NONE)
    assert len(opened) == len(shown(story)) + 7
    assert any("Snapshot the launch template" in row for row in opened)


def test_a_small_plan_is_shown_whole_without_groups(tmp_path: Path) -> None:
    story = recorded.completed(tmp_path)

    assert view.rows(arranged(story), FOLDED_AT_FIRST) == ids(story, 1, 2, 3)


def test_a_waiting_command_names_what_it_waits_for(tmp_path: Path) -> None:
    rows = shown(recorded.running(tmp_path), width=120)

    assert any("10 Health of web-02  waits for 6 Patch the kernel of web-02" in row for row in rows)
    assert any("14 Write the report  waits for 10, 12, 13" in row for row in rows)


def test_a_command_that_tries_again_counts_down_and_numbers_its_attempts(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    arrangement = arranged(story)
    [key] = ids(story, 8)

    looks = [look(story, 140, attempts=3, later=seconds) for seconds in (0, 11.5, 12, 99)]
    at = [plain(view.row(arrangement, key, NONE, each)) for each in looks]

    assert "again in 12s, attempt 1/3 failed: ThrottlingException: Rate exceeded" in at[0]
    assert "again in 1s," in at[1]
    assert "again now," in at[2]
    assert "again now," in at[3]


def test_every_row_is_exactly_as_wide_as_its_place_and_never_loses_its_time(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    arrangement = arranged(story)

    for width in (58, 70, 78, 118, 198):
        for key in view.rows(arrangement, NONE):
            row = view.row(arrangement, key, NONE, look(story, width))
            assert line_width(row) == width
    assert all(row.rstrip().endswith("s") for row in shown(story, width=58) if "running" in row)


def test_the_header_gives_up_the_description_before_anything_else(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)

    header = plain(view.header(arranged(story), 418, look(story, 60)))

    assert header.startswith("#418 ")
    assert header.endswith("▶ running  42%  6/14 commands  elapsed 1m25s")


@pytest.mark.parametrize(
    ("part", "whole", "percents"), [(0, 38, 0), (14, 38, 36), (37, 38, 97), (38, 38, 100), (0, 0, 100)]
)
def test_a_percentage_never_claims_more_than_was_done(part: int, whole: int, percents: int) -> None:
    assert view.percent(part, whole) == percents


def test_the_counts_name_every_state_that_somebody_has_and_no_other(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    counted = view.counts(arranged(story), look(story, ascii=True))

    assert plain(counted).rstrip() == "x1 FAILED  >2 running  >1 retrying  +6 ok  :3 waits  -1 skipped"


def test_a_command_whose_end_is_not_known_is_not_counted_as_failed(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)

    assert plain(view.counts(arranged(story), look(story))).startswith("✗1 FAILED  ¿1 UNKNOWN  ✓7 ok")
    assert plain(view.summary(arranged(story), look(story))[0]).rstrip() == (
        "✗ FAILED in 1m26s: 1 failed, 1 UNKNOWN, 7 ok, 5 skipped"
    )


def test_the_header_counts_what_completed_and_not_what_merely_ended(tmp_path: Path) -> None:
    failed, cancelled = recorded.failed(tmp_path), recorded.cancelled(tmp_path)

    assert "  7/14 commands  " in plain(view.header(arranged(failed), 418, look(failed, 120)))
    assert "⊘ cancelled, 1 UNKNOWN  2/14 commands  took 9.0s" in plain(
        view.header(arranged(cancelled), 418, look(cancelled, 120))
    )


def test_a_rollback_that_was_asked_for_later_took_no_longer_than_it_worked(tmp_path: Path) -> None:
    story = recorded.rolled_back(tmp_path)

    tally = "1 failed, 1 UNKNOWN, 3 ok, 4 rolled back, 5 skipped"
    wide, narrow = (view.summary_head(arranged(story), look(story, cells), "asked for by alice") for cells in (120, 76))
    assert [plain(each) for each in wide] == [f"↶ Rolled back in 1m31s, asked for by alice: {tally}"]
    assert [plain(each) for each in narrow] == ["↶ Rolled back in 1m31s, asked for by alice: ", f"  {tally}"]


def test_whose_decision_a_rollback_was_stands_in_the_header(tmp_path: Path) -> None:
    story = recorded.rolled_back(tmp_path)
    undo = view.asked_to_undo(story.session.journals[story.id])

    assert undo == "asked for by alice"
    assert "↶ rolled back, 1 UNKNOWN, asked for by alice" in plain(
        view.header(arranged(story), 418, look(story, 120), undo)
    )
    assert plain(view.header(arranged(story), 418, look(story, 78), undo)).startswith("#418 Patch the")


def test_a_rollback_that_nobody_asked_for_is_told_without_the_error_that_stands_below(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    error = f"the execution failed: Command execution failed: {recorded.REFUSED}"
    begun = happened.RollbackStarted(execution_id=story.id, reason=error)

    assert view.asked_to_undo([begun]) == "because it failed"


def test_what_a_failed_rollback_left_to_do_stands_in_the_summary(tmp_path: Path) -> None:
    story = recorded.rollback_failed(tmp_path)

    said = " ".join(plain(part).strip() for part in view.summary(arranged(story), look(story)))

    assert "left to do: `Put web-04 back`, `Put web-03 back`, `Put web-02 back`" in said


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (
            "An error occurred (ParameterVersionNotFound) when calling the GetParameter operation "
            "(reached max retries: 0): Systems Manager could not find version: 7",
            "ParameterVersionNotFound: Systems Manager could not find version: 7",
        ),
        (recorded.REFUSED, "TargetNotConnected: i-0b7 is not connected"),
        (
            "Outcome unknown: An error occurred (InternalError) when calling the PutParameter operation: what: now",
            "InternalError: what: now",
        ),
        (
            "Rollback failed: Back: An error occurred (X) when calling the Y operation (reached max retries: 2): no",
            "Rollback failed: Back: X: no",
        ),
        ("Connection was closed (reached max retries: 4)", "Connection was closed"),
        ("An error of ours: (with) colons: and more", "An error of ours: (with) colons: and more"),
    ],
)
def test_an_error_shown_briefly_is_its_code_and_its_whole_message(error: str, shown: str) -> None:
    assert view.brief(error) == shown


def test_a_skipped_command_has_a_reason_and_no_times(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)

    said = [plain(part) for part in view.details(arranged(story), ids(story, 14)[0], look(story))]

    assert any(part.startswith("reason      `Patch the kernel of web-03` failed") for part in said)
    labels = {part[:11].strip() for part in said}
    assert not labels & {"started", "ended", "attempts", "error", "exit code"}


def test_what_stopped_a_skipped_command_is_named_only_while_it_is_so(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    name = story.command(7).description
    story.skip(10, reason=f"it waits for `{name}`, which did not complete")
    skipped = ids(story, 10)[0]
    assert view.why_skipped(arranged(story), arranged(story).known(skipped)).startswith("it waits for")

    story.complete(7)
    assert view.why_skipped(arranged(story), arranged(story).known(skipped)) == (
        f"not run yet: `{name}` has completed since"
    )


def test_a_folded_group_keeps_the_row_of_the_command_that_is_looked_at(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    arrangement, kept = arranged(story), ids(story, 3)[0]
    folded = view.rows(arrangement, FOLDED_AT_FIRST)
    heading = folded.index(Group.DONE)

    assert view.hides(arrangement, FOLDED_AT_FIRST, kept) is Group.DONE
    assert view.rows(arrangement, FOLDED_AT_FIRST, kept) == (*folded[: heading + 1], kept, *folded[heading + 1 :])
    assert view.rows(arrangement, FOLDED_AT_FIRST, ids(story, 6)[0]) == folded
    assert view.rows(arrangement, NONE, kept) == view.rows(arrangement, NONE)


def test_everything_is_unfolded_only_where_all_of_it_fits_while_it_runs_with_headings_to_come(tmp_path: Path) -> None:
    running, ended = recorded.running(tmp_path), recorded.failed(tmp_path)
    needed = len(view.rows(arranged(ended), NONE))

    whole = 14 + len(view.FOLDABLE)
    assert view.folded_in(arranged(running), whole) == NONE
    assert view.folded_in(arranged(running), whole - 1) == {Group.DONE}
    assert view.folded_in(arranged(running), whole - 6) == {Group.DONE}
    assert view.folded_in(arranged(running), whole - 7) == FOLDED_AT_FIRST
    assert view.folded_in(arranged(ended), needed // 2) == FOLDED_AT_FIRST
    assert view.folded_in(arranged(ended), needed - 1) == NONE  # a little is scrolled


def test_a_summary_is_only_given_at_the_end(tmp_path: Path) -> None:
    running, rolling_back = recorded.running(tmp_path), recorded.rolling_back(tmp_path)

    assert view.summary(arranged(running), look(running)) == ()
    assert view.summary(arranged(rolling_back), look(rolling_back)) == ()


def test_the_summary_of_a_cancelled_execution_says_who_stopped_it(tmp_path: Path) -> None:
    story = recorded.cancelled(tmp_path)

    assert plain(view.summary(arranged(story), look(story))[0]).rstrip() == (
        "⊘ Cancelled by alice in 9.0s: 1 UNKNOWN, 2 cancelled, 2 ok, 9 skipped"
    )


def test_a_heading_whose_group_is_empty_by_now_counts_nothing(tmp_path: Path) -> None:
    row = view.row(arranged(recorded.completed(tmp_path)), Group.WAITING, NONE, look(recorded.running(tmp_path)))

    assert plain(row).rstrip().endswith("▾ none any more")


def test_compensations_are_a_group_of_their_own_in_the_order_in_which_they_run(tmp_path: Path) -> None:
    story = recorded.rolling_back(tmp_path)
    rows = shown(story, NONE)

    place = next(number for number, row in enumerate(rows) if "rollback" in row)
    assert "1/4 undone" in rows[place]
    assert [row.split("undo ")[1].split("  ")[0] for row in rows[place + 1 : place + 5]] == [
        "Put web-05 back", "Put web-04 back", "Put web-03 back", "Put web-02 back"
    ]  # fmt: skip
    assert "1/4 undone" in plain(view.header(arranged(story), 418, look(story)))


def test_the_command_to_look_at_is_the_one_that_failed(tmp_path: Path) -> None:
    running, completed = recorded.running(tmp_path), recorded.completed(tmp_path)

    assert view.foremost(arranged(running)) == ids(running, 7)[0]
    assert view.foremost(arranged(completed)) == ids(completed, 3)[0]


def test_what_failed_can_be_visited_compensations_included(tmp_path: Path) -> None:
    story = recorded.rolling_back(tmp_path)
    strategy = story.plan.rollback_strategy
    assert strategy is not None

    broken = strategy.compensations[ids(story, 4)[0]][0].id
    assert view.failures(arranged(story)) == (*ids(story, 7, 8), broken)


@pytest.mark.parametrize(
    ("moment", "why"),
    [
        (recorded.running, "It still runs: undo is possible once it has ended"),
        (
            recorded.completed,
            "Nothing is known that would undo it: nothing in the plan, nothing read before",
        ),
        (recorded.failed, None),
        (recorded.rolling_back, "It still runs: undo is possible once it has ended"),
    ],
)
def test_undo_is_possible_only_after_the_end_and_only_where_something_can_be_undone(
    moment: Any, why: str | None, tmp_path: Path
) -> None:
    story = moment(tmp_path)

    assert view.can_undo(story.session.state(story.id)) == why


def test_stopping_says_what_ends_and_what_it_leaves_behind(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    consequence = view.stop(arranged(story), 418, look(story))

    said = "\n".join(plain(part) for part in view.stop_lines(consequence, False, look(story)))
    assert consequence.title == "Stop #418 Patch the kernel of the web fleet?"
    for words in ("6 Patch the kernel of web-02", "13 Health of web-05", "8 Patch the kernel of web-04"):
        assert words in said
    assert "TERM, a moment of grace, then KILL" in said
    assert "A write in flight becomes UNKNOWN" in said
    assert "write: becomes UNKNOWN" in next(row for row in said.splitlines() if "6 Patch the kernel" in row)
    assert "read: nothing is left" in next(row for row in said.splitlines() if "13 Health" in row)
    assert "ends as it failed" in next(row for row in said.splitlines() if "8 Patch the kernel" in row)
    assert "3 commands not begun: skipped" in said
    assert "6 commands completed: what they did stays done; `u` can undo it" in said


def test_the_details_name_argv_place_attempts_exit_code_and_file(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    said = [plain(part).split(maxsplit=1) for part in view.details(arranged(story), ids(story, 7)[0], look(story))]

    assert ["command", "aws ssm send-command"] in said
    assert ["--document-name", "AWS-RunPatchBaseline"] in said
    assert ["exit", "code   254"] in said
    assert ["file", "/state/executions/418/7/1/stdout"] in said
    assert ["attempts", "1"] in said


def test_a_failed_command_without_output_shows_its_error_in_the_place_of_it(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)

    lines = view.nothing_printed(arranged(story), ids(story, 7)[0], look(story))

    said = " ".join(plain(part).strip() for part in lines)
    assert "i-0b7 is not connected The agent last answered 3 days ago" in said


def test_hostile_text_reaches_no_line_unescaped(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    commands = [cli(n, MODIFY, HOSTILE, "s3 ls", HOSTILE, profile=HOSTILE, region=HOSTILE) for n in (1, 2)]
    story = Story(session, plan(70, HOSTILE, commands), prompt=HOSTILE).begin().start(1).fail(1, HOSTILE)
    story.skip(2, reason=HOSTILE).end(ExecutionStatus.FAILED)
    arrangement, [first, second] = arranged(story), ids(story, 1, 2)

    lines = [
        view.header(arrangement, 1, look(story)),
        *(view.row(arrangement, key, NONE, look(story, 200)) for key in view.rows(arrangement, NONE)),
        *view.summary(arrangement, look(story, 200)),
        *view.details(arrangement, first, look(story)),
        *view.details(arrangement, second, look(story)),
        *view.nothing_printed(arrangement, first, look(story)),
        output.head(arrangement, first, ascii_only=False, focused=True),
        *view.stop_lines(view.stop(arrangement, 1, look(story)), False, look(story)),
    ]

    assert not any(has_foreign(span.text) for shown in lines for span in shown)
    assert any("\\x1b]52;c;QQ==" in plain(shown) and "[/bold]" in plain(shown) for shown in lines)


# --- the arrangement that is carried on ------------------------------------------------------------------------------


@settings(max_examples=60)
@given(data=st.data())
def test_an_arrangement_carried_on_event_by_event_is_the_one_made_anew(data: st.DataObject) -> None:
    moments = [recorded.running, recorded.rolling_back, recorded.cancelled, recorded.completed]
    story = data.draw(st.sampled_from(moments))(Path("nowhere"))
    journal = story.session.journals[story.id]
    graph = Graph(story.plan)
    state: ExecutionState = replay(story.id, story.plan, ())
    carried = view.arranged(graph, state)

    for event in journal:
        state = apply(state, event)
        if data.draw(st.booleans()):  # several events may fall into one frame
            carried = view.rearranged(carried, state)
    carried = view.rearranged(carried, state)

    anew = view.arranged(graph, state)
    assert (carried.standing, carried.members, carried.state) == (anew.standing, anew.members, anew.state)


def test_what_did_not_change_is_not_arranged_again(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    before = arranged(story)

    after = view.rearranged(before, apply(before.state, story.session.journals[story.id][-1]))

    assert view.rearranged(before, before.state) is before
    assert after.members[Group.DONE] is before.members[Group.DONE] or after.members == before.members


def test_a_command_ending_in_a_plan_of_thousands_moves_only_its_own_groups(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    story = Story(session, recorded.wide_plan(5000)).begin().start(1, 2, 3)
    before = arranged(story)
    story.fail(2, "no")

    after = view.rearranged(before, session.state(story.id))

    assert after.members[Group.QUEUED] is before.members[Group.QUEUED]
    assert after.members[Group.FAILED] == ids(story, 2)
    assert after.known(ids(story, 2)[0]).status is CommandStatus.FAILED


def test_beside_a_reason_the_end_of_a_description_stays_because_it_tells_rows_apart(tmp_path: Path) -> None:
    assert "Patch the kernel of web-03  TargetNotConn" in shown(recorded.failed(tmp_path), width=73)[0]
