"""What statements of SQL, PartiQL, openCypher or Gremlin do, as far as their words say.

Databases disagree about what hides a word: a backslash before a quote, `#`, `--` without a space, `/*! */`, comments
within comments, `$tag$`. The text is read in every way that it allows, and the worst counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product, takewhile


@dataclass(frozen=True, slots=True)
class Statement:
    """What one statement does."""

    first: str
    """The word that says what it is, in capitals: its first, or the one behind its WITH or its EXPLAIN."""
    takes: str = ""
    """What it takes away, in words; empty when it takes nothing."""
    unbounded: str = ""
    """Why nobody can count what it touches, in words."""
    calls: bool = False
    """It runs code that stands elsewhere: a procedure, a text, a program of the server."""
    grants: bool = False

    @property
    def loses_data(self) -> bool:
        """What it takes away is data, so that nothing brings it back."""
        return self.takes.startswith(("deletes", "drops", "empties", "overwrites", "runs a text that deletes"))

    @property
    def only_selects(self) -> bool:
        """A plain SELECT, or the plan of any statement."""
        return self.first == "SELECT" and self.only_asks

    @property
    def only_asks(self) -> bool:
        """A SELECT or a question about the database; what nobody could read never counts as one."""
        return self.first in _ASKS and not (self.takes or self.calls)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read a text, as one database does."""

    backslash: bool
    """A backslash hides the quote behind it."""
    hashes: bool
    """`#` begins a comment."""
    dashes: bool
    """`--` begins a comment, whatever follows."""
    marked: bool
    """`/*! */` holds code."""
    nested: bool
    """A comment may hold comments."""
    dollars: bool
    """`$tag$` quotes."""


def statements(text: str) -> list[Statement]:
    """The statements of a text in every reading that it allows, without those that are empty."""
    readings = _readings(text) if len(text) <= _LONGEST else []
    if not readings or len(text) * len(readings) > _MOST:
        return [Statement("", "is too long to be judged")]
    found = list(dict.fromkeys(_statement(words) for reading in readings for words in _split(text, reading)))
    if any(one.calls for one in found):
        # What runs a text may run what stands in quotes.
        said = next((word for word in map(str.upper, _WORD.findall(text)) if word in _DELETES), "")
        found = [
            replace(one, takes=f"runs a text that {_DELETES[said]}") if said and one.calls else one for one in found
        ]
    return found


def _readings(text: str) -> list[_Reading]:
    either = (True, False)
    ways = product(
        either if "\\" in text else (True,),
        either if "#" in text else (False,),
        either if "--" in text else (True,),
        either if _MARKED.search(text) else (True,),
        either if text.count("/*") > 1 else (False,),
        either if _TAG.search(text) else (False,),
    )
    return [_Reading(*way) for way in ways]


