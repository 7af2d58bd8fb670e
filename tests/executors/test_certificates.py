"""Whom the SDK's connections trust: the machine's certificates, read once; a bundle of one's own, when it changes."""

from __future__ import annotations

import os
import shutil
import ssl
from pathlib import Path
from typing import Any

import pytest
from botocore.httpsession import get_cert_path

from cloudops_tui.executors.clients import AwsClients


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    usual = get_cert_path(True)
    assert usual is not None
    return Path(shutil.copy(usual, tmp_path / "ca.pem"))


async def trusted_by(service: str = "sts", proxy: str | None = None) -> ssl.SSLContext:
    """The context that a new client's connections would have."""
    clients = AwsClients()
    async with clients.brief_client(service, "default", "us-east-1", connect=1, read=1) as client:
        http: Any = client._endpoint.http_session
        connector = http._create_connector(proxy)
        context: ssl.SSLContext = connector._ssl
        await connector.close()
    await clients.close()
    return context


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


async def test_all_clients_share_what_the_machine_trusts_and_check_by_it() -> None:
    one, other = await trusted_by("sts"), await trusted_by("ssm")

    assert one is other
    assert one.verify_mode is ssl.CERT_REQUIRED
    assert len(one.get_ca_certs()) > 50


async def test_a_bundle_of_ones_own_is_trusted_alone_and_read_again_once_it_changed(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = await trusted_by()
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    before = await trusted_by()
    first, end, _ = bundle.read_text().partition("-----END CERTIFICATE-----\n")
    bundle.write_text(first + end)
    os.utime(bundle, ns=(1, 1))
    after = await trusted_by()

    assert before is not usual
    assert len(before.get_ca_certs()) > 50
    assert len(after.get_ca_certs()) == 1


async def test_a_bundle_that_is_not_there_is_an_error_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/absent/ca.pem")

    with pytest.raises(OSError, match="No such file"):
        await trusted_by()


async def test_by_a_proxy_a_context_is_its_own() -> None:
    assert await trusted_by(proxy="http://proxy.test:3128") is not await trusted_by()
