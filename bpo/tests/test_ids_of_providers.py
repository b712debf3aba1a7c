"""An identity provider's ids: each is one person's, and what is said of it is signed by that provider."""

import time

import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from bpo.factors.services import reset_factor
from bpo.models import Organisation
from bpo.sign_on.services import set_single_sign_on
from tests.support.cast import Cast
from tests.support.identity_provider import KNOWN, Provider

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def tied(come_back, cast: Cast) -> None:
    """A person who has signed in once, with the id u-1."""
    come_back(Client())
    assert SocialAccount.objects.get().user == cast.people["acme-manager"]


def test_an_address_that_is_given_to_somebody_else_there_does_not_lead_to_its_earlier_owner(
    tied, come_back, provider: Provider, client: Client
):
    provider.claims = {"sub": "u-2", "email": KNOWN}

    assert come_back(client).status_code == 403
    assert client.get("/me").status_code == 302


def test_who_has_a_new_address_there_is_still_the_same_person(tied, come_back, provider: Provider, client: Client):
    provider.claims = {"sub": "u-1", "email": "married@acme.example"}
    come_back(client)

    assert client.get("/me").context["user"].email == KNOWN


def test_who_is_reset_by_an_admin_can_be_tied_anew(tied, come_back, provider: Provider, cast: Cast, client: Client):
    reset_factor(person=cast.people["acme-manager"], actor=cast.people["acme-admin"])
    provider.claims = {"sub": "u-2", "email": KNOWN}
    come_back(client)

    assert client.get("/me").status_code == 200
    assert SocialAccount.objects.get().uid == "u-2"


def test_another_provider_has_other_ids(tied, acme: Organisation, cast: Cast):
    set_single_sign_on(
        organisation=acme, actor=cast.operator, server_url="https://id2.acme.example", client_id="desk",
        domains="acme.example",
    )  # fmt: skip

    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (rsa.generate_private_key(public_exponent=65537, key_size=2048), "RS256"),
        ("a secret that the desk knows, and so may others", "HS256"),
        (None, "none"),
    ],
    ids=["another key", "a shared secret", "no signature"],
)
def test_what_its_key_has_not_signed_is_refused(come_back, provider: Provider, key, algorithm, client: Client):
    provider.key, provider.algorithm = key, algorithm

    assert come_back(client).status_code == 401
    assert client.get("/me").status_code == 302


def test_an_answer_about_another_id_than_the_signed_one_is_refused(come_back, provider: Provider, client: Client):
    provider.token = {"sub": "u-9"}

    assert come_back(client).status_code == 403


@pytest.mark.parametrize(("seconds", "status"), [(10, 302), (3600, 403)])
def test_a_sign_in_of_some_time_ago_confirms_nothing(tied, come_back, provider: Provider, seconds: int, status: int):
    client = Client()
    come_back(client)
    provider.token = {"auth_time": int(time.time()) - seconds}

    assert come_back(client, "?process=redirect").status_code == status
