"""What a test key may do, and that nothing of it reaches the record."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from bpo.models import Organisation, User
from bpo.sandbox import SANDBOX, in_sandbox
from contracts.models.parties import Client as ClientParty
from contracts.models.service_levels import ServiceLevelTerms
from contracts.sandbox import PARTS
from intake.tasks import tidy_up
from metrics.models.breaches import Breach
from metrics.models.results import Batch, CountResult
from metrics.models.runs import Run
from metrics.models.verdicts import DirtyCell, Verdict
from metrics.services import work_queue
from tests.support.api_clients import RESULTS, Door, codes, key_for
from vendors.models import ApiKey, IdempotentReply, KeyRequest

pytestmark = pytest.mark.django_db(databases=["default", SANDBOX])
BAD = {"feed": "QUALITY", "period": "2025-10", "numerator": 50, "denominator": 100}
AFTER = "2025-12-20T12:00:00Z"
# Terms stay at a reset; the others are made with the tables.
LEFT = {*PARTS, Run, ContentType, Permission}


def level_of(trial: Door) -> str:
    return trial.cast.levels["A-1/ACCURACY"].public_id


def verdict_of(trial: Door, **headers: str):
    address = f"/api/v1/verdicts/{level_of(trial)}/2025-10"
    return Client().get(address, headers=trial.headers | headers)


def test_a_test_keys_text_says_that_it_is_one(trial: Door):
    assert trial.secret.startswith("bpo_test_")


def test_a_live_keys_text_does_not_open_the_sandbox(door: Door):
    answer = Client().get("/api/v1/due", headers={"Authorization": f"Bearer {door.secret.replace('live', 'test')}"})

    assert answer.status_code == 401


def test_a_row_is_accepted_and_its_verdict_is_there_at_once(trial: Door):
    sent = trial.post([BAD])
    verdict = verdict_of(trial)

    assert (sent.status_code, sent.json()["rows"]["new"]) == (201, 1)
    assert (verdict.status_code, verdict.json()["status"], verdict.json()["display"]) == (200, "breach", "50.0\xa0%")


@pytest.mark.parametrize(
    "path", ["due", "feeds", "contracts", "service-levels", "verdicts", "breaches", "batches", "results?feed=QUALITY"]
)
def test_every_answer_says_that_it_is_a_trial(trial: Door, path: str):
    trial.post([BAD])

    assert trial.get(f"/api/v1/{path}").json()["livemode"] is False


def test_refusals_say_so_too(trial: Door):
    assert trial.post([{"feed": "NONE"}]).json()["livemode"] is False


def test_a_live_answer_does_not_speak_of_it(door: Door):
    assert "livemode" not in door.get("/api/v1/due").json()


def test_the_sandbox_has_the_ids_of_the_record(trial: Door, door: Door):
    for path in ("contracts", "feeds", "service-levels"):
        assert trial.get(f"/api/v1/{path}").json()["results"] == door.get(f"/api/v1/{path}").json()["results"]


def test_nothing_that_a_test_key_sends_is_on_the_record(trial: Door):
    trial.post([BAD], headers={"X-Test-Now": AFTER})

    for model in (Batch, CountResult, DirtyCell, Verdict, Breach):
        assert not model.objects.exists()
    with in_sandbox():
        assert (Batch.objects.count(), CountResult.objects.count(), Breach.objects.count()) == (1, 1, 1)


def test_a_live_key_sees_nothing_of_the_sandbox(trial: Door, door: Door):
    trial.post([BAD])

    assert door.get(RESULTS, feed="QUALITY").json()["results"] == []
    assert verdict_of(door).status_code == 404


def test_a_test_key_sees_nothing_of_the_record(trial: Door, door: Door):
    door.post([BAD])

    assert trial.get(RESULTS, feed="QUALITY").json()["results"] == []


def test_another_vendors_test_key_sees_nothing_of_it(trial: Door):
    trial.post([BAD])
    rival = key_for(trial.cast.vendors["Cobalt"], mode=ApiKey.Mode.TEST)
    answer = Client().get("/api/v1/batches", headers={"Authorization": f"Bearer {rival}"})

    assert answer.json()["results"] == []


def test_a_set_clock_closes_a_period(trial: Door):
    trial.post([BAD], headers={"X-Test-Now": AFTER})
    late = trial.post([BAD | {"numerator": 51, "reason": "miscounted"}, BAD | {"period": "2025-09"}])

    assert verdict_of(trial).json()["is_final"] is True
    assert (late.status_code, codes(late)) == (409, ["period_closed"])


def test_a_dry_run_under_a_set_clock_closes_nothing(trial: Door):
    trial.post([BAD])
    trial.post([BAD], query="?dry_run=true", headers={"X-Test-Now": AFTER})

    assert verdict_of(trial).json()["is_final"] is False


def test_a_read_under_a_set_clock_shows_the_closed_period_and_leaves_it_open(trial: Door):
    trial.post([BAD])

    assert verdict_of(trial, **{"X-Test-Now": AFTER}).json()["is_final"] is True
    assert verdict_of(trial).json()["is_final"] is False


def test_a_period_without_a_report_is_judged_by_the_set_clock(trial: Door):
    verdict = verdict_of(trial, **{"X-Test-Now": AFTER}).json()

    assert (verdict["status"], verdict["is_final"]) == ("not_reported", True)


def test_what_is_due_follows_the_set_clock(trial: Door):
    headers = trial.headers | {"X-Test-Now": "2025-02-02T12:00:00Z"}
    found = Client().get("/api/v1/due", headers=headers).json()["results"]

    assert [each["period"] for each in found if each["feed"] == "QUALITY"] == ["2025-01"]


def test_a_live_key_sets_no_clock(door: Door):
    answer = Client().get("/api/v1/due", headers=door.headers | {"X-Test-Now": AFTER})

    assert (answer.status_code, codes(answer)) == (400, ["test_now_refused"])


@pytest.mark.parametrize("told", ["", "tomorrow", "2025-12-20T12:00:00", "2125-12-20T12:00:00Z"])
def test_a_clock_that_cannot_be_set_is_refused(trial: Door, told: str):
    answer = verdict_of(trial, **{"X-Test-Now": told})

    assert (answer.status_code, codes(answer)) == (400, ["bad_test_now"])


def test_new_terms_judge_the_sandbox_anew(trial: Door):
    trial.post([BAD])
    ServiceLevelTerms.objects.filter(service_level=trial.cast.levels["A-1/ACCURACY"]).update(expected=40, minimum=30)
    trial.post([BAD])

    assert verdict_of(trial).json()["status"] == "met"


def test_a_test_keys_requests_are_kept_for_its_page(trial: Door):
    trial.post([BAD])
    kept = KeyRequest.objects.get(api_key=trial.key)

    assert (kept.status, '"livemode":false' in kept.answer) == (201, True)


def test_a_test_keys_error_stands_on_the_page_of_keys(trial: Door):
    trial.post([{"feed": "NONE"}])
    trial.key.refresh_from_db()

    assert "wrong_rows" in trial.key.last_error


def test_a_sandbox_that_is_not_made_yet_is_said_so(trial: Door, monkeypatch):
    def broken(*args: object, **more: object) -> None:
        raise OperationalError("no such table")

    monkeypatch.setattr("metrics.services.sandbox.copied_of", broken)
    answer = trial.get("/api/v1/due")

    assert (answer.status_code, codes(answer)) == (503, ["test_mode_unavailable"])


def test_what_a_busy_sandbox_keeps_from_being_judged_waits_for_the_next_request(trial: Door, monkeypatch):
    def locked(*args: object, **more: object) -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr("metrics.api.sandbox.judge_chunk", locked)
        first = trial.post(BAD)
    second = trial.post(BAD)

    assert (first.status_code, second.status_code) == (201, 200)
    assert verdict_of(trial).json()["value"] == "50"


def test_rows_that_lie_where_others_are_wanted_are_overwritten(trial: Door):
    """As after the record was put back from a copy, or built anew."""
    with in_sandbox():
        stranger = Organisation.objects.create(kind="client", name="Stranger")
        ClientParty.objects.create(
            pk=trial.contract.client_id, organisation=stranger, country="DE", zone="UTC", currency="EUR"
        )
    listed = trial.get("/api/v1/contracts").json()["results"]

    assert [each["client"] for each in listed] == ["Acme"]


def test_every_row_that_the_sandbox_refers_to_is_copied():
    """A table that a copied one refers to is copied too, or blanked as people are."""
    wanted = {
        field.related_model
        for model in PARTS
        for field in model._meta.concrete_fields
        if field.related_model and field.related_model is not User
    }

    assert wanted <= set(PARTS)


def test_a_trial_notifies_no_worker(trial: Door, monkeypatch, django_capture_on_commit_callbacks):
    sent: list[bool] = []
    monkeypatch.setattr(work_queue.NOTIFIER, "send", lambda: sent.append(True))
    with django_capture_on_commit_callbacks(using=SANDBOX, execute=True):
        trial.post([BAD])

    assert sent == []


def test_answers_to_idempotency_keys_are_tidied_in_the_sandbox_too(trial: Door):
    trial.post([BAD], headers={"Idempotency-Key": "one"})
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        tidy_up()

    with in_sandbox():
        assert not IdempotentReply.objects.exists()


def test_every_operation_says_that_its_clock_may_be_set(client):
    paths = client.get("/api/openapi.json").json()["paths"]
    operations = [operation for methods in paths.values() for operation in methods.values()]

    assert all(
        {"X-Test-Now"} <= {each["name"] for each in operation["parameters"]} and "400" in operation["responses"]
        for operation in operations
    )
