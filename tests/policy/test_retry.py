"""Another attempt is made when it can help and cannot do the work twice."""

from __future__ import annotations

from itertools import product

import pytest

from cloudops_tui.model.config import RetryConfig
from cloudops_tui.policy.retry import (
    NOTHING_WAS_EXECUTED,
    AttemptFacts,
    GiveUp,
    Retry,
    RetryClass,
    decide,
    retry_class,
    says_nothing_of_the_work,
)

CONFIG = RetryConfig()


def failed(
    code: str | None = None, *, not_executed: bool = False, timed_out_or_reset: bool = False
) -> AttemptFacts:
    return AttemptFacts(code, not_executed, timed_out_or_reset)


@pytest.mark.parametrize(("reads", "idempotent", "token"), list(product([False, True], repeat=3)))
def test_what_may_be_repeated_is_class_a(reads: bool, idempotent: bool, token: bool) -> None:
    expected = RetryClass.A if reads or idempotent or token else RetryClass.B

    assert retry_class(reads=reads, idempotent=idempotent, token=token) is expected


@pytest.mark.parametrize(
    ("facts", "again_a", "again_b"),
    [
        (failed("ThrottlingException"), True, True),
        (failed("Throttling"), True, True),
        (failed("RequestLimitExceeded"), True, True),
        (failed("ServiceUnavailable"), True, False),
        (failed("ServiceUnavailable", not_executed=True), True, True),
        (failed("ServiceUnavailableException"), True, False),
        (failed("InternalFailure"), False, False),
        (failed("AccessDenied"), False, False),
        (failed("AccessDenied", not_executed=True), False, False),
        (failed("SlowDown"), False, False),
        (failed("throttlingexception"), False, False),
        (failed(None), False, False),
        (failed(None, not_executed=True), True, True),
        (failed(None, timed_out_or_reset=True), True, False),
        (failed(None, timed_out_or_reset=True, not_executed=True), True, True),
        (failed("RequestTimeout", timed_out_or_reset=True), True, False),
    ],
)
def test_which_failure_is_tried_again(facts: AttemptFacts, again_a: bool, again_b: bool) -> None:
    for kind, again in ((RetryClass.A, again_a), (RetryClass.B, again_b)):
        decision = decide(facts, 1, kind, CONFIG)

        assert isinstance(decision, Retry if again else GiveUp), (kind, decision)


@pytest.mark.parametrize("code", sorted(NOTHING_WAS_EXECUTED))
def test_proof_alone_is_not_enough_the_code_must_be_configured(code: str) -> None:
    configured = RetryConfig(retryable_errors=(code,))
    unlisted = RetryConfig(retryable_errors=("Other",))

    assert decide(failed(code), 1, RetryClass.B, configured) == Retry()
    assert isinstance(decide(failed(code), 1, RetryClass.B, unlisted), GiveUp)


@pytest.mark.parametrize("kind", RetryClass)
@pytest.mark.parametrize("most", [1, 2, 5])
def test_the_first_attempt_counts(kind: RetryClass, most: int) -> None:
    config = RetryConfig(max_attempts=most)

    made = [isinstance(decide(failed("Throttling"), attempt, kind, config), Retry) for attempt in range(1, most + 1)]

    assert made == [True] * (most - 1) + [False]


@pytest.mark.parametrize(
    ("facts", "kind", "attempt", "words"),
    [
        (failed("AccessDenied"), RetryClass.A, 1, "not one that another attempt helps against"),
        (failed(timed_out_or_reset=True), RetryClass.B, 1, "could do it twice"),
        (failed("Throttling"), RetryClass.A, 3, "3 of 3 attempts were made"),
    ],
)
def test_giving_up_says_why(facts: AttemptFacts, kind: RetryClass, attempt: int, words: str) -> None:
    decision = decide(facts, attempt, kind, CONFIG)

    assert isinstance(decision, GiveUp)
    assert words in decision.why


@pytest.mark.parametrize(
    ("code", "nothing"),
    [
        ("InternalError", True),
        ("InternalFailure", True),
        ("InternalServerError", True),
        ("InternalServerErrorException", True),
        ("InternalServiceErrorException", True),
        ("KMSInternalException", True),
        ("ServiceException", True),
        ("ServiceUnavailable", True),
        ("ServiceUnavailableException", True),
        ("500", True),
        ("504", True),
        ("403", False),
        ("AccessDenied", False),
        ("ThrottlingException", False),
        ("InvalidInternalIdException", False),
        ("ServiceQuotaExceededException", False),
        (None, False),
    ],
)
def test_a_service_that_broke_says_nothing_of_the_work(code: str | None, nothing: bool) -> None:
    assert says_nothing_of_the_work(code) is nothing
