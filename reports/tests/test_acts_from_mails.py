"""Acknowledging and muting from a mail: a link that shows, a button that acts, nothing that could not be undone."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from bpo.models import AuditEntry, User
from breaches.services.excuses import ask_excuse
from breaches.services.muting import MUTED_FOR, mute_breach, unmute_breach
from breaches.services.transitions import BreachAct, act_on_breach
from metrics.models.breaches import Breach, BreachEvent, Mute
from reports.links import Act, act_link
from reports.models import Message
from reports.services.queueing import reminder_recipients
from reports.services.sending import send_due
from reports.subscriptions import Subscription, unsubscribe_link
from reports.tests.conftest import DAY, MORNING, WEDNESDAY, World


@pytest.fixture
def breach(night: World) -> Breach:
    return night.breach()


def path_for(act: Act, person: User, breach: Breach) -> str:
    return act_link(act, person, breach.public_id).removeprefix(settings.BASE_URL)


def mail_to(world: World, person: User, day=WEDNESDAY) -> Message:
    return world.morning(person, day).message


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("act", list(Act))
def test_looking_at_a_link_changes_nothing(night: World, breach: Breach, client: Client, act: Act, method: str) -> None:
    assert getattr(client, method)(path_for(act, night.manager, breach)).status_code == 200

    breach.refresh_from_db()
    assert breach.acknowledged_at is None
    assert not Mute.objects.exists()


def test_the_page_says_as_whom_one_acts(night: World, breach: Breach, client: Client) -> None:
    page = client.get(path_for(Act.ACKNOWLEDGE, night.manager, breach)).content.decode()

    assert f"You acknowledge this breach as {night.manager.name}" in page
    assert breach.public_id in page


def test_the_button_acknowledges_and_the_audit_says_by_a_mails_link(
    night: World, breach: Breach, client: Client
) -> None:
    client.post(path_for(Act.ACKNOWLEDGE, night.manager, breach))

    breach.refresh_from_db()
    entry = AuditEntry.objects.get(action="breach.acknowledge")
    assert breach.acknowledged_by == night.manager
    assert (entry.actor, entry.channel) == (night.manager, "mail_link")


def test_the_button_mutes_for_two_weeks(night: World, breach: Breach, client: Client) -> None:
    page = client.post(path_for(Act.MUTE, night.vendor, breach))
    mute = Mute.objects.get()

    assert (mute.reader, mute.until - mute.made_at) == (night.vendor, MUTED_FOR)
    assert "gets no mail about it until" in page.content.decode()


def test_a_page_of_somebody_else_cannot_press_the_button(night: World, breach: Breach) -> None:
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(path_for(Act.MUTE, night.manager, breach)).status_code == 403


def test_a_link_is_too_old_after_a_week(night: World, breach: Breach, client: Client) -> None:
    with time_machine.travel(MORNING, tick=False):
        path = path_for(Act.MUTE, night.manager, breach)
    with time_machine.travel(MORNING + 7 * DAY - timedelta(minutes=1), tick=False):
        assert client.get(path).status_code == 200
    with time_machine.travel(MORNING + 7 * DAY + timedelta(minutes=1), tick=False):
        assert client.post(path).status_code == 404


def test_one_acts_link_is_not_anothers(night: World, breach: Breach, client: Client) -> None:
    token = path_for(Act.MUTE, night.manager, breach).rsplit("/", 1)[1]

    assert client.post(f"/a/ack/{token}").status_code == 404


def test_a_link_of_one_breach_is_not_anothers(night: World, breach: Breach, client: Client) -> None:
    other = night.breach(night.cast.levels["A-2/ACCURACY"])
    path = path_for(Act.MUTE, night.manager, breach).replace(breach.public_id, other.public_id)

    assert client.post(path).status_code == 404


def test_who_lost_the_role_acts_no_more(night: World, breach: Breach, client: Client) -> None:
    path = path_for(Act.ACKNOWLEDGE, night.manager, breach)
    night.manager.memberships.all().delete()

    assert client.post(path).status_code == 404


def test_a_vendor_does_not_acknowledge_for_the_client(night: World, breach: Breach, client: Client) -> None:
    assert client.post(path_for(Act.ACKNOWLEDGE, night.vendor, breach)).status_code == 404


def test_the_mail_of_a_client_offers_both_and_that_of_a_vendor_to_mute(night: World, breach: Breach) -> None:
    manager, vendor = mail_to(night, night.manager), mail_to(night, night.vendor)

    for part in (manager.text, manager.html):
        assert "/a/ack/" in part
        assert "/a/mute/" in part
    assert "/a/ack/" not in vendor.text
    assert "/a/mute/" in vendor.text


def test_the_links_of_a_mail_work(night: World, breach: Breach, client: Client) -> None:
    with time_machine.travel(MORNING, tick=False):
        text = mail_to(night, night.manager).text
        links = re.findall(rf"{settings.BASE_URL}(/a/\S+)", text)
        assert [client.get(link).status_code for link in links] == [200, 200]


def test_what_is_muted_is_counted_and_not_shown(night: World, breach: Breach) -> None:
    night.breach(night.cast.levels["A-2/ACCURACY"])
    mute_breach(breach=breach, reader=night.manager, now=MORNING - timedelta(hours=1))
    text = mail_to(night, night.manager).text

    assert breach.public_id not in text
    assert "1 muted item is not shown." in text


def test_a_colleague_still_hears_of_it(night: World, breach: Breach) -> None:
    mute_breach(breach=breach, reader=night.vendor, now=MORNING - timedelta(hours=1))

    assert breach.public_id in mail_to(night, night.manager).text


def test_a_mute_ends_by_itself_or_by_hand(night: World, breach: Breach) -> None:
    mute = mute_breach(breach=breach, reader=night.manager, now=MORNING)
    assert not Mute.objects.filter(until__gt=mute.until).exists()

    assert unmute_breach(breach=breach, reader=night.manager)
    assert not unmute_breach(breach=breach, reader=night.manager)


def test_a_mute_changes_no_number_and_no_breach(night: World, breach: Breach) -> None:
    before = Breach.objects.filter(pk=breach.pk).values().get()
    mute_breach(breach=breach, reader=night.manager, now=MORNING)

    assert Breach.objects.filter(pk=breach.pk).values().get() == before
    assert not BreachEvent.objects.filter(breach=breach, at=MORNING).exists()


def test_a_link_that_stops_mails_is_too_old_after_two_months(night: World, client: Client) -> None:
    with time_machine.travel(MORNING, tick=False):
        path = unsubscribe_link(night.manager).removeprefix(settings.BASE_URL)
    with time_machine.travel(MORNING + 59 * DAY, tick=False):
        assert client.get(path).status_code == 200
    with time_machine.travel(MORNING + 61 * DAY, tick=False):
        assert client.post(path).status_code == 404


def test_reminders_have_a_switch_of_their_own(night: World, client: Client) -> None:
    path = unsubscribe_link(night.vendor, Subscription.REMINDER).removeprefix(settings.BASE_URL)
    client.post(path)
    vendor = User.objects.get(pk=night.vendor.pk)

    assert (vendor.wants_reminders, vendor.wants_digest) == (False, True)
    assert vendor not in reminder_recipients(night.cast.vendors["Brightline"])


def test_an_operators_mail_is_on_nobodys_timeline(night: World, breach: Breach, smtp_sink) -> None:
    Message.objects.create(
        recipient=night.cast.operator, kind=Message.Kind.RUN_FAILED, cause="x", subject="Failed", text="x",
        facts={"breaches": [breach.pk]}, message_id="<x@desk>", queued_at=MORNING, next_try_at=MORNING,
    )  # fmt: skip
    send_due(clock=lambda: MORNING)

    assert not BreachEvent.objects.filter(breach=breach, kind=BreachEvent.Kind.MAIL).exists()


def test_the_vendor_is_told_what_the_client_says_to_an_answer(night: World, breach: Breach) -> None:
    now = breach.opened_at
    act_on_breach(breach=breach, act=BreachAct.ANSWER, by=night.vendor, now=now, cause="Staffing.", action="Hire six.")
    act_on_breach(breach=breach, act=BreachAct.AGREE, by=night.manager, now=now, reason="six are enough")
    text = mail_to(night, night.vendor).text

    assert "Action agreed" in text
    assert "The action is agreed: six are enough" in text


def test_an_excuse_in_a_mail_leads_to_its_page(night: World) -> None:
    excuse = ask_excuse(
        service_level=night.level, starts_on=WEDNESDAY - 2 * DAY, ends_on=WEDNESDAY - DAY, reason="portal down",
        asked_by=night.vendor, now=MORNING - timedelta(hours=2),
    )  # fmt: skip

    assert f"{settings.BASE_URL}/excuses/{excuse.public_id}" in mail_to(night, night.manager).text
