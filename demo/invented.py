"""Invented results of an insurer's vendors, from a fixed seed: mostly good, with troubles in known months."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from demo.desk import Row
from demo.sources.shifts import month_after

SEED = 20260
DAY = timedelta(days=1)
Dated = tuple[date, Row]
# Bad months, by how many months ago they were, with the share or number that replaces the usual one.
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
class History:
    """The days of the invented data: whole months, and the running month until the day before `today`."""

    today: date
    months: int
    zone: ZoneInfo

    def month(self, ago: int) -> date:
        """The first day of the month that was so many months ago."""
        return month_after(self.today, -ago)

    def months_ago(self, day: date) -> int:
        return (self.today.year - day.year) * 12 + self.today.month - day.month

    @property
    def start(self) -> date:
        return self.month(self.months)

    def days(self) -> Iterator[date]:
        for number in range((self.today - self.start).days):
            yield self.start + number * DAY

    def at(self, day: date, hour: float) -> datetime:
        """A local time of a day, given in hours."""
        return datetime.combine(day, time(0), self.zone) + timedelta(minutes=round(hour * 60))

    def random(self, feed: str) -> Random:
        """Return the random numbers of one feed, which are the same in each load."""
        return Random(f"{SEED} {feed}")


def keyed_claims(history: History) -> Iterator[Dated]:
    """Yield claims keyed in time out of those received, each working day."""
    random = history.random("keying")
    for day in history.days():
        if day.weekday() > 4:
            continue
        ago, received = history.months_ago(day), random.randint(95, 145)
        share = TIMELY.get(ago, 0.981) + random.uniform(-0.008, 0.008)
        if (ago == PORTAL_DOWN and 10 <= day.day <= 13) or (ago == MISCOUNTED and 10 <= day.day <= 15):
            share = 0.62
        yield day, counts_row("KEYING", {"date": day.isoformat()}, min(received, round(received * share)), received)


def answered_calls(history: History) -> Iterator[Dated]:
    """Yield calls answered in time out of those offered, each day; three of the last days are bad."""
    random = history.random("calls")
    bad = {history.today - DAY: 0.62, history.today - 2 * DAY: 0.66, history.today - 3 * DAY: 0.645}
    for day in history.days():
        offered = random.randint(380, 520) if day.weekday() < 5 else random.randint(120, 160)
        share = ANSWERED.get(history.months_ago(day), 0.845) + random.uniform(-0.04, 0.04)
        share = bad.get(day, 0.66 if random.random() < 0.02 else share)
        yield day, counts_row("CALLS", {"date": day.isoformat()}, round(offered * share), offered)


def survey_scores(history: History) -> Iterator[Dated]:
    """Yield answers to surveys from 1 to 5; one month has few of them."""
    random = history.random("surveys")
    for number, day in enumerate(history.days()):
        ago = history.months_ago(day)
        if ago == FEW_ANSWERS and day.day % 5:
            continue
        for answer in range(random.randint(0, 3)):
            score = round(min(5, max(1, random.gauss(4.45 + HAPPY.get(ago, 0), 0.8))))
            at = history.at(day, 9 + answer * 3).isoformat()
            yield day, {"feed": "SURVEYS", "external_id": f"S-{number}-{answer}", "occurred_at": at, "value": score}


def forbidden_events(history: History, ago: int) -> list[Row]:
    """Return one month's events to be avoided: calls to people who asked not to be called, complaints, escalations."""
    random = history.random(f"events {ago}")
    year = (history.months - ago) // 12 if history.months > 24 else 1 + (history.months - ago) // 12
    happened = {
        "suppressed called": 2 if ago == 9 else int(ago == 2),
        "complaints": COMPLAINTS[min(year, 2)],
        "escalations": random.randint(18, 30),
    }
    month = f"{history.month(ago):%Y-%m}"
    return [
        {"feed": "EVENTS", "period": month, "split": split, "numerator": number} for split, number in happened.items()
    ]


