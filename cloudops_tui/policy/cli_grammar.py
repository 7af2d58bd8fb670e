"""What the words after `aws` mean, strictly: one reading or a list of reasons why there is none.

The accepted language is a subset of what awscli accepts, so awscli cannot read an accepted line differently:
full names only, each option once, no word of doubtful place. `canonical` writes the reading down again in one
fixed order, and that line, not the one received, is shown, digested and run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from cloudops_tui.model.catalogue import (
    CliCommandShape,
    CliOption,
    CliPositional,
    ServiceCatalogue,
    nearest_name,
)
from cloudops_tui.policy.cli_version_2 import ONLY_COMMANDS, ONLY_OPTIONS
from cloudops_tui.policy.safe_text import safe_line

Given = tuple[str, ...] | bool
"""What an option was given: its words, in order (none for an optional value left out), or True for a flag."""


@dataclass(frozen=True, slots=True)
class CliProblem:
    """One reason why the words cannot be read. Names services, commands and options, safe to show.

    Never holds a value, which may be a secret.
    """

    index: int | None
    """Which of the words, from 0; None when something is missing as a whole."""
    message: str
    found: str
    expected: str
    remedy: str

    @property
    def told(self) -> str:
        """Everything but the remedy, in a line."""
        return f"{self.message}: found {self.found}, expected {self.expected}"


@dataclass(frozen=True, slots=True)
class ParsedCli:
    """The one reading of a command line."""

    path: tuple[str, ...]
    options: Mapping[str, Given]
    """By full name with dashes, without the global ones."""
    positionals: tuple[str, ...]
    globals: Mapping[str, Given]
    shape: CliCommandShape
    ordered: tuple[tuple[str, str], ...] = ()
    """Options that act in the order given (`--exclude`, `--include` of `s3`), each with its word."""
    is_unknown: bool = False
    """The catalogue does not have the command: what follows its name stands in `positionals`, word for word."""


def parse(
    words: Sequence[str],
    catalogue: ServiceCatalogue,
    *,
    beyond: Callable[[tuple[str, ...]], bool] = lambda path: False,
) -> ParsedCli | list[CliProblem]:
    """Reads the words that follow `aws`. Any list of texts gets an answer; all problems are told at once.

    `beyond` says whether a command that the catalogue does not have may be read all the same.
    """
    problems = [problem for index, word in enumerate(words) for problem in _unsayable(index, word)]
    if problems:
        return problems
    reading = _Reading(catalogue.global_options(), problems, catalogue.version)
    rest = reading.take_globals(words)
    about_globals = len(problems)
    shape, tail = _command(rest, catalogue, problems, reading.wanting)
    if shape is None:
        path = _unknown_path(rest, catalogue)
        if not path or not beyond(path):
            return problems
        del problems[about_globals:]
        return reading.taken_as_it_stands(path, words, rest[len(path) :])
    reading.take_options(tail, shape)
    if problems:
        return sorted(problems, key=_place)
    return ParsedCli(
        path=shape.path,
        options={name: _given(shape.options[name], words) for name, words in sorted(reading.options.items())},
        positionals=tuple(reading.positionals),
        globals={name: _given(reading.known[name], words) for name, words in sorted(reading.globals.items())},
        shape=shape,
        ordered=tuple(reading.ordered),
    )


def canonical(parsed: ParsedCli) -> tuple[str, ...]:
    """The whole argv, always the same for the same reading.

    Order: `aws`, the command's words, its positionals, its options by name, those whose order counts as given,
    the global options by name. Positionals stand before every option, since a list option would swallow them.
    A value that begins with `-` is joined to its option by `=`, since awscli would take it for an option.
    `--cli-input-json` never is: awscli lifts the other requirements only when it sees the bare word.
    """
    argv = ["aws", *parsed.path, *parsed.positionals]
    ordered = {name for name, _ in parsed.ordered}
    for name, given in sorted(parsed.options.items()):
        if name not in ordered:
            argv += _written(parsed.shape.options[name], given)
    for name, word in parsed.ordered:
        argv += _written(parsed.shape.options[name], (word,))
    for name, given in sorted(parsed.globals.items()):
        argv += _joined(name, given) if isinstance(given, tuple) else [name]
    return tuple(argv)


# ---------------------------------------------------------------- writing


def _written(option: CliOption, given: Given) -> list[str]:
    if not isinstance(given, tuple):
        return [option.name]
    if option.kind != "repeat":
        return _joined(option.name, given)
    groups = [given[start : start + option.least] for start in range(0, len(given), option.least)]
    return [word for group in groups for word in _joined(option.name, group)]


def _joined(name: str, words: tuple[str, ...]) -> list[str]:
    if len(words) == 1 and words[0].startswith("-"):
        return [f"{name}={words[0]}"]
    return [name, *words]


# ---------------------------------------------------------------- the command


_Word = tuple[int, str]


def _command(
    words: list[_Word], catalogue: ServiceCatalogue, problems: list[CliProblem], wanting: set[int]
) -> tuple[CliCommandShape | None, list[_Word]]:
    """The command that the first words name, and the words after it."""
    path: list[str] = []
    for position, (index, word) in enumerate(words):
        if word.startswith("-"):
            named = word.startswith("--") and index not in wanting
            problems.append(_option_too_early(index, _shown_name(word) if named else "an option", path))
            return None, []
        if not _leads_on(path, word, catalogue):
            problems.append(_unknown_command(index, word, path, catalogue))
            return None, []
        path.append(word)
        if (shape := catalogue.cli_command(path)) is not None:
            return shape, words[position + 1 :]
    problems.append(_command_missing(path, catalogue))
    return None, []


def _leads_on(path: list[str], word: str, catalogue: ServiceCatalogue) -> bool:
    return word in _next_words(path, catalogue)


def _unknown_path(words: list[_Word], catalogue: ServiceCatalogue) -> tuple[str, ...]:
    """How a command that the catalogue does not have is called, as far as can be told; empty when it has it."""
    plain = list(takewhile(lambda word: not word.startswith("-"), (word for _, word in words)))
    known = 0
    while known < len(plain) and plain[known] in _next_words(plain[:known], catalogue):
        known += 1
    if known == len(plain) or "help" in plain:
        return ()
    return tuple(plain[: max(known + 1, 2)])


def _next_words(path: list[str], catalogue: ServiceCatalogue) -> list[str]:
    if not path:
        return list(catalogue.cli_services())
    depth = len(path) - 1
    below = (name.split(" ") for name in catalogue.cli_commands(path[0]))
    return list(dict.fromkeys(name[depth] for name in below if name[:depth] == path[1:] and len(name) > depth))


# ---------------------------------------------------------------- the options


@dataclass(slots=True)
class _Reading:
    known: Mapping[str, CliOption]
    problems: list[CliProblem]
    version: str
    options: dict[str, list[str]] = field(default_factory=dict)
    globals: dict[str, list[str]] = field(default_factory=dict)
    positionals: list[str] = field(default_factory=list)
    ordered: list[tuple[str, str]] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    first_positional: int | None = None
    cut: set[int] = field(default_factory=set)
    """Words before which a global option stood: awscli closes that gap, so a list would run on over it."""
    wanting: set[int] = field(default_factory=set)
    """Words that stand where an option wants its value: they may be meant as that, and are not named."""

    def take_globals(self, words: Sequence[str]) -> list[_Word]:
        """Takes the global options out, wherever they stand, as awscli does first; returns the other words."""
        rest: list[_Word] = []
        index = 0
        while index < len(words):
            name, joined, value = words[index].partition("=")
            option = self.known.get(name)
            if option is None:
                rest.append((index, words[index]))
                index += 1
                continue
            following = list(enumerate(words[index + 1 : index + 2], index + 1))
            used = self._take(option, index, value if joined else None, following, self.globals)
            if name == "--version":
                self.problems.append(_prints_version(index))
            index += 1 + used
            self.cut.add(index)
        return rest

    def take_options(self, words: list[_Word], shape: CliCommandShape) -> None:
        """Takes the command's own options and positional words, then looks at the whole."""
        position = 0
        latest: CliOption | None = None
        while position < len(words) and len(self.problems) < _MOST_PROBLEMS:
            index, word = words[position]
            position += 1
            if not word.startswith("-") or word == "-":
                position += self._take_positional(index, word, latest, _row(words, position), shape)
                continue
            name, joined, value = word.partition("=")
            option = latest = shape.options.get(name)
            if option is None:
                shown = "an unknown option" if index in self.wanting else _shown_name(name)
                self.problems.append(_unknown_option(index, name, shown, shape, self.known, self.version))
                position += len(_row(words, position))
                continue
            following = self._uncut(_row(words, position))
            position += self._take(option, index, value if joined else None, following, self.options)
        self._look_at_the_whole(shape)

    def taken_as_it_stands(
        self, path: tuple[str, ...], words: Sequence[str], tail: list[_Word]
    ) -> ParsedCli | list[CliProblem]:
        """Takes what follows an unknown command without knowing what it means, less what could be taken for more."""
        self.problems += [problem for index, word in tail for problem in _doubtful(index, word, self.known)]
        if self.problems:
            return sorted(self.problems, key=_place)
        return ParsedCli(
            path=path,
            options={},
            positionals=tuple(word for _, word in tail),
            globals={name: _given(self.known[name], words) for name, words in sorted(self.globals.items())},
            shape=CliCommandShape(path, {}, (CliPositional("words", 0, None),)),
            is_unknown=True,
        )

    def _uncut(self, words: list[_Word]) -> list[_Word]:
        for position, (index, _) in enumerate(words):
            if index in self.cut:
                return words[:position]
        return words

    def _take(
        self, option: CliOption, index: int, joined: str | None, following: list[_Word], into: dict[str, list[str]]
    ) -> int:
        """Takes one option with its words; returns how many of the following words were its own."""
        if option.name in into and option.kind != "repeat":
            self.problems.append(_given_twice(index, option))
        values, used, problem = _values(option, index, joined, following)
        if joined is None and option.kind != "flag" and (problem is not None or not values):
            self.wanting.add(index + 1 + used)
        if problem is not None:
            self.problems.append(problem)
        else:
            places = [index] * len(values) if joined is not None else [at for at, _ in following[:used]]
            self.problems += [
                bad for at, value in zip(places, values, strict=True) for bad in _unfit(at, value, option)
            ]
        into.setdefault(option.name, []).extend(values)
        self.places.setdefault(option.name, index)
        if option.order is not None:
            self.ordered += [(option.name, value) for value in values]
        return used

    def _take_positional(
        self, index: int, word: str, latest: CliOption | None, following: list[_Word], shape: CliCommandShape
    ) -> int:
        """Takes a row of words without a name; returns how many more than the first it had."""
        more = len(following)
        if latest is not None and index in self.cut and latest.kind in ("list", "optional-value"):
            self.problems.append(_torn_list(index, latest))
        elif latest is not None and latest.kind == "flag" and not shape.positionals:
            self.problems.append(_flag_with_word(index, latest))
        elif self.first_positional is not None:
            self.problems.append(_scattered(index))
        else:
            self.first_positional = index
            self.positionals += [word, *(other for _, other in following)]
        return more

    def _look_at_the_whole(self, shape: CliCommandShape) -> None:
        self.problems += _wrong_count(self.positionals, self.first_positional, shape)
        self.problems += self._contradictions(shape)
        if not self._is_template():
            self.problems += [
                _required(option, shape)
                for option in shape.options.values()
                if option.required and option.name not in self.options
            ]

    def _is_template(self) -> bool:
        """Whether awscli asks for no required options, since they come from elsewhere or nothing is called."""
        skeleton = self.options.get("--generate-cli-skeleton")
        return "--cli-input-json" in self.options or (skeleton is not None and skeleton != ["output"])

    def _contradictions(self, shape: CliCommandShape) -> Iterator[CliProblem]:
        owner: dict[str, str] = {}
        seen: set[str] = set()
        for name in self.options:
            option = shape.options[name]
            if option.partner in seen:
                yield _contradiction(self.places[name], str(option.partner), name)
            elif option.member is not None and option.origin == "model" and option.partner not in self.options:
                first = owner.setdefault(option.member, name)
                if first != name:
                    yield _contradiction(self.places[name], first, name)
            seen.add(name)


