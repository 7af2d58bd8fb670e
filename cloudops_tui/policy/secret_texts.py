"""What a text holds that is a secret beyond doubt, whatever the member is called that it stands in."""

from __future__ import annotations

import re

_PLACEHOLDER = r"(?![$%<*{]|&lt;|xxx|XXX)"
_UNMISTAKABLE = (
    (re.compile(r"-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[nr]){1,8}[A-Za-z0-9+/=]{16}"),
     "a private key"),
    (re.compile(rf"://[^\s/:@\"'<>?#]{{0,128}}:{_PLACEHOLDER}[^\s/:@\"'<>?#]{{1,256}}@[A-Za-z0-9\[$]"),
     "an address with a password"),
    (re.compile(r"(?i:aws_?secret_?access_?key|aws_?secret_?key)\\?[\"']?\s{0,4}[=:]\s{0,4}\\?[\"']?"
                r"[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])"), "a secret access key"),
    (re.compile(r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{30}|github_pat_[A-Za-z0-9_]{22}|glpat-[A-Za-z0-9_-]{20}"
                r"|xox[abprs]-[A-Za-z0-9-]{10}|[sr]k_live_[A-Za-z0-9]{16}|AIza[A-Za-z0-9_-]{35})"), "a token"),
    (re.compile(r"(?i:authorization)\\?[\"']?\s{0,4}[:=]\s{0,4}\\?[\"']?(?i:bearer|basic)\s{1,4}"
                rf"{_PLACEHOLDER}(?=[A-Za-z._~+/=-]{{0,64}}[0-9])[A-Za-z0-9._~+/=-]{{16}}"), "a token"),
    (re.compile(rf"(?i:jdbc:)[^\s\"']{{1,512}}?[?&;](?i:password|pwd)={_PLACEHOLDER}[^\s\"'&;]"),
     "an address with a password"),
    (re.compile(rf"(?<![A-Za-z0-9_])(?:PGPASSWORD|MYSQL_PWD)=[\"']?{_PLACEHOLDER}[^\s\"'`$;&|]"), "a password"),
)  # fmt: skip
"""Patterns of the vendors' own making, each with what it is."""


def unmistakable(text: str) -> str | None:
    """What the text holds, to be put into a sentence."""
    return next((what for pattern, what in _UNMISTAKABLE if pattern.search(text) is not None), None)
