"""Questions to put before a write, and the picture that their answers give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cloudops_tui.model.result import DryRunNo
from cloudops_tui.policy.before.values import at, byte_size, changed, each, same, shown, text_at, texts_at
from cloudops_tui.policy.safe_text import safe_line

Asked = Mapping[str, Any]
"""Parameters of a write, by botocore's member names."""


@dataclass(frozen=True, slots=True)
class Read:
    """One question. It changes nothing."""

    call: str
    """`service.Operation`, in botocore's names."""
    parameters: Mapping[str, Any]
    absent: tuple[str, ...] = ()
    """Error codes that say that there is no such thing; with words after a colon, only where the message has them."""

    @property
    def service(self) -> str:
        return self.call.partition(".")[0]

    @property
    def operation(self) -> str:
        return self.call.partition(".")[2]

    def says_absent(self, code: str, message: str) -> bool:
        """An error means that the thing is not there."""
        for known in self.absent:
            wanted, _, words = known.partition(":")
            if code == wanted and words.strip() in message:
                return True
        return False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a read: a body, the news that there is nothing, or no answer."""

    body: Mapping[str, Any] | None = None
    unread: str = ""
    """Why nothing is known, in words."""
    said: str = ""
    """The words with which a service says that there is no such thing."""
    code: str = ""
    """The error code with which it did not answer."""

    @property
    def known(self) -> bool:
        """Somebody answered."""
        return not self.unread

    @property
    def absent(self) -> bool:
        """The answer is that there is no such thing."""
        return self.known and self.body is None

    @property
    def there(self) -> Mapping[str, Any]:
        """The body, empty where there is none."""
        return self.body or {}


@dataclass(frozen=True, slots=True)
class No:
    """Why it would not work as things are."""

    why: DryRunNo
    text: str


def different(text: str) -> No:
    """What is there does not allow it."""
    return No(DryRunNo.DIFFERENT, text)


def absent(text: str) -> No:
    """What it acts on is not there."""
    return No(DryRunNo.ABSENT, text)


@dataclass(frozen=True, slots=True)
class Picture:
    """What is there, what would come of it, and why it would not work."""

    found: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    nos: tuple[No, ...] = ()
    unread: tuple[str, ...] = ()
    """Why parts of it are not known."""

    def __add__(self, other: Picture) -> Picture:
        return Picture(
            self.found + other.found,
            self.changes + other.changes,
            self.warnings + other.warnings,
            self.nos + other.nos,
            self.unread + other.unread,
        )


def gathered(parts: Iterable[str | No | Picture], found: Iterable[str] = ()) -> Picture:
    """One picture of its parts; a text is a warning."""
    whole = Picture(found=tuple(found))
    for part in parts:
        match part:
            case Picture():
                whole += part
            case No():
                whole += Picture(nos=(part,))
            case text:
                whole += Picture(warnings=(text,))
    return whole


@dataclass(frozen=True, slots=True)
class BeforeRead:
    """How one write is looked at before it is made."""

    reads: Callable[[Asked], Sequence[Read]]
    """What to ask; nothing where the parameters do not say what it is about."""
    picture: Callable[[Asked, Sequence[Answer]], Picture]
    """What the answers mean, in the order of the questions."""
    then: Callable[[Asked, Sequence[Answer]], Sequence[Read]] = field(default=lambda _asked, _answers: ())
    """What to ask once these answers are there, again and again; nothing when all is known."""
    derived: Callable[[Asked], Mapping[str, Any]] = field(default=lambda _asked: {})
    """What the picture may know of values that are hidden from it, such as a digest."""
    native: bool = False
    """The answer is the service's own list of what it would do."""
    thing: Thing | None = None
    """What it is about, where one read tells everything."""
    compares: Compare = ()


def some_missing(missing: Sequence[str], *, any_there: bool) -> Picture:
    """For operations that pass over what is not there: only where all of it is missing, the answer is no."""
    if any_there:
        return Picture(warnings=tuple(missing))
    return Picture(nos=tuple(map(absent, missing)))


# ---------------------------------------------------------------- one kind of thing


@dataclass(frozen=True, slots=True)
class Effect:
    """What a write needs to be there, and what it does to it."""

    needs: bool | None
    """True: it must be there. False: it must not. None: either way."""
    words: str = ""
    """What would become of it: `would be deleted`."""
    nothing: str = "nothing to change"
    """What is left to do where it is absent but needed."""


CHANGES = Effect(True)
DELETES = Effect(True, "would be deleted", "nothing to delete")
SETS = Effect(None)
CREATES = Effect(False)


