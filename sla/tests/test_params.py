"""How parameters of a measure are described, and the small sums that every measure shares."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.measure import integral, weighed
from sla.metrics.params import Param, ParamType, choice, number, text, whole, yes_no
from sla.metrics.registry import measure
from sla.tallies import Tally


@pytest.mark.parametrize(
    ("made", "described"),
    [
        (whole("days", 7, "how many"), Param("days", ParamType.WHOLE, 7, "how many", least=Decimal(0))),
        (
            whole("days", None, "how many", least=1, optional=True),
            Param("days", ParamType.WHOLE, None, "how many", least=Decimal(1), optional=True),
        ),
        (
            number("bound", Decimal(3), "up to"),
            Param("bound", ParamType.NUMBER, Decimal(3), "up to", least=Decimal(0)),
        ),
        (
            number("bound", None, "up to", least=None, optional=True),
            Param("bound", ParamType.NUMBER, None, "up to", least=None, optional=True),
        ),
        (
            number("bound", None, "up to", least=2),
            Param("bound", ParamType.NUMBER, None, "up to", least=Decimal(2), optional=False),
        ),
        (yes_no("all", True, "whether"), Param("all", ParamType.YES_NO, True, "whether")),
        (choice("stop", ("a", "b"), "which"), Param("stop", ParamType.CHOICE, "a", "which", ("a", "b"))),
        (text("unit", "behind it"), Param("unit", ParamType.TEXT, "", "behind it")),
    ],
)
def test_each_kind_of_parameter_is_described_by_its_own_word(made, described):
    assert made == described


def test_whole_sums_are_integers_and_others_stay_exact():
    assert [(integral(value), type(integral(value))) for value in (Fraction(4, 2), Fraction(5, 2), Decimal("1.5"))] == [
        (2, int),
        (Fraction(5, 2), Fraction),
        (Fraction(3, 2), Fraction),
    ]


def test_sums_are_weighed_with_their_factors_and_signs():
    assert weighed((("good", 2), ("bad", -1)), {"good": Fraction(3), "bad": 4, "other": 9}) == 2


@pytest.mark.parametrize("aggregation", [Aggregation.SUM, Aggregation.COUNT])
def test_a_sum_is_multiplied_by_its_scale(aggregation):
    level = replace(measure(FeedKind.COUNTS, aggregation), scale=Fraction(1, 60))

    assert level.value(Tally.of(120, 3)) == 2
