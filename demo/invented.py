"""Invented results of an insurer's vendors, from a fixed seed: mostly good, with troubles in known months."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from demo.sources.shifts import month_after

SEED = 20260
DAY = timedelta(days=1)
Dated = tuple[date, Mapping[str, Any]]
# What troubled a month, by how many months ago it was; the share or number that it had instead of the usual one.
TIMELY = {23: 0.935, 18: 0.915, 13: 0.945, 12: 0.955, 6: 0.958, 4: 0.944, 1: 0.957, 0: 0.951}
ANSWERED = {21: 0.80, 15: 0.795, 7: 0.76, 3: 0.80, 0: 0.81}
HAPPY = {16: -0.7, 5: -0.35, 0: -0.5}
FEW_ANSWERS = 11
RESOLVED = {20: 0.80, 12: 0.84, 2: 0.91}
DOWN_HOURS = {14: 2.4, 3: 7.5}
FIELD_ERRORS = {17: 11, 3: 19, 2: 8}
PAYSLIP_ERRORS = {19: 12, 10: 25}
PAYSLIPS_FORGOTTEN, FILINGS_FORGOTTEN = 5, 6
FILINGS = {12: 10, 3: 11}
COMPLAINTS = (4, 6, 12)
PORTAL_DOWN = 9
MISCOUNTED = 2
P1, P2, P3 = ("P1", 4), ("P2", 10), ("P3", 72)


@dataclass(frozen=True)
class Past:
    """The invented time: so many whole months and the days of the running one before `today`."""

    today: date
    months: int
    zone: ZoneInfo

    def month(self, ago: int) -> date:
        """The first day of the month that was so many months ago."""
        return month_after(self.today, -ago)

    def ago(self, day: date) -> int:
        """How many months ago a day was."""
        return (self.today.year - day.year) * 12 + self.today.month - day.month

    @property
    def start(self) -> date:
        return self.month(self.months)

    def days(self) -> Iterator[date]:
        for number in range((self.today - self.start).days):
            yield self.start + number * DAY

    def whole_months(self) -> Iterator[tuple[int, date]]:
        for ago in range(self.months, 0, -1):
            yield ago, self.month(ago)

    def at(self, day: date, hour: float) -> datetime:
        """A local time of a day, given in hours."""
        return datetime.combine(day, time(0), self.zone) + timedelta(minutes=round(hour * 60))

    def random(self, feed: str) -> Random:
        """The dice of one feed, which always fall alike."""
        return Random(f"{SEED} {feed}")


def keyed(past: Past) -> Iterator[Dated]:
    """Claims keyed in time out of those received, each working day."""
    dice = past.random("keying")
    for day in past.days():
        if day.weekday() > 4:
            continue
        ago, received = past.ago(day), dice.randint(95, 145)
        share = TIMELY.get(ago, 0.981) + dice.uniform(-0.008, 0.008)
        if (ago == PORTAL_DOWN and 10 <= day.day <= 13) or (ago == MISCOUNTED and 10 <= day.day <= 15):
            share = 0.62
        yield day, counts("KEYING", {"date": day.isoformat()}, min(received, round(received * share)), received)


def answered(past: Past) -> Iterator[Dated]:
    """Calls answered in time out of those offered, each day; three of the last days were bad ones."""
    dice = past.random("calls")
    bad = {past.today - DAY: 0.62, past.today - 2 * DAY: 0.66, past.today - 3 * DAY: 0.645}
    for day in past.days():
        offered = dice.randint(380, 520) if day.weekday() < 5 else dice.randint(120, 160)
        share = ANSWERED.get(past.ago(day), 0.845) + dice.uniform(-0.04, 0.04)
        share = bad.get(day, 0.66 if dice.random() < 0.02 else share)
        yield day, counts("CALLS", {"date": day.isoformat()}, round(offered * share), offered)


def surveyed(past: Past) -> Iterator[Dated]:
    """Answers to surveys from 1 to 5; in one month hardly anybody was asked."""
    dice = past.random("surveys")
    for number, day in enumerate(past.days()):
        ago = past.ago(day)
        if ago == FEW_ANSWERS and day.day % 5:
            continue
        for answer in range(dice.randint(0, 3)):
            score = round(min(5, max(1, dice.gauss(4.45 + HAPPY.get(ago, 0), 0.8))))
            at = past.at(day, 9 + answer * 3).isoformat()
            yield day, {"feed": "SURVEYS", "external_id": f"S-{number}-{answer}", "occurred_at": at, "value": score}


def forbidden(past: Past, ago: int) -> list[Mapping[str, Any]]:
    """What may not happen, in one month: calls to people who asked not to be called, complaints, escalations."""
    dice = past.random(f"events {ago}")
    year = (past.months - ago) // 12 if past.months > 24 else 1 + (past.months - ago) // 12
    happened = {
        "suppressed called": 2 if ago == 9 else int(ago == 2),
        "complaints": COMPLAINTS[min(year, 2)],
        "escalations": dice.randint(18, 30),
    }
    month = f"{past.month(ago):%Y-%m}"
    return [
        {"feed": "EVENTS", "period": month, "split": split, "numerator": number} for split, number in happened.items()
    ]


def tickets(past: Past) -> Iterator[Dated]:
    """Tickets of the claims platform, sent when they are resolved; the last ones are open still."""
    dice, end = past.random("tickets"), past.at(past.today, 0)
    for number, day in enumerate(past.days()):
        for one in range(dice.randint(1, 3) if day.weekday() < 5 else 0):
            priority, hours = dice.choices((P1, P2, P3), weights=(8, 32, 60))[0]
            opened = past.at(day, dice.uniform(8, 14))
            due = opened + timedelta(hours=hours)
            in_time = dice.random() < RESOLVED.get(past.ago(day), 0.955)
            taken = dice.uniform(0.2, 0.9) * hours if in_time else hours + dice.uniform(1, 24)
            resolved, pause = opened + timedelta(minutes=round(taken * 60)), dice.random() < 0.15
            row = {
                "feed": "TICKETS",
                "external_id": f"T-{number}-{one}",
                "opened_at": opened.isoformat(),
                "due_at": due.isoformat(),
                "priority": priority,
            }
            if resolved < end:
                row["resolved_at"] = resolved.isoformat()
                if pause:
                    half = opened + (resolved - opened) / 2
                    row["pauses"] = [[opened.isoformat(), half.isoformat(), "waiting for the user"]]
            yield min(resolved.astimezone(past.zone).date(), past.today - DAY), row


def outages(past: Past) -> Iterator[Dated]:
    """A maintenance window each month, short outages, and now and then a long one."""
    dice = past.random("outages")
    for number, day in enumerate(past.days()):
        if day.weekday() == 6 and day.day <= 7:
            yield day, outage(f"M-{number}", past.at(day, 2.5), 3, planned=True)
        if day.day == 12 and past.ago(day) in DOWN_HOURS:
            yield day, outage(f"O-{number}", past.at(day, 9.5), DOWN_HOURS[past.ago(day)])
        elif dice.random() < 0.04:
            yield day, outage(f"O-{number}", past.at(day, 14), dice.uniform(0.1, 0.7))


def outage(name: str, start: datetime, hours: float, *, planned: bool = False) -> Mapping[str, Any]:
    end = start + timedelta(minutes=round(hours * 60))
    times = {"started_at": start.isoformat(), "ended_at": end.isoformat()}
    return {"feed": "OUTAGES", "external_id": name, "planned": planned, "service": "Claims platform"} | times


def checked_fields(past: Past, ago: int) -> Mapping[str, Any]:
    """Fields keyed a second time in one month, and how many were right."""
    dice = past.random(f"qa {ago}")
    checked = dice.randint(1_250, 1_500)
    wrong = FIELD_ERRORS.get(ago, dice.randint(1, 4))
    return counts("QA", {"period": f"{past.month(ago):%Y-%m}"}, checked - wrong, checked)


def payroll(past: Past, ago: int) -> list[Mapping[str, Any]]:
    """One month's payslips and filings; twice a vendor forgot to report."""
    dice, month = past.random(f"payroll {ago}"), {"period": f"{past.month(ago):%Y-%m}"}
    slips = dice.randint(2_380, 2_420)
    filings = 0 if ago % 6 == 4 else 12
    filed = min(filings, FILINGS.get(ago, 12))
    rows = []
    if ago != PAYSLIPS_FORGOTTEN:
        rows.append(counts("PAYSLIPS", month, slips - PAYSLIP_ERRORS.get(ago, dice.randint(1, 6)), slips))
    if ago != FILINGS_FORGOTTEN:
        rows.append(counts("FILINGS", month, filed, filings))
    return rows


def sales(past: Past) -> Iterator[Dated]:
    """Policies sold out of customers reached, each whole week since the pilot began."""
    dice, monday = past.random("sales"), past.month(2)
    monday += DAY * (-monday.weekday() % 7)
    while monday + 7 * DAY <= past.today:
        reached = dice.randint(180, 240)
        year, week, _ = monday.isocalendar()
        sold = round(reached * dice.choice((0.09, 0.085, 0.095, 0.065, 0.04)))
        yield monday + 6 * DAY, counts("SALES", {"period": f"{year}-W{week:02}"}, sold, reached)
        monday += 7 * DAY


def counts(feed: str, span: Mapping[str, str], numerator: int, denominator: int) -> Mapping[str, Any]:
    return {"feed": feed, **span, "numerator": numerator, "denominator": denominator}
