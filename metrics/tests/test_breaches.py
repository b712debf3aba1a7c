"""Breaches: opened once a period, revised and withdrawn in the open, and what excuses do to them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bpo.errors import Refused
from bpo.models import AuditEntry
from breaches.services.excuses import ask_excuse, decide_excuse
from contracts.models.parties import BusinessCalendar, CalendarException
from contracts.models.service_levels import Feed
from metrics.models.breaches import Breach, BreachEvent
from metrics.models.results import CountResult
from metrics.services.nights import run_night
from metrics.services.work_queue import enqueue
from metrics.tests.worlds import NOW, cells_on, count, month, observation, receive, verdict_of
from tests.support.tampering import as_owner

pytestmark = pytest.mark.django_db
MARCH = date(2025, 3, 1)
AFTER = datetime(2025, 4, 4, 9, tzinfo=UTC)


@pytest.fixture
def level(cast):
    return cast.levels["A-1/ACCURACY"]


def correct(level, numerator):
    with as_owner():
        CountResult.objects.filter(feed=level.feed, starts_on=MARCH).update(numerator=Decimal(numerator))
    enqueue(list(cells_on(level.feed, [MARCH]).values()), now=NOW)
    return verdict_of(level, "2025-03")


def timeline(breach):
    return [(event.kind, event.text) for event in breach.events.all()]


def test_a_breach_opens_with_a_bad_verdict_of_an_ended_period(level):
    receive(level.feed, [month(MARCH, 80, 100)])
    verdict = verdict_of(level, "2025-03")

    breach = Breach.objects.get()

    assert (breach.verdict, breach.opened_by, breach.state, breach.period_label) == (
        verdict,
        verdict,
        "found",
        "2025-03",
    )
    assert "Provisional" in breach.events.get().text


def test_an_open_period_opens_no_breach(level):
    receive(level.feed, [month(date(2025, 4, 1), 1, 100)])

    assert verdict_of(level, "2025-04").status == "at_risk"
    assert not Breach.objects.exists()


def test_a_correction_that_cures_it_withdraws_the_breach_and_says_from_what_to_what(level):
    receive(level.feed, [month(MARCH, 80, 100)])
    verdict_of(level, "2025-03")
    correct(level, 96)

    breach = Breach.objects.get()

    assert (breach.state, breach.closed_at) == ("withdrawn", NOW)
    kind, text = timeline(breach)[-1]
    assert kind == "withdrawn"
    assert text.replace("\u00a0", " ") == "Revision 2: 80.0 → 96.0 %. No longer a breach."


def test_a_breach_that_comes_back_is_the_same_breach(level):
    receive(level.feed, [month(MARCH, 80, 100)])
    verdict_of(level, "2025-03")
    correct(level, 96)
    correct(level, 70)

    breach = Breach.objects.get()

    assert (breach.state, breach.closed_at) == ("found", None)
    assert [kind for kind, _ in timeline(breach)] == ["found", "withdrawn", "reopened"]


def test_a_revision_that_stays_bad_is_a_line_of_the_timeline(level):
    receive(level.feed, [month(MARCH, 80, 100)])
    verdict_of(level, "2025-03")
    revised = correct(level, 85)

    breach = Breach.objects.get()

    assert breach.verdict == revised
    assert timeline(breach)[-1][1].endswith("Still a breach.")


def test_the_cause_is_owed_five_weekdays_later_at_five_oclock(level):
    # 2 April 2025 is a Wednesday; Berlin is two hours ahead of UTC.
    receive(level.feed, [month(MARCH, 80, 100)])
    verdict_of(level, "2025-03")

    assert Breach.objects.get().answer_due_at == datetime(2025, 4, 9, 15, tzinfo=UTC)


def test_the_contracts_own_calendar_decides_what_a_business_day_is(level):
    week = {str(weekday): [["08:00", "17:00"]] for weekday in range(5)}
    calendar = BusinessCalendar.objects.create(name="Berlin", zone="Europe/Berlin", week=week, country="DE")
    CalendarException.objects.create(calendar=calendar, on=date(2025, 4, 4), reason="Works outing", known_from=MARCH)
    level.contract.calendar = calendar
    level.contract.save()
    receive(level.feed, [month(MARCH, 80, 100)])
    verdict_of(level, "2025-03")

    assert Breach.objects.get().answer_due_at == datetime(2025, 4, 10, 15, tzinfo=UTC)


@pytest.fixture
def daily(cast):
    """A level over daily counts of March: one bad day of three."""
    feed = cast.feed(cast.contracts["A-1"], "DAILY", Feed.Kind.COUNTS, schedule=Feed.Schedule.DAILY)
    level = cast.level(feed, "DAYS")
    receive(
        feed, [count(date(2025, 3, 3), 95, 100), count(date(2025, 3, 4), 70, 100), count(date(2025, 3, 5), 97, 100)]
    )
    return level


def ask(cast, level, first, end):
    return ask_excuse(service_level=level, starts_on=first, ends_on=end, reason="portal down",
                      asked_by=cast.people["brightline-manager"], now=NOW)  # fmt: skip


def grant(cast, excuse, by="acme-manager"):
    return decide_excuse(excuse=excuse, granted=True, decided_by=cast.people[by], now=NOW)


def test_asking_for_an_excuse_moves_nothing(cast, daily):
    before = verdict_of(daily, "2025-03").value
    ask(cast, daily, date(2025, 3, 4), date(2025, 3, 5))

    assert verdict_of(daily, "2025-03").value == before


def test_a_granted_excuse_takes_its_days_from_both_sides_and_the_working_says_so(cast, daily):
    verdict_of(daily, "2025-03")
    grant(cast, ask(cast, daily, date(2025, 3, 4), date(2025, 3, 5)))

    verdict = verdict_of(daily, "2025-03")

    assert (verdict.numerator, verdict.denominator, verdict.status, verdict.revision) == (192, 200, "met", 2)
    text = verdict.working["lines"][1]["text"].replace("\u00a0", " ")
    assert text.startswith("−70 of −100 · EX-")
    assert text.endswith("before 87.3 %, after 96.0 %")


def test_an_excuse_for_the_whole_period_is_a_status_of_its_own(cast, daily):
    grant(cast, ask(cast, daily, MARCH, date(2025, 4, 1)))

    assert verdict_of(daily, "2025-03").status == "excused"
    assert not Breach.objects.exists()


def test_excused_days_of_a_percentile_lose_their_values(cast, daily):
    feed = cast.feed(cast.contracts["A-1"], "WAITS", Feed.Kind.OBSERVATIONS)
    level = cast.level(feed, "P90", aggregation="percentile", params={"percentile": 90}, direction="lower",
                       expected=Decimal(50), minimum=None, unit="s")  # fmt: skip
    days = (datetime(2025, 3, 3, 9, tzinfo=UTC), datetime(2025, 3, 4, 9, tzinfo=UTC))
    receive(feed, [observation("a", days[0], 10), observation("b", days[1], 99)])
    grant(cast, ask(cast, level, date(2025, 3, 4), date(2025, 3, 5)))

    assert (verdict_of(level, "2025-03").value, verdict_of(level, "2025-03").cases) == (10, 1)


def test_nobody_decides_on_what_the_other_side_must_decide(cast, daily):
    excuse = ask(cast, daily, date(2025, 3, 4), date(2025, 3, 5))

    with pytest.raises(Refused):
        grant(cast, excuse, by="brightline-manager")
    with pytest.raises(Refused):
        grant(cast, excuse, by="zenith-manager")
    excuse.refresh_from_db()
    assert excuse.decision == "asked"


def test_excuses_are_recorded_with_who_asked_and_who_decided(cast, daily):
    grant(cast, ask(cast, daily, date(2025, 3, 4), date(2025, 3, 5)))

    actions = (
        AuditEntry.objects.filter(thing_type="metrics.excuse").order_by("pk").values_list("action", "actor__email")
    )

    assert list(actions) == [
        ("ask_excuse", "brightline-manager@example.com"),
        ("decide_excuse", "acme-manager@example.com"),
    ]


def test_a_breach_that_was_withdrawn_is_not_told_that_it_became_final(level):
    receive(level.feed, [month(MARCH, 80, 100)])
    verdict_of(level, "2025-03")
    correct(level, 96)
    run_night(zone="Europe/Berlin", local_date=date(2025, 4, 4), now=AFTER)

    assert not BreachEvent.objects.filter(kind="final").exists()
