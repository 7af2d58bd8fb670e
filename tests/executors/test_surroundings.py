"""What lies between us and AWS: shown when it is not standard, and never with a password."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from cloudops_tui.executors.accounts import AwsAccounts
from cloudops_tui.executors.surroundings import surroundings, without_credentials
from tests.executors.attempts import write_aws_files

SYSTEM = "/etc/ssl/certs/ca-certificates.crt"


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"NO_PROXY": "localhost", "HTTPS_PROXY": "", "SSL_CERT_FILE": "", "CURL_CA_BUNDLE": ""},
        {"SSL_CERT_FILE": SYSTEM, "REQUESTS_CA_BUNDLE": SYSTEM, "CURL_CA_BUNDLE": SYSTEM},
        {"SSL_CERT_DIR": "/etc/ssl/certs/"},
        {"SSL_CERT_DIR": ssl.get_default_verify_paths().openssl_capath},
        {"SSL_CERT_FILE": ssl.get_default_verify_paths().openssl_cafile},
    ],
)
def test_what_is_usual_is_not_shown(environment: Mapping[str, str]) -> None:
    assert surroundings(environment) == ()


@pytest.mark.parametrize(
    "name", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "Https_Proxy"]
)
def test_a_proxy_is_shown_without_user_and_password(name: str) -> None:
    assert surroundings({name: "http://alice:hunter2@proxy:3128"}) == (f"{name}=http://<redacted>@proxy:3128",)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://proxy:3128", "http://proxy:3128"),
        ("proxy:3128", "proxy:3128"),
        ("alice:hunter2@proxy:3128", "<redacted>@proxy:3128"),
        ("http://alice:hun@ter2@proxy", "http://<redacted>@proxy"),
        ("socks5h://alice:hun/ter2@proxy", "socks5h://<redacted>@proxy"),
        ("http://alice:hun ter2\n@proxy", "http://<redacted>@proxy"),
    ],
)
def test_no_spelling_of_a_password_is_shown(address: str, shown: str) -> None:
    assert without_credentials(address) == shown


@pytest.mark.parametrize(
    "name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"]
)
def test_another_certificate_authority_is_shown_with_its_whole_path(name: str) -> None:
    assert surroundings({name: "/home/me@corp/ca.pem"}) == (f"{name}=/home/me@corp/ca.pem",)


def test_a_folder_beside_the_usual_one_is_not_usual() -> None:
    assert surroundings({"SSL_CERT_DIR": "/etc/ssl/certs:/tmp/mine"}) == ("SSL_CERT_DIR=/etc/ssl/certs:/tmp/mine",)


@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_an_empty_bundle_with_which_botocore_checks_nothing_is_shown_as_that(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv(name, "")

    client: Any = Session().create_client("sts", "eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")

    assert not client._endpoint.http_session._verify
    assert surroundings({name: ""}) == (f"{name}= (empty: certificates are not checked)",)


def test_nothing_in_a_value_reaches_the_terminal_as_it_is() -> None:
    assert surroundings({"AWS_CA_BUNDLE": "/a\x1b[2J\nb"}) == ("AWS_CA_BUNDLE=/a\\x1b[2J\\nb",)


def test_the_bundle_of_a_profile_is_shown_for_the_profiles_asked_about(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_aws_files(home, "[profile prod]\nca_bundle = /corp.pem\n[profile lab]\nca_bundle = /lab.pem\n")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)

    assert AwsAccounts().surroundings(("prod", "default", "absent")) == ("ca_bundle=/corp.pem (profile prod)",)
    assert AwsAccounts().surroundings() == ()


def test_the_variable_stands_before_the_profiles_bundle(home: Path) -> None:
    write_aws_files(home, "[profile prod]\nca_bundle = /corp.pem\n")

    assert surroundings({**os.environ, "AWS_CA_BUNDLE": "/mine.pem"}, ["prod"])[-1] == "AWS_CA_BUNDLE=/mine.pem"
