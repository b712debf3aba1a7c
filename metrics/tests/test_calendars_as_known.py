"""What calendars said when a period was closed stays what its verdict rests on, until somebody restates it."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from contracts import clocks
from contracts.clocks import calendar_of, record_holidays
from contracts.models.agreements import Contract
from contracts.models.calendars import ContractCalendar, HolidayYear
from contracts.models.parties import CalendarException
from contracts.models.service_levels import Feed
from contracts.services.agreements import set_calendar
from contracts.services.parties import add_calendar_exception
from metrics.models.verdicts import LateArrival, Verdict
from metrics.services.amending import WouldRestate, amend
from metrics.services.restatements import NothingToRestate, preview_late, restate_late
from metrics.services.verifying import verify
from metrics.tests.business import (
    CLOSED,
    LATER,
    WEDNESDAY,
    WEEK,
    around_the_clock,
    close,
    longer_day,
    overnight,
    solved,
    timed_contract,
)
from metrics.tests.test_restatements import cell_of
from metrics.tests.worlds import month as month_row
from metrics.tests.worlds import receive
from sla.periods import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def contract(cast):
    return timed_contract(cast)


@pytest.fixture
def level(cast, contract):
    return solved(cast, contract)


def march(level):
    return Verdict.objects.current().get(service_level=level, period_label="2025-03")


def wrong():
    return [str(found) for found in verify(Verdict.objects.all()).differences]


def test_an_exception_recorded_later_leaves_a_closed_verdict_and_its_proof(contract, level):
    close()
    longer_day(contract.calendar)

    assert (march(level).value, wrong()) == (100, [])


def test_an_exception_recorded_before_closing_counts(contract, level):
    longer_day(contract.calendar, at=CLOSED - timedelta(hours=1))
    close()

    assert (march(level).value, wrong()) == (50, [])


def test_an_exception_known_only_from_a_later_day_does_not_count_before_it(contract, level):
    on = (CLOSED + DAY).date()
    add_calendar_exception(actor=None, calendar=contract.calendar, on=WEDNESDAY, reason="Late opening", known_from=on,
                           windows=[["09:00", "24:00"]], now=CLOSED - timedelta(hours=1))  # fmt: skip
    close()

    assert (march(level).value, wrong()) == (100, [])


def test_restating_counts_the_later_exception_and_both_revisions_follow(cast, contract, level):
    close()
    longer_day(contract.calendar)
    manager = cast.people["acme-manager"]
    seen = preview_late(cells=[cell_of(level)], now=LATER)
    restate_late(cells=[cell_of(level)], by=manager, reason="open late", digest=seen.digest, now=LATER)

    assert [(move.before.value, move.after.value) for move in seen.moves] == [(100, 50)]
    assert (march(level).revision, march(level).value, wrong()) == (2, 50, [])


def test_what_was_restated_has_nothing_left_to_restate(cast, contract, level):
    close()
    longer_day(contract.calendar)
    seen = preview_late(cells=[cell_of(level)], now=LATER)
    restate_late(cells=[cell_of(level)], by=cast.people["acme-manager"], reason="late", digest=seen.digest, now=LATER)

    with pytest.raises(NothingToRestate):
        preview_late(cells=[cell_of(level)], now=LATER + timedelta(hours=1))


def test_an_exception_after_the_closing_has_nothing_to_restate(contract, level):
    close()
    longer_day(contract.calendar, on=date(2025, 12, 24))

    with pytest.raises(NothingToRestate):
        preview_late(cells=[cell_of(level)], now=LATER)


def test_a_later_word_on_a_date_replaces_the_earlier_one(contract, level):
    longer_day(contract.calendar, at=CLOSED - timedelta(hours=2))
    add_calendar_exception(actor=None, calendar=contract.calendar, on=WEDNESDAY, reason="A mistake", is_withdrawn=True,
                           known_from=WEDNESDAY, now=CLOSED - timedelta(hours=1))  # fmt: skip
    close()

    assert march(level).value == 100


def test_another_calendar_recorded_later_leaves_closed_verdicts(contract, level):
    close()
    set_calendar(
        actor=None, contract=contract, calendar=around_the_clock(contract), effective_on=date(2025, 1, 1), now=LATER
    )

    assert (march(level).value, wrong()) == (100, [])


def test_a_period_is_timed_by_the_calendar_in_force_on_its_first_day(contract, level):
    always = around_the_clock(contract)
    set_calendar(actor=None, contract=contract, calendar=always, effective_on=date(2025, 3, 2), now=CLOSED - DAY)
    april = calendar_of(contract, on=date(2025, 4, 1), at=CLOSED)
    close()

    assert (march(level).value, april.hours_of(date(2025, 4, 6))) == (100, [("00:00", "24:00")])


def test_of_two_calendars_from_one_day_the_later_recorded_holds(contract):
    always, first = around_the_clock(contract), date(2025, 3, 1)
    set_calendar(actor=None, contract=contract, calendar=always, effective_on=first, now=CLOSED)
    set_calendar(actor=None, contract=contract, calendar=None, effective_on=first, now=LATER)
    sunday = date(2025, 3, 2)

    assert calendar_of(contract, on=first, at=CLOSED).is_business_day(sunday)
    assert not calendar_of(contract, on=first, at=LATER).is_business_day(sunday)


def test_another_calendar_from_a_past_date_says_first_what_it_restates(cast, contract, level):
    close()
    always = around_the_clock(contract)

    def swap():
        row = set_calendar(actor=None, contract=contract, calendar=always, effective_on=date(2025, 3, 1), now=LATER)
        return contract, row

    with pytest.raises(WouldRestate) as refusal:
        amend(act=swap, reason="", by=None, now=LATER)
    assert [move.after.value for move in refusal.value.restatement.moves] == [50]
    assert not ContractCalendar.objects.exists()

    amend(act=swap, reason="signed in June", by=cast.people["acme-manager"], now=LATER)
    assert (march(level).value, march(level).reason, wrong()) == (50, "signed in June", [])


def test_a_correction_is_late_by_the_calendar_of_the_closing(contract, level):
    close()
    longer_day(contract.calendar)
    receive(level.feed, [overnight("T-9")], at=LATER, reason="forgotten")

    assert LateArrival.objects.filter(key="T-9").exists()
    assert wrong() == []


def test_a_newer_list_of_holidays_changes_no_closed_verdict(contract, level, monkeypatch):
    close()
    monkeypatch.setattr(clocks, "holidays_in", lambda country, part, year: (date(year, 3, 5), date(year, 3, 6)))

    assert (march(level).value, wrong()) == (100, [])


def test_holidays_are_written_down_by_the_night_that_first_rests_on_them(contract, level):
    close()

    assert "2025-10-03" in HolidayYear.objects.get(calendar=contract.calendar, year=2025).days
    assert record_holidays(at=CLOSED) == 0


def test_kept_holidays_stay_and_new_years_follow(contract, monkeypatch):
    record_holidays(at=CLOSED)
    monkeypatch.setattr(clocks, "holidays_in", lambda country, part, year: (date(year, 5, 5),))
    record_holidays(at=CLOSED.replace(year=2026))

    days = HolidayYear.objects.filter(calendar=contract.calendar, year__gte=2028).values_list("year", "days")
    assert dict(days)[2029] == ["2029-05-05"]
    assert "2028-05-05" not in dict(days)[2028]


def test_other_due_rules_of_a_feed_leave_deemed_breaches_as_they_were(cast, contract):
    rules = {"missing": "deemed", "deemed_after_days": 5}
    level = cast.level(cast.feeds["A-1/QUALITY"], "DEEMED", rules=rules)
    close()
    assert march(level).is_deemed
    Feed.objects.filter(pk=level.feed_id).update(due_length=400, due_unit=Feed.DueUnit.DAYS)

    assert wrong() == []


def test_a_feed_that_ends_since_leaves_what_was_reported(cast):
    level = cast.level(cast.feeds["A-1/QUALITY"], "QUARTER", period="quarter")
    receive(level.feed, [month_row(date(2025, 1, 1), 96, 100)], at=CLOSED - DAY)
    close()
    Feed.objects.filter(pk=level.feed_id).update(ends_on=date(2025, 2, 1))

    assert wrong() == []


def refused(row):
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    return " ".join(refusal.value.messages)


def test_an_exception_is_never_edited(contract):
    exception = longer_day(contract.calendar)
    exception.windows = []

    assert "An exception stays as it was recorded" in refused(exception)


def test_an_exception_of_a_calendar_in_use_needs_its_instant(contract):
    exception = CalendarException(calendar=contract.calendar, on=WEDNESDAY, reason="?", known_from=WEDNESDAY)

    assert "the exception needs its instant" in refused(exception)


def test_a_running_contract_keeps_the_calendar_that_it_began_with(contract):
    contract.calendar = around_the_clock(contract)

    assert "keeps the calendar that it began with" in refused(contract)


def test_the_week_of_a_calendar_that_times_a_contract_later_stays(contract):
    always = around_the_clock(contract)
    set_calendar(actor=None, contract=contract, calendar=always, effective_on=date(2025, 3, 1), now=LATER)
    always.week = WEEK

    assert "Contracts are timed by this calendar" in refused(always)


@pytest.mark.parametrize("table", [CalendarException, ContractCalendar, HolidayYear])
def test_the_tables_themselves_refuse_edits(contract, table):
    longer_day(contract.calendar)
    set_calendar(actor=None, contract=contract, calendar=None, effective_on=date(2025, 3, 1), now=LATER)
    record_holidays(at=CLOSED)
    changes = {"days": []} if table is HolidayYear else {"recorded_at": CLOSED}

    with pytest.raises(DatabaseError, match="rows are added, never changed"), transaction.atomic():
        table.objects.update(**changes)


def test_a_draft_takes_another_calendar_wholly(contract):
    Contract.objects.filter(pk=contract.pk).update(status=Contract.Status.DRAFT)
    contract.refresh_from_db()
    set_calendar(actor=None, contract=contract, calendar=None, effective_on=date(2025, 3, 1), now=LATER)

    assert (contract.calendar, contract.later_calendars.count()) == (None, 0)
