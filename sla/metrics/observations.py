"""Measures of sampled values."""

from decimal import Decimal
from fractions import Fraction

from sla.metrics.components import Component, Condition, Operator, present
from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.measure import Measure, Recipe, Weights
from sla.metrics.params import Settings, choice, number, text, yes_no
from sla.metrics.percentiles import METHOD, PERCENT, PercentileMethod
from sla.metrics.surveys import NPS, promoters

COUNT: Weights = (("count", 1),)
SUM: Weights = (("sum", 1),)
OPERATORS = {"at_most": Operator.LE, "less_than": Operator.LT, "at_least": Operator.GE, "more_than": Operator.GT}


def mean(recipe: Recipe, settings: Settings) -> Measure:
    """Σ value × weight ÷ Σ weight, or the plain mean."""
    unit = settings.text("unit")
    if not settings.yes("weighted"):
        parts: tuple[Component, ...] = (Component("sum", "value"), Component("count"))
        return recipe.measure(
            settings, components=parts, numerator=SUM, denominator=COUNT, scale=Fraction(1), unit=unit
        )
    weighted = (present("weight"),)
    parts = (
        Component("sum", "value", "weight", where=weighted),
        Component("weight", "weight", where=weighted),
        Component("count", where=weighted),
    )
    return recipe.measure(
        settings,
        components=parts,
        numerator=SUM,
        denominator=(("weight", 1),),
        cases=COUNT,
        scale=Fraction(1),
        unit=unit,
    )


def percentile_of(recipe: Recipe, settings: Settings) -> Measure:
    return recipe.measure(
        settings,
        components=(Component("sum", "value"), Component("count")),
        numerator=SUM,
        denominator=COUNT,
        values_of=Component("value", "value"),
        percent=Fraction(settings.number("percentile")),
        method=PercentileMethod(settings.text("method")),
        scale=Fraction(1),
        unit=settings.text("unit"),
    )


def bounded(settings: Settings) -> Condition:
    return Condition("value", OPERATORS[settings.text("operator")], settings.number("bound"))


def share_within(recipe: Recipe, settings: Settings) -> Measure:
    weight = "weight" if settings.yes("weighted") else None
    parts = (
        Component("in", weight, where=(bounded(settings),)),
        Component("all", weight),
        Component("count"),
    )
    return recipe.measure(settings, components=parts, numerator=(("in", 1),), denominator=(("all", 1),), cases=COUNT)


def total(recipe: Recipe, settings: Settings) -> Measure:
    parts = Component("sum", "value"), Component("count")
    return recipe.measure(
        settings, components=parts, numerator=SUM, denominator=COUNT, scale=Fraction(1), unit=settings.text("unit")
    )


def count(recipe: Recipe, settings: Settings) -> Measure:
    where: tuple[Condition, ...] = ()
    if settings.text("operator") != "any":
        if not settings.given("bound"):
            raise ValueError(f"The operator '{settings.text('operator')}' needs the parameter 'bound'.")
        where = (bounded(settings),)
    elif settings.given("bound"):
        raise ValueError("A 'bound' needs an 'operator' that compares with it.")
    parts = (Component("count", where=where),)
    return recipe.measure(settings, components=parts, numerator=COUNT, cases=COUNT, scale=Fraction(1), unit="values")


def box_share(recipe: Recipe, settings: Settings) -> Measure:
    bound = Condition("value", Operator.GE, settings.number("from_score"))
    parts = Component("in_box", where=(bound,)), Component("count")
    return recipe.measure(settings, components=parts, numerator=(("in_box", 1),), denominator=COUNT)


def net_promoter(recipe: Recipe, settings: Settings) -> Measure:
    return promoters(recipe, settings, "value")


UNIT = text("unit", "the unit that is printed behind the value")
WEIGHTED = yes_no("weighted", False, "whether each value counts by its weight")
BOUND = number("bound", None, "the value compared with", least=None)
MAYBE_BOUND = number("bound", None, "the value compared with", least=None, optional=True)
OPERATOR = choice("operator", tuple(OPERATORS), "how a value must lie to the bound")
ANY_OPERATOR = choice("operator", ("any", *OPERATORS), "which values are counted")
SAMPLED = FeedKind.OBSERVATIONS
TOP = number("from_score", Decimal(4), "the lowest score that satisfies")
RECIPES = (
    Recipe(SAMPLED, Aggregation.MEAN, "value", "Mean of the values", (WEIGHTED, UNIT), mean),
    Recipe(
        SAMPLED, Aggregation.PERCENTILE, "value", "Percentile of the values", (PERCENT, METHOD, UNIT), percentile_of
    ),
    Recipe(
        SAMPLED,
        Aggregation.SHARE_WITHIN,
        "value",
        "Share of values within a bound",
        (OPERATOR, BOUND, WEIGHTED),
        share_within,
    ),
    Recipe(SAMPLED, Aggregation.SUM, "value", "Sum of the values", (UNIT,), total),
    Recipe(SAMPLED, Aggregation.COUNT, "value", "Number of values", (ANY_OPERATOR, MAYBE_BOUND), count),
    Recipe(SAMPLED, Aggregation.RATIO, "top_box", "Top box satisfaction", (TOP,), box_share),
    Recipe(SAMPLED, Aggregation.INDEX, "net_promoter", "Net promoter score", NPS, net_promoter),
)
