"""What the mail server is to blame for stops the sending, fails no mail, and is tried again after growing pauses."""

import socket
from datetime import datetime, timedelta

import pytest
import time_machine

from reports.models import Message, SendingStop
from reports.selecting.sending import sending_state
from reports.services.sending import MOST_ATTEMPTS, send_due
from reports.services.stops import LONGEST_STOP, pause_before_retry
from reports.tasks import send_queued_messages
from reports.tests.conftest import DAY, MORNING, World
from reports.tests.faulty_smtp import HANG_UP, SILENCE, FaultyServer

State = Message.State
MINUTE = timedelta(minutes=1)
RELAY_FAULTS = {
    "no sign-in": {"mail": "530 5.7.0 Authentication required"},
    "sender refused": {"mail": "550 5.7.60 not allowed to send as this sender"},
    "sender refused now": {"mail": "451 4.3.0 try later"},
    "relay denied": {"rcpt": "554 5.7.1 Relay access denied"},
    "each text refused": {"text": "554 5.7.1 message rejected as spam"},
    "each text refused now": {"text": "451 4.3.2 scanner is down"},
    "no text wanted": {"data": "554 no valid recipients"},
    "no space": {"text": "452 4.3.1 insufficient storage"},
    "closing": {"rcpt": "421 4.3.2 shutting down"},
    "hangs up": {"banner": HANG_UP},
    "says nothing": {"banner": SILENCE},
}


@pytest.fixture
def mails(night: World) -> list[Message]:
    """Mails of four people, ready to leave."""
    night.breach()
    people = [night.cast.people[name] for name in ("acme-manager", "acme-admin", "brightline-reporter")]
    for person in (*people, night.vendor):
        night.morning(person, now=MORNING)
    return list(Message.objects.order_by("pk"))


def send(now: datetime = MORNING) -> dict[str, int]:
    """Send what is due; each look at the clock is a second later than the one before."""
    moments = (now + timedelta(seconds=number) for number in range(60))
    return dict(send_due(clock=lambda: next(moments)))


def states() -> list[str]:
    return sorted(Message.objects.values_list("state", flat=True))


@pytest.mark.any_database
@pytest.mark.parametrize("fault", RELAY_FAULTS)
def test_a_fault_of_the_server_fails_no_mail_in_two_days_and_all_leave_once_it_ends(mails, server, fault) -> None:
    server.answers = RELAY_FAULTS[fault]
    for hour in (0, 1, 26, 47):
        send(MORNING + timedelta(hours=hour))
    assert states() == ["queued"] * 4
    assert SendingStop.objects.get().stopped_at < MORNING + 2 * MINUTE

    server.answers, server.texts = {}, []
    send(MORNING + 2 * DAY)

    assert states() == ["sent"] * 4
    assert len(server.texts) == 4
    assert not SendingStop.objects.exists()


def test_a_wrong_password_stops_the_sending_and_no_mail_is_offered(mails, server: FaultyServer, settings) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "desk", "wrong"
    server.answers = {"auth": "535 5.7.8 credentials invalid"}

    send()

    assert states() == ["queued"] * 4
    assert "mail" not in server.seen
    assert SendingStop.objects.get().reason == "535 5.7.8 credentials invalid"


@pytest.mark.parametrize("answers", [{}, {"banner": "220 " + "x" * 100_000}], ids=["no TLS offered", "endless line"])
def test_where_no_safe_session_can_begin_no_mail_is_offered(mails, server, settings, answers) -> None:
    settings.EMAIL_USE_TLS = True
    server.answers = answers

    send()

    assert states() == ["queued"] * 4
    assert "mail" not in server.seen
    assert SendingStop.objects.exists()


def test_while_no_server_listens_one_mail_tries_at_a_time_and_ever_more_rarely(mails, settings, smtp_sink) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings.EMAIL_PORT = free.getsockname()[1]
    tries = [minute for minute in range(121) if send(MORNING + minute * MINUTE)]
    assert tries == [0, 2, 4, 8, 16, 31, 46, 61, 76, 91, 106]
    assert states() == ["queued"] * 4

    settings.EMAIL_PORT = smtp_sink.port
    for minute in range(121, 123):
        send(MORNING + minute * MINUTE)

    assert states() == ["sent"] * 4
    assert len(smtp_sink.messages) == 4


