"""Enumerations whose members carry the English label under which pages translate them."""

from enum import StrEnum
from typing import Self


def gettext_noop(text: str) -> str:
    """Mark a text for the catalogue of translations and return it unchanged."""
    return text


class Labelled(StrEnum):
    """A value with its label; further columns of a member are read by the subclass's `__init__`."""

    label: str

    def __new__(cls, value: str, label: str, *more: object) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member
