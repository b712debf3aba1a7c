"""Forms for files and reports."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from bpo.size_limits import FILE_BYTES
from contracts.models.service_levels import Feed

# Where there are more feeds, one is typed.
MOST_CHOICES = 200


class UploadForm(forms.Form):
    """A file with results, and what its rows are for."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        help_text=_("CSV or a workbook (.xlsx, .xls, .ods), up to 100 MB and 1,000,000 rows. Nothing is stored yet."),
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
        if file.size > FILE_BYTES:
            most = FILE_BYTES // 1_000_000
            raise forms.ValidationError(_("The file has more than %s MB; send the rows in several files.") % most)
        return file


class ResultsForm(forms.Form):
    """Whose results to get as a file, of which days."""

    first = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}))
    type = forms.ChoiceField(label=_("File"), choices=[("xlsx", _("Excel workbook (.xlsx)")), ("csv", _("CSV"))])

    def __init__(self, data: Mapping[str, object] | None, *, feeds: Iterable[Feed], initial: dict[str, object]) -> None:
        super().__init__(data, initial=initial)
        self.feeds = {address_of(feed): feed for feed in feeds}
        self.fields["feed"] = forms.ChoiceField(
            label=_("Feed"),
            choices=[
                (address, f"{feed.contract.reference} · {feed.name} ({feed.code})")
                for address, feed in self.feeds.items()
            ],
        )
        self.order_fields(["feed"])

    def clean_last(self) -> date:
        first, last = self.cleaned_data.get("first"), self.cleaned_data["last"]
        if first and last < first:
            raise forms.ValidationError(_("The last day is not before the first one."))
        return cast(date, last)


class UploadAddressForm(forms.Form):
    """What an upload address is called, which feed its files are for, and how long it lives."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("Which machine will use it, such as: nightly export, Manila.")
    )
    days = forms.TypedChoiceField(
        label=_("Expires"),
        coerce=int,
        initial=365,
        choices=[(30, _("in 30 days")), (90, _("in 90 days")), (365, _("in a year")), (730, _("in two years"))],
    )

    def __init__(self, data: Mapping[str, object] | None, *, feeds: Iterable[Feed], readings: Iterable[str]) -> None:
        super().__init__(data)
        self.feeds = {address_of(feed): feed for feed in feeds}
        named = [(key, f"{feed.contract.reference} · {feed.name} ({feed.code})") for key, feed in self.feeds.items()]
        self.fields["feed"] = forms.ChoiceField(label=_("Feed"), choices=named)
        self.fields["reading"] = forms.ChoiceField(
            label=_("Read by"),
            required=False,
            choices=[("", _("any reading of the feed")), *((name, name) for name in readings)],
            help_text=_("Files that are not read by it wait for a person."),
        )


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
