"""What single parameters of single operations do beyond the operation's name: tables by what is at stake.

What a member's name and value say by themselves, in any operation, is found in `shapes`; a rule here knows the
operation, and tells more.
"""

from __future__ import annotations

from cloudops_tui.policy.risk.rules.access import ACCESS
from cloudops_tui.policy.risk.rules.capacity import CAPACITY
from cloudops_tui.policy.risk.rules.databases import DATABASES
from cloudops_tui.policy.risk.rules.rule import Rule, Rules
from cloudops_tui.policy.risk.rules.services import SERVICES
from cloudops_tui.policy.risk.rules.storage import STORAGE

RULES: Rules = {**CAPACITY, **DATABASES, **STORAGE, **ACCESS, **SERVICES}
"""By service and operation, each in one table only."""


def rules_for(service: str, operation: str) -> tuple[Rule, ...]:
    """The rules of one operation."""
    return RULES.get((service, operation), ())
