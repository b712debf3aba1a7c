"""Excuses: asked by the vendor, decided by the client, shown before and after, also of closed periods."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bpo.errors import Refused
from breaches.services.excuses import ask_excuse, decide_excuse
from breaches.services.grants import preview_excuse
from contracts.models.service_levels import Feed
from metrics.models.breaches import Breach, BreachEvent, Excuse
from metrics.models.verdicts import DirtyCell, Verdict
from metrics.services.judging import judge_all
from metrics.services.nights import run_night
from metrics.services.restatement_plans import RestatementMoved
from metrics.services.verifying import verify
from metrics.tests.closed import LATER, correct
from metrics.tests.test_restatements import restate
from metrics.tests.worlds import count, receive

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 6, 20, 9, tzinfo=UTC)
BEFORE = NOW - timedelta(days=2)
BAD_DAY = date(2025, 3, 4)


@pytest.fixture
def daily(cast):
    """March with one bad day of three; judged, not closed."""
    feed = cast.feed(cast.contracts["A-1"], "DAILY", Feed.Kind.COUNTS, schedule=Feed.Schedule.DAILY)
    level = cast.level(feed, "DAYS")
    days = [count(date(2025, 3, 3), 95, 100), count(BAD_DAY, 70, 100), count(date(2025, 3, 5), 97, 100)]
    receive(feed, days, at=BEFORE)
    judge_all(now=BEFORE)
    return level


@pytest.fixture
def closed(daily):
    run_night(zone="Europe/Berlin", local_date=date(2025, 6, 19), now=NOW - timedelta(days=1))
    return daily


def ask(cast, level, day=BAD_DAY, *, by="brightline-manager"):
    return ask_excuse(service_level=level, starts_on=day, ends_on=day + timedelta(days=1), reason="portal down",
                      asked_by=cast.people[by], clause="§9.2", now=NOW)  # fmt: skip


def decide(cast, excuse, *, granted=True, by="acme-manager", **more):
    return decide_excuse(excuse=excuse, granted=granted, decided_by=cast.people[by], now=NOW, **more)


def current(level):
    return Verdict.objects.current().get(service_level=level, period_label="2025-03")


def test_a_preview_of_an_open_period_shows_before_and_after(cast, daily):
    shown = preview_excuse(excuse=ask(cast, daily), now=NOW)

    [preview] = shown.provisional
    assert (preview.before.display, preview.display) == ("87.3\u00a0%", "96.0\u00a0%")
    assert (preview.status_before, preview.status) == ("breach", "met")


def test_a_preview_of_a_closed_period_shows_before_and_after(cast, closed):
    [move] = preview_excuse(excuse=ask(cast, closed), now=NOW).moves

    assert (move.before.display, move.after.display, move.after.status) == ("87.3\u00a0%", "96.0\u00a0%", "met")
    assert move.breach_after == "withdrawn"


@pytest.mark.parametrize("world", ["daily", "closed"])
def test_a_preview_stores_nothing(request, cast, world):
    level = request.getfixturevalue(world)
    excuse = ask(cast, level)
    tables = (Verdict, Excuse, Breach, BreachEvent, DirtyCell)
    before = [list(table.objects.order_by("pk").values()) for table in tables]
    preview_excuse(excuse=excuse, now=NOW)

    assert [list(table.objects.order_by("pk").values()) for table in tables] == before


def test_a_grant_restates_a_closed_period(cast, closed):
    excuse = ask(cast, closed)
    decide(cast, excuse, reason="portal log seen")
    verdict = current(closed)

    assert (verdict.status, verdict.revision, verdict.is_final) == ("met", 2, True)
    assert verdict.restated_by == cast.people["acme-manager"]
    assert verdict.reason == f"{excuse.public_id} granted: portal log seen"
    assert Verdict.objects.get(service_level=closed, period_label="2025-03", revision=1).status == "breach"


def test_both_revisions_around_a_grant_can_be_recomputed(cast, closed):
    decide(cast, ask(cast, closed))

    assert verify(Verdict.objects.filter(service_level=closed)).differences == ()


def test_a_grant_does_not_count_what_came_late(cast, closed):
    receive(closed.feed, [count(date(2025, 3, 6), 0, 100)], at=NOW - timedelta(hours=1), reason="forgotten")
    decide(cast, ask(cast, closed))

    assert current(closed).value == 96


def test_a_refusal_moves_no_number(cast, closed):
    excuse = decide(cast, ask(cast, closed), granted=False, reason="no evidence")

    assert (excuse.decision, excuse.decision_reason) == ("refused", "no evidence")
    assert current(closed).revision == 1


def test_the_breach_tells_who_asked_and_what_was_decided(cast, closed):
    excuse = ask(cast, closed)
    decide(cast, excuse, granted=False, reason="no evidence")
    told = Breach.objects.get().events.filter(kind="excuse")

    assert [(event.by.email, event.text) for event in told] == [
        ("brightline-manager@example.com", f"{excuse.public_id} asked for Tue 4 Mar 2025: portal down"),
        ("acme-manager@example.com", f"{excuse.public_id} refused: no evidence"),
    ]


@pytest.mark.any_database
@pytest.mark.parametrize("who", ["acme-viewer", "acme-admin", "brightline-manager", "cobalt-manager", "zenith-manager"])
def test_only_the_clients_managers_decide(cast, closed, who):
    excuse = ask(cast, closed)
    with pytest.raises(Refused):
        decide(cast, excuse, by=who)

    excuse.refresh_from_db()
    assert excuse.decision == "asked"


@pytest.mark.any_database
@pytest.mark.parametrize("who", ["acme-manager", "brightline-reporter", "cobalt-manager"])
def test_only_the_vendors_managers_ask(cast, closed, who):
    with pytest.raises(Refused):
        ask(cast, closed, by=who)
    assert not Excuse.objects.exists()


def test_what_is_decided_stays_decided(cast, closed):
    excuse = decide(cast, ask(cast, closed), granted=False)

    with pytest.raises(Refused):
        decide(cast, excuse)


def test_a_grant_that_is_not_what_was_shown_is_refused_wholly(cast, closed):
    excuse = ask(cast, closed)
    with pytest.raises(RestatementMoved):
        decide(cast, excuse, digest="0" * 64)

    excuse.refresh_from_db()
    assert (excuse.decision, current(closed).revision) == ("asked", 1)


def test_an_excuse_outside_of_all_results_changes_no_value(cast, closed):
    [move] = preview_excuse(excuse=ask(cast, closed, date(2025, 3, 20)), now=NOW).moves

    assert (move.after.display, move.after.status) == (move.before.display, move.before.status)


def test_a_grant_that_a_restatement_overtook_does_not_uncount_what_that_counted(cast, closed):
    excuse = ask(cast, closed)
    correct(closed, date(2025, 3, 5), 80)
    restate(cast, closed, now=LATER)
    counted = current(closed)
    with pytest.raises(RestatementMoved):
        decide(cast, excuse)

    assert (current(closed).revision, current(closed).value) == (2, counted.value)
