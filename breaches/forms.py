"""Forms about breaches and excuses."""

import re
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from breaches.services.transitions import LONGEST_REASON
from metrics.models.breaches import Breach
from sla.excuses import instant_of
from sla.intervals import Interval
from sla.periods import DAY, day_start

DAY_INPUT = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
TIME_INPUT = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
# Where there are more service levels, they are typed.
MOST_CHOICES = 50
BETWEEN_IDS = re.compile(r"[,;\s]+")


class IdsField(forms.MultipleChoiceField):
    """Several of very many choices, typed as their ids."""

    widget = forms.Textarea(attrs={"rows": 2})

    def to_python(self, value: str | None) -> list[str]:
        return [name for name in BETWEEN_IDS.split(value or "") if name]


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


class HoursForm(forms.Form):
    """Days, hours from a time on the first day to one on the last, or rows by their ids."""

    first_day = forms.DateField(label=_("First day"), required=False, widget=DAY_INPUT)
    from_time = forms.TimeField(label=_("From, where only hours are meant"), required=False, widget=TIME_INPUT)
    last_day = forms.DateField(label=_("Last day"), required=False, widget=DAY_INPUT)
    until_time = forms.TimeField(label=_("Until"), required=False, widget=TIME_INPUT)
    cases = forms.CharField(
        label=_("Single cases or outages by their ids, instead of days"), required=False, max_length=30000, strip=True,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(self, *args: Any, zone: ZoneInfo, within: Interval | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone, self.within = zone, within

    def clean_cases(self) -> list[str]:
        return [key for key in BETWEEN_IDS.split(self.cleaned_data["cases"]) if key]

    def clean(self) -> dict[str, Any]:
        """Add `starts_at` and `ends_at` where a time is given; without the other one it is the day's begin or end."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and (cleaned.get("from_time") or cleaned.get("until_time")):
            start, end = day_start(first, self.zone), day_start(last + DAY, self.zone)
            cleaned["starts_at"] = self.moment("from_time", first, 0) if cleaned.get("from_time") else start
            cleaned["ends_at"] = self.moment("until_time", last, 1) if cleaned.get("until_time") else end
        return cleaned

    def moment(self, name: str, day: date, place: int) -> datetime | None:
        """The instant of a time on a day; what was asked for, where it is shown by that time."""
        local = datetime.combine(day, self.cleaned_data[name])
        if self.within:
            asked = self.within[place].astimezone(self.zone).replace(second=0, microsecond=0, tzinfo=None, fold=0)
            if asked == local:
                return self.within[place]
        try:
            return instant_of(local, self.zone, is_end=bool(place))
        except ValueError:
            self.add_error(name, _("The clocks skip this time on that day: choose another."))
            return None


class ExcuseForm(HoursForm):
    """What of a period a vendor asks to leave uncounted."""

    reason = forms.CharField(label=_("Reason"), max_length=2000, strip=True, widget=forms.Textarea(attrs={"rows": 3}))
    clause = forms.CharField(label=_("Clause"), max_length=60, strip=True, required=False)

    def __init__(self, *args: Any, first: date, last: date, levels: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first, self.last = first, last
        if levels:
            label = _("Also for these service levels")
            self.fields["levels"] = (
                IdsField(label=label, required=False, choices=levels, help_text=_("By their ids, SL-…"))
                if len(levels) > MOST_CHOICES
                else forms.MultipleChoiceField(
                    label=label, required=False, choices=levels, widget=forms.CheckboxSelectMultiple
                )
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        for name in ("first_day", "last_day"):
            if not cleaned.get("cases") and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("Give the day, or the cases instead of days."))
        if first and last and not self.first <= first <= last <= self.last:
            self.add_error("last_day", _("The days must lie within the period, first day first."))
        return cleaned


class GrantForm(HoursForm):
    """A grant: what of an excuse, and by how much limits become easier where the terms allow that."""

    first_day = forms.DateField(label=_("First day granted"), required=False, widget=DAY_INPUT)
    last_day = forms.DateField(label=_("Last day granted"), required=False, widget=DAY_INPUT)
    from_time = forms.TimeField(label=_("From"), required=False, widget=TIME_INPUT)
    until_time = forms.TimeField(label=_("Until"), required=False, widget=TIME_INPUT)
    cases = forms.CharField(label=_("Cases granted"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
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
