"""Part periods and what joins them to the periods beside them."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.obligations import DaySpan
from sla.part_periods import (
    Changes,
    CutRules,
    PartPeriods,
    changed_on,
    cut,
    cuts_on,
    has_consequences,
    is_only_reported,
    is_part,
    joints,
    joints_of,
    judges,
    part_on,
)
from sla.periods import DAY, PeriodKind, PeriodRule

MONTHS = PeriodRule(PeriodKind.MONTH)


JOINING = CutRules(date(2025, 1, 1), part_periods=PartPeriods.JOINED)


@pytest.fixture(autouse=True)
def _empty_memory():
    """What was cut before is worked out anew."""
    cuts_on.cache_clear()


def in_2025(day):
    return date.fromisoformat(f"2025-{day}")


@pytest.mark.parametrize(
    ("time", "day", "label", "start", "end"),
    [
        (("06-10", None), "06-10", "2025-06-join", "06-01", "08-01"),
        (("06-10", None), "07-31", "2025-06-join", "06-01", "08-01"),
        (("06-10", None), "08-01", "2025-08", "08-01", "09-01"),
        (("06-01", "09-16"), "09-01", "2025-08-join", "08-01", "10-01"),
        (("06-10", "08-16"), "07-01", "2025-06-join", "06-01", "09-01"),
        (("06-10", "07-16"), "07-01", "2025-06-join", "06-01", "08-01"),
        (("06-10", "06-16"), "06-12", "2025-06", "06-01", "07-01"),
        (("01-01", "12-01"), "01-01", "2025-01", "01-01", "02-01"),
    ],
)
def test_a_part_period_joins_the_period_beside_it(time, day, label, start, end):
    span = DaySpan(in_2025(time[0]), time[1] and in_2025(time[1]))

    period = cut(JOINING, in_2025(day), (JOINING,), span)

    assert (period.label, period.start, period.end) == (label, in_2025(start), in_2025(end))


def test_only_the_ends_that_ask_for_it_are_joined():
    time, other = DaySpan(date(2025, 6, 10), date(2025, 9, 16)), CutRules(date(2025, 7, 1))

    assert joints(MONTHS, (JOINING, other), time) == {date(2025, 7, 1)}
    assert joints(MONTHS, (other, JOINING), time) == {date(2025, 9, 1)}
    assert joints(PeriodRule(PeriodKind.WEEK), (JOINING, JOINING), time) == set()


def test_what_lies_apart_is_not_joined():
    time = DaySpan(date(2025, 6, 10), date(2025, 9, 16))

    august, september = (
        cut(JOINING, day, (JOINING,), time, {date(2025, 9, 1)}) for day in (date(2025, 8, 1), date(2025, 9, 1))
    )

    assert (august.label, september.label) == ("2025-08", "2025-09")


def test_a_period_of_which_all_days_run_is_no_part():
    june = MONTHS.containing(date(2025, 6, 1))

    assert not is_part(june, DaySpan(date(2025, 6, 1)))
    assert not is_part(june, DaySpan(date(2025, 6, 1), date(2025, 7, 1)))
    assert is_part(june, DaySpan(date(2025, 6, 2)))
    assert is_part(june, DaySpan(date(2025, 6, 1), date(2025, 6, 30)))


KINDS = st.sampled_from(["week", "month", "quarter"])


@given(start=st.dates(date(2024, 1, 1), date(2025, 12, 31)), length=st.integers(1, 400), kind=KINDS)
def test_joined_periods_cover_the_time_without_gaps_and_overlaps(start, length, kind):
    rule, time = PeriodRule(PeriodKind(kind)), DaySpan(start, start + length * DAY)
    terms = CutRules(start, part_periods=PartPeriods.JOINED, rule=rule)
    periods = {cut(terms, start + number * DAY, (terms,), time) for number in range(length)}
    ordered = sorted(periods, key=lambda period: period.start)

    assert all(before.end == after.start for before, after in pairwise(ordered))
    parts = [period for period in ordered if is_part(period, time) and not period.label.endswith("-join")]
    assert not parts or len(ordered) == 1


JUNE = MONTHS.containing(date(2025, 6, 1))
ALWAYS = DaySpan(date(2025, 1, 1))


@pytest.mark.parametrize("rule", [Changes.AT_START, Changes.AT_END])
def test_terms_judge_the_period_in_which_they_take_effect_where_they_say_so(rule):
    old = CutRules(date(2025, 1, 1), ends_on=date(2025, 6, 15))
    new = CutRules(date(2025, 6, 15), changes=rule)

    assert judges(new, JUNE, (old, new), ALWAYS) is (rule is Changes.AT_END)
    assert judges(old, JUNE, (old, new), ALWAYS) is (rule is Changes.AT_START)
    assert changed_on(JUNE, (old, new), ALWAYS) == date(2025, 6, 15)
    assert changed_on(MONTHS.next(JUNE), (old, new), ALWAYS) is None


def test_terms_of_other_periods_judge_none_that_they_do_not_cut():
    old = CutRules(date(2025, 1, 1), ends_on=date(2025, 6, 15))
    weekly = CutRules(date(2025, 6, 15), changes=Changes.AT_END, rule=PeriodRule(PeriodKind.WEEK))

    assert judges(old, JUNE, (old, weekly), ALWAYS)


def test_no_terms_judge_a_period_after_all_of_them():
    old = CutRules(date(2025, 1, 1), ends_on=date(2025, 6, 1))

    assert not judges(old, JUNE, (old,), ALWAYS)


@pytest.mark.parametrize(
    ("rule", "chosen", "has"),
    [("last_judged", False, False), ("judged", True, True), ("reported", False, False), ("joined", True, True)],
)
def test_a_first_part_period_has_consequences_where_it_is_judged(rule, chosen, has):
    terms = CutRules(date(2025, 6, 10), part_periods=PartPeriods(rule))
    time = DaySpan(date(2025, 6, 10))

    assert judges(terms, JUNE, (terms,), time) == chosen
    assert has_consequences(terms, JUNE, (terms,), time) == has


def test_a_last_part_period_is_judged_unless_it_is_only_reported():
    time = DaySpan(date(2025, 1, 1), date(2025, 6, 16))
    judged, reported = (
        CutRules(date(2025, 1, 1), part_periods=PartPeriods(rule)) for rule in ("last_judged", "reported")
    )

    assert has_consequences(judged, JUNE, (judged,), time)
    assert not has_consequences(reported, JUNE, (reported,), time)
    assert [is_only_reported(terms, JUNE, time) for terms in (judged, reported)] == [False, True]


def test_terms_cut_periods_with_the_parts_that_first_and_last_terms_join():
    joining = CutRules(date(2025, 6, 10), part_periods=PartPeriods.JOINED)
    later = CutRules(date(2025, 9, 1))
    time = DaySpan(date(2025, 6, 10), date(2025, 10, 16))

    assert cut(later, date(2025, 7, 1), (joining, later), time).label == "2025-06-join"
    assert cut(later, date(2025, 10, 1), (joining, later), time).label == "2025-10"


SPLITTING = CutRules(date(2025, 6, 15), changes=Changes.SPLIT)


@pytest.mark.parametrize(
    ("day", "label", "start", "end"),
    [
        ("06-01", "2025-06-p1", "06-01", "06-15"),
        ("06-14", "2025-06-p1", "06-01", "06-15"),
        ("06-15", "2025-06-p2", "06-15", "07-01"),
        ("05-31", "2025-05", "05-01", "06-01"),
        ("07-01", "2025-07", "07-01", "08-01"),
    ],
)
def test_terms_split_the_period_inside_of_which_they_take_effect(day, label, start, end):
    old = CutRules(date(2025, 1, 1), ends_on=date(2025, 6, 15))

    periods = [cut(terms, in_2025(day), (old, SPLITTING), ALWAYS) for terms in (old, SPLITTING)]

    assert {(period.label, period.start, period.end) for period in periods} == {(label, in_2025(start), in_2025(end))}


def test_each_part_is_judged_by_the_terms_in_force_in_it():
    old = CutRules(date(2025, 1, 1), ends_on=date(2025, 6, 15))
    parts = [cut(old, day, (old, SPLITTING), ALWAYS) for day in (date(2025, 6, 1), date(2025, 6, 15))]

    judging = [[judges(terms, part, (old, SPLITTING), ALWAYS) for terms in (old, SPLITTING)] for part in parts]

    assert judging == [[True, False], [False, True]]


def test_terms_that_begin_with_a_period_or_after_the_time_split_nothing():
    old, begins = CutRules(date(2025, 1, 1)), CutRules(date(2025, 6, 1), changes=Changes.SPLIT)

    assert cut(old, date(2025, 6, 3), (old, begins), ALWAYS) == JUNE
    assert cut(old, date(2025, 6, 3), (old, SPLITTING), DaySpan(date(2025, 1, 1), date(2025, 6, 15))).end == JUNE.end
    assert cut(SPLITTING, date(2025, 6, 3), (SPLITTING,), ALWAYS) == JUNE


def test_parts_of_a_joined_period_are_named_after_its_first():
    old = CutRules(date(2025, 6, 10), ends_on=date(2025, 7, 15), part_periods=PartPeriods.JOINED)
    new = CutRules(date(2025, 7, 15), changes=Changes.SPLIT)

    part = cut(new, date(2025, 7, 20), (old, new), DaySpan(date(2025, 6, 10)))

    assert (part.label, part.start) == ("2025-06-p2", date(2025, 7, 15))


def test_parts_of_a_first_part_period_are_worth_what_it_is_worth():
    old, time = CutRules(date(2025, 6, 10), ends_on=date(2025, 6, 15)), DaySpan(date(2025, 6, 10))
    reporting = CutRules(date(2025, 6, 15), changes=Changes.SPLIT, part_periods=PartPeriods.REPORTED)
    part = cut(SPLITTING, date(2025, 6, 20), (old, SPLITTING), time)

    assert not has_consequences(SPLITTING, part, (old, SPLITTING), time)
    assert is_only_reported(reporting, part, time)
    assert not is_only_reported(reporting, part, ALWAYS)


@given(splits=st.sets(st.dates(date(2025, 1, 1), date(2025, 4, 30)), max_size=4), kind=KINDS)
def test_parts_cover_the_days_without_gaps_and_overlaps(splits, kind):
    rule, changes = PeriodRule(PeriodKind(kind)), sorted(splits)
    days = [date(2025, 1, 1) + number * DAY for number in range(120)]
    parts = sorted({part_on(rule.containing(day), day, changes) for day in days})

    assert all(before.end == after.start for before, after in pairwise(parts))
    assert splits <= {day for part in parts for day in (part.start, part.end)}
    assert len({part.label for part in parts}) == len(parts)


def test_terms_that_cut_no_day_of_the_time_cut_nothing():
    old, time = CutRules(date(2025, 1, 1)), DaySpan(date(2025, 6, 10), date(2025, 6, 16))

    [(place, found)] = cuts_on(date(2025, 6, 12), (old,), time, frozenset())

    assert (place, found.whole, found.in_force, found.chosen, found.stays_apart) == (0, JUNE, True, True, False)
    assert list(cuts_on(date(2025, 7, 1), (old,), time, frozenset())) == []


@pytest.mark.parametrize(("closed", "apart"), [({date(2025, 9, 1)}, True), (set(), False)])
def test_a_part_stays_apart_where_the_period_beside_it_is_closed(closed, apart):
    time = DaySpan(date(2025, 6, 1), date(2025, 9, 16))

    [(_place, found)] = cuts_on(date(2025, 9, 1), (JOINING,), time, frozenset(closed))

    assert joints_of((JOINING,), time) == {date(2025, 9, 1)}
    assert (found.stays_apart, found.whole.start == date(2025, 9, 1)) == (apart, apart)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("06-01", "09-30", {"09-01"}),  # it ends a day before its month does
        ("06-01", "10-01", set()),  # it ends with a month
        ("09-01", "09-16", set()),  # no month before the last one lies in it
    ],
)
def test_a_last_part_joins_the_month_before_it_where_there_is_one(start, end, days):
    assert joints(MONTHS, (JOINING,), DaySpan(in_2025(start), in_2025(end))) == set(map(in_2025, days))


@pytest.mark.parametrize("day", ["06-01", "07-01"])
def test_terms_that_begin_with_a_period_or_after_it_change_nothing_inside_of_it(day):
    new = CutRules(in_2025(day), changes=Changes.SPLIT)

    assert changed_on(JUNE, (CutRules(date(2025, 1, 1)), new), ALWAYS) is None
    part = part_on(JUNE, in_2025("06-03"), [new.effective_on])
    assert (part, part.label) == (JUNE, "2025-06")


def test_terms_that_begin_after_the_end_of_the_time_do_not_judge_its_last_period():
    old = CutRules(date(2025, 1, 1), ends_on=in_2025("06-20"))
    new = CutRules(in_2025("06-20"), changes=Changes.AT_END)
    time = DaySpan(date(2025, 1, 1), in_2025("06-16"))

    assert [judges(terms, JUNE, (old, new), time) for terms in (old, new)] == [True, False]


@pytest.mark.parametrize("closed", [set(), {in_2025("09-01")}])
def test_terms_at_the_end_judge_a_period_that_is_joined_and_one_that_stays_apart(closed):
    old = CutRules(date(2025, 1, 1), in_2025("08-15"), part_periods=PartPeriods.JOINED)
    new = CutRules(in_2025("08-15"), part_periods=PartPeriods.JOINED, changes=Changes.AT_END)
    agreed, time = (old, new), DaySpan(date(2025, 1, 1), in_2025("09-16"))
    whole = cut(old, in_2025("08-01"), agreed, time, closed)

    assert whole.end == in_2025("09-01" if closed else "10-01")
    assert [judges(terms, whole, agreed, time, closed) for terms in agreed] == [False, True]
