"""A key is replaced by another, and for a while both work."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from bpo.models import AuditEntry
from tests.support.cast import Cast
from tests.support.factors import force_sign_in
from vendors.keys import KeyNotIssued, find_key, issue_key, revoke_key, rotate_key
from vendors.models import ApiKey

NOW = datetime(2025, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


def made(cast: Cast, **more) -> tuple[ApiKey, str]:
    given = {"name": "export", "scopes": ["read"], "actor": None, "expires_at": None, "now": NOW} | more
    return issue_key(vendor=cast.vendors["Brightline"], **given)


def works(text: str, now: datetime) -> bool:
    return find_key(f"Bearer {text}", now=now) is not None


def test_both_work_until_the_overlap_is_over(cast):
    old, old_text = made(cast)

    _fresh, text = rotate_key(key=old, overlap=WEEK, actor=None, now=NOW)

    assert [works(old_text, NOW + WEEK - DAY), works(text, NOW + WEEK - DAY)] == [True, True]
    assert [works(old_text, NOW + WEEK), works(text, NOW + WEEK)] == [False, True]


def test_the_new_key_may_the_same_and_has_another_secret(cast):
    old, old_text = made(cast)

    new, text = rotate_key(key=old, overlap=WEEK, actor=None, now=NOW)

    assert (new.vendor, new.name, new.scopes) == (old.vendor, "export", ["read"])
    assert text != old_text


def test_the_new_key_lives_as_long_as_the_old_one_did(cast):
    old, _text = made(cast, expires_at=NOW + 90 * DAY)

    new, _text = rotate_key(key=old, overlap=WEEK, actor=None, now=NOW + 80 * DAY)

    assert new.expires_at == NOW + 170 * DAY


def test_the_overlap_lengthens_no_life(cast):
    old, text = made(cast, expires_at=NOW + DAY)

    rotate_key(key=old, overlap=WEEK, actor=None, now=NOW)

    assert not works(text, NOW + DAY)


def test_a_key_is_replaced_once(cast):
    old, _text = made(cast)
    rotate_key(key=old, overlap=WEEK, actor=None, now=NOW)

    with pytest.raises(KeyNotIssued):
        rotate_key(key=old, overlap=WEEK, actor=None, now=NOW)
    assert ApiKey.objects.count() == 2


def test_a_key_that_has_ended_is_not_replaced(cast):
    revoked, _text = made(cast)
    revoke_key(key=revoked, actor=None, now=NOW)
    expired, _text = made(cast, expires_at=NOW + DAY)

    for key in (revoked, expired):
        with pytest.raises(KeyNotIssued):
            rotate_key(key=key, overlap=WEEK, actor=None, now=NOW + DAY)


def test_the_replacement_is_recorded(cast):
    old, _text = made(cast)

    new, _text = rotate_key(key=old, overlap=WEEK, actor=None, now=NOW)

    assert new.public_id in str(AuditEntry.objects.get(action="rotate_key").changes)


def test_its_manager_replaces_it_and_sees_the_new_text_once(cast):
    old, _text = made(cast, now=timezone.now())
    client = Client()
    force_sign_in(client, cast.people["brightline-manager"])

    answer = client.post(f"/api-keys/{old.public_id}/rotate", {"days": "7"})
    new = ApiKey.objects.get(predecessor=old)

    assert answer.status_code == 201
    assert find_key(f"Bearer {answer.context['secret']}", now=timezone.now()) == new
    assert answer.context["secret"] not in client.get("/api-keys").content.decode()
    assert f"replaced by {new.public_id}" in client.get("/api-keys").content.decode()


@pytest.mark.parametrize("days", ["0", "-1", "365", "x", ""])
def test_only_the_offered_overlaps_are_taken(cast, days):
    old, _text = made(cast, now=timezone.now())
    client = Client()
    force_sign_in(client, cast.people["brightline-manager"])

    client.post(f"/api-keys/{old.public_id}/rotate", {"days": days})

    assert ApiKey.objects.count() == 1
