"""Validation errors in sentences, and the checks that several models share: spans, changes, foreign rows."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any, NoReturn

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:  # the models call these rules
    from django_stubs_ext import StrOrPromise

    from contracts.services.successions import Lasting


def refuse(field: str, sentence: "StrOrPromise", /, **params: object) -> NoReturn:
    """Raise a ValidationError for a field."""
    raise ValidationError({field: ValidationError(sentence, params=params)})


def has(row: Any, *names: str) -> bool:
    """Whether all these columns are filled; an empty one has an error of its own."""
    return all(getattr(row, row._meta.get_field(name).attname) not in (None, "") for name in names)


def refuse_overlap(row: "Lasting", others: "Iterable[Lasting]", *, start: str = "starts_on") -> None:
    """Refuse a row that is in force on a day on which another of `others` is.

    A row that `succeeds` ends the one before it as it is saved, so that one is no overlap.
    """
    begins, ends = getattr(row, start), row.ends_on
    for other in others:
        other_begins, other_ends = getattr(other, start), other.ends_on
        if row.succeeds and other_begins < begins:
            continue
        if (other_ends is None or begins < other_ends) and (ends is None or other_begins < ends):
            sentence = _("“%(row)s” would be in force %(span)s, but it already is %(other)s.")
            refuse(start, sentence, row=row, span=span_text(begins, ends), other=span_text(other_begins, other_ends))


def span_text(starts_on: date, ends_on: date | None) -> str:
    """A half-open span in words."""
    if ends_on is None:
        return _("from %(start)s on") % {"start": starts_on}
    return _("from %(start)s until before %(end)s") % {"start": starts_on, "end": ends_on}


def refuse_outside_contract(row: Any, *, start: str = "starts_on") -> None:
    """Refuse a process of another client, a start before the contract's, and an amendment of another contract."""
    contract, begins = row.contract, getattr(row, start, None)
    if getattr(row, "process_id", None) and row.process.client_id != contract.client_id:
        sentence = _("The process “%(process)s” is %(owner)s's; the contract is with %(client)s.")
        refuse("process", sentence, process=row.process, owner=row.process.client, client=contract.client)
    if begins and begins < contract.starts_on:
        sentence = _("%(day)s is before the contract's start, %(start)s.")
        refuse(start, sentence, day=begins, start=contract.starts_on)
    if getattr(row, "amendment_id", None) and row.amendment.contract_id != contract.pk:
        refuse("amendment", _("The amendment belongs to another contract."))


def refuse_changes(row: Any, names: Iterable[str], why: "StrOrPromise") -> None:
    """Refuse other values than the stored ones in columns that must stay as they are."""
    if row._state.adding:
        return
    stored = type(row)._base_manager.get(pk=row.pk)
    for name in names:
        attribute = row._meta.get_field(name).attname
        if getattr(stored, attribute) != getattr(row, attribute):
            refuse(name, why)


def refuse_any_change(row: Model, why: "StrOrPromise") -> None:
    """Refuse whatever differs from the stored row."""
    refuse_changes(row, [field.name for field in row._meta.concrete_fields if not field.primary_key], why)
