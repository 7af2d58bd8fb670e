"""Who has to decide, what has to be typed, and what may be approved without a screen."""

from __future__ import annotations

from itertools import product

import pytest

from cloudops_tui.model.config import ApprovalConfig
from cloudops_tui.model.review import Confirmation
from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.policy.approval import confirmation, headless_refusal, is_dangerous, requires_approval

READ, MODIFY, DESTROY = RiskLevel
DIGEST = "0123456789abcdef" * 4
NOTHING = Confirmation()
TYPED = Confirmation(("prod",), "Type the account, `prod`")


def identity(account: str | None = "123456789012", name: str | None = None, protected: bool = False) -> ProfileIdentity:
    return ProfileIdentity(
        profile="p",
        region="r",
        account=account,
        partition="aws",
        principal="role/x",
        account_name=name,
        protected=protected,
    )


# ---------------------------------------------------------------- the configuration's matrix


@pytest.mark.parametrize(("auto", "modify", "destructive"), list(product([False, True], repeat=3)))
@pytest.mark.parametrize("dry_run", [False, True])
def test_each_level_is_decided_by_its_own_switch(auto: bool, modify: bool, destructive: bool, dry_run: bool) -> None:
    config = ApprovalConfig(
        auto_approve_readonly=auto,
        require_approval_modify=modify,
        require_approval_destructive=destructive,
        dry_run_before_approval=dry_run,
    )

    assert [requires_approval(level, config) for level in RiskLevel] == [not auto, modify, destructive]


def test_by_default_everything_needs_a_decision() -> None:
    assert all(requires_approval(level, ApprovalConfig()) for level in RiskLevel)


# ---------------------------------------------------------------- typing


@pytest.mark.parametrize("level", RiskLevel)
@pytest.mark.parametrize("flag", [None, *RiskFlag])
@pytest.mark.parametrize("protected", [False, True])
def test_what_is_dangerous(level: RiskLevel, flag: RiskFlag | None, protected: bool) -> None:
    flags = {flag} - {None}
    expected = (
        level is DESTROY or flag in (RiskFlag.EXEC, RiskFlag.UNKNOWN) or (protected and level is not READ)
    )

    assert is_dangerous(level, flags, [identity(), identity(protected=protected)]) is expected  # type: ignore[arg-type]


def test_nothing_is_typed_for_what_is_not_dangerous() -> None:
    asked = confirmation(MODIFY, (), [identity()], DIGEST)

    assert not asked.needed
    assert asked.given_by("")
    assert asked.given_by("anything")


@pytest.mark.parametrize(
    ("identities", "accepted"),
    [
        ([identity()], ("123456789012",)),
        ([identity(name="prod")], ("prod", "123456789012")),
        ([identity(name="prod"), identity(name="prod")], ("prod", "123456789012")),
        (
            [identity("222222222222", "b"), identity("111111111111", "a")],
            ("a b", "111111111111 222222222222"),
        ),
        (
            [identity("222222222222", "lab"), identity("111111111111", "prod", protected=True)],
            ("prod lab", "111111111111 222222222222"),
        ),
        (
            [identity("222222222222"), identity("111111111111", "prod", protected=True)],
            ("111111111111 222222222222",),
        ),
        ([identity(None)], ("012345",)),
        ([identity(), identity(None)], ("012345",)),
        ([], ("012345",)),
    ],
)
def test_the_account_is_typed_or_where_it_is_not_known_the_digest(
    identities: list[ProfileIdentity], accepted: tuple[str, ...]
) -> None:
    asked = confirmation(DESTROY, (), identities, DIGEST)

    assert asked.accepted == accepted
    assert all(f"`{one}`" in asked.prompt for one in accepted)
    assert asked.given_by(f" {accepted[0]} ")
    assert not asked.given_by("")
    assert not asked.given_by(accepted[0][:-1])
    assert not asked.given_by(accepted[0].upper() + "x")


def test_one_protected_account_among_several_asks_for_all_of_them_whatever_the_level_of_a_writing_plan() -> None:
    several = [identity("111111111111", "lab"), identity("222222222222", "prod", protected=True)]

    asked = confirmation(MODIFY, (), several, DIGEST)

    assert asked.accepted == ("lab prod", "111111111111 222222222222")
    assert not asked.given_by("prod")
    assert not asked.given_by("222222222222")
    assert not confirmation(READ, (), several, DIGEST).needed


# ---------------------------------------------------------------- without a screen


@pytest.mark.parametrize(
    ("allowed", "level", "confirm", "reason", "typed", "refused"),
    [
        ("none", READ, NOTHING, "", "", "headless"),
        ("none", MODIFY, NOTHING, "why", "", "headless"),
        ("none", DESTROY, TYPED, "why", "prod", "headless"),
        ("modify", READ, NOTHING, "", "", None),
        ("modify", MODIFY, NOTHING, "", "", None),
        ("modify", MODIFY, TYPED, "", "prod", "--reason"),
        ("modify", MODIFY, TYPED, " \t", "prod", "--reason"),
        ("modify", MODIFY, TYPED, "why", "", "--confirm"),
        ("modify", MODIFY, TYPED, "why", "dev", "--confirm"),
        ("modify", MODIFY, TYPED, "why", "prod", None),
        ("modify", READ, TYPED, "why", "prod", None),
        ("modify", READ, TYPED, "why", "", "--confirm"),
        ("modify", DESTROY, TYPED, "why", "prod", 'headless = "all"'),
        ("all", READ, NOTHING, "", "", None),
        ("all", MODIFY, NOTHING, "", "", None),
        ("all", MODIFY, TYPED, "why", "", "--confirm"),
        ("all", DESTROY, TYPED, "", "prod", "--reason"),
        ("all", DESTROY, TYPED, "why", "", "--confirm"),
        ("all", DESTROY, TYPED, "why", "prod", None),
        ("", MODIFY, NOTHING, "", "", "headless"),
        ("ALL", DESTROY, TYPED, "why", "prod", "headless"),
    ],
)
def test_what_may_be_approved_without_a_screen(
    allowed: str, level: RiskLevel, confirm: Confirmation, reason: str, typed: str, refused: str | None
) -> None:
    why = headless_refusal(level, confirm, allowed=allowed, reason=reason, typed=typed)

    assert why is None if refused is None else why is not None and refused in why
