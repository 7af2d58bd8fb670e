"""Menus are found by typing, and what is yanked is safe to paste and truthfully told."""

from __future__ import annotations

from cloudops_tui.presentation import menu, taking
from cloudops_tui.presentation.lines import plain
from cloudops_tui.presentation.menu import Entry, Heading, matching, neighbour, rows

ENTRIES = (
    Entry("app.back", "one level back", ("q", "h"), "Everywhere"),
    Entry("app.history", "area 3, the history", ("3",), "Everywhere"),
    Entry("app.quit", "the quit dialog", ("Q",), "Everywhere", words=("q", "quit")),
    Entry("plan.reject", "reject, with a reason", ("r",), "This screen", why_not="#3 was approved"),
)


def found(typed: str) -> list[str]:
    return [entry.id for entry in matching(ENTRIES, typed)]


def test_names_come_before_keys_and_keys_before_words() -> None:
    assert found("q")[:2] == ["app.quit", "app.back"]
    assert found("r")[0] == "plan.reject"
    assert found("Q")[0] == "app.quit"


def test_every_word_must_be_found_and_a_word_may_be_abbreviated() -> None:
    assert found("the hist") == ["app.history"]
    assert found("hstry") == ["app.history"]
    assert found("demo") == []
    assert found("") == [entry.id for entry in ENTRIES]


def test_what_cannot_be_done_is_listed_with_its_reason() -> None:
    [row] = rows(ENTRIES[3:], 80, grouped=False)

    assert plain(row.line).endswith("reject, with a reason  (#3 was approved)")
    assert {span.style for span in row.line} == {"faint", ""}


def test_the_cursor_steps_over_headings() -> None:
    shown = rows(ENTRIES, 80, grouped=True)

    assert [isinstance(row.id, Heading) for row in shown] == [True, False, False, False, True, False]
    assert neighbour(shown, 0, 0) == 1
    assert neighbour(shown, 3, 1) == 5
    assert neighbour(shown, 5, -1) == 3
    assert neighbour(shown, 1, -1) == 1
    assert neighbour(shown, 0, 100) == 5
    assert neighbour((), 0, 1) is None


def test_no_entry_is_wider_than_its_place() -> None:
    assert all(len(plain(row.line)) <= 30 for row in menu.rows(ENTRIES, 30, grouped=True))


def test_a_yank_neither_obeys_nor_runs_anything_when_it_is_pasted() -> None:
    assert taking.pasteable("arn:aws:s3:::b\n") == ("arn:aws:s3:::b", False)
    assert taking.pasteable("a\x1b[201~\rid\x1b") == (r"a\x1b[201~\rid\x1b", True)
    assert taking.pasteable("é'$(id)'") == ("é'$(id)'", False)


def test_what_was_yanked_is_told_with_its_size_and_its_places() -> None:
    said = taking.told("ARN", "a\nbé", True, ("tmux's buffer", "/run/yank"), ("`x`: it ended with 1",))

    assert said == (
        "yanked ARN, 5 bytes in 2 lines, control characters spelled out: to tmux's buffer and /run/yank;"
        " not to `x`: it ended with 1"
    )


def test_a_copy_has_a_plain_name_whatever_it_was_called() -> None:
    assert taking.file_name("../../etc/$(id) \x1b.json") == "etc-id-.json"
    assert taking.file_name("..") == "text"


def test_below_the_list_stands_what_the_row_has_no_room_for() -> None:
    back, *_, reject = ENTRIES

    assert plain(menu.told_below(reject, 70, 72)) == "not now: #3 was approved"
    assert plain(menu.told_below(back, 70, 72)) == ""
    assert plain(menu.told_below(back, menu.KEYS + 6, 72)) == "one level back"
    assert plain(menu.told_below(None, 70, 72)) == ""
