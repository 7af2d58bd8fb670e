"""Plans in the queue and executions in the history, as scripts see them."""

from __future__ import annotations

import json
import re
import stat
from getpass import getuser
from pathlib import Path

import boto3
from pydantic import TypeAdapter

from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.model.queue import QueueEntry
from tests.cli.program import Json, Program, cli, identifier, plan, sdk, write

CONVERSATION = "0c0c0c0c-1111-4111-8111-111111111111"
RECORDS = TypeAdapter(list[ExecutionRecord])


def test_the_same_plan_submitted_twice_is_one_entry_with_prompt_and_conversation(
    program: Program, tmp_path: Path
) -> None:
    file = write(tmp_path, plan(sdk(1, "s3", "ListBuckets")))

    first = program.json("submit", file, "--prompt", "What is there?", "--conversation", CONVERSATION)
    second = program("submit", "-", stdin=Path(file).read_bytes())

    entry = QueueEntry.model_validate(first)
    assert (entry.user_prompt, str(entry.conversation_id)) == ("What is there?", CONVERSATION)
    assert second.out.split() == [str(entry.number), "Review", "read", first["digest"]]
    [queued] = program.json("queue")
    assert queued == first


def test_several_files_are_several_entries_and_one_bad_one_among_them_is_exit_2(
    program: Program, tmp_path: Path
) -> None:
    good = write(tmp_path, plan(sdk(1, "s3", "ListBuckets")), "good.json")
    bad = write(tmp_path, plan(sdk(1, "s4", "ListBuckets"), number=2), "bad.json")

    ended = program("submit", good, bad, "--json")

    assert ended.code == 2
    entry, refused = ended.json
    assert entry["state"] == "Review"
    assert refused["entry"]["state"] == "Refused"


def test_a_rejected_plan_keeps_its_reason_and_cannot_be_run_or_changed(program: Program, tmp_path: Path) -> None:
    file = write(tmp_path, plan(sdk(1, "s3", "ListBuckets")))
    entry = program.json("submit", file)
    number = str(entry["number"])
    assert program("reject", number, "--reason", "  ").code == 2

    rejected = program.json("reject", number, "--reason", "Not \x1b[31mtoday")

    assert (rejected["state"], rejected["reason"]) == ("Rejected", "Not \x1b[31mtoday")
    assert program("reject", number, "--reason", "again").code == 4
    refused = program("run", file)
    assert refused.code == 4
    assert "Not \\x1b[31mtoday" in refused.err
    changed = write(tmp_path, plan(sdk(1, "s3", "ListBuckets"), description="Another"), "changed.json")
    assert program("submit", changed).code == 4
    assert str(number) not in program("queue").out
    assert "Rejected" in program("queue", "--all").out


def test_status_of_an_entry_is_the_entry_with_its_digest(program: Program, tmp_path: Path) -> None:
    entry = program.json("submit", write(tmp_path, plan(sdk(1, "s3", "ListBuckets"))))

    assert program.json("status", str(entry["number"])) == entry
    assert program.json("status", entry["id"][:8]) == entry
    assert program.json("status") == {"running": [], "review": [entry]}


def test_what_a_plan_says_reaches_no_terminal_raw(program: Program, tmp_path: Path) -> None:
    nasty = "Read \x1b]52;c;aGk=\x07 \x9b31m \u202e \x7f end"
    file = write(tmp_path, plan(sdk(1, "s3", "ListBuckets"), description=nasty))

    program("submit", file)
    said = [program("queue"), program("queue", "--json"), program("check", file), program("check", file, "--json")]

    for ended in said:
        assert ended.code == 0, ended.err
        assert not {"\x1b", "\x07", "\x9b", "\u202e", "\x7f"} & set(ended.out + ended.err)
    assert said[3].json["description"] == nasty


def test_history_is_found_by_words_and_filters_and_forgotten_by_age(on_aws: Program, tmp_path: Path) -> None:
    buckets = plan(sdk(1, "s3", "ListBuckets"), number=1, description="Count the buckets")
    absent = plan(cli(2, "s3api head-bucket", "--bucket", "absent"), number=2, description="Look for a bucket")
    _run(on_aws, tmp_path, buckets, "--conversation", CONVERSATION)
    _run(on_aws, tmp_path, absent)

    def found(*words: str) -> list[str]:
        ended = on_aws("history", *words, "--json")
        assert ended.code == 0, ended.err
        return [str(record.execution_plan.id) for record in RECORDS.validate_json(ended.out)]

    one, two = identifier(1), identifier(2)
    assert found() == [two, one]
    assert found("count", "buck") == [one]
    assert found("--status", "failed") == [two]
    assert found("--risk", "read_only") == [two, one]
    assert found("--risk", "Modify") == []
    assert found("--conversation", CONVERSATION) == [one]
    assert found("--since", "1h") == [two, one]
    assert found("--until", "2020-01-01") == found("--since", "2100-01-01T00:00:00Z") == []
    assert found("--limit", "1") == [two]
    assert found("--limit", "1", "--offset", "1") == [one]
    assert on_aws("history", "--since", "last Tuesday").code == 2
    assert on_aws("history", "--status", "Great").code == 2

    shown = on_aws("show", found()[1][:8])
    assert "Count the buckets" in shown.out

    entry, _ = on_aws.json("queue")
    assert (entry["state"], len(entry["digest"])) == ("Done", 64)
    assert on_aws.json("prune", "--older-than", "1d") == {"pruned": 0}
    assert on_aws.json("prune", "--older-than", "0s", "--yes") == {"pruned": 2}
    assert found() == []
    for words in (("cancel", str(entry["number"])), ("show", str(entry["number"])), ("logs", str(entry["number"]))):
        gone = on_aws(*words)
        assert gone.code == 2
        assert "Done" in gone.err
        assert "pruned" in gone.err


