"""Keys are made, shown once, and ended."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from bpo.models import AuditEntry
from tests.support.cast import Cast
from vendors.keys import KeyNotIssued, find_key, issue_key, note_use, revoke_key, rotate_key
from vendors.models import ApiKey

NOW = datetime(2025, 6, 1, tzinfo=UTC)


@pytest.fixture
def issue(cast: Cast):
    """Makes a key of Brightline's."""

    def issue(**more):
        given = {"name": "export", "scopes": ApiKey.Scope.values, "actor": None, "expires_at": None, "now": NOW}
        return issue_key(vendor=cast.vendors["Brightline"], **(given | more))

    return issue


def test_a_key_opens_the_door_with_its_text_alone(issue):
    key, text = issue()

    assert find_key(f"Bearer {text}", now=NOW) == key
    assert find_key(f"bearer {text}", now=NOW) == key


def test_the_text_is_kept_nowhere(issue):
    _key, text = issue()

    assert text.rsplit("_", 1)[1] not in str(ApiKey.objects.values().get()) + str(AuditEntry.objects.values())


def test_two_keys_never_share_a_secret(issue):
    assert issue()[1] != issue()[1]


def test_a_key_ends_at_its_hour(issue):
    _key, text = issue(expires_at=NOW + timedelta(days=1))

    assert find_key(f"Bearer {text}", now=NOW + timedelta(hours=23)) is not None
    assert find_key(f"Bearer {text}", now=NOW + timedelta(days=1)) is None


def test_a_revoked_key_opens_nothing(issue):
    key, text = issue()

    assert revoke_key(key=key, actor=None, now=NOW) is True
    assert find_key(f"Bearer {text}", now=NOW) is None


def test_a_key_is_revoked_once(issue):
    key, _text = issue()
    revoke_key(key=key, actor=None, now=NOW)

    assert revoke_key(key=key, actor=None, now=NOW + timedelta(days=1)) is False
    assert ApiKey.objects.get().revoked_at == NOW


def test_making_and_ending_a_key_is_recorded(cast: Cast, issue):
    manager = cast.people["brightline-manager"]
    key, _text = issue(actor=manager)
    revoke_key(key=key, actor=manager, now=NOW)

    entries = AuditEntry.objects.filter(thing_id=key.public_id).order_by("pk")
    assert [(entry.action, entry.actor) for entry in entries] == [("issue_key", manager), ("revoke_key", manager)]


@pytest.mark.parametrize("scopes", [[], ["everything"], ["read", "root"]])
def test_a_key_without_known_scopes_is_not_issued(issue, scopes):
    with pytest.raises(KeyNotIssued):
        issue(scopes=scopes)


def test_a_key_that_would_be_dead_at_birth_is_not_issued(issue):
    with pytest.raises(KeyNotIssued):
        issue(expires_at=NOW)


def test_the_last_use_is_kept_to_the_minute(issue):
    key, _text = issue()
    note_use(key, now=NOW)
    key.refresh_from_db()

    note_use(key, now=NOW + timedelta(seconds=30))

    assert ApiKey.objects.get().last_used_at == NOW


def test_the_command_prints_the_key_once(cast: Cast):
    out, notes = StringIO(), StringIO()

    call_command("issue_key", "Brightline", "nightly export", "--days", "30", stdout=out, stderr=notes)

    key = find_key(f"Bearer {out.getvalue().strip()}", now=datetime.now(UTC))
    assert (key.name, key.mode, key.scopes) == ("nightly export", "live", sorted(ApiKey.Scope.values))
    assert key.public_id in notes.getvalue()


def test_the_command_makes_a_test_key_where_it_is_asked_to(cast: Cast):
    out = StringIO()

    call_command("issue_key", "Brightline", "first steps", "--test", stdout=out, stderr=StringIO())

    assert find_key(f"Bearer {out.getvalue().strip()}", now=datetime.now(UTC)).mode == "test"


def test_a_key_is_replaced_by_one_of_its_kind(issue):
    key, _text = issue(mode=ApiKey.Mode.TEST)
    new, text = rotate_key(key=key, overlap=timedelta(days=7), actor=None, now=NOW)

    assert (new.mode, text[:9]) == ("test", "bpo_test_")


def test_the_command_knows_no_vendor_that_is_none(cast: Cast):
    with pytest.raises(CommandError, match="There is no vendor Nobody"):
        call_command("issue_key", "Nobody", "export")
