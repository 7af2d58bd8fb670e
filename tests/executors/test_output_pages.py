"""Output in files, page by page: the same lines as from the first byte on, whatever was asked before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudops_tui.executors import output_blocks, output_files, output_reader
from cloudops_tui.executors.output_files import AttemptFiles
from cloudops_tui.executors.output_reader import OutputFiles
from cloudops_tui.model.output import ERRORS, OutputSelection, PageWanted, Wanted

ALL = OutputSelection()
PIECES = st.sampled_from([b"a", b"\n", b"b\n", b"\xc3", b"\xa4\r\n", b"\n\n"])
WRITES = st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), PIECES), max_size=40)


@pytest.fixture(autouse=True)
def a_machine_of_any_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call does all there is to do; that it may do less is the book's own test."""
    monkeypatch.setattr(output_reader, "_PATIENCE", 60.0)


@pytest.fixture
def reader() -> Iterator[OutputFiles]:
    made = OutputFiles()
    yield made
    made.close()


def written(folder: Path, *pieces: tuple[str, bytes]) -> Path:
    files = AttemptFiles(folder)
    for stream, data in pieces:
        files.write(stream, data)
    files.close()
    return folder


def texts(reader: OutputFiles, folder: Path, wanted: PageWanted) -> list[str]:
    page = reader.page(folder, wanted)
    while not page.complete:
        page = reader.page(folder, wanted)
    return [each.line.text for each in page.lines]