def test_a_rollback_shows_its_digest_first_and_undoes_with_it(on_aws: Program, tmp_path: Path) -> None:
    create = sdk(1, "sqs", "CreateQueue", {"QueueName": "q"}, risk="Modify")
    undo = cli(9, "sqs delete-queue", "--queue-url", "http://127.0.0.1/123456789012/q", risk="Destructive")
    strategy = {"trigger": "Manual", "compensations": {create["id"]: [undo]}}
    number = _run(on_aws, tmp_path, plan(create, risk="Modify", rollback_strategy=strategy))

    asked = on_aws("rollback", number, "--json")
    assert asked.code == 3
    assert (asked.json["risk_level"], len(asked.json["commands"])) == ("Destructive", 1)
    digest = asked.json["digest"]
    assert on_aws("rollback", number, "--approve", "0" * 64, "--reason", "r", "--confirm", "123456789012").code == 4
    assert on_aws("rollback", number, "--approve", digest).code == 3

    given = ("--approve", digest, "--reason", "by \x9b hand", "--confirm", "123456789012")
    undone = on_aws("rollback", number, *given, "--json")

    assert undone.code == 0, undone.err
    assert undone.json["status"] == "RolledBack"
    assert on_aws("rollback", number).code == 4
    [decided] = [line for line in on_aws("show", number).out.splitlines() if line.startswith("  rollback ")]
    assert re.fullmatch(rf"  rollback +by {re.escape(getuser())} at \S+Z: by \\x9b hand", decided), decided
    assert f"digest        {digest}" in on_aws("show", number).out
    assert ExecutionRecord.model_validate_json(on_aws("show", number, "--json").out).result.status == "RolledBack"


def test_a_rehearsal_says_what_it_proved_and_changes_nothing(on_aws: Program, tmp_path: Path) -> None:
    file = write(tmp_path, plan(sdk(1, "s3", "CreateBucket", {"Bucket": "b"}, risk="Modify"), risk="Modify"))

    rehearsed = on_aws.json("dry-run", file)

    spoken = on_aws("dry-run", file)
    assert "1  account answered  " in spoken.out
    assert "Not rehearsable: permission and effect unknown" in spoken.out
    assert "Nothing could be rehearsed" in spoken.out
    assert rehearsed["passed"] is True
    assert [one["command_id"] for one in rehearsed["commands"]] == [identifier(1)]
    assert on_aws.json("history") == on_aws.json("queue") == []


def test_a_rehearsal_that_was_answered_with_no_tells_why_and_fails(on_aws: Program, tmp_path: Path) -> None:
    boto3.client("logs").describe_log_groups()  # moto has loaded the service: the answer comes within its five seconds
    gone = sdk(1, "logs", "DeleteLogGroup", {"logGroupName": "/none"}, risk="Destructive")

    rehearsed = on_aws("dry-run", write(tmp_path, plan(gone, risk="Destructive")))

    assert rehearsed.code == 1
    assert "1  NO: absent        " in rehearsed.out
    assert "     Log group /none is absent: nothing to delete\n" in rehearsed.out
    assert "Rehearsal failed: 1 answered with no; 0 of 1 natively, state read of 1\n" in rehearsed.out


def test_a_plan_in_the_inbox_is_queued_by_whoever_looks_and_run_by_its_number(on_aws: Program, tmp_path: Path) -> None:
    inbox = on_aws.state / "inbox"
    inbox.mkdir(parents=True, mode=0o755)
    write(inbox, plan(sdk(1, "s3", "ListBuckets")), "good.json")
    write(inbox, plan(sdk(1, "s4", "ListBuckets"), number=2), "bad.json")

    queued = {one["source"]: one for one in on_aws.json("queue")}

    refused, entry = queued.pop("inbox/bad.json"), queued.pop("inbox/good.json")
    assert (refused["state"], entry["state"], queued) == ("Refused", "Review", {})
    assert (inbox / "taken" / "good.json").is_file()
    beside = json.loads((inbox / "refused" / "bad.json.error.json").read_text())
    assert beside["problems"] == refused["problems"]
    assert stat.S_IMODE(inbox.stat().st_mode) == 0o700
    assert on_aws("run", str(entry["number"]), "--approve", entry["digest"]).code == 0


def _run(program: Program, folder: Path, document: Json, *options: str) -> str:
    entry = program.json("submit", write(folder, document), *options)
    program("run", str(entry["number"]), "--approve", entry["digest"])
    return str(entry["number"])
