"""Hearing less: a link that shows, and a button that acts."""

import re

import pytest
from django.conf import settings
from django.test import Client

from bpo.models import AuditEntry, User
from reports.services.sending import send_due
from reports.subscriptions import unsubscribe_link
from reports.tests.conftest import MORNING, World


def path_for(person: User) -> str:
    return unsubscribe_link(person).removeprefix(settings.BASE_URL)


def wants(person: User) -> bool:
    return User.objects.get(pk=person.pk).wants_digest


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_the_link_changes_nothing(world: World, client: Client, method: str) -> None:
    response = getattr(client, method)(path_for(world.manager))

    assert response.status_code == 200
    assert wants(world.manager)


def test_the_button_stops_the_mail_and_the_audit_says_who(world: World, client: Client) -> None:
    response = client.post(path_for(world.manager))

    assert response.status_code == 200
    assert not wants(world.manager)
    entry = AuditEntry.objects.get(action="unsubscribe")
    assert (entry.actor, entry.changes) == (world.manager, {"wants_digest": [True, False]})


def test_a_mail_program_stops_the_mail_with_one_click_and_no_page_of_ours(world: World) -> None:
    strict = Client(enforce_csrf_checks=True)

    response = strict.post(path_for(world.manager), {"List-Unsubscribe": "One-Click"})

    assert response.status_code == 200
    assert not wants(world.manager)


def test_the_mails_header_leads_to_that_page(world: World, client: Client, smtp_sink) -> None:
    world.ran()
    world.breach()
    world.morning(world.manager)
    send_due(clock=lambda: MORNING)

    (header,) = re.findall(r"<(.+)>", smtp_sink.messages[0]["List-Unsubscribe"])

    assert client.get(header.removeprefix(settings.BASE_URL)).status_code == 200


def test_stopping_twice_changes_nothing_more(world: World, client: Client) -> None:
    client.post(path_for(world.manager))
    client.post(path_for(world.manager))

    assert AuditEntry.objects.filter(action="unsubscribe").count() == 1


@pytest.mark.parametrize("token", ["1", "1:x", "x:y:z", "%00"])
def test_a_link_that_was_never_ours_leads_nowhere(world: World, client: Client, token: str) -> None:
    assert client.post(f"/unsub/{token}").status_code == 404


def test_a_link_of_one_person_stops_nobody_elses_mail(world: World, client: Client) -> None:
    own = path_for(world.manager)
    forged = own.replace(f"/{world.manager.pk}.", f"/{world.vendor.pk}.")

    assert client.post(forged).status_code == 404
    assert wants(world.vendor)
