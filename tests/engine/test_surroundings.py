"""A review says what lies between us and AWS."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.made import Maker
from tests.engine.plans import put, sequence
from tests.engine.stub import Stub


async def test_a_review_names_the_proxy_and_the_certificate_authorities_of_the_plans_profiles(
    make: Maker, stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    config = tmp_path / "config"
    config.write_text("[default]\nca_bundle = /corp.pem\n[profile other]\nca_bundle = /other.pem\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    preparer = make().preparer
    before = await preparer.review(sequence(put("a")))
    monkeypatch.setenv("HTTPS_PROXY", "http://alice:hunter2@127.0.0.1:3128")

    after = await preparer.review(sequence(put("a")))

    assert before.surroundings == ("ca_bundle=/corp.pem (profile default)",)
    assert after.surroundings == (
        "HTTPS_PROXY=http://<redacted>@127.0.0.1:3128", "ca_bundle=/corp.pem (profile default)"
    )  # fmt: skip
