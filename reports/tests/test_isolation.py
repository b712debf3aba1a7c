"""Everybody reads of their own alone."""

import re

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser

from bpo.models import User
from contracts.models.agreements import Contract
from metrics.models.breaches import BreachEvent
from metrics.models.verdicts import Verdict
from reports.models import Edition, Message
from reports.readers import readers_on
from reports.selecting.digest import UpcomingDates
from reports.services.queueing import queue_digest
from reports.services.sending import send_due
from reports.tests.conftest import DAY, MORNING, NIGHT_ENDED, WEDNESDAY, World
from tests.support.tampering import as_owner

PARTIES = {"Acme", "Zenith", "Brightline", "Cobalt", "Delta"}
OF = {
    "acme": {"Acme", "Brightline", "Cobalt"},
    "zenith": {"Zenith", "Delta"},
    "brightline": {"Acme", "Brightline"},
    "cobalt": {"Acme", "Cobalt"},
    "delta": {"Zenith", "Delta"},
}


@pytest.fixture
def everything_happened(world: World) -> World:
    """Each contract has a breach, a missing report and a risk, and everybody lives where the night is over."""
    User.objects.update(zone="Europe/Berlin")
    world.ran()
    world.ran("America/New_York", WEDNESDAY - DAY)
    for reference in ("A-1", "A-2", "Z-1"):
        feed = world.cast.feeds[f"{reference}/QUALITY"]
        for level in world.cast.levels.values():
            level.name = f"Accuracy of {level.contract.vendor.name} for {level.contract.client.name}"
            level.save()
        world.breach(world.cast.levels[f"{reference}/ACCURACY"])
        world.verdict(world.cast.level(feed, "SECOND"), Verdict.Status.NOT_REPORTED, value=None, display="")
        third = world.cast.level(feed, "THIRD")
        risk = world.verdict(
            third, Verdict.Status.AT_RISK, starts_on=WEDNESDAY.replace(day=1), judged_at=NIGHT_ENDED - 3 * DAY
        )
        world.standing(third, so_far=risk)
    return world


def write_all() -> None:
    for reader in readers_on(WEDNESDAY):
        queue_digest(reader=reader, upcoming=UpcomingDates(), now=MORNING)


def test_no_mail_tells_a_vendor_of_its_draft(everything_happened: World) -> None:
    Contract.objects.filter(reference="A-1").update(status=Contract.Status.DRAFT)
    write_all()

    mails = Message.objects.filter(recipient__email__startswith="brightline")
    assert not [mail for mail in mails if "Acme" in mail.subject + mail.text + mail.html]


def test_no_mail_names_anybody_elses_party(everything_happened: World) -> None:
    write_all()

    mails = Message.objects.select_related("recipient")
    assert len(mails) == 10
    for message in mails:
        own = OF[message.recipient.email.split("-")[0]]
        foreign = {name for name in PARTIES - own if name in message.subject + message.text + message.html}
        assert foreign == set(), message.recipient


def test_what_others_do_changes_no_byte_of_my_mail(everything_happened: World, cast) -> None:
    with_rival = _bytes_for("brightline-manager")
    with as_owner():
        BreachEvent.objects.filter(breach__service_level__contract__vendor=cast.vendors["Cobalt"]).delete()
    with as_owner():
        Verdict.objects.filter(service_level__contract__reference__in=["A-2", "Z-1"]).update(display="1.0")

    assert _bytes_for("brightline-manager") == with_rival


def _bytes_for(name: str) -> tuple[str, str, str]:
    Edition.objects.all().delete()
    Message.objects.all().delete()
    # Links carry the second in which they were signed, and random names of the rows that they count.
    with time_machine.travel(MORNING, tick=False):
        write_all()
    message = Message.objects.get(recipient__email=f"{name}@example.com")
    return message.subject, re.sub(r"ML-\w{5}", "", message.text), re.sub(r"ML-\w{5}", "", message.html)


def test_an_internal_line_of_the_other_side_is_no_news(world: World) -> None:
    world.ran()
    breach = world.breach(at=NIGHT_ENDED - 5 * DAY)
    world.event(
        breach, BreachEvent.Kind.FINAL, at=NIGHT_ENDED, internal_to=world.cast.vendors["Brightline"].organisation
    )

    assert world.morning(world.manager).outcome == Edition.Outcome.EMPTY


def test_one_night_sends_each_person_one_mail_and_a_second_try_none(everything_happened: World, smtp_sink) -> None:
    for _ in range(2):
        write_all()
        send_due(clock=lambda: MORNING)

    recipients = [envelope.rcpt_tos[0] for envelope in smtp_sink.envelopes]
    assert len(recipients) == len(set(recipients)) == 10


def test_people_see_their_own_mails_and_operators_all(everything_happened: World) -> None:
    write_all()

    manager = everything_happened.manager
    assert {message.recipient for message in Message.objects.visible_to(manager)} == {manager}
    assert {edition.reader for edition in Edition.objects.visible_to(manager)} == {manager}
    assert Message.objects.visible_to(everything_happened.cast.operator).count() == 10
    assert not Message.objects.visible_to(AnonymousUser()).exists()
