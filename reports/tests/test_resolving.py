"""What a person does about mails whose outcome is unknown."""

from email import message_from_bytes, policy
from html import unescape

import pytest
from django.core import mail

from reports.models import Message
from reports.services.sending import (
    NothingToResolve,
    confirm_delivery,
    resend,
    send_due,
)
from reports.tests.conftest import DAY, MORNING, World

State = Message.State


def send(now=MORNING):
    return send_due(clock=lambda: now)


def test_facts_of_a_failed_mail_are_in_the_next(night: World, queued: Message) -> None:
    Message.objects.update(state=State.FAILED)
    night.ran(day=MORNING.date() + DAY)

    assert night.morning(night.manager, MORNING.date() + DAY).message.subject.startswith("New breach: ACCURACY")


def test_an_operator_sends_a_doubtful_mail_again_under_the_same_message_id(night: World, queued: Message) -> None:
    Message.objects.update(state=State.IN_DOUBT, claimed_at=MORNING)

    resend(message=queued, actor=night.cast.operator, now=MORNING + DAY)
    send(MORNING + DAY)

    (sent,) = mail.outbox
    assert sent.extra_headers["Message-ID"] == queued.message_id


def test_an_operator_confirms_that_a_doubtful_mail_arrived(night: World, queued: Message) -> None:
    Message.objects.update(state=State.IN_DOUBT)

    confirm_delivery(message=queued, actor=night.cast.operator, now=MORNING)

    assert Message.objects.get().state == State.SENT


def test_a_mail_that_was_sent_is_not_sent_again_by_hand(night: World, queued: Message) -> None:
    send()

    with pytest.raises(NothingToResolve):
        resend(message=queued, actor=night.cast.operator, now=MORNING)
    assert Message.objects.get().state == State.SENT


def test_a_mail_in_a_folder_opens_in_a_mail_program(queued: Message, settings, tmp_path) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "bpo.mail.FolderBackend", str(tmp_path)

    send()

    (file,) = tmp_path.iterdir()
    parsed = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert file.suffix == ".eml"
    assert parsed["To"] == "acme-manager@example.com"
    assert parsed["Subject"] == queued.subject


def test_an_operator_resolves_doubtful_mails_in_the_admin(night: World, queued: Message, client) -> None:
    Message.objects.update(state=State.IN_DOUBT)
    client.force_login(night.cast.operator)

    page = client.get("/admin/reports/message/?state=in_doubt")
    client.post("/admin/reports/message/", {"action": "has_arrived", "_selected_action": [queued.pk]})

    assert queued.message_id in unescape(page.content.decode())
    assert Message.objects.get().state == State.SENT
