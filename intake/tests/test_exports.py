"""Exports of other software go in as they are: asked at most once about each column, and never the second time."""

from collections.abc import Mapping
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from bpo.models import Membership, Organisation, Role, User
from contracts.models.service_levels import Feed
from intake.models.imports import Import
from metrics.models.results import RESULT_TABLES
from vendors.keys import issue_key

pytestmark = pytest.mark.any_database
EXPORTS = Path(__file__).parent / "data" / "exports"
BERLIN = {"zone": "Europe/Berlin"}
TODAY = datetime(2026, 11, 29, 9, tzinfo=ZoneInfo("Europe/Berlin"))
COUNTS = ("starts_on", "split", "numerator", "denominator")
CALLS = ("key", "outcome", "wait_seconds", "queue")
CONNECT = {
    ("2026-11-01", "Orders", "351", "412"), ("2026-11-01", "Returns", "902", "1203"),
    ("2026-11-02", "Orders", "340", "398"), ("2026-11-02", "Returns", "905", "1150"),
}  # fmt: skip
INTERVALS = {
    ("2026-11-05", "Orders", "38", "44"), ("2026-11-05", "Orders", "40", "51"), ("2026-11-05", "Orders", "54", "60"),
}  # fmt: skip
JIRA = {
    ("SHOP-101", "2026-11-05T08:12:00", "2026-11-05T12:44:00", "High"),
    ("SHOP-102", "2026-11-05T09:00:00", "2026-11-06T08:30:00", "Medium"),
}
SERVICENOW = {
    ("INC0040001", "2026-11-05T08:10:00", "2026-11-05T11:40:00", "Till support", True),
    ("INC0040002", "2026-11-05T14:30:00", "2026-11-06T11:45:00", "Till support", False),
    ("INC0040003", "2026-11-06T15:00:00", None, "Till support", True),
}
BILLING = "Fakturace č. 2"
# Export, feed, what a person answers, columns, and the rows that are right.
CASES: list[tuple[str, str, Mapping[str, str], tuple[str, ...], set[tuple[Any, ...]]]] = [
    ("connect-daily.csv", "ACD_DAY", {"columns": "as proposed"}, COUNTS, CONNECT),
    ("interval-totals.csv", "ACD_EVENT", {"columns": "as proposed"}, COUNTS, INTERVALS),
    ("interval-totals-2.csv", "ACD_DAY", {"columns": "as proposed", **BERLIN}, COUNTS,
     {("2026-11-05", "Orders", "145", "155")}),
    ("date-styles.csv", "TICKETS", {"columns": "as proposed", **BERLIN},
     ("key", "opened_at", "resolved_at", "priority"), JIRA),
    ("date-styles-2.csv", "ACD_DAY", {}, COUNTS,
     {("2026-11-05", "Orders", "351", "412"), ("2026-11-13", "Orders", "340", "398")}),
    ("date-styles-3.csv", "QA_MONTH", {}, COUNTS, {("2026-11-01", "", "279", "300")}),
    ("date-styles-4.csv", "QA_MONTH", {}, COUNTS, {("2026-11-01", "", "279", "300")}),
    ("date-styles-5.csv", "QA_WEEK", {}, ("key", "numerator", "denominator"),
     {("2026-W45|", "93", "100"), ("2026-W46|", "88", "100")}),
    ("naive-stamps.csv", "TICKETS", {"columns": "as proposed", **BERLIN},
     ("key", "opened_at", "resolved_at", "group", "met"), SERVICENOW),
    ("thousands-separators.csv", "DAYS", {"decimals": "comma"}, COUNTS,
     {("2026-11-23", "Orders", "1203", "1412"), ("2026-11-24", "Orders", "1150", "1398")}),
    ("thousands-separators-2.csv", "AHT", {}, ("key", "value", "weight"),
     {("aht-0811", "1312.5", "1203"), ("aht-0911", "298.25", "987")}),
    ("thousands-separators-3.csv", "ACD_DAY", {"columns": "as proposed", "decimals": "point"}, COUNTS,
     {("2026-11-03", "Orders", "1251", "1412"), ("2026-11-03", "Returns", "1902", "2203")}),
    ("thousands-separators-4.csv", "ACD_DAY", {}, COUNTS, {("2026-11-19", "Orders", "351", "1412")}),
    ("biased-part-import.csv", "DAYS", {"decimals": "point"}, COUNTS,
     {("2026-11-17", "Orders", "351", "412"), ("2026-11-17", "Returns", "1402", "2203")}),
    ("title-lines.csv", "ACD_DAY", {}, COUNTS,
     {("2026-11-11", "Orders", "351", "412"), ("2026-11-11", "Returns", "902", "1203")}),
    ("ragged-and-footnotes.csv", "ACD_DAY", {}, (*COUNTS, "note"),
     {("2026-11-14", "Orders", "351", "412", ""), ("2026-11-14", "Returns", "902", "1203", "late shift short")}),
    ("ragged-and-footnotes-2.csv", "ACD_DAY", {}, COUNTS, {("2026-11-20", "Orders", "351", "412")}),
    ("windows-1250.csv", "CALLS", {"encoding": "cp1250"}, CALLS,
     {("c-1", "answered", "12", BILLING), ("c-2", "answered", "45", BILLING), ("c-3", "abandoned", "30", BILLING),
      ("c-4", "answered", "18", "Prodejna")}),
    ("names-nobody-reads.csv", "CHATS", {"confirm": "unread_rows"}, CALLS,
     {("k-1", "answered", "30", "Billing"), ("k-2", "answered", "95", "Billing"),
      ("k-3", "answered", "120", "Billing"), ("k-4", "answered", "20", "Billling")}),
    ("names-nobody-reads-2.csv", "CALLS", {}, CALLS,
     {("q-1", "answered", "12", BILLING), ("q-2", "answered", "45", BILLING)}),
    ("excel-day-fractions.xlsx", "CALLS", {"unit:wait_seconds": "days"}, CALLS,
     {("g-1", "answered", "12", "Prodejna"), ("g-2", "answered", "200", "Prodejna")}),
    ("excel-percent.xlsx", "CSAT", {}, ("key", "value"), {("s-1", "85.3"), ("s-2", "91.2"), ("s-3", "87.5")}),
    ("excel-percent-2.csv", "CSAT", {"unit:value": "part"}, ("key", "value"), {("f-1", "85.3"), ("f-2", "91.2")}),
    ("own-template-through-excel.csv", "ACD_DAY", {}, COUNTS,
     {("2026-11-16", "Orders", "351", "412"), ("2026-11-17", "Orders", "340", "398")}),
    ("own-template-through-excel-2.csv", "QA_MONTH", {}, COUNTS, {("2026-11-01", "", "279", "300")}),
    ("summary-sheet-first.xlsx", "ACD_DAY", {}, COUNTS, {("2026-11-24", "Orders", "351", "412")}),
]  # fmt: skip


