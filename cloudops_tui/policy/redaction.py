"""Takes secrets out of what passes by: values that are known, and text that looks like a secret.

Stands alone. The runner, which cannot import the package and starts within milliseconds, runs this very file: nothing
but the standard library, and `re` only once something suspicious was seen.

Both stages give the same whatever the cuts between the pieces are, hold back only what may still become a secret, and
keep a bounded number of bytes. What they take out is replaced by `<redacted>`.
"""

from __future__ import annotations

TYPE_CHECKING = False  # spelled out, for `typing` costs the runner 5 ms at every start
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TypeAlias

    Contains: TypeAlias = Callable[[bytes, bytes], bool]

REDACTED = b"<redacted>"
SHORTEST = 6  # bytes of a value that is looked for; shorter ones would blank out ordinary text
SHORTEST_LINE = 16  # bytes of a line of a value of several lines that is looked for by itself
HARMLESS = 2  # bytes that may be shown though a known value begins with them, when nothing follows for a while


class Redaction:
    """One stream on its way: known values first, then what looks like a secret."""

    def __init__(
        self, known: Iterable[bytes] = (), members: Iterable[str] = (), contains: Contains = bytes.__contains__
    ) -> None:
        """`known` are the exact bytes to look for; `forms` makes them from a value. What `members` of an answer hold
        is taken out whatever it looks like. `contains` says whether the first holds the second: whoever has a faster
        way than `in` hands it over."""
        self._known = KnownValues(known, contains)
        self._looks = Lookalikes(members, contains)

    def feed(self, data: bytes) -> bytes:
        """What may be shown, now that `data` has come."""
        return self._looks.feed(self._known.feed(data))

    def idle(self) -> bytes:
        """What may be shown as nothing has come for a while: the question before an answer, for example."""
        return self._looks.feed(self._known.idle()) + self._looks.idle()

    def close(self) -> bytes:
        """What is left when the stream ends."""
        return self._looks.feed(self._known.close()) + self._looks.close()

    @property
    def is_holding(self) -> bool:
        """Something has come that was not shown yet."""
        return self._known.is_holding or self._looks.is_holding


def redacted(data: bytes, known: Iterable[bytes] = ()) -> bytes:
    """The whole of a text without its secrets."""
    stream = Redaction(known)
    return stream.feed(data) + stream.close()


def without_secrets(text: str, known: Iterable[bytes] = ()) -> str:
    """As `redacted`, for a text; lone surrogates pass as they are."""
    return redacted(text.encode("utf-8", "surrogatepass"), known).decode("utf-8", "surrogatepass")


def forms(value: bytes) -> tuple[bytes, ...]:
    """A secret value as it may come back: itself, in base64 at any place of a longer text, for an address, in JSON,
    in hexadecimal; of several lines also each long line. Empty for a value too short to be looked for."""
    found: dict[bytes, None] = {}
    stripped = value.strip()
    lines = [line.strip() for line in stripped.splitlines()]
    parts = [value, stripped, *(line for line in lines[1:] + lines[:1] if len(line) >= SHORTEST_LINE)]
    for part in parts:
        if len(part) >= SHORTEST and not part.startswith(b"-----"):
            found.update(dict.fromkeys(_spelled(part)))
    return tuple(one for one in found if len(one) >= SHORTEST)


def all_forms(values: Iterable[bytes]) -> tuple[bytes, ...]:
    """The forms of every value, each once."""
    return tuple(dict.fromkeys(form for value in values for form in forms(value)))


def _spelled(value: bytes) -> Iterator[bytes]:
    yield value
    for text in _in_base64(value):
        yield text
        yield text.replace(b"+", b"-").replace(b"/", b"_")
    for kept in (_UNRESERVED, _UNRESERVED + b"/", _UNRESERVED + b"!*'()"):
        percent = _percent(value, kept)
        yield percent
        yield percent.replace(b"%20", b"+")
        yield _small_escapes(percent)
    for escaped in (_in_json(value), _in_json(value, ascii_only=True)):
        yield escaped
        yield escaped.replace(b"/", b"\\/")
        yield _in_json(escaped)
        for unsafe in _UNSAFE:
            for spelling in (b"\\u%04x", b"\\u%04X"):
                safe = _safe_for_html(escaped, unsafe, spelling)
                yield safe
                yield _in_json(safe)
    for entities in _ENTITIES:
        yield _with_entities(value, entities)
    yield value.hex().encode()
    yield value.hex().upper().encode()


