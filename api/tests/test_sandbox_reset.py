"""What a test key's reset deletes, and what it leaves."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from bpo.models import AuditEntry
from bpo.sandbox import SANDBOX, in_sandbox
from contracts.sandbox import PARTS
from metrics.models.results import Batch, CountResult
from metrics.models.runs import Run
from record.models import Chain
from tests.support.api_clients import RESULTS, Door, codes, key_for
from vendors.models import ApiKey, KeyRequest

pytestmark = pytest.mark.django_db(databases=["default", SANDBOX])
BAD = {"feed": "QUALITY", "period": "2025-10", "numerator": 50, "denominator": 100}
AFTER = "2025-12-20T12:00:00Z"
# Terms stay at a reset; the others are made with the tables.
# The chain of the installation has no link there.
LEFT = {*PARTS, Run, ContentType, Permission, Chain}


def test_a_reset_forgets_what_test_keys_sent_and_nothing_else(trial: Door, door: Door):
    trial.post([BAD], headers={"Idempotency-Key": "one", "X-Test-Now": AFTER})
    door.post([BAD])
    answer = Client().post("/api/v1/test/reset", headers=trial.headers)

    assert (answer.status_code, answer.json()["batches"]) == (200, 1)
    assert trial.get(RESULTS, feed="QUALITY").json()["results"] == []
    assert (Batch.objects.count(), CountResult.objects.count()) == (1, 1)


def test_a_reset_leaves_no_row_of_the_vendor_behind(trial: Door):
    trial.post([BAD], headers={"Idempotency-Key": "one"})
    trial.post([BAD | {"numerator": 51, "reason": "miscounted"}])
    trial.post([{"feed": "NONE"}])
    Client().post("/api/v1/test/reset", headers=trial.headers)

    with in_sandbox():
        assert [model for model in apps.get_models() if model not in LEFT and model.objects.exists()] == []


def test_a_reset_leaves_other_vendors_test_data(trial: Door):
    rival = {"Authorization": f"Bearer {key_for(trial.cast.vendors['Cobalt'], mode=ApiKey.Mode.TEST)}"}
    Client().post(RESULTS, [BAD], content_type="application/json", headers=rival)
    Client().post("/api/v1/test/reset", headers=trial.headers)

    assert len(Client().get("/api/v1/batches", headers=rival).json()["results"]) == 1


def test_after_a_reset_an_idempotency_key_is_new(trial: Door):
    trial.post([BAD], headers={"Idempotency-Key": "one"})
    Client().post("/api/v1/test/reset", headers=trial.headers)

    assert trial.post([BAD | {"numerator": 51}], headers={"Idempotency-Key": "one"}).status_code == 201


def test_a_reset_under_a_key_is_not_repeated(trial: Door):
    reset = {"path": "/api/v1/test/reset", "headers": trial.headers | {"Idempotency-Key": "reset"}}
    first = Client().post(**reset)
    trial.post([BAD])

    assert Client().post(**reset).content == first.content
    assert len(trial.get("/api/v1/batches").json()["results"]) == 1


def test_a_reset_is_audited_on_the_record(trial: Door):
    Client().post("/api/v1/test/reset", headers=trial.headers)
    entry = AuditEntry.objects.get(action="reset_test_data")

    assert (entry.actor_label, entry.vendor_organisation) == (
        f"API key {trial.key.public_id}",
        trial.key.vendor.organisation,
    )


def test_a_reset_keeps_the_log_of_requests(trial: Door, door: Door):
    trial.post([BAD])
    door.post([BAD])
    Client().post("/api/v1/test/reset", headers=trial.headers)
    kept = KeyRequest.objects.order_by("pk").values_list("api_key", "path")

    assert list(kept) == [
        (trial.key.pk, RESULTS),
        (door.key.pk, RESULTS),
        (trial.key.pk, "/api/v1/test/reset"),
    ]


def test_a_live_key_resets_nothing(door: Door):
    answer = Client().post("/api/v1/test/reset", headers=door.headers)

    assert (answer.status_code, codes(answer)) == (403, ["test_key_needed"])


def test_a_manager_resets_by_the_button(trial: Door):
    trial.post([BAD])
    person = Client()
    person.force_login(trial.cast.people["brightline-manager"])
    person.post("/api-keys/reset-test-data")

    assert trial.get("/api/v1/batches").json()["results"] == []
