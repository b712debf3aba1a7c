"""Forms about breaches and excuses."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from breaches.services.transitions import LONGEST_REASON
from metrics.models.breaches import Breach

DAY_INPUT = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class CommentForm(forms.Form):
    """A comment on a breach; the button pressed decides who reads it."""

    BOTH, INSIDE = "both", "inside"

    text = forms.CharField(label=_("Comment"), max_length=4000, strip=True, widget=forms.Textarea(attrs={"rows": 3}))
    audience = forms.ChoiceField(label=_("Who reads it"), choices=[(BOTH, _("both sides")), (INSIDE, _("my own side"))])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        return {"text": cleaned.get("text", ""), "is_internal": cleaned.get("audience") == self.INSIDE}


class AnswerForm(forms.Form):
    """The vendor's answer to a breach: its cause, and what is done about it."""

    cause_kind = forms.ChoiceField(
        label=_("Kind of cause"), required=False, choices=[("", _("None of these")), *Breach.CauseKind.choices]
    )
    cause = forms.CharField(label=_("Cause"), max_length=4000, strip=True, widget=forms.Textarea(attrs={"rows": 3}))
    action = forms.CharField(
        label=_("Action"),
        max_length=4000,
        strip=True,
        required=False,
        help_text=_("What prevents it from happening again, who does it, and by when."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReasonForm(forms.Form):
    """Why the client sends an answer back, agrees or accepts."""

    reason = forms.CharField(
        label=_("Reason"), max_length=LONGEST_REASON, strip=True, help_text=_("Visible to both sides."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


class ExcuseForm(forms.Form):
    """Days of a period that a vendor asks to leave uncounted."""

    first_day = forms.DateField(label=_("First day"), widget=DAY_INPUT)
    last_day = forms.DateField(label=_("Last day"), widget=DAY_INPUT)
    reason = forms.CharField(label=_("Reason"), max_length=2000, strip=True, widget=forms.Textarea(attrs={"rows": 3}))
    clause = forms.CharField(label=_("Clause"), max_length=60, strip=True, required=False)

    def __init__(self, *args: Any, first: date, last: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first, self.last = first, last

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and not self.first <= first <= last <= self.last:
            self.add_error("last_day", _("The days must lie within the period, first day first."))
        return cleaned


class GrantForm(forms.Form):
    """A grant: which of the days, and by how much limits become easier where the terms allow that."""

    first_day = forms.DateField(label=_("First day granted"), required=False, widget=DAY_INPUT)
    last_day = forms.DateField(label=_("Last day granted"), required=False, widget=DAY_INPUT)
    lowers_by = forms.DecimalField(
        label=_("Limits easier by"), required=False, max_digits=18, decimal_places=6,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip


class DecisionForm(GrantForm):
    """The decision on an excuse; the digest names the effect that was shown."""

    GRANT, REFUSE = "grant", "refuse"

    reason = forms.CharField(label=_("Reason"), max_length=500, strip=True, required=False)
    decision = forms.ChoiceField(choices=[(GRANT, _("Grant")), (REFUSE, _("Refuse"))])
    digest = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("decision") == self.REFUSE and not cleaned.get("reason"):
            self.add_error("reason", _("Give a reason for the refusal."))
        return cleaned