@pytest.fixture(scope="module")
def manager(module_database):
    """The manager of the vendor of both contracts."""
    with time_machine.travel(TODAY, tick=True):
        for name in ("helpline", "chat"):
            call_command("load_terms", str(EXPORTS / f"{name}.yaml"), stdout=StringIO())
        user = User.objects.create(email="kestrel@example.com", name="Kestrel", zone="Europe/Berlin")
        organisation = Organisation.objects.get(name="Kestrel Field Support")
        Membership.objects.create(user=user, organisation=organisation, role=Role.VENDOR_MANAGER)
        return user


@pytest.fixture
def db(put_back):
    """The contracts as they were loaded."""


@pytest.fixture
def vendor(manager, db):
    with time_machine.travel(TODAY, tick=True):
        client = Client()
        client.force_login(User.objects.get(pk=manager.pk))
        yield client


def content_of(name: str, feed: Feed) -> bytes:
    return (EXPORTS / name).read_bytes().replace(b"CT-HBSFN", feed.contract.public_id.encode())


def send(imported: Import) -> dict[str, int]:
    """Send the same file by the API, by the reading that was kept; what becomes of its rows."""
    version, feed = imported.reading_version, imported.feed
    assert version
    assert feed
    _key, secret = issue_key(
        vendor=imported.vendor, name="api", scopes=["results:write"], actor=None, expires_at=None, now=timezone.now()
    )
    answer = Client().post(
        f"/api/v1/results?partial=true&reading={quote(version.reading.name)}", content_of(imported.file_name, feed),
        content_type="application/octet-stream" if ".xls" in imported.file_name else "text/csv",
        headers={"Authorization": f"Bearer {secret}"},
    )  # fmt: skip
    return answer.json()["rows"]


