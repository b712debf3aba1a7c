"""Files to fill in and to correct: what is not changed in them stays unchanged when they come back."""

import csv
import io
import re
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from bpo.csv_export import restored, safe
from intake.files import result_files
from intake.files.sources import open_source
from intake.files.workbooks import read_workbook
from intake.tests.test_sending import EVERY_KIND, ROW
from intake.unlikely import CODES
from metrics.models.results import SupersededResult
from tests.support.api_clients import Door

TRICKY = {"note": '=1+1; "-x"\n\'=y', "external_id": "000123456789012345678"}
KINDS = [{"feed": "AHT", **row} for row in (ROW | TRICKY, *EVERY_KIND)]
DAYS = {"first": "2025-01-01", "last": "2025-12-31"}


@pytest.fixture
def reporter(door: Door) -> Client:
    client = Client()
    client.force_login(door.cast.people["brightline-reporter"])
    return client


def brought(client: Client, content: bytes, name: str) -> dict[str, int]:
    """What a file would do."""
    answer = client.post("/imports/new", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()
    return client.get(answer["Location"]).context["shown"].counts


def changed(content: bytes, old: str, new: str) -> bytes:
    """The file with one cell changed; of a workbook, a number in its first sheet."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        assert content.count(f",{old},".encode()) == 1
        return content.replace(f",{old},".encode(), f",{new},".encode())
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            text = before.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert text.count(f"<v>{old}</v>".encode()) == 1
                text = text.replace(f"<v>{old}</v>".encode(), f"<v>{new}</v>".encode())
            after.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize("type_", ["xlsx", "csv"])
@pytest.mark.parametrize("row", KINDS, ids=lambda row: row["feed"] + str(len(row)))
def test_results_of_each_kind_come_back_unchanged(door: Door, reporter, row, type_):
    assert door.post(row).status_code == 201

    by_api = door.get("/api/v1/results/file", feed=row["feed"], type=type_)
    by_page = reporter.get("/imports/results", {**DAYS, "feed": address(door, row["feed"]), "type": type_})

    assert (by_api.status_code, by_page.status_code) == (200, 200)
    for answer in (by_api, by_page):
        counts = brought(reporter, answer.content, f"results.{type_}")
        assert counts == {"new": 0, "changed": 0, "unchanged": 1, "wrong": 0}


@pytest.mark.parametrize("type_", ["xlsx", "csv"])
def test_one_changed_cell_is_one_correction(door: Door, reporter, type_):
    rows = [ROW | {"external_id": f"a{number}", "value": f"{number}.25"} for number in range(10, 30)]
    door.post(rows)
    content = door.get("/api/v1/results/file", feed="AHT", type=type_).content

    file = SimpleUploadedFile(f"results.{type_}", changed(content, "17.25", "99.5"))
    page = reporter.post("/imports/new", {"file": file, "reason": "The switch was wrong."})["Location"]
    counts = reporter.get(page).context["shown"].counts
    reporter.post(f"{page}/decide", {"act": "confirm", "confirm": list(CODES)})

    assert counts == {"new": 0, "changed": 1, "unchanged": 19, "wrong": 0}
    past = SupersededResult.objects.get()
    assert (past.key, past.content["value"], past.reason) == ("a17", "17.25", "The switch was wrong.")


@pytest.mark.parametrize("type_", ["xlsx", "csv"])
def test_what_is_due_is_filled_in_with_typed_cells(door: Door, reporter, type_):
    due = [report["row"] for report in door.get("/api/v1/due").json()["results"] if report["row"]["feed"] == "DAYS"]
    by_api = door.get("/api/v1/due/file", feed="DAYS", type=type_)
    by_page = reporter.get(f"/imports/template/{address(door, 'DAYS')}?type={type_}")

    header, *rows = cells_of(by_api.content)
    assert header == ["contract", "feed", "date", "numerator", "denominator", "split", "external_id", "note"]
    assert [row[2] for row in rows] == sorted(row["date"] for row in due)
    assert cells_of(by_page.content) == [header, *rows]


def test_a_workbook_has_locked_heads_lists_and_real_dates(door: Door):
    book = door.get("/api/v1/due/file", feed="DAYS").content
    contacts = door.get("/api/v1/due/file", feed="VOICE").content

    sheet = part(book, "xl/worksheets/sheet1.xml")
    assert "<sheetProtection" in sheet
    assert 'state="frozen"' in sheet
    assert re.search(r'<c r="C2" s="\d+"><v>\d{5}</v></c>', sheet)
    assert 'formatCode="yyyy-mm-dd"' in part(book, "xl/styles.xml")
    assert '<dataValidation type="list"' in part(contacts, "xl/worksheets/sheet1.xml")
    assert 'name="lists" sheetId="2" state="hidden"' in part(contacts, "xl/workbook.xml")
    assert "<t>abandoned_before</t>" in part(contacts, "xl/sharedStrings.xml")


@pytest.mark.parametrize("number", ["0.1", "123456789.123456", "123456789012.123456", "-0.000001", "999999999999"])
def test_a_number_keeps_every_digit(door: Door, reporter, number):
    door.cast.feed(door.contract, "VOL", "observations")
    row = {"feed": "VOL", "occurred_at": ROW["occurred_at"], "external_id": "v1", "value": number}
    assert door.post(row).status_code == 201

    content = door.get("/api/v1/results/file", feed="VOL").content

    assert brought(reporter, content, "results.xlsx")["unchanged"] == 1


def test_more_results_than_a_file_takes_are_refused_with_a_sentence(door: Door, reporter, monkeypatch):
    monkeypatch.setattr(result_files, "ROWS", 2)
    door.post([ROW | {"external_id": f"a{number}"} for number in range(3)])

    by_api = door.get("/api/v1/results/file", feed="AHT")
    by_page = reporter.get("/imports/results", {**DAYS, "feed": address(door, "AHT"), "type": "csv"})

    assert (by_api.status_code, by_api.json()["code"]) == (413, "too_many_rows")
    assert (by_page.status_code, "There are more than 2 results" in by_page.content.decode()) == (400, True)


@pytest.mark.parametrize("asked", [{"type": "pdf"}, {"type": "csv", "nonsense": "1"}, {"from_day": "x"}])
def test_what_cannot_be_asked_is_refused(door: Door, asked):
    assert door.get("/api/v1/results/file", feed="AHT", **asked).status_code == 400


@pytest.mark.any_database
@given(st.text(alphabet="'=+-@;\t\r\n\" a1＝.", max_size=8))
def test_a_cell_that_was_kept_from_being_a_formula_reads_back(text):
    assert restored(safe(text)) == text


def address(door: Door, code: str) -> str:
    return f"{door.contract.public_id}.{code}"


def part(book: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(book)) as packed:
        return packed.read(name).decode()


def cells_of(content: bytes) -> list[list[str]]:
    """The cells of a file as the desk reads them."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    source = open_source(lambda: io.BytesIO(content), kept=read_workbook(content))
    return [[*line.cells] for line in source.lines()]
