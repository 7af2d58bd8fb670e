"""What exists in the embedded AWS before the first plan runs: a small web shop, made through its own API or moto."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any
from urllib.request import Request, urlopen

import boto3

REGION = "eu-west-1"
ACCOUNT = "123456789012"
SEED = 20260117
"""moto draws ids from one generator; a fixed seed gives every demo the same instance ids."""

ANY_KEYS = ("embedded", "embedded")
"""moto asks for a signature and does not check it."""

RELEASE = "2026.01"
WEB_SERVERS = 24
RETIRED_WORKERS = 2
ARTIFACTS = 400
LOG_FILES = 60

BUCKETS = {
    "artifacts": "storefront-artifacts",
    "backup": "storefront-artifacts-backup",
    "logs": "storefront-access-logs-2023",
    "assets": "storefront-assets",
    "uploads": "storefront-uploads",
}
SIGNING_PARAMETERS = {
    "/storefront/prod/signing/active-key-id": "sk-2024-11",
    "/storefront/prod/signing/previous-key-id": "sk-2024-08",
    "/storefront/prod/signing/rotated-on": "2024-11-04",
}
FEATURE_PARAMETERS = {
    "/storefront/prod/feature/new-checkout": "off",
    "/storefront/prod/feature/search-suggestions": "on",
    "/storefront/prod/session/ttl-seconds": "1800",
}
LOG_GROUPS = ("/storefront/web", "/storefront/orders", "/storefront/payments")
ROLES = {
    "storefront-web": "ec2.amazonaws.com",
    "storefront-orders-worker": "ecs-tasks.amazonaws.com",
    "storefront-deploy": "codebuild.amazonaws.com",
}
ORDERS_TABLE = "storefront-orders"
ORDERS_QUEUE = "storefront-orders"
DATABASE = "storefront-prod"
OPERATOR = "cloudops-operator"


def seed_estate(moto: str, public_endpoint: str) -> dict[str, Any]:
    """Create the estate in the moto server at `moto` and return its ids as plain JSON.

    `public_endpoint` is the address that plans will use; ids that contain an address (queue URLs) are given with it.
    """
    _fix_the_ids(moto)
    aws = _Aws(moto)
    return {
        "account": ACCOUNT,
        "region": REGION,
        "operator": _operator(aws),
        "release": RELEASE,
        "web_instances": _web_fleet(aws),
        "retired_instances": _retired_workers(aws),
        "buckets": _buckets(aws),
        "artifacts": ARTIFACTS,
        "log_files": LOG_FILES,
        "parameters": _parameters(aws),
        "table": _orders_table(aws),
        "database": _database(aws),
        "roles": _roles(aws),
        "log_groups": _log_groups(aws),
        "queues": {"orders": _orders_queue(aws).replace(moto, public_endpoint)},
    }


class _Aws:
    """One client per service of the server at `endpoint`, made when first asked for."""

    def __init__(self, endpoint: str) -> None:
        self._session: Any = boto3.session.Session(*ANY_KEYS, region_name=REGION)
        self._endpoint = endpoint
        self._made: dict[str, Any] = {}

    def __getitem__(self, service: str) -> Any:
        if service not in self._made:
            self._made[service] = self._session.client(service, endpoint_url=self._endpoint)
        return self._made[service]


def _fix_the_ids(moto: str) -> None:
    """Ask moto for reproducible ids; its server takes the seed at `/moto-api/seed`."""
    with urlopen(Request(f"{moto}/moto-api/seed?a={SEED}", method="POST"), timeout=30):  # noqa: S310 - loopback
        pass


def _operator(aws: _Aws) -> dict[str, str]:
    aws["iam"].create_user(UserName=OPERATOR)
    key = aws["iam"].create_access_key(UserName=OPERATOR)["AccessKey"]
    return {"name": OPERATOR, "access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}


def _web_fleet(aws: _Aws) -> list[str]:
    return [
        _instance(aws, "t3.medium", {"Name": f"web-{number:02}", "Role": "web", "Env": "prod", "Release": RELEASE})
        for number in range(1, WEB_SERVERS + 1)
    ]


def _retired_workers(aws: _Aws) -> list[str]:
    return [
        _instance(aws, "m4.large", {"Name": f"batch-old-{number}", "Role": "batch", "Env": "prod", "Retired": "yes"})
        for number in range(1, RETIRED_WORKERS + 1)
    ]


def _instance(aws: _Aws, kind: str, tags: Mapping[str, str]) -> str:
    made = aws["ec2"].run_instances(
        ImageId="ami-0c5fe0c0ffee00001",
        InstanceType=kind,
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[
            {"ResourceType": "instance", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
        ],
    )
    return str(made["Instances"][0]["InstanceId"])


def _buckets(aws: _Aws) -> dict[str, str]:
    for bucket in BUCKETS.values():
        aws["s3"].create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    # Straight into moto, which is this process: as requests they were half of the time of the whole start.
    store = import_module("moto.s3.models").s3_backends[ACCOUNT]["aws"]
    for bucket, objects in (("artifacts", _artifacts()), ("logs", _log_files())):
        for key, body in objects:
            store.put_object(BUCKETS[bucket], key, body)
    return dict(BUCKETS)


def _artifacts() -> Iterator[tuple[str, bytes]]:
    services = ("web", "orders", "payments", "search")
    for number in range(ARTIFACTS):
        service, build = services[number % len(services)], 1001 + number // len(services)
        key = f"releases/{service}/build-{build}/manifest.json"
        yield key, json.dumps({"service": service, "build": build, "image": f"{service}:{build}"}).encode()


def _log_files() -> Iterator[tuple[str, bytes]]:
    for number in range(LOG_FILES):
        month, day = 1 + number // 5, 1 + 6 * (number % 5)
        yield f"2023/{month:02}/{day:02}/access.log", b"203.0.113.7 GET /checkout 200\n" * (1 + number % 7)


def _parameters(aws: _Aws) -> dict[str, str]:
    parameters = SIGNING_PARAMETERS | FEATURE_PARAMETERS
    for name, value in parameters.items():
        aws["ssm"].put_parameter(Name=name, Value=value, Type="String")
    return parameters


def _orders_table(aws: _Aws) -> str:
    aws["dynamodb"].create_table(
        TableName=ORDERS_TABLE,
        AttributeDefinitions=[{"AttributeName": "order_id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "order_id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for number in range(1, 6):
        order = {"order_id": {"S": f"A-{1000 + number}"}, "total": {"N": str(20 * number)}, "state": {"S": "paid"}}
        aws["dynamodb"].put_item(TableName=ORDERS_TABLE, Item=order)
    return ORDERS_TABLE


def _database(aws: _Aws) -> str:
    aws["rds"].create_db_instance(
        DBInstanceIdentifier=DATABASE,
        DBInstanceClass="db.t3.medium",
        Engine="postgres",
        AllocatedStorage=100,
        MasterUsername="storefront",
        ManageMasterUserPassword=True,
    )
    return DATABASE


def _roles(aws: _Aws) -> list[str]:
    for role, service in ROLES.items():
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        aws["iam"].create_role(RoleName=role, AssumeRolePolicyDocument=document)
    return list(ROLES)


def _log_groups(aws: _Aws) -> list[str]:
    for group in LOG_GROUPS:
        aws["logs"].create_log_group(logGroupName=group)
    return list(LOG_GROUPS)


def _orders_queue(aws: _Aws) -> str:
    return str(aws["sqs"].create_queue(QueueName=ORDERS_QUEUE)["QueueUrl"])
