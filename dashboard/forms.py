"""Forms of the desk's own pages."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from bpo.models import User
from bpo.uploads import LARGEST
from contracts.models.service_levels import Feed
from metrics.intake.rows import COLUMNS
from metrics.models.breaches import Breach, Excuse
from metrics.models.imports import Import
from metrics.services.breach_steps import LONGEST_REASON, Step
from metrics.services.grants import Grant
from metrics.services.windows import Ground
from sla.periods import DAY


class CommentForm(forms.Form):
    """A line on a breach's timeline; the button pressed says who reads it."""

    BOTH, INSIDE = "both", "inside"

    text = forms.CharField(label=_("Comment"), max_length=4000, strip=True, widget=forms.Textarea(attrs={"rows": 3}))
    audience = forms.ChoiceField(label=_("Who reads it"), choices=[(BOTH, _("both sides")), (INSIDE, _("my own side"))])


class AnswerForm(forms.Form):
    """Why it happened, and what the vendor does about it."""

    cause_kind = forms.ChoiceField(
        label=_("Kind of cause"), required=False, choices=[("", _("none of these")), *Breach.CauseKind.choices]
    )
    cause = forms.CharField(label=_("Cause"), max_length=4000, strip=True, widget=forms.Textarea(attrs={"rows": 3}))
    action = forms.CharField(
        label=_("Action"),
        max_length=4000,
        strip=True,
        required=False,
        help_text=_("What is done so that it does not happen again, by whom and until when."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class StepForm(forms.Form):
    """What the client says to an answer, and why; the button pressed is the step."""

    step = forms.ChoiceField(choices=Step.choices)
    reason = forms.CharField(
        label=_("Reason"), max_length=LONGEST_REASON, strip=True, help_text=_("Both sides read it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


class MailForm(forms.ModelForm):
    """When the nightly mail comes, and in which zone a person lives."""

    zone = forms.ChoiceField(
        label=_("Your time zone"),
        choices=[(zone, zone) for zone in sorted(available_timezones()) if "/" in zone or zone == "UTC"],
        help_text=_("Your own actions are shown in it; periods stay in the contract's zone."),
    )

    class Meta:
        model = User
        fields = ["zone", "digest_at", "wants_digest", "wants_reminders"]
        labels = {
            "digest_at": _("Mail comes at"),
            "wants_digest": _("Send me the nightly mail"),
            "wants_reminders": _("Send me clients' reminders of late reports"),
        }
        help_texts = {
            "digest_at": _("Local time, on working days; a quiet night sends nothing."),
            "wants_digest": "",
        }
        widgets = {"digest_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}


class UploadForm(forms.Form):
    """A file with results, and what its rows are for."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        help_text=_("CSV or Excel (.xlsx), up to 10 MiB and 10,000 rows. Nothing is stored before you confirm."),
    )
    feed = forms.ChoiceField(
        label=_("The rows are for"),
        required=False,
        help_text=_("A feed for all rows, or what each row says itself in the columns contract and feed."),
    )
    reason = forms.CharField(
        label=_("Reason, if it corrects results or comes after a period closed"), max_length=200, required=False
    )

    def __init__(self, *args: Any, feeds: Iterable[Feed] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.feeds = {address_of(feed): feed for feed in feeds}
        named = [
            (address, f"{feed.contract.reference} · {feed.name} ({feed.code})") for address, feed in self.feeds.items()
        ]
        self.fields["feed"].choices = [("", _("what each row says")), *named]

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("The file has more than 10 MiB; send the rows in several files."))
        return file

    @property
    def feed_chosen(self) -> Feed | None:
        return self.feeds.get(self.cleaned_data["feed"])


class ReadingForm(forms.Form):
    """How a file's columns and numbers are meant; one choice for each name in its header."""

    LEFT_OUT = "-"

    decimals = forms.ChoiceField(label=_("Decimal sign"), choices=Import.Decimals.choices, required=False)
    reason = forms.CharField(
        label=_("Reason, if it corrects results or comes after a period closed"), max_length=200, required=False
    )

    def __init__(self, *args: Any, columns: Mapping[str, str], undecided: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names: dict[str, str] = {}
        known = [(name, name) for name in sorted(COLUMNS)]
        waiting = set(undecided)
        for number, (name, column) in enumerate(columns.items()):
            key = f"column_{number}"
            self.names[key] = name
            self.fields[key] = forms.ChoiceField(
                label=name[:100],
                choices=[("", _("choose")), (self.LEFT_OUT, _("leave out")), *known],
                initial="" if name in waiting else column or self.LEFT_OUT,
                required=False,
            )

    @property
    def column_fields(self) -> list[forms.BoundField]:
        return [self[key] for key in self.names]

    @property
    def matching(self) -> dict[str, str]:
        """What was chosen; a column for which nothing was chosen stays open."""
        chosen = {name: self.cleaned_data.get(key, "") for key, name in self.names.items()}
        return {name: "" if column == self.LEFT_OUT else column for name, column in chosen.items() if column}


class RestatementForm(forms.Form):
    """Why a closed period is restated; the digest names what was shown."""

    reason = forms.CharField(label=_("Reason"), max_length=200, strip=True)
    ground = forms.ChoiceField(
        label=_("Ground"), choices=[("", _("choose")), *Ground.choices], required=False,
        help_text=_("The time for corrections is over: only fraud or an audit opens the period."),
    )  # fmt: skip
    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)


class ExcuseForm(forms.Form):
    """Days of a period that a vendor asks not to be counted."""

    first_day = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last_day = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    reason = forms.CharField(label=_("Reason"), max_length=2000, strip=True, widget=forms.Textarea(attrs={"rows": 3}))
    clause = forms.CharField(label=_("Clause"), max_length=60, strip=True, required=False)

    def __init__(self, *args: Any, first: date, last: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first, self.last = first, last

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and not self.first <= first <= last <= self.last:
            self.add_error("last_day", _("The days lie inside the period, the first one first."))
        return cleaned


class GrantForm(forms.Form):
    """Which of the days that are asked for are granted, and by how much limits become easier where terms say so."""

    first_day = forms.DateField(
        label=_("First day granted"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    last_day = forms.DateField(
        label=_("Last day granted"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    lowers_by = forms.DecimalField(
        label=_("Limits easier by"), required=False, max_digits=18, decimal_places=6,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip

    def grant_of(self, excuse: Excuse) -> Grant:
        """What the form says; all that is asked for where it says nothing."""
        first, last = self.cleaned_data.get("first_day"), self.cleaned_data.get("last_day")
        return Grant(
            starts_on=first or excuse.starts_on,
            ends_on=min(last, excuse.ends_on) + DAY if last else excuse.ends_on,
            lowers_by=self.cleaned_data.get("lowers_by"),
        )


class DecisionForm(GrantForm):
    """Granting an excuse or a part of it, or refusing it; the digest names what was shown."""

    GRANT, REFUSE = "grant", "refuse"

    reason = forms.CharField(label=_("Reason"), max_length=500, strip=True, required=False)
    decision = forms.ChoiceField(choices=[(GRANT, _("Grant")), (REFUSE, _("Refuse"))])
    digest = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("decision") == self.REFUSE and not cleaned.get("reason"):
            self.add_error("reason", _("A refusal needs a reason."))
        return cleaned


class DelayForm(forms.Form):
    """When a report that is late will come, and why."""

    until = forms.DateField(label=_("It comes on"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label=_("Reason"), max_length=200, strip=True)


def address_of(feed: Feed) -> str:
    """`CT-7K2M9.VOICE`: a feed in a form."""
    return f"{feed.contract.public_id}.{feed.code}"
