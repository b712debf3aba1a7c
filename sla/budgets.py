"""The error budget of a period: how many misses it may have, and how fast they are being used."""

from dataclasses import dataclass
from fractions import Fraction

from sla.tallies import Exact, exact


@dataclass(frozen=True, slots=True)
class ErrorBudget:
    """The misses that a percentage to be reached leaves in a period of so many cases."""

    expected: Exact
    cases: Exact

    def __post_init__(self) -> None:
        if not 0 <= exact(self.expected) <= 100 or exact(self.cases) < 0:
            raise ValueError("A budget needs an expected percentage from 0 to 100, and no negative volume.")

    @property
    def share(self) -> Fraction:
        """The share of cases that may go wrong."""
        return 1 - exact(self.expected) / 100

    @property
    def misses(self) -> Fraction:
        """The misses allowed; contracts count whole ones, so round down to act on it."""
        return self.share * exact(self.cases)

    def consumed_percent(self, misses: Exact) -> Fraction | None:
        """How much of the budget so many misses use; None where there is none to use."""
        return exact(misses) / self.misses * 100 if self.misses else None

    def burn_rate(self, misses: Exact, counted: Exact) -> Fraction | None:
        """How many times faster than even the budget is used: the miss rate so far ÷ the rate allowed."""
        return exact(misses) / exact(counted) / self.share if self.share and exact(counted) else None

    def days_left(self, misses: Exact, days: Exact) -> Fraction | None:
        """In how many days the rest is used at the rate so far; None where nothing has been missed."""
        a_day = exact(misses) / exact(days) if exact(days) > 0 else Fraction(0)
        return max(self.misses - exact(misses), Fraction(0)) / a_day if a_day else None


@dataclass(frozen=True, slots=True)
class BurnAlert:
    """Warn when so many percent of a period's budget are used within a window; hours may be business hours."""

    budget_percent: Exact
    window_hours: Exact
    period_hours: Exact

    def __post_init__(self) -> None:
        if min(exact(self.budget_percent), exact(self.window_hours), exact(self.period_hours)) <= 0:
            raise ValueError("A burn alert needs a positive share, window and period.")

    @property
    def threshold(self) -> Fraction:
        """The burn rate at which to warn."""
        return exact(self.budget_percent) / 100 * exact(self.period_hours) / exact(self.window_hours)

    @property
    def exhausted_after_days(self) -> Fraction:
        """After how many days of 24 hours that rate has used the whole budget."""
        return exact(self.period_hours) / 24 / self.threshold

    def fires(self, long_window: Fraction, short_window: Fraction) -> bool:
        """Whether to warn: only where the burn rates of a long and of a short window agree."""
        return min(long_window, short_window) >= self.threshold
