"""The program's name, and the verbs that it knows."""

from __future__ import annotations

PROGRAM = "cloudops-tui"

VERBS = {
    "submit": "Queue plans, from files or standard input.",
    "queue": "List the plans that wait for a decision or run.",
    "check": "Say what a plan would do, how dangerous it is, and its digest.",
    "dry-run": "Rehearse a plan; nothing is changed.",
    "run": "Run a plan without a screen, as approved by digest.",
    "reject": "Reject a queued plan; the reason is kept.",
    "status": "What runs and what waits; or how one plan stands.",
    "watch": "Follow an execution that another process runs, or replay one.",
    "logs": "What the commands of an execution said.",
    "cancel": "Stop an execution, whoever drives it.",
    "rollback": "Undo an execution, as approved by digest.",
    "reconcile": "Say what came of a command whose end is not known.",
    "redrive": "Go on with what is not done, as approved by digest.",
    "history": "Find executions.",
    "show": "Everything about one execution.",
    "prune": "Forget old executions and their output.",
    "config": "Every setting and where it comes from; what is wrong with it.",
    "doctor": "Look at the installation and its surroundings.",
    "reset-terminal": "Put a terminal right that a killed program left behind.",
    "demo": "Try everything on an AWS of its own; needs no account.",
}
"""Their help stands here, and their code in modules of their own, so that `--help` loads none of it."""

HEADLESS = "queue, check, run, status, logs, history, show"
