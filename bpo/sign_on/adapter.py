"""What allauth asks of the desk about single sign-on: where the providers are, and whom they may sign in."""

from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess, Provider
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import render
from requests import Session

from bpo.audit import acting_on_page, record
from bpo.encryption import decrypt
from bpo.models import Organisation, SingleSignOn, User
from bpo.sign_on.discovery import DiscoveringAdapter

PROTOCOL = "openid_connect"
UNVERIFIED = ("false", "0")


class SignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Knows each organisation's provider by the organisation's id, and makes no account of anybody."""

    def list_apps(
        self, request: HttpRequest | None, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        rows = SingleSignOn.objects.filter(is_active=True, organisation__is_active=True).select_related("organisation")
        if provider and provider != PROTOCOL:
            rows = rows.filter(organisation__public_id=provider)
        return [_app_of(row) for row in rows]

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Provider:
        found = super().get_provider(request, provider, client_id=client_id)
        found.oauth2_adapter_class = DiscoveringAdapter
        return found

    def get_requests_session(self) -> Session:
        """Return what asks providers: it follows no redirect, since only their own addresses are to be called."""
        session: Session = super().get_requests_session()
        session.max_redirects = 0
        return session

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find whose sign-in it is. Raises ImmediateHttpResponse with a page for whom the provider may not vouch."""
        account = sociallogin.account
        row = SingleSignOn.objects.filter(organisation__public_id=account.provider).first()
        person = _find_person(row, account.extra_data) if row else None
        if account.pk:
            # Of what the provider says of people nothing is kept.
            SocialAccount.objects.filter(pk=account.pk).update(extra_data={})
        process = sociallogin.state.get("process")
        is_again = process == AuthProcess.REDIRECT and person == request.user
        if person is None or not (is_again or process == AuthProcess.LOGIN):
            raise ImmediateHttpResponse(render(request, "account/sign_on_refused.html", status=403))
        if is_again:
            more = {"provider": account.provider, "uid": account.uid}
            record_authentication(request, person, method="socialaccount", reauthenticated=True, **more)
        elif not sociallogin.is_existing or sociallogin.user.pk != person.pk:
            _link(account, person)
        sociallogin.user = person


def _app_of(row: SingleSignOn) -> SocialApp:
    settings = {"server_url": row.server_url, "oauth_pkce_enabled": True}
    return SocialApp(
        provider=PROTOCOL,
        provider_id=row.organisation.public_id,
        name=row.organisation.name,
        client_id=row.client_id,
        secret=decrypt(row.encrypted_secret),
        settings=settings,
    )


def _find_person(row: SingleSignOn, answers: dict[str, dict[str, object]]) -> User | None:
    """Return the organisation's member whom the provider names by an address of its domains.

    Operators, who see everything, are signed in by a provider of operators alone.
    """
    claims = answers.get("userinfo") or answers.get("id_token") or {}
    address = str(claims.get("email") or "").lower()
    # Some providers say it as text.
    if str(claims.get("email_verified", True)).lower() in UNVERIFIED or not row.vouches_for(address):
        return None
    members = User.objects.active().filter(email=address, memberships__organisation=row.organisation)
    if row.organisation.kind != Organisation.Kind.OPERATOR:
        members = members.exclude(is_operator_admin=True)
    person: User | None = members.distinct().first()
    return person


@transaction.atomic
def _link(account: SocialAccount, person: User) -> None:
    """Tie the provider's account to a person, in place of an earlier one."""
    SocialAccount.objects.filter(provider=account.provider, user=person).delete()
    SocialAccount.objects.filter(provider=account.provider, uid=account.uid).delete()
    account.pk, account.user, account.extra_data = None, person, {}
    account.save(force_insert=True)
    changes = {"provider": (None, account.provider)}
    record(actor=acting_on_page(person), action="link_single_sign_on", thing=person, changes=changes)
