"""What an excuse names: days, hours or rows, read and refused."""

from datetime import UTC, date, datetime, timedelta

import pytest

from breaches.services.excuse_groups import ask_excuses
from breaches.services.excuses import ask_excuse
from breaches.services.grants import NotGrantable, preview_excuse
from breaches.services.selections import WrongExcuse, read_grant
from breaches.tests.test_part_grants import make_days
from contracts.models.service_levels import Feed
from metrics.models.breaches import Excuse
from metrics.services.judging import judge_all
from metrics.tests.closed import NOW
from metrics.tests.worlds import case, receive

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
NINE, TWO = datetime(2025, 3, 4, 8, tzinfo=UTC), datetime(2025, 3, 4, 13, tzinfo=UTC)


@pytest.fixture
def level(cast):
    return make_days(cast)


def ask(cast, level, **named):
    asker = cast.people["brightline-manager"]
    return ask_excuse(service_level=level, reason="portal down", asked_by=asker, now=NOW, **named)


def test_hours_touch_the_days_in_which_they_lie(cast, level):
    excuse = ask(cast, level, starts_at=NINE, ends_at=datetime(2025, 3, 5, 23, tzinfo=UTC))

    assert (excuse.starts_on, excuse.ends_on) == (date(2025, 3, 4), date(2025, 3, 6))


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"starts_at": NINE},
        {"starts_at": TWO, "ends_at": NINE},
        {"starts_at": NINE, "ends_at": TWO, "cases": ["C-1"]},
        {"starts_on": date(2025, 3, 4)},
        {"starts_on": date(2025, 3, 4), "ends_on": date(2025, 3, 5), "cases": ["C-1"]},
        {"starts_at": NINE, "ends_at": datetime(9999, 12, 31, 23, 59, tzinfo=UTC)},
        {"cases": ["C-1"]},
    ],
)
def test_an_excuse_names_one_thing_wholly(cast, level, named):
    with pytest.raises(WrongExcuse):
        ask(cast, level, **named)
    assert not Excuse.objects.exists()


@pytest.mark.parametrize(
    "given",
    [
        {"starts_at": NINE - timedelta(minutes=1)},
        {"ends_at": TWO + timedelta(minutes=1)},
        {"starts_at": TWO, "ends_at": NINE},
        {"starts_at": datetime(1, 1, 1, tzinfo=UTC)},
        {"first_day": date(2025, 3, 5)},
        {"cases": ["C-1"]},
    ],
)
def test_hours_that_were_not_asked_for_are_not_granted(cast, level, given):
    excuse = ask(cast, level, starts_at=NINE, ends_at=TWO)
    with pytest.raises(NotGrantable):
        preview_excuse(excuse=excuse, grant=read_grant(given, excuse), now=NOW)


def test_hours_of_days_that_were_asked_for_are_a_part_of_them(cast, level):
    excuse = ask(cast, level, starts_on=date(2025, 3, 3), ends_on=date(2025, 3, 6))
    grant = read_grant({"starts_at": NINE, "ends_at": TWO}, excuse)

    assert (grant.starts_on, grant.ends_on, grant.hours) == (date(2025, 3, 4), date(2025, 3, 5), (NINE, TWO))


def test_a_day_of_longer_hours_is_what_of_them_lies_in_it(cast, level):
    excuse = ask(cast, level, starts_at=NINE, ends_at=TWO + timedelta(days=1))
    grant = read_grant({"last_day": date(2025, 3, 4)}, excuse)

    assert grant.hours == (NINE, datetime(2025, 3, 4, 23, tzinfo=UTC))


@pytest.fixture
def tickets(cast):
    feed = cast.feed(cast.contracts["A-1"], "DESK", Feed.Kind.CASES)
    found = cast.level(feed, "MET", params={"of": "met", "attribution": "resolved"})
    opened = datetime(2025, 3, 4, 9, tzinfo=UTC)
    resolved = opened + timedelta(days=30)
    receive(
        feed, [case("C-1", opened_at=opened, resolved_at=resolved, met=False), case("C-2", opened_at=opened)], at=NOW
    )
    judge_all(now=NOW)
    return found


def test_cases_touch_the_days_that_attribute_them_and_undecided_ones_their_first(cast, tickets):
    assert ask(cast, tickets, cases=["C-1"]).starts_on == date(2025, 4, 3)
    assert ask(cast, tickets, cases=["C-2"]).starts_on == date(2025, 3, 4)


def test_more_rows_than_an_excuse_takes_are_refused(cast, tickets):
    with pytest.raises(WrongExcuse, match="at most 200 rows"):
        ask(cast, tickets, cases=[f"C-{number}" for number in range(201)])


def test_levels_of_two_contracts_are_not_asked_for_together(cast, level):
    levels = [level, cast.levels["A-2/ACCURACY"]]
    with pytest.raises(WrongExcuse, match="of one contract"):
        ask_excuses(
            service_levels=levels, starts_at=NINE, ends_at=TWO, reason="fire", now=NOW,
            asked_by=cast.people["brightline-manager"],
        )  # fmt: skip
    assert not Excuse.objects.exists()
