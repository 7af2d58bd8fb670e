"""Words and exit codes of both versions of `aws`, and what they prove."""

from __future__ import annotations

import pytest

from cloudops_tui.executors.aws_failures import LONGEST_ERROR, cli_failure, cli_killed

CALL = "calling the RunInstances operation"


@pytest.mark.parametrize(
    ("major", "exit_code", "stderr", "code"),
    [
        (1, 255, f"\nAn error occurred (Throttling) when {CALL} (reached max retries: 0): Rate\n", "Throttling"),
        (2, 254, f"\naws: [ERROR]: An error occurred (SlowDown) when {CALL}: Slow\n", "SlowDown"),
        (1, 1, f"upload failed: ./a to s3://b/a An error occurred (NoSuchBucket) when {CALL}: gone\n", "NoSuchBucket"),
        (1, 255, f"An error occurred (First) when {CALL}: a\nAn error occurred (Last) when {CALL}: b\n", "Last"),
    ],
)
def test_the_code_of_aws_is_found_in_the_words_of_either_version(
    major: int, exit_code: int, stderr: str, code: str
) -> None:
    failure = cli_failure(exit_code, stderr, major=major, single_call=True)

    assert failure.error_code == code
    assert f"({code})" in failure.error
    assert not failure.never_left


@pytest.mark.parametrize(
    ("major", "exit_code", "stderr"),
    [
        (1, 2, "usage: aws [options] <command>\naws: error: argument --count: expected one argument\n"),
        (1, 255, '\nParameter validation failed:\nMissing required parameter: "Bucket"\n'),
        (2, 252, "\naws: [ERROR]: the following arguments are required: --bucket\n"),
        (2, 253, "\naws: [ERROR]: Unable to locate credentials.\n"),
        (1, 255, 'Unable to locate credentials. You can configure credentials by running "aws configure".\n'),
        (1, 255, "\nThe config profile (prod) could not be found\n"),
        (1, 255, "Error loading SSO Token: Token for x does not exist\n"),
        (1, 255, "EOF when reading a line\n"),
    ],
)
def test_what_never_left_this_machine_is_known_as_such(major: int, exit_code: int, stderr: str) -> None:
    failure = cli_failure(exit_code, stderr, major=major, single_call=True)

    assert failure.never_left
    assert failure.not_executed


def test_files_that_s3_skipped_are_no_usage_error() -> None:
    failure = cli_failure(2, "warning: Skipping file /x. File does not exist.\n", major=1, single_call=False)

    assert not failure.never_left
    assert not failure.not_executed


@pytest.mark.parametrize(
    ("said", "not_executed", "broken"),
    [
        ('Could not connect to the endpoint URL: "https://ec2.test/"', True, False),
        ('Connect timeout on endpoint URL: "https://ec2.test/"', True, False),
        ('Failed to connect to proxy URL: "http://p.test"', True, False),
        ("SSL validation failed for https://ec2.test/ self-signed certificate", True, False),
        ('Read timeout on endpoint URL: "https://ec2.test/"', False, True),
        ("Connection was closed before we received a valid response from endpoint URL", False, True),
        ("Something new", False, False),
    ],
)
def test_a_way_that_was_closed_is_told_from_one_that_broke_off(said: str, not_executed: bool, broken: bool) -> None:
    failure = cli_failure(255, f"\n{said}\n", major=1, single_call=True)

    assert (failure.not_executed, failure.timed_out_or_reset) == (not_executed, broken)
    assert failure.error == said


def test_of_several_calls_one_refusal_proves_nothing_about_the_others() -> None:
    throttled = f"An error occurred (SlowDown) when {CALL}: x"

    assert cli_failure(255, throttled, major=1, single_call=True).not_executed
    assert not cli_failure(255, throttled, major=1, single_call=False).not_executed


@pytest.mark.parametrize(
    ("said", "code", "renewable"),
    [
        ("An error occurred (ExpiredToken): The security token is expired", "ExpiredToken", True),
        ("An error occurred (ThrottlingException): Rate exceeded", "ThrottlingException", False),
        ("Waiter encountered a terminal failure state: ...", None, False),
    ],
    ids=["expired", "throttled", "terminal"],
)
def test_what_a_waiter_was_answered_is_understood_as_of_any_call(said: str, code: str | None, renewable: bool) -> None:
    failure = cli_failure(255, f"\nWaiter TableExists failed: {said}\n", major=1, single_call=True)

    assert (failure.error_code, failure.renewable) == (code, renewable)


def test_an_error_is_safe_to_show_and_short() -> None:
    said = f"An error occurred (X) when {CALL}: \x1b[2J" + "a" * 9000

    failure = cli_failure(255, said, major=1, single_call=True)

    assert r"\x1b[2J" in failure.error
    assert len(failure.error) <= LONGEST_ERROR


def test_silence_and_signals_have_words_too() -> None:
    assert cli_failure(7, "", major=1, single_call=True).error == "`aws` ended with exit code 7 and said nothing"
    assert "SIGKILL" in cli_killed(9).error
    assert "signal 250" in cli_killed(250).error


@pytest.mark.parametrize(
    ("stderr", "nobody"),
    [
        (f"An error occurred (UnauthorizedOperation) when {CALL}: no", False),
        (f"An error occurred (ValidationError) when {CALL}: no", False),
        (f"An error occurred (ThrottlingException) when {CALL}: later", True),
        (f"An error occurred (ExpiredToken) when {CALL}: who", True),
        (f"An error occurred (InternalError) when {CALL}: oops", True),
        ("Could not connect to the endpoint URL", True),
        ("Unable to locate credentials", True),
        ('Parameter validation failed:\nMissing required parameter: "Bucket"', False),
    ],
)
def test_only_an_answer_is_a_no(stderr: str, nobody: bool) -> None:
    assert cli_failure(255, stderr, major=1, single_call=True).is_no_answer is nobody
