"""What of an execution can be found, and how what an operator types becomes a safe query."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from cloudops_tui.model.command import Cli, Command, Sdk
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.result import ExecutionResult, ExecutionStatus
from cloudops_tui.model.risk import RiskLevel

MOST_TERMS = 32
"""Terms of a query that count; the rest of a pasted page does not."""

MOST_PLAN_TEXT = 1_000_000
MOST_OUTCOME_TEXT = 256_000
MOST_OUTPUT_TEXT = 8_192
"""Characters in the index of one execution: of its plan's words, of its outcome, of one command's output."""

_TERM = re.compile(r'"([^"]*)("?)|([^\s"]+)')
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TEXT = "{plan words facts outcome}"
"""Where an operator's words are looked for; `facets` answers filters only."""


def index_values(
    plan: ExecutionPlan,
    *,
    ids: Iterable[UUID | str | None],
    number: int,
    user_prompt: str,
    status: str,
    risk_level: RiskLevel,
    result: ExecutionResult | None,
) -> dict[str, str]:
    """The columns of the search table for one execution."""
    return {
        "plan": _joined(_descriptions(plan, user_prompt), MOST_PLAN_TEXT),
        "words": _joined(_words(plan), MOST_PLAN_TEXT),
        "facts": _joined([str(number), status, _split(risk_level.value), *map(str, filter(None, ids))], MOST_PLAN_TEXT),
        "outcome": _joined(_outcome(result) if result else (), MOST_OUTCOME_TEXT),
        "facets": f"{_status_token(status)} {_risk_token(risk_level)}",
    }


def match(query: str, status: ExecutionStatus | None = None, risk_level: RiskLevel | None = None) -> str | None:
    """The FTS5 expression for a query: every term quoted, all of them wanted, the last one as a prefix unless its
    quotes are closed. None where the query holds no word. No input makes a syntax error.

    Status and level are asked for as tokens, because a join would read every row that has the words.
    """
    terms = list(_terms(query))
    if not terms:
        return None
    wanted = f"{_TEXT} : ({' '.join(terms)})"
    facets = []
    if status is not None:
        facets.append(_status_token(status.value))
    if risk_level is not None:
        facets.append(_risk_token(risk_level))
    return " AND ".join([*(f'(facets : "{facet}")' for facet in facets), f"({wanted})"])


def word_match(text: str, *, phrase: bool) -> str | None:
    """The FTS5 expression for one word or phrase of a search; a word may be a beginning. None for signs alone."""
    clean = text.replace("\0", " ").replace('"', " ").encode("utf-8", "ignore").decode("utf-8")
    if not any(map(str.isalnum, clean)):
        return None
    return f'{_TEXT} : "{clean}"' + ("" if phrase else " *")


def _terms(query: str) -> Iterator[str]:
    """Quoted terms. NUL would end the expression; a lone surrogate cannot be bound; a term of signs alone is none."""
    clean = query.replace("\0", " ").encode("utf-8", "ignore").decode("utf-8")
    found = [hit for hit in _TERM.finditer(clean) if any(map(str.isalnum, hit[0]))][:MOST_TERMS]
    for position, hit in enumerate(found):
        text = hit[1] if hit[3] is None else hit[3]
        prefix = position == len(found) - 1 and not hit[2]
        yield f'"{text}" *' if prefix else f'"{text}"'


def _descriptions(plan: ExecutionPlan, user_prompt: str) -> Iterator[str]:
    yield plan.description
    yield user_prompt
    for command in _commands(plan):
        yield command.description


def _words(plan: ExecutionPlan) -> Iterator[str]:
    for command in _commands(plan):
        yield command.profile
        yield command.region
        match command.command_type:
            case Cli(value=cli):
                yield cli.command
                yield from cli.args
            case Sdk(value=sdk):
                yield sdk.service
                yield _split(sdk.operation)
                yield from _scalars(sdk.parameters)


def _outcome(result: ExecutionResult) -> Iterator[str]:
    if result.error:
        yield str(result.error)
    for command in result.command_results:
        yield command.error or ""
        yield command.error_code or ""
    for command in result.command_results:
        yield command.output[-MOST_OUTPUT_TEXT:]


def _commands(plan: ExecutionPlan) -> Iterator[Command]:
    yield from plan.commands
    if plan.rollback_strategy:
        for compensations in plan.rollback_strategy.compensations.values():
            yield from compensations


def _scalars(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for held in value.values():
                yield from _scalars(held)
        case list() | tuple():
            for held in value:
                yield from _scalars(held)
        case str() | int() | float():
            yield str(value)


def _split(name: str) -> str:
    """`DescribeInstances` as it stands, and as words."""
    return f"{name} {_CAMEL.sub(' ', name)}"


def _joined(texts: Iterable[str], most: int) -> str:
    kept: list[str] = []
    length = 0
    for text in texts:
        if length >= most:
            break
        kept.append(text[: most - length])
        length += len(text) + 1
    return "\n".join(kept).encode("utf-8", "replace").decode("utf-8")


def _status_token(status: str) -> str:
    """One word that nobody types. What has not ended shares one: between Pending and Running the row decides."""
    return f"status0{status if ExecutionStatus(status).ended else 'open'}"


def _risk_token(risk_level: RiskLevel) -> str:
    return f"risk0{risk_level.value}"
