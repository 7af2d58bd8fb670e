"""The review in words: every argument literally, every claim beside its verdict."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cloudops_tui.model.files import FileKind, FrozenFile
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.result import CommandDryRun, DryRunNo, DryRunResult, DryRunRung
from cloudops_tui.model.review import Review
from cloudops_tui.model.risk import BlastRadius, RiskAssessment, RiskFlag, RiskLevel
from cloudops_tui.presentation import last_look
from cloudops_tui.presentation.files import words_of
from cloudops_tui.presentation.lines import Line, Span, line_width, plain
from cloudops_tui.presentation.queue_preview import Judged, preview
from cloudops_tui.presentation.review import accounts, call, reach
from cloudops_tui.presentation.review.command import command
from cloudops_tui.presentation.review.counts import counts
from cloudops_tui.presentation.review.difference import difference, difference_beside
from cloudops_tui.presentation.review.rehearsed import NOT_REHEARSED, Rehearsal, hindrance, refusal
from cloudops_tui.presentation.review.risk import dangerous, has_to_be_seen
from cloudops_tui.presentation.review.summary import summary
from cloudops_tui.presentation.review.unknowns import unknowns
from tests.tui.estate import bucket_clean_up, key_rotation, rolling_tags
from tests.tui.twin import (
    DESTROY,
    LAB,
    MODIFY,
    NOON,
    PROD,
    READ,
    RecordedSession,
    cli,
    plan,
    rehearsal_of,
    review_of,
    sdk,
)


def review(of: ExecutionPlan) -> Review:
    return review_of(of, None, LAB, NOON)


def details(of: Review, number: int = 1, rehearsal: Rehearsal = NOT_REHEARSED, width: int = 100) -> list[str]:
    chosen = of.commands[number - 1].command.id
    return [plain(row) for row in command(of, chosen, rehearsal, width, False)]


def spans(rows: tuple[Line, ...]) -> list[Span]:
    return [span for row in rows for span in row]


def test_arguments_stand_one_a_line_quoted_as_a_shell_needs_them() -> None:
    shown = details(review(plan(1, "p", [cli(1, MODIFY, "c", "ec2 create-tags", "--tags", "Key=a b,Value=it's", "x")])))

    start = shown.index("  aws ec2 create-tags ")
    assert shown[start + 1 : start + 4] == ["    --tags", "    'Key=a b,Value=it'\"'\"'s'", "    x"]


def test_a_letter_that_only_looks_latin_stands_out() -> None:
    of = review(plan(1, "p", [cli(1, MODIFY, "c", "s3 rm", "s3://рrod/")]))

    assert Span("р", "mark") in spans(command(of, of.commands[0].command.id, NOT_REHEARSED, 100, False))


def test_parameters_of_the_sdk_are_readable_json() -> None:
    shown = details(review(plan(1, "p", [sdk(1, READ, "c", "ssm", "GetParameter", {"Name": "/a", "Deep": [1]})])))

    start = shown.index("  ssm.GetParameter")
    assert [row.strip() for row in shown[start + 1 : start + 7]] == ["{", '"Name": "/a",', '"Deep": [', "1", "]", "}"]


def test_a_long_argument_goes_on_below_with_a_sign() -> None:
    of = review(plan(1, "p", [cli(1, MODIFY, "c", "s3 rm", "x" * 70)]))

    shown = details(of, width=50)

    assert "".join(row.strip().removeprefix("↪ ") for row in shown if "xxx" in row) == "x" * 70
    assert any(row.strip().startswith("↪ ") for row in shown)


def test_it_says_when_we_judge_worse_than_the_plan_claims() -> None:
    of = review(key_rotation())
    worse = RiskAssessment(level=DESTROY, assessed=DESTROY, claimed=MODIFY, flags=(RiskFlag.SECRET,), reasons=("Why",))
    judged = replace(of, commands=(replace(of.commands[0], assessment=worse), *of.commands[1:]))
    judged = replace(
        judged,
        plan=judged.plan.model_copy(
            update={
                "commands": (
                    judged.plan.commands[0].model_copy(update={"risk_level": MODIFY}),
                    *judged.plan.commands[1:],
                )
            }
        ),
    )

    shown = "\n".join(details(judged))

    assert "DESTROY  the plan says only modify" in shown
    assert "handles secrets" in shown
    assert "Why" in shown


def test_what_undoes_a_command_is_shown_as_it_would_run() -> None:
    shown = details(review(rolling_tags()))

    assert any(row.startswith("undo        modify") for row in shown)
    assert any("Value=2026.01" in row for row in shown)


def test_a_write_without_a_way_back_says_so_and_a_read_needs_none() -> None:
    of = review(bucket_clean_up())

    assert "undo        nothing to undo" in details(of, 1)
    assert "undo        no rollback written" in details(of, 2)


def test_it_names_what_a_command_waits_for() -> None:
    shown = details(review(rolling_tags()), number=5)

    assert "waits for   4 Health of wave 1" in shown


def test_dangerous_are_the_destructive_and_the_flagged() -> None:
    of = review(bucket_clean_up())

    assert dangerous(of) == [each.command.id for each in of.commands[1:]]


def test_the_summary_marks_a_protected_account_and_another_than_expected() -> None:
    of = review_of(bucket_clean_up(), None, PROD, NOON)

    rows = summary(of, NOT_REHEARSED, NOON, 100, False)

    assert Span("[PROD]", "danger") in spans(rows)
    assert "expects     account 210987654321  and this is another one" in [plain(row) for row in rows]


def test_what_blocks_an_approval_stands_first() -> None:
    of = replace(review(key_rotation()), blocked="No account; run `aws sso login`")

    assert plain(summary(of, NOT_REHEARSED, NOON, 100, False)[0]).startswith("CANNOT BE APPROVED: No account")


def test_what_lies_between_us_and_aws_is_shown_a_line_each_and_nothing_when_it_is_standard() -> None:
    standard = review(key_rotation())
    of = replace(standard, surroundings=("HTTPS_PROXY=http://proxy:3128", "AWS_CA_BUNDLE=/corp\x1b.pem"))

    rows = summary(of, NOT_REHEARSED, NOON, 100, False)

    said = [plain(row) for row in rows]
    start = said.index("between     HTTPS_PROXY=http://proxy:3128")
    assert said[start + 1] == "            AWS_CA_BUNDLE=/corp\\x1b.pem"
    assert Span("HTTPS_PROXY=http://proxy:3128", "caution") in spans(rows)
    assert not any(row.startswith("between") for row in map(plain, summary(
        standard, NOT_REHEARSED, NOON, 100, False)))  # fmt: skip


def rehearsal(of: Review, *, passed: bool) -> Rehearsal:
    one = CommandDryRun(
        command_id=of.commands[0].command.id,
        rung=DryRunRung.AUTHORISED,
        passed=passed,
        description="Asked ssm",
        warnings=("Late",),
    )
    return Rehearsal(result=DryRunResult(plan_id=of.plan.id, passed=passed, natively=0, commands=(one,)))


def test_a_rehearsal_shows_rung_words_and_warnings() -> None:
    of = review(key_rotation())

    shown = details(of, rehearsal=rehearsal(of, passed=True))

    assert "rehearsal   service would allow it  Asked ssm" in shown
    assert "            ! Late" in shown


def test_only_a_rehearsal_under_way_hinders_an_approval_and_only_an_answer_of_no_wants_a_reason() -> None:
    of = review(key_rotation())

    assert hindrance(NOT_REHEARSED) is None
    assert hindrance(Rehearsal(error="timeout")) is None
    assert hindrance(rehearsal(of, passed=True)) is None
    assert hindrance(Rehearsal(under_way=True)) == "the rehearsal is under way"
    assert hindrance(Rehearsal(under_way=True, done=812, commands=3500)) == (
        "the rehearsal is under way: rehearsed 812 of 3,500"
    )
    assert hindrance(rehearsal(of, passed=False)) is None
    for harmless in (NOT_REHEARSED, Rehearsal(error="timeout"), rehearsal(of, passed=True)):
        assert refusal(harmless) is None
    assert refusal(rehearsal(of, passed=False)) == "the rehearsal said no to command 1"


@pytest.mark.parametrize("width", [40, 76, 150])
def test_nothing_overflows(width: int) -> None:
    for of in (review(rolling_tags()), review(bucket_clean_up()), review(key_rotation())):
        rows = summary(of, NOT_REHEARSED, NOON, width, False)
        for each in of.commands:
            rows += command(of, each.command.id, rehearsal(of, passed=False), width, False)[1:]

        assert max(map(line_width, rows)) <= width


def test_the_difference_shows_what_went_and_what_came() -> None:
    before = key_rotation()
    after = ExecutionPlan.model_validate_json(before.model_dump_json().replace("sk-2026-03", "sk-2026-04"))

    rows = [plain(row) for row in difference(before, after, 100)]

    assert [row[1] for row in rows if "sk-2026" in row] == ["-", "+"]


def test_no_difference_says_so() -> None:
    assert [plain(row) for row in difference(key_rotation(), key_rotation(), 80)] == [" Nothing changed"]


def test_a_rehearsal_in_which_nobody_could_answer_does_not_sound_like_a_yes() -> None:
    reviewed = review(key_rotation())
    silent = rehearsal_of(key_rotation())
    first, second = silent.commands
    partly = silent.model_copy(
        update={"natively": 1, "commands": (first.model_copy(update={"rung": DryRunRung.NATIVE}), second)}
    )
    said = [
        " ".join(plain(row) for row in summary(reviewed, Rehearsal(result=each), NOON, 100, False))
        for each in (silent, partly)
    ]

    assert "nothing could be rehearsed: permission and effect are unknown" in said[0]
    assert "nobody said no" not in said[0]
    assert "nobody said no; rehearsed: 1 of 2 natively; 1 account only" in said[1]


def test_what_a_command_takes_from_elsewhere_is_named_with_what_the_approval_holds_of_it() -> None:
    of = review(plan(1, "p", [cli(1, MODIFY, "c", "s3 cp", "a", "s3://b")]))
    files = (
        FrozenFile(kind=FileKind.PARAMETER, written="file://policy.json", sha256="ab12cd34ef56" + "0" * 52, size=1204),
        FrozenFile(kind=FileKind.MEMBER, written="x", origin="/p/x", sha256="12" * 32, secret=True),
        FrozenFile(kind=FileKind.ENVIRONMENT, written="DB\x1b", origin="DB", sha256="34" * 32, secret=True),
        FrozenFile(kind=FileKind.MOVED, written="log", origin="/p/log", sha256="56" * 32, size=1),
        FrozenFile(kind=FileKind.PLACE, written="./build", origin="/p/build"),
    )
    of = replace(of, commands=(replace(of.commands[0], files=files),))

    shown = details(of)

    start = shown.index("file        policy.json  1,204 bytes  sha256 ab12cd34ef56")
    assert shown[start + 1 : start + 5] == [
        "secret      from file /p/x  (keyed hash 121212121212)",
        "secret      from variable DB\\x1b  (keyed hash 343434343434)",
        "file        log  1 byte  sha256 565656565656  (moved away from /p/log)",
        "place       ./build  /p/build  what it holds is not part of the approval",
    ]
    drawn = spans(command(of, of.commands[0].command.id, NOT_REHEARSED, 100, False))
    assert words_of(files[-1]) in "".join(span.text for span in drawn if span.style == "caution")


def test_the_summary_says_how_much_it_touches_and_what_nobody_can_count() -> None:
    of = review(bucket_clean_up())
    elsewhere = of.identities[0].model_copy(update={"region": "us-east-1"})
    much = replace(
        of, radius=BlastRadius(resources=3, unbounded=("--recursive",)), identities=(*of.identities, elsewhere)
    )

    said = [plain(row) for row in summary(much, NOT_REHEARSED, NOON, 100, False)]

    assert "touches     3 named resources  cannot be counted: --recursive  in 1 account, 2 regions" in said
    assert "touches     1 account, 1 region" in [
        plain(row) for row in summary(of, NOT_REHEARSED, NOON, 100, False)
    ]


def test_a_description_without_end_pushes_no_fact_from_the_screen_and_stands_whole_behind_them() -> None:
    long = "Harmless. " * 400
    flood = plan(9, long, [cli(1, MODIFY, long, "s3 mb", "s3://a")])
    of = review(flood)

    shown = [plain(row) for row in summary(of, NOT_REHEARSED, NOON, 76, False)]
    told = details(of, width=76)

    assert shown[2] == told[3] == "... all of it stands at the end"
    assert next(place for place, row in enumerate(shown) if row.startswith("digest")) < 12
    assert "  aws s3 mb " in told[:8]
    for rows in (shown, told):
        told_whole = " ".join(row.strip() for row in rows[rows.index("the whole description") + 1 :])
        assert told_whole == long.strip()


def test_each_flag_names_the_commands_that_have_it() -> None:
    said = [plain(row) for row in summary(review(bucket_clean_up()), NOT_REHEARSED, NOON, 100, False)]

    assert "flags       irreversible  command 2, 3" in said


def test_dangerous_commands_have_to_be_read_where_the_plan_is_confirmed_by_typing() -> None:
    destroys, modifies = review(bucket_clean_up()), review(key_rotation())
    _, first, second = (each.command.id for each in destroys.commands)

    assert has_to_be_seen(destroys) == [first, second]
    assert has_to_be_seen(modifies) == []


def test_a_revision_says_who_wrote_it_and_which_key_shows_what_changed() -> None:
    session = RecordedSession(Path("/nowhere"))
    entry = session.add(1, key_rotation())
    third = session.change(entry, revision=3, edited_by="al\x1bice")

    of = replace(review(key_rotation()), entry=third)
    said = [plain(row) for row in summary(of, NOT_REHEARSED, NOON, 100, False)]

    assert r"from        inbox, 1m ago; revision 3, edited by al\x1bice; D shows what changed" in said


def test_what_is_there_what_is_asked_and_why_not_read_well_at_eighty_columns() -> None:
    of = review(key_rotation())
    one = CommandDryRun(
        command_id=of.commands[0].command.id,
        rung=DryRunRung.STATE,
        passed=False,
        no=DryRunNo.DIFFERENT,
        description="Auto Scaling group web: a desired capacity of 12 is outside 2 to 8",
        found=("Auto Scaling group web: min 2, desired 4, max 8, instances 4",),
        changes=("DesiredCapacity  4 -> 12",),
        warnings=("it is watched by nobody",),
        details=("not read: no answer within 5 s",),
    )
    told = Rehearsal(result=DryRunResult(plan_id=of.plan.id, passed=False, natively=0, commands=(one,), states=1))

    shown = details(of, rehearsal=told, width=80)

    first = next(number for number, row in enumerate(shown) if row.startswith("rehearsal"))
    assert [row.rstrip() for row in shown[first : first + 7]] == [
        "rehearsal   NOT AS THINGS ARE  Auto Scaling group web: a desired capacity of 12",
        "            is outside 2 to 8",
        "            = Auto Scaling group web: min 2, desired 4, max 8, instances 4",
        "            ~ DesiredCapacity  4 -> 12",
        "            ! it is watched by nobody",
        "              not read: no answer within 5 s",
        "",
    ]


def test_the_plan_counts_what_was_rehearsed_natively_and_what_was_read() -> None:
    reviewed = review(key_rotation())
    first, second = rehearsal_of(key_rotation()).commands
    read = first.model_copy(update={"rung": DryRunRung.STATE})
    result = DryRunResult(plan_id=reviewed.plan.id, passed=True, natively=0, commands=(read, second), states=1)

    said = " ".join(plain(row) for row in summary(reviewed, Rehearsal(result=result), NOON, 100, False))

    assert "nobody said no; rehearsed: 0 of 2 natively; 1 state read, 1 account only" in said


def test_two_revisions_stand_side_by_side_with_their_lines_in_pairs() -> None:
    before = key_rotation()
    after = before.model_copy(update={"description": "Another"})

    shown = [plain(row) for row in difference_beside(before, after, 83, True)]

    [changed] = [row for row in shown if "Another" in row]
    left, right = changed.split(" | ", 1)
    assert left.startswith("-")
    assert right.startswith("+")
    assert all(row[40:43] == " | " for row in shown if row)
    assert difference_beside(before, before, 83, True) == ((Span(" "), Span("Nothing changed", "quiet")),)


def test_two_arguments_never_look_alike_though_one_holds_what_the_other_spells() -> None:
    real, spelled = "Key=N,Value=a\u202eb c\t'", "Key=N,Value=a\\u202eb c\\t'"
    commands = [cli(n, MODIFY, "Tag", "ec2 create-tags", "--tags", value) for n, value in enumerate((real, spelled), 1)]
    shown = [plain(call.in_a_row(one)) for one in review(plan(1, "p", commands)).commands]

    assert shown[0] == r"aws ec2 create-tags --tags $'Key=N,Value=a\u202eb c\t\''"
    assert shown[1] == "aws ec2 create-tags --tags 'Key=N,Value=a\\u202eb c\\t'\"'\"''"


def test_a_profile_whose_name_only_looks_like_another_stands_out() -> None:
    alike = LAB.model_copy(update={"profile": "pr\u043ed"})

    assert Span("\u043e", "mark") in accounts.identity(alike)


def test_the_summary_names_what_is_written_to_the_worst_first_and_says_how_many_more() -> None:
    of = review(bucket_clean_up())
    named = [("seen",), ("tagged",), ("gone-1", "gone-2", "gone-3", "gone-4", "gone-5")]
    levels = [RiskLevel.READ_ONLY, RiskLevel.MODIFY, RiskLevel.DESTRUCTIVE]
    commands = tuple(
        replace(one, named=names, assessment=one.assessment.model_copy(update={"level": level, "radius": radius}))
        for one, names, level in zip(of.commands, named, levels, strict=True)
        for radius in (BlastRadius(resources=300 if level is RiskLevel.DESTRUCTIVE else 1),)
    )
    of = replace(of, commands=commands, radius=BlastRadius(resources=301))
    rows = [plain(row).rstrip() for row in summary(of, NOT_REHEARSED, NOON, 76, False)]

    assert "named       gone-1, gone-2, gone-3, gone-4, gone-5 and 296 more" in rows
    assert "touches     301 named resources  in 1 account, 1 region" in rows


def test_what_two_commands_name_is_one_resource_in_the_review_and_in_the_preview(tmp_path: Path) -> None:
    of = review(bucket_clean_up())
    radius = BlastRadius(resources=1)
    commands = tuple(
        replace(one, named=("logs",), assessment=one.assessment.model_copy(update={"radius": radius}))
        for one in of.commands
    )
    of = replace(of, commands=commands, radius=BlastRadius(resources=2))

    assert plain(reach.in_words(of)) == "1 named resource  in 1 account, 1 region"
    assert plain(reach.names(of)) == "logs"
    by_id = {one.command.id: one for one in commands}
    judged = Judged(
        of.level, of.flags, of.radius, {each: one.assessment for each, one in by_id.items()},
        named={each: one.named for each, one in by_id.items()},
    )  # fmt: skip
    entry = RecordedSession(tmp_path).add(1, of.plan)
    assert " touches  1 named resource" in [
        plain(row).rstrip() for row in preview(entry, None, NOON, 80, judged=judged)
    ]
    nobody = LAB.model_copy(update={"account": None, "profile": "gone"})
    assert plain(reach.in_words(replace(of, radius=BlastRadius(), identities=(*of.identities, nobody)))) == (
        "1 account and 1 profile of unknown account, 1 region"
    )


def test_what_is_not_known_stands_beside_what_is_with_the_numbers_of_its_commands() -> None:
    of = review(bucket_clean_up())
    blind = RiskAssessment(
        level=RiskLevel.MODIFY, assessed=RiskLevel.MODIFY, claimed=RiskLevel.MODIFY, flags=(RiskFlag.UNKNOWN,),
        reasons=(), radius=BlastRadius(unbounded=("a wildcard",)),
    )  # fmt: skip
    of = replace(of, commands=(*of.commands[:2], replace(of.commands[2], assessment=blind)))
    nobody = LAB.model_copy(update={"account": None})
    heard = rehearsal(of, passed=True)  # of the first command alone
    told = [plain(row) for row in unknowns(replace(of, identities=(nobody,)), heard)]

    assert told == [
        "permission and effect of commands 2 and 3",
        "what command 3 may do: not in the risk table",
        "how much command 3 may touch",
        f"the account behind profile {nobody.profile}",
    ]
    assert unknowns(review(bucket_clean_up()), NOT_REHEARSED) == []


def test_hundreds_of_ids_stand_side_by_side_each_whole_and_what_needs_quotes_does_not() -> None:
    ids = [f"i-{number:017x}" for number in range(300)]
    many = review(plan(1, "p", [cli(1, DESTROY, "Stop", "ec2 stop-instances", "--instance-ids", *ids, "a b", "c")]))
    rows = [row.strip() for row in details(many, width=76)]

    listed = [row for row in rows if row.startswith("i-")]
    assert " ".join(listed).split() == ids
    assert len(listed) == 100
    assert rows[rows.index(listed[-1]) + 1 :][:2] == ["'a b'", "c"]


def test_a_word_of_two_alphabets_is_spelled_out_wherever_it_is_decided_on() -> None:
    alike = plan(1, "p", [cli(1, MODIFY, "Tag", "ec2 create-tags", "--tags", "Key=Env,Value=pr\u043ed")])
    honest = plan(1, "p", [cli(1, MODIFY, "Tag", "ec2 create-tags", "--tags", "Key=Env,Value=größe", "Key=Имя")])
    said = "`\u043e` in `pr\u043ed` is CYRILLIC SMALL LETTER O"

    for rows in (summary(review(alike), NOT_REHEARSED, NOON, 76, False), last_look.body(review(alike), 76)):
        assert any(said in plain(row) for row in rows)
    assert any(said in row for row in details(review(alike)))
    assert not any("letters" in row for row in details(review(honest)))


def test_the_line_above_a_review_is_said_in_fewer_words_rather_than_cut() -> None:
    of = review(bucket_clean_up())
    dangers = has_to_be_seen(of)

    def said(width: int, expires: str = "6d") -> str:
        return plain(counts(of, (), dangers, 53, expires, folded=False, width=width))

    assert said(99) == " 1 read  2 DESTROY   0 of 2 dangerous seen (n)   53 rows to go here   expires in 6d"
    assert said(80) == " 1 read  2 DESTROY   0 of 2 dangerous seen (n)   53 rows to go   6d left"
    assert said(99, "now").endswith("expires now")
