"""Measures of feeds that report totals: a numerator and a denominator per day, week, month or event."""

from decimal import Decimal
from fractions import Fraction

from sla.metrics.components import Component
from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.measure import UNITS, Measure, Parts, Recipe, Weights, share_parts
from sla.metrics.params import Settings, number, text, yes_no

TOTALS = share_parts(Component("numerator", "numerator"), Component("denominator", "denominator"))
POINTS: Parts = {**TOTALS, "unit": "points"}
NUMERATOR: Weights = (("numerator", 1),)
REST: Weights = (("denominator", 1), ("numerator", -1))
UNIT = text("unit", "the unit that is printed behind the value")
COMPLEMENT = yes_no("complement", False, "true where the numerator counts the cases that failed")


def totals(settings: Settings) -> Parts:
    """Return the numerator out of the denominator, or the rest of it where the numerator counts what failed."""
    return {**TOTALS, "numerator": REST if settings.yes("complement") else NUMERATOR}


def ratio(recipe: Recipe, settings: Settings) -> Measure:
    scale = Fraction(settings.number("scale"))
    opportunities = Fraction(settings.number("opportunities"))
    if not scale or not opportunities:
        raise ValueError("Neither 'scale' nor 'opportunities' can be zero.")
    if settings.yes("complement") and opportunities != 1:
        raise ValueError("The parameters 'complement' and 'opportunities' contradict each other.")
    default_unit = UNITS.get(scale.numerator, "") if scale.denominator == 1 else ""
    return recipe.measure(
        settings, totals(settings), scale=scale / opportunities, unit=settings.text("unit") or default_unit
    )


def added_up(recipe: Recipe, settings: Settings) -> Measure:
    """The sum of the numerator, its mean over the denominator on a scale, or as many cases as it says."""
    parts: Parts = {**TOTALS, "cases": NUMERATOR} if recipe.aggregation is Aggregation.COUNT else TOTALS
    scale = Fraction(settings.number("scale") if recipe.aggregation is Aggregation.INDEX else 1)
    return recipe.measure(settings, parts, scale=scale, unit=settings.text("unit"))


def availability(recipe: Recipe, settings: Settings) -> Measure:
    return recipe.measure(settings, totals(settings))


SCALE = number("scale", Decimal(100), "what one whole is worth: 1, 100 for percent, 1000000 for defects per million")
OPPORTUNITIES = number("opportunities", Decimal(1), "opportunities for a defect in one unit")

SHARE = (SCALE, OPPORTUNITIES, COMPLEMENT, UNIT)
KIND, OF = FeedKind.COUNTS, "numerator"
RECIPES = (
    Recipe(KIND, Aggregation.RATIO, OF, "Numerator out of denominator", SHARE, ratio),
    Recipe(KIND, Aggregation.SHARE_WITHIN, OF, "Share within the promised time", SHARE, ratio),
    Recipe(KIND, Aggregation.MEAN, OF, "Mean of the numerator", (UNIT,), added_up),
    Recipe(KIND, Aggregation.SUM, OF, "Sum of the numerator", (UNIT,), added_up),
    Recipe(KIND, Aggregation.COUNT, OF, "Number of events", (UNIT,), added_up),
    Recipe(KIND, Aggregation.INDEX, "net_promoter", "Net promoter score, promoters less detractors", (), POINTS),
    Recipe(KIND, Aggregation.INDEX, "other", "Another index, numerator over denominator", (SCALE, UNIT), added_up),
    Recipe(KIND, Aggregation.AVAILABILITY, OF, "Available minutes out of service minutes", (COMPLEMENT,), availability),
)
