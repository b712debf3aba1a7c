"""Large files: read part by part by a worker, looked at as a whole, stored as one batch, and taken back as one."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bpo import uploads
from intake import forms
from intake.files import sizes, workbooks
from intake.forms import address_of
from intake.models.imports import Import
from intake.models.large_imports import ImportPart, LargeImport
from intake.tests.large_files import HEADS, bring, calls, counts, decide, feed, large, small_parts, upload, vendor, work
from intake.tests.workbooks import workbook
from metrics.models.results import Batch, ContactResult, CountResult
from metrics.models.verdicts import DirtyCell
from tests.builders import NOW, make_night

__all__ = ["bring", "feed", "small_parts", "vendor"]
Step = LargeImport.Step
pytestmark = pytest.mark.usefixtures("small_parts")


def broken(number: int) -> str:
    """45 calls, of which one has a wait below zero."""
    return "".join(
        line.replace(",10", ",-5") if line.startswith(f"c{number},") else line for line in calls(45).splitlines(True)
    )


def test_a_large_file_is_left_to_a_worker(vendor, feed):
    imported = upload(vendor, HEADS + calls(45), address_of(feed))

    page = vendor.get(f"/imports/{imported.public_id}")
    assert (page.status_code, page["Refresh"]) == (200, "3")
    assert "looking through the file" in page.content.decode().lower()
    assert large(imported).step == Step.SURVEY


def test_a_small_file_is_read_at_once(vendor, feed):
    imported = upload(vendor, HEADS + calls(5), address_of(feed))

    assert "Import 5 rows" in vendor.get(f"/imports/{imported.public_id}").content.decode()
    assert not LargeImport.objects.exists()


def test_its_parts_have_one_preview_and_nothing_is_stored_before_it_is_confirmed(vendor, bring):
    imported = bring(HEADS + calls(45))

    page = vendor.get(f"/imports/{imported.public_id}").content.decode()
    assert counts(imported) == {"new": 45, "changed": 0, "unchanged": 0, "wrong": 0}
    assert "Import 45 rows" in page
    assert "SL8020: 2025-11" in page
    assert ImportPart.objects.count() == 5
    assert (ContactResult.objects.count(), Batch.objects.count(), DirtyCell.objects.count()) == (0, 0, 0)


def test_a_confirmed_file_is_one_batch(vendor, bring, cast):
    imported = decide(vendor, bring(HEADS + calls(45)), "confirm")

    assert (imported.state, imported.batch.rows_new) == (Import.State.IMPORTED, 45)
    assert ContactResult.objects.filter(batch=imported.batch).count() == 45
    assert imported.batch.sent_by == cast.people["brightline-reporter"]
    assert DirtyCell.objects.count() == 1
    assert large(imported).step == Step.DONE


def test_a_small_file_of_the_same_rows_is_unchanged(vendor, feed, bring, monkeypatch):
    decide(vendor, bring(HEADS + calls(45)), "confirm")
    monkeypatch.setattr(sizes, "FILE_ROWS", 20_000)
    again = upload(vendor, HEADS + calls(45), address_of(feed))

    assert vendor.get(f"/imports/{again.public_id}").context["shown"].counts["unchanged"] == 45


def test_questions_have_to_be_answered_before_it_is_stored(vendor, bring):
    imported = bring(HEADS + broken(33))

    assert decide(vendor, imported, "confirm").state == Import.State.PREVIEW
    assert ContactResult.objects.count() == 0
    assert decide(vendor, imported, "confirm", "partly_accepted").state == Import.State.IMPORTED


def test_pressing_twice_stores_once(vendor, bring):
    imported = bring(HEADS + calls(45))
    for _press in range(2):
        vendor.post(f"/imports/{imported.public_id}/decide", {"act": "confirm"})
    work()

    assert (Batch.objects.count(), ContactResult.objects.count()) == (1, 45)


def test_wrong_rows_are_left_out_and_come_back_with_what_is_wrong(vendor, bring):
    imported = bring(HEADS + broken(33))
    file = vendor.get(f"/imports/{imported.public_id}/wrong.csv").content.decode("utf-8-sig")
    imported = decide(vendor, imported, "confirm", "partly_accepted")

    rows = list(csv.reader(io.StringIO(file)))
    assert [row[0] for row in rows] == ["external_id", "c33"]
    assert "wait_seconds" in rows[1][-1]
    assert (imported.rows_refused, ContactResult.objects.count()) == (1, 44)


def test_a_row_that_stands_in_an_earlier_part_is_refused(vendor, bring):
    imported = bring(HEADS + calls(45) + calls(3, first=4))

    page = vendor.get(f"/imports/{imported.public_id}").content.decode()
    assert counts(imported) == {"new": 45, "changed": 0, "unchanged": 0, "wrong": 3}
    assert "Line 6 is the same result." in page


def test_results_that_are_there_are_compared_row_by_row(vendor, bring):
    decide(vendor, bring(HEADS + calls(45)), "confirm")

    without = bring(HEADS + calls(45, wait=12))
    imported = bring(HEADS + calls(30) + calls(15, first=30, wait=12), reason="recounted")

    assert counts(without)["wrong"] == 45
    assert counts(imported) == {"new": 0, "changed": 15, "unchanged": 30, "wrong": 0}
    assert "wait_seconds: 10 → 12" in vendor.get(f"/imports/{imported.public_id}").content.decode()


def test_an_undo_puts_everything_back(vendor, bring):
    decide(vendor, bring(HEADS + calls(45)), "confirm")
    imported = bring(HEADS + calls(60, wait=12), reason="recounted")
    asked = {each["code"] for each in large(imported).summary["preview"]["questions"]}
    decide(vendor, imported, "confirm", *asked)

    imported = decide(vendor, imported, "undo")

    assert (imported.state, imported.undo_batch.rows_superseded) == (Import.State.UNDONE, 60)
    assert set(ContactResult.objects.values_list("wait_seconds", flat=True)) == {10}
    assert ContactResult.objects.count() == 45


def test_after_a_night_there_is_no_undo(vendor, bring):
    imported = decide(vendor, bring(HEADS + calls(45)), "confirm")
    make_night(started_at=NOW)

    assert decide(vendor, imported, "undo").state == Import.State.IMPORTED
    assert ContactResult.objects.count() == 45


def test_cancelling_removes_parts_and_file(vendor, bring):
    imported = decide(vendor, bring(HEADS + calls(45)), "drop")

    assert (imported.state, imported.is_kept) == (Import.State.DROPPED, False)
    assert (ImportPart.objects.count(), ContactResult.objects.count()) == (0, 0)
    assert large(imported).step == Step.DONE


def test_rows_that_would_be_refused_by_now_are_shown_once_more(vendor, bring):
    imported, other = bring(HEADS + calls(45)), bring(HEADS + calls(45, wait=12))
    decide(vendor, other, "confirm")

    imported = decide(vendor, imported, "confirm")

    assert (imported.state, Batch.objects.count()) == (Import.State.PREVIEW, 1)
    assert "have changed since" in vendor.get(f"/imports/{imported.public_id}").content.decode()
    assert counts(imported)["wrong"] == 45


def test_a_workbook_of_more_lines_than_a_page_reads_is_read_once_more_by_a_worker(vendor, feed, monkeypatch):
    monkeypatch.setattr(workbooks, "FILE_LINES", 30)
    rows = [line.split(",") for line in (HEADS + calls(45)).splitlines()]
    imported = upload(vendor, workbook(rows), address_of(feed))
    assert large(imported).step == Step.SURVEY

    work()
    imported = decide(vendor, imported, "confirm")

    assert (imported.state, ContactResult.objects.count()) == (Import.State.IMPORTED, 45)


def test_a_workbook_of_too_many_lines_is_refused_with_advice(vendor, feed, monkeypatch):
    monkeypatch.setattr(workbooks, "FILE_LINES", 30)
    monkeypatch.setattr(workbooks, "LARGE_WORKBOOK_LINES", 40)
    rows = [line.split(",") for line in (HEADS + calls(45)).splitlines()]
    imported = upload(vendor, workbook(rows), address_of(feed))
    work()

    page = vendor.get(f"/imports/{imported.public_id}").content.decode()
    assert "CSV UTF-8" in page
    assert not ContactResult.objects.exists()


def test_what_a_column_is_can_be_said_of_a_large_file(vendor, bring):
    imported = bring(HEADS.replace("wait_seconds", "Q") + calls(45))
    assert large(imported).step == Step.ASK

    page = vendor.get(f"/imports/{imported.public_id}")
    names = page.context["form"].names
    given = {key: name if name != "Q" else "wait_seconds" for key, name in names.items()}
    vendor.post(f"/imports/{imported.public_id}/columns", given)
    work()

    assert counts(imported)["new"] == 45


def test_lines_that_are_added_up_are_one_part(vendor, cast):
    lines = "".join(f"2025-10,{number},{number}\n" for number in range(1, 46))
    upload(vendor, "period,numerator,denominator\n" + lines, address_of(cast.feeds["A-1/QUALITY"]))
    work()

    assert LargeImport.objects.get().step in (Step.ASK, Step.PREVIEW)
    assert not CountResult.objects.exists()


def test_a_file_that_is_too_large_is_refused_with_its_limit(vendor, cast, monkeypatch):
    for module in (forms, uploads):
        monkeypatch.setattr(module, "FILE_BYTES", 2_000_000)
    file = SimpleUploadedFile("big.csv", b"x" * 2_000_001)

    page = vendor.post("/imports/new", {"file": file})

    assert page.status_code == 422
    assert "more than 2 MB" in page.content.decode()
    assert not Import.objects.exists()
