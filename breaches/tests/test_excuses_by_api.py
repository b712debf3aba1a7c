"""Excuses over the API: a vendor's key asks, a client's manager decides, both see before and after."""

from datetime import date, datetime, timedelta

import pytest

from bpo.models import AuditEntry
from bpo.sandbox import SANDBOX
from breaches.services.excuses import may_decide
from breaches.tests.test_part_grants import EASIER, close, make_days
from metrics.models.breaches import Excuse
from metrics.models.verdicts import Verdict
from metrics.tests.closed import LATER, current
from tests.support.api_clients import Caller, key_for
from vendors.models import ApiKey

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_that_day")]
EXCUSES = "/api/v1/excuses"


@pytest.fixture
def level(cast):
    """March, closed in breach at 87.3 %: 95, 70 and 97 of 100."""
    found = make_days(cast)
    close()
    return found


def ask(caller, level, query="", **more):
    body = {"service_level": level.public_id, "first_day": "2025-03-03", "last_day": "2025-03-05",
            "reason": "Portal down.", "clause": "§9.2"} | more  # fmt: skip
    return caller.post(EXCUSES + query, **body)


def test_a_key_asks(machine, level):
    answer = ask(machine, level)
    excuse = Excuse.objects.get()

    assert (answer.status_code, answer.json()["id"]) == (201, excuse.public_id)
    assert (excuse.starts_on, excuse.ends_on, excuse.clause) == (date(2025, 3, 3), date(2025, 3, 6), "§9.2")
    assert (excuse.asked_by, excuse.asked_with.vendor.name) == (None, "Brightline")


def test_the_audit_trail_names_the_key(machine, level):
    ask(machine, level)

    assert AuditEntry.objects.get(action="ask_excuse").actor_label.startswith("API key K-")


def test_asked_again_it_is_the_same(machine, level):
    first, second = ask(machine, level), ask(machine, level)

    assert (second.status_code, second.json()["id"]) == (200, first.json()["id"])


def test_tried_first_it_says_what_would_change_and_asks_nothing(machine, level):
    answer = ask(machine, level, "?dry_run=true", first_day="2025-03-04", last_day="2025-03-04")
    [move] = answer.json()["effect"]["verdicts"]

    assert (answer.status_code, answer.json()["id"], answer.json()["dry_run"]) == (200, None, True)
    assert (move["before"]["display"], move["after"]["display"]) == ("87.3\u00a0%", "96.0\u00a0%")
    assert (move["before"]["breach"], move["after"]["breach"]) == ("found", "withdrawn")
    assert not Excuse.objects.exists()


def test_everything_that_is_wrong_is_said_at_once(machine, level):
    answer = machine.post(EXCUSES, service_level=level.public_id, first_day="3 March", day="x")

    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_fields")
    assert {(error["pointer"], error["code"]) for error in answer.json()["errors"]} == {
        ("#/day", "unknown_field"), ("#/first_day", "not_a_date"), ("#/last_day", "missing_field"),
        ("#/reason", "missing_field"),
    }  # fmt: skip


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("more", "status", "code"),
    [({"last_day": "2025-03-02"}, 422, "wrong_excuse"), ({"last_day": "9999-12-31"}, 422, "wrong_excuse"),
     ({"first_day": "9999-01-01", "last_day": "9999-12-31"}, 422, "wrong_excuse"),
     ({"service_level": "SL-00000"}, 422, "unknown_service_level"), ({"reason": " "}, 422, "wrong_excuse")],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_by_name(machine, level, more, status, code):
    answer = ask(machine, level, **more)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Excuse.objects.exists()


def test_after_the_time_for_corrections_it_cannot_be_asked(machine, level):
    level.terms.update(rules={"restatement_days": 1})
    answer = ask(machine, level)

    assert (answer.status_code, answer.json()["code"]) == (409, "corrections_over")


def test_a_key_without_the_scope_does_not_ask(cast, level):
    caller = Caller(Authorization=f"Bearer {key_for(cast.vendors['Brightline'], 'read', 'results:write')}")

    assert ask(caller, level).status_code == 403


def test_a_rivals_key_knows_no_such_service_level(cast, level):
    caller = Caller(Authorization=f"Bearer {key_for(cast.vendors['Cobalt'], 'excuses:ask')}")

    assert ask(caller, level).json()["code"] == "unknown_service_level"


@pytest.mark.any_database
@pytest.mark.parametrize("name", ["acme-manager", "acme-admin", "acme-viewer", "brightline-reporter"])
def test_only_the_vendors_managers_ask(person, level, name):
    assert ask(person(name), level).status_code == 403
    assert not Excuse.objects.exists()


@pytest.fixture
def excuse(machine, level):
    return ask(machine, level).json()["id"]


def decide(caller, excuse, query="", **body):
    return caller.post(f"{EXCUSES}/{excuse}/decision{query}", **body)


def test_a_key_never_decides(machine, excuse):
    assert decide(machine, excuse, decision="refuse", reason="no").status_code == 403


@pytest.mark.any_database
@pytest.mark.parametrize("name", ["acme-admin", "acme-viewer", "brightline-manager"])
def test_only_the_clients_managers_decide(person, level, excuse, name):
    assert decide(person(name), excuse, decision="grant").status_code == 403
    assert current(level).revision == 1


