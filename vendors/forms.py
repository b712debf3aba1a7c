"""Forms about API keys."""

from django import forms
from django.utils.translation import gettext_lazy as _

from vendors.models import ApiKey


class RotateForm(forms.Form):
    """For how long a key still works beside the one that replaces it."""

    days = forms.TypedChoiceField(
        label=_("Old key works for"),
        coerce=int,
        initial=7,
        choices=[(1, _("1 day more")), (7, _("7 days more")), (30, _("30 days more"))],
    )


class KeyForm(forms.Form):
    """What a new key is called, may do, and how long it lives."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("Which machine will use it, such as: nightly export, Manila.")
    )
    mode = forms.TypedChoiceField(
        label=_("Kind"),
        required=False,
        empty_value=ApiKey.Mode.LIVE,
        choices=[(ApiKey.Mode.TEST, _("test: nothing counts")), (ApiKey.Mode.LIVE, _("live"))],
        widget=forms.RadioSelect,
    )
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=ApiKey.Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[ApiKey.Scope.WRITE_RESULTS, ApiKey.Scope.READ],
    )
    days = forms.TypedChoiceField(
        label=_("Expires"),
        coerce=int,
        initial=365,
        choices=[(30, _("in 30 days")), (90, _("in 90 days")), (365, _("in a year")), (730, _("in two years"))],
    )
