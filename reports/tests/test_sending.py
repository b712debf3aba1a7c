"""How mails leave: never twice, never lost in silence."""

from contextlib import closing
from datetime import timedelta

import pytest
from django.core import mail

from bpo.mail import Attempt, Mailer, Outcome
from bpo.models import Membership, User
from metrics.models.breaches import BreachEvent
from reports.models import Message
from reports.services.sending import (
    IN_DOUBT_AFTER,
    mark_abandoned_in_doubt,
    send_due,
    send_message,
)
from reports.tests.conftest import DAY, MORNING, World
from reports.tests.faulty_smtp import HANG_UP, SILENCE

State = Message.State
MINUTE = timedelta(minutes=1)


def send(now=MORNING):
    return send_due(clock=lambda: now)


def test_a_queued_mail_is_sent_once(queued: Message) -> None:
    send()
    send()

    queued.refresh_from_db()
    assert [sent.to for sent in mail.outbox] == [["acme-manager@example.com"]]
    assert (queued.state, queued.sent_at, queued.attempts) == (State.SENT, MORNING, 1)


def test_two_senders_with_the_same_mail_send_it_once(queued: Message) -> None:
    with closing(Mailer()) as mailer:
        first = send_message(pk=queued.pk, mailer=mailer, now=MORNING)
        second = send_message(pk=queued.pk, mailer=mailer, now=MORNING)

    assert (first, second) == (Attempt(Outcome.SENT), None)
    assert len(mail.outbox) == 1


def test_the_mail_over_smtp_has_both_parts_and_the_headers_of_a_machine(queued: Message, smtp_sink) -> None:
    send()

    (arrived,) = smtp_sink.messages
    assert arrived["Subject"] == queued.subject
    assert arrived["Message-ID"] == queued.message_id
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert arrived["X-Auto-Response-Suppress"] == "All"
    assert arrived["List-ID"].startswith("BPO desk <nightly.")
    assert arrived["List-Unsubscribe"].strip().startswith("<http")
    assert arrived["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert arrived.get_body(("plain",)).get_content().splitlines() == queued.text.splitlines()
    assert arrived.get_body(("html",)).get_content().split() == queued.html.split()


def test_a_line_break_in_a_subject_makes_no_header(queued: Message, smtp_sink) -> None:
    Message.objects.update(subject="Fact\r\nBcc: rival@example.com\r\n\r\nbody")

    send()

    (arrived,) = smtp_sink.messages
    assert arrived["Bcc"] is None
    assert smtp_sink.envelopes[0].rcpt_tos == ["acme-manager@example.com"]


def test_each_breach_that_a_mail_names_has_it_on_its_timeline_for_that_side_alone(night: World) -> None:
    breach = night.breach()
    night.morning(night.manager)
    assert not breach.events.filter(kind=BreachEvent.Kind.MAIL).exists()

    send()

    event = breach.events.get(kind=BreachEvent.Kind.MAIL)
    assert event.text == "E-mail to Acme Manager"
    assert event.internal_to == night.cast.clients["Acme"].organisation


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "text"])
@pytest.mark.parametrize("reply", ["421 too busy", "451 try later", "452 no space"])
def test_a_passing_refusal_is_tried_again_and_sent_once(queued: Message, server, stage: str, reply: str) -> None:
    server.answers = {stage: reply}
    send()
    queued.refresh_from_db()
    assert (queued.state, queued.last_error) == (State.QUEUED, reply)
    refused = len(server.texts)

    server.answers = {}
    send(MORNING + MINUTE)

    queued.refresh_from_db()
    assert queued.state == State.SENT
    assert len(server.texts) - refused == 1


def test_a_recipient_who_is_refused_fails_and_shows_the_servers_words(queued: Message, server) -> None:
    server.answers = {"rcpt": "550 no such person"}

    send()

    queued.refresh_from_db()
    assert (queued.state, queued.last_error) == (State.FAILED, "550 no such person")


