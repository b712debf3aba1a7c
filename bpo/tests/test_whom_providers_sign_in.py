"""Whom an organisation's identity provider signs in, what that is worth elsewhere, and what happens when it fails."""

import pytest
from django.test import Client
from requests import ConnectionError as NoConnection
from requests import JSONDecodeError

from bpo.models import Membership, Organisation, Role, User
from bpo.sign_on.services import set_single_sign_on
from tests.support.cast import Cast
from tests.support.identity_provider import ISSUER, KNOWN, Provider

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
NEW = "a long new phrase 41"


@pytest.fixture
def zenith(cast: Cast) -> Organisation:
    """Another client, to which a person of Acme belongs, too."""
    organisation = cast.clients["Zenith"].organisation
    person = cast.people["acme-manager"]
    Membership.objects.create(user=person, organisation=organisation, role=Role.CLIENT_VIEWER)
    return organisation


def test_a_clients_provider_signs_no_operator_in(come_back, acme: Organisation, cast: Cast, provider, client: Client):
    Membership.objects.create(user=cast.operator, organisation=acme, role=Role.CLIENT_VIEWER)
    provider.claims["email"] = cast.operator.email

    assert come_back(client).status_code == 403
    assert client.get("/me").status_code == 302


def test_the_operators_own_provider_does(acme: Organisation, come_back, cast: Cast, provider, settings, client: Client):
    settings.SECOND_FACTOR_REQUIRED = True
    Organisation.objects.filter(pk=acme.pk).update(kind=Organisation.Kind.OPERATOR)
    Membership.objects.create(user=cast.operator, organisation=acme, role=Role.OPERATOR_ADMIN)
    provider.claims["email"] = cast.operator.email
    come_back(client)

    assert client.get("/me").status_code == 200


@pytest.mark.parametrize("address", ["/me", "/api/v1/contracts"])
def test_its_second_factor_does_not_count_for_another_organisation(come_back, zenith, client: Client, address):
    come_back(client)
    assert client.get(address).status_code == 200
    Organisation.objects.filter(pk=zenith.pk).update(second_factor="everybody")

    assert client.get(address).status_code in {302, 403}


@pytest.mark.parametrize("said", [False, "false", "False", 0])
def test_an_address_that_it_has_not_verified_is_nobodys(come_back, provider: Provider, client: Client, said):
    provider.claims = {"sub": "u-1", "email": KNOWN, "email_verified": said}

    assert come_back(client).status_code == 403


@pytest.mark.parametrize("error", [NoConnection(), KeyError("authorization_endpoint"), JSONDecodeError("", "", 0)])
def test_a_provider_that_does_not_answer_is_named_on_a_page(acme, provider: Provider, monkeypatch, client, error):
    def fail(url: str, **more: object) -> None:
        raise error

    monkeypatch.setattr(provider, "get", fail)
    answer = client.get(f"/accounts/sso/{acme.public_id}/login/")

    assert answer.status_code == 502
    assert "did not answer as it should" in answer.content.decode()


def test_nor_is_it_an_error_of_the_desk_on_the_way_back(acme, come_back, provider: Provider, monkeypatch, client):
    def fail(*request: object, **more: object) -> None:
        raise NoConnection

    monkeypatch.setattr(provider, "request", fail)

    assert come_back(client).status_code == 401


@pytest.mark.parametrize("name", ["openid_connect", "x", "OR-00000"])
def test_only_an_organisations_id_names_a_provider(acme, provider: Provider, cast: Cast, client: Client, name):
    set_single_sign_on(
        organisation=cast.clients["Zenith"].organisation, actor=cast.operator, server_url=ISSUER, client_id="desk",
        client_secret="s3cret", domains="zenith.example",
    )  # fmt: skip

    assert client.get(f"/accounts/sso/{name}/login/").status_code == 404


def test_who_signs_in_there_alone_gets_a_password_by_mail_and_by_no_form(come_back, cast: Cast, client: Client):
    come_back(client)
    answer = client.post("/accounts/password/set/", {"password1": NEW, "password2": NEW})

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/password/reset/")
    assert not User.objects.get(email=KNOWN).has_usable_password()
