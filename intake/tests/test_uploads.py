"""Upload addresses: a file for one feed without a key, imported where nothing is open, else kept for a person."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from bpo.models import AuditEntry, User
from intake.files.keeping import keep_reading
from intake.models.imports import Import
from intake.models.upload_addresses import UploadAddress
from intake.upload_addresses import AddressNotMade, make_address, revoke_address
from metrics.models.results import Batch, CountResult
from tests.support.api_clients import Door
from vendors.models import Vendor

DAYS = "date,numerator,denominator\n2025-10-13,9,10\n"
OPEN = "Tag,Gut,Gesamt\n2025-10-13,9,10\n"


class Address:
    """An upload address of Brightline's feed DAYS."""

    def __init__(self, door: Door, reading: str = "") -> None:
        self.door, self.maker = door, door.cast.people["brightline-manager"]
        now = timezone.now()
        self.row, self.token = make_address(
            feed=door.feeds["DAYS"], name="nightly", reading=reading, person=self.maker,
            expires_at=now + timedelta(days=30), now=now,
        )  # fmt: skip

    def send(self, content: str | bytes = DAYS, query: str = "", *, token: str = "", **more: Any) -> Any:
        path = f"/api/v1/uploads/{self.row.public_id}/{token or self.token}"
        return Client().put(path + query, content, content_type="application/octet-stream", **more)


def path_of(url: str) -> str:
    return urlsplit(url).path


@pytest.fixture
def address(door: Door) -> Address:
    return Address(door)


def test_a_file_that_leaves_no_question_is_imported_with_a_receipt(address: Address) -> None:
    answer = address.send(query="?name=october.csv")

    imported, batch = Import.objects.get(), Batch.objects.get()
    assert (answer.status_code, answer.json()["state"], answer.json()["receipt"]["id"]) == (
        201, "imported", batch.public_id,
    )  # fmt: skip
    assert (imported.state, imported.address, imported.file_name) == ("imported", address.row, "october.csv")
    assert (CountResult.objects.get().feed.code, batch.channel) == ("DAYS", "file")
    assert answer.json()["receipt"]["sent_by"] == str(address.row)
    assert answer.json()["url"].endswith(f"/imports/{imported.public_id}")


def test_a_file_with_a_question_waits_for_a_person_who_answers_on_its_page(address: Address, signed_in) -> None:
    answer = address.send(OPEN)

    page, name = signed_in("brightline-reporter"), answer.json()["id"]
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    assert [each["key"] for each in answer.json()["questions"]] == ["columns"]
    assert f"upload address {address.row}" in page.get(f"/imports/{name}").content.decode()
    columns = {"column_0": "date", "column_1": "numerator", "column_2": "denominator"}
    page.post(f"/imports/{name}/columns", columns)
    page.post(f"/imports/{name}/decide", {"act": "confirm"})
    assert (CountResult.objects.count(), Import.objects.get().state) == (1, "imported")


def test_rows_with_errors_wait_for_a_person_and_are_listed(address: Address) -> None:
    answer = address.send(f"{DAYS}2025-10-14,many,10\n")

    assert (answer.status_code, [error["line"] for error in answer.json()["errors"]]) == (202, [3])
    assert not CountResult.objects.exists()


def test_what_is_unlikely_waits_for_a_person(address: Address) -> None:
    answer = address.send(f"{DAYS}Total,90,100\n")

    assert (answer.status_code, [each["key"] for each in answer.json()["questions"]]) == (202, ["total_differs"])


def test_the_same_file_again_is_taken_in_once(address: Address) -> None:
    first, again = address.send(), address.send()

    assert (again.status_code, again.json()["repeated"], again.json()["id"]) == (200, True, first.json()["id"])
    assert (Import.objects.count(), Batch.objects.count()) == (1, 1)


def test_a_file_that_says_nothing_new_is_kept_as_unchanged(address: Address) -> None:
    address.send()
    address.send("date,numerator,denominator\n2025-10-14,9,10\n")

    answer = address.send()

    assert (answer.status_code, answer.json()["state"]) == (200, "unchanged")
    assert (Batch.objects.count(), CountResult.objects.count()) == (2, 2)


def test_an_earlier_file_that_would_correct_a_later_one_waits_for_a_reason(address: Address) -> None:
    address.send()
    page_of_correction = address.send("date,numerator,denominator\n2025-10-13,8,10\n")

    assert (page_of_correction.status_code, page_of_correction.json()["errors"][0]["code"]) == (
        202, "external_id_conflict",
    )  # fmt: skip


def test_rows_of_other_feeds_are_not_taken_in(address: Address) -> None:
    answer = address.send("feed,date,numerator,denominator\nWEEKS,2025-10-13,9,10\n")

    assert (answer.status_code, CountResult.objects.exists()) == (202, False)


