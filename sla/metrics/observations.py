"""Measures of sampled values."""

from decimal import Decimal
from fractions import Fraction

from sla.metrics.components import Component, Condition, Operator, present
from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.measure import Measure, Recipe, Weights, mean_parts, percentile_parts, share_parts
from sla.metrics.params import Settings, choice, number, text, yes_no
from sla.metrics.percentiles import METHOD, PERCENT
from sla.metrics.surveys import NPS, net_promoter

COUNT: Weights = (("count", 1),)
OPERATORS = {"at_most": Operator.LE, "less_than": Operator.LT, "at_least": Operator.GE, "more_than": Operator.GT}


def of_values(recipe: Recipe, settings: Settings) -> Measure:
    """A percentile of the values, their sum, their plain mean, or Σ value × weight ÷ Σ weight."""
    unit = settings.text("unit")
    if recipe.aggregation is Aggregation.PERCENTILE:
        return recipe.measure(settings, percentile_parts(settings, "value"), unit=unit)
    if recipe.aggregation is Aggregation.SUM or not settings.yes("weighted"):
        return recipe.measure(settings, mean_parts("value"), unit=unit)
    weighted = (present("weight"),)
    values = Component("sum", "value", "weight", where=weighted)
    parts = share_parts(values, Component("weight", "weight", where=weighted))
    parts["components"] += (Component("count", where=weighted),)
    return recipe.measure(settings, parts, cases=COUNT, scale=Fraction(1), unit=unit)


def share_within(recipe: Recipe, settings: Settings) -> Measure:
    weight = "weight" if settings.yes("weighted") else None
    bound = Condition("value", OPERATORS[settings.text("operator")], settings.number("bound"))
    parts = share_parts(Component("in", weight, where=(bound,)), Component("all", weight))
    parts["components"] += (Component("count"),)
    return recipe.measure(settings, parts, cases=COUNT)


def count(recipe: Recipe, settings: Settings) -> Measure:
    where: tuple[Condition, ...] = ()
    operator = settings.text("operator")
    if operator != "any":
        if not settings.given("bound"):
            raise ValueError(f"The operator '{operator}' needs the parameter 'bound'.")
        where = (Condition("value", OPERATORS[operator], settings.number("bound")),)
    elif settings.given("bound"):
        raise ValueError("A 'bound' needs an 'operator' that compares with it.")
    parts = (Component("count", where=where),)
    return recipe.measure(settings, components=parts, numerator=COUNT, cases=COUNT, scale=Fraction(1), unit="values")


def box_share(recipe: Recipe, settings: Settings) -> Measure:
    bound = Condition("value", Operator.GE, settings.number("from_score"))
    return recipe.measure(settings, share_parts(Component("in_box", where=(bound,)), Component("count")))


UNIT = text("unit", "the unit that is printed behind the value")
WEIGHTED = yes_no("weighted", False, "whether each value counts by its weight")
BOUND = number("bound", None, "the value compared with", least=None)
MAYBE_BOUND = number("bound", None, "the value compared with", least=None, optional=True)
OPERATOR = choice("operator", tuple(OPERATORS), "how a value must lie to the bound")
ANY_OPERATOR = choice("operator", ("any", *OPERATORS), "which values are counted")
TOP = number("from_score", Decimal(4), "the lowest score that satisfies")
KIND, WITHIN = FeedKind.OBSERVATIONS, (OPERATOR, BOUND, WEIGHTED)
RECIPES = (
    Recipe(KIND, Aggregation.MEAN, "value", "Mean of the values", (WEIGHTED, UNIT), of_values),
    Recipe(KIND, Aggregation.PERCENTILE, "value", "Percentile of the values", (PERCENT, METHOD, UNIT), of_values),
    Recipe(KIND, Aggregation.SHARE_WITHIN, "value", "Share of values within a bound", WITHIN, share_within),
    Recipe(KIND, Aggregation.SUM, "value", "Sum of the values", (UNIT,), of_values),
    Recipe(KIND, Aggregation.COUNT, "value", "Number of values", (ANY_OPERATOR, MAYBE_BOUND), count),
    Recipe(KIND, Aggregation.RATIO, "top_box", "Top box satisfaction", (TOP,), box_share),
    Recipe(KIND, Aggregation.INDEX, "net_promoter", "Net promoter score", NPS, net_promoter),
)