def _values(
    option: CliOption, index: int, joined: str | None, following: list[_Word]
) -> tuple[list[str], int, CliProblem | None]:
    """The option's words, how many of them followed it, and what is wrong with that."""
    plain = [word for _, word in _row(following, 0)]
    if option.kind == "flag":
        return [], 0, None if joined is None else _flag_with_value(index, option)
    if joined is not None:
        wanted = option.least if option.kind == "repeat" else 1
        return [joined], 0, None if wanted == 1 else _value_missing(index, option)
    match option.kind:
        case "list":
            taken = plain
        case "optional-value":
            return plain[:1], len(plain[:1]), None
        case _:
            taken = plain[: option.least]
    enough = len(taken) >= max(option.least, 1)
    return taken, len(taken), None if enough else _value_missing(index, option)


def _row(words: list[_Word], start: int) -> list[_Word]:
    """The words from `start` on that awscli takes for values, whatever its Python: no dash, `-`, or a number."""
    end = start
    while end < len(words) and _is_plain(words[end][1]):
        end += 1
    return words[start:end]


def _is_plain(word: str) -> bool:
    return not word.startswith("-") or word == "-" or _NEGATIVE.fullmatch(word) is not None


def _given(option: CliOption, words: list[str]) -> Given:
    return True if option.kind == "flag" else tuple(words)


