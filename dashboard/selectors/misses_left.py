"""What an open period can still bear before its limit is lost, at the pace that its verdict recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from bpo.formatting import SIGNS, rounded, show_count, show_value
from contracts.limits import unit_shown
from contracts.models.service_levels import ServiceLevelTerms
from contracts.terms import limits_of, measure_of
from metrics.models.verdicts import Verdict
from sla.bands import Direction
from sla.metrics.feeds import Aggregation
from sla.metrics.measure import ADDED_UP
from sla.outlook import Prospect, budget_left, misses, required_mean
from sla.tallies import Tally
from sla.verdicts import OPEN


@dataclass(frozen=True)
class MissesLeft:
    """Texts: what is left ("55 of 150"), of which volume, and the share of good cases that an uncertain rest needs."""

    text: str
    forecast: str
    needed: str = ""


def misses_left(
    verdict: Verdict | None, terms: ServiceLevelTerms | None, pace: Mapping[str, Any] | None
) -> MissesLeft | None:
    """What an open period can still bear; None where that cannot be counted; `pace` is that of the working."""
    if verdict is None or terms is None or pace is None or verdict.status not in OPEN or verdict.numerator is None:
        return None
    try:
        measure, limits = measure_of(terms), limits_of(terms)
    except ValueError:
        return None
    if limits.is_reported_only or limits.low_volume.looks_back() or limits.direction is Direction.RANGE:
        return None
    tally, volume = Tally.of(verdict.numerator, verdict.denominator or 0, verdict.cases), Fraction(pace["volume"])
    unit = _(" min") if measure.aggregation is Aggregation.AVAILABILITY else ""
    text, needed = left_of(tally, volume, terms, unit)
    forecast = _("of %s") if pace["basis"] == "minutes" else _("if the period ends with %s, at the current rate")
    return MissesLeft(text, forecast % (show_count(rounded(volume, 0)) + unit), needed) if text else None


def left_of(tally: Tally, volume: Fraction, terms: ServiceLevelTerms, unit: str) -> tuple[str, str]:
    """What a total, a mean or a share has left, and the share of good cases that its rest must have."""
    measure, limits = measure_of(terms), limits_of(terms)
    level = Fraction(terms.expected if terms.minimum is None else terms.minimum)
    if measure.aggregation in ADDED_UP:
        left = level / measure.scale - tally.numerator
        if limits.direction is Direction.LOWER:
            return left_text(left.__floor__(), tally.numerator.__ceil__(), unit), ""
        return _("%s to come") % show_count(max(left, Fraction(0))), ""
    if measure.aggregation is Aggregation.MEAN and tally.denominator:
        mean = required_mean(volume, tally.denominator, tally.numerator / tally.denominator * measure.scale, level)
        if mean is None or mean < 0:
            return "" if mean is None else _("out of reach"), ""
        shown = show_value(mean, unit=unit_shown(terms), decimals=terms.decimals)
        return _("the rest %s") % f"{SIGNS[terms.direction]} {shown}", ""
    outlook = budget_left(limits, tally, measure.scale, volume) if measure.is_share and tally.denominator else None
    if outlook is None:
        return "", ""
    rate, is_open = outlook.run_rate.required_rate, outlook.run_rate.prospect is Prospect.OPEN
    needed = "" if rate is None or not is_open else show_value(rate, unit="%", decimals=terms.decimals)
    return left_text(outlook.misses_left, misses(limits.direction, tally).__floor__(), unit), needed


def left_text(left: int, so_far: int, unit: str) -> str:
    if left < 0:
        return _("over by %(n)s") % {"n": show_count(-left) + unit}
    return _("%(left)s of %(allowed)s") % {"left": show_count(left), "allowed": show_count(left + so_far) + unit}
