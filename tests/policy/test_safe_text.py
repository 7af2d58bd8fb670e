"""Foreign text is shown as the characters that it is, and the terminal obeys none of them."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudops_tui.policy.safe_text import has_foreign, quoted, safe_bytes, safe_line, safe_text

OBEYED = {"Cc", "Cf", "Zl", "Zp", "Cs"}
INVISIBLE = set("\u2800\U00016fe4\U0001d159\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0") | {
    chr(code) for first, last in ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF)) for code in range(first, last + 1)
}
"""Letters, marks and signs by category that nobody can see: fillers, joiners, variation selectors."""

PAYLOADS = {
    "clipboard": ("\x1b]52;c;RVZJTA==\x07", "\\x1b]52;c;RVZJTA==\\x07"),
    "title": ("\x1b]0;mine\x1b\\", "\\x1b]0;mine\\x1b\\"),
    "clear": ("\x1b[2J\x1b[H", "\\x1b[2J\\x1b[H"),
    "eight bit": ("\x9b2J\x9d0;x\x9c", "\\x9b2J\\x9d0;x\\x9c"),
    "backwards": ("a\u202eb\u202c", "a\\u202eb\\u202c"),
    "isolates": ("\u2066a\u2069\u200f\u061c", "\\u2066a\\u2069\\u200f\\u061c"),
    "nothing to see": ("a\u200b\u200d\u2060\ufeff\u00adb", "a\\u200b\\u200d\\u2060\\ufeff\\xadb"),
    "tags": ("\U000e0041\U000e007f", "\\U000e0041\\U000e007f"),
    "overwriting": ("secret\rplain\x08\x7f", "secret\\rplain\\x08\\x7f"),
    "separators": ("a\u2028b\u2029c\x85d", "a\\u2028b\\u2029c\\x85d"),
    "half a pair": ("\ud800", "\\ud800"),
    "ruby": ("\ufff9a\ufffab\ufffb", "\\ufff9a\\ufffab\\ufffb"),
    "numbers that join": ("\u06001", "\\u06001"),
    "blanks": ("a\u00a0b\u2003\u3000\u2800c", "a\\xa0b\\u2003\\u3000\\u2800c"),
    "markup": ("[@click=app.approve('1')]x[/] [/x]", "[@click=app.approve('1')]x[/] [/x]"),
    "link": ("[link=http://x]y[/link]", "[link=http://x]y[/link]"),
    "plain": ("Zürich 東京 😀 ✓ №1", "Zürich 東京 😀 ✓ №1"),
}


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_payload_is_shown_and_not_obeyed(name: str) -> None:
    text, shown = PAYLOADS[name]

    assert safe_line(text) == shown
    assert safe_text(text) == shown
    assert has_foreign(text) is (text != shown)


def test_no_character_that_a_terminal_obeys_survives() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))

    assert {unicodedata.category(character) for character in safe_line(everything)}.isdisjoint(OBEYED)
    assert {
        unicodedata.category(character) for character in safe_text(everything).replace("\n", "")
    }.isdisjoint(OBEYED)


def test_every_printable_character_that_can_be_seen_is_untouched() -> None:
    printable = "".join(
        f" {character}"  # marks on letters of their own: a pile of them is another matter
        for character in map(chr, range(sys.maxunicode + 1))
        if character not in INVISIBLE and (unicodedata.category(character)[0] in "LMNPS" or character == " ")
    )

    assert safe_line(printable) == printable
    assert safe_text(printable) == printable
    assert not has_foreign(printable)


@pytest.mark.parametrize("mark", ["\u0301", "\u20dd", "\u05b8", "\u0e34", "\ufe20", "\u11a8"])
def test_marks_that_pile_up_on_one_letter_are_spelled_from_the_fourth_on(mark: str) -> None:
    assert safe_line(f"a{mark * 3}b") == f"a{mark * 3}b"
    assert safe_line(f"a{mark * 5}b") == f"a{mark * 3}" + f"\\u{ord(mark):04x}" * 2 + "b"
    assert has_foreign(f"a{mark * 4}")
    assert not has_foreign(f"a{mark * 3}")


def test_no_mark_of_any_script_piles_up() -> None:
    marks = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code))[0] == "M"]

    assert [mark for mark in marks if safe_line(f"a{mark * 9}") == f"a{mark * 9}"] == []


@pytest.mark.parametrize("text", ["ကြွှို့", "हिन्दी", "שָׁלוֹם", "Tiếng Việt", "각"])
def test_what_people_write_is_no_pile(text: str) -> None:
    assert safe_line(text) == text


@given(st.text(st.characters()))
def test_what_is_safe_stays_as_it_is(text: str) -> None:
    assert safe_line(safe_line(text)) == safe_line(text)
    assert safe_text(safe_text(text)) == safe_text(text)
    assert "\n" not in safe_line(text)
    safe_text(text).encode()


@given(st.text(st.characters()))
def test_foreign_is_what_would_be_escaped(text: str) -> None:
    assert has_foreign(text) is (safe_line(text) != text.replace("\t", "    "))


def test_a_block_keeps_its_line_breaks_and_only_them() -> None:
    assert safe_text("a\nb\r\nc\td\re\x0bf") == "a\nb\nc    d\\re\\x0bf"
    assert safe_line("a\nb\r\nc\td") == "a\\nb\\r\\nc    d"


@given(st.binary())
def test_any_bytes_become_safe_text(data: bytes) -> None:
    shown = safe_bytes(data)

    assert safe_text(shown) == shown


def test_bytes_that_are_no_text_are_shown_as_bytes() -> None:
    assert safe_bytes(b"a\xff\xc3\xa9\x1b") == "a\\xffé\\x1b"


@given(st.text(st.characters(categories=("L", "N", "P", "S"), exclude_characters=sorted(INVISIBLE))))
def test_a_quoted_argument_is_what_a_shell_reads_back(text: str) -> None:
    assert shlex.split(quoted(text)) == [text]


def test_a_quoted_argument_is_on_one_line() -> None:
    assert quoted("a b\n\x1b") == "$'a b\\n\\x1b'"


@pytest.mark.skipif(shutil.which("bash") is None, reason="the notation is bash's")
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20))
def test_no_two_arguments_look_alike_and_bash_reads_them_back(text: str) -> None:
    shown = quoted(text)

    read = subprocess.run(
        ["bash", "-c", f"printf '%s' {shown}"], capture_output=True, env={"LC_ALL": "C.UTF-8"}, check=True
    )
    assert read.stdout.decode("utf-8") == text
    assert not has_foreign(shown)