_NEGATIVE = re.compile(r"-\d+|-\d*\.\d+", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_ELSEWHERE = ("file://", "fileb://", "http://", "https://")
_LONGEST = 131_071  # bytes in one argument, Linux's MAX_ARG_STRLEN less its end


def _unfit(index: int, value: str, option: CliOption) -> Iterator[CliProblem]:
    """What is wrong with a value in itself, as far as awscli's own parser looks."""
    if option.choices and value not in option.choices:
        yield _not_a_choice(index, option, value)
    reads_elsewhere = not (option.literal or option.converted_early) and value.startswith(_ELSEWHERE)
    if option.kind not in ("value", "optional-value") or reads_elsewhere:
        return
    if option.type in ("integer", "long") and not _INTEGER.fullmatch(value):
        yield _not_a_number(index, option, "an integer")
    if option.type in ("float", "double") and not _NUMBER.fullmatch(value):
        yield _not_a_number(index, option, "a number")


def _unsayable(index: int, word: str) -> Iterator[CliProblem]:
    if "\0" in word or any("\ud800" <= character <= "\udfff" for character in word):
        found = "a character that no argument of a process can hold"
        yield CliProblem(index, "Word cannot be handed to a process", found, "text without NUL", "Remove the character")
    elif len(word.encode()) > _LONGEST:
        remedy = "Put the value into a file and name it with `file://`"
        yield CliProblem(index, "Word is too long", f"{len(word.encode())} bytes", f"at most {_LONGEST} bytes", remedy)


def _doubtful(index: int, word: str, known: Mapping[str, CliOption]) -> Iterator[CliProblem]:
    """What could mean something else among the words of an unknown command; `aws` looks for global options there."""
    name, joined, value = word.partition("=")
    if name.startswith("--"):
        if any(option != name and option.startswith(name) for option in (*known, *ONLY_OPTIONS)):
            expected = "names that no global option begins with"
            yield CliProblem(index, "Option would be taken for a global one", _shown_name(word), expected, "Remove it")
        if name in ONLY_OPTIONS:
            yield _of_version_2(index, name)
    if (value if joined and name.startswith("--") else word).startswith(("file://", "fileb://")) or "@=" in word:
        message = "Values from files are not taken by commands that are not known"
        yield CliProblem(index, message, "a file", "the value itself", "Write the value itself")


def _wrong_count(words: list[str], first: int | None, shape: CliCommandShape) -> Iterator[CliProblem]:
    least = sum(positional.least for positional in shape.positionals)
    most = sum(len(words) if positional.most is None else positional.most for positional in shape.positionals)
    names = " ".join(f"`{positional.name}`" for positional in shape.positionals)
    command = _spoken(shape.path)
    if len(words) > most and not shape.positionals:
        found = "a word without an option"
        remedy = "Put the option's name before it, or remove it"
        yield CliProblem(first, f"Command {command} takes no words of its own", found, "an option", remedy)
    elif not least <= len(words) <= most:
        wanted = f"{least}" if least == most else f"{least} to {most}"
        message = f"Command {command} takes {wanted} words of its own ({names})"
        yield CliProblem(first, message, f"{len(words)}", wanted, f"Write them right after {command}")


# ---------------------------------------------------------------- reasons


def _place(problem: CliProblem) -> tuple[bool, int]:
    return problem.index is None, problem.index or 0


def _spoken(path: Sequence[str]) -> str:
    return f"`aws {' '.join(path)}`" if path else "`aws`"


def _did_you_mean(name: str | None, otherwise: str) -> str:
    return f"Did you mean `{name}`?" if name is not None else otherwise


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_MOST_LISTED])
    return shown + (f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else "")


