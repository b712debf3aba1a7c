"""What allauth asks of the desk about single sign-on: where the providers are, and whom they may sign in."""

import time
from collections.abc import Mapping

from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess, Provider
from django.conf import settings
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
# What the provider says of somebody: at its address for that, and in its signed token.
Answers = Mapping[str, Mapping[str, object]]


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
        answers = account.extra_data
        person = _find_person(row, account, answers) if row else None
        if account.pk:
            # Of what the provider says of people nothing is kept.
            SocialAccount.objects.filter(pk=account.pk).update(extra_data={})
        process = sociallogin.state.get("process")
        is_again = process == AuthProcess.REDIRECT and person == request.user and _is_recent(answers)
        if person is None or not (is_again or process == AuthProcess.LOGIN):
            raise ImmediateHttpResponse(render(request, "account/sign_on_refused.html", status=403))
        if is_again:
            more = {"provider": account.provider, "uid": account.uid}
            record_authentication(request, person, method="socialaccount", reauthenticated=True, **more)
        elif not account.pk:
            _link(account, person)
        sociallogin.user = person


def _app_of(row: SingleSignOn) -> SocialApp:
    return SocialApp(
        provider=PROTOCOL,
        provider_id=row.organisation.public_id,
        name=row.organisation.name,
        client_id=row.client_id,
        secret=decrypt(row.encrypted_secret),
        settings={"server_url": row.server_url, "oauth_pkce_enabled": True},
    )


def _find_person(row: SingleSignOn, account: SocialAccount, answers: Answers) -> User | None:
    """Return the organisation's member whom the provider means.

    Once a person is tied to an id of the provider, that id alone is theirs; before, an address of its domains leads to
    them. Operators, who see everything, are signed in by a provider of operators alone.
    """
    claims, signed = _claims(answers), answers.get("id_token") or {}
    address = str(claims.get("email") or "").lower()
    # Some providers say it as text.
    if str(claims.get("email_verified", True)).lower() in UNVERIFIED or not row.vouches_for(address):
        return None
    if signed and signed.get("sub") != claims.get("sub"):
        return None
    members = User.objects.active().filter(memberships__organisation=row.organisation)
    if row.organisation.kind != Organisation.Kind.OPERATOR:
        members = members.exclude(is_operator_admin=True)
    if account.pk:
        members = members.filter(pk=account.user_id)
    else:
        tied = SocialAccount.objects.filter(provider=account.provider).values("user")
        members = members.filter(email=address).exclude(pk__in=tied)
    person: User | None = members.distinct().first()
    return person


def _claims(answers: Answers) -> Mapping[str, object]:
    return answers.get("userinfo") or answers.get("id_token") or {}


def _is_recent(answers: Answers) -> bool:
    """Whether the provider says that somebody has just signed in there, or does not say when they did."""
    at = (answers.get("id_token") or {}).get("auth_time")
    return not isinstance(at, int | float) or time.time() - at < settings.REAUTHENTICATION_SECONDS


@transaction.atomic
def _link(account: SocialAccount, person: User) -> None:
    """Tie the provider's id to a person."""
    account.pk, account.user, account.extra_data = None, person, {}
    account.save(force_insert=True)
    changes = {"provider": (None, account.provider)}
    record(actor=acting_on_page(person), action="link_single_sign_on", thing=person, changes=changes)
