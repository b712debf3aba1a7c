"""Limits of terms in print, for every page alike."""

from functools import partial
from typing import Any

from bpo.formatting import Number, show_limit, show_value
from contracts.terms import unit_of


def unit_shown(terms: Any) -> str:
    """The unit behind values; terms that cannot be read any more show their numbers bare."""
    try:
        return unit_of(terms)
    except ValueError:
        return terms.unit


def limit_text(name: str, terms: Any) -> str:
    """The limit of that name: "≥ 95.0 %", or a range; "–" where the terms have none."""
    low, high = getattr(terms, name), getattr(terms, f"{name}_high")
    return show_limit(low, direction=terms.direction, unit=unit_shown(terms), decimals=terms.decimals_shown, high=high)


expected_text = partial(limit_text, "expected")
minimum_text = partial(limit_text, "minimum")


def value_text(terms: Any, value: Number | None) -> str:
    """A value that is no verdict's own, such as a day's; verdicts bring theirs."""
    limits = (terms.expected, terms.expected_high, terms.minimum, terms.minimum_high)
    return show_value(value, unit=unit_shown(terms), decimals=terms.decimals_shown, limits=limits)
