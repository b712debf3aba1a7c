"""Who gets in, who sees what, and that what is another's does not exist."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from intake.tests.test_sending import ROW
from metrics.models.results import ObservationResult
from tests.support.api_clients import ISSUED, RESULTS, Door, key_for, open_door
from tests.support.cast import Cast
from vendors.keys import find_key, issue_key, revoke_key
from vendors.models import ApiKey, Vendor

LISTS = ["contracts", "feeds", "service-levels", "verdicts", "breaches", "batches", "results?feed=AHT"]


def without_id(response) -> dict:
    return {name: value for name, value in response.json().items() if name != "request_id"}


def bad_headers(door: Door) -> dict[str, str]:
    """Everything that is no good key."""
    vendor = door.cast.vendors["Brightline"]
    revoked, text = issue_key(vendor=vendor, name="old", scopes=["read"], actor=None, expires_at=None, now=ISSUED)
    revoke_key(key=revoked, actor=None, now=ISSUED)
    return {
        "empty": "",
        "scheme alone": "Bearer",
        "another scheme": f"Token {door.secret}",
        "cut": f"Bearer {door.secret[:-1]}",
        "longer": f"Bearer {door.secret}x",
        "twice": f"Bearer {door.secret} {door.secret}",
        "repeated": f"Bearer {door.secret},Bearer {door.secret}",
        "its hash": f"Bearer {door.key.secret_sha256}",
        "in capitals": f"Bearer {door.secret.upper()}",
        "revoked": f"Bearer {text}",
        "expired": f"Bearer {key_for(vendor, expires_at=ISSUED + timedelta(days=1))}",
        "unknown": "Bearer bpo_live_00000000_" + "0" * 40,
    }


def test_every_bad_key_gets_the_same_answer(door: Door):
    nobody = Client().post(RESULTS, ROW, content_type="application/json")

    for what, header in bad_headers(door).items():
        response = Client().post(RESULTS, ROW, content_type="application/json", headers={"Authorization": header})
        assert response.status_code == 401, what
        assert without_id(response) == without_id(nobody), what
        assert response.headers["WWW-Authenticate"] == nobody.headers["WWW-Authenticate"], what
    assert not ObservationResult.objects.exists()


def test_a_key_in_the_address_or_the_body_is_no_key(door: Door):
    in_address = Client().post(f"{RESULTS}?api_key={door.secret}", ROW, content_type="application/json")
    in_body = Client().post(RESULTS, ROW | {"api_key": door.secret}, content_type="application/json")

    assert [in_address.status_code, in_body.status_code] == [401, 401]


def test_a_revoked_key_is_dead_at_the_next_request(door: Door):
    assert door.get("/api/v1/feeds").status_code == 200

    revoke_key(key=door.key, actor=None, now=datetime(2025, 2, 1, tzinfo=UTC))

    assert door.get("/api/v1/feeds").status_code == 401


def test_the_keys_of_a_vendor_that_was_let_go_are_dead(door: Door):
    door.cast.vendors["Brightline"].status = Vendor.Status.ENDED
    door.cast.vendors["Brightline"].save()

    assert door.get("/api/v1/feeds").status_code == 401


def test_the_table_of_keys_holds_no_usable_key(door: Door):
    assert door.secret not in str(ApiKey.objects.values().get())
    assert find_key(f"Bearer bpo_live_{door.key.prefix}_{door.key.secret_sha256}", now=ISSUED) is None


def test_the_last_use_and_the_last_error_of_a_key_are_kept(door: Door):
    door.post(ROW | {"value": "x"})

    door.key.refresh_from_db()
    assert door.key.last_used_at is not None
    assert door.key.last_error.startswith("422 wrong_rows")


def test_a_key_that_only_reads_does_not_write(door: Door):
    reading = {"Authorization": f"Bearer {key_for(door.cast.vendors['Brightline'], 'read')}"}

    assert door.post(ROW, headers=reading).status_code == 403
    assert not ObservationResult.objects.exists()


def test_a_key_that_only_writes_does_not_read(door: Door):
    writing = {"Authorization": f"Bearer {key_for(door.cast.vendors['Brightline'], 'results:write')}"}

    assert Client().get("/api/v1/feeds", headers=writing).status_code == 403


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("brightline-reporter", 201),
        ("brightline-manager", 201),
        ("acme-manager", 403),
        ("acme-viewer", 403),
        ("cobalt-reporter", 422),
        ("delta-manager", 422),
    ],
)
def test_people_of_the_vendor_may_report_by_session(door: Door, who, status):
    client = Client()
    client.force_login(door.cast.people[who])

    response = client.post(RESULTS, ROW, content_type="application/json")

    assert response.status_code == status
    assert ObservationResult.objects.exists() is (status == 201)


def test_a_session_without_its_csrf_token_is_nobody(door: Door):
    client = Client(enforce_csrf_checks=True)
    client.force_login(door.cast.people["brightline-reporter"])

    assert client.post(RESULTS, ROW, content_type="application/json").status_code == 401


@pytest.fixture
def rival(cast: Cast, door: Door) -> Door:
    """Cobalt, with the same codes under its own contract, and results of its own."""
    rival = open_door(cast, vendor="Cobalt", reference="A-2")
    rival.post(ROW | {"external_id": "rivals"})
    return rival


@pytest.mark.parametrize("path", LISTS)
def test_a_list_holds_nothing_of_a_rival(door: Door, rival: Door, path):
    response = door.get(f"/api/v1/{path}")

    assert response.status_code == 200
    assert rival.contract.public_id not in response.content.decode()
    assert "rivals" not in response.content.decode()


def test_what_is_a_rivals_is_answered_like_what_never_was(door: Door, rival: Door):
    row = rival.post(ROW | {"external_id": "rivals"}).json()["results"][0]["id"]
    batch = rival.get("/api/v1/batches").json()["results"][0]["id"]
    pairs = [
        (f"results/{row}", f"results/{row.replace(rival.contract.public_id, 'CT-00000')}"),
        (f"contracts/{rival.contract.public_id}", "contracts/CT-00000"),
        (f"service-levels/{rival.levels['AHT'].public_id}", "service-levels/SL-00000"),
        (f"verdicts/{rival.levels['AHT'].public_id}/2025-06", "verdicts/SL-00000/2025-06"),
        (f"batches/{batch}", "batches/RC-00000"),
        ("breaches/BR-12345", "breaches/BR-00000"),
    ]
    for foreign, absent in pairs:
        one, other = door.get(f"/api/v1/{foreign}"), door.get(f"/api/v1/{absent}")
        assert one.status_code == 404, foreign
        assert without_id(one) == without_id(other), foreign


def test_reporting_for_a_rivals_code_is_answered_like_a_code_that_never_was(door: Door, rival: Door):
    rival.cast.level(rival.cast.feed(rival.contract, "SECRET", "observations"), "SECRET")

    foreign = without_id(door.post(ROW | {"service_level": "SECRET"}))
    absent = without_id(door.post(ROW | {"service_level": "ABSENT"}))

    assert foreign["errors"][0].pop("value") == "SECRET"
    assert absent["errors"][0].pop("value") == "ABSENT"
    assert foreign == absent


def test_the_same_external_id_at_a_rival_is_another_result(door: Door, rival: Door):
    assert door.post(ROW | {"external_id": "rivals", "value": 5}).status_code == 201


def test_a_client_reads_results_but_not_how_its_vendor_sent_them(door: Door):
    door.post(ROW)
    client = Client()
    client.force_login(door.cast.people["acme-viewer"])

    rows = client.get("/api/v1/results", {"feed": "AHT"}).json()["results"]
    batches = client.get("/api/v1/batches").json()["results"]

    assert [row["key"] for row in rows] == ["a1"]
    assert "batch" not in rows[0]
    assert batches == []


def test_the_operator_sees_all(door: Door):
    client = Client()
    client.force_login(door.cast.operator)

    assert client.get("/api/v1/contracts").json()["count"] == 3
