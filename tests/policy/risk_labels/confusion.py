"""Shows where the program's judgement of risk and the labels differ: `python -m tests.policy.risk_labels.confusion`.

Every subject goes the way of a submitted plan: taken in, then assessed with the claim ReadOnly. What intake refuses is
counted apart, for nothing of it can run. `--only NAME` looks at one of the files.
"""

from __future__ import annotations

import argparse
import json
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Literal, get_args
from uuid import UUID

from cloudops_tui.executors.catalogue import BotocoreCatalogue, the_catalogue
from cloudops_tui.model.risk import RiskAssessment, RiskFlag, RiskLevel
from cloudops_tui.policy import risk
from cloudops_tui.policy.intake import Taken, take_in
from cloudops_tui.policy.plan_text import PlanText
from cloudops_tui.policy.refusals import NOTHING, OPENABLE
from tests.policy.risk_labels.stand_ins import StandIns, inline, required_parameters, without_literal_secrets

Subject = dict[str, Any]
Form = Literal["as it stands", "its secrets by reference", "its files inline"]
Opened = Literal["", "opened by the configuration"]

FOLDER = Path(__file__).parent
FILES = ("labels", "traps", "second", "hard", "third")
COMMAND = UUID("10000000-0000-4000-8000-000000000000")
LEVELS = tuple(RiskLevel)
_REASONS_SHOWN = 160  # characters


@dataclass(frozen=True)
class Judged:
    """One subject, and what the program made of it."""

    subject: Subject
    form: Form
    """How it had to be written to be taken in."""
    opened: Opened
    """Whether only a configuration that opens everything takes it; what opening adds to the level is left out."""
    assessment: RiskAssessment | None
    """None: refused."""
    refusal: str = ""

    @property
    def label(self) -> RiskLevel:
        return RiskLevel(self.subject["label"])

    @property
    def assessed(self) -> RiskLevel:
        """Of one that was not refused."""
        assert self.assessment is not None
        return self.assessment.assessed

    @property
    def name(self) -> str:
        """As a person would write it."""
        if self.subject["kind"] == "cli":
            return shlex.join(["aws", *self.subject["words"]])
        given = self.subject.get("parameters")
        return f"{self.subject['service']}.{self.subject['operation']} {json.dumps(given) if given else ''}".rstrip()


@dataclass(frozen=True)
class Figures:
    """How well the judgement fits the labels."""

    judged: Sequence[Judged]

    @property
    def rated(self) -> list[Judged]:
        return [one for one in self.judged if one.assessment is not None]

    @property
    def refused(self) -> list[Judged]:
        return [one for one in self.judged if one.assessment is None]

    @property
    def under_rated(self) -> list[Judged]:
        return [one for one in self.rated if one.assessed < one.label]

    @property
    def over_rated(self) -> list[Judged]:
        return [one for one in self.rated if one.assessed > one.label]

    @property
    def taken_for_reads(self) -> list[Judged]:
        """The worst mistake: it changes something, and would run without anybody asked."""
        return [one for one in self.under_rated if one.assessed is RiskLevel.READ_ONLY]

    @property
    def flags_missed(self) -> list[tuple[str, str]]:
        """Subject and flag, for every flag that a label names and the program does not give."""
        return [
            (one.subject["id"], flag)
            for one in self.rated
            if one.assessment is not None
            for flag in one.subject["flags"]
            if RiskFlag(flag) not in one.assessment.flags
        ]

    @property
    def agreement(self) -> float:
        """Of those that were rated, from 0 to 1."""
        return 1 - (len(self.under_rated) + len(self.over_rated)) / len(self.rated)

    @property
    def under_rated_share(self) -> float:
        return len(self.under_rated) / len(self.rated)


def subjects(name: str) -> list[Subject]:
    """The labelled subjects of one file."""
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def judged(labelled: Iterable[Subject]) -> Figures:
    """Take each through intake and assess it."""
    catalogue = the_catalogue()
    return Figures([_judged(one, catalogue) for one in labelled])


# --- intake ----------------------------------------------------------------------------------------------------------


def _judged(subject: Subject, catalogue: BotocoreCatalogue) -> Judged:
    """In the first form that intake takes; else with the reason why the first is refused."""
    files = StandIns(subject.get("files", {}))
    refusal = ""
    for opened, form in product(get_args(Opened), get_args(Form)):
        plan = PlanText(_plan(subject, form, files, catalogue))
        taken = take_in(plan, catalogue, files, allowed=frozenset(OPENABLE) if opened else NOTHING)
        if taken.plan is not None:
            return Judged(subject, form, opened, risk.assess(taken.subjects[COMMAND], RiskLevel.READ_ONLY))
        refusal = refusal or _told(taken)
    return Judged(subject, "as it stands", "", None, refusal)


