"""How dangerous a command is: what it does and touches, what is not known; never milder than the plan claims."""

from __future__ import annotations

from cloudops_tui.policy.risk.assessing import TABLE_VERSION as TABLE_VERSION
from cloudops_tui.policy.risk.assessing import about_the_claim as about_the_claim
from cloudops_tui.policy.risk.assessing import assess as assess
from cloudops_tui.policy.risk.assessing import worst as worst
from cloudops_tui.policy.risk.radius import together as together
from cloudops_tui.policy.risk.subject import Subject as Subject
