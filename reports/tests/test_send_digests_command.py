"""`manage.py send_digests`: the mails by hand."""

from datetime import date
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from bpo.models import User
from reports.models import Message
from reports.tests.conftest import DAY, NIGHT_ENDED, WEDNESDAY, World

MORNING = "2025-11-05T06:30:00+01:00"


def run(*arguments: str) -> str:
    output = StringIO()
    call_command("send_digests", *arguments, stdout=output)
    return output.getvalue()


def sent_to() -> set[str]:
    return {recipient for message in mail.outbox for recipient in message.to}


def test_it_sends_what_is_due_at_that_instant(night: World) -> None:
    night.breach()

    said = run("--now", MORNING)

    assert sent_to() >= {"acme-manager@example.com", "acme-admin@example.com", "brightline-manager@example.com"}
    assert "zenith-manager@example.com" not in sent_to()
    assert f"Sending: {len(mail.outbox)} sent." in said


def test_run_again_it_sends_nothing(night: World) -> None:
    night.breach()
    run("--now", MORNING)
    mail.outbox.clear()

    said = run("--now", MORNING)

    assert mail.outbox == []
    assert "Sending: nothing was queued." in said


def test_a_date_is_sent_whatever_the_hour_and_the_weekday(night: World) -> None:
    saturday = date(2025, 11, 8)
    User.objects.update(zone="Europe/Berlin")
    for number in range(1, 4):
        night.ran(day=WEDNESDAY + number * DAY)
    night.breach(at=NIGHT_ENDED + 3 * DAY)

    run("--for", saturday.isoformat(), "--now", "2025-11-08T03:00:00+01:00")

    assert "acme-manager@example.com" in sent_to()
    assert set(Message.objects.values_list("cause", flat=True)) == {"2025-11-08"}


def test_an_instant_without_its_offset_is_refused(night: World) -> None:
    with pytest.raises(CommandError, match="offset"):
        run("--now", "2025-11-05T06:30:00")
    assert mail.outbox == []