def bring(client: Client, name: str, code: str) -> Import:
    feed = Feed.objects.select_related("contract").get(code=code)
    content = content_of(name, feed)
    given = {"file": SimpleUploadedFile(name, content), "feed": f"{feed.contract.public_id}.{code}"}
    return Import.objects.get(public_id=client.post("/imports/new", given)["Location"].rsplit("/", 1)[1])


def preview_of(client: Client, imported: Import) -> Any:
    return client.get(f"/imports/{imported.public_id}").context["shown"].preview


def answer(client: Client, imported: Import, answers: Mapping[str, str]) -> None:
    """Press the button of the reading once, with the columns as they are proposed and these answers."""
    form = client.get(f"/imports/{imported.public_id}").context["form"]
    columns = {key: form[key].value() for key in form.names} if "columns" in answers else {}
    said = {name: value for name, value in answers.items() if name not in ("columns", "confirm")}
    client.post(f"/imports/{imported.public_id}/columns", columns | said)


def press_import(client: Client, imported: Import, answers: Mapping[str, str]) -> Import:
    client.post(f"/imports/{imported.public_id}/decide", {"act": "confirm", "confirm": answers.get("confirm", "")})
    imported.refresh_from_db()
    return imported


def stored(code: str, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    feed = Feed.objects.get(code=code)
    return [tuple(map(plain, row)) for row in RESULT_TABLES[feed.kind].objects.filter(feed=feed).values_list(*columns)]


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S")
    return value if value is None or isinstance(value, bool | str) else str(value)


@pytest.mark.parametrize(("name", "code", "answers", "columns", "rows"), CASES, ids=[case[0] for case in CASES])
def test_an_export_gives_its_right_rows_asked_about_once_and_never_by_api(vendor, name, code, answers, columns, rows):
    first = bring(vendor, name, code)
    asked = {doubt.key for doubt in preview_of(vendor, first).doubts}
    answer(vendor, first, answers) if asked else None
    imported = press_import(vendor, first, answers)
    again = preview_of(vendor, bring(vendor, name, code))

    assert asked == set(answers) - {"confirm"}
    assert (imported.state, set(stored(code, columns)), len(stored(code, columns))) == ("imported", rows, len(rows))
    assert (list(again.doubts), again.counts["unchanged"]) == ([], len(rows))
    assert len(imported.answers) == len(asked)
    assert send(imported)["unchanged"] == len(rows)


def test_an_id_of_a_number_cell_that_lost_its_digits_is_refused(vendor):
    preview = preview_of(vendor, bring(vendor, "long-ids.xlsx", "CALLS"))

    assert [error.code for error in preview.errors] == ["digits_lost", "digits_lost"]


def test_a_note_below_the_table_is_one_wrong_row(vendor):
    preview = preview_of(vendor, bring(vendor, "ragged-and-footnotes-2.csv", "ACD_DAY"))

    assert [(error.line, error.code) for error in preview.errors] == [(3, "not_a_date")]


def test_the_table_of_a_report_without_days_is_found_and_nothing_is_taken_from_it(vendor):
    preview = preview_of(vendor, bring(vendor, "title-lines-2.csv", "ACD_DAY"))

    assert preview.read.proposal.heads.names[0] == "Agent name"
    assert [doubt.key for doubt in preview.doubts] == ["columns"]


def test_a_total_that_differs_from_the_rows_is_asked_about(vendor):
    feed = Feed.objects.get(code="ACD_DAY")
    text = (EXPORTS / "title-lines.csv").read_text().replace("1253", "1254")
    given = {"file": SimpleUploadedFile("t.csv", text.encode()), "feed": f"{feed.contract.public_id}.ACD_DAY"}
    imported = Import.objects.get(public_id=vendor.post("/imports/new", given)["Location"].rsplit("/", 1)[1])

    assert [question.code for question in preview_of(vendor, imported).questions] == ["total_differs"]


def test_a_share_that_is_only_checked_and_differs_from_its_counts_is_asked_about(vendor):
    feed = Feed.objects.get(code="ACD_DAY")
    text = b"date,split,denominator,numerator,SL\n2026-11-20,Orders,412,351,85.2 %\n2026-11-21,Orders,400,300,95 %\n"
    given = {"file": SimpleUploadedFile("t.csv", text), "feed": f"{feed.contract.public_id}.ACD_DAY"}
    imported = Import.objects.get(public_id=vendor.post("/imports/new", given)["Location"].rsplit("/", 1)[1])

    vendor.post(f"/imports/{imported.public_id}/columns", {"column_4": "check"})

    assert [question.detail for question in preview_of(vendor, imported).questions] == [
        "“SL” has 95 % in line 3, the counts come to 75 %. 1 of 2 lines differ."
    ]
    page = vendor.get(f"/imports/{imported.public_id}").content.decode()
    assert "agrees with numerator ÷ denominator in 1 of 2 lines" in page


def test_an_imported_file_keeps_its_reading_with_every_answer(vendor):
    imported = bring(vendor, "interval-totals-2.csv", "ACD_DAY")
    answer(vendor, imported, {"columns": "as proposed", **BERLIN})
    press_import(vendor, imported, {})

    version = imported.reading_version
    assert (version.number, version.reading.name, version.content["zone"]) == (1, "ACD_DAY", "Europe/Berlin")
    assert [each["answer"] for each in imported.answers] == [
        "Europe/Berlin", "Interval Start → date, Queue Name → split, Offer → denominator, Answer → numerator",
    ]  # fmt: skip
    page = vendor.get(f"/imports/{imported.public_id}").content.decode()
    assert "“ACD_DAY”, version 1" in page
    assert "In which time zone is “Interval Start”?" in page


def test_a_column_that_another_encoding_calls_otherwise_is_asked_about_again(vendor):
    feed = Feed.objects.get(code="CALLS")
    content = (EXPORTS / "windows-1250.csv").read_bytes().replace(b",queue", ",fronta č".encode("cp1250"))
    given = {"file": SimpleUploadedFile("c.csv", content), "feed": f"{feed.contract.public_id}.CALLS"}
    imported = Import.objects.get(public_id=vendor.post("/imports/new", given)["Location"].rsplit("/", 1)[1])

    answer(vendor, imported, {"columns": "as proposed", "encoding": "cp1250"})

    preview = preview_of(vendor, imported)
    assert (preview.doubts[0].key, preview.read.reading.undecided) == ("columns", ("fronta č",))


def test_an_export_is_read_by_its_shipped_reading_which_becomes_the_feeds_own(vendor):
    imported = bring(vendor, "date-styles.csv", "TICKETS")
    assert "Read it as Jira issues" in vendor.get(f"/imports/{imported.public_id}").content.decode()

    vendor.post(f"/imports/{imported.public_id}/columns", {"shipped": "Jira issues"})
    assert [doubt.key for doubt in preview_of(vendor, imported).doubts] == ["zone"]
    answer(vendor, imported, BERLIN)
    press_import(vendor, imported, {})

    version = imported.reading_version
    assert (version.number, version.reading.name, version.reading.feed.code) == (1, "Jira issues", "TICKETS")
    assert set(stored("TICKETS", ("key", "opened_at", "resolved_at", "priority"))) == JIRA
    assert list(preview_of(vendor, bring(vendor, "date-styles.csv", "TICKETS")).doubts) == []


def test_a_shipped_reading_of_another_kind_of_feed_is_not_found(vendor):
    imported = bring(vendor, "date-styles.csv", "TICKETS")

    for name in ("Five9 call log", "nothing"):
        assert vendor.post(f"/imports/{imported.public_id}/columns", {"shipped": name}).status_code == 404
