"""How a file is read: told by its content, said to the person, bounded whatever it asks for."""

import pytest

from bpo.row_errors import SubmissionError
from intake.files.matching import match
from intake.files.tables import read_table
from intake.models.imports import Import
from intake.tests import workbooks
from intake.tests.workbooks import SHEET, workbook, workbook_of_sheet

ROWS = "period{0}numerator{0}denominator\n2025-10{0}95{0}100\n"


def rows_of(content: bytes | str, **more: str) -> list[dict[str, str]]:
    """The rows as the validator gets them; the columns are chosen, so that no database is asked."""
    table = read_table(content.encode()) if isinstance(content, str) else workbooks.read(content)
    matching = {name: name for name in table.header}
    return list(match(table, Import(matching=matching, **more)).sheet.rows)


@pytest.mark.parametrize(("mark", "word"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")])
def test_the_delimiter_is_told_from_the_header(mark, word):
    table = read_table(ROWS.format(mark).encode())

    assert (table.delimiter, table.header) == (word, ["period", "numerator", "denominator"])


def test_a_delimiter_inside_quotes_is_none():
    assert read_table(b'"a;b;c",d\n1,2\n').header == ["a;b;c", "d"]


@pytest.mark.parametrize(
    ("encoding", "word"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("cp1252", "Windows-1252")],
)
def test_the_encoding_is_told_and_said(encoding, word):
    table = read_table("note,größe\nüber,1\n".encode(encoding))

    assert (table.encoding, table.header) == (word, ["note", "größe"])


def test_lines_are_numbered_as_the_spreadsheet_shows_them():
    table = read_table(b'a,b\n\n"two\nlines",1\n,\n3,4\n')

    assert table.rows == [(3, ["two\nlines", "1"]), (6, ["3", "4"])]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_batch"),
        (b"a,b\n", "empty_batch"),
        (b"a,b\n1\n", "wrong_width"),
        (b"a,b\n1,2,3\n", "wrong_width"),
        (b'a,b\n"1,2\n', "malformed_csv"),
        (b"a,b\n\x00,2\n", "malformed_csv"),
        (b"\xd0\xcf\x11\xe0 old", "bad_workbook"),
        (b"PK\x03\x04 no workbook", "bad_archive"),
        (b"x" * (10 * 1024 * 1024 + 1), "too_large"),
        (b"a\n" + b"1\n" * 10_001, "too_many_rows"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_code(content, code):
    with pytest.raises(SubmissionError) as refused:
        read_table(content)

    assert refused.value.code == code


def test_cells_that_hang_over_empty_do_no_harm():
    assert read_table(b"a,b\n1,2,,\n").rows == [(2, ["1", "2"])]


def test_a_decimal_comma_becomes_a_point():
    assert rows_of("numerator;note\n93,25;3,5 h\n")[0] == {"numerator": "93.25", "note": "3,5 h"}


def test_in_a_file_cut_at_commas_a_comma_is_no_decimal_sign():
    assert rows_of('numerator,denominator\n"3,021",4.5\n')[0] == {"numerator": "3,021", "denominator": "4.5"}


@pytest.mark.parametrize(
    "numbers",
    ["93,2;93.2", "1.234;2.500", "1,234;12,500"],
)
def test_numbers_that_could_mean_two_things_are_asked_about(numbers):
    with pytest.raises(SubmissionError) as refused:
        rows_of(f"numerator;denominator\n{numbers}\n")

    assert refused.value.code == "ambiguous_decimals"


@pytest.mark.parametrize(("told", "number", "meant"), [("comma", "1,234", "1.234"), ("point", "1.234", "1.234")])
def test_a_person_says_which_sign_it_is(told, number, meant):
    assert rows_of(f"numerator;denominator\n{number};5\n", decimals=told)[0]["numerator"] == meant


def test_a_workbook_is_read_as_a_person_would_type_it():
    content = workbook(
        [
            ["period", "date", "numerator", "denominator", "note"],
            [],
            ["@45931", "@45931", "=95", "=0.30000000000000004", "two words"],
        ]
    )
    table = workbooks.read(content)

    assert (table.sheet, table.rows[0][0]) == ("October", 3)
    assert rows_of(content)[0] == {
        "period": "2025-10", "date": "2025-10-01", "numerator": "95", "denominator": "0.3", "note": "two words",
    }  # fmt: skip


def test_a_day_inside_a_month_is_no_month():
    assert rows_of(workbook([["period"], ["@45932"]]))[0]["period"].startswith("2025-10-02")


def test_a_number_of_any_size_keeps_its_digits():
    assert rows_of(workbook([["numerator"], ["=123456789012"], ["=1E-6"], ["=-4.50"]])) == [
        {"numerator": "123456789012"}, {"numerator": "0.000001"}, {"numerator": "-4.5"},
    ]  # fmt: skip


def test_a_workbook_that_asks_for_all_the_memory_harms_only_its_reader():
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'

    with pytest.raises(SubmissionError) as refused:
        workbooks.read(workbook_of_sheet(SHEET.format(rows=far)))

    assert refused.value.code == "bad_workbook"


@pytest.mark.parametrize(("part", "place"), [("SHEET", "{rows}"), ("STYLES", "<xf")])
def test_a_workbook_that_names_a_file_of_this_machine_is_refused(monkeypatch, part, place):
    entity = "?><!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>"
    text = getattr(workbooks, part).replace("?>", entity).replace(place, f"&e;{place}", 1)
    monkeypatch.setattr(workbooks, part, text)

    with pytest.raises(SubmissionError, match="cannot be read"):
        workbooks.read(workbook([["id&e;"], ["1"]]))


def test_a_workbook_of_too_many_rows_is_refused():
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 10_003))

    with pytest.raises(SubmissionError) as refused:
        workbooks.read(workbook_of_sheet(SHEET.format(rows=rows)))

    assert refused.value.code == "too_many_rows"


def test_two_columns_for_one_field_are_refused():
    table = read_table(b"a,b\n1,2\n")

    with pytest.raises(SubmissionError) as refused:
        match(table, Import(matching={"a": "numerator", "b": "numerator"}))

    assert refused.value.code == "bad_header"


def test_names_are_matched_in_any_case_and_with_blanks():
    table = read_table(b"Service Level,External-ID, Numerator\nSL-1,a,1\n")

    found = match(table, Import(matching={"x": ""}))

    assert list(found.columns.values()) == ["service_level", "external_id", "numerator"]
    assert found.undecided == []