def _command_of(path: Sequence[str], names: Sequence[str], catalogue: ServiceCatalogue) -> str:
    """What may follow `path`: listed where that is short."""
    if not path:
        return f"one of the {len(names)} services of {catalogue.version}"
    return f"one of {_some(names)}" if len(names) <= _MOST_LISTED else f"one of its {len(names)} commands"


def _shown_name(word: str) -> str:
    """The name that a word gives, safe and short; what stands behind `=` is a value."""
    name = safe_line(word.partition("=")[0])
    return f"`{name[:_LONGEST_NAME]}...`" if len(name) > _LONGEST_NAME else f"`{name}`"


_LONGEST_NAME = 60  # characters
_MOST_LISTED = 12
_MOST_PROBLEMS = 100  # a plan of nothing but mistakes must not cost minutes


def _unknown_command(index: int, word: str, path: list[str], catalogue: ServiceCatalogue) -> CliProblem:
    names = _next_words(path, catalogue)
    if word == "help":
        remedy = "Remove `help`; its pages open a pager"
        return CliProblem(index, "Help cannot be part of a plan", "`help`", f"a command of {_spoken(path)}", remedy)
    for length in range(1, len(path) + 2):
        if why := ONLY_COMMANDS.get((*path, word)[:length]):
            named = _spoken((*path, word)[:length])
            message = f"{named} is refused: it exists in version 2 of `aws` only; {why}"
            return CliProblem(index, message, _shown_name(word), "a command of both versions", "Leave this command out")
    message = f"{_spoken(path)} has no such command" if path else "Service is not known to `aws`"
    remedy = _did_you_mean(nearest_name(word, names), "Correct the name")
    return CliProblem(index, message, _shown_name(word), _command_of(path, names, catalogue), remedy)


