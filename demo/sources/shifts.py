"""How real data is moved towards today: by whole weeks, so that weekdays stay, or by whole months for monthly forms."""

from datetime import date, timedelta

WEEK = timedelta(weeks=1)


def weeks_until(last_day: date, *, before: date) -> timedelta:
    """Whole weeks that bring the last day of the data as near as possible before `before`, and not onto it."""
    return WEEK * ((before - timedelta(days=1) - last_day) // WEEK)


def month_after(month: date, count: int = 1) -> date:
    """The first day of the month so many months later, or earlier where the count is negative."""
    place = month.year * 12 + month.month - 1 + count
    return date(place // 12, place % 12 + 1, 1)


def months_until(last_month: date, *, before: date) -> int:
    """Whole months that make the last month of the data the last one that was over on `before`."""
    return (before.year - last_month.year) * 12 + before.month - last_month.month - 1
