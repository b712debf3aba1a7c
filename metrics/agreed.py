"""Terms as the engine reads them."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from bpo.formatting import ValueFormat
from contracts.denominators import terms_per
from contracts.models.service_levels import ServiceLevelTerms
from contracts.terms import history_rule_of, limits_of, measure_of, period_rule_of, repeats_of
from sla.credits.repeat_rules import RepeatRule
from sla.limits import Limits
from sla.metrics.measure import Measure
from sla.obligations import DaySpan, HistoryRule
from sla.part_periods import ReadRules
from sla.periods import PeriodRule


@dataclass(frozen=True)
class Agreed(ReadRules):
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
    def per(self) -> "Agreed | None":
        """The same terms as far as they read the feed that gives the denominator, where that is another one."""
        terms = terms_per(self.terms) if self.terms.service_level.per_feed_id else None
        return Agreed(terms) if terms else None

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
    def looks_back(self) -> bool:
        """Whether a period's verdict may depend on earlier ones; no, where the terms make no sense."""
        with suppress(ArithmeticError, TypeError, ValueError):
            return self.limits.low_volume.looks_back() or bool(self.repeats)
        return False

    @property
    def counts_history(self) -> bool:
        """Whether periods that are judged look back at history; no, where the terms make no sense."""
        with suppress(ValueError):
            return history_rule_of(self.terms) is HistoryRule.COUNTS
        return False

    @property
    def overlaps(self) -> bool:
        """Whether rows count beyond the day on which they begin; no, where the terms make no sense."""
        with suppress(ValueError):
            return self.measure.overlaps
        return False

    @property
    def unit(self) -> str:
        return self.terms.unit or self.measure.unit

    @property
    def look_ahead(self) -> timedelta:
        """How far beyond a period rows are read; not at all, where the terms make no sense."""
        with suppress(ValueError):
            return self.measure.look_ahead
        return timedelta(0)

    def in_force_on(self, day: date) -> bool:
        return day in DaySpan(self.terms.effective_on, self.terms.ends_on)
