"""A customer who asks to be forgotten: the pseudonym goes, and no number, verdict or chain changes."""

import gzip
import io
import zipfile
from datetime import UTC, date, datetime

import pytest
from django.core.management import CommandError, call_command

from bpo.models import AuditEntry
from bpo.sandbox import SANDBOX, in_sandbox
from intake.files.importing import content_of, keep_upload
from intake.models.imports import Import
from intake.tests.workbooks import workbook
from metrics.models.results import ContactResult, SupersededResult
from metrics.models.verdicts import Verdict
from metrics.services.judging import judge_all
from metrics.services.nights import run_night
from metrics.services.verifying import verify
from record import erasure
from record.erasure import UnknownCustomerError, erase_customer, names
from record.tests.worlds import findings, link_all
from tests.support.api_clients import Door, key_for, open_door
from vendors.models import KeyRequest

pytestmark = pytest.mark.django_db(databases=["default", SANDBOX])
GONE = "c-17"
NOW = datetime(2025, 6, 20, 9, tzinfo=UTC)


def call(key: str, day: str, customer: str, **more: object) -> dict[str, object]:
    at = f"2025-05-{day}T10:00:00Z"
    return {"feed": "VOICE", "external_id": key, "occurred_at": at, "outcome": "answered", "customer": customer, **more}


@pytest.fixture
def door(cast) -> Door:
    """A vendor whose calls of May are judged finally by who came back; one of them was corrected."""
    found = open_door(cast)
    level = cast.level(found.feeds["VOICE"], "FCR7", metric="CC-FCR-R", params={"of": "not_repeated"})
    found.levels["FCR7"] = level
    found.post([call("a1", "05", GONE), call("a2", "07", GONE), call("b1", "06", "c-1"), call("b2", "20", "c-170")])
    found.post([call("a2", "07", GONE, handle_seconds=30, reason="Was missing.")])
    judge_all(now=NOW)
    run_night(zone="Europe/Berlin", local_date=date(2025, 6, 20), now=NOW)
    assert ContactResult.objects.filter(revision=2).exists()
    return found


def erase(door: Door, customer: str = GONE):
    return erase_customer(contract=door.contract, customer=customer, reason="Their letter of 3 June.")


def verdicts() -> list[tuple[object, ...]]:
    return list(Verdict.objects.order_by("pk").values_list("value", "status", "is_final", "inputs_sha256"))


def test_nothing_kept_for_the_contract_names_them_any_more(door):
    erased = erase(door)

    assert (erased.contacts, erased.superseded) == (2, 1)
    assert set(ContactResult.objects.values_list("customer", flat=True)) == {"c-1", "c-170", erased.replacement}
    assert SupersededResult.objects.get().content["customer"] == erased.replacement


def test_every_value_stays_and_can_still_be_recomputed(door):
    before = verdicts()
    assert any(final for _value, _status, final, _inputs in before)
    erase(door)
    judge_all(now=NOW)

    assert verdicts() == before
    assert [str(found) for found in verify(Verdict.objects.all()).differences] == []


def test_the_chains_hold_as_before(door):
    link_all()
    erase(door)
    link_all()

    assert findings() == []


def test_both_sides_can_read_that_it_was_done_and_not_who_it_was(door):
    erased = erase(door)
    entry = AuditEntry.objects.get(action="erase_customer")

    assert entry.changes == {"customer": [None, erased.replacement], "reason": [None, "Their letter of 3 June."]}
    assert entry.client_organisation == door.contract.client.organisation
    assert entry.vendor_organisation == door.contract.vendor.organisation


def test_requests_that_name_them_are_emptied_and_others_are_not(door):
    door.post(call("c1", "21", "c-170"))
    erase(door)

    kept = list(KeyRequest.objects.exclude(body="").values_list("body", flat=True))
    assert len(kept) == 1
    assert "c-170" in kept[0]


def test_files_that_name_them_are_emptied_and_others_are_not(door):
    vendor, person = door.contract.vendor, door.cast.people["brightline-manager"]
    files = [f"id,customer\n1,{GONE}\n".encode(), b"id,customer\n1,c-170\n"]
    for file in files:
        keep_upload(vendor=vendor, person=person, file_name="x.csv", content=file, feed=None, reason="", now=NOW)
    erase(door)

    assert [content_of(held) for held in Import.objects.order_by("pk")] == [b"", files[1]]


