"""What an operator types to narrow the queue, understood; and what each part of it would leave."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from cloudops_tui.model.command import Cli, Command, Sdk
from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.policy.query import Term, nearest, terms, without
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.moments import moment

KEYS = ("status", "user", "from", "plan", "risk", "id", "env", "account", "since", "until")

STATUSES: Mapping[str, QueueState | ExecutionStatus] = {
    **{state.value.lower(): state for state in QueueState},
    "ok": ExecutionStatus.COMPLETED,
    "completed": ExecutionStatus.COMPLETED,
    "failed": ExecutionStatus.FAILED,
    "cancelled": ExecutionStatus.CANCELLED,
    "rolledback": ExecutionStatus.ROLLED_BACK,
}
RISKS = {
    "read": RiskLevel.READ_ONLY,
    "readonly": RiskLevel.READ_ONLY,
    "modify": RiskLevel.MODIFY,
    "destroy": RiskLevel.DESTRUCTIVE,
    "destructive": RiskLevel.DESTRUCTIVE,
}

_A_DAY = "2026-08-22"
_FAULTS = (ExecutionStatus.FAILED, ExecutionStatus.CANCELLED, ExecutionStatus.ROLLED_BACK)


class Texts:
    """The words of entries that were looked through, each worked out once."""

    MOST = 5_000

    def __init__(self) -> None:
        self._kept: dict[UUID, tuple[QueueEntry, str]] = {}

    def of(self, entry: QueueEntry) -> str:
        """Its words; an entry that changed is another value."""
        kept = self._kept.get(entry.id)
        if kept is None or kept[0] is not entry:
            if len(self._kept) >= self.MOST:
                self._kept.clear()
            kept = self._kept[entry.id] = (entry, searched(entry))
        return kept[1]


@dataclass(frozen=True)
class Known:
    """What there is to know of entries beyond themselves."""

    outcomes: Mapping[UUID, ExecutionStatus] = field(default_factory=dict)
    """How executions stand, by their ids."""
    identities: Mapping[tuple[str, str], ProfileIdentity] = field(default_factory=dict)
    """The accounts that were asked for already, by profile and region."""
    texts: Texts = field(default_factory=Texts, compare=False)

    def outcome(self, entry: QueueEntry) -> ExecutionStatus | None:
        """How the entry's execution stands."""
        return self.outcomes.get(entry.execution_id) if entry.execution_id else None


Test = Callable[[QueueEntry, Known], bool]


@dataclass(frozen=True)
class Filter:
    """What is looked for. Every part has to hold."""

    text: str = ""
    tests: tuple[tuple[Term, Test], ...] = ()
    hints: tuple[str, ...] = ()
    """What could not be understood, and what could be meant."""

    def holds(self, entry: QueueEntry, known: Known) -> bool:
        """The entry is one of those."""
        return all(test(entry, known) != term.negated for term, test in self.tests)

    def remaining(self, entries: Sequence[QueueEntry], known: Known) -> list[tuple[str, int]]:
        """How many entries there would be without each part, by the part as it was typed."""
        found = []
        for place, (term, _) in enumerate(self.tests):
            rest = Filter(tests=self.tests[:place] + self.tests[place + 1 :])
            found.append((term.text, sum(rest.holds(entry, known) for entry in entries)))
        return found

    def without(self, part: str) -> str:
        """The text less one of its parts."""
        gone = next((term for term, _ in self.tests if term.text == part), None)
        return without(self.text, gone) if gone else self.text


def read(text: str, now: datetime) -> Filter:
    """Understand a filter such as `logs status:review !risk:read`. Never fails: what it does not understand it says."""
    tests: list[tuple[Term, Test]] = []
    hints: list[str] = []
    for term in terms(text):
        if term.key and term.key not in KEYS:
            hints.append(_no_key(term))
            tests.append((term, _holds(f"{term.text.lstrip('!')}" if not term.quoted else term.value)))
        elif not term.value:
            hints += [_how(term.key, "")] if term.key else []
        elif (test := _test(term, now)) is not None:
            tests.append((term, test))
        else:
            hints.append(_how(term.key, term.value))
    return Filter(text.strip(), tuple(tests), tuple(hints))


def is_fault(entry: QueueEntry, outcome: ExecutionStatus | None) -> bool:
    """Something went wrong with it: refused, expired, or run to another end than a good one."""
    return entry.state in (QueueState.REFUSED, QueueState.EXPIRED) or (
        entry.state in (QueueState.DONE, QueueState.RUNNING) and outcome in _FAULTS
    )