@pytest.mark.parametrize("fault", [HANG_UP, SILENCE])
@pytest.mark.parametrize("stage", ["banner", "ehlo", "mail", "rcpt", "data"])
def test_silence_before_the_text_was_handed_over_is_tried_again(queued: Message, server, stage, fault) -> None:
    server.answers = {stage: fault}

    send()

    queued.refresh_from_db()
    assert queued.state == State.QUEUED
    assert server.texts == []


@pytest.mark.parametrize("fault", [HANG_UP, SILENCE])
def test_silence_after_the_text_leaves_the_mail_in_doubt_and_it_is_not_sent_again(queued, server, fault) -> None:
    server.answers = {"text": fault}
    send()
    queued.refresh_from_db()
    assert queued.state == State.IN_DOUBT

    server.answers = {}
    for hours in (1, 24, 48):
        send(MORNING + timedelta(hours=hours))

    assert len(server.texts) == 1


def test_one_refused_reader_keeps_nobody_elses_mail(night: World, smtp_sink) -> None:
    night.breach()
    night.morning(night.manager)
    night.morning(night.cast.people["acme-admin"])
    night.morning(night.vendor)
    smtp_sink.refusals["acme-manager@example.com"] = "550 no such person"

    send()

    states = dict(Message.objects.values_list("recipient__email", "state"))
    assert states == {
        "acme-manager@example.com": "failed",
        "acme-admin@example.com": "sent",
        "brightline-manager@example.com": "sent",
    }


def test_a_sender_that_died_leaves_the_mail_in_doubt_after_fifteen_minutes(queued: Message) -> None:
    Message.objects.update(state=State.CLAIMED, claimed_at=MORNING)

    assert mark_abandoned_in_doubt(now=MORNING + IN_DOUBT_AFTER) == 0
    assert mark_abandoned_in_doubt(now=MORNING + IN_DOUBT_AFTER + MINUTE) == 1

    send(MORNING + DAY)
    assert Message.objects.get().state == State.IN_DOUBT
    assert mail.outbox == []


def test_a_sender_that_slept_until_its_claim_was_lost_sends_nothing(queued: Message, server) -> None:
    class Sleeper(Mailer):
        def send(self, message, *, ask):
            mark_abandoned_in_doubt(now=MORNING + timedelta(hours=1))
            return super().send(message, ask=ask)

    with closing(Sleeper()) as mailer:
        outcome = send_message(pk=queued.pk, mailer=mailer, now=MORNING)

    assert outcome is None
    assert server.texts == []
    assert "data" not in server.seen
    assert Message.objects.get().state == State.IN_DOUBT


def test_a_sender_that_was_doubted_while_the_server_answered_still_marks_what_it_sent(queued, server) -> None:
    server.on_text = None

    class Slow(Mailer):
        def send(self, message, *, ask):
            attempt = super().send(message, ask=ask)
            mark_abandoned_in_doubt(now=MORNING + timedelta(hours=1))
            return attempt

    with closing(Slow()) as mailer:
        send_message(pk=queued.pk, mailer=mailer, now=MORNING)

    assert Message.objects.get().state == State.SENT


@pytest.mark.parametrize("change", ["left", "deactivated"])
def test_who_lost_their_place_before_the_mail_left_gets_none(night: World, queued: Message, change: str) -> None:
    if change == "left":
        Membership.objects.filter(user=night.manager).delete()
    else:
        User.objects.filter(pk=night.manager.pk).update(is_active=False)

    send()

    assert mail.outbox == []
    assert Message.objects.get().state == State.FAILED


def test_who_is_no_operator_any_more_reads_of_no_failed_night(world: World) -> None:
    world.morning(world.cast.operator, now=MORNING + timedelta(hours=3))
    User.objects.filter(pk=world.cast.operator.pk).update(is_operator_admin=False)

    send(MORNING + timedelta(hours=4))

    assert mail.outbox == []
    assert Message.objects.get().state == State.FAILED
