"""Measures of feeds that report totals: a numerator and a denominator per day, week, month or event."""

from decimal import Decimal
from fractions import Fraction

from sla.metrics.components import Component
from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.measure import Measure, Recipe, Weights
from sla.metrics.params import Settings, number, text, yes_no

SUMS = (Component("numerator", "numerator"), Component("denominator", "denominator"))
NUMERATOR: Weights = (("numerator", 1),)
DENOMINATOR: Weights = (("denominator", 1),)
REST: Weights = (("denominator", 1), ("numerator", -1))
UNITS = {1: "", 100: "%", 1_000: "per thousand", 1_000_000: "per million"}
UNIT = text("unit", "the unit that is printed behind the value")
COMPLEMENT = yes_no("complement", False, "true where the numerator counts the cases that failed")


def ratio(recipe: Recipe, settings: Settings) -> Measure:
    scale = Fraction(settings.number("scale"))
    opportunities = Fraction(settings.number("opportunities"))
    if not scale or not opportunities:
        raise ValueError("Neither 'scale' nor 'opportunities' can be zero.")
    if settings.yes("complement") and opportunities != 1:
        raise ValueError("The parameters 'complement' and 'opportunities' contradict each other.")
    default_unit = UNITS.get(scale.numerator, "") if scale.denominator == 1 else ""
    return recipe.measure(
        settings,
        components=SUMS,
        numerator=REST if settings.yes("complement") else NUMERATOR,
        denominator=DENOMINATOR,
        scale=scale / opportunities,
        unit=settings.text("unit") or default_unit,
    )


def mean(recipe: Recipe, settings: Settings) -> Measure:
    return recipe.measure(
        settings,
        components=SUMS,
        numerator=NUMERATOR,
        denominator=DENOMINATOR,
        scale=Fraction(1),
        unit=settings.text("unit"),
    )


def added_up(recipe: Recipe, settings: Settings) -> Measure:
    return recipe.measure(
        settings,
        components=SUMS,
        numerator=NUMERATOR,
        denominator=DENOMINATOR,
        cases=NUMERATOR if recipe.aggregation is Aggregation.COUNT else DENOMINATOR,
        scale=Fraction(1),
        unit=settings.text("unit"),
    )


def net_promoter(recipe: Recipe, settings: Settings) -> Measure:
    return recipe.measure(settings, components=SUMS, numerator=NUMERATOR, denominator=DENOMINATOR, unit="points")


def index(recipe: Recipe, settings: Settings) -> Measure:
    return recipe.measure(
        settings,
        components=SUMS,
        numerator=NUMERATOR,
        denominator=DENOMINATOR,
        scale=Fraction(settings.number("scale")),
        unit=settings.text("unit"),
    )


def availability(recipe: Recipe, settings: Settings) -> Measure:
    down = settings.yes("complement")
    return recipe.measure(settings, components=SUMS, numerator=REST if down else NUMERATOR, denominator=DENOMINATOR)


SCALE = number("scale", Decimal(100), "what one whole is worth: 1, 100 for percent, 1000000 for defects per million")
OPPORTUNITIES = number("opportunities", Decimal(1), "opportunities for a defect in one unit")


RECIPES = (
    Recipe(
        FeedKind.COUNTS,
        Aggregation.RATIO,
        "numerator",
        "Numerator out of denominator",
        (SCALE, OPPORTUNITIES, COMPLEMENT, UNIT),
        ratio,
    ),
    Recipe(
        FeedKind.COUNTS,
        Aggregation.SHARE_WITHIN,
        "numerator",
        "Share within the promised time",
        (SCALE, OPPORTUNITIES, COMPLEMENT, UNIT),
        ratio,
    ),
    Recipe(FeedKind.COUNTS, Aggregation.MEAN, "numerator", "Mean of the numerator", (UNIT,), mean),
    Recipe(FeedKind.COUNTS, Aggregation.SUM, "numerator", "Sum of the numerator", (UNIT,), added_up),
    Recipe(FeedKind.COUNTS, Aggregation.COUNT, "numerator", "Number of events", (UNIT,), added_up),
    Recipe(
        FeedKind.COUNTS,
        Aggregation.INDEX,
        "net_promoter",
        "Net promoter score, promoters less detractors",
        (),
        net_promoter,
    ),
    Recipe(
        FeedKind.COUNTS, Aggregation.INDEX, "other", "Another index, numerator over denominator", (SCALE, UNIT), index
    ),
    Recipe(
        FeedKind.COUNTS,
        Aggregation.AVAILABILITY,
        "numerator",
        "Available minutes out of service minutes",
        (COMPLEMENT,),
        availability,
    ),
)
