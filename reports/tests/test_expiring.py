"""Those who can replace a key are warned of its end, two weeks and three days before, once each."""

from datetime import UTC, datetime, timedelta

import pytest

from bpo.models import User
from reports.models import Message
from reports.services.queueing import queue_expiry_warnings
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


def queued(before: timedelta) -> list[tuple[str, str]]:
    """Who has which subject queued, after the task that long before the end."""
    queue_expiry_warnings(now=ENDS - before)
    return sorted(Message.objects.filter(kind="key_expiry").values_list("recipient__email", "subject"))


def test_nobody_is_warned_more_than_two_weeks_before(key):
    assert queued(15 * DAY) == []


def test_the_vendors_managers_are_warned_two_weeks_before(key):
    assert queued(14 * DAY) == [("brightline-manager@example.com", f"API key {key.public_id}, cron, ends in 14 days")]


def test_each_notice_is_queued_once(key):
    for days in (14, 13, 5, 4):
        queue_expiry_warnings(now=ENDS - days * DAY)

    assert len(queued(4 * DAY)) == 1


def test_the_warning_is_repeated_three_days_before(key):
    queued(14 * DAY)

    assert [subject for _person, subject in queued(3 * DAY)][1:] == [f"API key {key.public_id}, cron, ends in 3 days"]


def test_a_desk_that_stood_still_tells_the_last_notice_alone(key):
    assert len(queued(2 * DAY)) == 1


def test_the_mail_names_the_day_in_the_readers_zone(key):
    User.objects.filter(email="brightline-manager@example.com").update(zone="Pacific/Kiritimati")
    queued(14 * DAY)

    assert "1 Dec 2025" in Message.objects.get().text.replace("\xa0", " ")


def test_of_a_key_that_is_replaced_nobody_is_warned(key):
    rotate_key(key=key, overlap=30 * DAY, actor=None, now=ENDS - 20 * DAY)

    assert queued(14 * DAY) == []


def test_of_a_key_that_is_revoked_nobody_is_warned(key):
    revoke_key(key=key, actor=None, now=ENDS - 20 * DAY)

    assert queued(14 * DAY) == []


def test_of_a_key_that_has_ended_nobody_is_warned(key):
    assert queued(-DAY) == []


def test_of_a_test_key_nobody_is_warned(cast):
    make(cast, mode=ApiKey.Mode.TEST)

    assert queued(14 * DAY) == []


def test_of_a_key_without_an_end_nobody_is_warned(cast):
    make(cast, expires_at=None)

    assert queued(14 * DAY) == []
