"""A rollback of what the plan wrote nothing for, by the command line, over real processes and a real answer."""

from __future__ import annotations

from pathlib import Path

import boto3

from tests.cli.program import Program, cli, plan, write


def test_a_setting_that_a_command_changed_is_proposed_and_put_back(
    on_aws: Program, aws_endpoint: str, tmp_path: Path
) -> None:
    sqs = boto3.client("sqs", endpoint_url=aws_endpoint)
    url = sqs.create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "45"})["QueueUrl"]
    change = cli(1, "sqs set-queue-attributes", "--queue-url", url, "--attributes", "VisibilityTimeout=300")
    file = write(tmp_path, plan(change | {"risk_level": "Modify"}, risk="Modify"))

    checked = on_aws.json("check", file)
    ran = on_aws.json("run", file, "--approve", checked["digest"], "--json")
    number = str(ran["number"])
    asked = on_aws("rollback", number)
    digest = next(line.split()[-1] for line in asked.out.splitlines() if line.startswith("  digest"))
    undone = on_aws.json("rollback", number, "--approve", digest, "--json")

    assert checked["commands"][0]["undo"]["kind"] == "restore-before"
    assert asked.code == 3
    assert "restore-before" in asked.out
    assert "by hand: aws sqs set-queue-attributes --cli-input-json" in asked.out
    assert undone["status"] == "RolledBack"
    assert undone["execution_id"] == ran["execution_id"]
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["VisibilityTimeout"] == "45"
