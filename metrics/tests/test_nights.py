"""Nights: once a local date, safe to repeat, caught up in order, and what they close."""

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from itertools import pairwise

import pytest
from django.apps import apps
from django.db import connection

from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed
from metrics.models.breaches import Breach, BreachEvent
from metrics.models.runs import Run
from metrics.models.verdicts import DirtyCell, Standing, Verdict
from metrics.services.judging import judge_all
from metrics.services.nights import Step, advance_night, contracts_waiting, due_nights, night_start, run_night
from metrics.tests.worlds import count, month, receive, verdict_of

pytestmark = pytest.mark.django_db
ZONE = "Europe/Berlin"
MARCH = date(2025, 3, 1)
# Monthly reports are due three days after the month: the night of 4 April closes March.
BEFORE = datetime(2025, 4, 3, 0, 5, tzinfo=UTC)
AFTER = datetime(2025, 4, 4, 0, 5, tzinfo=UTC)


def night(day: date, at: datetime, zone: str = ZONE) -> Run:
    return run_night(zone=zone, local_date=day, now=at)


def march(level) -> Verdict:
    return Verdict.objects.current().get(service_level=level, period_label="2025-03")


@pytest.fixture
def level(cast):
    return cast.levels["A-1/ACCURACY"]


def test_a_period_closes_once_its_due_date_and_grace_have_passed(level):
    receive(level.feed, [month(MARCH, 96, 100)], at=BEFORE)

    night(date(2025, 4, 3), BEFORE)
    assert march(level).is_final is False
    night(date(2025, 4, 4), AFTER)
    assert march(level).is_final is True


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_contract_that_a_terms_file_is_changing_is_left_to_go_on_with(level):
    Contract.objects.update(terms_loaded_at=BEFORE)
    with closing(connection.copy()) as loading, loading.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE contracts_contract SET terms_loaded_at = %s WHERE id = %s", [AFTER, level.contract_id])
        night(date(2025, 4, 4), AFTER)
        cursor.execute("COMMIT")

    assert contracts_waiting(ZONE).get() == level.contract


def test_terms_loaded_before_nights_noted_them_do_not_make_the_night_go_on(level):
    Contract.objects.update(terms_loaded_at=BEFORE, terms_taken_in=None)
    assert contracts_waiting(ZONE).exists()
    import_module("contracts.migrations.0012_terms_taken_in_before").note_taken_in(apps, None)

    assert not contracts_waiting(ZONE).exists()


def test_grace_puts_the_closing_off(level):
    Feed.objects.filter(pk=level.feed.pk).update(grace_days=2)
    receive(level.feed, [month(MARCH, 96, 100)], at=BEFORE)

    night(date(2025, 4, 5), AFTER)
    assert march(level).is_final is False
    night(date(2025, 4, 6), AFTER + timedelta(days=2))
    assert march(level).is_final is True


def test_business_days_of_the_due_rule_skip_the_weekend(level):
    # The third business day after Monday 31 March is Thursday 3 April; the sixth is Tuesday 8 April.
    Feed.objects.filter(pk=level.feed.pk).update(due_unit="business_days", due_length=6)
    receive(level.feed, [month(MARCH, 96, 100)], at=BEFORE)

    night(date(2025, 4, 8), datetime(2025, 4, 8, 1, tzinfo=UTC))
    assert march(level).is_final is False
    night(date(2025, 4, 9), datetime(2025, 4, 9, 1, tzinfo=UTC))
    assert march(level).is_final is True


def test_a_silent_month_is_not_reported_once_its_report_is_overdue(level):
    night(date(2025, 4, 3), BEFORE)
    assert not Verdict.objects.filter(service_level=level, period_label="2025-03").exists()

    night(date(2025, 4, 4), AFTER)
    assert (march(level).status, march(level).is_final, march(level).value) == ("not_reported", True, None)


def test_a_missing_report_becomes_a_breach_on_the_day_that_the_terms_name(cast):
    feed = cast.feed(cast.contracts["A-1"], "FORMS", Feed.Kind.COUNTS, schedule=Feed.Schedule.MONTHLY)
    level = cast.level(feed, "FORM", rules={"missing": "deemed", "deemed_after_days": 5})

    night(date(2025, 4, 8), datetime(2025, 4, 8, 1, tzinfo=UTC))
    assert (march(level).status, march(level).is_final) == ("not_reported", False)
    assert "9 Apr 2025" in march(level).working["lines"][5]["text"]

    night(date(2025, 4, 9), datetime(2025, 4, 9, 1, tzinfo=UTC))
    assert (march(level).status, march(level).is_final, march(level).is_deemed) == ("breach", True, True)
    assert Breach.objects.get(service_level=level, period_label="2025-03").state == "found"


