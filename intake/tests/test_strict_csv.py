"""CSV is read exactly, or not at all."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpo.row_errors import UnreadableError
from intake.strict_csv import parse_csv

COLUMNS = ("feed", "value", "note")


def read(body: bytes) -> list[tuple[int, dict[str, str]]]:
    """The rows by line, without their empty cells."""
    header, rows, lines = parse_csv(body, columns=COLUMNS, most_rows=100)
    named = ({name: cell for name, cell in zip(header, row, strict=True) if cell} for row in rows)
    return list(zip(lines, named, strict=True))


def test_rows_come_with_the_line_they_begin_on():
    assert read(b'feed,note\n\nA,"one\ntwo"\nB,three\n') == [
        (3, {"feed": "A", "note": "one\ntwo"}),
        (5, {"feed": "B", "note": "three"}),
    ]


def test_what_excel_writes_is_read():
    assert read(b"\xef\xbb\xbffeed,value\r\nA,1\r\n") == [(2, {"feed": "A", "value": "1"})]


def test_an_empty_cell_says_nothing():
    assert read(b"feed,value,note\nA,,x\n") == [(2, {"feed": "A", "note": "x"})]


@pytest.mark.parametrize(
    ("body", "code", "hint"),
    [
        (b"", "empty_batch", ""),
        (b"feed,vlaue\n", "bad_header", "Did you mean value?"),
        (b"feed, value\n", "bad_header", "Remove the blanks around “value”."),
        (b"feed;value\nA;1\n", "bad_header", "Separate the columns by commas."),
        (b"feed,value,value\n", "bad_header", ""),
        (b"A,1\n", "bad_header", "The first line names the columns: feed, note, value."),
        (b"feed,value\nA\n", "wrong_width", ""),
        (b"feed,value\nA,1,2\n", "wrong_width", ""),
        (b'feed,value\nA,"1\nB,2\n', "malformed_csv", None),
        (b'feed,value\nA,"1"2\n', "malformed_csv", None),
        (b"feed,value\nA,1\x00\n", "not_csv", None),
        (b"feed,value\nA,\xff\n", "not_utf8", None),
        ("feed,value\n".encode("utf-16"), "not_csv", None),
        (b"PK\x03\x04rest", "not_csv", None),
        (b"<html></html>", "not_csv", None),
    ],
)
def test_what_is_not_such_a_file_is_refused_by_name(body, code, hint):
    with pytest.raises(UnreadableError) as refused:
        read(body)

    assert refused.value.code == code
    assert hint is None or refused.value.hint == hint


def test_an_open_quote_is_named_where_it_opened():
    with pytest.raises(UnreadableError) as refused:
        read(b'feed,note\nA,x\nB,"open\nC,y\nD,z\n')

    assert refused.value.more["line"] == 3


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=20)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=5))
def test_what_a_csv_writer_writes_is_read_as_it_was(rows):
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("feed", "note"), *rows])

    assert [tuple(row.values()) for _line, row in read(file.getvalue().encode())] == rows


def status_of(body: bytes) -> int:
    try:
        read(body)
    except UnreadableError as refused:
        return refused.status
    return 200


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body):
    assert status_of(body) in (200, 400)