_DELETES = {
    "DELETE": "deletes rows", "DROP": "drops", "TRUNCATE": "empties", "REVOKE": "takes access away",
    "VACUUM": "removes old versions", "KILL": "ends a session", "DETACH": "deletes", "PURGE": "deletes",
    "SHUTDOWN": "stops the server",
}  # fmt: skip
_FUNCTIONS = {
    "PG_TERMINATE_BACKEND": "ends a session", "PG_CANCEL_BACKEND": "breaks a query off",
    "LO_UNLINK": "deletes a large object", "PG_DROP_REPLICATION_SLOT": "drops a replication slot",
}  # fmt: skip
"""Functions that a SELECT may call and that take something away."""
_CALLS = frozenset({"CALL", "EXEC", "EXECUTE", "DO", "PREPARE"})
_RUNS_TEXT = frozenset(
    {"DBLINK", "DBLINK_EXEC", "DBLINK_OPEN", "DBLINK_SEND_QUERY", "QUERY_TO_XML", "QUERY_TO_XMLSCHEMA",
     "QUERY_TO_XML_AND_XMLSCHEMA", "CURSOR_TO_XML", "AWS_LAMBDA", "LAMBDA_ASYNC", "LAMBDA_SYNC"}
)  # fmt: skip
"""Functions of PostgreSQL that run a statement that they are given as text, and Aurora's that invoke a Lambda function.
"""
_ASKS = frozenset({"SELECT", "SHOW", "DESCRIBE", "DESC"})
_EXPLAINS = frozenset({"EXPLAIN", "DESCRIBE", "DESC"})
_RUNS = frozenset({"ANALYZE", "ANALYSE"})
_EXPLAINED = frozenset(
    {"SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "VALUES", "TABLE", "EXECUTE", "CREATE",
     "DECLARE", "CALL", "UNLOAD"}
)  # fmt: skip
_QUOTED = "''"
_BEFORE = frozenset(
    {"(", ")", "THEN", "BEGIN", "ATOMIC", "AS", "ELSE", "LOOP", "REPEAT", _QUOTED, "!", "WITH", "DO", "INSTEAD",
     "ALSO", "ROW"}
)  # fmt: skip
_RESETS = frozenset({"MASTER", "REPLICA", "SLAVE", "BINARY"})
_ALWAYS = frozenset({(), ("TRUE",), ("=",), ("NOT", "FALSE")})
"""Conditions that hold for every row, without their digits: `1`, `true`, `1 = 1`."""
_LONGEST = 65_536  # characters; nobody reads more before approving it either
_MOST = 8 * _LONGEST  # characters in all readings together; more is tangled on purpose
_WORD = re.compile(r"[A-Za-z_]\w*")
_MARKED = re.compile(r"/\*M?!")
_COMMENT_MARK = re.compile(r"/\*|\*/")
_TAG = re.compile(r"\$(?:[A-Za-z_]\w*)?\$")
_EVERY_ROW = "every row of a table"


def _split(text: str, reading: _Reading) -> Iterator[list[str]]:
    """Each statement's words in capitals and signs, without comments; quoted text as one sign."""
    words: list[str] = []
    closed: dict[str, bool] = {}  # whether a later end may still be found; so that the reading stays linear
    at = 0
    while at < len(text):
        sign = text[at]
        word = _WORD.match(text, at)
        if word is not None:
            words.append(word[0].upper())
            at = word.end()
        elif _begins_comment(text, at, reading):
            at = _after(text, "\n", at) or len(text)
        elif _begins_block(text, at, reading) and closed.get("*/", True):
            end = _end_of_block(text, at + 2, reading.nested)
            closed["*/"] = end is not None
            at = end or at + 1
        elif reading.dollars and (tag := _TAG.match(text, at)) is not None and closed.get(tag[0], True):
            end = _after(text, tag[0], tag.end())
            closed[tag[0]] = end is not None
            words.append(_QUOTED if end else sign)
            at = end or at + 1
        elif sign in "'\"`" and closed.get(sign, True):
            end = _end_of_quote(text, at, reading.backslash and sign != "`")
            closed[sign] = end is not None
            words.append(_QUOTED if end else sign)
            at = end or at + 1
        else:
            if sign == ";" and words:
                yield words
                words = []
            elif sign != ";" and not (sign.isspace() or sign.isdigit()):
                words.append(sign)
            at += 1
    if words:
        yield words


def _begins_comment(text: str, at: int, reading: _Reading) -> bool:
    if text.startswith("--", at):
        return reading.dashes or text[at + 2 : at + 3].isspace() or at + 2 == len(text)
    return reading.hashes and text[at] == "#"


def _begins_block(text: str, at: int, reading: _Reading) -> bool:
    """MySQL runs what stands in `/*! */`; to others it is a comment like any."""
    return text.startswith("/*", at) and not (reading.marked and _MARKED.match(text, at) is not None)


def _end_of_block(text: str, start: int, nested: bool) -> int | None:
    if not nested:
        return _after(text, "*/", start)
    depth = 1
    for mark in _COMMENT_MARK.finditer(text, start):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    return None


