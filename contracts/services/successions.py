"""Rows that follow each other in time: a new one ends the one before it, and the old one stays readable."""

from datetime import date
from typing import Any

from django.db import transaction

from bpo.changes import change_recorded, save_recorded
from contracts.models.agreements import Contract


@transaction.atomic
def succeed(row: Any, *, actor: object, contract: Contract, before: Any, start: str, action: str = "") -> None:
    """Save a row in force from a day on; of the rows `before`, the one in force on that day ends on it."""
    Contract.objects.select_for_update().get(pk=contract.pk)
    row.succeeds = True
    row.full_clean()
    begins = getattr(row, start)
    for earlier in before.filter(**{f"{start}__lt": begins}):
        if earlier.ends_on is None or earlier.ends_on > begins:
            earlier.succeeds = True
            change_recorded(earlier, actor=actor, action=f"end_{row._meta.model_name}", ends_on=begins)
    save_recorded(row, actor=actor, action=action)


def end_row(row: Any, *, actor: object, ends_on: date) -> None:
    """The row is no longer in force from `ends_on` on."""
    change_recorded(row, actor=actor, action=f"end_{row._meta.model_name}", ends_on=ends_on)
