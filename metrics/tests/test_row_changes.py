"""The list of work: which cells a change touches, and what comes too late."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from contracts.models.agreements import Amendment
from contracts.models.service_levels import Feed, ServiceLevelTerms
from metrics.models.results import Batch
from metrics.models.verdicts import DirtyCell, LateArrival, Verdict
from metrics.services.nights import run_night
from metrics.services.row_changes import RowChange, late_rows, touch_cells
from metrics.tests.worlds import NOW, case, month, outage, receive, verdict_of

pytestmark = pytest.mark.django_db
MARCH = date(2025, 3, 1)
AFTER = datetime(2025, 4, 4, 9, tzinfo=UTC)


@pytest.fixture
def level(cast):
    return cast.levels["A-1/ACCURACY"]


@pytest.fixture
def closed(level):
    """March, closed at 96 of 100."""
    receive(level.feed, [month(MARCH, 96, 100)])
    run_night(zone="Europe/Berlin", local_date=date(2025, 4, 4), now=AFTER)
    return Verdict.objects.current().get(service_level=level, period_label="2025-03")


def touch(feed, *rows, at=NOW):
    batch = Batch.objects.first() or receive_nothing(feed)
    return touch_cells(feed=feed, rows=rows, batch=batch, now=at)


def receive_nothing(feed):
    receive(feed, [])
    return Batch.objects.get()


def dirty(level):
    return list(
        DirtyCell.objects.filter(service_level=level).order_by("starts_on").values_list("starts_on", "generation")
    )


def test_a_row_makes_the_cells_of_its_days_dirty(level):
    touch(level.feed, RowChange("a", frozenset({date(2025, 3, 5), date(2025, 2, 7)})))

    assert DirtyCell.objects.count() == 2
    assert dirty(level) == [(date(2025, 2, 1), 1), (MARCH, 1)]


def test_many_rows_of_one_cell_are_one_line_of_work(level):
    touch(level.feed, *(RowChange(str(day), frozenset({date(2025, 3, day)})) for day in range(1, 31)))

    assert dirty(level) == [(MARCH, 1)]


def test_another_change_counts_the_generation_up_and_keeps_its_place_in_the_queue(level):
    touch(level.feed, RowChange("a", frozenset({MARCH})))
    touch(level.feed, RowChange("b", frozenset({MARCH})), at=NOW + timedelta(minutes=1))

    cell = DirtyCell.objects.get(service_level=level)
    assert (cell.generation, cell.dirty_since, cell.changed_at) == (2, NOW, NOW + timedelta(minutes=1))


def test_a_change_gives_a_parked_cell_another_chance(level):
    touch(level.feed, RowChange("a", frozenset({MARCH})))
    DirtyCell.objects.update(parked_at=NOW, attempts=3)

    touch(level.feed, RowChange("a", frozenset({MARCH})))

    cell = DirtyCell.objects.get(service_level=level)
    assert (cell.parked_at, cell.attempts) == (None, 0)


def test_every_service_level_of_the_feed_is_touched_and_no_other(cast, level):
    beside = cast.level(level.feed, "WEEKLY", period="week")

    touch(level.feed, RowChange("a", frozenset({date(2025, 3, 5)})))

    assert set(DirtyCell.objects.values_list("service_level", "starts_on")) == {
        (level.pk, MARCH),
        (beside.pk, date(2025, 3, 3)),
    }


def test_a_day_before_an_amendment_belongs_to_the_old_terms(cast, level):
    amend(level, date(2025, 3, 10), period="week")

    touch(level.feed, RowChange("a", frozenset({date(2025, 3, 5)})))
    assert dirty(level) == [(MARCH, 1)]


def test_a_period_that_an_amendment_falls_into_is_judged_by_the_terms_of_its_first_day(cast, level):
    amend(level, date(2025, 3, 10), expected=Decimal(99), minimum=Decimal(98))
    receive(level.feed, [month(MARCH, 96, 100), month(date(2025, 4, 1), 96, 100)])

    assert verdict_of(level, "2025-03").status == "met"
    assert verdict_of(level, "2025-04").status == "at_risk"


def test_touching_costs_the_same_however_many_rows_come(level, django_assert_max_num_queries):
    receive_nothing(level.feed)
    rows = [RowChange(str(number), frozenset({date(2025, 3, 1 + number % 28)})) for number in range(500)]

    with django_assert_max_num_queries(12):
        touch(level.feed, *rows)


def test_late_rows_are_named_by_their_closed_period(level, closed):
    rows = [RowChange(str(day), frozenset({day})) for day in (date(2025, 3, 31), date(2025, 4, 1))]

    late = late_rows(feed=level.feed, rows=rows, now=AFTER)
    assert {key: cell.label for key, cell in late.items()} == {"2025-03-31": f"{level.public_id} 2025-03"}


def test_a_row_for_a_closed_period_is_listed_and_makes_no_work(level, closed):
    late_keys = touch(level.feed, RowChange("late", frozenset({date(2025, 3, 31)}), "audit"), at=AFTER)

    assert (DirtyCell.objects.count(), late_keys) == (0, {"late"})
    arrival = LateArrival.objects.get()
    assert (arrival.service_level, arrival.starts_on, arrival.key, arrival.reason) == (level, MARCH, "late", "audit")
    assert not DirtyCell.objects.exists()


def test_a_row_moved_out_of_a_closed_period_is_late_there_and_counted_where_it_goes(level, closed):
    late_keys = touch(level.feed, RowChange("moved", frozenset({date(2025, 3, 31), date(2025, 4, 1)})), at=AFTER)

    assert (DirtyCell.objects.count(), late_keys) == (1, {"moved"})
    assert dirty(level) == [(date(2025, 4, 1), 1)]


@pytest.fixture
def tickets(cast):
    """A feed of cases read by two levels, by the due and by the resolved date; January is closed."""
    feed = cast.feed(cast.contracts["A-1"], "TICKETS", Feed.Kind.CASES)
    cast.level(feed, "DUE", aggregation="share_within", params={"of": "resolved_by_due"})
    cast.level(feed, "DONE", aggregation="ratio", params={"of": "met"})
    receive(feed, [case("t", opened_at=instant(1, 10), due_at=instant(1, 20), met=True)], at=instant(1, 10))
    run_night(zone="Europe/Berlin", local_date=date(2025, 3, 5), now=datetime(2025, 3, 5, 9, tzinfo=UTC))
    return feed


def instant(month_number, day):
    return datetime(2025, month_number, day, 9, tzinfo=UTC)


def ticket(**columns):
    row = {"opened_at": instant(1, 10), "opened_on": date(2025, 1, 10), "due_at": instant(1, 20),
           "due_on": date(2025, 1, 20), "pauses": []}  # fmt: skip
    return row | columns


def test_finishing_an_overdue_case_later_is_not_late_for_the_month_in_which_it_was_a_miss(tickets):
    after = ticket(resolved_at=instant(3, 6), resolved_on=date(2025, 3, 6))
    days = frozenset({date(2025, 1, 10), date(2025, 1, 20), date(2025, 3, 6)})

    assert late_rows(feed=tickets, rows=[RowChange("t", days, before=ticket(), after=after)], now=AFTER) == {}


def test_finishing_it_after_the_fact_before_it_was_due_is_late(tickets):
    after = ticket(resolved_at=instant(1, 19), resolved_on=date(2025, 1, 19))
    days = frozenset({date(2025, 1, 10), date(2025, 1, 19), date(2025, 1, 20)})

    late = late_rows(feed=tickets, rows=[RowChange("t", days, before=ticket(), after=after)], now=AFTER)

    assert late["t"].label.endswith("2025-01")


def test_a_new_case_of_a_closed_month_is_late(tickets):
    rows = [RowChange("new", frozenset({date(2025, 1, 10), date(2025, 1, 20)}), after=ticket())]

    assert set(late_rows(feed=tickets, rows=rows, now=AFTER)) == {"new"}


def test_an_open_case_reaches_the_backlogs_up_to_now(cast):
    feed = cast.feed(cast.contracts["A-1"], "TICKETS", Feed.Kind.CASES)
    level = cast.level(feed, "BACKLOG", aggregation="count", params={"of": "backlog"}, direction="lower",
                       expected=Decimal(0), minimum=None, unit="cases")  # fmt: skip
    receive(feed, [case("a", opened_at=instant(1, 10))])

    assert verdict_of(level, "2025-02").value == 1


def test_an_outage_without_an_end_lasts_into_the_running_month(cast):
    feed = cast.feed(cast.contracts["A-1"], "UPTIME", Feed.Kind.DOWNTIME)
    level = cast.level(feed, "UP", aggregation="availability", params={}, expected=Decimal(99), minimum=None)
    receive(feed, [outage("a", instant(3, 31), None)])

    verdict = verdict_of(level, "2025-04")

    # Down for all of the first 33 hours: 99 % of the month is out of reach.
    assert (verdict.numerator, verdict.status) == (0, "already_lost")


def test_a_month_in_which_a_known_service_had_no_outage_was_wholly_available(cast):
    feed = cast.feed(cast.contracts["A-1"], "UPTIME", Feed.Kind.DOWNTIME)
    level = cast.level(feed, "UP", aggregation="availability", params={}, expected=Decimal(99), minimum=None)
    receive(feed, [outage("a", instant(2, 3), instant(2, 3) + timedelta(hours=1))])

    assert verdict_of(level, "2025-03").value == 100


def test_an_outage_feed_that_never_reported_is_not_reported(cast):
    feed = cast.feed(cast.contracts["A-1"], "UPTIME", Feed.Kind.DOWNTIME)
    level = cast.level(feed, "UP", aggregation="availability", params={}, expected=Decimal(99), minimum=None)

    run_night(zone="Europe/Berlin", local_date=date(2025, 4, 4), now=AFTER)

    assert Verdict.objects.current().get(service_level=level, period_label="2025-03").status == "not_reported"


def test_a_quarter_over_monthly_counts_needs_all_three_months(cast):
    feed = cast.feed(cast.contracts["A-1"], "FORMS", Feed.Kind.COUNTS, schedule=Feed.Schedule.MONTHLY)
    level = cast.level(feed, "QUARTER", period="quarter")
    receive(feed, [month(date(2025, 1, 1), 100, 100), month(MARCH, 100, 100)])
    assert verdict_of(level, "2025-Q1").status == "not_reported"

    receive(feed, [month(date(2025, 2, 1), 100, 100)])
    assert verdict_of(level, "2025-Q1").status == "met"


def test_counts_of_another_split_do_not_report_this_one(cast):
    feed = cast.feed(cast.contracts["A-1"], "SITES", Feed.Kind.COUNTS, schedule=Feed.Schedule.MONTHLY)
    level = cast.level(feed, "MANILA", narrowing={"split": ["manila"]})
    receive(feed, [month(MARCH, 1, 1, split="cebu")])
    run_night(zone="Europe/Berlin", local_date=date(2025, 4, 4), now=AFTER)

    assert Verdict.objects.current().get(service_level=level, period_label="2025-03").status == "not_reported"


def amend(level, day, **terms):
    """New terms from that day on; the old ones end there."""
    level.terms.update(ends_on=day)
    amendment = Amendment.objects.create(contract=level.contract, number=1, title="Amendment", effective_on=day)
    old = level.terms.get()
    columns = {
        field.name: getattr(old, field.name)
        for field in ServiceLevelTerms._meta.concrete_fields
        if field.name not in ("id", "amendment", "effective_on", "ends_on")
    }
    return ServiceLevelTerms.objects.create(**columns | terms, amendment=amendment, effective_on=day)


def test_the_list_of_work_speaks_utc_as_the_rest_of_the_tables_do(level):
    touch(level.feed, RowChange("a", frozenset({MARCH})))

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT dirty_since FROM {DirtyCell._meta.db_table}")
        (stored,) = cursor.fetchone()
    assert str(stored).removesuffix("+00:00") == "2025-04-02 09:00:00"
