"""Every status can be reached from rows and terms alone, and missing is never met."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from contracts.models.service_levels import Feed
from metrics.models.breaches import Breach
from metrics.models.results import CountResult
from metrics.models.verdicts import Verdict
from metrics.services.judging import judge_all
from metrics.services.nights import run_night
from metrics.services.work_queue import enqueue
from metrics.tests.worlds import NOW, cells_on, contact, count, month, receive, verdict_of
from tests.support.tampering import as_owner

pytestmark = pytest.mark.django_db
MARCH, APRIL = date(2025, 3, 1), date(2025, 4, 1)
AFTER = datetime(2025, 4, 4, 9, tzinfo=UTC)


@pytest.fixture
def level_of(cast):
    """Makes a monthly ratio on a feed of its own."""

    def make(code, **terms):
        feed = cast.feed(cast.contracts["A-1"], code, Feed.Kind.COUNTS, schedule=Feed.Schedule.MONTHLY)
        return cast.level(feed, code, **terms)

    return make


@pytest.mark.parametrize(
    ("good", "status"), [(95, "met"), (94, "below_expected"), (90, "below_expected"), (89, "breach")]
)
def test_an_ended_period_with_a_minimum(level_of, good, status):
    level = level_of("L")
    receive(level.feed, [month(MARCH, good, 100)])

    assert verdict_of(level, "2025-03").status == status


@pytest.mark.parametrize(("good", "status"), [(95, "on_track"), (94, "at_risk"), (1, "at_risk")])
def test_an_open_period(level_of, good, status):
    level = level_of("L")
    receive(level.feed, [month(APRIL, good, 100)])

    assert verdict_of(level, "2025-04").status == status


def test_an_open_period_that_one_miss_has_lost(level_of):
    level = level_of("L", expected=Decimal(100), minimum=None)
    receive(level.feed, [month(APRIL, 99, 100)])

    assert verdict_of(level, "2025-04").status == "already_lost"


def test_worse_than_expected_without_a_minimum_is_a_breach(level_of):
    level = level_of("L", minimum=None)
    receive(level.feed, [month(MARCH, 94, 100)])

    assert verdict_of(level, "2025-03").status == "breach"


def test_a_month_without_any_case_is_no_volume(level_of):
    level = level_of("L")
    receive(level.feed, [month(MARCH, 0, 0)])

    verdict = verdict_of(level, "2025-03")

    assert (verdict.status, verdict.value, verdict.display) == ("no_volume", None, "")


def test_a_queue_without_contacts_has_no_volume_when_the_feed_was_reported(cast):
    feed = cast.feed(cast.contracts["A-1"], "VOICE", Feed.Kind.CONTACTS)
    params = {"of": "answered_in_time", "threshold_seconds": 20, "variant": "strict"}
    level = cast.level(feed, "CHAT", aggregation="share_within", params=params, narrowing={"queue": ["chat"]})
    receive(feed, [contact("a", datetime(2025, 3, 3, 9, tzinfo=UTC), wait_seconds=1, queue="phone")])

    assert verdict_of(level, "2025-03").status == "no_volume"


def test_too_few_cases_is_a_status_of_its_own(level_of):
    level = level_of("L", rules={"low_volume": {"rule": "too_few", "min_cases": 20}})
    receive(level.feed, [month(MARCH, 1, 19)])

    assert verdict_of(level, "2025-03").status == "too_few"


def test_an_allowed_miss_among_few_cases_is_met(level_of):
    level = level_of("L", rules={"low_volume": {"rule": "allow_misses", "min_cases": 20}})
    receive(level.feed, [month(MARCH, 9, 10)])

    assert verdict_of(level, "2025-03").status == "met"


def test_too_few_cases_are_carried_over_until_there_are_enough(level_of):
    level = level_of("L", rules={"low_volume": {"rule": "carry_over", "min_cases": 20}})
    receive(level.feed, [month(date(2025, 2, 1), 10, 10), month(MARCH, 6, 10)])

    february, march = verdict_of(level, "2025-02"), verdict_of(level, "2025-03")

    assert (february.status, march.status) == ("too_few", "breach")
    assert (march.numerator, march.denominator) == (16, 20)
    assert "2025-02" in march.working["lines"][2]["text"]


def test_a_correction_is_judged_again_in_the_months_that_look_back_at_it(level_of):
    level = level_of("L", rules={"low_volume": {"rule": "rolling", "min_cases": 100, "periods": 3}})
    receive(level.feed, [month(date(2025, 1, 1), 10, 10), month(date(2025, 2, 1), 10, 10), month(MARCH, 10, 10)])
    assert verdict_of(level, "2025-03").value == 100
    receive(level.feed, [month(date(2025, 1, 1), 0, 10, split="forgotten")])

    assert verdict_of(level, "2025-03").value == 75


def test_a_ramp_up_has_no_consequences(level_of):
    level = level_of("L", rules={"ramp_up_until": "2025-04-01"})
    receive(level.feed, [month(MARCH, 1, 100)])

    assert verdict_of(level, "2025-03").status == "not_in_force"
    assert not Breach.objects.exists()


def test_results_taken_back_leave_no_met_behind(level_of):
    level = level_of("L")
    receive(level.feed, [month(MARCH, 100, 100)])
    verdict_of(level, "2025-03")
    with as_owner():
        CountResult.objects.filter(feed=level.feed).delete()
    enqueue(list(cells_on(level.feed, [MARCH]).values()), now=NOW)

    verdict = verdict_of(level, "2025-03", at=AFTER)

    assert (verdict.status, verdict.value, verdict.revision) == ("not_reported", None, 2)


def test_silence_in_an_open_period_says_nothing(level_of):
    level = level_of("L")

    run_night(zone="Europe/Berlin", local_date=date(2025, 4, 4), now=AFTER)

    assert not Verdict.objects.filter(service_level=level, period_label="2025-04").exists()


def test_silence_waits_for_the_due_date_before_it_counts_as_missing(level_of):
    level = level_of("L")
    enqueue(list(cells_on(level.feed, [MARCH]).values()), now=NOW)

    judge_all(now=NOW)

    assert not Verdict.objects.filter(service_level=level).exists()


def test_lower_is_better_and_equality_meets(level_of):
    level = level_of("L", direction="lower", expected=Decimal(5), minimum=Decimal(8))
    receive(level.feed, [month(MARCH, 5, 100), month(date(2025, 2, 1), 8, 100), month(date(2025, 1, 1), 9, 100)])
    judge_all(now=NOW)

    statuses = dict(Verdict.objects.filter(service_level=level).values_list("period_label", "status"))

    assert statuses == {"2025-01": "breach", "2025-02": "below_expected", "2025-03": "met"}


def test_a_range_is_missed_on_both_sides(level_of):
    level = level_of("L", direction="range", expected=Decimal(80), expected_high=Decimal(90), minimum=None)
    receive(level.feed, [month(MARCH, 91, 100), month(date(2025, 2, 1), 85, 100), month(date(2025, 1, 1), 79, 100)])
    judge_all(now=NOW)

    statuses = dict(Verdict.objects.filter(service_level=level).values_list("period_label", "status"))

    assert statuses == {"2025-01": "breach", "2025-02": "met", "2025-03": "breach"}


def test_the_contracts_rounding_decides_and_the_printed_value_agrees_with_it(level_of):
    level = level_of("L", expected=Decimal("99.9"), minimum=None, decimals=2, rules={"rounding": {"decimals": 2}})
    receive(level.feed, [month(MARCH, 99895, 100000)])

    verdict = verdict_of(level, "2025-03")

    assert (verdict.status, verdict.display.replace("\u00a0", " ")) == ("met", "99.90 %")
    assert verdict.value == Decimal("99.895")


def test_unrounded_the_same_number_is_missed_and_printed_so(level_of):
    level = level_of("L", expected=Decimal("99.9"), minimum=None, decimals=2)
    receive(level.feed, [month(MARCH, 99895, 100000)])

    verdict = verdict_of(level, "2025-03")

    assert (verdict.status, verdict.display.replace("\u00a0", " ")) == ("breach", "99.895 %")


@pytest.mark.parametrize(
    ("kind", "day", "label"),
    [
        ("day", date(2025, 3, 9), "2025-03-09"),
        ("week", date(2025, 3, 10), "2025-W11"),
        ("month", MARCH, "2025-03"),
        ("quarter", date(2025, 1, 1), "2025-Q1"),
    ],
)
def test_days_weeks_months_and_quarters(cast, kind, day, label):
    feed = cast.feed(cast.contracts["A-1"], "DAILY", Feed.Kind.COUNTS, schedule=Feed.Schedule.DAILY)
    level = cast.level(feed, "L", period=kind)
    receive(feed, [count(day, 95, 100)])

    assert verdict_of(level, label).status == "met"
