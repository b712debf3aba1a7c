"""Forms of second factors: code tries are limited as those of passwords are, and each code works once."""

import struct
from typing import TYPE_CHECKING, ClassVar, cast

import structlog
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core import context
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.forms import (
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
    _BaseAddWebAuthnForm,
)
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bpo.audit import acting_on_page, record
from bpo.client_addresses import client_address, network_of
from bpo.encryption import UnreadableSecret
from bpo.models import User
from bpo.sign_in_limits import CODES_OF_PERSON, TRIES_OF_ADDRESS

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

LONGEST_NAME = 60
# What fido2 raises at answers that no authenticator gives.
MALFORMED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, struct.error)

log = structlog.get_logger("desk.factors")


def code_field(label: "str | _StrPromise") -> forms.CharField:
    attributes = {"autocomplete": "one-time-code", "autofocus": "", "spellcheck": "false", "autocapitalize": "off"}
    return forms.CharField(label=label, max_length=20, widget=forms.TextInput(attrs=attributes))


class LimitedCode:
    """Counts the try before the code is looked at, and records what came of it."""

    user: User
    authenticator: Authenticator

    def clean_code(self) -> str:
        count_try(self.user)
        try:
            with transaction.atomic():
                code: str = super().clean_code()  # type: ignore[misc]
                spend(self.authenticator, code)
        except UnreadableSecret as error:
            log.error("secret_unreadable", person=self.user.pk)
            raise ValidationError(_("Your second factor cannot be read. Ask an operator to reset it.")) from error
        except ValidationError:
            record(actor=acting_on_page(self.user), action="fail_second_factor", thing=self.user)
            raise
        CODES_OF_PERSON.count(str(self.user.pk), -1)
        TRIES_OF_ADDRESS.count(_network(), -1)
        return code


def count_try(person: User) -> None:
    """Count a try of a code, by somebody who knows the password. Raises ValidationError where it is one too many."""
    tries, _left = CODES_OF_PERSON.count(str(person.pk)) if TRIES_OF_ADDRESS.allows(_network()) else (None, None)
    if tries == CODES_OF_PERSON.most + 1:
        record(actor=acting_on_page(person), action="lock_second_factor", thing=person)
    if tries is None or tries > CODES_OF_PERSON.most:
        raise get_account_adapter().validation_error("too_many_login_attempts")


def spend(authenticator: Authenticator, code: str) -> None:
    """Note that a code was used. Raises ValidationError where it was used before, even at the same moment."""
    row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    if row.type == Authenticator.Type.RECOVERY_CODES:
        left = len(row.wrap().get_unused_codes())
        changes = {"recovery_codes": (left + 1, left)}
        record(actor=acting_on_page(row.user), action="use_recovery_code", thing=row.user, changes=changes)
        return
    secret, last = decrypt(row.data["secret"]), row.data.get("last_step", 0)
    steps = [step for step in yield_hotp_counters_from_time() if _is_code_of(step, secret, code) and step > last]
    if not steps:
        raise get_adapter().validation_error("incorrect_code")
    row.data["last_step"] = steps[-1]
    row.save(update_fields=["data"])


def _is_code_of(step: int, secret: str, code: str) -> bool:
    return bool(compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))))


def _network() -> str:
    return network_of(client_address(context.request))


class CodeForm(LimitedCode, AuthenticateForm):  # type: ignore[misc]
    """The code at the sign-in."""

    code = code_field(_("Code of your app, or a recovery code"))


class ReauthenticationCodeForm(LimitedCode, ReauthenticateForm):  # type: ignore[misc]
    """The code before something that matters."""

    code = code_field(_("Code of your app, or a recovery code"))


class AddAppForm(ActivateTOTPForm):  # type: ignore[misc]
    """The first code of an app that was shown its secret."""

    code = code_field(_("Code that the app shows"))


class SafeCredential:
    """Refuses whatever is no answer of an authenticator in the same sentence."""

    def clean_credential(self) -> Authenticator:
        try:
            return cast("Authenticator", super().clean_credential())  # type: ignore[misc]
        except ValidationError:
            raise
        except MALFORMED as error:
            raise ValidationError(_("The passkey did not work. Try again.")) from error


class PasskeyForm(SafeCredential, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey as the second factor."""


class ReauthenticationPasskeyForm(SafeCredential, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey before something that matters."""


class SignInPasskeyForm(SafeCredential, LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey alone: it is something one has, behind a finger or a PIN."""


class AddPasskeyForm(_BaseAddWebAuthnForm):  # type: ignore[misc]
    """A new passkey; it always asks for a finger or a PIN, so that it signs in by itself, too."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME, required=False)
    field_order: ClassVar[list[str]] = ["name", "credential"]

    def clean(self) -> dict[str, object]:
        self.cleaned_data["passwordless"] = True
        try:
            return cast("dict[str, object]", super().clean())
        except ValidationError:
            raise
        except MALFORMED as error:
            raise ValidationError(_("The passkey could not be added. Try again.")) from error


class RenamePasskeyForm(EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a passkey."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
