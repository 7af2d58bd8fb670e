"""What statements of SQL, PartiQL, openCypher or Gremlin do, as far as their words say.

Databases disagree about what hides a word: a backslash before a quote, `#`, `--` without a space. The text is read
in every way that it allows, and the worst counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product


@dataclass(frozen=True, slots=True)
class Statement:
    """What one statement does."""

    first: str
    """Its first word, in capitals."""
    takes: str = ""
    """What it takes away, in words; empty when it takes nothing."""
    unbounded: str = ""
    """Why nobody can count what it touches, in words."""
    calls: bool = False
    """It runs code that stands elsewhere: a procedure."""
    grants: bool = False

    @property
    def only_selects(self) -> bool:
        """A plain SELECT, or the plan of one."""
        return self.first == "SELECT" and not (self.takes or self.calls)


def statements(text: str) -> list[Statement]:
    """The statements of a text in every reading that it allows, without those that are empty."""
    if len(text) > _LONGEST:
        return [Statement("", "is too long to be judged")]
    readings = product(
        (True, False) if "\\" in text else (True,),
        (True, False) if "#" in text else (False,),
        (True, False) if "--" in text else (True,),
    )
    return list(dict.fromkeys(_statement(words) for reading in readings for words in _split(text, *reading)))


_DELETES = {
    "DELETE": "deletes rows", "DROP": "drops", "TRUNCATE": "empties", "REVOKE": "takes access away",
    "VACUUM": "removes old versions", "KILL": "ends a session", "DETACH": "deletes", "PURGE": "deletes",
}  # fmt: skip
_CALLS = frozenset({"CALL", "EXEC", "EXECUTE", "DO"})
_QUOTED = "''"
_BEFORE = frozenset({"(", ")", "THEN", "BEGIN", "AS", "ELSE", "LOOP", _QUOTED, "!", "WITH", "ANALYZE"})
_LONGEST = 65_536  # characters; nobody reads more before approving it either
_WORD = re.compile(r"[A-Za-z_]\w*")
_EVERY_ROW = "every row of a table"


def _split(text: str, backslash: bool, hashes: bool, dashes: bool) -> Iterator[list[str]]:
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
        elif _begins_comment(text, at, hashes, dashes):
            at = _after(text, "\n", at) or len(text)
        elif text.startswith("/*", at) and not text.startswith("/*!", at) and closed.get("*/", True):
            end = _after(text, "*/", at + 2)  # MySQL runs what stands in `/*! */`
            closed["*/"] = end is not None
            at = end or at + 1
        elif sign in "'\"`" and closed.get(sign, True):
            end = _end_of_quote(text, at, backslash and sign != "`")
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


def _begins_comment(text: str, at: int, hashes: bool, dashes: bool) -> bool:
    if text.startswith("--", at):
        return dashes or text[at + 2 : at + 3].isspace() or at + 2 == len(text)
    return hashes and text[at] == "#"


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
    if first == "EXPLAIN" and "ANALYZE" not in words[:8]:
        return Statement("SELECT")
    held = frozenset(words)
    takes = next(filter(None, (_taking(words, place, held) for place in range(len(words)))), "")
    return Statement(first, takes, _unbounded(held, first), first in _CALLS, first == "GRANT")


def _taking(words: list[str], place: int, held: frozenset[str]) -> str:
    """What the word at a place takes away; empty for a word that only looks like it."""
    word, before = words[place], words[place - 1] if place else ""
    graph = "MATCH" in held
    if word == "DROP" and before == ".":
        return "removes vertices or properties"
    if word in _DELETES and (place == 0 or before in _BEFORE or (graph and before != ".")):
        return _DELETES[word]
    match word, before:
        case "UPDATE", _ if (place == 0 or before in _BEFORE) and "SET" in held and "WHERE" not in held:
            return "changes every row of a table (UPDATE without WHERE)"
        case "ALTER", _ if place == 0 and not _only_adds(held):
            return "changes a definition (ALTER)"
        case "OVERWRITE", "INSERT":
            return "overwrites a table"
        case "REPLACE", ("OR" | ""):
            return "replaces what is there"
        case "REMOVE", _ if graph and before != ".":
            return "removes properties"
        case _:
            return ""


def _unbounded(held: frozenset[str], first: str) -> str:
    without = "WHERE" not in held and (first == "DELETE" or (first == "UPDATE" and "SET" in held))
    return _EVERY_ROW if without or first == "TRUNCATE" else ""


def _only_adds(held: frozenset[str]) -> bool:
    return "ADD" in held and not {"DROP", "RENAME", "MODIFY", "SET", "TYPE", "OWNER"} & held
