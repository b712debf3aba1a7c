"""Part periods and what joins them to the periods beside them."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.obligations import DaySpan
from sla.part_periods import PartPeriods, changed_on, cut, has_consequences, is_only_reported, is_part, joined, judges
from sla.periods import DAY, PeriodKind, PeriodRule

MONTHS = PeriodRule(PeriodKind.MONTH)


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

    period = joined(MONTHS.containing(in_2025(day)), MONTHS, span)

    assert (period.label, period.start, period.end) == (label, in_2025(start), in_2025(end))


def test_only_the_ends_that_are_asked_for_are_joined():
    time = DaySpan(date(2025, 6, 10), date(2025, 9, 16))
    june, september = MONTHS.containing(date(2025, 6, 10)), MONTHS.containing(date(2025, 9, 1))

    assert joined(june, MONTHS, time, first=False) == june
    assert joined(september, MONTHS, time, last=False) == september


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
    periods = {joined(rule.containing(start + number * DAY), rule, time) for number in range(length)}
    ordered = sorted(periods, key=lambda period: period.start)

    assert all(before.end == after.start for before, after in pairwise(ordered))
    parts = [period for period in ordered if is_part(period, time) and not period.label.endswith("-join")]
    assert not parts or len(ordered) == 1


@dataclass(frozen=True)
class Terms:
    """As much of a row of terms as decides which one judges a period."""

    effective_on: date
    ends_on: date | None = None
    part_periods: PartPeriods = PartPeriods.LAST_JUDGED
    judges_whole_period: bool = False
    rule: PeriodRule = MONTHS

    @property
    def terms(self):
        return self

    def in_force_on(self, day):
        return day in DaySpan(self.effective_on, self.ends_on)


JUNE = MONTHS.containing(date(2025, 6, 1))
ALWAYS = DaySpan(date(2025, 1, 1))


@pytest.mark.parametrize("whole_period", [True, False])
def test_terms_judge_the_period_in_which_they_take_effect_where_they_say_so(whole_period):
    old = Terms(date(2025, 1, 1), ends_on=date(2025, 6, 15))
    new = Terms(date(2025, 6, 15), judges_whole_period=whole_period)

    assert judges(new, JUNE, (old, new), ALWAYS) is whole_period
    assert judges(old, JUNE, (old, new), ALWAYS) is not whole_period
    assert changed_on(JUNE, (old, new), ALWAYS) == date(2025, 6, 15)
    assert changed_on(MONTHS.next(JUNE), (old, new), ALWAYS) is None


def test_terms_of_other_periods_judge_none_that_they_do_not_cut():
    old = Terms(date(2025, 1, 1), ends_on=date(2025, 6, 15))
    weekly = Terms(date(2025, 6, 15), judges_whole_period=True, rule=PeriodRule(PeriodKind.WEEK))

    assert judges(old, JUNE, (old, weekly), ALWAYS)


def test_no_terms_judge_a_period_after_all_of_them():
    old = Terms(date(2025, 1, 1), ends_on=date(2025, 6, 1))

    assert not judges(old, JUNE, (old,), ALWAYS)


@pytest.mark.parametrize(
    ("rule", "chosen", "has"),
    [("last_judged", False, False), ("judged", True, True), ("reported", False, False), ("joined", True, True)],
)
def test_a_first_part_period_has_consequences_where_it_is_judged(rule, chosen, has):
    terms = Terms(date(2025, 6, 10), part_periods=PartPeriods(rule))
    time = DaySpan(date(2025, 6, 10))

    assert judges(terms, JUNE, (terms,), time) == chosen
    assert has_consequences(terms, JUNE, (terms,), time) == has


def test_a_last_part_period_is_judged_unless_it_is_only_reported():
    time = DaySpan(date(2025, 1, 1), date(2025, 6, 16))
    judged, reported = (Terms(date(2025, 1, 1), part_periods=PartPeriods(rule)) for rule in ("last_judged", "reported"))

    assert has_consequences(judged, JUNE, (judged,), time)
    assert not has_consequences(reported, JUNE, (reported,), time)
    assert [is_only_reported(terms, JUNE, time) for terms in (judged, reported)] == [False, True]


def test_terms_cut_periods_with_the_parts_that_first_and_last_terms_join():
    joining = Terms(date(2025, 6, 10), part_periods=PartPeriods.JOINED)
    later = Terms(date(2025, 9, 1))
    time = DaySpan(date(2025, 6, 10), date(2025, 10, 16))

    assert cut(later, date(2025, 7, 1), (joining, later), time).label == "2025-06-join"
    assert cut(later, date(2025, 10, 1), (joining, later), time).label == "2025-10"