def becomes(words: str, nothing: str = "nothing to act on") -> Effect:
    """It must be there, and this would become of it."""
    return Effect(True, words, nothing)


Check = Callable[[Asked, Mapping[str, Any]], Iterator[str | No]]
"""Looks at what is asked and what is there: warnings, and reasons why it would not work."""

Compare = Mapping[str, str] | Sequence[str] | Callable[[Asked, Mapping[str, Any]], Iterator[str]]
"""Places in the parameters, each with its place in the answer; as a list: the same place in both. Or the lines."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One kind of thing, and how it is read by name."""

    noun: str
    call: str
    name: str
    """Where the write's parameters name it; several names in a list are several things."""
    ask: str
    """The member of the read that takes the name. `Names[]`: a list of names. `Filters:NAME`: a filter of EC2."""
    at: str = ""
    """Where it is in the answer; empty: the answer is the thing."""
    key: str = ""
    """The member that must hold the name, where the answer may have others as well."""
    absent: tuple[str, ...] = ()
    also: Mapping[str, str] = field(default_factory=dict)
    """Other members of the read, taken from the write's parameters where they are given."""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Other members of the read, always the same."""
    facts: tuple[str, ...] = ()
    """What is told of it, each `label=path` or `label=path|how`; how: `bytes`, `count`, `set`, `tag`, or a unit."""
    folded: bool = False
    """Names in another case are the same."""
    by_arn: bool = False
    """Named by its ARN, of which the last part says enough."""

    def reads(self, asked: Asked) -> tuple[Read, ...]:
        """The question, about the first names that it takes."""
        return self.all_reads(asked)[:1]

    def all_reads(self, asked: Asked) -> tuple[Read, ...]:
        """As many questions as it takes, each about the next `MOST_NAMES` names."""
        return tuple(self._read(asked, names) for names in batches(texts_at(asked, self.name)))

    def _read(self, asked: Asked, names: Sequence[str]) -> Read:
        also = {member: at(asked, path) for member, path in self.also.items() if at(asked, path) is not None}
        member, _, filtered = self.ask.partition(":")
        named: dict[str, Any]
        if filtered:
            named = {member: [{"Name": filtered, "Values": list(names)}]}
        elif member.endswith("[]"):
            named = {member[:-2]: list(names)}
        else:
            named = {member: names[0]}
        return Read(self.call, {**named, **also, **self.fixed}, self.absent)

    def among(self, answer: Answer, names: Sequence[str]) -> dict[str, Mapping[str, Any] | None]:
        """The things that were asked for, by name; None where one is not there."""
        items = [one for one in each(answer.there, self.at) if isinstance(one, Mapping)]
        if answer.absent:
            items = []
        if not self.key:
            return dict.fromkeys(names[:1], items[0] if items else None)
        by_key = {self._same_name(text_at(one, self.key) or ""): one for one in items}
        return {name: by_key.get(self._same_name(name)) for name in names[:MOST_NAMES]}

    def told(self, name: str, item: Mapping[str, Any]) -> str:
        """The thing in a line."""
        facts = ", ".join(filter(None, (_fact(item, each_fact) for each_fact in self.facts)))
        return f"{self.called(name)}{': ' if facts else ''}{facts}"

    def called(self, name: str) -> str:
        """What it is called: `listener app/web/1/2`."""
        short = name.split(":", 5)[-1].partition("/")[2] if self.by_arn and name.startswith("arn:") else name
        return f"{self.noun} {safe_line(short)}"

    def _same_name(self, name: str) -> str:
        return name.casefold() if self.folded else name


MOST_NAMES = 200  # things that are looked at, which is also what a filter of EC2 takes


def batches(names: Sequence[str]) -> tuple[Sequence[str], ...]:
    """The names in groups that one question takes."""
    return tuple(names[place : place + MOST_NAMES] for place in range(0, len(names), MOST_NAMES))


def _fact(item: Mapping[str, Any], spec: str) -> str:
    label, _, rest = spec.partition("=")
    path, _, how = rest.partition("|")
    match how:
        case "count":
            value = f"{len(each(item, path)):,}"
        case "bytes":
            value = "" if at(item, path) is None else byte_size(at(item, path))
        case "set":
            value = "yes" if at(item, path) else ""
        case "tag":
            value = next((shown(at(one, "Value")) for one in each(item, "Tags[]") if at(one, "Key") == path), "")
        case unit:
            value = "" if at(item, path) is None else f"{shown(at(item, path))} {unit}".strip()
    if not value:
        return ""
    return f"{label} {value}" if label else value


def writes(
    thing: Thing,
    effect: Effect,
    compare: Compare = (),
    *checks: Check,
    derived: Callable[[Asked], Mapping[str, Any]] = lambda _asked: {},
) -> BeforeRead:
    """A write to things of one kind, of which one read tells everything."""

    def picture(asked: Asked, answers: Sequence[Answer]) -> Picture:
        return pictured(thing, effect, asked, answers[0], compare, checks)

    return BeforeRead(thing.reads, picture, derived=derived, thing=thing, compares=compare)


def pictured(
    thing: Thing, effect: Effect, asked: Asked, answer: Answer, compare: Compare = (), checks: Sequence[Check] = ()
) -> Picture:
    """What one answer says of the things that a write names."""
    if not answer.known:
        return Picture(unread=(answer.unread,))
    names = texts_at(asked, thing.name)
    many = len(names) > 1
    whole = Picture()
    for name, item in thing.among(answer, names).items():
        whole += _of_one(thing, effect, asked, name, item, compare, checks, many=many)
    if len(names) > MOST_NAMES and thing.key:
        whole += Picture(warnings=(f"{len(names) - MOST_NAMES} more were not looked at",))
    return whole


def _of_one(
    thing: Thing,
    effect: Effect,
    asked: Asked,
    name: str,
    item: Mapping[str, Any] | None,
    compare: Compare,
    checks: Sequence[Check],
    *,
    many: bool,
) -> Picture:
    called = thing.called(name)
    before = f"{safe_line(name)}: " if many else ""
    if item is None:
        if effect.needs:
            return Picture(nos=(absent(f"{called} is absent: {effect.nothing}"),))
        return Picture(found=(f"{called} is absent",), changes=(f"{before}absent: would be created",))
    found = (thing.told(name, item),)
    if effect.needs is False:
        return Picture(found, nos=(different(f"{called} exists already"),))
    lines = [f"{before}{line}" for line in compared(asked, item, compare)]
    if effect.words:
        lines.append(f"{before or called + ': '}{effect.words}")
    parts = [part for check in checks for part in check(asked, item)]
    if _asks_for_the_same(asked, compare) and not lines and not any(isinstance(one, No) for one in parts):
        parts.append(f"{'it' if many else called} is so already: nothing would change")
    marked = [No(one.why, f"{called}: {one.text}") if isinstance(one, No) else f"{before}{one}" for one in parts]
    return Picture(found=found, changes=tuple(lines)) + gathered(marked)


def compared(asked: Asked, item: Mapping[str, Any], compare: Compare) -> Iterator[str]:
    """`name  now -> asked` for everything that is asked and differs."""
    if callable(compare):
        yield from compare(asked, item)
        return
    for wanted, held in _pairs(compare):
        value = at(asked, wanted)
        if value is not None:
            now = each(item, held) if "[]" in held else at(item, held)
            yield from changed(wanted, now, value)


def _asks_for_the_same(asked: Asked, compare: Compare) -> bool:
    if callable(compare):
        return True
    return any(at(asked, wanted) is not None for wanted, _ in _pairs(compare))


def _pairs(compare: Compare) -> list[tuple[str, str]]:
    if callable(compare):
        return []
    return list(compare.items()) if isinstance(compare, Mapping) else [(one, one) for one in compare]


# ---------------------------------------------------------------- checks


def refuses(path: str, value: Any, text: str) -> Check:
    """What is there has this value, and so it would be refused."""

    def check(_: Asked, item: Mapping[str, Any]) -> Iterator[str | No]:
        if same(at(item, path), value):
            yield different(text)

    return check


def needs_state(path: str, *states: str) -> Check:
    """It is refused in any other state."""

    def check(_: Asked, item: Mapping[str, Any]) -> Iterator[str | No]:
        state = text_at(item, path)
        if state is not None and state not in states:
            yield different(f"it is {safe_line(state)}, and has to be {' or '.join(states)}")

    return check


def warns(path: str, value: Any, text: str) -> Check:
    """A warning where what is there has this value."""

    def check(_: Asked, item: Mapping[str, Any]) -> Iterator[str | No]:
        if same(at(item, path), value):
            yield text

    return check


def says(path: str, value: Any, text: str) -> Check:
    """A warning where what is asked has this value; None: where it is left out."""

    def check(asked: Asked, _: Mapping[str, Any]) -> Iterator[str | No]:
        if same(at(asked, path), value):
            yield text

    return check


def counts(path: str, noun: str, text: str) -> Check:
    """A reason why not, where there is at least one of these: `3 instances` and the text."""

    def check(_: Asked, item: Mapping[str, Any]) -> Iterator[str | No]:
        number = len(each(item, path))
        if number:
            yield different(f"{number:,} {noun if number == 1 else noun + 's'} {text}")

    return check
