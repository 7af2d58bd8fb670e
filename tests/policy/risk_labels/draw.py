"""Draws what is labelled: operations of botocore's models and command lines of awscli's pages of examples.

`python -m tests.policy.risk_labels.draw NAME` prints a JSON line each, without labels: the same from the same packages.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

DRAWN_FROM = {"botocore": "1.40.61", "awscli": "1.46.3"}
"""The versions whose operations and examples were labelled; others hold others."""

COMMON = frozenset({
    "acm", "apigateway", "athena", "autoscaling", "backup", "batch", "cloudformation", "cloudfront", "cloudtrail",
    "cloudwatch", "config", "dynamodb", "ec2", "ecr", "ecs", "efs", "eks", "elasticache", "elbv2", "emr", "events",
    "firehose", "glue", "iam", "kinesis", "kms", "lambda", "logs", "opensearch", "organizations", "rds", "redshift",
    "route53", "s3", "s3api", "sagemaker", "secretsmanager", "sns", "sqs", "ssm", "stepfunctions", "sts", "wafv2",
})  # fmt: skip
"""What operators use most; half of the subjects are theirs."""

SPELLINGS = {"configservice": "config"}
"""Services that awscli calls otherwise than botocore does."""

CUSTOM = frozenset({
    "cloudformation/deploy", "cloudformation/package", "cloudfront/sign", "cloudtrail/create-subscription",
    "cloudtrail/update-subscription", "cloudtrail/validate-logs", "codeartifact/login", "configservice/get-status",
    "configservice/subscribe", "configure/add-model", "datapipeline/list-runs", "deploy/deregister", "deploy/install",
    "deploy/push", "deploy/register", "deploy/uninstall", "dlm/create-default-role", "ecr/get-login",
    "ecr/get-login-password", "ecr-public/get-login-password", "eks/get-token", "eks/update-kubeconfig",
    "emr/add-steps", "emr/create-default-roles", "emr/describe-cluster", "emr/get", "emr/modify-cluster-attributes",
    "emr/put", "emr/schedule-hbase-backup", "emr/socks", "emr/ssh", "emr-containers/update-role-trust-policy",
    "gamelift/upload-build", "rds/generate-db-auth-token", "s3/cp", "s3/ls", "s3/mb", "s3/mv", "s3/presign", "s3/rb",
    "s3/rm", "s3/sync", "s3/website",
})  # fmt: skip
"""Pages of commands that awscli wrote itself and that are no operation of a model."""

# Only to mix the draw, so that each kind occurs often enough: a label never looks at them.
ASKING = frozenset({
    "batch-get", "check", "describe", "detect", "discover", "download", "estimate", "evaluate", "filter", "generate",
    "get", "head", "is", "list", "lookup", "poll", "preview", "query", "retrieve", "scan", "search", "select",
    "simulate", "test", "validate", "verify", "view", "wait",
})  # fmt: skip
TAKING = frozenset({
    "abort", "archive", "batch-delete", "batch-disassociate", "batch-stop", "cancel", "close", "decrease", "delete",
    "deny", "deprecate", "deregister", "detach", "disable", "disassociate", "evict", "exit", "failover", "kill",
    "leave", "pause", "purge", "reboot", "rebuild", "reject", "release", "remove", "reset", "restart", "restore",
    "revoke", "rollback", "rotate", "schedule", "shutdown", "stop", "suspend", "terminate", "unassign", "unlink",
    "unsubscribe", "untag", "withdraw",
})  # fmt: skip


Subject = dict[str, Any]


class Candidate(NamedTuple):
    """What may be drawn: its name decides its place in the order, its verb the kind that it is drawn for."""

    name: str
    service: str
    verb: str


@dataclass(frozen=True)
class Recipe:
    """How many of each kind, and the seed that fixes which."""

    seed: str
    operations: Mapping[str, int]
    """Subjects of each kind in each of the two groups, of common services and of all."""
    lines: Mapping[str, int]
    custom: int
    """Lines of commands that awscli wrote itself."""
    at_most: int | None = None
    """Operations of one service in one group; None does not count them."""
    prefix: str = ""
    """Of the ids, so that no two draws share one."""
    after: tuple[str, ...] = ()
    """Earlier draws: what they hold is not drawn again."""


RECIPES = {
    "labels": Recipe(
        "risk labels, first draw",
        operations={"asking": 30, "taking": 34, "other": 46},
        lines={"asking": 30, "taking": 34, "other": 46},
        custom=24,
    ),
    "second": Recipe(
        "risk labels, second draw",
        operations={"asking": 25, "taking": 20, "other": 30},
        lines={"asking": 14, "taking": 14, "other": 22},
        custom=50,
        at_most=2,
        prefix="second-",
        after=("labels",),
    ),
    "third": Recipe(
        "risk labels, third draw",
        operations={"asking": 8, "taking": 7, "other": 10},
        lines={"asking": 5, "taking": 5, "other": 8},
        custom=14,
        at_most=1,
        prefix="third-",
        after=("labels", "second"),
    ),
}


@cache
def draw(name: str) -> list[Subject]:
    """The subjects in the order of their ids, without labels."""
    recipe = RECIPES[name]
    earlier = frozenset(_identity(one) for drawn in recipe.after for one in draw(drawn))
    kinds = (("sdk", _operations(recipe, earlier)), ("cli", _lines(recipe, earlier)))
    return [one for kind, drawn in kinds for one in _numbered(recipe.prefix, kind, drawn)]


def installed() -> dict[str, str]:
    """The versions of the packages that a draw would read now."""
    return {package: version(package) for package in DRAWN_FROM}


def _numbered(prefix: str, kind: str, drawn: Iterable[Subject]) -> Iterator[Subject]:
    for place, subject in enumerate(drawn, 1):
        yield {"id": f"{prefix}{kind}-{place:03}", "kind": kind, **subject}


def _identity(subject: Subject) -> str:
    if "words" in subject:
        return shlex.join(subject["words"])
    return f"{subject['service']}.{subject['operation']}"


def _operations(recipe: Recipe, earlier: frozenset[str]) -> Iterator[Subject]:
    def subject(one: Candidate) -> Subject:
        return {"service": one.service, "operation": one.name.partition(".")[2]}

    fresh = [one for one in _all_operations() if one.name not in earlier]
    yield from _mixed(recipe.seed, recipe.operations, fresh, subject, recipe.at_most)


def _lines(recipe: Recipe, earlier: frozenset[str]) -> Iterator[Subject]:
    """A page is drawn first and then one of its lines, so that a page of thirty lines weighs no more than another."""
    pages = _pages()
    seen = set(earlier)

    def subject(one: Candidate) -> Subject | None:
        lines = _in_order(recipe.seed, one.name, _example_lines(pages[one.name]))
        if not lines or lines[0] in seen:
            return None
        seen.add(lines[0])
        return {"words": shlex.split(lines[0])}

    named = [name.split("/") for name in pages if name not in CUSTOM]
    candidates = [Candidate("/".join(words), words[0], _verb(words)) for words in named]
    yield from _mixed(recipe.seed, recipe.lines, candidates, subject, recipe.at_most)
    custom = {line for name in CUSTOM for line in _example_lines(pages[name])} - earlier
    yield from ({"words": shlex.split(line)} for line in _in_order(recipe.seed, "custom", custom)[: recipe.custom])


def _mixed(
    seed: str,
    shares: Mapping[str, int],
    candidates: Sequence[Candidate],
    subject: Callable[[Candidate], Subject | None],
    at_most: int | None,
) -> Iterator[Subject]:
    """First of the common services, then of all, each kind by its share; a candidate without a subject is passed by."""
    by_name = {one.name: one for one in candidates}
    ordered = [by_name[name] for name in _in_order(seed, "", by_name)]
    for services in (COMMON, None):
        drawn = Counter[str]()
        for kind, share in shares.items():
            wanted = share
            for one in list(ordered):
                if not wanted:
                    break
                if _kind(one) != kind or not (services is None or SPELLINGS.get(one.service, one.service) in services):
                    continue
                if drawn[one.service] == at_most:
                    continue
                ordered.remove(one)
                if (found := subject(one)) is not None:
                    wanted -= 1
                    drawn[one.service] += 1
                    yield found


def _in_order(seed: str, salt: str, names: Iterable[str]) -> list[str]:
    """A shuffle that neither a Python version nor a new name in the middle changes."""
    return sorted(set(names), key=lambda name: sha256(f"{seed}\n{salt}\n{name}".encode()).digest())


def _kind(one: Candidate) -> str:
    for kind, verbs in (("asking", ASKING), ("taking", TAKING)):
        if any(one.verb == verb or one.verb.startswith(f"{verb}-") for verb in verbs):
            return kind
    return "other"


# --- botocore --------------------------------------------------------------------------------------------------------


@cache
def _all_operations() -> tuple[Candidate, ...]:
    return tuple(_read_operations())


def _read_operations() -> Iterator[Candidate]:
    for service in sorted((_package("botocore") / "data").iterdir()):
        models = sorted(service.glob("*/service-2.json.gz"))
        for operation in json.loads(gzip.decompress(models[-1].read_bytes()))["operations"] if models else ():
            yield Candidate(f"{service.name}.{operation}", service.name, _hyphenated(operation))


def _hyphenated(operation: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", operation).lower()


def _package(name: str) -> Path:
    """Its folder; nothing of it is imported."""
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


# --- awscli ----------------------------------------------------------------------------------------------------------


@cache
def _pages() -> dict[str, str]:
    """Every page of examples by its place, such as `ec2/describe-instances`."""
    root = _package("awscli") / "examples"
    return {
        page.relative_to(root).with_suffix("").as_posix(): page.read_text(encoding="utf-8")
        for page in sorted(root.rglob("*.rst"))
    }


def _verb(words: Sequence[str]) -> str:
    return "wait" if "wait" in words[1:-1] else words[-1]


def _example_lines(page: str) -> Iterator[str]:
    """The command lines of a page, each as `shlex` writes it; those that need a shell are left out."""
    rows = iter(page.split("\n"))
    for row in rows:
        if found := re.match(r"\s+(?:\$ ?)?aws (.*)", row):
            words = _words(found[1], rows)
            if words and not {"|", ">", ">>", "<", "&&", ";", "\\"} & set(words):
                yield shlex.join(words)


def _words(line: str, rows: Iterator[str]) -> list[str]:
    """The words of a line that may go on in the next rows; none if a quote is never closed."""
    while line.rstrip().endswith("\\"):
        line = f"{line.rstrip()[:-1]} {next(rows, '').strip()}"
    while True:
        try:
            return shlex.split(line)
        except ValueError:
            more = next(rows, None)
            if more is None:
                return []
            line = f"{line}\n{more}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=RECIPES)
    for subject in draw(parser.parse_args().name):
        print(json.dumps(subject, ensure_ascii=False))


if __name__ == "__main__":
    main()
