"""The operator's pages of organisations, people and the audit trail."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django import forms
from django.contrib import admin
from django.contrib.auth import admin as auth_admin  # noqa: F401 - registers the groups
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bpo.audited_admin import AuditedAdmin, AuditedInline, ReadOnlyAdmin
from bpo.changes import record_change
from bpo.models import (
    AccessGrant,
    AuditEntry,
    Heartbeat,
    MailedRows,
    Membership,
    Organisation,
    PasswordResetRequest,
    SignInFailure,
    SingleSignOn,
    User,
    UserSession,
)
from bpo.sessions import end_all_sessions
from bpo.sign_on.services import clean_domains, set_single_sign_on
from bpo.viewpoint import PageRequest


class MembershipInline(AuditedInline):
    model = Membership
    autocomplete_fields = ["user", "organisation"]


@admin.register(Organisation)
class OrganisationAdmin(AuditedAdmin):
    list_display = ["name", "kind", "public_id", "is_active", "second_factor"]
    list_filter = ["kind", "is_active", "second_factor"]
    search_fields = ["name", "public_id"]
    inlines = [MembershipInline]
    readonly_fields = ["public_id"]
    fixed_fields = ["kind"]
    asks_again = True


class UserForm(forms.ModelForm):
    """A person; the password is only ever set, never shown."""

    new_password = forms.CharField(
        label=_("New password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave empty to keep it. Without one, nobody signs in with this address."),
    )

    class Meta:
        model = User
        fields = [
            "email",
            "name",
            "is_active",
            "is_operator_admin",
            "zone",
            "digest_at",
            "wants_digest",
            "wants_reminders",
        ]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean_new_password(self) -> str:
        password = self.cleaned_data["new_password"]
        if password:
            known = {name: self.cleaned_data.get(name, "") for name in ("email", "name")}
            validate_password(password, self.instance if self.instance.pk else User(**known))
        return str(password)

    def _post_clean(self) -> None:
        if self.instance._state.adding and not self.instance.password:
            self.instance.set_unusable_password()
        super()._post_clean()


@admin.register(User)
class UserAdmin(AuditedAdmin):
    form = UserForm
    list_display = ["email", "name", "is_active", "is_operator_admin"]
    list_filter = ["is_active", "is_operator_admin", "memberships__role"]
    search_fields = ["email", "name"]
    inlines = [MembershipInline]
    readonly_fields = ["joined_at"]
    asks_again = True

    def save_model(self, request: HttpRequest, obj: User, form: UserForm, change: bool) -> None:
        password = form.cleaned_data.get("new_password")
        if password:
            obj.set_password(password)
        super().save_model(request, obj, form, change)
        if password and change:
            obj.save(update_fields=["password"])
            record_change(obj, actor=request.user, changes={}, action="set_password")
        if change and (password or not obj.is_active):
            end_all_sessions(obj, actor=request.user, reason="set_password" if password else "deactivated")


@admin.register(Membership)
class MembershipAdmin(AuditedAdmin):
    list_display = ["user", "organisation", "role"]
    list_filter = ["role"]
    list_select_related = ["user", "organisation"]
    search_fields = ["user__email", "user__name", "organisation__name"]
    autocomplete_fields = ["user", "organisation"]
    asks_again = True


@admin.register(AccessGrant)
class AccessGrantAdmin(ReadOnlyAdmin):
    """Who reads whose data; asked for, answered and ended on the page “Access”."""

    list_display = ["public_id", "operator", "client", "state", "asked_at", "ends_at", "withdrawn_at"]
    list_filter = ["state"]
    list_select_related = ["operator", "client"]
    search_fields = ["public_id", "operator__email", "client__name"]


@admin.register(MailedRows)
class MailedRowsAdmin(ReadOnlyAdmin):
    list_display = ["public_id", "reader", "made_at"]
    search_fields = ["public_id", "reader__email"]


@admin.register(PasswordResetRequest)
class PasswordResetRequestAdmin(ReadOnlyAdmin):
    list_display = ["address", "asked_at"]
    search_fields = ["address"]


@admin.register(UserSession)
class UserSessionAdmin(ReadOnlyAdmin):
    list_display = ["user", "address", "device", "began_at", "seen_at"]
    fields = ["user", "address", "device", "began_at", "seen_at"]
    search_fields = ["user__email", "address"]


class SingleSignOnForm(forms.ModelForm):  # type: ignore[type-arg]
    """An identity provider; its secret is only ever set, never shown."""

    client_secret = forms.CharField(
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Leave empty to keep it."),
    )

    class Meta:
        model = SingleSignOn
        fields = ["organisation", "server_url", "client_id", "domains", "is_active", "is_only_way"]
        help_texts = {
            "is_only_way": _(
                "Whether people of the organisation sign in there alone. Saving it then ends their sessions that began "
                "with a password or passkey; operators are exempt."
            )
        }

    def clean_domains(self) -> str:
        return clean_domains(self.cleaned_data["domains"])


@admin.register(SingleSignOn)
class SingleSignOnAdmin(AuditedAdmin):
    form = SingleSignOnForm
    list_display = ["organisation", "server_url", "domains", "is_active", "is_only_way"]
    search_fields = ["organisation__name", "domains"]
    autocomplete_fields = ["organisation"]
    fixed_fields = ["organisation"]
    asks_again = True

    def save_model(  # type: ignore[override]
        self, request: PageRequest, obj: SingleSignOn, form: SingleSignOnForm, change: bool
    ) -> None:
        names = ("server_url", "client_id", "domains", "is_active", "is_only_way")
        values = {name: getattr(obj, name) for name in names}
        secret = form.cleaned_data["client_secret"]
        stored = set_single_sign_on(organisation=obj.organisation, actor=request.user, client_secret=secret, **values)
        obj.pk = stored.pk


# What the desk does not use, and what nothing would record.
admin.site.unregister([EmailAddress, Group, SocialApp, SocialToken, SocialAccount])


@admin.register(SocialAccount)
class SocialAccountAdmin(ReadOnlyAdmin):
    """Whom an identity provider means by its ids."""

    list_display = ["user", "provider", "uid", "last_login", "date_joined"]
    fields = ["user", "provider", "uid", "last_login", "date_joined"]
    search_fields = ["user__email", "provider", "uid"]


@admin.register(SignInFailure)
class SignInFailureAdmin(ReadOnlyAdmin):
    list_display = ["address", "at", "locked_until"]
    search_fields = ["address"]


admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Second factors, without their secrets."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    fields = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    search_fields = ["user__email", "user__name"]


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ["name", "at", "detail", "version"]
    search_fields = ["name"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "actor_label", "channel", "action", "thing_label"]
    list_filter = ["channel", "thing_type"]
    search_fields = ["actor_label", "thing_id", "thing_label", "action", "request_id"]
    date_hierarchy = "at"
