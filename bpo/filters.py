"""What the filters of every list share: one FilterSet a list, for its page, its CSV file and the API."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field

from bpo.models import MailedRows
from bpo.strict_values import CellError, read_day, read_instant


class ListFilter(django_filters.FilterSet):
    """The filters of one list. The API refuses a value that is not valid; the page leaves it out and says so."""

    shown: tuple[str, ...] = ()

    @property
    def page_fields(self) -> list[forms.BoundField]:
        """The form fields of a page: those in `shown`, and others that have a value."""
        others = [name for name in self.form.fields if name not in self.shown and self.form[name].value()]
        return [self.form[name] for name in (*self.shown, *others)]


class StrictField(forms.Field):
    """A form field that reads its value with `read`, as strictly as results are read."""

    read: Callable[[object], object]

    def to_python(self, value: object) -> object:
        if not value:
            return None
        try:
            return self.read(value)
        except CellError as error:
            raise ValidationError(str(error.detail), code=error.code) from error


class InstantField(StrictField):
    read = staticmethod(read_instant)


class DayField(StrictField):
    read = staticmethod(read_day)


class StrictFilter(django_filters.Filter):
    """Reads its value with a field of its own."""


class InstantFilter(StrictFilter):
    """Compares with a time that has a UTC offset."""

    field_class = InstantField


class DayFilter(StrictFilter):
    """Compares with a day such as 2025-10-31."""

    field_class = DayField


class MailedRowsField(forms.Field):
    """Reads the name of the rows of a mail, `ML-7K2M9`, as their ids."""

    def to_python(self, value: str | None) -> object:
        if not value:
            return None
        # Every reader may use the name: the list has only rows that the reader may see.
        is_name = re.fullmatch(r"ML-[0-9A-Z]{5}", value)
        rows = MailedRows.objects.filter(public_id=value).first() if is_name else None
        if rows is None:
            raise ValidationError(_("No mail has counted rows under this name."), code="unknown_mail")
        return rows.ids


@extend_schema_field({"type": "string"})
class MailFilter(StrictFilter):
    """The rows that one number of a mail counts."""

    field_class = MailedRowsField

    def __init__(self, field_name: str = "public_id") -> None:
        super().__init__(field_name, lookup_expr="in", label=_("Counted in a mail"), help_text=_("ML-…"))


# Compares with a text, including its spaces.
TextFilter = partial(django_filters.CharFilter, max_length=200, strip=False)


@extend_schema_field({"type": "string", "enum": ["true", "false"]})
class YesNoFilter(django_filters.ChoiceFilter):
    """`true` or `false`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        options = {"choices": [("true", _("yes")), ("false", _("no"))], "empty_label": _("Any")}
        super().__init__(*args, **options, **kwargs)

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        return qs if not value else qs.filter(**{self.field_name: value == "true"})


class StableOrdering(django_filters.OrderingFilter):
    """Orders by a listed column, then by primary key, so that pages never overlap."""

    def filter(self, qs: QuerySet, value: list[str] | None) -> QuerySet:
        ordered = super().filter(qs, value)
        return ordered.order_by(*ordered.query.order_by, "pk") if value else ordered