def searched(entry: QueueEntry) -> str:
    """Every word of an entry that a person could look for, in small letters."""
    plan = entry.plan
    parts = [f"#{entry.number}", entry.state.value, wording.RISK_WORDS[entry.risk_level] if entry.risk_level else ""]
    parts += [entry.source, entry.user_prompt, entry.decided_by or "", entry.edited_by or ""]
    if plan is None:
        parts += [f"{problem.path} {problem.message}" for problem in entry.problems]
    else:
        parts += [plan.description, *(_words(command) for command in plan.commands)]
    return "\n".join(parts).casefold()


def _words(command: Command) -> str:
    return f"{command.description} {_call(command)} {command.profile} {command.region}"


def _call(command: Command) -> str:
    match command.command_type:
        case Cli(value=call):
            return f"{call.command} {' '.join(call.args)}"
        case Sdk(value=call):
            return f"{call.service} {call.operation} {json.dumps(call.parameters, ensure_ascii=False)}"


def _test(term: Term, now: datetime) -> Test | None:
    """Whether an entry is so; None where the value means nothing."""
    wanted = term.value.casefold()
    match term.key:
        case "":
            return _holds(wanted)
        case "status":
            return _any_of(STATUSES, wanted, lambda entry, known: {entry.state, known.outcome(entry)})
        case "risk":
            return _any_of(RISKS, wanted, lambda entry, known: {entry.risk_level})
        case "user":
            return lambda entry, known: _within(wanted, entry.decided_by, entry.edited_by)
        case "from":
            return lambda entry, known: _within(wanted, entry.source)
        case "plan":
            return lambda entry, known: _within(wanted, entry.plan.description if entry.plan else None)
        case "id":
            return _identified(wanted)
        case "env" | "account":
            return lambda entry, known: _reaches(entry, wanted, known)
        case "since":
            since = moment(term.value, now)
            return None if since is None else lambda entry, known: entry.submitted_at >= since
        case _:
            until = moment(term.value, now, end=True)
            return None if until is None else lambda entry, known: entry.submitted_at < until


def _holds(wanted: str) -> Test:
    folded = wanted.casefold()
    return lambda entry, known: folded in known.texts.of(entry)


def _any_of(words: Mapping[str, object], value: str, of: Callable[[QueueEntry, Known], set[object]]) -> Test | None:
    """One of the words, or several with commas between; a word still being typed is completed."""
    wanted: set[object] = set()
    for word in filter(None, (re.sub(r"[^a-z]", "", part) for part in value.split(","))):
        found = {words[name] for name in words if name == word} or {
            words[name] for name in words if name.startswith(word)
        }
        if not found:
            return None
        wanted |= found
    return (lambda entry, known: bool(wanted & of(entry, known))) if wanted else None


def _identified(wanted: str) -> Test:
    number = wanted.removeprefix("#")
    if number.isdigit() and len(number) <= 6:
        return lambda entry, known: str(entry.number) == number
    return lambda entry, known: any(
        str(one).startswith(wanted)
        for one in (entry.id, entry.plan.id if entry.plan else None, entry.execution_id, entry.plan_digest)
        if one is not None
    )


def _reaches(entry: QueueEntry, wanted: str, known: Known) -> bool:
    if entry.plan is None:
        return False
    names: set[str | None] = {entry.plan.expected_account}
    for place in {(command.profile, command.region) for command in entry.plan.commands}:
        identity = known.identities.get(place)
        names |= {place[0], *((identity.account, identity.account_name) if identity else ())}
    return _within(wanted, *names)


def _within(wanted: str, *texts: str | None) -> bool:
    return any(text is not None and wanted in text.casefold() for text in texts)


def _no_key(term: Term) -> str:
    near = nearest(term.key, KEYS)
    meant = f"; did you mean `{near}:`?" if near else f"; keys are {_listed(KEYS)}"
    return f"`{safe_line(term.key)}:` is no key and is looked for as it stands{meant}"


def _how(key: str, value: str) -> str:
    """What a key takes, where it was given something else, or nothing yet."""
    match key:
        case "status":
            takes = "review, queued, running, done, ok, failed, cancelled, rolled_back, rejected, expired, refused"
        case "risk":
            takes = "read, modify, destroy"
        case "since" | "until":
            takes = f"2d, 90m, today or {_A_DAY}"
        case "id":
            takes = "a number such as 418, or the beginning of an id"
        case "env" | "account":
            takes = "an account's name or number, or a profile"
        case "user":
            takes = "who decided or edited"
        case "from":
            takes = "where it came from, such as inbox"
        case _:
            takes = "words of the description"
    return f"`{key}:{safe_line(value)}`: {takes}"


def _listed(names: Iterable[str]) -> str:
    return " ".join(f"{name}:" for name in names)