def test_pauses_double_up_to_the_longest() -> None:
    assert [pause_before_retry(count, LONGEST_STOP) // MINUTE for count in (1, 2, 4, 5, 50)] == [1, 2, 8, 15, 15]


def test_of_two_senders_one_tries_while_the_sending_is_stopped(mails, server: FaultyServer) -> None:
    server.answers = {"mail": "451 try later"}
    send()

    assert send(MORNING + 2 * MINUTE) == {"server_fault": 1}
    assert send(MORNING + 2 * MINUTE) == {}


def test_the_mail_that_met_the_fault_waits_behind_the_others(mails, server: FaultyServer) -> None:
    server.answers = {"mail": "451 try later"}
    for minute in (0, 2, 5, 10):
        send(MORNING + minute * MINUTE)

    assert set(Message.objects.values_list("attempts", flat=True)) == {0}
    assert Message.objects.filter(claimed_at=None).count() == 0


def test_a_mail_whose_text_is_refused_while_others_are_taken_fails_alone(mails, server: FaultyServer) -> None:
    poison = mails[1]

    def judge() -> None:
        is_poison = poison.message_id.encode() in server.texts[-1]
        server.answers = {"text": "554 5.6.0 cannot parse this"} if is_poison else {}

    server.on_text = judge
    send()
    assert states() == ["queued", "sent", "sent", "sent"]

    send(MORNING + 2 * MINUTE)

    poison.refresh_from_db()
    assert (poison.state, poison.last_error) == (State.FAILED, "554 5.6.0 cannot parse this")
    assert not SendingStop.objects.exists()


def test_recipients_who_are_refused_stop_nothing(mails, smtp_sink) -> None:
    for message in mails[:3]:
        smtp_sink.refusals[message.recipient.email] = "550 5.1.1 no such person"

    send()

    assert states() == ["failed"] * 3 + ["sent"]


def test_recipients_who_are_refused_for_now_stop_nothing(mails, smtp_sink) -> None:
    for message in mails[:3]:
        smtp_sink.refusals[message.recipient.email] = "452 4.2.2 mailbox is full"

    send()

    assert states() == ["queued"] * 3 + ["sent"]
    assert not SendingStop.objects.exists()


def test_a_recipient_who_is_refused_for_a_day_while_others_are_served_has_failed(mails, smtp_sink) -> None:
    full = mails[0]
    smtp_sink.refusals[full.recipient.email] = "452 4.2.2 mailbox is full"
    Message.objects.filter(pk=full.pk).update(attempts=MOST_ATTEMPTS - 1, claimed_at=MORNING - timedelta(hours=1))
    Message.objects.exclude(pk=full.pk).update(state=State.SENT, claimed_at=MORNING - 30 * MINUTE)

    send()

    full.refresh_from_db()
    assert full.state == State.FAILED


def test_texts_that_three_people_in_a_row_are_in_doubt_of_stop_the_sending(mails, server: FaultyServer) -> None:
    server.answers = {"text": HANG_UP}

    send()

    assert states() == ["in_doubt"] * 3 + ["queued"]
    assert SendingStop.objects.exists()


def test_a_server_that_takes_one_mail_a_connection_gets_all_of_them(mails, server: FaultyServer) -> None:
    def limit() -> None:
        server.answers = {"mail": "421 4.4.2 one mail a connection"}

    server.on_text, server.on_connect = limit, lambda: server.answers.clear()
    send()

    assert states() == ["sent"] * 4


def test_the_state_of_the_sending_names_since_when_and_why_it_is_stopped(mails, server: FaultyServer) -> None:
    server.answers = {"mail": "530 5.7.0 Authentication required"}
    send()

    state = sending_state(MORNING + 16 * MINUTE)

    assert (state.pending, state.pending_too_long, state.oldest_pending_at) == (4, 4, MORNING)
    assert state.reason == "530 5.7.0 Authentication required"
    assert state.stopped_at < MORNING + MINUTE < state.next_try_at < MORNING + 2 * MINUTE


def test_the_state_of_the_sending_counts_what_failed_lately_and_what_is_in_doubt(mails) -> None:
    Message.objects.update(state=State.FAILED, claimed_at=MORNING)
    Message.objects.filter(pk=mails[0].pk).update(claimed_at=MORNING - 8 * DAY)
    Message.objects.filter(pk=mails[1].pk).update(state=State.IN_DOUBT)

    state = sending_state(MORNING)

    assert (state.failed, state.in_doubt, state.pending, state.stopped_at) == (2, 1, 0, None)


def test_a_stop_ends_where_the_last_mail_that_waited_is_gone(mails, server: FaultyServer) -> None:
    server.answers = {"mail": "451 try later"}
    send()
    Message.objects.update(state=State.FAILED)

    send(MORNING + 2 * MINUTE)

    assert not SendingStop.objects.exists()


def test_sending_by_hand_does_not_wait_for_the_next_try(mails, server: FaultyServer) -> None:
    server.answers = {"mail": "451 try later"}
    send()
    server.answers = {}

    send_due(clock=lambda: MORNING + timedelta(seconds=30), by_hand=True)

    assert states() == ["sent"] * 4


def test_the_worker_sends_what_a_stop_held_back(mails, server: FaultyServer) -> None:
    server.answers = {"mail": "451 try later"}
    send()
    server.answers = {}

    with time_machine.travel(MORNING + 2 * MINUTE, tick=False):
        send_queued_messages()

    assert states() == ["sent"] * 4