@pytest.mark.parametrize("ending", ["revoked", "expired", "ended vendor", "wrong token"])
def test_an_address_that_has_ended_or_is_wrong_is_not_found(address: Address, ending: str) -> None:
    if ending == "revoked":
        revoke_address(address=address.row, person=address.maker, now=timezone.now())
    elif ending == "expired":
        UploadAddress.objects.update(expires_at=timezone.now())
    elif ending == "ended vendor":
        Vendor.objects.filter(pk=address.row.vendor_id).update(status=Vendor.Status.ENDED)

    answer = address.send(token="0" * 64 if ending == "wrong token" else "")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert not Import.objects.exists()


def test_an_address_outlives_the_role_of_whoever_made_it(address: Address) -> None:
    address.maker.memberships.all().delete()

    assert address.send().status_code == 201


def test_a_dry_run_stores_nothing(address: Address) -> None:
    answer = address.send(query="?dry_run=true")

    assert (answer.status_code, answer.json()["rows"]["new"]) == (200, 1)
    assert (Import.objects.count(), Batch.objects.count()) == (0, 0)


def test_what_is_no_table_is_refused_and_named_as_the_last_error(address: Address) -> None:
    answer = address.send(b"")

    assert answer.status_code == 400
    assert UploadAddress.objects.get().last_error.startswith(f"{answer.json()['code']}: ")


def test_a_large_file_is_left_to_a_worker(address: Address, monkeypatch) -> None:
    monkeypatch.setattr("intake.files.sizes.FILE_ROWS", 1)

    answer = address.send()

    assert (answer.status_code, answer.json()["state"], CountResult.objects.exists()) == (202, "reading", False)


def test_a_file_that_another_reading_reads_waits(address: Address, door: Door) -> None:
    shipped = Address(door, reading="Amazon Connect queues")

    answer = shipped.send()

    assert (answer.status_code, [each["key"] for each in answer.json()["questions"]]) == (202, ["reading"])
    connect = "StartInterval,Queue,Contacts queued,Contacts answered in 20 seconds\n2025-10-13,Orders,10,9\n"
    assert shipped.send(connect).status_code == 201


def test_an_address_takes_as_many_files_a_minute_as_a_key_sends_requests(address: Address, settings) -> None:
    settings.API_WRITES_PER_MINUTE = 1

    assert [address.send().status_code for _ in range(2)] == [201, 429]


def test_neither_the_log_nor_the_database_has_the_token(address: Address, caplog) -> None:
    with caplog.at_level("INFO"):
        address.send()

    assert address.token not in caplog.text
    assert address.token not in str(list(UploadAddress.objects.values())) + str(list(AuditEntry.objects.values()))


def test_the_page_makes_an_address_shows_it_once_and_revokes_it(door: Door, signed_in) -> None:
    page = signed_in("brightline-manager")
    given = {"name": "nightly", "feed": f"{door.contract.public_id}.DAYS", "reading": "", "days": "30"}

    made = page.post("/upload-addresses", given)

    url = made.context["url"]
    assert (made.status_code, url in made.content.decode()) == (201, True)
    assert url not in page.get("/upload-addresses").content.decode()
    assert Client().put(path_of(url), DAYS).status_code == 201
    page.post(f"/upload-addresses/{made.context['made'].public_id}/revoke")
    assert Client().put(path_of(url), DAYS).status_code == 404
    acts = AuditEntry.objects.filter(thing_type="intake.uploadaddress").order_by("pk")
    assert list(acts.values_list("action", flat=True)) == ["make_upload_address", "revoke_upload_address"]


def test_a_reading_of_another_feed_makes_no_address(door: Door) -> None:
    maker: User = door.cast.people["brightline-manager"]
    keep_reading(
        vendor=door.contract.vendor, feed=door.feeds["WEEKS"], name="weeks", content={}, principal=maker,
        now=timezone.now(),
    )  # fmt: skip

    with pytest.raises(AddressNotMade):
        Address(door, reading="weeks")
    assert not UploadAddress.objects.exists()


def test_managers_alone_make_addresses_by_api(door: Door, signed_in) -> None:
    given = {"name": "nightly", "contract": door.contract.public_id, "feed": "DAYS", "days": 30}
    answers = {
        name: signed_in(name).post("/api/v1/upload-addresses", given, content_type="application/json")
        for name in ("brightline-manager", "brightline-reporter")
    }

    made = answers["brightline-manager"]
    assert {name: answer.status_code for name, answer in answers.items()} == {
        "brightline-manager": 201, "brightline-reporter": 403,
    }  # fmt: skip
    assert Client().put(path_of(made.json()["url"]), DAYS).status_code == 201
