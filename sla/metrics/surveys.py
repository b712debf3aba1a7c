"""Measures of what customers answer in surveys: boxes, net promoter, response."""

from decimal import Decimal
from fractions import Fraction

from sla.metrics.components import Component, Condition, Operator, equals, present
from sla.metrics.feeds import Aggregation, ContactOutcome, FeedKind
from sla.metrics.measure import Measure, Recipe, Weights
from sla.metrics.params import Settings, number

ANSWERED = equals("outcome", ContactOutcome.ANSWERED.value)


def box_share(recipe: Recipe, settings: Settings) -> Measure:
    operator = Operator.GE if recipe.of == "top_box" else Operator.LE
    bound = settings.number("from_score" if recipe.of == "top_box" else "to_score")
    parts = (
        Component("in_box", where=(Condition("score", operator, bound),)),
        Component("scores", where=(present("score"),)),
    )
    return recipe.measure(settings, components=parts, numerator=(("in_box", 1),), denominator=(("scores", 1),))


def scored(recipe: Recipe, settings: Settings) -> Measure:
    parts = Component("scores", where=(ANSWERED, present("score"))), Component("answered", where=(ANSWERED,))
    return recipe.measure(settings, components=parts, numerator=(("scores", 1),), denominator=(("answered", 1),))


def net_promoter(recipe: Recipe, settings: Settings) -> Measure:
    return promoters(recipe, settings, "score")


def promoters(recipe: Recipe, settings: Settings, column: str) -> Measure:
    """Promoters less detractors, out of all answers, in points from -100 to 100."""
    high, low = settings.number("promoter_from"), settings.number("detractor_to")
    if low >= high:
        raise ValueError("Detractors must end below the score at which promoters begin.")
    parts = (
        Component("promoters", where=(Condition(column, Operator.GE, high),)),
        Component("detractors", where=(Condition(column, Operator.LE, low),)),
        Component("scores", where=(present(column),)),
    )
    weights: Weights = (("promoters", 1), ("detractors", -1))
    return recipe.measure(settings, components=parts, numerator=weights, denominator=(("scores", 1),), unit="points")


def mean_score(recipe: Recipe, settings: Settings) -> Measure:
    where = (present("score"),)
    parts = Component("sum", "score", where=where), Component("count", where=where)
    return recipe.measure(
        settings,
        components=parts,
        numerator=(("sum", 1),),
        denominator=(("count", 1),),
        scale=Fraction(1),
        unit="points",
    )


NPS = (
    number("promoter_from", Decimal(9), "the lowest score of a promoter"),
    number("detractor_to", Decimal(6), "the highest score of a detractor"),
)
VOICE = FeedKind.CONTACTS
RECIPES = (
    Recipe(
        VOICE,
        Aggregation.RATIO,
        "top_box",
        "Top box satisfaction",
        (number("from_score", None, "the lowest score that satisfies"),),
        box_share,
    ),
    Recipe(
        VOICE,
        Aggregation.RATIO,
        "bottom_box",
        "Bottom box dissatisfaction",
        (number("to_score", None, "the highest score that dissatisfies"),),
        box_share,
    ),
    Recipe(VOICE, Aggregation.RATIO, "scored", "Survey response rate", (), scored),
    Recipe(VOICE, Aggregation.MEAN, "score", "Mean satisfaction score", (), mean_score),
    Recipe(VOICE, Aggregation.INDEX, "net_promoter", "Net promoter score", NPS, net_promoter),
)