def test_running_a_night_again_changes_nothing(level):
    receive(level.feed, [month(MARCH, 80, 100)], at=BEFORE)
    night(date(2025, 4, 4), AFTER)
    before = (
        list(Verdict.objects.order_by("pk").values()),
        list(BreachEvent.objects.values()),
        list(Run.objects.values()),
    )

    night(date(2025, 4, 4), AFTER + timedelta(hours=1))

    after = (
        list(Verdict.objects.order_by("pk").values()),
        list(BreachEvent.objects.values()),
        list(Run.objects.values()),
    )
    assert after == before


def test_a_final_verdict_is_left_as_it_was_when_results_come_late(level):
    receive(level.feed, [month(MARCH, 96, 100)], at=BEFORE)
    night(date(2025, 4, 4), AFTER)

    late_keys = receive(level.feed, [count(MARCH, 0, 50, split="forgotten")], at=AFTER, reason="found in a drawer")

    assert late_keys == {"2025-03-01/forgotten"}
    assert verdict_of(level, "2025-03", at=AFTER).value == 96
    assert level.late_arrivals.get().reason == "found in a drawer"


def test_the_first_night_of_a_zone_closes_everything_that_is_due(level):
    receive(level.feed, [month(date(2025, 1, 1), 96, 100), month(date(2025, 2, 1), 96, 100)], at=BEFORE)

    run = night(date(2025, 4, 4), AFTER)

    final = Verdict.objects.filter(service_level=level, is_final=True).values_list("period_label", flat=True)
    assert set(final) == {"2025-01", "2025-02", "2025-03"}
    assert (run.state, run.closed) == ("finished", 6)


def test_a_night_judges_what_was_dirty_before_it_closes(level):
    receive(level.feed, [month(MARCH, 80, 100)], at=BEFORE)

    night(date(2025, 4, 4), AFTER)

    assert (march(level).status, march(level).is_final, march(level).revision) == ("breach", True, 1)
    assert not DirtyCell.objects.exists()


def test_a_breach_says_that_it_became_final(level):
    receive(level.feed, [month(MARCH, 80, 100)], at=BEFORE)
    night(date(2025, 4, 4), AFTER)

    kinds = BreachEvent.objects.order_by("pk").values_list("kind", flat=True)

    assert list(kinds) == ["found", "final"]


def test_another_zones_night_leaves_the_cells_alone(cast, level):
    receive(level.feed, [month(MARCH, 80, 100)], at=BEFORE)

    night(date(2025, 4, 4), AFTER, zone="America/New_York")

    assert not Verdict.objects.filter(service_level=level).exists()


def test_time_alone_moves_an_open_period_to_its_end(cast):
    feed = cast.feed(cast.contracts["A-1"], "DAILY", Feed.Kind.COUNTS, schedule=Feed.Schedule.DAILY)
    level = cast.level(feed, "SHARE")
    receive(feed, [count(date(2025, 3, 30), 99, 100)], at=datetime(2025, 3, 31, 9, tzinfo=UTC))
    night(date(2025, 3, 31), datetime(2025, 3, 31, 9, tzinfo=UTC))
    assert (march(level).status, Standing.objects.get(service_level=level).so_far_id) == ("on_track", march(level).pk)

    night(date(2025, 4, 1), datetime(2025, 4, 1, 1, tzinfo=UTC))

    assert (march(level).status, march(level).is_final) == ("met", False)
    assert Standing.objects.get(service_level=level).last_closed_id == march(level).pk


def test_a_night_is_due_from_two_oclock_in_its_zone_on(cast):
    # Berlin is two hours ahead in April, so two o'clock is midnight UTC.
    Run.objects.create(zone=ZONE, local_date=date(2025, 4, 3), state="finished", started_at=BEFORE)

    assert due_nights(zone=ZONE, now=datetime(2025, 4, 3, 23, 59, tzinfo=UTC)) == []
    assert due_nights(zone=ZONE, now=datetime(2025, 4, 4, 0, 0, tzinfo=UTC)) == [date(2025, 4, 4)]


def test_missed_nights_are_caught_up_in_order(cast):
    Run.objects.create(zone=ZONE, local_date=date(2025, 4, 1), state="finished", started_at=BEFORE)

    due = due_nights(zone=ZONE, now=datetime(2025, 4, 4, 12, tzinfo=UTC))

    assert due == [date(2025, 4, 2), date(2025, 4, 3), date(2025, 4, 4)]


