"""The client token that a command carries itself, because the plan says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

UNMARKED = {
    "athena": "ClientRequestToken",
    "cloudformation": "ClientRequestToken",
    "ec2": "ClientToken",
    "ecs": "clientToken",
    "efs": "CreationToken",
    "kendra": "ClientToken",
    "ram": "clientToken",
    "rekognition": "ClientRequestToken",
    "storagegateway": "ClientToken",
    "textract": "ClientRequestToken",
}
"""By service, the member by which it knows a repeated request (its API reference) though its model does not say so.

Left out are tokens that are forgotten while a person may still be thinking (ACM's after an hour, CodeBuild's and the
deduplication of SQS and SNS after five minutes), and those that name another request (Cloud Control's `RequestToken`).
"""


def own_token(service: str | None, marked: str | None, parameters: Mapping[str, Any]) -> str | None:
    """The token among the parameters, by botocore's member names; None where there is none. `marked`: the member that
    the service's model calls an idempotency token."""
    value = parameters.get(marked or UNMARKED.get(service or "", ""))
    return value if isinstance(value, str) and value else None
