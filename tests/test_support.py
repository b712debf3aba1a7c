"""What the tests lean on is real: broker, worker, mail server, browser, database."""

import smtplib

import pytest
from django.core.mail import send_mail
from django.db import connection

from bpo.celery import app
from bpo.models import User
from tests.support.skips import strict
from tests.support.waiting import eventually


@pytest.mark.worker
def test_a_killed_worker_is_silent_and_a_started_one_answers(worker):
    assert app.control.ping(timeout=5, limit=1)

    worker.kill()
    assert app.control.ping(timeout=0.5) == []

    worker.start()
    assert app.control.ping(timeout=5, limit=1)


@pytest.mark.broker
def test_the_broker_is_empty_at_the_start_of_every_test(broker):
    assert broker.dbsize() == 0


def test_the_mail_server_keeps_what_it_accepts(smtp_sink):
    send_mail("Subject – with a dash", "Text", "desk@example.com", ["reader@example.com"])

    assert [(mail["Subject"], mail["To"]) for mail in smtp_sink.messages] == [
        ("Subject – with a dash", "reader@example.com")
    ]


def test_the_mail_server_refuses_whom_it_is_told_to(smtp_sink):
    smtp_sink.refusals["gone@example.com"] = "550 no such person"

    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send_mail("Subject", "Text", "desk@example.com", ["gone@example.com"])
    assert smtp_sink.messages == []


@pytest.mark.browser
def test_a_browser_opens_the_live_desk(page):
    assert page.goto("/healthz").status == 200


@pytest.mark.browser
def test_axe_refuses_a_page_that_a_screen_reader_cannot_read(page, axe):
    page.goto("/healthz")
    page.set_content("<html lang='en'><title>Picture</title><main><h1>Picture</h1><img src='data:,'></main></html>")

    with pytest.raises(AssertionError, match="image-alt"):
        axe(page)


def test_a_test_process_has_a_database_of_its_own(db):
    assert "test" in str(connection.settings_dict["NAME"])


@pytest.mark.parametrize(("number", "expected"), [(1, 0), (2, 0)])
def test_what_one_test_writes_the_next_one_does_not_find(db, number, expected):
    assert User.objects.filter(email="kept@example.com").count() == expected
    User.objects.create_user("kept@example.com", name="RowCache")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [1, 2])
def test_nor_what_it_committed(number):
    assert not User.objects.filter(email="kept@example.com").exists()
    User.objects.create_user("kept@example.com", name="RowCache")


def test_waiting_in_vain_is_a_failure():
    with pytest.raises(AssertionError, match="not true within"):
        eventually(lambda: False, within=0.05)


@pytest.mark.parametrize(
    ("name", "value", "expected"), [("CI", "true", True), ("STRICT", "1", True), ("CI", "", False)]
)
def test_a_skip_is_a_failure_where_the_environment_says_so(monkeypatch, name, value, expected):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("STRICT", raising=False)
    monkeypatch.setenv(name, value)

    assert strict() is expected
