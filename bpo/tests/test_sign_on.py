"""Single sign-on at an identity provider of the tests' own: whom it lets in, and whom it does not."""

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from bpo.models import AuditEntry, Membership, Organisation, Role, SingleSignOn, User
from tests.support.cast import Cast
from tests.support.factors import add_app, force_sign_in
from tests.support.identity_provider import ISSUER, KNOWN, Provider

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
PASSWORD = "a long old phrase 17"


def is_in(client: Client) -> bool:
    return client.get("/me").status_code == 200


def test_the_sign_in_page_leads_to_the_provider_of_an_addresss_domain(acme: Organisation, client: Client):
    page = client.get("/accounts/sso/", {"email": "who@ACME.example"}).content.decode()

    assert f'href="/accounts/sso/{acme.public_id}/login/"' in page
    assert "id.acme.example" in page


def test_for_another_domain_there_is_none(acme: Organisation, client: Client):
    assert "No organisation has single sign-on" in client.get("/accounts/sso/?email=a@b.example").content.decode()


def test_the_way_there_is_proof_against_stolen_codes(acme: Organisation, provider: Provider, client: Client):
    sent = parse_qs(urlsplit(client.get(f"/accounts/sso/{acme.public_id}/login/")["Location"]).query)

    assert sent["code_challenge_method"] == ["S256"]
    assert sent["redirect_uri"][0].endswith(f"/accounts/sso/{acme.public_id}/callback/")
    assert "s3cret" not in str(sent)


def test_a_member_is_signed_in_and_tied_to_the_providers_id(come_back, client: Client):
    come_back(client)

    assert is_in(client)
    account = SocialAccount.objects.get()
    assert (account.user.email, account.uid, account.extra_data) == (KNOWN, "u-1", {})
    assert set(AuditEntry.objects.filter(actor=account.user).values_list("action", flat=True)) == {
        "sign_in", "link_single_sign_on",
    }  # fmt: skip


def test_the_second_time_nothing_is_tied_anew(come_back):
    for _ in range(2):
        client = Client()
        come_back(client)

    assert is_in(client)
    assert AuditEntry.objects.filter(action="link_single_sign_on").count() == 1
    assert SocialAccount.objects.get().extra_data == {}


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "nobody@example.com"}, {"email": ""}, {"email": None}, {"email": "zenith-manager@example.com"},
        {"email": KNOWN, "email_verified": False}, {"email": "operator@example.com"}, {"email": f"{KNOWN}.evil.org"},
    ],
)  # fmt: skip
def test_for_others_no_account_is_made_and_nobody_is_signed_in(come_back, provider: Provider, claims, client: Client):
    provider.claims = {"sub": "u-9"} | claims
    before = User.objects.count()
    answer = come_back(client)

    assert answer.status_code == 403
    assert not is_in(client)
    assert (User.objects.count(), SocialAccount.objects.count()) == (before, 0)


def test_of_a_domain_that_is_not_its_own_the_provider_says_nothing(come_back, cast: Cast, provider, client: Client):
    User.objects.filter(email=KNOWN).update(email="max@elsewhere.example")
    provider.claims["email"] = "max@elsewhere.example"

    assert come_back(client).status_code == 403


def test_who_has_left_or_is_deactivated_is_not_signed_in(come_back, client: Client):
    come_back(Client())
    User.objects.filter(email=KNOWN).update(is_active=False)

    assert come_back(client).status_code == 403
    assert not is_in(client)


def test_a_token_for_another_client_is_refused(come_back, provider: Provider, client: Client):
    provider.audience = "somebody else"

    assert come_back(client).status_code == 401
    assert not is_in(client)


def test_an_answer_that_nobody_asked_for_is_refused(acme: Organisation, provider: Provider, client: Client):
    answer = client.get(f"/accounts/sso/{acme.public_id}/callback/", {"code": "c", "state": "forged"})

    assert answer.status_code == 401
    assert not is_in(client)


def test_nobody_ties_a_provider_to_another_account(come_back, cast: Cast, client: Client):
    force_sign_in(client, cast.people["zenith-manager"])
    answer = come_back(client, "?process=connect")

    assert answer.status_code == 403
    assert not SocialAccount.objects.exists()


def test_an_inactive_provider_is_not_found(acme: Organisation, client: Client):
    SingleSignOn.objects.update(is_active=False)

    assert client.get(f"/accounts/sso/{acme.public_id}/login/").status_code == 404


