"""Cells are read as the workbook shows them: percentages, times, days and errors, in all three kinds of workbooks."""

from pathlib import Path

import pytest

from intake.files.shown_cells import kind_of_format
from intake.files.workbook_process import read_entries
from intake.tests import workbooks
from intake.tests.workbooks import SHEET, workbook, workbook_of_sheet

pytestmark = pytest.mark.any_database
DATA = Path(__file__).with_name("data")
MOST = 100


def lines(content: bytes) -> list[list[object]]:
    return [entry for entry in read_entries(content, MOST) if isinstance(entry, list)]


def only_line(content: bytes) -> list[object]:
    (line,) = lines(content)
    return line


@pytest.mark.parametrize(
    ("cell", "kind", "text"),
    [
        ("%0.88", "p", "88%"),
        ("%0.77600000000000002", "p", "77.6%"),
        ("%-1.5", "p", "-150%"),
        ("~1.5", "c", "36:00:00"),
        ("~-0.5", "c", "-12:00:00"),
        ("^0.5", "c", "12:00:00"),
        ("^1.5", "c", "36:00:00"),
        ("^0.000011574", "c", "0:00:01"),
        ("^0.0000173611", "c", "0:00:01.5"),
        ("@45931", "d", "2025-10-01"),
        ("@45931.999999999", "m", "2025-10-02T00:00:00"),
        ("@45931.3750057870", "m", "2025-10-01T09:00:00.500"),
        ("!#DIV/0!", "e", "#DIV/0!"),
        ("=0.5", "n", "0.5"),
        ("plain", "t", "plain"),
    ],
)
def test_a_cell_is_read_as_it_is_shown(cell, kind, text):
    assert only_line(workbook([[cell]])) == [1, kind, [text]]


def test_an_error_at_the_end_of_a_line_is_part_of_it():
    assert lines(workbook([["a", "b"], ["=1", "!#N/A"]]))[1] == [2, "ne", ["1", "#N/A"]]


def test_days_may_be_counted_from_1904(monkeypatch):
    since_1904 = workbooks.WORKBOOK.replace("<sheets>", '<workbookPr date1904="1"/><sheets>')
    monkeypatch.setattr(workbooks, "WORKBOOK", since_1904)

    assert only_line(workbook([["@45931", "~1.5"]])) == [1, "dc", ["2029-10-02", "36:00:00"]]


def test_rows_out_of_order_are_not_guessed_at():
    rows = "".join(f'<row r="{number}"><c r="A{number}" s="2"><v>0.88</v></c></row>' for number in (2, 1))

    assert list(read_entries(workbook_of_sheet(SHEET.format(rows=rows)), MOST))[-1] == {"error": "unreadable"}


@pytest.mark.parametrize(
    ("name", "kinds", "cells"),
    [
        (
            "typed.xls", "tppcccdmnnbnp-e",
            ["text", "88%", "77.6%", "36:00:00", "12:00:00", "36:00:00", "2026-11-05", "2026-11-05T09:12:00",
             "12", "12.5", "true", "3", "10000%", "", "#N/A"],
        ),
        (
            "typed.ods", "tpccdmnbpppt",
            ["text", "88%", "36:00:00", "12:00:00", "2026-11-05", "2026-11-05T09:12:00",
             "12", "true", "50%", "50%", "50%", "#DIV/0!"],
        ),
    ],
)  # fmt: skip
def test_other_kinds_of_workbooks_say_the_same(name, kinds, cells):
    entries = list(read_entries((DATA / name).read_bytes(), MOST))

    assert entries == [{"sheets": ["Oct ü"]}, {"sheet": "Oct ü"}, [1, kinds, cells], [2, kinds, cells]]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("0.0%", "p"), ('0"%"', ""), ("0\\%", ""), ("[Red]0%;[Blue]-0%", "p"), ("hh:mm", "c"), ("[mm]:ss", "c"),
        ("mm:ss.0", "c"), ("dd.mm.yyyy hh:mm", ""), ("[$-407]h:mm", "c"), ("mmm-yy", ""), ("General", ""), ("0.00", ""),
    ],
)  # fmt: skip
def test_a_format_says_what_it_shows(code, kind):
    assert kind_of_format(code) == kind


@pytest.mark.parametrize("cut", [100, 600, 2_000, 4_000])
def test_an_old_workbook_that_is_cut_off_is_unreadable(cut):
    entries = list(read_entries((DATA / "typed.xls").read_bytes()[:cut], MOST))

    assert entries[-1] == {"error": "unreadable"}
