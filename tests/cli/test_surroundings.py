"""`check` says what lies between us and AWS."""

from __future__ import annotations

from pathlib import Path

from tests.cli.program import Program, plan, sdk, write

STANDARD = {
    "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt", "SSL_CERT_DIR": "/etc/ssl/certs",
    "REQUESTS_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt", "CURL_CA_BUNDLE": "",
}  # fmt: skip


def test_check_shows_a_proxy_without_its_password_and_nothing_that_is_standard(
    program: Program, tmp_path: Path
) -> None:
    file = write(tmp_path, plan(sdk(1, "s3", "ListBuckets")))
    program.environment = STANDARD
    assert program.json("check", file)["surroundings"] == []

    program.environment = {**STANDARD, "HTTPS_PROXY": "http://alice:hunter2@127.0.0.1:9"}
    told, spoken = program.json("check", file), program("check", file)

    assert told["surroundings"] == ["HTTPS_PROXY=http://<redacted>@127.0.0.1:9"]
    assert "  between   HTTPS_PROXY=http://<redacted>@127.0.0.1:9\n" in spoken.out
    assert "hunter2" not in spoken.out + spoken.err
