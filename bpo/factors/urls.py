"""The addresses of second factors, with the names by which allauth knows them."""

from allauth.mfa.base import views as base
from allauth.mfa.webauthn import views as webauthn
from django.contrib.auth.decorators import login_required
from django.urls import path

from bpo.confirmation import confirmed
from bpo.factors import views

urlpatterns = [
    path("", base.index, name="mfa_index"),
    path("authenticate/", base.authenticate, name="mfa_authenticate"),
    path("reauthenticate/", base.reauthenticate, name="mfa_reauthenticate"),
    path("totp/activate/", login_required(confirmed(views.AddApp.as_view())), name="mfa_activate_totp"),
    path("totp/deactivate/", login_required(views.RemoveApp.as_view()), name="mfa_deactivate_totp"),
    path("recovery-codes/", login_required(views.ShowCodes.as_view()), name="mfa_view_recovery_codes"),
    path("recovery-codes/generate/", login_required(views.MakeCodes.as_view()), name="mfa_generate_recovery_codes"),
    path("passkeys/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("passkeys/add/", login_required(confirmed(views.AddPasskey.as_view())), name="mfa_add_webauthn"),
    path("passkeys/reauthenticate/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("passkeys/login/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("passkeys/<int:pk>/remove/", login_required(views.RemovePasskey.as_view()), name="mfa_remove_webauthn"),
    path("passkeys/<int:pk>/edit/", login_required(views.RenamePasskey.as_view()), name="mfa_edit_webauthn"),
]
