"""What the page of keys shows of each: its kind, and that it ends soon."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.support.cast import Cast
from tests.support.factors import force_sign_in
from vendors.keys import issue_key, revoke_key, rotate_key
from vendors.models import ApiKey

pytestmark = pytest.mark.any_database
DAY = timedelta(days=1)


@pytest.fixture
def manager(cast: Cast) -> Client:
    """Brightline's manager, signed in."""
    client = Client()
    force_sign_in(client, cast.people["brightline-manager"])
    return client


def make(cast: Cast, *, mode: str = ApiKey.Mode.LIVE, days: int = 300) -> ApiKey:
    now = timezone.now()
    facts = {"name": "cron", "scopes": ["read"], "actor": None, "mode": mode, "now": now - DAY}
    return issue_key(vendor=cast.vendors["Brightline"], expires_at=now + days * DAY, **facts)[0]


def words(client: Client) -> str:
    """The page's table in words."""
    page = client.get("/api-keys").content.decode()
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", table).split())


@pytest.mark.parametrize("mode, shown", [("live", "● live"), ("test", "◌ test")])
def test_a_keys_kind_is_shown_by_shape_and_word(cast, manager, mode, shown):
    make(cast, mode=mode)

    assert shown in words(manager)


def test_a_first_key_is_offered_as_a_test_key(manager):
    assert (
        '<input type="radio" name="mode" value="test" id="id_mode_0" checked>'
        in manager.get("/api-keys").content.decode()
    )


def test_a_later_key_is_offered_as_a_live_one(cast, manager):
    make(cast)

    assert (
        '<input type="radio" name="mode" value="live" id="id_mode_1" checked>'
        in manager.get("/api-keys").content.decode()
    )


@pytest.mark.parametrize("mode", ApiKey.Mode.values)
def test_a_key_of_the_chosen_kind_is_made(cast, manager, mode):
    manager.post("/api-keys", {"name": "n", "mode": mode, "scopes": "read", "days": "30"})

    assert ApiKey.objects.get().mode == mode


def test_a_key_that_ends_soon_is_warned_of(cast, manager):
    make(cast, days=5)

    assert "expires in 4 days" in words(manager)


def test_a_key_that_ends_later_is_not(cast, manager):
    make(cast, days=15)

    assert "expires in" not in words(manager)


def test_a_key_that_is_replaced_is_not_warned_of(cast, manager):
    rotate_key(key=make(cast), overlap=5 * DAY, actor=None, now=timezone.now())

    assert "expires in" not in words(manager)


def test_a_key_that_is_revoked_is_not_warned_of(cast, manager):
    revoke_key(key=make(cast, days=5), actor=None, now=timezone.now())

    assert "expires in" not in words(manager)