def test_what_was_read_in_a_workbook_that_names_them_goes_with_it(door):
    vendor, person = door.contract.vendor, door.cast.people["brightline-manager"]
    file = workbook([["id", "customer"], ["1", GONE]])
    held = keep_upload(vendor=vendor, person=person, file_name="x.xlsx", content=file, feed=None, reason="", now=NOW)
    assert held.sheet
    erase(door)

    held.refresh_from_db()
    assert (held.is_kept, held.sheet) == (False, None)


def test_an_archive_of_a_file_that_names_them_is_emptied(door):
    vendor, person = door.contract.vendor, door.cast.people["brightline-manager"]
    file = gzip.compress(f"id,customer\n1,{GONE}\n".encode())
    held = keep_upload(vendor=vendor, person=person, file_name="x.gz", content=file, feed=None, reason="", now=NOW)
    erase(door)

    held.refresh_from_db()
    assert not held.is_kept


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_customer_is_found_as_a_word_of_its_own(encoding):
    found = [names(io.BytesIO(text.encode(encoding)), GONE) for text in ("a;c-17;b", "c-17", "c-170;xc-17", "c-18")]

    assert found == [True, True, False, False]


@pytest.mark.parametrize("lead", range(1, 13))
@pytest.mark.parametrize(
    ("text", "is_named"), [("a;c-17;b", True), ("c-17", True), ("xc-17;", False), ("c-170", False)]
)
def test_a_customer_is_found_across_the_pieces_of_a_file(monkeypatch, lead, text, is_named):
    monkeypatch.setattr(erasure, "PIECE", 16)
    for encoding in ("utf-8", "utf-16-le"):
        assert names(io.BytesIO((";" * lead + text).encode(encoding)), GONE) is is_named


def test_a_customer_is_found_in_a_workbook():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("xl/sharedStrings.xml", "<t>A&amp;B/7</t>")

    assert names(packed, "A&B/7")
    assert not names(packed, "B/70")


def test_whom_nobody_knows_is_refused_and_nothing_is_recorded(door):
    with pytest.raises(UnknownCustomerError):
        erase(door, "c-99")

    assert not AuditEntry.objects.filter(action="erase_customer").exists()


def test_only_a_command_may_do_it(door, settings):
    settings.DESK_PROCESS = "web"

    with pytest.raises(CommandError, match="Only a command of the owner"):
        call_command("erase_customer", door.contract.public_id, GONE, reason="x")
    assert ContactResult.objects.filter(customer=GONE).count() == 2


def test_the_command_says_what_it_did(door, capsys):
    call_command("erase_customer", door.contract.public_id, GONE, reason="x")

    assert "2 contacts and 1 superseded ones name erased-" in capsys.readouterr().out


def test_what_test_keys_sent_names_them_no_more(door):
    key = key_for(door.contract.vendor, mode="test")
    headers = {"Authorization": f"Bearer {key}", "X-Test-Now": "2025-06-20T09:00:00Z"}
    assert door.post(call("s1", "05", "c-5"), headers=headers).status_code == 201
    erased = erase(door, "c-5")

    with in_sandbox():
        assert [row.customer for row in ContactResult.objects.all()] == [erased.replacement]
    assert (erased.contacts, erased.in_sandbox, erased.requests) == (0, 1, 1)


def test_an_answer_that_would_be_given_again_names_them_no_more(door):
    late, sent = {"reason": "Came late."}, {"Idempotency-Key": "a"}
    door.post(call(GONE, "05", GONE, **late))
    rows = [call(GONE, "05", GONE, handle_seconds=5), call("d1", "05", "c-1", **late)]
    assert GONE in door.post(rows, query="?partial=true", headers=sent).content.decode()
    erased = erase(door)
    again = door.post(rows, query="?partial=true", headers=sent)

    assert erased.replies == 1
    assert (again.headers["Idempotent-Replayed"], GONE in again.content.decode()) == ("true", False)


@pytest.mark.parametrize("text", ['{"customer":"M\\u00fcller-7"}', "id,Müller-7", '{"customer":"Müller-7"}'])
def test_a_customer_is_found_however_the_text_is_written(text):
    found = [names(io.BytesIO(text.encode(encoding)), "Müller-7") for encoding in ("utf-8", "cp1252", "utf-16")]

    assert found == [True, True, True]


def test_an_excerpt_that_ends_within_their_name_is_emptied(door):
    request = KeyRequest.objects.first()
    KeyRequest.objects.filter(pk=request.pk).update(body='{"customer":"c-1', body_bytes=9_000)
    erase(door)

    assert not KeyRequest.objects.filter(pk=request.pk, body__contains="c-1").exists()