def with_password(cast: Cast, name: str) -> Client:
    person = cast.operator if name == "operator" else cast.people[name]
    person.set_password(PASSWORD)
    person.save()
    client = Client()
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    return client


def test_where_it_is_the_only_way_passwords_are_refused(acme: Organisation, cast: Cast, come_back):
    SingleSignOn.objects.update(is_only_way=True)

    assert not is_in(with_password(cast, "acme-manager"))
    assert is_in(with_password(cast, "zenith-manager"))
    client = Client()
    come_back(client)
    assert is_in(client)


def test_operators_still_have_passwords(acme: Organisation, cast: Cast):
    Membership.objects.create(user=cast.operator, organisation=acme, role=Role.CLIENT_VIEWER)
    SingleSignOn.objects.update(is_only_way=True)

    assert is_in(with_password(cast, "operator"))


def make_it_the_only_way(acme: Organisation, operator: Client) -> None:
    body = {"server_url": ISSUER, "client_id": "desk", "domains": "acme.example", "is_only_way": "yes"}
    answer = operator.post(
        f"/api/v1/organisations/{acme.public_id}/single-sign-on", body, content_type="application/json"
    )
    assert answer.status_code == 200


def test_making_it_the_only_way_ends_sessions_that_began_with_a_password_once(
    acme: Organisation, cast: Cast, come_back
):
    ours, theirs, operator = (with_password(cast, name) for name in ("acme-viewer", "zenith-manager", "operator"))
    there = Client()
    come_back(there)
    for _ in range(2):
        make_it_the_only_way(acme, operator)

    assert [is_in(client) for client in (ours, there, theirs, operator)] == [False, True, True, True]
    ended = AuditEntry.objects.get(action="end_sessions")
    assert (ended.actor, ended.changes) == (cast.operator, {"sessions": [1, 0], "reason": [None, "only_way"]})


def test_the_page_says_so_before(acme: Organisation, cast: Cast, client: Client):
    force_sign_in(client, cast.operator)
    page = client.get(f"/admin/bpo/singlesignon/{SingleSignOn.objects.get().pk}/change/").content.decode()

    assert "Saving it then ends their sessions" in page


def test_the_providers_own_second_factor_counts(acme: Organisation, come_back, client: Client):
    Organisation.objects.filter(pk=acme.pk).update(second_factor="everybody")
    come_back(client)

    assert is_in(client)


def test_a_second_factor_at_the_desk_is_asked_for_all_the_same(cast: Cast, come_back, client: Client):
    add_app(cast.people["acme-manager"])
    come_back(client)

    assert not is_in(client)


def test_the_secret_is_encrypted_and_nowhere_else(acme: Organisation):
    row = SingleSignOn.objects.get()

    assert "s3cret" not in str(vars(row))
    assert "s3cret" not in str(list(AuditEntry.objects.values()))


def test_an_operator_sets_it_up_by_the_api_and_keeps_the_secret(acme: Organisation, cast: Cast):
    client, kept = Client(), SingleSignOn.objects.get().encrypted_secret
    force_sign_in(client, cast.operator)
    body = {"server_url": "https://id2.acme.example/", "client_id": "desk", "domains": "acme.example"}
    address = f"/api/v1/organisations/{acme.public_id}/single-sign-on"
    answer = client.post(address, body | {"is_only_way": "yes"}, content_type="application/json")

    assert answer.json() == body | {"server_url": "https://id2.acme.example", "is_active": True, "is_only_way": True}
    assert SingleSignOn.objects.get().encrypted_secret == kept
    assert (
        client.post(address, body | {"server_url": "http://x.example"}, content_type="application/json").status_code
        == 422
    )


def test_and_on_the_page(acme: Organisation, cast: Cast):
    client = Client()
    force_sign_in(client, cast.operator)
    row = SingleSignOn.objects.get()
    body = {
        "server_url": ISSUER,
        "client_id": "new",
        "domains": "acme.example",
        "client_secret": "n3w",
        "is_active": "on",
    }
    answer = client.post(f"/admin/bpo/singlesignon/{row.pk}/change/", body | {"is_active": "on"})

    row.refresh_from_db()
    assert (answer.status_code, row.client_id, row.domains) == (302, "new", "acme.example")
    assert "n3w" not in client.get(f"/admin/bpo/singlesignon/{row.pk}/change/").content.decode()
