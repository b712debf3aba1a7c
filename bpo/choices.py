"""Choices of model fields that come from an enumeration of the maths."""

from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy

from sla.labels import Labelled


def choices_from(enumeration: type[Labelled]) -> Any:
    """Return Django's choices with the same names and values, and with translated labels."""
    members = [(member.name, (member.value, gettext_lazy(member.label))) for member in enumeration]
    return TextChoices(enumeration.__name__, members)
