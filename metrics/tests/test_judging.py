"""From rows to verdicts: the five kinds of feeds, and what a change of rows does."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from contracts.models.service_levels import Feed
from metrics.models.results import CountResult
from metrics.models.verdicts import DirtyCell, Standing, Verdict
from metrics.services.judging import judge_all
from metrics.services.work_queue import enqueue
from metrics.tests.worlds import NOW, case, cells_on, contact, month, observation, outage, receive, verdict_of
from tests.support.tampering import as_owner

pytestmark = pytest.mark.django_db
MARCH = date(2025, 3, 1)


def at(day: int, hour: int = 10, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2025, month, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def level(cast):
    return cast.levels["A-1/ACCURACY"]


def test_counts_become_a_ratio_with_its_numbers(level):
    receive(level.feed, [month(MARCH, 96, 100)])

    verdict = verdict_of(level, "2025-03")

    assert (verdict.value, verdict.numerator, verdict.denominator, verdict.status) == (96, 96, 100, "met")


def test_an_ended_period_is_provisional_until_a_night_closes_it(level):
    receive(level.feed, [month(MARCH, 96, 100)])

    assert verdict_of(level, "2025-03").is_final is False


def test_judging_takes_the_cell_off_the_list(level):
    receive(level.feed, [month(MARCH, 96, 100)])

    judge_all(now=NOW)

    assert not DirtyCell.objects.exists()


def test_worse_than_the_minimum_is_a_breach_and_between_the_limits_is_not(level):
    receive(level.feed, [month(MARCH, 89, 100), month(date(2025, 2, 1), 92, 100)])

    assert verdict_of(level, "2025-03").status == "breach"
    assert verdict_of(level, "2025-02").status == "below_expected"


def test_contacts_answered_in_time_leave_short_abandons_out(cast):
    feed = cast.feed(cast.contracts["A-1"], "VOICE", Feed.Kind.CONTACTS)
    params = {"of": "answered_in_time", "threshold_seconds": 20, "short_seconds": 5}
    level = cast.level(feed, "ANSWERED", aggregation="share_within", params=params)
    receive(
        feed,
        [
            contact("a", at(3), wait_seconds=20),
            contact("b", at(4), wait_seconds=21),
            contact("c", at(4), "abandoned", wait_seconds=5),
            contact("d", at(5), "abandoned", wait_seconds=60),
        ],
    )

    verdict = verdict_of(level, "2025-03")

    assert (verdict.numerator, verdict.denominator) == (1, 3)


def test_a_contact_belongs_to_the_local_day_of_the_contract(cast):
    feed = cast.feed(cast.contracts["A-1"], "VOICE", Feed.Kind.CONTACTS)
    level = cast.level(feed, "ASA", aggregation="mean", params={"of": "wait"}, direction="lower",
                       expected=Decimal(30), minimum=Decimal(60), unit="s")  # fmt: skip
    receive(feed, [contact("a", datetime(2025, 3, 31, 22, 30, tzinfo=UTC), wait_seconds=10)])

    assert verdict_of(level, "2025-04").value == 10


def test_narrowing_counts_one_queue_of_a_feed(cast):
    feed = cast.feed(cast.contracts["A-1"], "VOICE", Feed.Kind.CONTACTS)
    level = cast.level(feed, "ASA", aggregation="mean", params={"of": "wait"}, direction="lower",
                       expected=Decimal(30), minimum=Decimal(60), unit="s", narrowing={"queue": ["PS"]})  # fmt: skip
    receive(feed, [contact("a", at(3), wait_seconds=10, queue="PS"), contact("b", at(3), wait_seconds=90, queue="NW")])

    assert verdict_of(level, "2025-03").value == 10


def test_a_percentile_is_the_nearest_rank_of_the_rows_themselves(cast):
    feed = cast.feed(cast.contracts["A-1"], "VOICE", Feed.Kind.CONTACTS)
    level = cast.level(feed, "P90", aggregation="percentile", params={"of": "wait", "percentile": 90},
                       direction="lower", expected=Decimal(30), minimum=Decimal(60), unit="s")  # fmt: skip
    receive(feed, [contact(str(wait), at(3 + wait % 7), wait_seconds=wait) for wait in range(1, 12)])

    verdict = verdict_of(level, "2025-03")

    assert (verdict.value, verdict.numerator, verdict.cases) == (10, None, 11)


def test_observations_are_weighted_exactly(cast):
    feed = cast.feed(cast.contracts["A-1"], "SCORES", Feed.Kind.OBSERVATIONS)
    level = cast.level(feed, "SCORE", aggregation="mean", params={"weighted": True}, expected=Decimal(4),
                       minimum=None, unit="points", decimals=3)  # fmt: skip
    receive(feed, [observation("a", at(3), "4.1", "999999999999"), observation("b", at(4), "3.9", "0.000001")])

    weights = Fraction("999999999999.000001")
    exact = (Fraction("4.1") * 999999999999 + Fraction("3.9") / 1_000_000) / weights
    assert verdict_of(level, "2025-03").working["facts"]["value"] == str(exact)


def test_cases_due_and_not_resolved_are_misses(cast):
    feed = cast.feed(cast.contracts["A-1"], "TICKETS", Feed.Kind.CASES)
    level = cast.level(feed, "ON_TIME", aggregation="share_within", params={"of": "resolved_by_due"})
    receive(
        feed,
        [
            case("in-time", opened_at=at(3), due_at=at(5), resolved_at=at(4)),
            case("late", opened_at=at(3), due_at=at(5), resolved_at=at(6)),
            case("open", opened_at=at(3), due_at=at(5)),
        ],
    )

    verdict = verdict_of(level, "2025-03")

    assert (verdict.numerator, verdict.denominator) == (1, 3)


def test_resolved_within_business_hours_of_the_contracts_calendar(cast):
    feed = cast.feed(cast.contracts["A-1"], "TICKETS", Feed.Kind.CASES)
    params = {"of": "resolved_within", "threshold_seconds": 3600, "clock": "business"}
    level = cast.level(feed, "FAST", aggregation="share_within", params=params)
    friday_at_half_past_four = at(7, 15, 30)
    monday_at_quarter_past_nine = at(10, 8, 15)
    receive(feed, [case("a", opened_at=friday_at_half_past_four, resolved_at=monday_at_quarter_past_nine)])

    assert verdict_of(level, "2025-03").numerator == 1


def test_availability_counts_overlapping_outages_once(cast):
    feed = cast.feed(cast.contracts["A-1"], "UPTIME", Feed.Kind.DOWNTIME)
    level = cast.level(feed, "UP", aggregation="availability", expected=Decimal("99.9"), minimum=Decimal("99.5"))
    receive(feed, [outage("a", at(3, 10), at(3, 12)), outage("b", at(3, 11), at(3, 13))])

    verdict = verdict_of(level, "2025-03")

    assert (verdict.denominator - verdict.numerator, verdict.denominator) == (180, 31 * 1440 - 60)


def test_an_outage_over_midnight_of_the_month_belongs_to_both(cast):
    feed = cast.feed(cast.contracts["A-1"], "UPTIME", Feed.Kind.DOWNTIME)
    level = cast.level(feed, "UP", aggregation="sum", params={"of": "minutes"}, direction="lower",
                       expected=Decimal(60), minimum=None, unit="min")  # fmt: skip
    receive(feed, [outage("a", at(28, 22, 0, month=2), at(1, 1))])

    assert verdict_of(level, "2025-02").value == 60
    assert verdict_of(level, "2025-03").value == 120


def test_the_same_numbers_again_write_no_revision(level):
    receive(level.feed, [month(MARCH, 96, 100)])
    verdict_of(level, "2025-03")
    touch_again(level)

    assert verdict_of(level, "2025-03").revision == 1


def test_a_correction_is_a_new_revision_and_the_old_one_stays(level):
    receive(level.feed, [month(MARCH, 96, 100)])
    verdict_of(level, "2025-03")
    correct(level, numerator=80)

    verdict = verdict_of(level, "2025-03")

    assert (verdict.revision, verdict.value) == (2, 80)
    assert Verdict.objects.get(service_level=level, revision=1).value == 96


def test_a_standing_shows_the_last_closed_period_and_the_open_one(level):
    receive(level.feed, [month(MARCH, 96, 100), month(date(2025, 4, 1), 10, 10)])
    judge_all(now=NOW)

    standing = Standing.objects.get(service_level=level)

    assert (standing.last_closed.period_label, standing.so_far.period_label) == ("2025-03", "2025-04")
    assert [period["label"] for period in standing.history] == ["2025-03", "2025-04"]


def touch_again(level):
    enqueue(list(cells_on(level.feed, [MARCH]).values()), now=NOW)


def correct(level, **columns):
    with as_owner():
        CountResult.objects.filter(feed=level.feed, starts_on=MARCH).update(**columns)
    touch_again(level)
