"""Redaction of streams: whole secrets go, clean text stays, wherever the pieces are cut."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterable, Sequence
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudops_tui.policy import redaction
from cloudops_tui.policy.redaction import Lookalikes, Redaction, all_forms, forms, redacted, without_secrets

JWT = b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
STS = b"IQoJb3JpZ2luX2VjEAAaCXVzLWVhc3QtMSJHMEUCIQDx/abc+def=="
PEM = b"-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA7bq5Xp0\nabcdEFGH+/12==\n-----END RSA PRIVATE KEY-----"
IN_JSON = json.dumps(PEM.decode())[1:-1].encode()

LOOKALIKES = [
    (b"token " + JWT + b" end", b"token <redacted> end"),
    (b"Cookie: " + STS + b"; x", b"Cookie: <redacted>; x"),
    (b"a\n" + PEM + b"\nb", b"a\n-----BEGIN RSA PRIVATE KEY-----\n<redacted>\nb"),
    (b'{"k": "' + IN_JSON + b'", "z": 1}', b'{"k": "-----BEGIN RSA PRIVATE KEY-----\\n<redacted>", "z": 1}'),
    (b"id AKIAIOSFODNN7EXAMPLE.", b"id AKIA<redacted>MPLE."),
    (b"ghp_0123456789abcdefghijABCDEFGHIJ012345 ", b"<redacted> "),
    (b"xoxb-1234567890-abcdefgh,", b"<redacted>,"),
    (b"postgres://app:p@ss-w0rd@db.internal/x", b"postgres://app:<redacted>@db.internal/x"),
    (b"https://h/?X-Amz-Credential=AKIA%2F1&X-Amz-Signature=0a1b", b"https://h/?X-Amz-Credential=<redacted>&"
     b"X-Amz-Signature=<redacted>"),
    (b"X-Amz-Security-Token: " + STS, b"X-Amz-Security-Token: <redacted>"),
    (b'"SecretAccessKey": "wJalr\\"XUtn", "b"', b'"SecretAccessKey": "<redacted>", "b"'),
    (b'{\\"Password\\": \\"a\\\\\\"b\\", \\"c\\"', b'{\\"Password\\": \\"<redacted>\\", \\"c\\"'),
    (b"DB_PASSWORD=hunter2 next", b"DB_PASSWORD=<redacted> next"),
    (b"master_user_password='a b' x", b"master_user_password='<redacted>' x"),
    (b"<SessionToken>abc</SessionToken>", b"<SessionToken><redacted></SessionToken>"),
    (b"SecretAccessKey: wJalrXUtnFEMI/K7MDENG", b"SecretAccessKey: <redacted>"),
    (b"Authorization: Bearer abc.def\n", b"Authorization: Bearer <redacted>\n"),
    (b"Server=x;Uid=y;Pwd=z;", b"Server=x;Uid=y;Pwd=<redacted>;"),
    (b'[{"name": "DB_PASSWORD", "value": "hunter22"}]', b'[{"name": "DB_PASSWORD", "value": "<redacted>"}]'),
    (b'"ParameterKey": "DBPassword",\n    "ParameterValue": "h"',
     b'"ParameterKey": "DBPassword",\n    "ParameterValue": "<redacted>"'),
    (b'{\\"Name\\":\\"NPM_TOKEN\\",\\"Value\\":\\"h\\"}', b'{\\"Name\\":\\"NPM_TOKEN\\",\\"Value\\":\\"<redacted>\\"}'),
    (b"- name: DB_PASS\n  value: hunter22\n", b"- name: DB_PASS\n  value: <redacted>\n"),
    (b'{"name": "DB_PASSWORD_PROD", "value": "h"}', b'{"name": "DB_PASSWORD_PROD", "value": "<redacted>"}'),
    (b"MYSQL_PWD=hunter2 mysql", b"MYSQL_PWD=<redacted> mysql"),
    (b"sk_live_0123456789abcdefXYZ,", b"<redacted>,"),
    (b"key=AIzaSyA0123456789abcdefghijklmnopqrstu&x", b"key=<redacted>&x"),
    (b'api_key = "k"', b'api_key = "<redacted>"'),
]  # fmt: skip
CLEAN = [
    b'"NextToken": "eyJhbGciOiJIUzI1NiJ9", "ClientToken": "5f2c", "MaxResults": 5',
    b'{"SecretArn": "arn:aws:secretsmanager:x:1:secret:y", "SecretName": "s", "secret": "arn:aws:x"}',
    b'"PasswordLastUsed": "2024-01-01", "PasswordResetRequired": true, "password": ""',
    b"Invalid password: must contain a letter",
    b"see http://localhost:8080/a@b and mail me@example.com",
    b"-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----\n",
    b'{"name": "SECRET", "value": "arn:aws:x"}, {"name": "PASSWORD_POLICY", "value": "strict"}',
    b'{"name": "compass", "value": "north"}, {"Key": "backup/password", "Size": 5}, {"name": "NextToken", "value": "x"',
    b'{"Key": "token-holder", "Value": "x"}',
    b"token\npassword\nsecret\nauthorization failed: bypass",
]


def streamed(data: bytes, cuts: Iterable[int], known: Sequence[bytes] = (), members: Sequence[str] = ()) -> bytes:
    stream, out, start = Redaction(known, members), b"", 0
    for cut in (*cuts, len(data)):
        out += stream.feed(data[start:cut])
        start = cut
    return out + stream.close()


@pytest.mark.parametrize(("text", "shown"), LOOKALIKES)
def test_what_looks_like_a_secret_goes_wherever_it_is_cut(text: bytes, shown: bytes) -> None:
    assert redacted(text) == shown
    assert streamed(text, range(len(text))) == shown
    assert {streamed(text, [cut]) for cut in range(len(text))} == {shown}


@pytest.mark.parametrize("text", CLEAN)
def test_what_only_resembles_a_secret_stays(text: bytes) -> None:
    assert redacted(text) == text
    assert streamed(text, range(len(text))) == text


PIECES = [
    b"password", b"Passwd", b"secret", b"_access_key", b"token", b"Session", b"next_", b"=", b":", b"=>", b">", b" ",
    b'"', b"'", b'\\"', b"\\", b'\\\\\\"', b"\n", b"a", b"ar", b"arn:", b"hunter2", b"abcdefgh1", b"://", b"user", b"@",
    b"host/", b"AKIA", b"ASIAIOSFODNN7EXAMPL", b"E", b"eyJ", b"hbGciOiJIUzI1", b".", b"IQoJb3JpZ2lu",
    b"X2VjEAAaCXVzLWVhc3Q", b"%2F", b"ghp_", b"0123456789abcdef", b"xoxb-", b"-----BEGIN ", b"PRIVATE KEY", b"-----",
    b"\\n", b"-----END ", b"MIIEowIBAAKCAQEA", b"X-Amz-Signature", b"signature=", b"Authorization", b"Bearer ",
    b";pwd=", b"{", b"}", b",", b"apiKey", b"Value", b"[", b"]",
    b'", "value": "', b'\\",\\"Value\\":\\"', b"_PROD",
    b"mysql_pwd=", b"sk_live_", b"AIza", b"\n  value: ", b'",\n    "ParameterValue": "', b"_PASS",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(150))
def test_where_it_is_cut_makes_no_difference(seed: int) -> None:
    chance = random.Random(seed)
    text = b"".join(chance.choices(PIECES, k=chance.randint(1, 14)))
    known = [chance.choice(PIECES) + chance.choice(PIECES)] if chance.random() < 0.3 else []
    members = ["Value"] if chance.random() < 0.3 else []
    whole = streamed(text, (), known, members)

    assert streamed(text, range(len(text)), known, members) == whole
    assert streamed(text, sorted(chance.choices(range(len(text) + 1), k=3)), known, members) == whole


@pytest.mark.parametrize("seed", range(6))
def test_many_names_are_judged_as_few_are(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    often = [b"ClientToken", b"NextToken", b"http://host:80/", b"http://u:p", b"@h/", b'": "', b"eyJabcdefghijk", b"\n"]
    text = b"".join(chance.choices([*PIECES, *often, *often], k=400))
    glanced_at = redacted(text)
    monkeypatch.setattr(redaction, "_FEW", 10**9)

    assert redacted(text) == glanced_at
    assert streamed(text, range(0, len(text), 11)) == glanced_at


secrets = st.binary(min_size=6, max_size=30)
cuts = st.lists(st.integers(0, 400), max_size=12).map(sorted)


@settings(max_examples=40, deadline=None)
@given(secret=secrets, before=st.binary(max_size=20), after=st.binary(max_size=20), cuts=cuts)
def test_a_known_secret_never_comes_out_in_any_of_its_forms(
    secret: bytes, before: bytes, after: bytes, cuts: list[int]
) -> None:
    text = before + secret + after
    spelled = [
        text,
        base64.b64encode(text),
        base64.urlsafe_b64encode(text),
        quote(text, safe="").encode(),
        text.hex().encode(),
    ]
    known = forms(secret)

    for one in spelled:
        assert not any(form in streamed(one, cuts, known) for form in known)


@settings(max_examples=60, deadline=None)
@given(secret=st.text(min_size=6, max_size=40), cuts=cuts)
def test_a_known_text_is_found_in_json_and_in_addresses(secret: str, cuts: list[int]) -> None:
    known = forms(secret.encode())
    if not known:
        return  # blank
    spelled = [json.dumps(secret), json.dumps(secret, ensure_ascii=False), json.dumps(json.dumps(secret))]
    spelled += [quote(secret), quote_plus(secret), quote(secret, safe="")]

    for text in spelled:
        shown = streamed(text.encode(), cuts, known)
        assert b"<redacted>" in shown
        assert text.strip('"\\').strip() not in shown.decode()


@pytest.mark.parametrize(
    "form",
    [
        rb"a\u0026b\u003cc\u003ed+e=f", rb"a\u0026b\u003Cc\u003Ed+e=f", rb"a\u0026b\u003cc\u003ed+e\u003df",
        rb"a\u0026b\u003Cc\u003Ed\u002Be=f", rb"a\\u0026b\\u003cc\\u003ed+e=f", b"a&amp;b&lt;c&gt;d+e=f",
    ],
)  # fmt: skip
def test_a_known_secret_is_found_as_encoders_for_html_write_it(form: bytes) -> None:
    known = all_forms([b"a&b<c>d+e=f"])

    assert redacted(b'{"x": "' + form + b'"}', known) == b'{"x": "<redacted>"}'
    assert redacted(b"&amp; a&amp;b", known) == b"&amp; a&amp;b"


def test_quotes_of_a_known_secret_are_found_as_entities() -> None:
    known = all_forms([b"it's \"so\""])

    for form in (b"it&#39;s &quot;so&quot;", b"it&#x27;s &quot;so&quot;", b"it&apos;s &quot;so&quot;"):
        assert redacted(b"<p>" + form + b"</p>", known) == b"<p><redacted></p>"


def test_base64_of_a_longer_text_hides_the_secret_at_each_of_the_three_alignments() -> None:
    secret = b"correct-horse-battery"

    for before in (b"", b"x", b"xy", b"user:"):
        text = base64.b64encode(before + secret + b"!tail")
        shown = redacted(text, all_forms([secret]))
        hidden = len(text) - len(shown.replace(b"<redacted>", b""))
        assert hidden >= (len(secret) - 2) * 8 // 6


def test_each_long_line_of_a_private_key_is_a_secret_of_its_own() -> None:
    line = b"MIIEowIBAAKCAQEA7bq5Xp0"

    shown = redacted(b"> " + line + b"\r\n", all_forms([PEM]))

    assert shown == b"> <redacted>\r\n"


def test_a_question_is_shown_before_its_answer_comes() -> None:
    stream = Redaction(forms(b"password-of-mine"))

    shown = stream.feed(b"Password: ") + stream.idle()
    after = stream.feed(b"hunter2-abc\n") + stream.close()

    assert (shown, after) == (b"Password: ", b"<redacted>\n")


def test_what_was_shown_while_nothing_came_is_not_shown_twice() -> None:
    stream = Lookalikes()
    out = b""
    for letter in b"go to http://localhost:8080 now; key=passw":
        out += stream.feed(bytes((letter,))) + stream.idle()

    assert out + stream.close() == b"go to http://localhost:8080 now; key=passw"


def test_a_value_without_end_is_dropped_and_not_kept() -> None:
    stream = Redaction()
    out = stream.feed(b'{"Password": "')
    for _ in range(200):
        out += stream.feed(b"x" * 10_000)

    assert out + stream.feed(b'"}') + stream.close() == b'{"Password": "<redacted>"}'


def test_members_of_an_answer_are_hidden_whatever_they_hold() -> None:
    answer = {"Value": 'a"b\\', "Values": ["kept"], "Env": {"Variables": {"A": "}", "B": ["]"]}}, "n": [{"Value": 1}]}
    hidden = {"Value": "<redacted>", "Values": ["kept"], "Env": "<redacted>", "n": [{"Value": 1}]}

    for indent in (None, 4):
        text = json.dumps(answer, indent=indent).encode()
        shown = {streamed(text, [cut], (), ["Value", "Env"]) for cut in range(len(text))}
        assert [json.loads(one) for one in shown] == [hidden]


def test_a_text_with_unpaired_surrogates_passes() -> None:
    assert without_secrets("a\ud800b password=x") == "a\ud800b password=<redacted>"
