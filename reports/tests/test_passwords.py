"""Mails about passwords: each through the outbox, none to a stranger, and no live link where others read."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bpo.accounts import InvitationOnlyAdapter
from bpo.models import AuditEntry, PasswordResetRequest, User
from reports.models import Message
from reports.services.passwords import queue_password_mails
from reports.services.sending import send_due
from reports.tasks import send_queued_messages
from reports.tests.conftest import MORNING, World
from tests.support.factors import force_sign_in

KNOWN, UNKNOWN = "acme-manager@example.com", "nobody@example.com"
HOUR = timedelta(hours=1)
NEW = "a long new phrase 41"
LINK = re.compile(r"https?://[^/]+(/accounts/password/reset/key/\S+/)")


def ask(client: Client, address: str = KNOWN):
    return client.post("/accounts/password/reset/", {"email": address})


def link_in_last_mail() -> str:
    return LINK.search(mail.outbox[-1].body).group(1)


def choose(client: Client, path: str, password: str = NEW):
    page = client.get(path, follow=True)
    return client.post(page.request["PATH_INFO"], {"password1": password, "password2": password})


def test_a_link_that_was_asked_for_opens_the_account_with_a_new_password(world: World, client) -> None:
    ask(client)
    send_queued_messages()

    choose(client, link_in_last_mail())

    assert mail.outbox[-1].to == [KNOWN]
    assert User.objects.get(email=KNOWN).check_password(NEW)


def test_nothing_is_sent_while_the_page_is_answered(world: World, client, settings) -> None:
    settings.EMAIL_BACKEND = "no.such.Backend"

    assert ask(client).status_code == 302


def test_a_link_works_once(world: World, client) -> None:
    ask(client)
    send_queued_messages()
    path = link_in_last_mail()
    choose(client, path)

    assert "password1" not in Client().get(path, follow=True).content.decode()


@pytest.mark.parametrize(("minutes", "works"), [(59, True), (61, False)])
def test_a_link_lives_one_hour(world: World, client, time_machine, minutes: int, works: bool) -> None:
    time_machine.move_to(MORNING, tick=False)
    ask(client)
    send_queued_messages()
    time_machine.move_to(MORNING + timedelta(minutes=minutes), tick=False)

    page = client.get(link_in_last_mail(), follow=True)

    assert ("password1" in page.content.decode()) is works


@pytest.mark.parametrize("address", [UNKNOWN, "disabled@example.com"])
def test_no_mail_goes_to_who_has_no_account_that_works(world: World, client, address: str) -> None:
    ask(client, address)
    send_queued_messages()

    assert mail.outbox == []
    assert not Message.objects.exists()
    assert not PasswordResetRequest.objects.exists()


def test_the_answer_and_the_work_are_the_same_for_known_and_unknown_addresses(world: World, client) -> None:
    seen = []
    for address in (KNOWN, UNKNOWN):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = ask(client, address)
        statements = [re.sub(r"'[^']*'", "…", query["sql"]) for query in queries]
        seen.append((answer.status_code, answer["Location"], answer.content, statements))

    assert seen[0] == seen[1]


def test_no_row_and_no_page_of_the_operators_holds_the_link(world: World, client) -> None:
    ask(client)
    send_queued_messages()
    path = link_in_last_mail()
    client.force_login(world.cast.operator)
    message = Message.objects.get()

    page = client.get(f"/admin/reports/message/{message.pk}/change/").content.decode()

    assert not [row for row in Message.objects.values() if path in str(row)]
    assert path not in page
    assert message.message_id in unescape(page)


def test_an_operator_does_not_read_the_text_of_a_mail(world: World, queued: Message, client) -> None:
    client.force_login(world.cast.operator)

    page = client.get(f"/admin/reports/message/{queued.pk}/change/").content.decode()

    assert "/a/ack/" in queued.text
    assert "/a/ack/" not in page


def test_no_log_line_holds_the_link(world: World, client, capfd) -> None:
    ask(client)
    send_queued_messages()
    path = link_in_last_mail()

    choose(client, path)

    key = path.rstrip("/").rsplit("/", 1)[1]
    assert key not in "".join(capfd.readouterr())


def test_who_asks_twice_within_a_minute_gets_one_mail(world: World, client, time_machine) -> None:
    time_machine.move_to(MORNING, tick=False)
    ask(client)
    ask(client)
    send_queued_messages()

    assert len(mail.outbox) == 1


def test_a_request_that_no_worker_saw_for_an_hour_brings_no_mail(world: World) -> None:
    PasswordResetRequest.objects.create(address=KNOWN, asked_at=MORNING)

    queue_password_mails(now=MORNING + 1.1 * HOUR)

    assert not Message.objects.exists()
    assert not PasswordResetRequest.objects.exists()


def test_a_link_that_could_not_leave_for_an_hour_does_not_leave(world: World) -> None:
    PasswordResetRequest.objects.create(address=KNOWN, asked_at=MORNING)
    queue_password_mails(now=MORNING)

    send_due(clock=lambda: MORNING + 1.1 * HOUR)

    assert Message.objects.get().state == Message.State.FAILED
    assert mail.outbox == []


def test_a_change_of_ones_password_brings_one_mail_and_an_entry_in_the_audit_trail(world: World, client) -> None:
    ask(client)
    send_queued_messages()
    choose(client, link_in_last_mail())
    send_queued_messages()
    send_queued_messages()

    assert [sent.subject for sent in mail.outbox[1:]] == ["Your password for BPO desk was changed"]
    entry = AuditEntry.objects.get(action="set_password")
    assert (entry.actor.email, entry.channel, entry.changes) == (KNOWN, "page", {})


def test_who_changes_the_password_while_signed_in_stays_so_and_gets_a_mail(world: World, client) -> None:
    person = world.manager
    person.set_password("an old long phrase 17")
    person.save()
    client.force_login(person)

    words = {"oldpassword": "an old long phrase 17", "password1": NEW, "password2": NEW}
    client.post("/accounts/password/change/", words)
    send_queued_messages()

    assert client.get("/me").status_code == 200
    assert [sent.subject for sent in mail.outbox] == ["Your password for BPO desk was changed"]
    assert AuditEntry.objects.get(action="set_password").actor == person


def test_a_password_that_an_operator_set_brings_its_owner_a_mail(world: World, client) -> None:
    force_sign_in(client, world.cast.operator)
    person = world.manager
    form = client.get(f"/admin/bpo/user/{person.pk}/change/").context["adminform"].form
    values = {name: value for name, value in form.initial.items() if value not in (None, False)}
    counts = {f"memberships-{name}": number for name, number in (("TOTAL_FORMS", 0), ("INITIAL_FORMS", 0))}
    client.post(f"/admin/bpo/user/{person.pk}/change/", {**values, **counts, "new_password": NEW})

    send_queued_messages()

    (sent,) = mail.outbox
    assert sent.to == [KNOWN]
    assert f"{world.cast.operator} set a new password for {KNOWN}" in sent.body


def test_operators_change_their_password_where_everybody_does(world: World, client) -> None:
    client.force_login(world.cast.operator)

    assert client.get("/admin/password_change/")["Location"] == "/accounts/password/change/"


def test_accounts_send_no_mail_of_their_own() -> None:
    with pytest.raises(NotImplementedError):
        InvitationOnlyAdapter().send_mail("account/email/anything", KNOWN, {})


def test_a_link_is_mailed_under_the_id_of_the_request_that_asked_for_it(world: World, client) -> None:
    client.post("/accounts/password/reset/", {"email": KNOWN}, headers={"X-Request-Id": "proxy-4711-ab"})
    queue_password_mails(now=timezone.now())

    assert Message.objects.get(kind="reset").request_id == "proxy-4711-ab"
