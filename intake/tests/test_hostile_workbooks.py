"""Workbooks that ask for too much, or for what is not theirs, harm only the process that reads them."""

import pytest

from bpo.row_errors import SubmissionError
from intake.tests import workbooks
from intake.tests.workbooks import SHEET, workbook, workbook_of_sheet


def test_a_workbook_that_asks_for_all_the_memory_harms_only_its_reader():
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'

    with pytest.raises(SubmissionError) as refused:
        workbooks.lines_of(workbook_of_sheet(SHEET.format(rows=far)))

    assert refused.value.code == "bad_workbook"


@pytest.mark.parametrize(("part", "place"), [("SHEET", "{rows}"), ("STYLES", "<xf")])
def test_a_workbook_that_names_a_file_of_this_machine_is_refused(monkeypatch, part, place):
    entity = "?><!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>"
    text = getattr(workbooks, part).replace("?>", entity).replace(place, f"&e;{place}", 1)
    monkeypatch.setattr(workbooks, part, text)

    with pytest.raises(SubmissionError, match="cannot be read"):
        workbooks.lines_of(workbook([["id&e;"], ["1"]]))


def test_a_workbook_of_too_many_rows_is_refused(monkeypatch):
    monkeypatch.setattr("intake.files.workbooks.FILE_LINES", 10)
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 12))

    with pytest.raises(SubmissionError) as refused:
        workbooks.lines_of(workbook_of_sheet(SHEET.format(rows=rows)))

    assert refused.value.code == "too_many_rows"
