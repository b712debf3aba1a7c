"""Choices that come from an enumeration of the maths."""

from bpo.choices import choices_from
from sla.bands import Direction


def test_choices_have_the_names_values_and_labels_of_the_enumeration():
    choices = choices_from(Direction)

    assert choices.choices == [(member.value, member.label) for member in Direction]
    assert choices.names == [member.name for member in Direction]
    assert choices.HIGHER == Direction.HIGHER
