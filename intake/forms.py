"""Forms for files and reports."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from bpo.uploads import LARGEST
from contracts.models.service_levels import Feed
from intake.kinds import COLUMNS
from intake.models.imports import Import

# Where there are more feeds, one is typed.
MOST_CHOICES = 200
ENCODINGS = Import.Encoding.choices


class UploadForm(forms.Form):
    """A file with results, and what its rows are for."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        help_text=_("CSV or a workbook (.xlsx, .xls, .ods), up to 10 MiB and 10,000 rows. Nothing is stored yet."),
    )
    feed = forms.ChoiceField(
        label=_("Feed"),
        required=False,
        help_text=_("One feed for all rows, or as named in each row's columns contract and feed."),
    )
    reason = forms.CharField(
        label=_("Reason (for corrections, or after a period has closed)"), max_length=200, required=False
    )

    def __init__(self, *args: Any, feeds: Iterable[Feed] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.feeds = {address_of(feed): feed for feed in feeds}
        named = [
            (address, f"{feed.contract.reference} · {feed.name} ({feed.code})") for address, feed in self.feeds.items()
        ]
        self.fields["feed"].choices = [("", _("as named in each row")), *named]
        if len(named) > MOST_CHOICES:
            self.fields["feed"].widget = forms.TextInput()
            self.fields["feed"].help_text = _(
                "CT-7K2M9.VOICE: contract and code, or none where each row names its feed."
            )

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("The file has more than 10 MiB; send the rows in several files."))
        return file


class ReadingForm(forms.Form):
    """How a file's columns and numbers are meant; one choice for each name in its header."""

    LEFT_OUT = "-"

    decimals = forms.ChoiceField(label=_("Decimal sign"), choices=Import.Decimals.choices, required=False)
    reason = forms.CharField(
        label=_("Reason (for corrections, or after a period has closed)"), max_length=200, required=False
    )

    def __init__(
        self,
        *args: Any,
        columns: Mapping[str, str],
        undecided: Iterable[str] = (),
        encodings: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        # Each encoding with what it makes of a cell, so that a person sees which is meant.
        choices = [(code, f"{name}: {(encodings or {}).get(code, '')}".rstrip(": ")) for code, name in ENCODINGS]
        self.fields["encoding"] = forms.ChoiceField(label=_("Encoding"), choices=choices, required=False)
        self.names: dict[str, str] = {}
        known = [(name, name) for name in sorted(COLUMNS)]
        waiting = set(undecided)
        for number, (name, column) in enumerate(columns.items()):
            key = f"column_{number}"
            self.names[key] = name
            self.fields[key] = forms.ChoiceField(
                label=name[:100],
                choices=[("", _("choose")), (self.LEFT_OUT, _("skip")), *known],
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


class DelayForm(forms.Form):
    """When a report that is late will come, and why."""

    until = forms.DateField(label=_("Expected on"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label=_("Reason"), max_length=200, strip=True)


class NilForm(forms.Form):
    """The days on which nothing happened."""

    first = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(label=_("Note"), max_length=200, required=False)
    reason = forms.CharField(label=_("Reason (after a period has closed)"), max_length=200, required=False)


def address_of(feed: Feed) -> str:
    """`CT-7K2M9.VOICE`: a feed in a form."""
    return f"{feed.contract.public_id}.{feed.code}"
