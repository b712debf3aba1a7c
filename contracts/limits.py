"""Limits of terms in print, for every page alike."""

from decimal import Decimal
from typing import Any

from bpo.formatting import Number, show_limit, show_value
from contracts.terms import unit_of


def unit_shown(terms: Any) -> str:
    """The unit behind values; terms that cannot be read any more show their numbers bare."""
    try:
        return unit_of(terms)
    except ValueError:
        return terms.unit


def expected_text(terms: Any) -> str:
    """What is promised: "≥ 95.0 %", or a range."""
    return _limit(terms, terms.expected, terms.expected_high)


def minimum_text(terms: Any) -> str:
    """What is borne at least; "–" where the terms have no minimum."""
    return _limit(terms, terms.minimum, terms.minimum_high)


def value_text(terms: Any, value: Number | None) -> str:
    """A value that is no verdict's own, such as a day's; verdicts bring theirs."""
    limits = (terms.expected, terms.expected_high, terms.minimum, terms.minimum_high)
    return show_value(value, unit=unit_shown(terms), decimals=terms.decimals, limits=limits)


def _limit(terms: Any, limit: Decimal | None, high: Decimal | None) -> str:
    return show_limit(limit, direction=terms.direction, unit=unit_shown(terms), decimals=terms.decimals, high=high)
