"""Every measure that terms can name, and the one function that makes them."""

from collections.abc import Mapping

from sla.metrics import cases, contacts, counts, downtime, observations, repeats, surveys
from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.measure import Measure, Recipe
from sla.metrics.params import Value, read_params

RECIPES: tuple[Recipe, ...] = (
    *counts.RECIPES,
    *contacts.RECIPES,
    *surveys.RECIPES,
    *repeats.RECIPES,
    *cases.RECIPES,
    *observations.RECIPES,
    *downtime.RECIPES,
)


def recipes_for(kind: FeedKind, aggregation: Aggregation | None = None) -> tuple[Recipe, ...]:
    """The measures that a feed of that kind allows, the usual one of each aggregation first."""
    return tuple(r for r in RECIPES if r.kind is kind and aggregation in (None, r.aggregation))


def find_recipe(kind: FeedKind, aggregation: Aggregation, of: str = "") -> Recipe:
    """The recipe of that name; the first one of the aggregation where none is named."""
    recipes = recipes_for(kind, aggregation)
    if not recipes:
        raise ValueError(f"A feed of kind '{kind}' has no measure of kind '{aggregation}'.")
    named = [recipe for recipe in recipes if of in ("", recipe.of)]
    if not named:
        names = ", ".join(recipe.of for recipe in recipes)
        raise ValueError(f"A feed of kind '{kind}' has no {aggregation} of '{of}'; it has {names}.")
    return named[0]


def measure(kind: FeedKind, aggregation: Aggregation, params: Mapping[str, Value] | None = None) -> Measure:
    """The measure that terms describe; ValueError says in a sentence what is unknown, missing or contradictory.

    The parameter `of` names what is measured (`wait`, `abandoned` …); the others are those of the recipe.
    """
    rest = dict(params or {})
    recipe = find_recipe(kind, aggregation, str(rest.pop("of", "")))
    settings = read_params(recipe.params, rest)
    return recipe.build(recipe, settings) if callable(recipe.build) else recipe.measure(settings, recipe.build)
