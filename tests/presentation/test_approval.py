"""The approval in words: what is missing before it counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cloudops_tui.model.plan import RollbackTrigger
from cloudops_tui.model.queue import QueueState
from cloudops_tui.model.review import Review
from cloudops_tui.model.risk import BlastRadius, RiskFlag
from cloudops_tui.model.undo import Undoing, UndoKind
from cloudops_tui.policy.approval import unacknowledged
from cloudops_tui.presentation import approval as view
from cloudops_tui.presentation import last_look
from cloudops_tui.presentation.approval import Arming, Given, Locked, Phase, Ready, Submitting, Unknown
from cloudops_tui.presentation.lines import line_width, plain
from cloudops_tui.presentation.review import undo
from cloudops_tui.presentation.review.rehearsed import NOT_REHEARSED, Rehearsal, briefly
from tests.tui.estate import bucket_clean_up, key_rotation, rolling_tags, stock_taking
from tests.tui.twin import LAB, MODIFY, NOON, PROD, RecordedSession, cli, plan, rehearsal_of, review_of, sdk

HARMLESS = review_of(key_rotation(), None, LAB, NOON)
DESTRUCTIVE = review_of(bucket_clean_up(), None, PROD, NOON)


def lacking(
    review: Review,
    phase: Phase = Ready(),
    given: Given = Given(),
    *,
    hindered: str | None = None,
    refused: str | None = None,
    seen: bool = True,
) -> str | None:
    return view.missing(review, phase, given, hindered=hindered, refused=refused, seen=seen)


def test_nothing_is_missing_from_a_modification_once_it_is_armed() -> None:
    assert lacking(HARMLESS) is None
    assert lacking(HARMLESS, Arming()) == "arming ..."


def test_a_destructive_plan_takes_the_accounts_name_or_its_id_and_a_reason() -> None:
    assert lacking(DESTRUCTIVE, given=Given("pro", "agreed")) == "what is asked for above is not typed so"
    assert lacking(DESTRUCTIVE, given=Given("prod", "  ")) == "give a reason"
    assert lacking(DESTRUCTIVE, given=Given("prod", "agreed")) is None
    assert lacking(DESTRUCTIVE, given=Given(" 123456789012 ", "agreed")) is None


def test_a_rehearsal_that_said_no_needs_a_reason_why_all_the_same() -> None:
    said_no = "the rehearsal said no to command 2"

    for override in ("", "   "):
        missing = lacking(HARMLESS, given=Given(override=override), refused=said_no)
        assert missing == f"{said_no}; say why it is approved all the same"
    assert lacking(HARMLESS, given=Given(override="known"), refused=said_no) is None
    assert lacking(HARMLESS, given=Given(override="known"), refused=said_no, seen=False) == view.UNSEEN


@pytest.mark.parametrize("phase", [Submitting(), Unknown(), Unknown("asking ...")])
def test_a_decision_on_its_way_is_not_taken_twice(phase: Phase) -> None:
    assert lacking(HARMLESS, phase) == "the decision is on its way"


def test_what_is_locked_blocked_or_hindered_says_why() -> None:
    assert lacking(HARMLESS, Locked("#1 changed")) == "#1 changed"
    assert lacking(replace(HARMLESS, blocked="No account")) == "No account"
    assert lacking(HARMLESS, hindered="the rehearsal is under way") == "the rehearsal is under way"


def test_of_an_unknown_decision_the_queue_tells_as_much_as_it_knows() -> None:
    session = RecordedSession(Path("/nowhere"))
    waits = session.add(1, key_rotation())
    begun = session.change(waits, state=QueueState.RUNNING, decided_by="bob", decided_at=NOON)

    assert "nothing is recorded yet; R looks again" in plain(view.status(view.found(waits, NOON), None, 99)[0])
    assert view.found(begun, NOON) == Locked("#1 was approved by bob at 12:04:31Z and is running")
    assert isinstance(view.found(None, NOON), Unknown)
    assert plain(view.approve_key(Unknown(), "x")) == "R  check what became of it"


def test_the_body_names_account_region_level_counts_and_digest() -> None:
    said = "\n".join(plain(row) for row in last_look.body(DESTRUCTIVE, 72))

    for words in ("[PROD]", "123456789012", "eu-west-1", "DESTROY", "1 read  2 DESTROY", DESTRUCTIVE.short_digest):
        assert words in said


def test_the_body_says_how_much_is_touched_and_what_nobody_can_count() -> None:
    much = replace(DESTRUCTIVE, radius=BlastRadius(resources=2, unbounded=("--recursive",)))

    assert "touches   2 named resources  cannot be counted: --recursive  in 1" in [
        plain(row).rstrip() for row in last_look.body(much, 72)
    ]


def test_what_lies_between_us_and_aws_takes_one_line_however_much_it_is() -> None:
    entry = RecordedSession(Path("/nowhere")).add(1, bucket_clean_up())
    usually = replace(DESTRUCTIVE, entry=entry)
    many = replace(usually, surroundings=("HTTPS_PROXY=http://proxy:3128", f"AWS_CA_BUNDLE=/{'corp/' * 40}ca.pem"))

    rows, usual = last_look.body(many, 72), last_look.body(usually, 72)

    added = [plain(row) for row in rows if row not in usual]
    assert len(rows) == len(usual) + 1
    assert len(added) == 1
    assert added[0].startswith("between   HTTPS_PROXY=http://proxy:3128, AWS_CA_BUNDLE=/corp")
    assert added[0].endswith(" ...")
    assert max(line_width(row) for row in rows) <= 72


def test_it_says_what_starts_and_what_can_be_undone() -> None:
    plans = (stock_taking(), key_rotation(), rolling_tags())
    rows = [plain(row) for of in plans for row in last_look.body(review_of(of, None, LAB, NOON), 72)]
    consequences = [row.removeprefix("then").strip() for row in rows if row.startswith("then")]

    assert consequences == [
        "it starts at once; level read",
        "it starts at once; nothing is known that would undo it",
        "it starts at once; 3 commands can be undone",
    ]


def test_each_command_that_does_something_is_listed_with_exactly_what_it_calls(tmp_path: Path) -> None:
    entry = RecordedSession(tmp_path).add(1, bucket_clean_up())
    said = [plain(row) for row in last_look.body(review_of(bucket_clean_up(), entry, PROD, NOON), 72)]

    assert said[said.index("") + 1 :][:-2] == [
        "  2 DESTROY  Delete the logs of 2024",
        "    aws s3 rm s3://storefront-logs-2024/ --recursive",
        "  3 DESTROY  Delete the bucket itself",
        '    s3.DeleteBucket {"Bucket": "storefront-logs-2024"}',
        "    and 1 command of level read",
    ]


def test_a_call_is_broken_between_words_and_where_a_word_goes_on_a_sign_says_so(tmp_path: Path) -> None:
    value = "s3://" + "x" * 100
    long = plan(9, "p", [cli(1, MODIFY, "Copy", "s3api put-object", *("--metadata", "a=b") * 6, "--body", value)])
    reviewed = review_of(long, RecordedSession(tmp_path).add(1, long), LAB, NOON)

    for ascii_only, sign in ((False, "↪ "), (True, ".. ")):
        rows = [plain(row)[4:] for row in last_look.body(reviewed, 60, ascii_only)]
        start = next(place for place, row in enumerate(rows) if row.startswith("aws "))
        called = rows[start : rows.index("", start)]
        assert max(map(len, called)) <= 56
        assert [row.startswith(sign) for row in called].count(True) == 1
        assert "".join(row.removeprefix(sign).lstrip() for row in called) == " ".join(reviewed.commands[0].argv or ())


def test_what_is_irreversible_is_not_called_undoable_because_a_setting_of_it_can_be_put_back(tmp_path: Path) -> None:
    entry = RecordedSession(tmp_path).add(1, key_rotation())
    reviewed = review_of(key_rotation(), entry, LAB, NOON)
    first = reviewed.commands[0]
    lasting = first.assessment.model_copy(update={"flags": (RiskFlag.IRREVERSIBLE,)})
    known = Undoing(kind=UndoKind.RESTORE_BEFORE, words="the days are read before it", in_part=True)
    first = replace(first, assessment=lasting, undoing=known)
    shown = [plain(row) for row in last_look.body(replace(reviewed, commands=(first, *reviewed.commands[1:])), 99)]

    assert undo.cell(first, 8, ascii_only=False).text.strip() == "IRREV"
    assert "    undo restore-before, not all of it: the days are read before it" in shown
    assert "then      it starts at once; 1 command can be undone, not in all that they do" in shown


def test_it_is_said_apart_which_commands_nothing_undoes_and_of_which_only_a_setting_comes_back() -> None:
    setting = Undoing(kind=UndoKind.RESTORE_BEFORE, words="the days are read before it", in_part=True)
    lost = [replace(one, no_way_back=True) for one in DESTRUCTIVE.commands]
    lost[1] = replace(lost[1], undoing=setting)

    assert unacknowledged(replace(DESTRUCTIVE, commands=tuple(lost)), acknowledged=False) == (
        "Commands 1, 3 destroy, and nothing is known that would undo it; "
        "Command 2 destroys, and only the setting can be put back, not what goes by it"
    )
    assert "only the setting comes back" in " ".join(map(plain, undo.rows(lost[1], 99, ascii_only=False)))


def test_a_rollback_lists_its_reads_as_well() -> None:
    said = [plain(row) for row in last_look.body(review_of(key_rotation(), None, LAB, NOON), 72)]

    assert said[-4:-2] == ["  2 read  Read it back", '    ssm.GetParameter {"Name": "/storefront/signing-key"}']


def test_what_a_plan_undoes_by_itself_is_listed_with_what_it_undoes(tmp_path: Path) -> None:
    tags = rolling_tags()
    assert tags.rollback_strategy is not None
    by_itself = tags.rollback_strategy.model_copy(update={"trigger": RollbackTrigger.ON_FAILURE})
    tags = tags.model_copy(update={"rollback_strategy": by_itself})
    reviewed = review_of(tags, RecordedSession(tmp_path).add(1, tags), LAB, NOON)
    said = [plain(row) for row in last_look.body(reviewed, 200)]

    assert "    undone by modify  Tag web-11 with its release" in said
    assert any(row.endswith("--tags Key=Release,Value=2026.01") for row in said)
    assert not any("the plan has a command for it" in row for row in said)


def test_what_a_command_calls_is_shown_safely_and_an_argument_keeps_its_borders() -> None:
    hostile = cli(1, MODIFY, "Tag it \x1b[2J", "ec2 create-tags", "--tags", "Key=Note,Value=a b; \x1b]0;x\x07")
    said = "\n".join(plain(row) for row in last_look.body(review_of(plan(9, "Tags", [hostile]), None, LAB, NOON), 200))

    assert "\x1b" not in said
    assert r"--tags $'Key=Note,Value=a b; \x1b]0;x\x07'" in said


def test_parameters_without_end_are_cut_where_a_review_has_them_and_whole_where_nothing_else_shows_them() -> None:
    big = plan(9, "Big", [sdk(1, MODIFY, "Put it", "ssm", "PutParameter", {"Value": "x" * 4000})])
    entry = RecordedSession(Path("/nowhere")).add(1, big)
    behind_a_review = [plain(row) for row in last_look.body(review_of(big, entry, LAB, NOON), 72)]
    shown = [plain(row).strip() for row in last_look.body(review_of(big, None, LAB, NOON), 72)]
    alone = "".join(row.removeprefix("↪ ") for row in shown)

    assert any(row.endswith("rows more of parameters") for row in behind_a_review)
    assert len(behind_a_review) < 30
    assert "x" * 4000 in alone


def test_what_is_a_part_of_a_plan_keeps_the_numbers_that_it_has_there() -> None:
    lost = tuple(replace(one, no_way_back=True) for one in DESTRUCTIVE.commands)
    rest = replace(DESTRUCTIVE, places=(4, 7, 9), commands=lost)
    said = [plain(row) for row in last_look.body(rest, 72)]

    assert [row[:12].rstrip() for row in said if row.startswith("  ") and row[2].isdigit()] == [
        "  4 read  Wh", "  7 DESTROY", "  9 DESTROY",
    ]  # fmt: skip
    assert (unacknowledged(rest, acknowledged=False) or "").startswith("Commands 4, 7, 9 destroy")


def test_each_command_says_where_it_runs_when_there_are_several_accounts_and_all_of_them_are_named() -> None:
    labs = [LAB.model_copy(update={"profile": f"lab{n}", "account": f"{n:012}"}) for n in range(4)]
    there = LAB.model_copy(update={"endpoint": "http://10.0.0.1:4566"})
    said = [plain(row) for row in last_look.body(replace(HARMLESS, identities=(*labs, there, PROD)), 72)]

    assert next(row for row in said if row.startswith("account")).startswith("account   [PROD] 123456789012")
    assert all(any(one.account in row for row in said if one.account) for one in labs)
    assert any("endpoint http://10.0.0.1:4566" in row for row in said)
    assert any(row.startswith(f"    in {there.account} eu-west-1") for row in said)


def test_no_row_of_a_description_stands_where_a_call_does() -> None:
    words = f"List the bucket{'.' * 60} aws s3 ls s3://safe{' ' * 300}level     read {'and so on ' * 30}"
    sneaky = plan(9, words, [cli(1, MODIFY, words, "s3 rm", "s3://prod-data", "--recursive")])
    rows = [plain(row) for row in last_look.body(review_of(sneaky, None, LAB, NOON), 72)]

    assert [row for row in rows if row.startswith("    aws")] == ["    aws s3 rm s3://prod-data --recursive"]
    assert [row for row in rows if row.startswith("level")] == ["level     modify  "]
    assert any("[300 blanks]" in row for row in rows)


def test_what_was_not_seen_to_its_end_is_not_ready() -> None:
    assert lacking(HARMLESS, seen=False) == view.UNSEEN


def test_until_it_is_armed_it_does_not_say_ready() -> None:
    assert "ready" not in plain(view.status(Arming(), lacking(HARMLESS, Arming()), 72)[0])
    pressed = plain(view.status(Arming(early=True), lacking(HARMLESS, Arming()), 72)[0])
    assert pressed == "arming ... ctrl+y counts once it says ready"


def test_ready_says_what_the_decision_rests_on() -> None:
    nothing = view.status(Ready(), None, 72, briefly(NOT_REHEARSED))
    failed = view.status(Ready(), None, 72, briefly(Rehearsal(error="no answer\x1b")))
    refused = rehearsal_of(key_rotation()).model_copy(update={"passed": False})
    refused = refused.model_copy(
        update={"commands": tuple(one.model_copy(update={"passed": False}) for one in refused.commands)}
    )

    assert plain(nothing[0]) == "ready  not rehearsed: permission and effect are not known"
    assert plain(failed[0]).startswith(r"ready  not rehearsed (no answer\x1b): permission")
    assert plain(briefly(Rehearsal(result=refused))) == "the rehearsal said no to command 1, 2, and is overridden"
    assert plain(view.status(Ready(), None, 72)[0]) == "ready"
