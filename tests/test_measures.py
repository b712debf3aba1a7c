"""A measure is one recipe in a module of sla/metrics; whatever else names it is derived or compared here."""

from importlib import import_module
from pkgutil import iter_modules

import sla.metrics
from sla.metrics.registry import RECIPES
from tests.measures_page import PAGE, page

MODULES = [import_module(f"sla.metrics.{module.name}") for module in iter_modules(sla.metrics.__path__)]


def test_every_recipe_is_registered():
    missing = [
        f"sla/metrics/registry.py: RECIPES lacks {recipe.kind} {recipe.aggregation} of {recipe.of} ({module.__name__})"
        for module in MODULES
        for recipe in getattr(module, "RECIPES", ())
        if recipe not in RECIPES
    ]

    assert missing == []


def test_no_two_recipes_have_the_same_name():
    names = [(recipe.kind, recipe.aggregation, recipe.of) for recipe in RECIPES]

    assert len(set(names)) == len(names)


def test_the_page_of_measures_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == page(), "docs/measures.md: run `python -m tests.measures_page`"
