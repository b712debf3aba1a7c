"""Sign-ins in the audit trail, and what the owner of a locked account is told."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bpo.models import AuditEntry, SignInFailure, User
from bpo.sign_in_failures import record_sign_in_failures
from bpo.sign_in_limits import TRIES_OF_ACCOUNT
from reports.models import Message
from reports.tasks import send_queued_messages
from reports.tests.conftest import MORNING, World
from tests.support.tampering import as_owner

KNOWN, UNKNOWN, PASSWORD, WRONG = (
    "acme-manager@example.com",
    "nobody@example.com",
    "an old long phrase 17",
    "not it 4711",
)
LOCK = TRIES_OF_ACCOUNT.most + 1


@pytest.fixture
def person(world: World, time_machine) -> User:
    time_machine.move_to(MORNING, tick=False)
    world.manager.set_password(PASSWORD)
    world.manager.save()
    with as_owner():
        AuditEntry.objects.filter(thing_type="bpo.user").delete()
    return world.manager


def sign_in(password: str = WRONG, *, login: str = KNOWN, client: Client | None = None):
    # Each account is tried from an address of its own, or the address would be stopped first.
    address = "192.0.2.1" if login == KNOWN else "192.0.2.2"
    return (client or Client()).post("/accounts/login/", {"login": login, "password": password}, REMOTE_ADDR=address)


def fail(times: int, *, login: str = KNOWN) -> None:
    for _ in range(times):
        sign_in(login=login)


def entries() -> list[tuple[str, object]]:
    rows = AuditEntry.objects.filter(thing_type="bpo.user").order_by("pk")
    return [(entry.action, entry.actor and entry.actor.email) for entry in rows]


def test_who_signs_in_and_out_is_in_the_audit_trail(person: User, client):
    sign_in(PASSWORD, client=client)
    client.post("/accounts/logout/")

    assert entries() == [("sign_in", KNOWN), ("sign_out", KNOWN)]
    assert client.get("/me").status_code == 302


def test_so_is_who_signs_out_on_the_operators_pages(world: World, person: User, client):
    client.force_login(world.cast.operator)

    client.post("/admin/logout/")

    assert entries() == [("sign_out", world.cast.operator.email)]


def test_failures_since_the_last_look_are_one_entry_with_their_number(person: User):
    fail(3)
    record_sign_in_failures()
    fail(1)
    record_sign_in_failures()

    found = AuditEntry.objects.filter(action="fail_sign_in", thing_id=str(person.pk)).order_by("pk")
    assert [entry.changes["wrong_passwords"] for entry in found] == [[None, 3], [None, 1]]
    assert not SignInFailure.objects.exists()


def test_nobody_is_the_actor_of_a_failure(person: User):
    fail(1)
    record_sign_in_failures()

    assert entries() == [("fail_sign_in", None)]


def test_what_was_typed_as_a_password_is_in_no_row(person: User):
    fail(LOCK)
    rows = str(list(SignInFailure.objects.values()))
    record_sign_in_failures()

    assert WRONG not in rows + str(list(AuditEntry.objects.values()))


def test_of_a_strangers_address_nothing_stays(person: User):
    fail(LOCK, login=UNKNOWN)
    send_queued_messages()

    assert entries() == []
    assert mail.outbox == []
    assert not SignInFailure.objects.exists()


def test_a_flood_on_one_account_fills_no_table(person: User):
    fail(LOCK + 4)

    assert SignInFailure.objects.count() == LOCK


def test_a_failure_is_answered_by_the_same_work_for_known_and_unknown_addresses(person: User):
    counts = []
    for login in (KNOWN, UNKNOWN):
        for times in (1, LOCK - 2, 1):
            fail(times - 1, login=login)
            with CaptureQueriesContext(connection) as queries:
                sign_in(login=login)
            counts.append([query["sql"].split()[0] for query in queries])

    assert counts[:3] == counts[3:]


def test_the_owner_of_a_locked_account_is_told_once_with_a_way_in(person: User):
    fail(LOCK + 2)
    send_queued_messages()
    send_queued_messages()

    (sent,) = mail.outbox
    assert sent.to == [KNOWN]
    assert sent.subject == "Your account at BPO desk is locked for some minutes"
    assert "/accounts/password/reset/" in sent.body
    assert entries() == [("fail_sign_in", None), ("lock_account", None)]


@pytest.mark.parametrize(("minutes", "mails"), [(6, 1), (61, 2)])
def test_an_account_that_somebody_keeps_locking_brings_one_mail_an_hour(person: User, time_machine, minutes, mails):
    start = MORNING.replace(minute=0)
    for at in (start, start + timedelta(minutes=minutes)):
        time_machine.move_to(at, tick=False)
        fail(LOCK)
        send_queued_messages()

    assert Message.objects.filter(kind="locked").count() == mails
    assert AuditEntry.objects.filter(action="lock_account").count() == 2


def test_a_failure_is_recorded_under_the_id_of_its_request(person: User):
    Client().post("/accounts/login/", {"login": KNOWN, "password": WRONG}, headers={"X-Request-Id": "proxy-4711-ab"})
    record_sign_in_failures()

    assert AuditEntry.objects.get(action="fail_sign_in").request_id == "proxy-4711-ab"


def test_an_address_longer_than_any_is_refused_like_others(person: User):
    login = f"{'a' * 60}@{'.'.join(['b' * 60] * 4)}.example"

    assert sign_in(login=login).status_code == 200
    assert Client().post("/accounts/password/reset/", {"email": login}).status_code in {200, 302}
