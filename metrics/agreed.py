"""One row of terms as the engine reads it."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from bpo.formatting import ValueFormat
from contracts.models.service_levels import ServiceLevelTerms
from contracts.terms import limits_of, measure_of, period_rule_of, repeats_of, straddling_of
from sla.credits.repeat_rules import RepeatRule
from sla.limits import Limits
from sla.metrics.measure import Measure
from sla.obligations import Straddling
from sla.periods import PeriodRule


@dataclass(frozen=True)
class Agreed:
    """One row of terms, read by the engine when it is first needed; ValueError says what makes no sense in it.

    Where excuses made the limits easier, `signed` are the terms as they were agreed, and `lowered_by` says by how much.
    """

    terms: ServiceLevelTerms
    signed: ServiceLevelTerms | None = None
    lowered_by: Decimal | None = None

    @cached_property
    def rule(self) -> PeriodRule:
        return period_rule_of(self.terms)

    @cached_property
    def measure(self) -> Measure:
        return measure_of(self.terms)

    @cached_property
    def limits(self) -> Limits:
        return limits_of(self.terms)

    @cached_property
    def repeats(self) -> tuple[RepeatRule, ...]:
        return repeats_of(self.terms)

    @cached_property
    def value_format(self) -> ValueFormat:
        """How values are printed under these terms."""
        terms = self.terms
        limits = [terms.expected, terms.expected_high, terms.minimum, terms.minimum_high]
        return ValueFormat.of(unit=self.unit, decimals=terms.decimals_shown, limits=limits)

    @property
    def named_splits(self) -> list[str]:
        """The splits of a feed of counts that the terms name; a period needs each of them."""
        named = self.terms.narrowing.get("split", [])
        return [named] if isinstance(named, str) else named

    @cached_property
    def straddling(self) -> Straddling:
        """In which period a week counts that lies in two; in its first, where the terms make no sense."""
        try:
            return straddling_of(self.terms)
        except ValueError:
            return Straddling.BY_START

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What a verdict's working keeps of these terms, the same for every period."""
        return {
            "aggregation": str(self.measure.aggregation),
            "of": self.measure.of,
            "scale": str(self.measure.scale),
            "unit": self.unit,
            "decimals": self.terms.decimals_shown,
            "terms": self.terms.pk,
            "period_kind": self.terms.period,
            "zone": self.terms.service_level.contract.zone,
        }

    @property
    def looks_back(self) -> bool:
        """Whether a period's verdict may depend on earlier ones; no, where the terms make no sense."""
        try:
            return self.limits.low_volume.looks_back() or bool(self.repeats)
        except (ArithmeticError, TypeError, ValueError):
            return False

    @property
    def overlaps(self) -> bool:
        """Whether rows count beyond the day on which they begin; no, where the terms make no sense."""
        try:
            return self.measure.overlaps
        except ValueError:
            return False

    @property
    def unit(self) -> str:
        return self.terms.unit or self.measure.unit

    @property
    def look_ahead(self) -> timedelta:
        """How far beyond a period rows are read; not at all, where the terms make no sense."""
        try:
            return self.measure.look_ahead
        except ValueError:
            return timedelta(0)

    def in_force_on(self, day: date) -> bool:
        ends_on = self.terms.ends_on
        return self.terms.effective_on <= day and (ends_on is None or day < ends_on)
