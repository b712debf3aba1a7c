"""How real data is moved towards today: by whole weeks, so that weekdays stay, or by whole months for monthly forms."""

from datetime import date, timedelta

WEEK = timedelta(weeks=1)


def weeks_until(last_day: date, *, before: date) -> timedelta:
    """Return the whole weeks that bring the data's last day as near to `before` as possible, and before it."""
    return WEEK * ((before - timedelta(days=1) - last_day) // WEEK)


def month_after(month: date, count: int = 1) -> date:
    """Return the first day of the month so many months later, or earlier where the count is negative."""
    place = month.year * 12 + month.month - 1 + count
    return date(place // 12, place % 12 + 1, 1)


def months_until(last_month: date, *, before: date) -> int:
    """Return the whole months that make the data's last month the last one that was over on `before`."""
    return (before.year - last_month.year) * 12 + before.month - last_month.month - 1
