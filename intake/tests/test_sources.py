"""A file's lines: cut as they were written, numbered as an editor shows them, one odd line at a time."""

from collections.abc import Sequence
from io import BytesIO

import pytest

from bpo.row_errors import UnreadableError
from intake.files import texts
from intake.files.sources import Source, Wish, open_source
from intake.files.workbooks import read_workbook
from intake.tests.workbooks import lines_of, workbook

pytestmark = pytest.mark.any_database


def source(content: bytes | str, **wish: str) -> Source:
    content = content.encode() if isinstance(content, str) else content
    return open_source(lambda: BytesIO(content), Wish(**wish))


def cells(content: bytes | str, **wish: str) -> list[Sequence[str]]:
    return [line.cells for line in source(content, **wish).lines()]


def test_ragged_lines_stay_as_wide_as_they_are():
    assert cells("a,b\n1\n1,2,3\n") == [["a", "b"], ["1"], ["1", "2", "3"]]


def test_lines_that_hold_nothing_are_left_out_and_counted():
    assert [line.number for line in source('a,b\n\n"two\nlines",1\n,\n3,4\n').lines()] == [1, 3, 6]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_known(end):
    assert cells(f"a,b{end}1,2{end}") == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize(
    ("odd", "reason"),
    [('"1" a,2', "expected after"), ('"1,2', "unexpected end"), ("1,\x00", "empty byte"), ("x" * 1_048_577, "more")],
)
def test_an_odd_line_is_listed_and_the_others_are_read(odd, reason):
    lines = list(source(f"a,b\n{odd}\n3,4\n").lines())

    assert [line.number for line in lines] == [1, 2, 3]
    assert reason in lines[1].error
    assert lines[2].cells == ["3", "4"]


def test_a_quote_inside_a_cell_is_part_of_it():
    assert cells('a,b\n5" screen,2\n') == [["a", "b"], ['5" screen', "2"]]


def test_a_quote_that_is_never_closed_spoils_its_line_alone():
    rows = "".join(f"{number},1\n" for number in range(texts.LINES_IN_A_CELL + 10))

    lines = list(source(f'a,b\n"stray,1\n{rows}').lines())

    assert [line.number for line in lines if line.error] == [2]
    assert len(lines) == texts.LINES_IN_A_CELL + 12


def test_a_first_line_that_says_the_delimiter_is_no_row():
    found = source("sep=|\na|b,c\n1|2\n")

    assert (found.delimiter, [line.number for line in found.lines()]) == ("|", [2, 3])


@pytest.mark.parametrize(
    "text",
    [
        "Tag;Anteil\n05.11.2026;77,6\n06.11.2026;80,4\n",
        "Report, November\n\nTag;Anteil\n05.11.2026;77,6\n06.11.2026;80,4\n",
        'Tag;Anteil\n"a,b,c";1\n"d,e,f";2\n',
    ],
)
def test_the_delimiter_is_the_sign_that_cuts_alike(text):
    assert source(text).delimiter == ";"


def test_the_delimiter_and_the_quote_can_be_chosen():
    assert cells("a;b,c\n'1;2',3\n", delimiter=",", quote="'") == [["a;b", "c"], ["1;2", "3"]]


def test_apostrophes_around_cells_are_quotes():
    assert cells("'a','b'\n'1,5','2'\n") == [["a", "b"], ["1,5", "2"]]


def test_an_apostrophe_inside_words_is_none():
    assert source("name,note\nO'Hara,it's\nd'Or,l'eau\n").quote == '"'


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_wide_text_is_read_with_its_mark_or_without(encoding):
    assert cells("größe,b\n1,2\n".encode(encoding)) == [["größe", "b"], ["1", "2"]]


def test_the_cell_that_tells_encodings_apart_is_found_far_down():
    found = source(b"a,b\n" + b"1,2\n" * 100_000 + b"\xe8. 2,3\n")

    assert (found.odd_line, found.encodings["cp1250"], found.encodings["cp1252"]) == (100_002, "č. 2", "è. 2")


def test_a_chosen_encoding_asks_nothing():
    found = source(b"a,b\n\xe8. 2,3\n", encoding="cp1250")

    assert (found.odd_line, next(iter(found.peek()[1].cells))) == (0, "č. 2")


def test_each_reading_begins_at_the_first_line():
    found = source("a,b\n1,2\n")

    assert list(found.lines()) == list(found.lines())


def test_cells_of_a_workbook_have_their_kinds():
    content = workbook([["day", "n", "note"], ["@45931", "=1.50", ""], ["@45931.5", "", "x"]])
    found = open_source(lambda: BytesIO(content), kept=read_workbook(content))

    assert [(line.kinds, line.cells) for line in found.lines()] == [
        ("ttt", ["day", "n", "note"]), ("dn", ["2025-10-01", "1.5"]), ("m-t", ["2025-10-01T12:00:00", "", "x"]),
    ]  # fmt: skip


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are():
    content = workbook([["a"]])

    with pytest.raises(UnreadableError) as refused:
        open_source(lambda: BytesIO(content), Wish(sheet="November"), kept=read_workbook(content))

    assert (refused.value.code, "October" in refused.value.hint) == ("no_such_sheet", True)


def test_a_line_that_says_the_semicolon_is_no_line_of_the_table():
    assert lines_of(b"sep=;\na;b\n") == [(2, ["a", "b"])]


@pytest.mark.parametrize(
    ("encoding", "name"), [("cp1251", "вашего"), ("cp1253", "ουρά"), ("cp1254", "Satış"), ("cp850", "Rückfragen")]
)
def test_letters_that_are_none_of_the_west_are_asked_about(encoding, name):
    found = source(f"a,queue\n1,{name}\n".encode(encoding))

    assert (found.odd_line, found.encodings[encoding]) == (2, name)


def test_the_letters_of_the_west_are_not_asked_about():
    assert source("a,queue\n1,Façade été “plus” – it’s Größe\n".encode("cp1252")).odd_line == 0
