"""What the program's exit code says to a script."""

from __future__ import annotations

DONE = 0
"""It was done; of `check`: the plan is valid, whether or not it needs approval."""
FAILED = 1
"""The execution failed, or the program could not do its work."""
USAGE = 2
"""Bad usage, an invalid plan, or a reference to nothing."""
NEEDS_APPROVAL = 3
"""A decision is required, or the one that was given lacks its reason or its confirmation."""
REFUSED = 4
"""The decision does not hold, the plan was rejected, or it ran already."""
UNKNOWN = 5
"""It ended, and of at least one command it is not known whether it was executed."""
CANCELLED = 130
HANGUP = 129
PIPE = 141
"""Whoever read the output left."""
TERMINATED = 143
