"""The approval in words: what is missing before it counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cloudops_tui.model.plan import RollbackTrigger
from cloudops_tui.model.queue import QueueState
from cloudops_tui.model.review import Review
from cloudops_tui.model.risk import BlastRadius
from cloudops_tui.presentation import approval as view
from cloudops_tui.presentation.approval import Arming, Given, Locked, Phase, Ready, Submitting, Unknown
from cloudops_tui.presentation.lines import line_width, plain
from tests.tui.estate import bucket_clean_up, key_rotation, rolling_tags, stock_taking
from tests.tui.twin import LAB, MODIFY, NOON, PROD, RecordedSession, cli, plan, review_of, sdk

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
    said = "\n".join(plain(row) for row in view.body(DESTRUCTIVE, 72))

    for words in ("[PROD]", "123456789012", "eu-west-1", "DESTROY", "1 read  2 DESTROY", DESTRUCTIVE.short_digest):
        assert words in said


def test_the_body_says_how_much_is_touched_and_what_nobody_can_count() -> None:
    much = replace(DESTRUCTIVE, radius=BlastRadius(resources=2, unbounded=("--recursive",)))

    assert "touches   2 named resources  cannot be counted: --recursive" in [
        plain(row).rstrip() for row in view.body(much, 72)
    ]


def test_what_lies_between_us_and_aws_takes_one_line_however_much_it_is() -> None:
    many = replace(DESTRUCTIVE, surroundings=("HTTPS_PROXY=http://proxy:3128", f"AWS_CA_BUNDLE=/{'corp/' * 40}ca.pem"))

    rows, usual = view.body(many, 72), view.body(DESTRUCTIVE, 72)

    added = [plain(row) for row in rows if row not in usual]
    assert len(rows) == len(usual) + 1
    assert len(added) == 1
    assert added[0].startswith("between   HTTPS_PROXY=http://proxy:3128, AWS_CA_BUNDLE=/corp")
    assert added[0].endswith(" ...")
    assert max(line_width(row) for row in rows) <= 72


def test_it_says_what_starts_and_what_can_be_undone() -> None:
    plans = (stock_taking(), key_rotation(), rolling_tags())
    rows = [plain(row) for of in plans for row in view.body(review_of(of, None, LAB, NOON), 72)]
    consequences = [row.removeprefix("then").strip() for row in rows if row.startswith("then")]

    assert consequences == [
        "it starts at once; level read",
        "it starts at once; no rollback is written",
        "it starts at once; 3 commands can be undone",
    ]


def test_each_command_that_does_something_is_listed_with_exactly_what_it_calls(tmp_path: Path) -> None:
    entry = RecordedSession(tmp_path).add(1, bucket_clean_up())
    said = [plain(row) for row in view.body(review_of(bucket_clean_up(), entry, PROD, NOON), 72)]

    assert said[said.index("") + 1 :][-5:] == [
        "  2 DESTROY  Delete the logs of 2024",
        "    aws s3 rm s3://storefront-logs-2024/ --recursive",
        "  3 DESTROY  Delete the bucket itself",
        '    s3.DeleteBucket {"Bucket": "storefront-logs-2024"}',
        "    and 1 command of level read",
    ]


def test_a_rollback_lists_its_reads_as_well() -> None:
    said = [plain(row) for row in view.body(review_of(key_rotation(), None, LAB, NOON), 72)]

    assert said[-2:] == ["  2 read  Read it back", '    ssm.GetParameter {"Name": "/storefront/signing-key"}']


def test_what_a_plan_undoes_by_itself_is_listed_with_what_it_undoes(tmp_path: Path) -> None:
    tags = rolling_tags()
    assert tags.rollback_strategy is not None
    by_itself = tags.rollback_strategy.model_copy(update={"trigger": RollbackTrigger.ON_FAILURE})
    tags = tags.model_copy(update={"rollback_strategy": by_itself})
    said = [plain(row) for row in view.body(review_of(tags, RecordedSession(tmp_path).add(1, tags), LAB, NOON), 200)]

    assert "    undone by modify  Tag web-11 with its release" in said
    assert any(row.endswith("--tags Key=Release,Value=2026.01") for row in said)


def test_what_a_command_calls_is_shown_safely_and_an_argument_keeps_its_borders() -> None:
    hostile = cli(1, MODIFY, "Tag it \x1b[2J", "ec2 create-tags", "--tags", "Key=Note,Value=a b; \x1b]0;x\x07")
    said = "\n".join(plain(row) for row in view.body(review_of(plan(9, "Tags", [hostile]), None, LAB, NOON), 200))

    assert "\x1b" not in said
    assert "--tags 'Key=Note,Value=a b; " in said


def test_parameters_without_end_are_cut_and_say_so() -> None:
    big = sdk(1, MODIFY, "Put it", "ssm", "PutParameter", {"Value": "x" * 4000})
    said = [plain(row) for row in view.body(review_of(plan(9, "Big", [big]), None, LAB, NOON), 72)]

    assert said[-1].endswith("rows more of parameters")
    assert len(said) < 30


def test_what_was_not_seen_to_its_end_is_not_ready() -> None:
    assert lacking(HARMLESS, seen=False) == view.UNSEEN


def test_until_it_is_armed_it_does_not_say_ready() -> None:
    assert "ready" not in plain(view.status(Arming(), lacking(HARMLESS, Arming()), 72)[0])
