"""An export in another locale, order or form gives the same rows, a question or a listed error, never other numbers."""

import os
import random

import pytest

from intake.files.readings.doubts import Doubt
from intake.tests.export_shapes import SHAPES, Shape
from intake.tests.mutations import Way, written
from intake.tests.readings import Outcome, read

pytestmark = pytest.mark.any_database
MUTATIONS = 400 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 8


def results(outcome: Outcome) -> set[tuple[tuple[str, str | None], ...]]:
    """The rows that are stored; one without a cell that is needed is refused later."""
    needed = outcome.application.target.required
    return {tuple(sorted(cells.items())) for cells in outcome.cells if needed <= cells.keys()}


def answers_to(doubts: list[Doubt], way: Way) -> dict[str, str]:
    """What somebody who knows how the file was written says."""
    answers: dict[str, str] = {}
    for doubt in doubts:
        values = [option.value for option in doubt.options]
        right = way.answers.get(doubt.code, "") or doubt.proposed
        if doubt.code == "decimals":
            right = next((value for value in values if value == f"{right} three"), right)
        if right in values:
            answers[doubt.key] = right
    return answers


def answered(content: bytes, shape: Shape, way: Way) -> Outcome:
    """The file read with what is open answered, question after question."""
    outcome, answers = read(content, shape.feed, {}, columns=shape.columns), dict[str, str]()
    while more := answers_to(list(outcome.proposal.doubts), way).items() - answers.items():
        answers |= more
        outcome = read(content, shape.feed, answers, columns=shape.columns)
    return outcome


@pytest.mark.parametrize("name", SHAPES)
def test_a_mutated_export_is_never_read_as_other_numbers(name):
    shape = SHAPES[name]
    for number in range(MUTATIONS):
        content, way = written(shape, random.Random(f"{name} {number}"))
        other, _way = written(shape, random.Random(f"{name} {number} later"))
        first = answered(content, shape, way)
        again = read(content, shape.feed, earlier=first.proposal.reading)
        later = read(other, shape.feed, earlier=first.proposal.reading)
        assert (first.doubts, results(first)) == ([], shape.right), (number, content)
        assert (again.doubts, results(again)) == ([], shape.right), (number, content)
        assert results(later) <= shape.right, (number, content, other)
        assert later.doubts or len(results(later)) + len(later.errors) >= len(shape.right), (number, content, other)