def _told(taken: Taken) -> str:
    return "; ".join(one.message for one in taken.problems)


def _plan(subject: Subject, form: Form, files: StandIns, catalogue: BotocoreCatalogue) -> Any:
    match subject["kind"]:
        case "cli":
            words = list(subject["words"])
            if form != "as it stands":
                words = without_literal_secrets(words, catalogue)
            if form == "its files inline":
                words = inline(words, files)
            what: Any = {"Cli": {"command": "aws", "args": words, "supports_dry_run": False}}
            region, profile = _global(words, "--region") or "eu-west-1", _global(words, "--profile") or "default"
        case _:
            parameters = subject.get("parameters")
            if parameters is None:
                shape = catalogue.operation(subject["service"], subject["operation"])
                assert shape is not None, subject["id"]
                parameters = required_parameters(shape, catalogue, secrets=form != "as it stands")
            call = {"service": subject["service"], "operation": subject["operation"], "parameters": parameters}
            what, region, profile = {"Sdk": call}, "eu-west-1", "default"
    command = {
        "id": str(COMMAND),
        "command_type": what,
        "description": subject["id"],
        "risk_level": "ReadOnly",
        "profile": profile,
        "region": region,
    }
    return {
        "id": "00000000-0000-4000-8000-000000000000",
        "description": subject["id"],
        "commands": [command],
        "mode": "Sequential",
        "risk_level": "ReadOnly",
        "rollback_strategy": None,
        "estimated_duration": None,
    }


def _global(words: Sequence[str], name: str) -> str | None:
    """What the line says itself, so that it does not contradict the plan it is put in."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == name:
            return following
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
    return None


# --- report ----------------------------------------------------------------------------------------------------------


def report(figures: Figures) -> Iterator[str]:
    """Lines of text: the table, every disagreement, every refusal, the figures."""
    counted = Counter((one.label, one.assessed) for one in figures.rated)
    yield f"{'label':<12} {'assessed':>9}"
    yield f"{'':<12} " + "".join(f"{level:>13}" for level in LEVELS) + f"{'refused':>13}"
    for label in LEVELS:
        refused = sum(one.label is label for one in figures.refused)
        cells = [*(counted[label, level] for level in LEVELS), refused]
        yield f"{label:<12} " + "".join(f"{cell:>13}" for cell in cells)
    for title, some in (
        ("Changes something and is taken for a read", figures.taken_for_reads),
        ("Under-rated otherwise", [one for one in figures.under_rated if one.assessed is not RiskLevel.READ_ONLY]),
        ("Over-rated", figures.over_rated),
    ):
        yield f"\n{title}: {len(some)}"
        for one in some:
            yield f"  {one.subject['id']}  {one.label} -> {one.assessed}  {_short(one.name)}"
            yield f"      label: {one.subject['why']}"
            yield f"      rules: {_short('; '.join(one.assessment.reasons if one.assessment else ()))}"
    yield f"\nRefused by intake: {len(figures.refused)}"
    for one in sorted(figures.refused, key=lambda one: one.refusal):
        yield f"  {one.subject['id']}  {_short(one.refusal)}"
    forms = Counter(", ".join(filter(None, (one.form, one.opened))) for one in figures.rated)
    yield "\nTaken in: " + "; ".join(f"{count} {form}" for form, count in forms.items())
    yield f"Rated: {len(figures.rated)} of {len(figures.judged)}"
    yield f"Agreement: {figures.agreement:.1%}"
    yield f"Under-rated: {len(figures.under_rated)} ({figures.under_rated_share:.1%})"
    yield f"Modify or Destructive rated ReadOnly: {len(figures.taken_for_reads)}"
    labelled = sum(len(one.subject["flags"]) for one in figures.rated)
    yield f"Flags found of those that the labels name: {labelled - len(figures.flags_missed)} of {labelled}"
    missed = Counter(flag for _, flag in figures.flags_missed)
    yield "Flags missed: " + (", ".join(f"{count} {flag}" for flag, count in missed.most_common()) or "none")


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _REASONS_SHOWN else f"{flat[:_REASONS_SHOWN]}..."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=FILES, help="look at one file")
    only = parser.parse_args().only
    for name in (only,) if only else FILES:
        print(f"=== {name}.jsonl")
        print("\n".join(report(judged(subjects(name)))), end="\n\n")


if __name__ == "__main__":
    main()
