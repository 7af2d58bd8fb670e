"""What went wrong: an exit code and its words, or an exception of botocore, in the terms that the engine decides by."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cloudops_tui.executors.aws_environment import UnusableProfile
from cloudops_tui.executors.renewal import EXPIRED
from cloudops_tui.policy.redaction import without_secrets
from cloudops_tui.policy.retry import NOTHING_WAS_EXECUTED
from cloudops_tui.policy.safe_text import safe_text

LONGEST_ERROR = 2048  # characters of an error that are kept

AUTHENTICATION_REFUSED = frozenset(
    {
        "AuthFailure", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature", "IncompleteSignatureException",
        "InvalidAccessKeyId", "InvalidClientTokenId", "InvalidSignatureException", "InvalidToken",
        "MissingAuthenticationToken", "MissingAuthenticationTokenException", "NotSignedUp", "OptInRequired",
        "RequestExpired", "RequestTimeTooSkewed",
        "SignatureDoesNotMatch", "TokenRefreshRequired", "UnrecognizedClientException",
    }
)  # fmt: skip
"""Codes of a request that was turned away because of who sent it (AWS "Common Error Types"); it did nothing."""

DRY_RUN_ALLOWED = frozenset({"DryRunOperation", "DryRunOperationException"})
"""The *error* that says that a call with the dry-run member would have been allowed: EC2's, and KMS's."""


_SERVICE_FAILED = frozenset(
    {
        "InternalError", "InternalFailure", "InternalServerError", "InternalServerErrorException", "ServiceFailure",
        "ServiceUnavailable", "ServiceUnavailableException", "Unavailable",
    }
)  # fmt: skip
"""Codes of a service that did not get as far as a decision; they prove nothing about what was executed."""


class CodeNeeded(Exception):
    """A profile needs the code of an MFA device, and nobody is asked behind the program; the text has the remedy."""

    def __init__(self, text: str, device: str = "") -> None:
        super().__init__(text)
        self.device = device


@dataclass(frozen=True)
class Failure:
    """One failed call, as an attempt reports it."""

    error: str
    """Safe to show, at most about 2 KiB."""
    error_code: str | None = None
    not_executed: bool = False
    timed_out_or_reset: bool = False
    never_left: bool = False
    """Nothing left this machine."""
    malformed: bool = False
    """The request itself is wrong, whoever sends it."""
    renewable: bool = False
    """It failed for want of valid credentials, and so did nothing: with new ones it may be made again."""

    @property
    def is_no_answer(self) -> bool:
        """Nobody said no: the way was blocked, the service was busy, or nobody there knew who was asking."""
        match self.error_code:
            case None:
                return not self.malformed
            case "ValidationException" | "ValidationError":
                return False
            case code:
                return self.not_executed or code in _SERVICE_FAILED


# ---------------------------------------------------------------- the `aws` program


def cli_failure(exit_code: int, stderr: str, *, major: int, single_call: bool) -> Failure:
    """Of an `aws` of version `major` that ended with `exit_code`; `stderr` is the end of what it said.

    `single_call`: the command makes one call of the API, or only reads until something is so, as a waiter does. Only
    then does its error speak of everything it did.
    Exit codes: AWS CLI User Guide, "Command line return codes" (1: 0, 1, 2, 130, 255; 2: 252, 253, 254 as well).
    """
    said = safe_text(stderr)
    text = _last_words(said) or f"`aws` ended with exit code {exit_code} and said nothing"
    if never_sent := _never_sent(exit_code, said, major):
        malformed = not _NO_IDENTITY.search(said) and exit_code != _NO_CONFIGURATION
        renewable = single_call and bool(_NO_CREDENTIALS.search(said))
        return Failure(text, not_executed=never_sent, never_left=True, malformed=malformed, renewable=renewable)
    if answered := _last_answer(said):
        code = answered["code"]
        proved = single_call and proves_nothing_was_executed(code)
        return Failure(text, error_code=code, not_executed=proved, renewable=proved and code in EXPIRED)
    return Failure(
        text,
        not_executed=single_call and bool(_NO_WAY_THERE.search(said)),
        timed_out_or_reset=bool(_BROKEN_OFF.search(said)),
    )


def cli_killed(number: int) -> Failure:
    """Of an `aws` that a signal ended which was not ours."""
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    return Failure(f"`aws` was ended by {name} from outside; whether it did its work is not known")


_ANSWERED = re.compile(
    r"(?:(?P<waiter>Waiter \S{1,128} failed: ))?An error occurred \((?P<code>[^)\s]{1,128})\)"
    r"(?(waiter): | when calling the \S{1,128} operation)"
)
_PARAMETERS = re.compile(r"^(?:aws: \[ERROR\]: |[\w.]*)?\s*Parameter validation failed", re.MULTILINE)
_NO_CONFIGURATION = 253  # of version 2: credentials, region or configuration are missing
_UNKNOWN = re.compile(r"^Unknown options: ", re.MULTILINE)
_USAGE = re.compile(r"^(?:usage: aws|aws: error: |aws: \[ERROR\]: .*argument|Unknown options: )", re.MULTILINE)
_NO_CREDENTIALS = re.compile(
    r"Unable to locate credentials|Partial credentials found"
    r"|Error loading SSO Token|Error when retrieving token from sso|Token has expired and refresh failed"
    r"|The SSO session associated with this profile|Error when retrieving credentials from"
    r"|EOF when reading a line"
)
_NO_IDENTITY = re.compile(
    rf"{_NO_CREDENTIALS.pattern}|The config profile \(.*\) could not be found|You must specify a region"
)
_NO_WAY_THERE = re.compile(
    r"Could not connect to the endpoint URL|Connect timeout on endpoint URL|Failed to connect to proxy URL"
    r"|SSL validation failed for"
)
_BROKEN_OFF = re.compile(
    r"Read timeout on endpoint URL|Connection was closed before we received a valid response|Connection reset by peer"
    r"|Connection aborted|Connection broken|RemoteDisconnected|Broken pipe|Unable to parse response"
)


def _never_sent(exit_code: int, said: str, major: int) -> bool:
    if _last_answer(said):
        return False
    match exit_code:
        case 252 | 253 if major >= 2:
            return True
        case 2 if major < 2:
            return bool(_USAGE.search(said))  # `s3` uses 2 also for files that it skipped
        case _:
            return any(pattern.search(said) for pattern in (_PARAMETERS, _NO_IDENTITY, _UNKNOWN))


def _last_answer(said: str) -> re.Match[str] | None:
    return max(_ANSWERED.finditer(said), key=lambda found: found.start(), default=None)


def _last_words(said: str) -> str:
    """The last thing that was said that means something to an operator."""
    if answered := _last_answer(said):
        start = said.rfind("\n", 0, answered.start()) + 1
        return shortened(said[start:].strip())
    if parameters := _PARAMETERS.search(said):
        return shortened(said[parameters.start() :].strip())
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return shortened(lines[-1]) if lines else ""


def shortened(text: str) -> str:
    """Without what looks like a secret, and at most `LONGEST_ERROR` characters; the beginning is kept."""
    text = without_secrets(text)
    return text if len(text) <= LONGEST_ERROR else text[: LONGEST_ERROR - 2] + " …"


def proves_nothing_was_executed(code: str) -> bool:
    """An answer with this code means that the request was turned away before it did anything."""
    return code in NOTHING_WAS_EXECUTED or code in AUTHENTICATION_REFUSED


# ---------------------------------------------------------------- botocore


def sdk_failure(error: BaseException, profile: str, known: Iterable[bytes] = ()) -> Failure:
    """Of an exception that a call of the SDK under `profile` raised, or the way to it; without `known` values."""
    from botocore import exceptions as boto
    from botocore.parsers import ResponseParserError

    text = said_by(error, known)
    match error:
        case CodeNeeded():
            return _never_left(text, renewable=True)
        case UnusableProfile():
            return _never_left(text)
        case boto.ClientError():
            code = str(error.response.get("Error", {}).get("Code", "")) or None
            return Failure(
                text,
                error_code=None if code is None else safe_text(code)[:128],
                not_executed=code is not None and proves_nothing_was_executed(code),
                renewable=code in EXPIRED,
            )
        case boto.NoCredentialsError() | boto.PartialCredentialsError():
            remedy = _renewal("configure", profile)
            return _never_left(f"Profile `{profile}` has no usable credentials: {text}; run `{remedy}`", renewable=True)
        case boto.UnauthorizedSSOTokenError() | boto.SSOError() | boto.TokenRetrievalError() | boto.SSOTokenLoadError():
            remedy = _renewal("sso login", profile)
            return _never_left(f"Profile `{profile}` has expired credentials: {text}; run `{remedy}`", renewable=True)
        case boto.CredentialRetrievalError() | boto.MetadataRetrievalError() | boto.RefreshWithMFAUnsupportedError():
            return _never_left(f"Profile `{profile}` gave no credentials: {text}", renewable=True)
        case boto.ParamValidationError():
            return Failure(text, not_executed=True, never_left=True, malformed=True)
        case boto.NoRegionError() | boto.InvalidRegionError() | boto.ProfileNotFound():
            return _never_left(text)
        case boto.DataNotFoundError() | boto.UnknownEndpointError() | boto.EndpointProviderError():
            return _never_left(text)
        case boto.ConnectTimeoutError() | boto.ProxyConnectionError() | boto.SSLError():
            return Failure(text, not_executed=True)
        case boto.EndpointConnectionError() if _was_never_connected(error):
            return Failure(text, not_executed=True)
        case ResponseParserError():
            return Failure(f"The answer could not be read: {text}", timed_out_or_reset=True)
        case boto.HTTPClientError() | boto.ResponseStreamingError() | boto.IncompleteReadError():
            return Failure(text, timed_out_or_reset=True)
        case boto.BotoCoreError():
            return Failure(text)
        case _ if any(kind.__module__.startswith("aiohttp") for kind in _causes(error)) or isinstance(error, OSError):
            return Failure(text, timed_out_or_reset=True)
        case _:
            return Failure(f"{type(error).__name__}: {text}")


def code_refusal(error: BaseException) -> str:
    """Why STS did not take the code of a device; empty where something else went wrong."""
    from botocore.exceptions import ClientError

    if not isinstance(error, ClientError):
        return ""
    said = error.response.get("Error", {})
    message = str(said.get("Message", ""))
    match said.get("Code"):
        case "AccessDenied" if "MultiFactorAuthentication" in message or "MFA" in message:
            return shortened(safe_text(message).strip())
        case "ValidationError" if "tokencode" in message.lower():
            return "It is not a code of six digits"
        case _:
            return ""


def said_by(error: BaseException, known: Iterable[bytes] = ()) -> str:
    """An exception's words, safe and short, without `known` values."""
    return shortened(safe_text(without_secrets(str(error), known)).strip()) or type(error).__name__


def _never_left(text: str, *, renewable: bool = False) -> Failure:
    return Failure(shortened(text), not_executed=True, never_left=True, renewable=renewable)


def _renewal(command: str, profile: str) -> str:
    return f"aws {command}" if profile == "default" else f"aws {command} --profile {profile}"


def _was_never_connected(error: BaseException) -> bool:
    """aiobotocore gives the same exception to a refused connection and to one that was reset after the request left."""
    import socket

    from aiohttp import ClientConnectorError

    inner = getattr(error, "kwargs", {}).get("error")
    return isinstance(inner, ClientConnectorError | socket.gaierror | ConnectionRefusedError)


def _causes(error: BaseException | None) -> Iterator[type[BaseException]]:
    while error is not None:
        yield type(error)
        error = error.__cause__ or error.__context__