def tickets(history: History) -> Iterator[Dated]:
    """Yield tickets of the claims platform, sent when they are resolved; the last ones are still open."""
    random, end = history.random("tickets"), history.at(history.today, 0)
    for number, day in enumerate(history.days()):
        for place in range(random.randint(1, 3) if day.weekday() < 5 else 0):
            priority, hours = random.choices((P1, P2, P3), weights=(8, 32, 60))[0]
            opened = history.at(day, random.uniform(8, 14))
            due = opened + timedelta(hours=hours)
            in_time = random.random() < RESOLVED.get(history.months_ago(day), 0.955)
            taken = random.uniform(0.2, 0.9) * hours if in_time else hours + random.uniform(1, 24)
            resolved, pause = opened + timedelta(minutes=round(taken * 60)), random.random() < 0.15
            row = {
                "feed": "TICKETS",
                "external_id": f"T-{number}-{place}",
                "opened_at": opened.isoformat(),
                "due_at": due.isoformat(),
                "priority": priority,
            }
            if resolved < end:
                row["resolved_at"] = resolved.isoformat()
                if pause:
                    half = opened + (resolved - opened) / 2
                    row["pauses"] = [[opened.isoformat(), half.isoformat(), "waiting for the user"]]
            yield min(resolved.astimezone(history.zone).date(), history.today - DAY), row


def outages(history: History) -> Iterator[Dated]:
    """Yield a maintenance window each month, short outages, and a few long ones."""
    random = history.random("outages")
    for number, day in enumerate(history.days()):
        if day.weekday() == 6 and day.day <= 7:
            yield day, outage_row(f"M-{number}", history.at(day, 2.5), 3, planned=True)
        if day.day == 12 and history.months_ago(day) in DOWN_HOURS:
            yield day, outage_row(f"O-{number}", history.at(day, 9.5), DOWN_HOURS[history.months_ago(day)])
        elif random.random() < 0.04:
            yield day, outage_row(f"O-{number}", history.at(day, 14), random.uniform(0.1, 0.7))


def outage_row(name: str, start: datetime, hours: float, *, planned: bool = False) -> Row:
    end = start + timedelta(minutes=round(hours * 60))
    times = {"started_at": start.isoformat(), "ended_at": end.isoformat()}
    return {"feed": "OUTAGES", "external_id": name, "planned": planned, "service": "Claims platform"} | times


def checked_fields(history: History, ago: int) -> Row:
    """Return how many of the fields checked in one month were right."""
    random = history.random(f"qa {ago}")
    checked = random.randint(1_250, 1_500)
    wrong = FIELD_ERRORS.get(ago, random.randint(1, 4))
    return counts_row("QA", {"period": f"{history.month(ago):%Y-%m}"}, checked - wrong, checked)


def payroll(history: History, ago: int) -> list[Row]:
    """Return one month's payslips and filings; each is missing in one month, as if forgotten."""
    random, month = history.random(f"payroll {ago}"), {"period": f"{history.month(ago):%Y-%m}"}
    slips = random.randint(2_380, 2_420)
    filings = 0 if ago % 6 == 4 else 12
    filed = min(filings, FILINGS.get(ago, 12))
    rows = []
    if ago != PAYSLIPS_FORGOTTEN:
        rows.append(counts_row("PAYSLIPS", month, slips - PAYSLIP_ERRORS.get(ago, random.randint(1, 6)), slips))
    if ago != FILINGS_FORGOTTEN:
        rows.append(counts_row("FILINGS", month, filed, filings))
    return rows


def sales(history: History) -> Iterator[Dated]:
    """Yield policies sold out of customers reached, each whole week since the pilot began."""
    random, monday = history.random("sales"), history.month(2)
    monday += DAY * (-monday.weekday() % 7)
    while monday + 7 * DAY <= history.today:
        reached = random.randint(180, 240)
        year, week, _ = monday.isocalendar()
        sold = round(reached * random.choice((0.09, 0.085, 0.095, 0.065, 0.04)))
        yield monday + 6 * DAY, counts_row("SALES", {"period": f"{year}-W{week:02}"}, sold, reached)
        monday += 7 * DAY


def counts_row(feed: str, span: Mapping[str, str], numerator: int, denominator: int) -> Row:
    return {"feed": feed, **span, "numerator": numerator, "denominator": denominator}
