"""Forms of the desk's own pages."""

from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from bpo.models import User


class CommentForm(forms.Form):
    """A line on a breach's timeline; the button pressed says who reads it."""

    BOTH, INSIDE = "both", "inside"

    text = forms.CharField(label=_("Comment"), max_length=4000, strip=True, widget=forms.Textarea(attrs={"rows": 3}))
    audience = forms.ChoiceField(label=_("Who reads it"), choices=[(BOTH, _("both sides")), (INSIDE, _("my own side"))])


class AnswerForm(forms.Form):
    """Why it happened, and what the vendor does about it."""

    cause = forms.CharField(label=_("Cause"), max_length=4000, strip=True, widget=forms.Textarea(attrs={"rows": 3}))
    action = forms.CharField(
        label=_("Action"),
        max_length=4000,
        strip=True,
        required=False,
        help_text=_("What is done so that it does not happen again, by whom and until when."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class MailForm(forms.ModelForm):
    """When the nightly mail comes, and in which zone a person lives."""

    zone = forms.ChoiceField(
        label=_("Your time zone"),
        choices=[(zone, zone) for zone in sorted(available_timezones()) if "/" in zone or zone == "UTC"],
        help_text=_("Your own actions are shown in it; periods stay in the contract's zone."),
    )

    class Meta:
        model = User
        fields = ["zone", "digest_at", "wants_digest"]
        labels = {"digest_at": _("Mail comes at"), "wants_digest": _("Send me the nightly mail")}
        help_texts = {
            "digest_at": _("Local time, on working days; a quiet night sends nothing."),
            "wants_digest": "",
        }
        widgets = {"digest_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}
