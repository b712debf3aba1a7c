"""Forms of mail settings and restatements."""

from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from bpo.models import User
from metrics.services.closed_periods import Ground


class MailForm(forms.ModelForm):
    """A person's mail settings and time zone."""

    zone = forms.ChoiceField(
        label=_("Your time zone"),
        choices=[(zone, zone) for zone in sorted(available_timezones()) if "/" in zone or zone == "UTC"],
        help_text=_("Your actions are shown in this zone; periods stay in the contract's zone."),
    )

    class Meta:
        model = User
        fields = ["zone", "digest_at", "wants_digest", "wants_reminders"]
        labels = {
            "digest_at": _("Send mail at"),
            "wants_digest": _("Send me the nightly mail"),
            "wants_reminders": _("Send me clients' reminders of late reports"),
        }
        help_texts = {
            "digest_at": _("Local time, on working days. Nights without news send no mail."),
            "wants_digest": "",
        }
        widgets = {"digest_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}


class RestatementForm(forms.Form):
    """The reason of a restatement; the digest names the effect that was shown."""

    reason = forms.CharField(label=_("Reason"), max_length=200, strip=True)
    ground = forms.ChoiceField(
        label=_("Reason for reopening"), choices=[("", _("choose")), *Ground.choices], required=False,
        help_text=_("The time for corrections is over. Only fraud or an audit can reopen the period."),
    )  # fmt: skip
    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
