"""Terms whose denominator another feed gives, as far as they read that feed."""

from copy import copy
from fractions import Fraction

from contracts.terms import Terms, TermsRow, own_measure
from sla.metrics.feeds import FeedKind
from sla.metrics.measure import Measure, taken_per


def terms_per(terms: Terms) -> Terms | None:
    """A copy of the terms, not to be saved, that reads the feed of the denominator; None where there is none."""
    level = terms.service_level
    if level.per_feed is None:
        return None
    other = copy(level)
    other.feed, other.per_feed = level.per_feed, None
    usual = "sum" if other.feed.kind == FeedKind.COUNTS else "count"
    params = dict(terms.per.get("measure") or {"aggregation": usual})
    copied = copy(terms)
    copied.service_level, copied.per, copied.narrowing = other, {}, terms.per.get("only", {})
    copied.aggregation, copied.params = params.pop("aggregation", ""), params
    return copied


def measure_per(terms: TermsRow) -> Measure | None:
    """What the other feed gives as the denominator; ValueError where it does not add up."""
    other = terms_per(terms)
    return taken_per(own_measure(other), Fraction(1)) if other else None