@pytest.mark.parametrize("name", ["cobalt-manager", "zenith-manager"])
def test_what_is_not_theirs_does_not_exist(person, excuse, name):
    assert decide(person(name), excuse, decision="grant").status_code == 404
    assert person(name).get(f"{EXCUSES}/{excuse}").status_code == 404
    assert person(name).get(EXCUSES).json()["count"] == 0


PART = {"decision": "grant", "first_day": "2025-03-04", "last_day": "2025-03-04", "reason": "Only that day."}


def test_a_part_is_granted_after_it_was_shown(person, level, excuse):
    manager = person("acme-manager")
    shown = decide(manager, excuse, "?dry_run=true", **PART).json()
    assert current(level).revision == 1

    answer = decide(manager, excuse, digest=shown["effect"]["digest"], **PART).json()

    assert (answer["decision"], answer["is_partial"], answer["granted_first_day"], answer["granted_last_day"]) == (
        "granted", True, "2025-03-04", "2025-03-04"
    )  # fmt: skip
    assert (current(level).value, current(level).revision) == (96, 2)
    assert Verdict.objects.get(service_level=level, revision=1, period_label="2025-03").status == "breach"


def test_what_is_not_what_was_shown_is_refused(person, level, excuse):
    answer = decide(person("acme-manager"), excuse, digest="0" * 64, **PART)

    assert (answer.status_code, answer.json()["code"]) == (409, "restatement_moved")
    assert current(level).revision == 1


@pytest.mark.any_database
@pytest.mark.parametrize("query", ["", "?dry_run=true"])
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [({"decision": "refuse"}, 422, "reason_needed"), (PART | {"reason": ""}, 422, "wrong_excuse"),
     (PART | {"first_day": "2025-03-01"}, 422, "not_grantable"), (PART | {"lowers_by": "2"}, 422, "not_grantable"),
     ({"decision": "perhaps"}, 422, "wrong_fields")],
)  # fmt: skip
def test_decisions_that_make_no_sense_are_refused_by_name_and_tried_alike(person, excuse, query, body, status, code):
    answer = decide(person("acme-manager"), excuse, query, **body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Excuse.objects.get().decision == "asked"


def test_what_is_decided_stays_decided(person, excuse):
    manager = person("acme-manager")
    assert decide(manager, excuse, decision="refuse", reason="no evidence").status_code == 200
    answer = decide(manager, excuse, decision="grant")

    assert (answer.status_code, answer.json()["code"]) == (409, "decided_before")


def test_an_amount_makes_limits_easier(cast, machine, person):
    level = make_days(cast, rules={"excuses": "reduce_level"})
    close()
    excuse = ask(machine, level).json()["id"]
    body = PART | {"lowers_by": str(EASIER.lowers_by)}
    decide(person("acme-manager"), excuse, **body)

    assert current(level).status == "below_expected"
    assert machine.get(f"{EXCUSES}/{excuse}").json()["lowers_by"] == "3.5"
    verdict = machine.get(f"/api/v1/verdicts/{level.public_id}/2025-03").json()
    assert (verdict["expected"], verdict["minimum"]) == ("91.5", "86.5")


def test_the_list_is_narrowed(machine, person, level, excuse):
    decide(person("acme-manager"), excuse, decision="refuse", reason="no evidence")

    assert machine.get(EXCUSES, decision="refused").json()["count"] == 1
    assert machine.get(EXCUSES, decision="asked").json()["count"] == 0
    assert machine.get(EXCUSES, service_level=level.public_id).json()["count"] == 1
    assert machine.get(EXCUSES, decided="no").status_code == 400


def test_one_that_is_undecided_shows_its_effect(person, excuse):
    for name in ("acme-viewer", "brightline-reporter"):
        [move] = person(name).get(f"{EXCUSES}/{excuse}").json()["effect"]["verdicts"]
        assert move["before"]["status"] == "breach"


def test_an_open_period_is_shown_before_and_after(cast, machine):
    level = make_days(cast)
    answer = ask(machine, level, "?dry_run=true", first_day="2025-03-04", last_day="2025-03-04").json()
    [move] = answer["effect"]["verdicts"]

    assert (move["is_final"], move["before"]["value"], move["after"]["value"]) == (False, "87.333333", "96")
    assert datetime.fromisoformat(answer["asked_at"]) - LATER == timedelta(0)


@pytest.mark.django_db(databases=["default", SANDBOX])
@pytest.mark.parametrize("query", ["", "?dry_run=true"])
def test_a_test_key_asks_in_its_sandbox_and_nobody_is_asked(cast, query):
    key = key_for(cast.vendors["Brightline"], "excuses:ask", "read", "results:write", mode=ApiKey.Mode.TEST)
    tester = Caller(Authorization=f"Bearer {key}")
    tester.post("/api/v1/results", feed="QUALITY", period="2025-10", numerator=50, denominator=100)
    answer = ask(tester, cast.levels["A-1/ACCURACY"], query, first_day="2025-10-01", last_day="2025-10-02")

    assert (answer.status_code, answer.json()["livemode"]) == (200 if query else 201, False)
    assert not Excuse.objects.exists()


def test_who_created_the_key_that_asked_does_not_decide(machine, level, cast):
    ask(machine, level)
    excuse, manager = Excuse.objects.get(), cast.people["acme-manager"]
    assert may_decide(manager, excuse)

    ApiKey.objects.filter(pk=excuse.asked_with_id).update(created_by=manager)

    assert not may_decide(manager, Excuse.objects.get())
