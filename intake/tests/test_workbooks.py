"""Workbooks are read once, in turn, and within limits; nobody else waits for them."""

from contextlib import ExitStack
from io import BytesIO
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from bpo.counters import counters
from intake.files import workbook_process, workbooks
from intake.files.workbooks import SECONDS_A_MINUTE, Turns, WorkbookNotRead, pack
from intake.models.imports import Import
from intake.tests.test_imports import decide, shown
from intake.tests.workbooks import SHEET, workbook, workbook_of_sheet
from metrics.models.results import CountResult

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
ROWS = [["feed", "period", "numerator", "denominator"], ["QUALITY", "2025-10", "=95", "=100"]]


@pytest.fixture
def reporter(signed_in):
    return signed_in("brightline-reporter")


def sent(client, content: bytes):
    return client.post("/imports/new", {"file": SimpleUploadedFile("october.xlsx", content)})


def test_a_workbook_is_read_once_from_its_upload_to_its_results(reporter, monkeypatch):
    read, calls = workbooks.read_workbook, []
    monkeypatch.setattr(workbooks, "read_workbook", lambda content: calls.append(content) or read(content))

    sent(reporter, workbook(ROWS))
    imported = Import.objects.get()
    shown(reporter, imported)
    decide(reporter, imported, "confirm")

    assert CountResult.objects.get().numerator == 95
    assert calls == [workbook(ROWS)]


def test_one_that_cannot_be_read_is_not_tried_again(reporter, monkeypatch):
    calls = []
    monkeypatch.setattr(
        workbooks, "read_workbook", lambda content: calls.append(content) or pack({"error": "unreadable"})
    )

    sent(reporter, workbook(ROWS))
    page = reporter.get(f"/imports/{Import.objects.get().public_id}").content.decode()

    assert "cannot be read within bounded memory and time" in page
    assert len(calls) == 1


def test_a_text_is_read_by_no_other_process(reporter, monkeypatch):
    monkeypatch.setattr(workbooks, "read_workbook", None)

    sent(reporter, b"feed,period,numerator,denominator\nQUALITY,2025-10,95,100\n")

    assert Import.objects.get().sheet is None


def test_whose_workbooks_took_long_waits_and_nobody_else(reporter, signed_in, cast):
    vendor = cast.contracts["A-1"].vendor
    counters().count({f"workbooks:{vendor.pk}": SECONDS_A_MINUTE}, now=timezone.now())

    answers = [sent(client, workbook(ROWS)) for client in (reporter, signed_in("cobalt-manager"))]

    assert [answer.status_code for answer in answers] == [429, 302]
    assert "wait a minute" in answers[0].content.decode()
    assert [imported.vendor for imported in Import.objects.all()] == [cast.contracts["A-2"].vendor]


def test_the_time_that_a_workbook_took_is_counted(reporter, cast):
    sent(reporter, workbook(ROWS))

    name = f"workbooks:{cast.contracts['A-1'].vendor.pk}"
    assert counters().count({name: 0}, now=timezone.now())[name].hits >= 1


@pytest.mark.parametrize(("places", "vendors", "reason"), [(2, [1, 1], "of yours"), (2, [1, 2, 3], "Other workbooks")])
def test_a_vendor_has_one_read_at_a_time_and_all_have_a_few(places, vendors, reason):
    turns = Turns(places)

    with ExitStack() as stack:
        for vendor in vendors[:-1]:
            stack.enter_context(turns.turn(vendor))
        with pytest.raises(WorkbookNotRead, match=reason):
            stack.enter_context(turns.turn(vendors[-1]))

    assert turns.vendors == set()


def test_a_workbook_of_an_older_version_is_to_be_uploaded_again(reporter):
    sent(reporter, workbook(ROWS))
    Import.objects.update(sheet=None)

    page = reporter.get(f"/imports/{Import.objects.get().public_id}").content.decode()

    assert "before the desk was upgraded: upload it again" in page


def test_a_workbook_of_a_thousand_times_its_size_is_refused(monkeypatch):
    monkeypatch.setattr(workbook_process, "UNPACKED", 1_000_000)
    content = workbook_of_sheet(SHEET.format(rows=" " * 1_000_000))

    assert list(workbook_process.read_entries(content, 10)) == [{"error": "too_large"}]


def test_many_cells_that_share_one_long_text_are_too_large(monkeypatch):
    monkeypatch.setattr(workbook_process, "CHARACTERS", 10)

    assert list(workbook_process.read_entries(workbook([["a" * 11]]), 10))[-1] == {"error": "too_large"}


def test_too_many_rows_end_the_sheet():
    rows = "".join(f'<row r="{number}"><c r="A{number}"><v>1</v></c></row>' for number in range(1, 5))

    entries = list(workbook_process.read_entries(workbook_of_sheet(SHEET.format(rows=rows)), 3))

    assert entries[2:] == [[1, "n", ["1"]], [2, "n", ["1"]], [3, "n", ["1"]], {"error": "too_many_rows"}]


def test_its_process_is_limited_before_it_reads(monkeypatch):
    limits = []
    monkeypatch.setattr(workbook_process.resource, "setrlimit", lambda kind, limit: limits.append((kind, limit)))
    monkeypatch.setattr(workbook_process.os, "nice", lambda more: limits.append(more))
    monkeypatch.setattr(workbook_process.sys, "argv", ["", "10", "6"])
    monkeypatch.setattr(workbook_process.sys, "stdin", SimpleNamespace(buffer=BytesIO(b"no workbook")))
    monkeypatch.setattr(workbook_process.sys, "stdout", out := SimpleNamespace(buffer=BytesIO()))

    workbook_process.main()

    assert len(limits) == 3
    assert out.buffer.getvalue() == pack({"error": "unreadable"})
