"""Client 2: an IT firm whose tickets are real, as a service-desk contract judged by priority."""

from datetime import date, datetime, time, timedelta

from demo.desk import Desk, Row
from demo.people import Person, client_people, vendor_people
from demo.size import WHOLE, Size
from demo.sources.shifts import month_after, weeks_until
from demo.sources.tickets import FIRST_DAY, LAST_DAY, ZONE, ticket_results
from demo.story import DAY, Story
from demo.talk import answer_some, settle_breaches

CLIENT, VENDOR = "Serra Systems", "Planalto Service Desk"
SOURCE = "Real tickets: UCI, “Incident management process enriched event log”, CC BY 4.0, 2016"
CLOSING_DAY = 7


def people(size: Size = WHOLE) -> list[Person]:
    return [
        *client_people("it", "IT firm", CLIENT, ZONE),
        *vendor_people("planalto", VENDOR, VENDOR, ZONE, reporter=True),
    ]


def moved(story: Story) -> timedelta:
    return weeks_until(LAST_DAY, before=story.today)


def start_of(story: Story) -> date:
    return (FIRST_DAY + moved(story)).replace(day=1)


def load_contracts(desk: Desk, story: Story, size: Size) -> None:
    start, weeks = start_of(story), moved(story).days // 7
    desk.load(
        "service_desk",
        start=start,
        signed=start - timedelta(days=30),
        ends=month_after(start, 36),
        in_20_days=story.today + timedelta(days=20),
        in_200_days=story.today + timedelta(days=200),
        provenance=f"{SOURCE}; dates moved by {weeks:,} weeks. Names, levels and prices invented.",
    )


def tell(story: Story, size: Size) -> None:
    """Each ticket comes in once it is closed, in time for the night after; months close on their seventh."""
    months = [month_after(start_of(story), number) for number in range(1, 15)]
    nights = story.nights(month.replace(day=CLOSING_DAY) for month in months)
    story.report(VENDOR, dated(ticket_results(moved=moved(story)), size), nights)
    for night in nights[2:-2]:
        story.tell(night, time(11), lambda desk: settle_breaches(desk, client="it", older_than=timedelta(days=25)))
    story.tell(story.today - DAY, time(15), lambda desk: answer_some(desk, client="it", every=2))


def dated(rows: object, size: Size) -> list[tuple[date, Row]]:
    """Tickets with the local day on which they were closed."""
    return [(datetime.fromisoformat(str(row["closed_at"])).date(), row) for row in size.tickets(rows)]
