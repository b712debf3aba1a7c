"""Late results are listed over the API, and counted by a person's restatement with a reason."""

import pytest
import time_machine

from metrics.models.verdicts import LateArrival
from metrics.tests.closed import LATER, MARCH, close, correct, current
from tests.support.api_clients import Caller, key_for

pytestmark = pytest.mark.django_db
LATE = "/api/v1/late-arrivals"


@pytest.fixture(autouse=True)
def on_that_day():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def level(cast):
    """March closed in breach at 80 %, and corrected to 96 % afterwards."""
    found = cast.levels["A-1/ACCURACY"]
    close(found, 96, 96, 80)
    correct(found, MARCH, 96)
    return found


@pytest.fixture
def person(cast):
    def sign_in(name):
        caller = Caller()
        caller.client.force_login(cast.operator if name == "operator" else cast.people[name])
        return caller

    return sign_in


def restate(caller, level, query="", label="2025-03", **body):
    return caller.post(f"/api/v1/verdicts/{level.public_id}/{label}/restatement{query}", **body)


def test_tried_first_it_shows_before_and_after_and_stores_nothing(person, level):
    answer = restate(person("acme-manager"), level, "?dry_run=true")
    body = answer.json()
    [move] = body["effect"]["verdicts"]

    assert (answer.status_code, body["dry_run"], body["effect"]["late"]) == (200, True, 1)
    assert (move["before"]["status"], move["after"]["status"]) == ("breach", "met")
    assert (move["before"]["revision"], move["after"]["revision"]) == (1, 2)
    assert (body["corrections_until"], body["corrections_are_over"]) == ("2025-08-18", False)
    assert current(level).revision == 1


def test_done_it_is_a_new_final_revision(person, level):
    manager = person("acme-manager")
    digest = restate(manager, level, "?dry_run=true").json()["effect"]["digest"]
    answer = restate(manager, level, reason="late tickets", digest=digest)

    assert answer.status_code == 201
    assert (current(level).revision, current(level).status, current(level).reason) == (2, "met", "late tickets")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [({}, 422, "reason_needed"), ({"reason": " "}, 422, "reason_needed"),
     ({"reason": "late", "digest": "0" * 64}, 409, "restatement_moved"),
     ({"reason": "late", "ground": "because"}, 422, "wrong_fields")],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_by_name(person, level, body, status, code):
    answer = restate(person("acme-manager"), level, **body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert current(level).revision == 1


def test_what_is_counted_is_not_counted_again(person, level):
    restate(person("acme-manager"), level, reason="late tickets")

    assert restate(person("acme-manager"), level, "?dry_run=true").json()["code"] == "nothing_to_restate"


def test_after_the_time_for_corrections_it_takes_the_admin_and_a_ground(person, level):
    level.terms.update(rules={"restatement_days": 1})
    refused = restate(person("acme-manager"), level, reason="late tickets", ground="audit")
    assert (refused.status_code, refused.json()["code"]) == (409, "corrections_over")

    assert restate(person("acme-admin"), level, reason="finding 7", ground="audit").status_code == 201
    assert current(level).reason == "Audit: finding 7"


@pytest.mark.parametrize("query", ["", "?dry_run=true"])
@pytest.mark.parametrize("name", ["acme-viewer", "brightline-manager", "brightline-reporter", "operator"])
def test_others_do_not_restate(person, level, name, query):
    assert restate(person(name), level, query, reason="late tickets").status_code == 403
    assert current(level).revision == 1


def test_a_key_does_not_restate(cast, level):
    caller = Caller(Authorization=f"Bearer {key_for(cast.vendors['Brightline'])}")

    assert restate(caller, level, "?dry_run=true").status_code == 403


def test_what_is_not_theirs_does_not_exist(person, level):
    assert restate(person("zenith-manager"), level, reason="late").status_code == 404
    assert restate(person("acme-manager"), level, label="2031-01", reason="late").status_code == 404


def test_late_results_are_listed_for_both_sides(person, level):
    for name in ("acme-viewer", "brightline-reporter"):
        [late] = person(name).get(LATE).json()["results"]
        assert (late["service_level"], late["starts_on"], late["reason"]) == (
            level.public_id, "2025-03-01", "counted wrongly"
        )  # fmt: skip
        assert late["counted_by"] is None


@pytest.mark.parametrize("name", ["cobalt-manager", "zenith-manager"])
def test_late_results_of_others_are_not_listed(person, level, name):
    assert person(name).get(LATE).json()["count"] == 0


def test_what_was_counted_names_its_revision(person, level):
    restate(person("acme-manager"), level, reason="late tickets")
    caller = person("acme-manager")

    assert caller.get(LATE, is_counted="true").json()["results"][0]["counted_by"] == 2
    assert caller.get(LATE, is_counted="false").json()["count"] == 0
    assert LateArrival.objects.count() == 1


def test_a_late_result_is_found_by_its_id(cast, person, level):
    [late] = person("acme-manager").get(LATE, starts_on="2025-03-01", service_level=level.public_id).json()["results"]
    answer = person("acme-manager").get(f"/api/v1/results/{late['result']}")

    assert answer.json()["current"]["numerator"] == "96"
