"""Measures of what customers answer in surveys: boxes, net promoter, response."""

from decimal import Decimal

from sla.metrics.components import Component, Condition, Operator, equals, present
from sla.metrics.feeds import Aggregation, ContactOutcome, FeedKind
from sla.metrics.measure import Measure, Parts, Recipe, Weights, mean_parts, share_parts
from sla.metrics.params import Settings, number

ANSWERED = equals("outcome", ContactOutcome.ANSWERED.value)


def box_share(recipe: Recipe, settings: Settings) -> Measure:
    operator = Operator.GE if recipe.of == "top_box" else Operator.LE
    bound = settings.number("from_score" if recipe.of == "top_box" else "to_score")
    in_box = Component("in_box", where=(Condition("score", operator, bound),))
    return recipe.measure(settings, share_parts(in_box, Component("scores", where=(present("score"),))))


def net_promoter(recipe: Recipe, settings: Settings) -> Measure:
    """Promoters less detractors, out of all answers, in points from -100 to 100; answers may also be observations."""
    column = "score" if recipe.kind is FeedKind.CONTACTS else "value"
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


SCORED = share_parts(Component("scores", where=(ANSWERED, present("score"))), Component("answered", where=(ANSWERED,)))
MEAN_SCORE: Parts = {**mean_parts("score", (present("score"),)), "unit": "points"}
NPS = (
    number("promoter_from", Decimal(9), "the lowest score of a promoter"),
    number("detractor_to", Decimal(6), "the highest score of a detractor"),
)
FROM_SCORE = number("from_score", None, "the lowest score that satisfies")
TO_SCORE = number("to_score", None, "the highest score that dissatisfies")
KIND = FeedKind.CONTACTS
RECIPES = (
    Recipe(KIND, Aggregation.RATIO, "top_box", "Top box satisfaction", (FROM_SCORE,), box_share),
    Recipe(KIND, Aggregation.RATIO, "bottom_box", "Bottom box dissatisfaction", (TO_SCORE,), box_share),
    Recipe(KIND, Aggregation.RATIO, "scored", "Survey response rate", (), SCORED),
    Recipe(KIND, Aggregation.MEAN, "score", "Mean satisfaction score", (), MEAN_SCORE),
    Recipe(KIND, Aggregation.INDEX, "net_promoter", "Net promoter score", NPS, net_promoter),
)
