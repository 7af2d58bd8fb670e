"""The program's name, and the verbs that it knows."""

from __future__ import annotations

from collections.abc import Sequence

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
    "stop": "Finish what an execution runs, and begin no more of it.",
    "rollback": "Undo an execution, as approved by digest.",
    "reconcile": "Say what came of a command whose end is not known.",
    "redrive": "Go on with what is not done, as approved by digest.",
    "history": "Find executions.",
    "show": "Everything about one execution.",
    "verify": "Whether what is remembered still is what happened.",
    "prune": "Forget old executions and their output.",
    "config": "Every setting and where it comes from; what is wrong with it.",
    "doctor": "Look at the installation and its surroundings.",
    "reset-terminal": "Put a terminal right that a killed program left behind.",
    "demo": "Try everything on an AWS of its own; needs no account.",
}
"""Their help stands here, and their code in modules of their own, so that `--help` loads none of it."""

ELSEWHERE = {
    "approve": "`run ID --approve DIGEST` approves and runs, and `check ID` prints its digest",
    "apply": "`run ID --approve DIGEST` approves and runs, and `check ID` prints its digest",
    "plan": "`check FILE` says what a plan would do, and `dry-run FILE` rehearses it",
    "validate": "`check FILE` says what is wrong with a plan, `config validate` what is with the configuration",
    "list": "`queue` lists what waits and runs, `history` what was",
    "ls": "`queue` lists what waits and runs, `history` what was",
    "undo": "did you mean `rollback`?",
    "retry": "did you mean `redrive`?",
    "resume": "did you mean `redrive`?",
    "replay": "`watch ID --replay` plays an execution again",
}
"""What other programs call it, and where it is here."""

DRIVING = frozenset({"run", "rollback", "redrive", "reconcile", "demo"})
"""Verbs that drive an execution to its end, as the terminal UI does; the others only look, or ask whoever drives."""

VALUED = frozenset({"--state-dir", "--color", "--theme"})
"""Options before the verb that take a value as their next word."""

HEADLESS = "queue, check, run, status, logs, history, show"


def drives(arguments: Sequence[str]) -> bool:
    """What was typed is the terminal UI, or a verb that drives executions; found out without reading it properly."""
    verb = _verb(arguments)
    return verb == "" or verb in DRIVING


def draws(arguments: Sequence[str]) -> bool:
    """What was typed takes the whole screen as soon as it has loaded."""
    verb = _verb(arguments)
    return verb == "" or (verb == "demo" and not {"--headless", "-h", "--help"} & set(arguments))


def _verb(arguments: Sequence[str]) -> str | None:
    """Empty where there is none; None where only help is asked for."""
    words = iter(arguments)
    for word in words:
        if word in VALUED:
            next(words, None)
        elif word in ("-h", "--help", "--version"):
            return None
        elif not word.startswith("-"):
            return word
    return ""
