"""Whom an organisation's identity provider signs in, what that is worth elsewhere, and what happens when it fails."""

import html
import re
from urllib.parse import urlencode, urlsplit

import pytest
from django.core.exceptions import ValidationError
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


@pytest.mark.parametrize("error", [None, NoConnection()])
def test_who_begins_a_sign_in_again_and_again_does_not_make_the_desk_ask_each_time(
    acme, provider: Provider, monkeypatch, client, error
):
    asked = []

    def get(url: str, **more: object) -> object:
        asked.append(url)
        if error:
            raise error
        return Provider.get(provider, url)

    monkeypatch.setattr(provider, "get", get)
    for _ in range(3):
        client.get(f"/accounts/sso/{acme.public_id}/login/")

    assert len(asked) == 1


def test_where_one_organisation_is_the_only_way_another_ones_provider_does_not_let_in(come_back, zenith, cast: Cast):
    set_single_sign_on(
        organisation=zenith, actor=cast.operator, server_url="https://id.zenith.example", client_id="desk",
        client_secret="s3cret", domains="zenith.example", is_only_way=True,
    )  # fmt: skip
    client = Client()
    answer = come_back(client)

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/sso/")
    assert client.get("/me").status_code == 302


@pytest.mark.parametrize(
    "address",
    [
        "https://localhost/realm", "https://127.0.0.1", "https://10.0.0.7/x", "https://[::1]/", "https://idp",
        "https://169.254.169.254/latest", "https://me:secret@id.example.com", "https://id.example.com/?to=x",
        "https://desk.internal", "http://id.example.com",
    ],
)  # fmt: skip
def test_an_address_that_is_no_providers_is_refused(acme: Organisation, cast: Cast, address):
    with pytest.raises(ValidationError):
        set_single_sign_on(
            organisation=acme, actor=cast.operator, server_url=address, client_id="desk", domains="acme.example"
        )


DEMAND = {"second_factor": "everybody"}


@pytest.fixture
def admin(come_back, provider: Provider, settings) -> Client:
    """A client's admin without password, whose sign-in at the provider was some time ago."""
    provider.claims["email"] = "acme-admin@example.com"
    client = Client()
    come_back(client)
    settings.REAUTHENTICATION_SECONDS = 0
    return client


def test_who_has_no_password_signs_in_there_again_before_what_matters(admin: Client, acme: Organisation):
    answer = admin.post("/people/second-factor", DEMAND)
    page = admin.get(answer["Location"])
    link = f'href="/accounts/sso/{acme.public_id}/login/?process=redirect&amp;next=%2Faccounts%2Fsso%2Fconfirmed'

    assert link in page.content.decode()
    assert Organisation.objects.get(pk=acme.pk).second_factor == ""


def test_the_provider_is_asked_to_demand_it(admin: Client, acme: Organisation):
    page = admin.get("/accounts/sso/confirm/?next=/people").content.decode()
    (link,) = re.findall(r'href="(/accounts/sso/OR-[^"]*)"', page)

    assert "prompt=login" in admin.get(html.unescape(link))["Location"]


def test_then_the_form_is_taken_as_it_was_sent(admin: Client, acme: Organisation, come_back, settings):
    asked = admin.post("/people/second-factor", DEMAND)
    settings.REAUTHENTICATION_SECONDS = 300
    query = urlencode({"process": "redirect", "next": f"/accounts/sso/confirmed/?{urlsplit(asked['Location']).query}"})
    back = come_back(admin, f"?{query}")
    admin.get(back["Location"])

    assert Organisation.objects.get(pk=acme.pk).second_factor == "everybody"


def test_without_the_new_sign_in_nothing_goes_on(admin: Client, acme: Organisation):
    asked = admin.post("/people/second-factor", DEMAND)
    admin.get(f"/accounts/sso/confirmed/?{urlsplit(asked['Location']).query}")

    assert Organisation.objects.get(pk=acme.pk).second_factor == ""


def test_another_persons_sign_in_confirms_nothing(admin: Client, acme: Organisation, come_back, provider, settings):
    admin.post("/people/second-factor", DEMAND)
    provider.claims = {"sub": "u-2", "email": KNOWN}

    assert come_back(admin, "?process=redirect").status_code == 403
    assert admin.get("/me").context["user"].email == "acme-admin@example.com"


def test_nobody_is_signed_in_by_confirming(acme: Organisation, come_back, client: Client):
    assert come_back(client, "?process=redirect").status_code == 403
    assert client.get("/me").status_code == 302


def test_a_first_factor_is_added_after_a_new_sign_in_alone(admin: Client):
    answer = admin.post("/accounts/2fa/totp/activate/", {"code": "123456"})

    assert answer["Location"].startswith("/accounts/sso/confirm/")


def test_who_signs_in_there_alone_gets_a_password_by_mail_and_by_no_form(come_back, cast: Cast, client: Client):
    come_back(client)
    answer = client.post("/accounts/password/set/", {"password1": NEW, "password2": NEW})

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/password/reset/")
    assert not User.objects.get(email=KNOWN).has_usable_password()
