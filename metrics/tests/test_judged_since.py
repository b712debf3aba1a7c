"""A first result for an earlier period, after later periods had closed: these stand until they are restated."""

from datetime import date, timedelta

import pytest

from contracts.models.agreements import Contract
from metrics.models.verdicts import Verdict
from metrics.services.judged_since import judged_since
from metrics.services.nights import run_night
from metrics.services.restatements import NothingToRestate, closed_cell, preview_late, restate_late
from metrics.services.verifying import verify_some
from metrics.tests.closed import LATER, NOW, current
from metrics.tests.worlds import month, receive

pytestmark = pytest.mark.django_db
TWICE = {"repeats": [{"rule": "in_window", "count": 2, "window": 3, "clause": "§14"}], "history": "counts"}
FEBRUARY, MARCH = date(2025, 2, 1), date(2025, 3, 1)


@pytest.fixture
def level(cast):
    """March closed in breach, as the first month that is judged; of the months before nothing is known."""
    level = cast.level(cast.feeds["A-1/QUALITY"], "BACK", rules=TWICE)
    Contract.objects.filter(pk=level.contract_id).update(judged_from=MARCH)
    close(level, MARCH, 10, at=NOW - timedelta(days=2))
    return level


def close(level, first, numerator, *, at):
    receive(level.feed, [month(first, numerator, 100)], at=at)
    run_night(zone="Europe/Berlin", local_date=at.date() + timedelta(days=1), now=at + timedelta(days=1))


def clause(level, label="2025-03"):
    return [(repeat["tally"], repeat["reached"]) for repeat in current(level, label).working["facts"]["repeats"]]


def restate(cast, level):
    cells = [closed_cell(current(level))]
    restate_late(cells=cells, by=cast.people["acme-manager"], reason="February is known", digest=None, now=LATER)


def test_a_closed_period_keeps_its_count_when_an_earlier_one_becomes_known(level):
    close(level, FEBRUARY, 10, at=NOW)

    assert (current(level, "2025-02").is_final, clause(level)) == (True, [("1", False)])


def test_it_names_the_earlier_period_that_it_would_count(level):
    close(level, FEBRUARY, 10, at=NOW)

    assert [earlier.period_label for earlier in judged_since(current(level), now=LATER)] == ["2025-02"]


def test_an_earlier_period_that_changes_nothing_is_not_named(level):
    close(level, FEBRUARY, 100, at=NOW)

    assert judged_since(current(level), now=LATER) == []


def test_a_restatement_counts_the_earlier_period(cast, level):
    close(level, FEBRUARY, 10, at=NOW)
    restate(cast, level)

    assert clause(level) == [("2", True)]


def test_what_was_restated_names_nothing_any_more(cast, level):
    close(level, FEBRUARY, 10, at=NOW)
    restate(cast, level)

    assert judged_since(current(level), now=LATER) == []


def test_both_revisions_follow_from_the_record(cast, level):
    close(level, FEBRUARY, 10, at=NOW)
    restate(cast, level)

    assert verify_some(Verdict.objects.all(), after=0)[0].differences == ()


def test_without_an_earlier_period_there_is_nothing_to_restate(level):
    with pytest.raises(NothingToRestate):
        preview_late(cells=[closed_cell(current(level))], now=LATER)


def test_the_page_of_the_closed_period_names_the_earlier_one(signed_in, level):
    close(level, FEBRUARY, 10, at=NOW)
    page = signed_in("acme-manager").get(f"/service-levels/{level.public_id}/2025-03").content.decode()

    assert "Earlier periods were judged after this one had closed" in page
    assert f'<a href="/service-levels/{level.public_id}/2025-02">February 2025</a>: Breach' in page


def test_the_api_previews_what_the_restatement_changes(signed_in, level):
    close(level, FEBRUARY, 10, at=NOW)
    path = f"/api/v1/verdicts/{level.public_id}/2025-03/restatement?dry_run=true"
    answer = signed_in("acme-manager").post(path, {"reason": "February is known"}, content_type="application/json")

    move = answer.json()["effect"]["verdicts"][0]
    assert (move["before"]["repeats"], move["after"]["repeats"]) == ("", "§14")