def _command_missing(path: list[str], catalogue: ServiceCatalogue) -> CliProblem:
    expected = _command_of(path, _next_words(path, catalogue), catalogue)
    return CliProblem(None, f"{_spoken(path)} needs a command", "nothing", expected, "Write service and command first")


def _option_too_early(index: int, shown: str, path: list[str]) -> CliProblem:
    expected = "a command" if path else "a service"
    message = "Option stands before the command that it belongs to"
    remedy = "Write service and command first, or correct the name"
    return CliProblem(index, message, shown, expected, remedy)


def _unknown_option(
    index: int, name: str, shown: str, shape: CliCommandShape, known: Mapping[str, CliOption], version: str
) -> CliProblem:
    command = _spoken(shape.path)
    names = [*(option.name for option in shape.options.values() if not option.hidden), *known]
    if name in ONLY_OPTIONS:
        return _of_version_2(index, name)
    if name in shape.unreachable:
        message = f"Option cannot be reached in {command}, since `aws` takes the name for a global option"
        return CliProblem(index, message, f"`{name}`", "another option", "Pass the member with `--cli-input-json`")
    if not name.startswith("--") or name == "--":
        remedy = "Write a value that begins with `-` as `--option=VALUE`"
        return CliProblem(index, "Word begins with a dash but names no option", "a dash", "`--` and a name", remedy)
    whole = [option for option in names if option.startswith(name)]
    if whole:
        remedy = f"Write {' or '.join(f'`{option}`' for option in whole[:3])}"
        return CliProblem(index, "Option is abbreviated", shown, "the full name", remedy)
    remedy = _did_you_mean(nearest_name(name, names), "Remove it or correct its name")
    return CliProblem(index, f"{command} has no such option", shown, f"one of its options in {version}", remedy)


