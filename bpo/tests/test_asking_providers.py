"""What an identity provider is asked, and what is kept of its answers."""

from collections.abc import Callable
from io import BytesIO

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.http import HttpResponse
from django.test import Client
from requests import PreparedRequest, Response, TooManyRedirects
from requests.adapters import BaseAdapter

from bpo.models import Organisation, SingleSignOn
from bpo.sign_on.adapter import SignOnAdapter
from tests.support.identity_provider import ISSUER, KNOWN, Provider

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


class Leading(BaseAdapter):
    """Leads every request elsewhere."""

    def __init__(self) -> None:
        self.asked: list[str | None] = []

    def send(self, request: PreparedRequest, **more: object) -> Response:
        self.asked.append(request.url)
        answer = Response()
        answer.status_code, answer.url, answer.request, answer.raw = 302, str(request.url), request, BytesIO()
        answer.headers["Location"] = "https://elsewhere.example/"
        return answer


def test_a_provider_leads_to_no_other_address() -> None:
    session, leading = SignOnAdapter().get_requests_session(), Leading()
    session.mount("https://", leading)

    with pytest.raises(TooManyRedirects):
        session.get(f"{ISSUER}/me")
    assert leading.asked == [f"{ISSUER}/me"]


@pytest.mark.parametrize(
    ("configured", "status"), [("", 302), ("/", 302), ("/realms/other", 502), (".evil.example", 502)]
)
def test_the_document_of_another_issuer_is_refused(
    acme: Organisation, provider: Provider, client: Client, configured: str, status: int
) -> None:
    SingleSignOn.objects.filter(organisation=acme).update(server_url=f"{ISSUER}{configured}")

    assert client.get(f"/accounts/sso/{acme.public_id}/login/").status_code == status


def test_a_providers_tokens_are_kept_nowhere(come_back: Callable[[Client], HttpResponse], client: Client) -> None:
    come_back(client)

    assert client.get("/me").status_code == 200
    assert not SocialToken.objects.exists()
    assert SocialAccount.objects.get().extra_data == {}
    assert not {"id_token", "access_token", KNOWN} & set(str(dict(client.session)).replace("'", " ").split())
