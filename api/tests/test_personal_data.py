"""What is refused because it tells who a customer is is neither answered nor kept."""

import json
import zlib
from itertools import chain

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bpo.personal_data import REMOVED, redact_path, redact_text
from bpo.strict_values import is_personal
from intake.files.importing import content_of
from intake.models.imports import Import
from intake.tests.workbooks import workbook
from intake.unlikely import CODES
from metrics.models.results import ContactResult
from tests.support.api_clients import Door, codes
from vendors.models import IdempotentReply, KeyRequest

PHONE, MAIL = "+49 170 5550123", "anna.berg@example.com"
CALL = {"feed": "VOICE", "external_id": "p1", "occurred_at": "2025-05-05T10:00:00Z", "outcome": "answered"}
HEADER = "feed,external_id,occurred_at,outcome,customer"
CELLS = "VOICE,{},2025-05-05T10:00:00Z,answered,{}"


def kept(door: Door) -> str:
    """All that the desk keeps of requests and their answers, and of files."""
    requests = chain.from_iterable(KeyRequest.objects.values_list("path", "body", "answer"))
    replies = [zlib.decompress(bytes(body)).decode() for body in IdempotentReply.objects.values_list("body", flat=True)]
    files = [content_of(each).decode("utf-8", "replace") for each in Import.objects.all()]
    sheets = [zlib.decompress(bytes(each.sheet)).decode() for each in Import.objects.exclude(sheet=None)]
    return "\n".join([*requests, *replies, *files, *sheets])


def assert_gone(text: str) -> None:
    for piece in ("5550123", "anna.berg", "Hauptstr"):
        assert piece not in text


@pytest.mark.parametrize(
    "customer",
    [PHONE, MAIL, 491705550123, {"phone": PHONE, "street": "Hauptstr. 5"}, [MAIL], f"{MAIL}, Hauptstr. 5" + "x" * 99],
)
@pytest.mark.parametrize("query", ["", "?dry_run=true", "?partial=true"])
def test_a_customer_who_is_no_pseudonym_is_neither_answered_nor_kept(door: Door, customer, query):
    answer = door.post(
        [CALL | {"customer": customer}, CALL | {"external_id": "p2", "customer": "c-1"}],
        query=query, headers={"Idempotency-Key": "a"},
    )  # fmt: skip

    assert codes(answer) in (["personal_data"], ["not_text"], ["text_too_long"])
    assert_gone(answer.content.decode() + kept(door))
    assert '"customer": "c-1"' in KeyRequest.objects.get().body


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/x-ndjson", f"{json.dumps(CALL | {'customer': 'c-1'})}\n{json.dumps(CALL | {'customer': PHONE})}"),
        ("text/csv", "\n".join([HEADER, CELLS.format("p1", "c-1"), CELLS.format("p2", PHONE)])),
        ("text/csv", "\n".join([CELLS.format("p1", PHONE), CELLS.format("p2", MAIL)])),
        ("application/json", json.dumps(CALL | {"customer": PHONE})[:-2]),
        ("application/json", json.dumps(CALL | {"feed": "NONE", "customer": PHONE})),
        ("application/json", json.dumps(CALL | {"mail": MAIL, "outcome": PHONE})),
        ("application/json", json.dumps([PHONE, MAIL])),
    ],
)
def test_neither_is_one_in_another_form_of_a_refused_body(door: Door, media_type, body):
    answer = door.post(body, type_=media_type)

    assert answer.status_code in (400, 422)
    assert_gone(answer.content.decode() + kept(door))


def test_neither_is_one_at_the_end_of_a_long_body(door: Door):
    rows = [CALL | {"external_id": f"p{number}", "customer": PHONE} for number in range(100)]

    door.post(rows)
    door.post("\n".join([HEADER, *(CELLS.format(row["external_id"], PHONE) for row in rows)]), type_="text/csv")

    assert_gone(kept(door))


def test_neither_is_one_in_an_address(door: Door):
    door.get("/api/v1/results", feed="VOICE", customer="0170 5550123", mail=MAIL)

    assert_gone(kept(door))