def _of_version_2(index: int, name: str) -> CliProblem:
    message = f"Option `{name}` is refused: it exists in version 2 of `aws` only; {ONLY_OPTIONS[name]}"
    return CliProblem(index, message, f"`{name}`", "options of both versions", f"Remove `{name}`")


def _given_twice(index: int, option: CliOption) -> CliProblem:
    message = f"Option `{option.name}` is given more than once"
    return CliProblem(index, message, "the option again", "each option once", "Keep one of them")


def _value_missing(index: int, option: CliOption) -> CliProblem:
    found = f"`{option.name}` without its value"
    if option.kind == "list":
        remedy = f"Add its values; an empty list is `{option.name} []`"
    else:
        remedy = f"Add its value; one that begins with `-` is written `{option.name}=VALUE`"
    words = "one word or more" if option.kind == "list" else f"{option.least} word{'s' * (option.least > 1)}"
    return CliProblem(index, f"Option `{option.name}` has no value", found, words, remedy)


def _flag_with_value(index: int, option: CliOption) -> CliProblem:
    opposite = f", or `{option.partner}` for the opposite" if option.partner else ""
    message = f"Flag `{option.name}` takes no value"
    return CliProblem(index, message, "`=` and a value", "the bare flag", f"Write `{option.name}`{opposite}")


def _flag_with_word(index: int, option: CliOption) -> CliProblem:
    opposite = f", or `{option.partner}` for the opposite" if option.partner else ""
    message = f"Flag `{option.name}` takes no value"
    return CliProblem(index, message, "a word after it", "the bare flag", f"Write `{option.name}`{opposite}")


def _torn_list(index: int, option: CliOption) -> CliProblem:
    message = f"Values of `{option.name}` are torn apart by a global option"
    remedy = "Move the global option to the end"
    return CliProblem(index, message, "a word after a global option", "values in a row", remedy)


def _scattered(index: int) -> CliProblem:
    message = "Words without an option must stand together"
    return CliProblem(index, message, "a second group of words", "one group", "Write them right after the command")


def _required(option: CliOption, shape: CliCommandShape) -> CliProblem:
    message = f"Option `{option.name}` is required by {_spoken(shape.path)}"
    return CliProblem(None, message, "nothing", f"a value of type {option.type}", f"Add `{option.name}`")


def _contradiction(index: int, one: str, other: str) -> CliProblem:
    message = f"Options `{one}` and `{other}` contradict each other"
    return CliProblem(index, message, "both", "at most one of them", "Keep one of them")


def _not_a_choice(index: int, option: CliOption, value: str) -> CliProblem:
    remedy = _did_you_mean(nearest_name(value, option.choices), "Use one of them")
    message = f"Option `{option.name}` does not take this value"
    return CliProblem(index, message, "an unknown value", f"one of {_some(option.choices)}", remedy)


def _not_a_number(index: int, option: CliOption, expected: str) -> CliProblem:
    return CliProblem(index, f"Option `{option.name}` takes {expected}", "other text", expected, "Write digits")


def _prints_version(index: int) -> CliProblem:
    message = "Option `--version` would end `aws` before the command"
    return CliProblem(index, message, "`--version`", "options of the command", "Remove it")
