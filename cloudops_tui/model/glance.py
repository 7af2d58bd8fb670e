"""What a status bar needs to know of a store: counts, and how far that has come which runs. Loads nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GlancedRun:
    """An execution that has not ended."""

    number: int
    completed: int
    """Commands of the plan that completed."""
    commands: int
    undoing: bool
    """Its rollback runs; how many commands completed says nothing any more."""
    driven: bool
    """The process that drives it lives."""
    held: bool = False
    """Nothing of it leaves until somebody renews credentials."""


@dataclass(frozen=True)
class Glance:
    """The store, at a glance."""

    review: int = 0
    """Plans that wait for a decision."""
    running: tuple[GlancedRun, ...] = ()
    failed: int = 0
    """Executions that failed since somebody last looked."""