def test_after_too_many_missed_nights_one_catches_up_on_all(cast):
    Run.objects.create(zone=ZONE, local_date=date(2025, 3, 1), state="finished", started_at=BEFORE)

    assert due_nights(zone=ZONE, now=AFTER) == [date(2025, 4, 4)]


def test_a_night_that_was_killed_is_due_again(cast):
    Run.objects.create(zone=ZONE, local_date=date(2025, 4, 3), state="started", started_at=BEFORE)

    assert due_nights(zone=ZONE, now=AFTER) == [date(2025, 4, 3), date(2025, 4, 4)]


def test_a_night_killed_after_any_step_ends_the_same(level):
    receive(level.feed, [month(MARCH, 80, 100)], at=BEFORE)
    steps = 0
    while advance_night(zone=ZONE, local_date=date(2025, 4, 4), now=AFTER)[0] is not Step.DONE:
        # The claim of a killed worker stays behind until its lease has ended.
        Run.objects.update(claim="killed", claimed_at=AFTER - timedelta(minutes=3))
        steps += 1

    assert steps >= 3
    assert (march(level).is_final, Breach.objects.count()) == (True, 1)


def test_two_workers_do_not_run_one_night_together(level):
    advance_night(zone=ZONE, local_date=date(2025, 4, 4), now=AFTER)
    Run.objects.update(claim="another", claimed_at=AFTER)

    assert advance_night(zone=ZONE, local_date=date(2025, 4, 4), now=AFTER)[0] is Step.BUSY


def test_a_cell_that_cannot_be_judged_fails_the_night_by_name_and_stops_nobody(cast, level):
    feed = cast.feed(cast.contracts["A-1"], "BROKEN", Feed.Kind.COUNTS)
    broken = cast.level(feed, "BROKEN", params={"scale": "0"})
    receive(feed, [month(MARCH, 80, 100)], at=BEFORE)
    receive(level.feed, [month(MARCH, 96, 100)], at=BEFORE)

    run = night(date(2025, 4, 4), AFTER)

    assert run.state == "failed"
    assert {failure["service_level"] for failure in run.failures} == {broken.public_id}
    assert march(level).is_final is True


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"])
def test_every_local_date_has_one_night_whatever_clocks_do(zone):
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(1200)]

    begins = [night_start(zone, day) for day in days]

    assert all(timedelta(hours=22) < later - earlier < timedelta(hours=26) for earlier, later in pairwise(begins))


def test_a_night_in_the_hour_that_clocks_skip_begins_after_it():
    assert night_start(ZONE, date(2025, 3, 30)) == datetime(2025, 3, 30, 1, tzinfo=UTC)


def test_a_late_night_says_so(level):
    assert night(date(2025, 4, 3), AFTER).is_late is True
    assert night(date(2025, 4, 4), AFTER).is_late is False


def test_terms_that_begin_inside_a_period_are_not_in_force_for_it(cast):
    contract = cast.contract(cast.clients["Acme"], cast.vendors["Cobalt"], "A-3", starts_on=date(2025, 3, 15))
    feed = cast.feed(contract, "QUALITY", Feed.Kind.COUNTS)
    level = cast.level(feed, "LATE_START")
    receive(feed, [count(date(2025, 3, 20), 1, 100)], at=BEFORE)

    night(date(2025, 4, 4), AFTER)

    assert (march(level).status, Breach.objects.filter(service_level=level).count()) == ("not_in_force", 0)


def test_a_weekly_level_closes_week_by_week(cast):
    feed = cast.feed(cast.contracts["A-1"], "WEEKLY", Feed.Kind.COUNTS, schedule=Feed.Schedule.WEEKLY, due_length=1)
    level = cast.level(feed, "WEEK", period="week", expected=Decimal(90), minimum=None)
    receive(feed, [count(date(2025, 3, 24), 95, 100, days=7)], at=BEFORE)

    night(date(2025, 4, 4), AFTER)

    verdict = Verdict.objects.current().get(service_level=level, period_label="2025-W13")
    assert (verdict.status, verdict.is_final) == ("met", True)


def test_a_verdict_that_was_found_after_the_night_read_its_clock_does_not_close_before_it(level):
    receive(level.feed, [month(MARCH, 90, 100)], at=AFTER)
    judge_all(now=AFTER + timedelta(seconds=5))
    night(date(2025, 4, 4), AFTER)

    assert march(level).is_final
    assert march(level).closed_at == march(level).judged_at == AFTER + timedelta(seconds=5)
