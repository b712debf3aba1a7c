"""A sender that is killed leaves every mail sent, queued or in doubt: never twice, never out of sight."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from bpo.models import User
from reports.models import Message
from reports.services.sending import IN_DOUBT_AFTER, send_due
from reports.tests.faulty_smtp import HANG_UP, faulty_server
from tests.support.cast import build_cast
from tests.support.databases import url_of_test_database
from tests.support.waiting import eventually

State = Message.State
SENDER = """
import django; django.setup()
from django.utils import timezone
from reports.services.sending import send_due
send_due(clock=timezone.now)
"""
MAILS = 6


@pytest.fixture
def queued(transactional_db: None) -> list[Message]:
    cast = build_cast()
    now = timezone.now()
    people = User.objects.filter(pk__in=[person.pk for person in cast.people.values()])[:MAILS]
    return [
        Message.objects.create(
            recipient=person, kind=Message.Kind.DIGEST, cause="2025-11-05", subject="Fact", text="Words",
            message_id=f"<{person.pk}@desk>", queued_at=now, next_try_at=now,
        )
        for person in people
    ]  # fmt: skip


def start_sender(port: int) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "bpo.settings",
        "DATABASE_URL": url_of_test_database(),
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
    }
    return subprocess.Popen([sys.executable, "-c", SENDER], cwd=settings.BASE_DIR, env=environment)


def states() -> list[str]:
    return sorted(Message.objects.values_list("state", flat=True))


@pytest.mark.parametrize("kill_at", [1, 3])
def test_a_sender_killed_while_the_server_holds_the_text(queued, settings, kill_at: int) -> None:
    with faulty_server() as server:
        process = None

        def kill() -> None:
            if len(server.texts) == kill_at:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()

        server.on_text = kill
        process = start_sender(server.server_address[1])
        eventually(lambda: process.poll() is not None)

        assert process.returncode == -signal.SIGKILL
        assert states() == ["claimed"] + ["queued"] * (MAILS - kill_at) + ["sent"] * (kill_at - 1)

        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        later = timezone.now() + IN_DOUBT_AFTER + timedelta(minutes=1)
        send_due(clock=lambda: later)
        send_due(clock=lambda: later + timedelta(days=1))

        assert states() == ["in_doubt"] + ["sent"] * (MAILS - 1)
        assert len(server.texts) == MAILS


def test_two_sender_processes_at_once_send_each_mail_once(queued) -> None:
    with faulty_server() as server:
        processes = [start_sender(server.server_address[1]) for _ in range(2)]
        codes = [process.wait(60) for process in processes]

        assert codes == [0, 0]
        assert len(server.texts) == MAILS
        assert states() == ["sent"] * MAILS


def test_a_server_that_hangs_up_on_everybody_loses_no_mail(queued) -> None:
    with faulty_server() as server:
        server.answers = {"banner": HANG_UP}
        assert start_sender(server.server_address[1]).wait(60) == 0

        assert states() == ["queued"] * MAILS