def _in_base64(value: bytes) -> Iterator[bytes]:
    """Whole, and the part that does not depend on its neighbours where it stands 0, 1 or 2 bytes into a group."""
    from binascii import b2a_base64

    yield b2a_base64(value, newline=False)
    for before, spoiled in ((0, 0), (1, 2), (2, 3)):
        whole = (before + len(value)) * 8 // 6
        yield b2a_base64(b"\0" * before + value, newline=False)[spoiled:whole]


_UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"  # RFC 3986, 2.3


def _percent(value: bytes, kept: bytes) -> bytes:
    return b"".join(bytes((one,)) if one in kept else b"%%%02X" % one for one in value)


def _small_escapes(percent: bytes) -> bytes:
    first, *others = percent.split(b"%")
    return b"%".join([first, *(other[:2].lower() + other[2:] for other in others)])


_UNSAFE = (b"&<>", b"&<>'", b"&<>'=", b"&<>'+`")
"""What encoders that write JSON for HTML escape: Go's `encoding/json`, Ruby on Rails and PHP; Gson; .NET."""
_ENTITIES = (
    {b"<": b"&lt;", b">": b"&gt;"},
    {b"<": b"&lt;", b">": b"&gt;", b'"': b"&quot;"},
    {b"<": b"&lt;", b">": b"&gt;", b'"': b"&quot;", b"'": b"&#39;"},
    {b"<": b"&lt;", b">": b"&gt;", b'"': b"&quot;", b"'": b"&#x27;"},
    {b"<": b"&lt;", b">": b"&gt;", b'"': b"&#34;", b"'": b"&#39;"},
    {b"<": b"&lt;", b">": b"&gt;", b'"': b"&quot;", b"'": b"&apos;"},
)
"""As the usual libraries write them in XML and HTML, besides `&amp;`."""


def _safe_for_html(escaped: bytes, unsafe: bytes, spelling: bytes) -> bytes:
    return b"".join(spelling % one if one in unsafe else bytes((one,)) for one in escaped)


def _with_entities(value: bytes, entities: dict[bytes, bytes]) -> bytes:
    value = value.replace(b"&", b"&amp;")
    for one, entity in entities.items():
        value = value.replace(one, entity)
    return value


_SHORT_ESCAPES = {8: b"\\b", 9: b"\\t", 10: b"\\n", 12: b"\\f", 13: b"\\r", 34: b'\\"', 92: b"\\\\"}  # RFC 8259, 7


def _in_json(value: bytes, *, ascii_only: bool = False) -> bytes:
    if ascii_only:
        text = value.decode("utf-8", "surrogateescape").encode("utf-16-be", "surrogatepass")
        units = [int.from_bytes(text[place : place + 2], "big") for place in range(0, len(text), 2)]
        return b"".join(_json_unit(unit) for unit in units)
    return b"".join(_json_unit(one) if one < 128 else bytes((one,)) for one in value)


def _json_unit(unit: int) -> bytes:
    if unit in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[unit]
    return b"\\u%04x" % unit if unit < 32 or unit > 126 else bytes((unit,))


# ---------------------------------------------------------------- looking

_BY_FREQUENCY = b" etaoinsrhldcumfpgwybvkxjqz0123456789\"':,.-/_=ETAOINSRHLDCUMFPGWYBVK{}[]()XJQZ"


class Block:
    """Bytes in which several things are looked for; it remembers which single bytes are there."""

    def __init__(self, data: bytes, contains: Contains) -> None:
        self.data, self.contains = data, contains
        self._known: dict[bytes, bool] = {}

    def has(self, one: bytes) -> bool:
        found = self._known.get(one)
        if found is None:
            found = self._known[one] = one in self.data
        return found


