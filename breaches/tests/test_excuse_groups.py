"""Excuses of several service levels over the API: tried, asked, decided, and refused."""

import pytest

from bpo.models import AuditEntry
from breaches.tests.test_part_grants import FOURTH, THIRD, close, make_days
from contracts.models.service_levels import Feed
from metrics.models.breaches import Excuse
from metrics.services.judging import judge_all
from metrics.tests.closed import NOW, current
from metrics.tests.worlds import count, receive

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_that_day")]
GROUPS = "/api/v1/excuse-groups"


@pytest.fixture
def levels(cast):
    """March of two service levels, closed in breach; the terms of the second make its limits easier."""
    first = make_days(cast)
    feed = cast.feed(cast.contracts["A-1"], "OTHER", Feed.Kind.COUNTS, schedule=Feed.Schedule.DAILY)
    second = cast.level(feed, "OTHERS", rules={"excuses": "reduce_level"})
    receive(feed, [count(THIRD, 95, 100), count(FOURTH, 70, 100)], at=NOW)
    judge_all(now=NOW)
    close()
    return [first, second]


def ask(caller, levels, query="", **more):
    names = [level.public_id for level in levels]
    body = {"service_levels": names, "first_day": "2025-03-04", "last_day": "2025-03-04", "reason": "Fire."} | more
    return caller.post(GROUPS + query, **body)


def test_tried_first_a_group_is_shown_and_not_asked(machine, levels):
    answer = ask(machine, levels, "?dry_run=true").json()

    assert (answer["id"], [each["id"] for each in answer["excuses"]]) == (None, [None, None])
    assert not Excuse.objects.exists()


def test_an_unknown_service_level_is_refused_by_its_id(machine, levels):
    answer = ask(machine, levels[:1], service_levels=[levels[0].public_id, "SL-00000"])

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_service_level")
    assert "SL-00000" in answer.json()["hint"]
    assert not Excuse.objects.exists()


@pytest.mark.any_database
def test_an_amount_is_for_the_levels_whose_terms_know_one(machine, person, levels):
    group = ask(machine, levels).json()
    manager = person("acme-manager")
    shown = manager.post(f"{GROUPS}/{group['id']}/decision?dry_run=true", decision="grant", lowers_by="3.5").json()
    body = {"decision": "grant", "lowers_by": "3.5", "digest": shown["digest"]}
    answer = manager.post(f"{GROUPS}/{group['id']}/decision", **body)

    assert answer.status_code == 200, answer.content
    assert [each["lowers_by"] for each in answer.json()["excuses"]] == [None, "3.5"]
    assert (current(levels[0]).value, current(levels[1]).lowered_by is not None) == (96, True)
    assert AuditEntry.objects.filter(action="decide_excuse").count() == 2


def test_a_group_is_granted_wholly_or_not_at_all(machine, person, levels):
    group = ask(machine, levels).json()
    answer = person("acme-manager").post(f"{GROUPS}/{group['id']}/decision", decision="grant")

    assert (answer.status_code, answer.json()["code"]) == (422, "not_grantable")
    assert not Excuse.objects.exclude(decision="asked").exists()


@pytest.mark.any_database
def test_what_is_not_what_was_shown_is_refused(machine, person, levels):
    group = ask(machine, levels[:1] + levels[1:]).json()
    body = {"decision": "grant", "lowers_by": "3.5", "digest": "0" * 64}
    answer = person("acme-manager").post(f"{GROUPS}/{group['id']}/decision", **body)

    assert (answer.status_code, answer.json()["code"]) == (409, "restatement_moved")
    assert not Excuse.objects.exclude(decision="asked").exists()


@pytest.mark.any_database
def test_a_decided_group_stays_decided(machine, person, levels):
    group, manager = ask(machine, levels).json(), person("acme-manager")
    manager.post(f"{GROUPS}/{group['id']}/decision", decision="refuse", reason="No evidence.")
    answer = manager.post(f"{GROUPS}/{group['id']}/decision", decision="refuse", reason="No evidence.")

    assert (answer.status_code, answer.json()["code"]) == (409, "decided_before")


@pytest.mark.any_database
def test_a_rival_knows_no_such_group(machine, person, levels):
    group = ask(machine, levels).json()

    assert person("cobalt-manager").get(f"{GROUPS}/{group['id']}").status_code == 404
