"""Constraints of tables with the sentence that people read when one refuses a row."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def unique(
    name: str, sentence: "StrOrPromise", fields: tuple[str, ...], condition: Q | None = None
) -> models.UniqueConstraint:
    """Refuse a second row with the same values in these fields."""
    return models.UniqueConstraint(*fields, condition=condition, name=name, violation_error_message=sentence)


def check(name: str, sentence: "StrOrPromise", condition: Q) -> models.CheckConstraint:
    """Refuse a row that does not satisfy the condition."""
    return models.CheckConstraint(condition=condition, name=name, violation_error_message=sentence)


def ends_after_start(name: str, sentence: "StrOrPromise", start: str = "starts_on") -> models.CheckConstraint:
    """Refuse a row whose `ends_on`, the first day on which it no longer holds, is not after its start."""
    return check(name, sentence, Q(ends_on__isnull=True) | Q(ends_on__gt=F(start)))