def _after(text: str, end: str, start: int) -> int | None:
    found = text.find(end, start)
    return None if found < 0 else found + len(end)


def _end_of_quote(text: str, start: int, backslash: bool) -> int | None:
    quote = text[start]
    at = start + 1
    while (found := text.find(quote, at)) >= 0:
        escaped = backslash and (found - len(text[at:found].rstrip("\\")) - at) % 2 == 1
        if not escaped and text[found + 1 : found + 2] != quote:
            return found + 1
        at = found + (1 if escaped else 2)
    return None


def _statement(words: list[str]) -> Statement:
    first = next((word for word in words if word.isidentifier()), "")
    held = frozenset(words)
    if first in _EXPLAINS:
        place = next((place for place, word in enumerate(words) if word in _EXPLAINED), None)
        if not _RUNS & held:
            return Statement("SELECT" if first == "EXPLAIN" else first)
        if place is not None:
            return _statement(words[place:])
    bounded = _is_bounded(words)
    takes = next(filter(None, (_taking(words, place, held, bounded) for place in range(len(words)))), "")
    calls = first in _CALLS or bool(_RUNS_TEXT & held) or (first == "COPY" and "PROGRAM" in held)
    kind = _behind_with(words) if first == "WITH" else first
    return Statement(kind, takes, _unbounded(held, first, bounded), calls, first == "GRANT")


def _behind_with(words: list[str]) -> str:
    """What a statement with common table expressions is: the word behind the last of them."""
    depth = 0
    for place, word in enumerate(words):
        depth += (word == "(") - (word == ")")
        behind = words[place + 1] if place + 1 < len(words) else ""
        if word == ")" and depth == 0 and behind not in (",", "AS"):
            return next((word for word in words[place + 1 :] if word != "("), "")
    return ""


def _taking(words: list[str], place: int, held: frozenset[str], bounded: bool) -> str:
    """What the word at a place takes away; empty for a word that only looks like it."""
    word, before = words[place], words[place - 1] if place else ""
    graph = "MATCH" in held
    begins = place == 0 or before in _BEFORE
    if word == "DROP" and before == ".":
        return "removes vertices or properties"
    if word in _DELETES and (begins or (graph and before != ".")):
        return _DELETES[word]
    if word in _FUNCTIONS and words[place + 1 : place + 2] == ["("]:
        return _FUNCTIONS[word]
    match word, before:
        case "UPDATE", "DO" if "CONFLICT" in held:
            return ""  # an upsert changes the rows that it names
        case "UPDATE", _ if begins and "SET" in held and not bounded:
            return "changes every row of a table (UPDATE without WHERE)"
        case "RESET", "" if _RESETS & held:
            return "deletes the logs of a replication"
        case "ALTER", _ if place == 0 and not _only_adds(held):
            return "changes a definition (ALTER)"
        case "RENAME", _ if place == 0:
            return "changes a definition (RENAME)"
        case "OVERWRITE", "INSERT":
            return "overwrites a table"
        case "REPLACE", before if before in ("OR", "") or words[0] == "LOAD":
            return "replaces what is there"
        case "REMOVE", _ if graph and before != ".":
            return "removes properties"
        case _:
            return ""


def _unbounded(held: frozenset[str], first: str, bounded: bool) -> str:
    changes = first == "DELETE" or (first == "UPDATE" and "SET" in held)
    return _EVERY_ROW if (changes and not bounded) or first == "TRUNCATE" else ""


def _is_bounded(words: list[str]) -> bool:
    """It has a condition, and one that a row could fail."""
    if "WHERE" not in words:
        return False
    behind = words.index("WHERE") + 1
    condition = takewhile(lambda word: word != "RETURNING", words[behind : behind + 8])
    return tuple(word for word in condition if word not in ("(", ")")) not in _ALWAYS


def _only_adds(held: frozenset[str]) -> bool:
    return "ADD" in held and not {"DROP", "RENAME", "MODIFY", "SET", "TYPE", "OWNER"} & held
