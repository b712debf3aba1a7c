"""Constraints of tables with the sentence that people read when one refuses a row."""

from typing import Any

from django.db import models
from django.db.models import F, Q


def unique(name: str, sentence: Any, fields: tuple[str, ...], condition: Q | None = None) -> models.UniqueConstraint:
    """Refuse a second row with the same values in these fields."""
    return models.UniqueConstraint(*fields, condition=condition, name=name, violation_error_message=sentence)


def check(name: str, sentence: Any, condition: Q) -> models.CheckConstraint:
    """Refuse a row that does not satisfy the condition."""
    return models.CheckConstraint(condition=condition, name=name, violation_error_message=sentence)


def ends_after_start(name: str, sentence: Any, start: str = "starts_on") -> models.CheckConstraint:
    """Refuse a row whose `ends_on`, the first day on which it no longer holds, is not after its start."""
    return check(name, sentence, Q(ends_on__isnull=True) | Q(ends_on__gt=F(start)))
