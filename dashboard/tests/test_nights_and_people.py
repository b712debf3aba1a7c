"""Nights, search, a person's own page, and the vendor's keys."""

from datetime import date

import pytest
from django.test import Client

from bpo.models import AuditEntry
from metrics.models.breaches import Breach
from metrics.models.runs import Run
from metrics.models.verdicts import Verdict
from tests.builders import NOW, make_breach, make_night, make_verdict
from vendors.models import ApiKey

Status = Verdict.Status


@pytest.fixture
def night(cast):
    """A night that judged one level of each vendor and failed on one of each."""
    failures = [
        {"service_level": cast.levels[name].public_id, "period": "2025-10", "error": f"no rule for {name}"}
        for name in ("A-1/ACCURACY", "A-2/ACCURACY")
    ]
    run = make_night(state=Run.State.FAILED, failures=failures)
    for name in ("A-1/ACCURACY", "A-2/ACCURACY"):
        make_breach(make_verdict(cast.levels[name], date(2025, 10, 1), Status.BREACH, run=run))
    return run


@pytest.mark.parametrize(("name", "judged"), [("acme-viewer", 2), ("brightline-manager", 1), ("operator", 2)])
def test_a_night_shows_what_it_did_for_the_reader_alone(signed_in, night, name, judged):
    shown = signed_in(name).get("/runs/2025-11-05/Europe/Berlin").context["shown"]

    assert (shown.judged, len(shown.periods), len(shown.events), len(shown.failures)) == (judged,) * 4


def test_a_vendor_reads_nothing_of_its_rivals_failures(signed_in, night):
    assert "A-2/ACCURACY" not in signed_in("brightline-manager").get("/runs/2025-11-05/Europe/Berlin").content.decode()


@pytest.mark.parametrize(("name", "reads"), [("acme-viewer", False), ("brightline-manager", False), ("operator", True)])
def test_only_the_operator_reads_the_error_itself(signed_in, night, name, reads):
    page = signed_in(name).get("/runs/2025-11-05/Europe/Berlin").content.decode()

    assert ("no rule for A-1" in page) is reads


@pytest.mark.parametrize(
    ("name", "state"),
    [("brightline-manager", "finished"), ("acme-viewer", "failed"), ("operator", "failed")],
)
def test_what_failed_for_others_alone_is_no_failure_of_mine(signed_in, cast, name, state):
    rival = {"service_level": cast.levels["A-2/ACCURACY"].public_id, "period": "2025-10", "error": "no rule"}
    make_night(state=Run.State.FAILED, failures=[rival])
    client = signed_in(name)

    rows = client.get("/runs").context["table"].rows
    of_day = client.get("/runs/2025-11-05").context["table"].rows
    shown = client.get("/runs/2025-11-05/Europe/Berlin").context["shown"]
    pages = client.get("/").content.decode() + client.get("/runs").content.decode()

    assert [rows[0].run.state, of_day[0].run.state, shown.run.state] == [state] * 3
    assert ("finished with failures" in pages) is (state == "failed")


def test_nights_of_zones_without_a_contract_of_mine_do_not_exist(signed_in, night):
    client = signed_in("zenith-manager")

    assert client.get("/runs/2025-11-05/Europe/Berlin").status_code == 404
    assert client.get("/runs").context["table"].rows == []


@pytest.mark.parametrize("on", ["2025-13-05", "yesterday", "2025-11-04"])
def test_a_day_without_a_night_is_not_found(signed_in, night, on):
    assert signed_in("acme-manager").get(f"/runs/{on}").status_code == 404


def test_an_exact_id_jumps_to_its_page(signed_in, night):
    breach = Breach.objects.first()

    answer = signed_in("acme-manager").get("/search", {"q": f" {breach.public_id.lower()} "})

    assert answer["Location"] == f"/breaches/{breach.public_id}"


def test_letters_that_people_misread_are_understood(signed_in, cast):
    level = cast.levels["A-1/ACCURACY"]
    level.public_id = "SL-1O0L1".replace("O", "0").replace("L1", "11")
    level.save()

    assert signed_in("acme-manager").get("/search", {"q": "SL-IOOL1"})["Location"] == "/service-levels/SL-10011"


def test_a_foreign_id_is_not_found_like_any_other(signed_in, night):
    breach = Breach.objects.get(service_level__contract__reference="A-2")

    page = signed_in("brightline-manager").get("/search", {"q": breach.public_id})

    assert page.status_code == 200
    assert page.context["groups"] == []


@pytest.mark.parametrize("text", ["%", "_", "'", "\x00", "<script>", "a" * 5000, "❄"])
def test_any_text_may_be_looked_for(signed_in, text):
    assert signed_in("acme-manager").get("/search", {"q": text}).status_code == 200


def test_mail_settings_are_kept_and_recorded(signed_in, cast):
    body = {"zone": "Asia/Manila", "digest_at": "07:15", "wants_reminders": "on"}
    signed_in("acme-manager").post("/me", body)

    person = cast.people["acme-manager"]
    person.refresh_from_db()
    assert (person.zone, f"{person.digest_at:%H:%M}", person.wants_digest) == ("Asia/Manila", "07:15", False)
    assert set(AuditEntry.objects.get(action="person.mail_settings").changes) == {"zone", "digest_at", "wants_digest"}


def test_a_zone_that_is_none_is_refused(signed_in, cast):
    page = signed_in("acme-manager").post("/me", {"zone": "Mars/Olympus", "digest_at": "07:15"})

    assert page.status_code == 422
    assert AuditEntry.objects.count() == 0


def test_nobody_changes_more_of_themselves_than_the_form_has(signed_in, cast):
    body = {"zone": "UTC", "digest_at": "07:15", "is_operator_admin": "on", "email": "x@example.com"}
    signed_in("acme-manager").post("/me", body)

    person = cast.people["acme-manager"]
    person.refresh_from_db()
    assert not person.is_operator_admin
    assert person.email == "acme-manager@example.com"


KEY = {"name": "Nightly export", "scopes": ["results:write", "read"], "days": "90"}


def test_a_key_is_shown_once_and_works(signed_in, cast):
    client = signed_in("brightline-manager")

    page = client.post("/api-keys", KEY)

    secret = page.context["secret"]
    assert page.content.decode().count(secret) == 2
    assert secret not in client.get("/api-keys").content.decode()
    assert Client().get("/api/v1/feeds", headers={"Authorization": f"Bearer {secret}"}).status_code == 200


def test_a_page_with_a_key_is_never_stored(signed_in, cast):
    assert "no-store" in signed_in("brightline-manager").post("/api-keys", KEY)["Cache-Control"]


def test_a_revoked_key_is_dead_at_its_next_request(signed_in, cast):
    client = signed_in("brightline-manager")
    secret = client.post("/api-keys", KEY).context["secret"]

    client.post(f"/api-keys/{ApiKey.objects.get().public_id}/revoke")

    assert ApiKey.objects.get().revoked_at == NOW
    assert Client().get("/api/v1/feeds", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


def test_a_manager_does_not_see_the_keys_of_a_rival(signed_in, cast):
    signed_in("cobalt-manager").post("/api-keys", KEY | {"name": "Rival machine"})

    assert "Rival machine" not in signed_in("brightline-manager").get("/api-keys").content.decode()


def test_a_key_that_may_do_nothing_is_refused(signed_in, cast):
    page = signed_in("brightline-manager").post("/api-keys", {"name": "n", "days": "90"})

    assert page.status_code == 422
    assert not ApiKey.objects.exists()
