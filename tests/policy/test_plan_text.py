"""A plan's text has one reading, with a line for every value, or reasons why it has none; nothing makes it raise."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cloudops_tui.policy.plan_text import DEEPEST, LARGEST, PlanText, pointer, read_plan_text

keys = st.text(st.characters(codec="utf-8"), max_size=6)
documents: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), keys),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=12,
)


def one_problem(data: bytes | str, form: Literal["json", "yaml"] | None = None) -> tuple[str, int | None, str]:
    text = read_plan_text(data, form)
    assert len(text.problems) == 1, text.problems
    [problem] = text.problems
    assert problem.remedy
    return problem.path, problem.line, problem.message


def yaml_value(text: str) -> Any:
    read = read_plan_text(f"a: {text}", "yaml")
    assert read.problems == ()
    return read.document["a"]


# ---------------------------------------------------------------- one reading


@given(documents.filter(lambda document: isinstance(document, dict | list | str)))
def test_json_is_read_as_json(document: Any) -> None:
    read = read_plan_text(json.dumps(document))

    assert read.problems == ()
    assert read.document == document


@given(documents)
def test_both_forms_say_the_same_of_the_same_document(document: Any) -> None:
    read = read_plan_text(json.dumps(document, ensure_ascii=True).replace("\\ud", "\\\\ud"), "yaml")
    as_json = read_plan_text(json.dumps(document, ensure_ascii=True).replace("\\ud", "\\\\ud"), "json")

    assert read.problems == as_json.problems == ()
    assert read.document == as_json.document


@given(documents, st.sampled_from([None, 1, 2]))
def test_every_value_has_the_line_where_it_stands(document: Any, indent: int | None) -> None:
    text = json.dumps({"whole": document}, indent=indent)

    read = read_plan_text(text)

    lines = text.split("\n")
    for path, value in walk({"whole": document}):
        line = read.lines[path]
        assert opening(value) in lines[line - 1]


def walk(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    found = [(path, value)]
    for key, held in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found += walk(held, (*path, key))
    return found


def opening(value: Any) -> str:
    match value:
        case dict():
            return "{"
        case list():
            return "["
        case _:
            return json.dumps(value)


def test_a_missing_value_has_the_line_of_its_holder() -> None:
    read = read_plan_text('{\n "a": {\n  "b": [\n   1,\n   2]}}')

    assert [read.line_of(path) for path in ((), ("a",), ("a", "b"), ("a", "b", 1), ("a", "b", 7), ("a", "c", 1))] == [
        1, 2, 3, 5, 3, 2,
    ]  # fmt: skip
    assert PlanText(None).line_of(("a",)) is None


def test_yaml_has_lines_too() -> None:
    read = read_plan_text("# a plan\nid: x\ncommands:\n  - id: y\n    region: z\n")

    assert read.lines[("commands", 0, "region")] == 5
    assert read.lines[("id",)] == 2


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_byte_order_mark_changes_nothing(mark: bytes) -> None:
    assert read_plan_text(mark + b'{"a": 1}').document == {"a": 1}
    assert read_plan_text(mark + b"a: 1").document == {"a": 1}


def test_a_pointer_escapes_what_it_must() -> None:
    assert pointer(("a/b", "~", 3)) == "/a~1b/~0/3"
    assert pointer(()) == ""


# ---------------------------------------------------------------- YAML 1.2, core


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("Off", "Off"), ("y", "y"), ("true", True), ("False", False),
        ("null", None), ("~", None), ("", None), ("tRuE", "tRuE"),
        ("012345670123", "012345670123"), ("0123", "0123"), ("00", "00"), ("0o17", "0o17"), ("0b1", "0b1"),
        ("1_000", "1_000"), ("12:30:45", "12:30:45"), ("2026-03-04", "2026-03-04"),
        ("2026-03-04T05:06:07Z", "2026-03-04T05:06:07Z"), ("123456789012", 123456789012), ("0", 0), ("-5", -5),
        ("+5", 5), ("0x1F", 31), ("1.5", 1.5), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("-1.5E-2", -0.015),
        ("1.2.3", "1.2.3"), (".", "."), ("e5", "e5"), ("=", "="), ("<<", "<<"), ("٣", "٣"),
        ("'1'", "1"), ('"true"', "true"), ("'null'", "null"), ("'2026-03-04'", "2026-03-04"),
        ("i-0123456789abcdef0", "i-0123456789abcdef0"), ("12e", "12e"),
    ],
)  # fmt: skip
def test_plain_words_are_read_by_the_core_schema(text: str, value: object) -> None:
    read = yaml_value(text)

    assert read == value
    assert type(read) is type(value)


def test_a_block_of_text_keeps_its_lines() -> None:
    assert yaml_value("|\n  1\n  two\n") == "1\ntwo\n"


def test_keys_are_texts_whatever_they_look_like() -> None:
    read = read_plan_text("1: a\ntrue: b\nnull: c\n012: d\n")

    assert read.document == {"1": "a", "true": "b", "null": "c", "012": "d"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x 1\nb: *x", "aliases"),
        ("a: !!python/object/apply:os.system [ls]", "tag"),
        ("a: !!binary aGk=", "tag"),
        ("a: !!timestamp 2026-03-04", "tag"),
        ("a: !mine x", "tag"),
        ("a: !!str 12", "tag"),
        ("a: !!int '12'", "tag"),
        ("a: ! 12", "tag"),
        ("a: !!set {b}", "tag"),
        ("!!omap\na: 1", "tag"),
        ("!!binary aGk=: 1", "key is not a text"),
        ("? [a, b]\n: 1", "key is not a text"),
        ("a: 1\n---\nb: 2", "Not YAML"),
        ("a: [1", "Not YAML"),
        ("a: b: c", "Not YAML"),
        ("a:\n\t- b", "Not YAML"),
        ("%YAML 3.0\n---\na: 1", "Not YAML"),
        ("%YAML 1." + "9" * 5000 + "\n---\na: 1", "Not YAML"),
        ("a: \x00", "U+0000 is not allowed"),
        ("a: \x1b[2J", "U+001B is not allowed"),
        ("a: \ufffe", "U+FFFE is not allowed"),
        ('a: "\\UFFFFFFFF"', "Not YAML"),
        ('a: "\\U00110000"', "Not YAML"),
        ('a: "\\ud800"', "unpaired surrogate"),
        ("a: .inf", "not a number that JSON has"),
        ("a: -.Inf", "not a number that JSON has"),
        ("a: .nan", "not a number that JSON has"),
        ("a: 1e400", "too large"),
        ("a: " + "9" * 5000, "too long"),
        ("a: 0x" + "f" * 4900, "too long"),
        ("a: x\u2028b: y", "line break"),
        ("a: x\x85b: y", "line break"),
        ("# comment only\n", "empty"),
    ],
)
def test_yaml_that_could_be_read_otherwise_is_refused(text: str, message: str) -> None:
    _, line, found = one_problem(text, "yaml")

    assert message in found
    assert found.isprintable()
    assert line is not None or "empty" in found


def test_a_refused_character_is_named_with_its_line() -> None:
    assert one_problem("a: 1\nb: 2\nc: \x07", "yaml")[1] == 3
    assert one_problem("a: 1\nb: \u2029", "yaml")[1] == 2


# ---------------------------------------------------------------- both


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ('{"a": 1,\n "a": 2}', "/a", 2),
        ('{"a": {"b": [0, {"c": 1,\n\n "c": 1}]}}', "/a/b/1/c", 3),
        ('{"a": 1, "\\u0061": 2}', "/a", 1),
        ("a: 1\nb: 2\na: 3", "/a", 3),
        ("a:\n  - b: 1\n    b: 2", "/a/0/b", 3),
        ("a: {'b': 1, \"b\": 2}", "/a/b", 1),
    ],
)
def test_a_key_that_stands_twice_is_refused_with_its_place(text: str, path: str, line: int) -> None:
    found_path, found_line, message = one_problem(text)

    assert (found_path, found_line) == (path, line)
    assert "stands twice" in message


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_lacks_are_refused_with_their_place(number: str) -> None:
    assert one_problem(f'{{"a": [1,\n {number}]}}') == ("/a/1", 2, f"`{number}` is not JSON")


def test_the_name_of_such_a_number_inside_a_text_is_a_text() -> None:
    assert read_plan_text('{"a": "NaN"}').problems == ()


@pytest.mark.parametrize("form", ["json", "yaml"])
@pytest.mark.parametrize(
    ("number", "message"),
    [
        ("1e400", "The number is too large"),
        ("-1e400", "The number is too large"),
        ("9" * 5_000, "The number is too long"),
        ("9" * 200_000, "The number is too long"),
        ("1e" + "9" * 5_000, "The number is too long"),
        ("0." + "9" * 5_000, "The number is too long"),
    ],
)
def test_a_number_beyond_all_numbers_is_refused_with_its_place(
    number: str, message: str, form: Literal["json", "yaml"]
) -> None:
    assert one_problem(f'{{"a": [0,\n {number}]}}', form) == ("/a/1", 2, message)


def test_a_long_number_that_python_reads_is_read() -> None:
    digits = "9" * 1_000

    assert read_plan_text(f'{{"a": {digits}}}').document == {"a": int(digits)}


@pytest.mark.parametrize("form", ["json", "yaml"])
@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ('{"a": {"b": [1,\n "\\ud800"]}}', "/a/b/1", "The text holds an unpaired surrogate"),
        ('{"a": {"b": [1,\n "x\\udfffy"]}}', "/a/b/1", "The text holds an unpaired surrogate"),
        ('{"a": {"c": [],\n "\\udc00": 1}}', "/a/\\udc00", "The key holds an unpaired surrogate"),
    ],
)
def test_half_a_pair_is_refused_with_its_place(
    text: str, path: str, message: str, form: Literal["json", "yaml"]
) -> None:
    assert one_problem(text, form) == (path, 2, message)


def test_a_whole_pair_is_the_character() -> None:
    assert read_plan_text('{"\\ud83d\\ude00": "\\ud83d\\ude00"}').document == {"\U0001f600": "\U0001f600"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b" \n\t\r\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\xff\xfe{\x00}\x00", "Not UTF-8: byte 0xff"),
        (b'{"a": "\xc3\x28"}', "Not UTF-8: byte 0xc3"),
        (b'{"a": "\xed\xa0\x80"}', "Not UTF-8"),
        ("\ud800", "Not UTF-8"),
        (b"{", "Not JSON"),
        (b'{"a": 1,}', "Not JSON"),
        (b"{'a': 1}", "Not JSON"),
        (b'{"a": 01}', "Not JSON"),
        (b'{"a": "\n"}', "Not JSON"),
        (b'{"a": 1} {"b": 2}', "Not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too long"),
        (b'{"a": "\\ud800"}', "unpaired surrogate"),
        (b'{"\\udc00": 1}', "unpaired surrogate"),
        (b"x" * (LARGEST + 1), "more than 1,000,000 bytes"),
    ],
)
def test_what_is_no_plan_s_text_is_refused_in_words(data: bytes | str, message: str) -> None:
    _, _, found = one_problem(data)

    assert message in found
    assert found.isprintable()


def test_the_line_of_what_is_not_utf_8_or_not_json_is_told() -> None:
    assert one_problem(b'{"a": 1,\n"b": "\xff"}')[1] == 2
    assert one_problem(b'{"a": 1,\n\n"b": }')[1] == 3


def test_a_doubled_key_with_half_a_pair_is_two_problems_and_no_error() -> None:
    problems = read_plan_text('{"\\ud800": 1, "\\ud800": 2}').problems

    assert len(problems) == 2
    assert all(problem.path.isprintable() for problem in problems)


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_a_document_may_be_nested_so_deep_and_no_deeper(form: Literal["json", "yaml"]) -> None:
    just = "[" * DEEPEST + "1" + "]" * DEEPEST

    assert read_plan_text(just, form).problems == ()
    assert "nested deeper" in one_problem(f"[{just}]", form)[2]
    assert "nested deeper" in one_problem(f"[{just.replace('1', '')}]", form)[2]


@pytest.mark.parametrize("form", ["json", "yaml"])
@pytest.mark.parametrize("unit", ["[", '{"a":', "- ", "? ", "a: {", "{[", "("])
def test_a_hundred_thousand_open_brackets_are_only_refused(unit: str, form: Literal["json", "yaml"]) -> None:
    read = read_plan_text(unit * 100_000, form)

    assert read.problems or isinstance(read.document, str)


@pytest.mark.parametrize("closed", ["[" * 50_000 + "]" * 50_000, '{"a":' * 50_000 + "1" + "}" * 50_000])
@pytest.mark.parametrize("form", ["json", "yaml"])
def test_a_deep_but_closed_document_is_only_refused(closed: str, form: Literal["json", "yaml"]) -> None:
    assert "nested deeper" in one_problem(closed, form)[2]


# ---------------------------------------------------------------- hostile

PIECES = st.sampled_from(
    ["{", "}", "[", "]", ":", ",", '"', "'", "- ", "? ", "&a ", "*a", "!!str ", "!<tag:x> ", "|", ">-", "%YAML 1.1",
     "%TAG ! !", "---", "...", "\n", "\r", "\t", " ", "  ", "#", "<<", "NaN", "1e999", "-0", "0x", "\\u", "\\ud83d",
     "\\x", "\\U0011FFFF", "\u2028", "\x85", "\ufeff", "\x00", "null", "true", "~", "@", "`", "a", "é", "\U0001f600"]
)  # fmt: skip
FORMS: st.SearchStrategy[Literal["json", "yaml"] | None] = st.sampled_from([None, "json", "yaml"])


@given(st.binary(max_size=60), FORMS)
def test_no_bytes_make_it_raise(data: bytes, form: Literal["json", "yaml"] | None) -> None:
    sound(read_plan_text(data, form))


@given(st.lists(PIECES, max_size=25).map("".join), FORMS)
def test_no_mixture_of_marks_makes_it_raise(text: str, form: Literal["json", "yaml"] | None) -> None:
    sound(read_plan_text(text, form))


@given(documents, st.integers(0, 200), PIECES, st.booleans())
def test_no_damage_to_a_good_text_makes_it_raise(document: Any, place: int, piece: str, as_yaml: bool) -> None:
    text = yaml.safe_dump(document, allow_unicode=True) if as_yaml else json.dumps(document)
    at = place % (len(text) + 1)

    sound(read_plan_text(text[:at] + piece + text[at:]))


def sound(read: PlanText) -> None:
    if not read.problems:
        json.dumps(read.document, allow_nan=False).encode()
        assert () in read.lines
    for problem in read.problems:
        assert problem.message.isprintable()
        assert problem.path.isprintable()
        assert problem.remedy
