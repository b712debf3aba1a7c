"""The log says what became of each mail, under the id of the request or task that queued it; nothing of its content."""

import pytest
from django.core import mail
from structlog.testing import capture_logs

from reports.models import Message
from reports.services.sending import IN_DOUBT_AFTER, mark_abandoned_in_doubt, send_due
from reports.tests.conftest import MORNING

pytestmark = pytest.mark.django_db
REQUEST = "proxy-4711-ab"


@pytest.fixture
def traced(queued: Message) -> Message:
    Message.objects.update(request_id=REQUEST)
    return queued


def lines_about_mails() -> list[dict]:
    with capture_logs() as lines:
        send_due(clock=lambda: MORNING)
    return [line for line in lines if line["event"].startswith("mail ")]


def test_a_mail_that_was_sent_is_logged_with_that_id_and_has_it_in_a_header(traced):
    (line,) = lines_about_mails()

    assert (line["event"], line["request_id"], line["message_id"]) == ("mail sent", REQUEST, traced.message_id)
    assert mail.outbox[0].extra_headers["X-Request-Id"] == REQUEST


def test_neither_address_nor_content_of_a_mail_is_in_the_log(traced):
    assert not {traced.recipient.email, traced.subject, traced.text} & {*map(str, lines_about_mails()[0].values())}


def test_a_mail_that_failed_is_logged_with_its_error(traced):
    traced.recipient.is_active = False
    traced.recipient.save()
    (line,) = lines_about_mails()

    assert (line["event"], line["log_level"]) == ("mail failed", "error")
    assert line["error"] == "The reader may no longer see what this mail names."


def test_a_mail_whose_sender_died_is_logged_as_in_doubt(traced):
    Message.objects.update(state="claimed", claimed_at=MORNING - 2 * IN_DOUBT_AFTER)
    with capture_logs() as lines:
        mark_abandoned_in_doubt(now=MORNING)

    assert [(line["event"], line["request_id"]) for line in lines] == [("mail in doubt", REQUEST)]