@pytest.mark.any_database
@pytest.mark.parametrize(
    "text",
    [
        '{"customer": "c-17", "at": "2025-11-26T09:00:00+01:00", "wait_seconds": 3}',
        "feed,customer,note\nVOICE,c-17,+1 more\n",
        '[{"external_id": "2025-11-26", "numerator": 95}]',
    ],
)
def test_other_excerpts_stay_as_they_are(text):
    assert redact_text(text) == text


@pytest.mark.any_database
def test_escapes_hide_nothing():
    assert redact_text('{"custom\\u0065r": "0170 5550123", "x": "a\\u0040b.de"}') == (
        '{"custom\\u0065r": "@removed", "x": "@removed"}'
    )
    assert redact_path("/x?customer=0170%205&b=1") == "/x?customer=%40removed&b=1"


@pytest.mark.any_database
@pytest.mark.parametrize(
    "text", [REMOVED, "0170\u00a05550123", "0170‑5550123", " +49 170 5550123", "tel:+491705550123"]
)
def test_no_sort_of_blank_or_dash_makes_a_number_a_pseudonym(text):
    assert is_personal(text)


@pytest.fixture
def reporter(door: Door) -> Client:
    client = Client()
    client.force_login(door.cast.people["brightline-reporter"])
    return client


def upload(client: Client, content: bytes) -> Import:
    client.post("/imports/new", {"file": SimpleUploadedFile("calls.csv", content)})
    return Import.objects.get()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_cell_of_an_uploaded_file_is_not_kept_and_its_row_still_refused(door: Door, reporter, encoding):
    rows = [HEADER + ",note", CELLS.format("p1", PHONE) + ",Größe", "", CELLS.format("p2", "c-1") + ',"a ""b"""']
    imported = upload(reporter, "\r\n".join(rows).encode(encoding))

    page = reporter.get(f"/imports/{imported.public_id}")
    reporter.post(f"/imports/{imported.public_id}/decide", {"act": "confirm", "confirm": list(CODES)})

    assert content_of(imported).decode(encoding).splitlines()[1] == rows[1].replace(PHONE, REMOVED)
    assert [(row.line, row.code) for row in page.context["shown"].wrong] == [(2, "personal_data")]
    assert_gone(page.content.decode() + kept(door))
    assert [(row.key, row.customer, row.note) for row in ContactResult.objects.all()] == [("p2", "c-1", 'a "b"')]


def test_a_column_that_is_matched_later_is_cleaned_then(door: Door, reporter):
    rows = [HEADER.replace("customer", "Caller"), CELLS.format("p1", PHONE), CELLS.format("p2", "c-1")]
    imported = upload(reporter, "\n".join(rows).encode())
    page = reporter.get(f"/imports/{imported.public_id}").context["form"]
    names = {field.html_name: field.value() or "" for field in page}
    column = next(name for name, field in page.fields.items() if "Caller" in str(field.label))

    reporter.post(f"/imports/{imported.public_id}/columns", names | {column: "customer"})

    assert REMOVED in kept(door)
    assert_gone(kept(door))


def test_of_a_workbook_what_was_read_is_kept_without_the_cell(door: Door, reporter):
    rows = [HEADER.split(","), CELLS.format("p1", PHONE).split(","), CELLS.format("p2", "c-1").split(",")]
    imported = upload(reporter, workbook(rows))

    page = reporter.get(f"/imports/{imported.public_id}")
    reporter.post(f"/imports/{imported.public_id}/decide", {"act": "confirm", "confirm": list(CODES)})

    assert [row.code for row in page.context["shown"].wrong] == ["personal_data"]
    assert b"only what was read in it is kept" in content_of(imported)
    assert_gone(kept(door))
    assert ContactResult.objects.get().customer == "c-1"


def test_a_name_that_does_not_end_is_looked_at_once():
    text = '{"customer": "c-1", "' + '\\"' * 500_000

    assert redact_text(text) == text
