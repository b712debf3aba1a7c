"""A key's end is told to those who can replace it, two weeks and three days before, once each."""

from datetime import UTC, datetime, timedelta

import pytest

from bpo.models import User
from reports.models import Message
from reports.services.expiring import queue_expiry_warnings
from tests.support.cast import Cast
from vendors.keys import issue_key, revoke_key, rotate_key
from vendors.models import ApiKey

ISSUED = datetime(2025, 10, 1, tzinfo=UTC)
ENDS = datetime(2025, 11, 30, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def key(cast: Cast) -> ApiKey:
    """Brightline's live key."""
    return make(cast)


def make(cast: Cast, **more: object) -> ApiKey:
    facts = {"vendor": cast.vendors["Brightline"], "name": "cron", "scopes": ["read"], "actor": None, "now": ISSUED}
    return issue_key(**(facts | {"expires_at": ENDS} | more))[0]


def told(before: timedelta) -> list[tuple[str, str]]:
    """Who has been told what, after the look that long before the end."""
    queue_expiry_warnings(now=ENDS - before)
    return sorted(Message.objects.filter(kind="key_expiry").values_list("recipient__email", "subject"))


def test_nothing_is_told_more_than_two_weeks_before(key):
    assert told(15 * DAY) == []


def test_the_vendors_managers_are_told_two_weeks_before(key):
    assert told(14 * DAY) == [("brightline-manager@example.com", f"API key {key.public_id}, cron, ends in 14 days")]


def test_each_notice_is_told_once(key):
    for days in (14, 13, 5, 4):
        queue_expiry_warnings(now=ENDS - days * DAY)

    assert len(told(4 * DAY)) == 1


def test_it_is_told_again_three_days_before(key):
    told(14 * DAY)

    assert [subject for _person, subject in told(3 * DAY)][1:] == [f"API key {key.public_id}, cron, ends in 3 days"]


def test_a_desk_that_stood_still_tells_the_last_notice_alone(key):
    assert len(told(2 * DAY)) == 1


def test_the_mail_names_the_day_in_the_readers_zone(key):
    User.objects.filter(email="brightline-manager@example.com").update(zone="Pacific/Kiritimati")
    told(14 * DAY)

    assert "1 Dec 2025" in Message.objects.get().text.replace("\xa0", " ")


def test_of_a_key_that_is_replaced_nothing_is_told(key):
    rotate_key(key=key, overlap=30 * DAY, actor=None, now=ENDS - 20 * DAY)

    assert told(14 * DAY) == []


def test_of_a_key_that_is_revoked_nothing_is_told(key):
    revoke_key(key=key, actor=None, now=ENDS - 20 * DAY)

    assert told(14 * DAY) == []


def test_of_a_key_that_has_ended_nothing_is_told(key):
    assert told(-DAY) == []


def test_of_a_test_key_nothing_is_told(cast):
    make(cast, mode=ApiKey.Mode.TEST)

    assert told(14 * DAY) == []


def test_of_a_key_without_an_end_nothing_is_told(cast):
    make(cast, expires_at=None)

    assert told(14 * DAY) == []