@given(writes=WRITES, sizes=st.tuples(st.integers(1, 5), st.integers(1, 9)), place=st.integers(0, 30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_pages_hold_what_a_reader_from_the_first_byte_on_finds(
    writes: list[tuple[str, bytes]],
    sizes: tuple[int, int],
    place: int,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = written(tmp_path_factory.mktemp("attempt") / "1", *writes)
    monkeypatch.setattr(output_blocks, "BLOCK_LINES", sizes[0])
    monkeypatch.setattr(output_blocks, "BLOCK_RECORDS", sizes[1])
    reader = OutputFiles()

    page = reader.page(folder, PageWanted(5, place, ended=True))
    reader.close()

    follower = reader.tail(folder)
    everything = [*follower.more(), *follower.rest()]
    assert [(each.line.stream, each.line.text) for each in page.lines] == [
        (line.stream, line.text) for line in everything[place : place + 5]
    ]
    assert page.total == len(everything)
    assert page.errors == sum(line.is_error for line in everything)


def test_the_true_first_line_is_found_however_long_the_output_is(tmp_path: Path, reader: OutputFiles) -> None:
    folder = written(tmp_path / "1", ("stdout", b"".join(b"line %d\n" % number for number in range(200_000))))

    assert texts(reader, folder, PageWanted(2, 0)) == ["line 0", "line 1"]
    assert texts(reader, folder, PageWanted(2)) == ["line 199998", "line 199999"]
    assert texts(reader, folder, PageWanted(1, number=123_456)) == ["line 123456"]


def test_a_search_reads_all_of_a_long_output_and_says_where(tmp_path: Path, reader: OutputFiles) -> None:
    lines = [b"hay %d" % number for number in range(100_000)]
    lines[70_001] = b"the Needle"
    folder = written(tmp_path / "1", ("stdout", b"\n".join(lines)))
    texts(reader, folder, PageWanted(1, ended=True))

    found = reader.find(folder, ALL, Wanted("needle"), 0, 0)
    while not found.complete:
        found = reader.find(folder, ALL, Wanted("needle"), 0, 0)

    assert (found.number, found.ordinal, found.matches) == (70_001, 0, 1)


def test_what_is_counted_block_by_block_is_what_single_lines_would_say(tmp_path: Path, reader: OutputFiles) -> None:
    lines = [b"an Error %d" % number if number % 7 == 0 else b"fine \\x1b" for number in range(5000)]
    folder = written(tmp_path / "1", ("stdout", b"\n".join(lines) + b"\n"), ("stderr", b"error\n" * 3000))
    texts(reader, folder, PageWanted(1))

    plain, case, both = (
        reader.find(folder, chosen, sought, 0, 0).matches
        for chosen, sought in (
            (ALL, Wanted("error")),
            (ALL, Wanted("Error")),
            (OutputSelection("stdout", Wanted("error")), Wanted("49")),
        )
    )

    among = [line for line in lines if b"Error" in line]
    assert (plain, case, both) == (len(among) + 3000, len(among), sum(b"49" in line for line in among))


def test_what_is_kept_of_a_million_lines_are_a_few_numbers_a_block(tmp_path: Path, reader: OutputFiles) -> None:
    folder = written(tmp_path / "1", *[("stdout", b"0123456789abcde\n" * 4096)] * 250)
    page = reader.page(folder, PageWanted(1))
    while not page.complete:
        page = reader.page(folder, PageWanted(1))

    blocks = reader._book(folder)._blocks
    assert page.total == 1_024_000
    assert sum(column.itemsize * len(column) for column in blocks._starts) < 16_000
    assert len(blocks._decoded) <= output_blocks.BLOCKS_KEPT


def test_the_page_grows_with_the_files(tmp_path: Path, reader: OutputFiles) -> None:
    files = AttemptFiles(tmp_path / "1")
    files.write("stdout", b"one\ntw")
    before = texts(reader, tmp_path / "1", PageWanted(9))
    files.write("stderr", b"oh\n")
    files.write("stdout", b"o\n")
    files.close()

    assert before == ["one"]
    assert texts(reader, tmp_path / "1", PageWanted(9)) == ["one", "oh", "two"]


def test_a_last_line_without_a_break_is_there_once_the_command_has_ended(tmp_path: Path, reader: OutputFiles) -> None:
    folder = written(tmp_path / "1", ("stdout", b"whole\nhalf"), ("stderr", b"why"))

    assert texts(reader, folder, PageWanted(9)) == ["whole"]
    assert texts(reader, folder, PageWanted(9, ended=True)) == ["whole", "half", "why"]


def test_a_line_without_end_comes_in_pieces_and_halves_no_character(tmp_path: Path, reader: OutputFiles) -> None:
    folder = written(tmp_path / "1", ("stdout", b"x" + "ä".encode() * 500_000 + b"\nshort\n"))

    page = reader.page(folder, PageWanted(99, ended=True))

    assert "".join(each.line.text for each in page.lines[:-1]) == "x" + "ä" * 500_000
    assert page.lines[-1].line.text == "short"
    assert max(len(each.line.text.encode()) for each in page.lines) <= output_blocks.LONGEST_LINE


def test_what_a_terminal_would_obey_is_spelled_and_can_be_found_as_it_is_shown(
    tmp_path: Path, reader: OutputFiles
) -> None:
    hostile = b"\x1b]52;c;QQ==\x07 \xff\t|\n"
    folder = written(tmp_path / "1", ("stdout", b"plain\n" * 1200), ("stdout", hostile * 1200))

    texts(reader, folder, PageWanted(1))
    found = reader.find(folder, ALL, Wanted("x1b]52"), 0, 0)

    assert (found.number, found.matches) == (1200, 1200)
    assert texts(reader, folder, PageWanted(1, 1200)) == ["\\x1b]52;c;QQ==\\x07 \\xff    |"]


def test_standard_error_alone(tmp_path: Path, reader: OutputFiles) -> None:
    folder = written(tmp_path / "1", *[("stdout", b"out\n" * 700), ("stderr", b"err\n")] * 5)

    page = reader.page(folder, PageWanted(9, selection=OutputSelection(stream="stderr")))

    assert [each.number for each in page.lines] == [700, 1401, 2102, 2803, 3504]
    assert page.errors == 5


def test_the_next_error_is_a_line_of_standard_error_or_one_that_says_so(tmp_path: Path, reader: OutputFiles) -> None:
    folder = written(
        tmp_path / "1", ("stdout", b"fine\nAccess DENIED\nfine\n"), ("stderr", b"warning\n"), ("stdout", b"fine\n")
    )
    texts(reader, folder, PageWanted(1))

    assert [reader.find(folder, ALL, ERRORS, number, 1).number for number in (0, 1, 3)] == [1, 3, 1]


def test_no_folder_is_not_the_same_as_nothing_said(tmp_path: Path, reader: OutputFiles) -> None:
    written(tmp_path / "1")

    assert reader.page(tmp_path / "0", PageWanted(9)).missing
    assert not reader.page(tmp_path / "1", PageWanted(9)).missing


def test_a_replay_sees_what_had_been_said_by_then_and_may_go_back(
    tmp_path: Path, reader: OutputFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = datetime(2026, 3, 4, tzinfo=UTC)
    moments = iter(range(9))
    monkeypatch.setattr(
        output_files, "time_ns", lambda: int((begin.timestamp() + next(moments)) * 1_000_000_000)
    )
    folder = written(tmp_path / "1", *[("stdout", b"%d\n" % number) for number in range(9)])

    def by(seconds: int) -> list[str]:
        return texts(reader, folder, PageWanted(9, until=begin + timedelta(seconds=seconds, milliseconds=1)))

    assert by(2) == ["0", "1", "2"]
    assert by(4) == ["0", "1", "2", "3", "4"]
    assert by(1) == ["0", "1"]


# --- expressions -----------------------------------------------------------------------------------------------------


def test_an_expression_is_found_in_whole_lines_and_told_where(tmp_path: Path, reader: OutputFiles) -> None:
    folder = written(tmp_path / "1", ("stdout", b"i-0a1 ok\ni-0b7 gone\n"))
    sought = Wanted(r"i-0b\d", regex=True)

    page = reader.page(folder, PageWanted(9, selection=OutputSelection(only=sought), marked=sought))

    assert [(each.number, each.found) for each in page.lines] == [(1, ((0, 5),))]


def test_an_expression_that_would_take_for_ever_is_given_up_and_others_work_on(
    tmp_path: Path, reader: OutputFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloudops_tui.executors.expressions.CPU_LIMIT", 0.1)
    folder = written(tmp_path / "1", ("stdout", b"a" * 60 + b"!\n"))
    texts(reader, folder, PageWanted(1))

    assert "takes too long" in reader.find(folder, ALL, Wanted("(a+)+$", regex=True), 0, 0).problem
    assert reader.find(folder, ALL, Wanted("a!", regex=True), 0, 0).number == 0


def test_closing_ends_the_process_that_matched(tmp_path: Path) -> None:
    reader = OutputFiles()
    folder = written(tmp_path / "1", ("stdout", b"a\n"))
    texts(reader, folder, PageWanted(1))
    reader.find(folder, ALL, Wanted("a", regex=True), 0, 0)
    process = reader._expressions._process
    assert process is not None

    reader.close()

    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)
