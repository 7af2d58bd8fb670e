"""Asks the reads of a sample, answers them from it, and says what comes of it, line by line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cloudops_tui.model.catalogue import ServiceCatalogue
from cloudops_tui.policy.before.reading import Answer, Picture, Read
from cloudops_tui.policy.before.table import BEFORE_READS
from cloudops_tui.policy.before.values import Veil, typed
from tests.policy.before.samples import ABSENT, SAMPLES


def asked_of(
    name: str, parameters: Mapping[str, Any], answers: Mapping[str, Any], catalogue: ServiceCatalogue
) -> tuple[list[Read], Picture]:
    """Every read that was asked, in order, and the picture of their answers."""
    service, _, operation = name.partition(".")
    known = BEFORE_READS[service, operation]
    shape = catalogue.operation(service, operation)
    assert shape is not None
    asked = typed(parameters, shape.members, service, catalogue)
    served: dict[str, int] = defaultdict(int)
    reads: list[Read] = []
    heard: list[Answer] = []
    new = list(known.reads(asked))
    while new:
        heard += [_answer(read, answers[read.call], served, catalogue) for read in new]
        reads += new
        new = list(known.then(asked, heard))
    veiled = Veil(service, operation, catalogue).over_parameters(asked) | dict(known.derived(asked))
    return reads, known.picture(veiled, heard)


def _answer(read: Read, given: Any, served: dict[str, int], catalogue: ServiceCatalogue) -> Answer:
    if isinstance(given, list):
        given = given[served[read.call]]
        served[read.call] += 1
    if given == ABSENT:
        given = f"{read.absent[0].partition(':')[0]}: {read.absent[0].partition(':')[2].strip()}"
    if isinstance(given, str):
        code, _, message = given.partition(": ")
        assert read.says_absent(code, message), f"{read.call} does not take {given} for an absence"
        return Answer(said=given)
    return Answer(Veil(read.service, read.operation, catalogue).over_answer(given))


def lines_of(picture: Picture) -> list[str]:
    """The picture as people see it."""
    return [
        *(f"= {one}" for one in picture.found),
        *(f"~ {one}" for one in picture.changes),
        *(f"! {one}" for one in picture.warnings),
        *(f"NO {one.why.value.lower()}: {one.text}" for one in picture.nos),
        *(f"? {one}" for one in picture.unread),
    ]


def aloud(catalogue: ServiceCatalogue) -> str:
    """Every sample with its reads and its picture."""
    told: list[str] = []
    for name, sample in SAMPLES.items():
        reads, picture = asked_of(name, sample.parameters, sample.answers, catalogue)
        told += [f"{name} <- {' '.join(dict.fromkeys(read.call for read in reads))}"]
        told += [f"  {line}" for line in lines_of(picture)]
    return "\n".join(told) + "\n"


PICTURES = Path(__file__).with_name("pictures.txt")

if __name__ == "__main__":
    from cloudops_tui.executors.catalogue import the_catalogue

    PICTURES.write_text(aloud(the_catalogue()))
