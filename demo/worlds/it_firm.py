"""Client 2: an IT firm whose tickets are real, as a service-desk contract judged by priority."""

from datetime import datetime, time, timedelta
from itertools import islice

from demo.conversations import answer_some, settle_breaches
from demo.desk import Desk
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


def load_contracts(desk: Desk, schedule: Schedule, size: Size) -> None:
    by = weeks_until(LAST_DAY, before=schedule.today)
    start = (FIRST_DAY + by).replace(day=1)
    desk.load(
        "service_desk",
        start=start,
        signed=start - timedelta(days=30),
        ends=month_after(start, 36),
        in_20_days=schedule.today + timedelta(days=20),
        in_200_days=schedule.today + timedelta(days=200),
        provenance=f"{SOURCE}; dates moved by {by.days // 7:,} weeks. Names, levels and prices invented.",
    )


def plan_events(schedule: Schedule, size: Size) -> None:
    """Send each ticket before the first night after it was closed; months close on their seventh day."""
    by = weeks_until(LAST_DAY, before=schedule.today)
    months = [month_after(FIRST_DAY + by, number) for number in range(1, 15)]
    nights = schedule.plan_nights(month.replace(day=CLOSING_DAY) for month in months)
    tickets = islice(ticket_results(moved=by), 0, None, size.every_ticket)
    dated = ((datetime.fromisoformat(str(ticket["closed_at"])).date(), ticket) for ticket in tickets)
    schedule.plan_reports(VENDOR, dated, nights)
    for night in nights[2:-2]:
        schedule.plan(night, time(11), settle_breaches, client="it", older_than=timedelta(days=25))
    schedule.plan(schedule.today - DAY, time(15), answer_some, client="it", every=2)
