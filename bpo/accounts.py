"""Accounts are made by admins only; what they mail is queued as a row first."""

import time
from collections.abc import Mapping

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.socialaccount.models import SocialLogin
from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bpo.audit import acting_on_page, record
from bpo.changes import record_change
from bpo.client_addresses import client_address, network_of
from bpo.models import PasswordResetRequest, SingleSignOn, User, UserSession
from bpo.sessions import ROW, end_all_sessions, end_other_sessions, note_sign_in
from bpo.sign_in_failures import LONGEST_ADDRESS, note_failure
from bpo.sign_in_limits import LINKS_OF_ACCOUNT, TRIES_OF_ACCOUNT, TRIES_OF_ADDRESS
from bpo.sign_on.services import providers_of

# Ways to confirm who somebody is.
WAYS = {
    "reauthenticate": _("Use your password"),
    "mfa_reauthenticate": _("Use a code of your app, or a recovery code"),
    "mfa_reauthenticate:webauthn": _("Use a passkey"),
}
# For those who have no other.
AT_PROVIDER = _("Sign in again at your organisation")


class InvitationOnlyAdapter(DefaultAccountAdapter):
    """Closes sign-up: an admin makes each account."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": _(
            "Too many tries. Wait five minutes, then try again: until then the right one is refused, too."
        )
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: str) -> None:
        """Count the try before the password is looked at, so that tries at once are not more than tries in turn."""
        # An address that is stopped locks no account.
        if not TRIES_OF_ADDRESS.allows(_network(request)):
            raise self.validation_error("too_many_login_attempts")
        tries, left = TRIES_OF_ACCOUNT.count(_account(credentials))
        if tries == TRIES_OF_ACCOUNT.most + 1:
            note_failure(_account(credentials), locked_for=left)
        if tries > TRIES_OF_ACCOUNT.most:
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: str) -> User | None:
        """Return whose password it is; only wrong ones stay counted."""
        person: User | None = super().authenticate(request, **credentials)
        if person:
            TRIES_OF_ADDRESS.count(_network(request), -1)
            TRIES_OF_ACCOUNT.count(_account(credentials), -1)
        else:
            note_failure(_account(credentials))
        return person

    def pre_login(
        self, request: HttpRequest, user: User, *, signal_kwargs: Mapping[str, object] | None = None, **kwargs: object
    ) -> HttpResponse | None:
        """Refuse whatever is not the organisation's own sign-in, where that is the only way; operators are exempt."""
        response: HttpResponse | None = super().pre_login(request, user, signal_kwargs=signal_kwargs, **kwargs)
        if response or user.is_operator_admin:
            return response
        ways = SingleSignOn.objects.filter(organisation__memberships__user=user).only_ways()
        sign_on = (signal_kwargs or {}).get("sociallogin")
        if not ways or (isinstance(sign_on, SocialLogin) and sign_on.account.provider in ways):
            return None
        messages.error(request, gettext("Your organisation lets you in by single sign-on alone. Enter your address."))
        return redirect("sign_on")

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        person = acting_on_page(user)
        record(actor=person, action="sign_in", thing=person)
        note_sign_in(request, user, now=timezone.now())

    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, User):
            record(actor=request.user, action="sign_out", thing=request.user)
        UserSession.objects.filter(pk=request.session.get(ROW, 0)).delete()
        super().logout(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        """Whether a person has to confirm again who they are, so long after they did, or signed in."""
        request = context.request
        records = get_authentication_records(request, request.user)
        return not records or time.time() - records[-1]["at"] >= settings.REAUTHENTICATION_SECONDS

    def get_reauthentication_methods(self, user: User) -> list[dict[str, object]]:
        """Return the ways to confirm who somebody is, in the words of the pages."""
        ways = [way | {"description": WAYS[way["id"]]} for way in super().get_reauthentication_methods(user)]
        if not ways and providers_of(user):
            ways.append({"id": "sign_on", "description": AT_PROVIDER, "url": reverse("confirm_by_sign_on")})
        return ways

    def reauthenticate(self, user: User, password: str) -> bool:
        known = self.authenticate(context.request, email=user.email, password=password)
        return known is not None and known.pk == user.pk

    def set_password(self, user: User, password: str) -> None:
        """Set a person's password by their own will; the entry in the audit trail brings them a mail."""
        with transaction.atomic():
            user.set_password(password)
            user.save(update_fields=["password"])
            person = acting_on_page(user)
            record_change(person, actor=person, changes={}, action="set_password")
            # Only somebody who changes their own stays signed in, where they did it.
            if context.request.user.pk == user.pk:
                end_other_sessions(context.request, reason="set_password")
            else:
                end_all_sessions(user, actor=person, reason="set_password")
        # The way in for the owner of an account that others locked.
        TRIES_OF_ACCOUNT.forget(user.email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, object]) -> None:
        """Refuse: what is sent while somebody waits for a page may be lost, come twice, or betray who is known."""
        raise NotImplementedError(f"{template_prefix} has to be queued as a Message.")


class AskForResetForm(forms.Form):
    """Takes any address in the same way and time; a worker looks whether it is somebody's."""

    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))

    def save(self, request: HttpRequest, **kwargs: object) -> str:
        address = str(self.cleaned_data["email"]).lower()
        # Who asks more often has those mails, and gets the same page.
        if LINKS_OF_ACCOUNT.allows(address):
            PasswordResetRequest.objects.create(address=address[:LONGEST_ADDRESS], asked_at=timezone.now())
        return address


def _network(request: HttpRequest) -> str:
    return network_of(client_address(request))


def _account(credentials: Mapping[str, str]) -> str:
    return credentials.get("email", "").lower()
