"""What a person is told of repetitions before they decide."""

from __future__ import annotations

from cloudops_tui.model.config import RetryConfig
from cloudops_tui.policy.retry import repeating

ONCE, THREE = RetryConfig(max_attempts=1), RetryConfig(max_attempts=3)


def test_what_could_be_done_twice_is_said_to_be_sent_once_and_to_become_unknown() -> None:
    told = repeating(reads=False, idempotent=False, token=False, config=THREE)

    assert told.startswith("one attempt: a repeat could do it twice; a timeout makes it UNKNOWN")
    assert told.endswith("up to 3 when throttled or never reached")
    assert "up to" not in repeating(reads=False, idempotent=False, token=False, config=ONCE)


def test_what_can_be_repeated_says_how_often_and_why() -> None:
    assert repeating(reads=True, idempotent=False, token=False, config=THREE) == (
        "at most 3 attempts: reads can be repeated"
    )
    assert "the same client token" in repeating(reads=False, idempotent=False, token=True, config=THREE)
    assert repeating(reads=True, idempotent=False, token=False, config=ONCE).startswith("one attempt, as configured")
