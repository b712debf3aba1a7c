"""Who must have a second factor, and what they can do before they have one; secrets under new keys."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client

from bpo.encryption import UnreadableSecret, decrypt, encrypt
from bpo.factors.rules import must_have_factor
from bpo.models import Organisation, User
from tests.support.cast import Cast
from tests.support.factors import SECRET, add_app, force_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
PEOPLE = ("operator", "acme-admin", "acme-manager", "brightline-manager", "brightline-reporter")


def demanded(cast: Cast, **demands: str) -> list[str]:
    """Who must have a second factor once organisations demand it."""
    for name, demand in demands.items():
        Organisation.objects.filter(name=name.title()).update(second_factor=demand)
    people = {"operator": cast.operator, **cast.people}
    return [name for name in PEOPLE if must_have_factor(User.objects.get(pk=people[name].pk))]


def test_in_production_operators_and_clients_admins_must_have_one(cast: Cast, settings):
    settings.SECOND_FACTOR_REQUIRED = True

    assert demanded(cast) == ["operator", "acme-admin"]


def test_in_a_demo_nobody_must(cast: Cast):
    assert demanded(cast) == []


@pytest.mark.parametrize(
    ("demands", "expected"),
    [
        ({"acme": "everybody"}, ["acme-admin", "acme-manager"]),
        ({"acme": "admins"}, ["acme-admin"]),
        ({"brightline": "admins"}, ["brightline-manager"]),
        ({"brightline": "everybody"}, ["brightline-manager", "brightline-reporter"]),
    ],
)
def test_an_organisation_demands_it_of_its_people_in_a_demo_too(cast: Cast, demands, expected):
    assert demanded(cast, **demands) == expected


def test_an_organisation_can_be_let_off_and_the_operator_cannot(cast: Cast, settings):
    settings.SECOND_FACTOR_REQUIRED = True

    assert demanded(cast, acme="nobody") == ["operator"]


@pytest.fixture
def lacking(cast: Cast, settings) -> Client:
    """A session of an operator who must have a second factor and has none."""
    settings.SECOND_FACTOR_REQUIRED = True
    client = Client()
    force_sign_in(client, cast.operator)
    return client


@pytest.mark.parametrize(
    "address", ["/", "/breaches", "/me", "/admin/", "/admin/bpo/user/", "/search?q=a", "/metrics", "/api/docs"]
)
def test_who_lacks_one_is_led_to_it_from_every_page(lacking: Client, address: str):
    answer = lacking.get(address)

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/")


def test_the_page_says_why_and_shows_nothing_else(lacking: Client):
    page = lacking.get("/accounts/2fa/").content.decode()

    assert "Set up a second factor to go on." in page
    assert 'href="/breaches' not in page


def test_acts_are_refused_too(lacking: Client, cast: Cast):
    lacking.post("/me", {"zone": "Asia/Manila", "digest_at": "07:00"})

    assert User.objects.get(pk=cast.operator.pk).zone == "UTC"


def test_the_api_refuses_their_session(lacking: Client):
    answer = lacking.get("/api/v1/contracts")

    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required")


def test_with_one_they_go_on(lacking: Client, cast: Cast):
    add_app(cast.operator)

    assert lacking.get("/breaches").status_code == 200
    assert lacking.get("/api/v1/contracts").status_code == 200


def test_who_must_have_one_keeps_the_last(lacking: Client, cast: Cast):
    add_app(cast.operator)
    page = lacking.post("/accounts/2fa/totp/deactivate/")

    assert "You must have a second factor" in page.content.decode()
    assert Authenticator.objects.count() == 1


def test_the_sign_in_page_of_a_demo_says_that_it_demands_none(client: Client):
    assert "demands a second factor of nobody" in client.get("/accounts/login/").content.decode()


def test_that_of_production_does_not(client: Client, settings):
    settings.SECOND_FACTOR_REQUIRED = True

    assert "demands a second factor of nobody" not in client.get("/accounts/login/").content.decode()


def turn_key(settings: Any, *, keep: bool) -> None:
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY] * keep, "another key " * 6


def test_a_secret_outlives_a_new_key_while_the_old_one_is_a_fallback(settings):
    token = encrypt(SECRET)
    turn_key(settings, keep=True)

    assert decrypt(token) == SECRET


def test_and_is_unreadable_without_it(settings):
    token = encrypt(SECRET)
    turn_key(settings, keep=False)

    with pytest.raises(UnreadableSecret):
        decrypt(token)


def test_an_altered_secret_is_unreadable():
    token = encrypt(SECRET)

    with pytest.raises(UnreadableSecret):
        decrypt(token[:-2] + ("AA" if token[-2:] != "AA" else "BB"))


def test_encrypted_anew_it_needs_the_old_key_no_more(cast: Cast, settings):
    add_app(cast.operator)
    turn_key(settings, keep=True)
    call_command("reencrypt")
    settings.SECRET_KEY_FALLBACKS = []

    assert decrypt(Authenticator.objects.get().data["secret"]) == SECRET


def test_whose_secret_no_key_reads_is_named(cast: Cast, settings):
    add_app(cast.operator)
    turn_key(settings, keep=False)

    with pytest.raises(CommandError, match=r"operator@example\.com"):
        call_command("reencrypt")
