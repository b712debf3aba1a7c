"""Fixtures of single sign-on: an organisation that has it, its provider, and the way there and back."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from bpo.models import Organisation
from bpo.sign_on.services import set_single_sign_on
from tests.support.cast import Cast
from tests.support.identity_provider import ISSUER, Provider


@pytest.fixture
def acme(cast: Cast) -> Organisation:
    organisation = cast.clients["Acme"].organisation
    set_single_sign_on(
        organisation=organisation, actor=cast.operator, server_url=ISSUER, client_id="desk", client_secret="s3cret",
        domains="example.com, acme.example",
    )  # fmt: skip
    return organisation


@pytest.fixture
def provider(monkeypatch) -> Provider:
    provider = Provider()
    monkeypatch.setattr("bpo.sign_on.discovery._answers", {})
    monkeypatch.setattr("bpo.sign_on.adapter.SignOnAdapter.get_requests_session", lambda self: provider)
    return provider


@pytest.fixture
def come_back(acme: Organisation, provider: Provider) -> Callable[..., Any]:
    """Go to the provider and come back with a code."""

    def come_back(client: Client, query: str = "") -> Any:
        away = client.get(f"/accounts/sso/{acme.public_id}/login/{query}")
        sent = parse_qs(urlsplit(away["Location"]).query)
        return client.get(f"/accounts/sso/{acme.public_id}/callback/", {"code": "c", "state": sent["state"][0]})

    return come_back
