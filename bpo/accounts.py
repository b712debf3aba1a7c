"""Accounts are made by admins only; what they mail is queued as a row first."""

from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bpo.audit import acting
from bpo.changes import record_change
from bpo.models import AuditEntry, PasswordResetRequest, User


class InvitationOnlyAdapter(DefaultAccountAdapter):
    """Closes sign-up: an admin makes each account."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: User, password: str) -> None:
        """Set a person's password by their own will; the entry in the audit trail brings them a mail."""
        with transaction.atomic():
            user.set_password(password)
            user.save(update_fields=["password"])
            person = acting(user, AuditEntry.Channel.PAGE, self.request.request_id)
            record_change(person, actor=person, changes={}, action="set_password")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, object]) -> None:
        """Refuse: what is sent while somebody waits for a page may be lost, come twice, or betray who is known."""
        raise NotImplementedError(f"{template_prefix} has to be queued as a Message.")


class AskForResetForm(forms.Form):
    """Takes any address in the same way and time; a worker looks whether it is somebody's."""

    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))

    def save(self, request: HttpRequest, **kwargs: object) -> str:
        address = str(self.cleaned_data["email"]).lower()
        PasswordResetRequest.objects.create(address=address, asked_at=timezone.now())
        return address
