"""Pages of a person's second factors: allauth's, each change in one transaction with its entry in the audit trail."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.internal.auth import begin_registration
from allauth.mfa.webauthn.views import AddWebAuthnView, EditWebAuthnView, RemoveWebAuthnView
from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect

from bpo.audit import record
from bpo.changes import Changes
from bpo.compression import never_compress
from bpo.factors.forms import spend
from bpo.sessions import end_other_sessions
from bpo.viewpoint import PageRequest


class SecretPage:
    """A page whose length must betray nothing."""

    def render_to_response(self, context: dict[str, object], **kwargs: object) -> HttpResponse:
        return never_compress(super().render_to_response(context, **kwargs))  # type: ignore[misc]


class AuditedView:
    """Stores what a valid form asks for together with who did it."""

    request: PageRequest
    action = ""

    @transaction.atomic
    def form_valid(self, form: forms.Form) -> HttpResponse:
        changes = self.changes(form)
        response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        record(actor=self.request.user, action=self.action, thing=self.request.user, changes=changes)
        if self.action == "add_second_factor":
            # They began without it.
            end_other_sessions(self.request, reason=self.action)
        return response

    def changes(self, form: forms.Form) -> Changes:
        return {}


class AddApp(SecretPage, AuditedView, ActivateTOTPView):  # type: ignore[misc]
    """Adds an authenticator app: shows its secret, and takes the first code."""

    action = "add_second_factor"

    def changes(self, form: forms.Form) -> Changes:
        return {"second_factor": (None, str(Authenticator.Type.TOTP.label))}

    @transaction.atomic
    def form_valid(self, form: forms.Form) -> HttpResponse:
        response = super().form_valid(form)
        app = Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.TOTP)
        spend(app, form.cleaned_data["code"])
        return response


class RemoveApp(AuditedView, DeactivateTOTPView):  # type: ignore[misc]
    """Removes the authenticator app."""

    action = "remove_second_factor"

    def changes(self, form: forms.Form) -> Changes:
        return {"second_factor": (str(Authenticator.Type.TOTP.label), None)}


class AddPasskey(AuditedView, AddWebAuthnView):  # type: ignore[misc]
    """Adds a passkey."""

    action = "add_second_factor"

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        context: dict[str, object] = super().get_context_data(**kwargs)
        # A passkey that signs in by itself, where allauth would leave it to the page.
        return context | {"js_data": {"creation_options": begin_registration(self.request.user, True)}}

    def changes(self, form: forms.Form) -> Changes:
        return {"second_factor": (None, form.cleaned_data["name"])}


class RemovePasskey(AuditedView, RemoveWebAuthnView):  # type: ignore[misc]
    """Removes a passkey, unless it is the last factor of somebody who must have one."""

    action = "remove_second_factor"

    def form_valid(self, form: forms.Form) -> HttpResponse:
        adapter = get_adapter()
        if not adapter.can_delete_authenticator(self.object):
            messages.error(self.request, str(adapter.error_messages["cannot_delete_authenticator"]))
            return redirect("mfa_list_webauthn")
        return super().form_valid(form)

    def changes(self, form: forms.Form) -> Changes:
        return {"second_factor": (str(self.object), None)}


class RenamePasskey(AuditedView, EditWebAuthnView):  # type: ignore[misc]
    """Gives a passkey another name."""

    action = "rename_passkey"

    def changes(self, form: forms.Form) -> Changes:
        return {"name": (str(self.object), form.cleaned_data["name"])}


class MakeCodes(AuditedView, GenerateRecoveryCodesView):  # type: ignore[misc]
    """Makes new recovery codes; the old ones end."""

    action = "make_recovery_codes"


class ShowCodes(SecretPage, ViewRecoveryCodesView):  # type: ignore[misc]
    """Shows recovery codes, once."""
