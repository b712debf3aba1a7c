"""Client 2: an IT firm whose tickets are real, as a service-desk contract judged by priority."""

from datetime import date, datetime, time, timedelta

from demo.conversations import answer_some, settle_breaches
from demo.desk import Desk, Row
from demo.people import Person, client_people, vendor_people
from demo.schedule import DAY, Schedule
from demo.size import WHOLE, Size
from demo.sources.shifts import month_after, weeks_until
from demo.sources.tickets import FIRST_DAY, LAST_DAY, ZONE, ticket_results

CLIENT, VENDOR = "Serra Systems", "Planalto Service Desk"
SOURCE = "Real tickets: UCI, “Incident management process enriched event log”, CC BY 4.0, 2016"
CLOSING_DAY = 7


def people(size: Size = WHOLE) -> list[Person]:
    return [
        *client_people("it", "IT firm", CLIENT, ZONE),
        *vendor_people("planalto", VENDOR, VENDOR, ZONE, reporter=True),
    ]


def data_shift(schedule: Schedule) -> timedelta:
    return weeks_until(LAST_DAY, before=schedule.today)


def first_month(schedule: Schedule) -> date:
    return (FIRST_DAY + data_shift(schedule)).replace(day=1)


def load_contracts(desk: Desk, schedule: Schedule, size: Size) -> None:
    start, weeks = first_month(schedule), data_shift(schedule).days // 7
    desk.load(
        "service_desk",
        start=start,
        signed=start - timedelta(days=30),
        ends=month_after(start, 36),
        in_20_days=schedule.today + timedelta(days=20),
        in_200_days=schedule.today + timedelta(days=200),
        provenance=f"{SOURCE}; dates moved by {weeks:,} weeks. Names, levels and prices invented.",
    )


def plan_events(schedule: Schedule, size: Size) -> None:
    """Send each ticket before the first night after it was closed; months close on their seventh day."""
    months = [month_after(first_month(schedule), number) for number in range(1, 15)]
    nights = schedule.plan_nights(month.replace(day=CLOSING_DAY) for month in months)
    schedule.plan_reports(VENDOR, dated_tickets(ticket_results(moved=data_shift(schedule)), size), nights)
    for night in nights[2:-2]:
        schedule.plan(night, time(11), lambda desk: settle_breaches(desk, client="it", older_than=timedelta(days=25)))
    schedule.plan(schedule.today - DAY, time(15), lambda desk: answer_some(desk, client="it", every=2))


def dated_tickets(rows: object, size: Size) -> list[tuple[date, Row]]:
    """Return tickets with the local day on which they were closed."""
    return [(datetime.fromisoformat(str(row["closed_at"])).date(), row) for row in size.tickets(rows)]
