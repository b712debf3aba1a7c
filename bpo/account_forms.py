"""Forms about passwords: allauth's, in the words of the other pages."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm, LoginForm, ResetPasswordKeyForm
from django.utils.translation import gettext_lazy as _

LABELS = {
    "login": _("E-mail address"),
    "oldpassword": _("Current password"),
    "password1": _("New password"),
    "password2": _("New password again"),
}


class OwnWords:
    """Labels fields as the desk does; a placeholder would only repeat the label, and vanish."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # type: ignore[attr-defined]
            field.label = LABELS.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)


class SignInForm(OwnWords, LoginForm):  # type: ignore[misc]
    """Takes address and password."""


class OtherPasswordForm(OwnWords, ChangePasswordForm):  # type: ignore[misc]
    """Changes the password of somebody who knows the present one; tries count as those of the sign-in."""

    def clean_oldpassword(self) -> str:
        password = str(self.cleaned_data["oldpassword"])
        # A session may be stolen.
        if not get_adapter().reauthenticate(self.user, password):
            raise get_adapter().validation_error("enter_current_password")
        return password


class NewPasswordForm(OwnWords, ResetPasswordKeyForm):  # type: ignore[misc]
    """Sets a password by a link in a mail."""
