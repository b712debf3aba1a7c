"""The error budget of a period: how many misses it may have, and how fast they are being used."""

from dataclasses import dataclass
from fractions import Fraction

from sla.tallies import Exact, exact


@dataclass(frozen=True, slots=True)
class ErrorBudget:
    """The misses that a period may have, and how they are being used; None where there is no figure.

    Contracts count whole misses, so round down to act on them. The burn rate says how many times faster than even
    the budget is used; `days_left` is in how many days the rest is used at the rate so far.
    """

    misses: Fraction
    consumed_percent: Fraction | None
    burn_rate: Fraction | None
    days_left: Fraction | None


def error_budget(
    expected: Exact, cases: Exact, *, misses: Exact = 0, counted: Exact = 0, days: Exact = 0
) -> ErrorBudget:
    """The budget that a percentage to be reached (0 to 100) leaves in a period of so many cases.

    So far there were `misses` among the cases `counted` in so many days. ValueError outside those ranges.
    """
    if not 0 <= exact(expected) <= 100 or exact(cases) < 0:
        raise ValueError("A budget needs an expected percentage from 0 to 100, and no negative volume.")
    share = 1 - exact(expected) / 100
    allowed, missed = share * exact(cases), exact(misses)
    a_day = missed / exact(days) if exact(days) > 0 else Fraction(0)
    return ErrorBudget(
        misses=allowed,
        consumed_percent=missed / allowed * 100 if allowed else None,
        burn_rate=missed / exact(counted) / share if share and exact(counted) else None,
        days_left=max(allowed - missed, Fraction(0)) / a_day if a_day else None,
    )


@dataclass(frozen=True, slots=True)
class BurnAlert:
    """The burn rate at which to warn, and after how many days of 24 hours it has used the whole budget."""

    threshold: Fraction
    exhausted_after_days: Fraction

    def fires(self, long_window: Fraction, short_window: Fraction) -> bool:
        """Whether to warn: only where the burn rates of a long and of a short window agree."""
        return min(long_window, short_window) >= self.threshold


def burn_alert(budget_percent: Exact, window_hours: Exact, period_hours: Exact) -> BurnAlert:
    """Warn when so many percent of a period's budget are used within a window; hours may be business hours."""
    percent, window, period = exact(budget_percent), exact(window_hours), exact(period_hours)
    if min(percent, window, period) <= 0:
        raise ValueError("A burn alert needs a positive share, window and period.")
    threshold = percent / 100 * period / window
    return BurnAlert(threshold, period / 24 / threshold)
