"""What an identity provider hands out is used once and kept nowhere."""

from collections.abc import Callable

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.http import HttpResponse
from django.test import Client

from tests.support.identity_provider import KNOWN

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def test_a_providers_tokens_are_kept_nowhere(come_back: Callable[[Client], HttpResponse], client: Client) -> None:
    come_back(client)

    assert client.get("/me").status_code == 200
    assert not SocialToken.objects.exists()
    assert SocialAccount.objects.get().extra_data == {}
    assert not {"id_token", "access_token", KNOWN} & set(str(dict(client.session)).replace("'", " ").split())