class Needle:
    """Bytes to look for. To look for one byte is forty times as fast as for several, so the two that are rarest in
    logs and answers are looked for first."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        by_rarity = sorted(set(text), key=lambda one: -1 if one not in _BY_FREQUENCY else -_BY_FREQUENCY.index(one) - 2)
        self._rarest = bytes(by_rarity[:1])
        self._next_rarest = bytes(by_rarity[1:2])

    def is_in(self, block: Block) -> bool:
        return block.has(self._rarest) and block.has(self._next_rarest) and block.contains(block.data, self.text)

    def places(self, data: bytes, start: int = 0) -> Iterator[int]:
        """Where it stands from `start` on; occurrences may overlap."""
        at = data.find(self.text, start)
        while at >= 0:
            yield at
            at = data.find(self.text, at + 1)

    def overhang(self, data: bytes) -> int:
        """How many bytes at the end of `data` may be the beginning of it."""
        text, beginning = self.text, self.text[:3]
        at = -1
        if data[-3:] in text:
            at = data.find(beginning, max(0, len(data) - len(text) + 1))
        while at >= 0:
            if text.startswith(data[at:]):
                return len(data) - at
            at = data.find(beginning, at + 1)
        return next((length for length in (2, 1) if length < len(text) and data.endswith(text[:length])), 0)


# ---------------------------------------------------------------- known values


class KnownValues:
    """Replaces every known value, wherever the pieces are cut.

    Occurrences that overlap count as one. What may be the beginning of a value is held back, never more than the
    longest value less one byte.
    """

    def __init__(self, values: Iterable[bytes], contains: Contains = bytes.__contains__) -> None:
        self._values = [Needle(value) for value in sorted({value for value in values if value}, key=len)]
        self._contains = contains
        self._held = b""
        self._covered = 0  # leading bytes of what is held that belong to a replacement already given out
        self._shown = 0  # leading bytes of what is held that were given out as they are

    def feed(self, data: bytes) -> bytes:
        if not self._values:
            return data
        if not data:
            return b""
        self._held += data
        return self._release(self._safe_length(self._held))

    def idle(self) -> bytes:
        given = max(self._covered, self._shown)
        if len(self._held) > HARMLESS or given == len(self._held):
            return b""
        self._shown = len(self._held)
        return self._held[given:]

    def close(self) -> bytes:
        return self._release(len(self._held))

    @property
    def is_holding(self) -> bool:
        return len(self._held) > max(self._covered, self._shown)

    def _release(self, cut: int) -> bytes:
        data, out, position, covered = self._held, [], self._shown, 0
        for start, end in self._spans(data):
            goes_on = start < self._covered
            if start >= cut and not goes_on:
                break
            out.append(data[position:start])
            if not goes_on:
                out.append(REDACTED)
            position = covered = max(position, end)
        out.append(data[position:cut])
        self._held, self._covered, self._shown = data[cut:], max(0, covered - cut), max(0, self._shown - cut)
        return b"".join(out)

    def _spans(self, data: bytes) -> list[tuple[int, int]]:
        found = [(0, self._covered)] if self._covered else []
        block = Block(data, self._contains)
        for value in self._values:
            if value.is_in(block):
                found.extend((at, at + len(value.text)) for at in value.places(data))
        return _merged(found) if found else found

    def _safe_length(self, data: bytes) -> int:
        return len(data) - max(value.overhang(data) for value in self._values)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


# ---------------------------------------------------------------- what looks like a secret


class Lookalikes:
    """Replaces what looks like a secret: keys, tokens, private keys, passwords in addresses and behind their names.

    A literal is looked for first, which is fast; a regular expression judges only where one was found. A value that
    was recognised by its beginning is dropped as it comes, however long it is, so nothing of it is ever kept.
    """

    def __init__(self, members: Iterable[str] = (), contains: Contains = bytes.__contains__) -> None:
        named = tuple(map(_member, members))
        self._watch = _Watch((*named, *_TRIGGERS)) if named else _the_watch()
        self._contains = contains
        self._data = b""
        self._decided = 0  # leading bytes of the data that are only there for what stands behind them
        self._shown = 0  # leading bytes of the data that were given out
        self._running: _Run | None = None  # the value that is being dropped
        self._suspect: tuple[int, _Trigger] | None = None

    def feed(self, data: bytes) -> bytes:
        if not data:
            return b""
        self._data += data
        return self._advance(final=False)

    def idle(self) -> bytes:
        """The name in front of a value, and whatever else is harmless by itself."""
        until = len(self._data)
        if self._running is not None:
            return b""
        if self._suspect is not None:
            at, trigger = self._suspect
            until = trigger.harmless(self._data, at)
        out = self._data[max(self._decided, self._shown) : until]
        self._shown = max(self._shown, until)
        return out

    def close(self) -> bytes:
        self._data += b"\n"  # every pattern ends there at the latest
        out = self._advance(final=True)
        return out[:-1] if out.endswith(b"\n") else out  # else it was dropped with the rest of a value

    @property
    def is_holding(self) -> bool:
        return self._running is None and len(self._data) > max(self._decided, self._shown)

    def _advance(self, *, final: bool) -> bytes:
        data, cursor, out = self._data, self._decided, []
        if self._running is not None:
            cursor = self._drop(data, cursor, final=final)
        undecided = cursor if self._running is not None else len(data)
        self._suspect = None
        for at, trigger in self._watch.suspects(data, cursor, self._contains) if self._running is None else ():
            if at < cursor:
                continue
            found = trigger.judge(data, at)
            if found is not None:
                start, end, run = found
                out += [data[max(cursor, self._shown) : start], REDACTED if run is None else run.instead]
                cursor, self._running = end, run
                if run is not None:
                    cursor = self._drop(data, end, final=final)
                    if self._running is not None:
                        undecided = cursor
                        break
            elif not final and trigger.is_alive(data, at):
                undecided, self._suspect = at, (at, trigger)
                break
        else:
            if self._running is None and not final:
                undecided = max(cursor, len(data) - self._watch.beginning(data))
        out.append(data[max(cursor, self._shown) : undecided])
        kept = max(0, undecided - _LOOK_BEHIND)
        self._data, self._decided, self._shown = data[kept:], undecided - kept, max(0, self._shown - kept)
        if self._suspect is not None:
            self._suspect = (undecided - kept, self._suspect[1])
        return b"".join(out)

    def _drop(self, data: bytes, cursor: int, *, final: bool) -> int:
        """Where the value that is being dropped ends, or how far it was dropped."""
        assert self._running is not None
        cursor, over = self._running.end(data, cursor, final=final)
        if over:
            self._running = None
        return cursor


_LOOK_BEHIND = 24  # bytes
_FEW = 8  # literals that are judged one by one
_LONGEST_ESCAPE = 64  # bytes


class _Run:
    """A value that goes on as long as its bytes are of its kind."""

    instead = REDACTED

    def __init__(self, going_on: str, *, escape: bytes = b"", ends_with: str = "", longest_end: int = 0) -> None:
        self._source, self._ends_with = going_on, ends_with
        self._escape, self._longest_end = escape, longest_end

    def fresh(self) -> _Run:
        """One for a new value; those that remember nothing serve again."""
        return self

    def end(self, data: bytes, cursor: int, *, final: bool) -> tuple[int, bool]:
        """Where it ends, or how far it goes as yet; and whether it has ended."""
        reached = _compiled(self._source).match(data, cursor)
        at = cursor if reached is None else reached.end()
        if at == len(data):
            return at, final
        if self._escape and not final and len(data) - at <= _LONGEST_ESCAPE and not data[at:].strip(self._escape):
            return at, False  # what the escape stands for has not come yet
        if self._ends_with:
            last = _compiled(self._ends_with).match(data, at)
            if last is not None:
                return last.end(), True
            if not final and data[at : at + 1] == b"-" and len(data) - at < self._longest_end:
                return at, False
        return at, True


class _Trigger:
    """What a literal may be the beginning, or the name, of."""

    def __init__(
        self,
        literals: Sequence[bytes],
        head: str,
        alive: str,
        *,
        run: dict[str, _Run] | None = None,
        fold: bool = False,
        needs: bytes = b"",
        longest: int = 1024,
        harmless: str = "",
        ahead: int = 0,
        before: bool = False,
        glance: str = "",
    ) -> None:
        """`head` decides, with the group `v` (and those in `run`) for what is replaced; `alive` matches whatever may
        become a head with more data, which is at most `longest` bytes long; `ahead` more must have come. What `glance`
        does not match behind a literal is no head."""
        self.needles, self.fold = tuple(map(Needle, literals)), fold
        self._needs, self._longest = needs, longest
        self._head, self._alive, self._harmless = head, f"(?:{alive})\\Z", harmless
        self._run, self._ahead, self._before, self._glance = run or {}, ahead, before, glance

    def worth_a_look(self, data: bytes, start: int) -> int:
        """From where on: without what every head holds, only those at the end may still become one."""
        return start if self._needs in data else max(start, len(data) - self._longest)

    def places(self, needle: Needle, text: bytes, start: int) -> Iterator[int]:
        """Where the literal stands; of many only those that a glance does not rule out: a tenth of the work."""
        end = max(start, len(text) - self._longest)
        for count, at in enumerate(needle.places(text, start), 1):
            yield at
            if count == _FEW and self._glance:
                glances = _compiled(needle.text.decode() + self._glance).finditer(text, at + 1)
                yield from (found.start() for found in glances if found.start() < end)
                yield from needle.places(text, max(end, at + 1))
                return

    def judge(self, data: bytes, at: int) -> tuple[int, int, _Run | None] | None:
        if self._before and not _names_a_token(data[max(0, at - _LOOK_BEHIND) : at]):
            return None
        found = _compiled(self._head).match(data, at)
        if found is None or len(data) - found.end() < self._ahead:
            return None
        for group, run in self._run.items():
            if found.start(group) >= 0:
                return found.start(group), found.end(), run.fresh()
        return found.start("v"), found.end("v"), None

    def is_alive(self, data: bytes, at: int) -> bool:
        return len(data) - at < self._longest and _compiled(self._alive).match(data, at) is not None

    def harmless(self, data: bytes, at: int) -> int:
        known = _compiled(self._harmless).match(data, at) if self._harmless else None
        return at if known is None else known.end()


_compiled_already: dict[str, re.Pattern[bytes]] = {}


def _compiled(source: str) -> re.Pattern[bytes]:
    if source not in _compiled_already:
        import re  # 5 ms that a command which never says anything suspicious need not pay

        _compiled_already[source] = re.compile(source.encode(), re.DOTALL)
    return _compiled_already[source]


class _Watch:
    """A set of triggers, and how any of their literals may begin."""

    def __init__(self, triggers: Sequence[_Trigger]) -> None:
        self._triggers = tuple(triggers)
        self._beginnings = self._begun(fold=False)
        self._small_beginnings = self._begun(fold=True)
        every = self._beginnings | self._small_beginnings
        self._longest = max(map(len, every))
        self._last = {one[-1:] for one in every} | {one[-1:].upper() for one in self._small_beginnings}

    def suspects(self, data: bytes, start: int, contains: Contains) -> Sequence[tuple[int, _Trigger]]:
        """Where a literal stands from `start` on, in order."""
        found: list[tuple[int, int]] = []
        as_it_is, small = Block(data, contains), Block(data.lower(), contains)
        for number, trigger in enumerate(self._triggers):
            block = small if trigger.fold else as_it_is
            for needle in trigger.needles:
                if needle.is_in(block):
                    places = trigger.places(needle, block.data, trigger.worth_a_look(data, start))
                    found.extend((at, number) for at in places)
        found.sort()
        return [(at, self._triggers[number]) for at, number in found]

    def beginning(self, data: bytes) -> int:
        """How many bytes at the end may be the beginning of a literal."""
        if data[-1:] not in self._last:
            return 0
        end = data[-self._longest :]
        small = end.lower()
        for length in range(len(end), 0, -1):
            if end[-length:] in self._beginnings or small[-length:] in self._small_beginnings:
                return length
        return 0

    def _begun(self, *, fold: bool) -> set[bytes]:
        literals = [needle.text for trigger in self._triggers if trigger.fold is fold for needle in trigger.needles]
        return {literal[:length] for literal in literals for length in range(1, len(literal))}


_watches: list[_Watch] = []


def _the_watch() -> _Watch:
    if not _watches:
        _watches.append(_Watch(_TRIGGERS))
    return _watches[0]


_TOKENS = (
    b"session", b"security", b"access", b"refresh", b"auth", b"authorization", b"authentication", b"bearer", b"oauth",
    b"id", b"identity", b"jwt", b"api", b"secret", b"web", b"hec",
)  # fmt: skip
_NO_TOKENS = (
    b"next", b"page", b"pagination", b"continuation", b"client", b"request", b"idempotency", b"starting", b"start",
    b"clientrequest", b"creation", b"sequence", b"update", b"lock", b"change", b"grant", b"task", b"max", b"marker",
)  # fmt: skip


def _names_a_token(before: bytes) -> bool:
    """What stands in front of `token` makes it one that opens something, not one that turns a page."""
    if not before[-1:].isalnum() and before[-1:] not in (b"_", b"-"):
        return True
    words = before.lower()
    if before[-1:] in (b"_", b"-"):
        return not words.rstrip(b"_-").endswith(_NO_TOKENS)
    return words.endswith(_TOKENS)


_BARE = r"[^\s\"'&,;<>(){}\[\]\\|]"
_NO_ARN = r"(?!a(?:\Z|r(?:\Z|n(?:\Z|:))))"  # nor what may become one: the name of a secret is none
_STRING, _ESCAPED, _SINGLE, _WORD = (
    _Run(r'(?:[^"\\\n]|\\[^\n])*', escape=b"\\"),
    _Run(r'(?:[^"\\\n]|\\{1,64}(?=[^\\"\n])[^\\]|\\{3,64}")*', escape=b"\\"),
    _Run(r"[^'\n]*"),
    _Run(r"[^\s\"'&,;<>\\]*"),
)
_VALUE = (
    r"(?:\\{0,3}[\"'])?[ \t]{0,4}(?:=>|[=:>])[ \t]{0,4}(?:"
    rf'"{_NO_ARN}(?P<s>[^"\\\n]|\\[^\n])|'
    rf'\\{{1,3}}"{_NO_ARN}(?P<e>[^"\\\n]|(?=\\{{1,64}}[^\\"\n]|\\{{3,64}}"))|'
    rf"'{_NO_ARN}(?P<q>[^'\n])|"
    rf"(?:(?<=[=>])|(?<=[=>][ \t])){_NO_ARN}(?P<w>{_BARE})|"
    rf"{_NO_ARN}(?={_BARE}{{0,127}}[0-9])(?P<x>{_BARE}{{8}}))"
)
_VALUE_RUNS = {"s": _STRING, "e": _ESCAPED, "q": _SINGLE, "w": _WORD, "x": _WORD}
_VALUE_ALIVE = (
    r"\\{0,3}[\"']?[ \t]{0,4}"
    rf"(?:(?:=>|[=:>])[ \t]{{0,4}}(?:\\{{0,3}}[\"']?(?:a(?:rn?)?)?\\{{0,65}}|{_BARE}{{0,128}}))?"
)
_VALUE_MEMBER = r"(?i:parameter)?(?i:value)"
_TAIL = r"(?:[_-](?!(?i:arn|age|expir|file|id|len|max|min|name|path|policy|rotat))[A-Za-z0-9]{1,16}){0,2}"
_PAIR = (
    r"(?:"
    rf'\\{{0,3}}"[ \t]{{0,4}},(?:\s|\\{{1,3}}[nrt]){{0,60}}'
    rf'\\{{0,3}}"{_VALUE_MEMBER}\\{{0,3}}"[ \t]{{0,4}}:[ \t]{{0,4}}(?:'
    rf'"{_NO_ARN}(?P<ps>[^"\\\n]|\\[^\n])|'
    rf'\\{{1,3}}"{_NO_ARN}(?P<pe>[^"\\\n]|(?=\\{{1,64}}[^\\"\n]|\\{{3,64}}")))|'
    rf"[\"']?\r?\n[ \t]{{1,60}}{_VALUE_MEMBER}: (?:"
    rf"'{_NO_ARN}(?P<pq>[^'\n])|\"{_NO_ARN}(?P<py>[^\"\\\n]|\\[^\n])|{_NO_ARN}(?P<pl>[^\s\"'{{\[])))"
)
"""What stands behind a name that is itself a value: `"name": "DB_PASSWORD", "value": "..."`, also in YAML."""
_PAIR_RUNS = {"ps": _STRING, "pe": _ESCAPED, "pq": _SINGLE, "py": _STRING, "pl": _Run(r"[^\r\n]*")}
_PAIR_ALIVE = (
    r"[A-Za-z0-9_-]{0,48}(?:"
    r"\\{0,3}\"?[ \t]{0,4}(?:,(?:\s|\\{1,3}[nrt]){0,60}\\{0,3}(?:\"[A-Za-z]{0,14}\\{0,3}"
    r"(?:\"[ \t]{0,4}:?[ \t]{0,4}\\{0,3}(?:\"(?:a(?:rn?)?)?\\{0,65})?)?)?)?|"
    r"[\"']?\r?(?:\n[ \t]{0,60}[A-Za-z]{0,14}(?:: ?[\"']?(?:a(?:rn?)?)?\\?)?)?)"
)
_NAME_SHOWN = r"[A-Za-z_-]*[\"']?[ \t]*[=:>]{0,2}[ \t]*"


def _named(
    literals: Sequence[bytes], name: str, *, in_pair: str = "", before: bool = False, glance: str = ""
) -> _Trigger:
    """A value behind its name: `name=value`, `"name": "value"`, also in JSON within JSON, in XML and in YAML; and the
    value of a pair of which `name`, or `in_pair`, ends the name."""
    return _Trigger(
        literals,
        rf"(?:(?i:{name}){_VALUE}|{in_pair or f'(?i:{name})'}{_PAIR})",
        rf"(?:[A-Za-z_-]{{0,32}}{_VALUE_ALIVE}|{_PAIR_ALIVE})",
        run=_VALUE_RUNS | _PAIR_RUNS,
        fold=True,
        longest=448,
        harmless=_NAME_SHOWN,
        before=before,
        glance=glance + r"(?=[a-z0-9_-]{0,48}(?:\\{0,3}[\"']?[ \t]{0,4}[=:>]|\\{0,3}[\"']?[ \t]{0,4}(?:,|\r?\n)"
        r"(?:\s|\\{1,3}[nrt]){0,60}\\{0,3}\"?(?:parameter)?value))",
    )


_TOKEN_BYTES = "[A-Za-z0-9+/=_%-]"
_TRIGGERS = (
    _Trigger(
        (b"-----BEGIN ",),
        r"-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:[A-Za-z-]{3,20}: [^\n\\\"]{1,80}|\s|\\[nr]){1,16}(?P<k>[A-Za-z0-9+/=]{16})",
        r"-----BEGIN (?:[A-Z0-9 ]{0,64}|[A-Z0-9 ]{0,64}-{1,5}(?:[^\"]{0,500}))",
        run={"k": _Run(
            r"[A-Za-z0-9+/=\s\\]*",
            ends_with=r"-----END (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----",
            longest_end=96,
        )},
        needs=b"PRIVATE KEY",
        longest=640,
        harmless=r"-----BEGIN [A-Z0-9 ]*-{0,5}",
    ),
    _Trigger(
        (b"eyJ",),
        r"(?P<t>eyJ[A-Za-z0-9_-]{8,8192}\.[A-Za-z0-9_-]{8})",
        r"eyJ[A-Za-z0-9_-]{0,8192}(?:\.[A-Za-z0-9_-]{0,8})?",
        run={"t": _Run(r"[A-Za-z0-9_.-]*")},
        needs=b".",
        longest=8210,
        glance=r"(?=[A-Za-z0-9_-]{8,8192}\.)",
    ),
    _Trigger(
        (b"IQoJb3JpZ2lu", b"AgoJb3JpZ2lu", b"FwoGZXIvYXdz", b"FQoGZXIvYXdz", b"FwoDYXdz", b"FQoDYXdz", b"AQoDYXdz"),
        rf"(?P<t>{_TOKEN_BYTES}{{28}})",
        rf"{_TOKEN_BYTES}{{0,28}}",
        run={"t": _Run(_TOKEN_BYTES + "*")},
        longest=32,
    ),
    _Trigger(
        (b"AKIA", b"ASIA"),
        r"(?<![A-Z0-9])A[KS]IA(?P<v>[A-Z0-9]{12})[A-Z0-9]{4}(?![A-Z0-9])",
        r"(?<![A-Z0-9])A[KS]IA[A-Z0-9]{0,16}",
        longest=21,
        ahead=1,
        harmless=r"A[KS]IA",
    ),
    _Trigger(
        (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_", b"glpat-", b"xox"),
        r"(?P<t>(?:gh[pousr]_|github_pat_|glpat-)[A-Za-z0-9_-]{16}|xox[abceoprsx]-[A-Za-z0-9-]{8})",
        r"(?:gh[pousr]_|github_pat_|glpat-|xox[abceoprsx]?-?)[A-Za-z0-9_-]{0,16}",
        run={"t": _Run("[A-Za-z0-9_-]*")},
        longest=32,
    ),
    _Trigger(
        (b"sk_live_", b"rk_live_", b"AIza"),
        r"(?P<t>(?:[sr]k_live_|AIza)[A-Za-z0-9_-]{16})",
        r"(?:[sr]k_live_|AIza)[A-Za-z0-9_-]{0,16}",
        run={"t": _Run("[A-Za-z0-9_-]*")},
        longest=32,
    ),
    _Trigger(
        (b"://",),
        r"://[^\s/:@\"'<>]{0,128}:(?P<v>[^\s/\"'<>]{1,512})@[^\s/\"'<>@]{0,253}[\s/\"'<>]",
        r"://[^\s/:@\"'<>]{0,128}(?::[^\s/\"'<>]{0,800})?",
        needs=b"@",
        longest=960,
        glance=r"(?=[^\s/:@\"'<>]{0,128}:[^\s/\"'<>]{1,512}@)",
        harmless=r"://[^\s/:@\"'<>]{0,128}(?::[0-9]{0,5}\Z)?",
    ),
    _named((b"pass",), r"pass(?:w(?:or)?d|phrase)",
           in_pair=rf"(?:(?i:pass(?:w(?:or)?d|phrase)){_TAIL}|(?<=[_-])(?i:pass)|(?<=[a-z])Pass)"),
    _named((b"secret",), r"secret(?:[_-]?(?:access[_-]?key|key|string|binary|hash|token|value))?"),
    _named((b"token",), r"token", before=True, glance="(?<!clienttoken)(?<!nexttoken)"),
    _named((b"private",), r"private[_-]?key(?:[_-]?value)?", glance="(?=[_-]?key)"),
    _named((b"apikey", b"api_key", b"api-key"), r"api[_-]?key(?:[_-]?value)?"),
    _named((b"amz-",), r"amz-(?:signature|credential)"),
    _Trigger(
        (b"signature=",),
        r"(?i:signature=)(?P<t>[A-Za-z0-9%+/=_~-]{16})",
        r"(?i:signature=)[A-Za-z0-9%+/=_~-]{0,16}",
        run={"t": _Run("[A-Za-z0-9%+/=_~-]*")},
        fold=True,
        longest=32,
        harmless=r"(?i:signature=)",
    ),
    _Trigger(
        (b"authorization",),
        r"(?i:authorization)(?:\\{0,3}[\"'])?[ \t]{0,4}[=:][ \t]{0,4}(?:\\{0,3}[\"'])?"
        r"(?:(?i:bearer|basic|token|aws4-hmac-sha256)[ \t]{1,4})(?P<t>[^\s\"'\\])",
        r"[A-Za-z]{0,16}(?:\\{0,3}[\"']?)[ \t]{0,4}[=:]?[ \t]{0,4}(?:\\{0,3}[\"']?)[A-Za-z0-9-]{0,20}[ \t]{0,4}",
        run={"t": _Run(r"[^\r\n\"'\\]*")},
        fold=True,
        longest=128,
        harmless=_NAME_SHOWN,
    ),
    _Trigger(
        (b";pwd=", b"mysql_pwd="),
        r"(?i:;pwd=|mysql_pwd=)(?P<w>[^\s;\"'])",
        r"(?i:;pwd=|mysql_pwd=)",
        run={"w": _Run(r"[^\s;\"']*")},
        fold=True,
        longest=16,
        harmless=r"(?i:;pwd=|mysql_pwd=)",
    ),
)  # fmt: skip


# ---------------------------------------------------------------- members of an answer


class _Balanced(_Run):
    """A structure or list of JSON, up to the bracket that closes it."""

    instead = b'"' + REDACTED + b'"'

    def __init__(self) -> None:
        super().__init__(r'[^"{}\[\]]*')
        self._depth, self._text = 0, False

    def fresh(self) -> _Run:
        return _Balanced()

    def end(self, data: bytes, cursor: int, *, final: bool) -> tuple[int, bool]:
        while cursor < len(data):
            if self._text:
                cursor, over = _STRING.end(data, cursor, final=final)
                if not over or cursor == len(data):
                    return cursor, final
                self._text, cursor = False, cursor + 1
                continue
            found = _compiled(self._source).match(data, cursor)
            cursor = cursor if found is None else found.end()
            mark = data[cursor : cursor + 1]
            cursor += len(mark)
            self._text = mark == b'"'
            self._depth += (mark in (b"{", b"[")) - (mark in (b"}", b"]"))
            if mark and self._depth <= 0 and not self._text:
                return cursor, True
        return cursor, final


_LINE = _Run(r"[^\r\n]*")


def _member(name: str) -> _Trigger:
    """What a member holds in JSON, and in the YAML of `aws` 2."""
    return _Trigger(
        (name.encode(),),
        rf'(?<![A-Za-z0-9_-]){name}(?:"[ \t]{{0,4}}:[ \t]{{0,4}}(?:"(?P<s>[^"\\\n]|\\[^\n])|(?P<b>(?=[{{\[])))|'
        r": (?:'(?P<q>[^'\n])|\"(?P<y>[^\"\\\n]|\\[^\n])|(?P<l>[^\s\"'{\[])))",
        rf'{name}(?:"[ \t]{{0,4}}:?[ \t]{{0,4}}"?\\?|:? ?[\'"]?\\?)',
        run={"s": _STRING, "b": _Balanced(), "q": _SINGLE, "y": _STRING, "l": _LINE},
        longest=len(name) + 24,
        harmless=name,
    )
