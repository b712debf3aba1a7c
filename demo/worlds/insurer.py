"""Client 4: an insurer and its vendors, invented, so that every page of the desk has something to show."""

from datetime import date, time, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from breaches.services.excuses import ask_excuse, decide_excuse
from contracts.models.service_levels import ServiceLevel
from demo import invented
from demo.desk import Desk
from demo.invented import DAY, Past
from demo.people import Person, client_people, vendor_people
from demo.size import WHOLE, Size
from demo.sources.shifts import month_after
from demo.story import Act, Story, sender
from demo.talk import acknowledge_all, answer_some, settle_breaches
from metrics.models.breaches import Excuse

CLIENT, ZONE = "Vardehus Insurance", "Europe/Oslo"
SKARV, TERN, KRYKKJE = "Skarv Claims Services", "Tern Contact Centres", "Krykkje IT Operations"
HAVELLE, LOMVI = "Havelle Payroll", "Lomvi Sales"
VENDORS = {
    "skarv": (SKARV, "Europe/Warsaw"),
    "tern": (TERN, "Asia/Manila"),
    "krykkje": (KRYKKJE, "Europe/Tallinn"),
    "havelle": (HAVELLE, "Europe/Lisbon"),
    "lomvi": (LOMVI, "Europe/Oslo"),
}
FILES = ("claims", "voice", "it_operations", "payroll", "sales_pilot")
EARLY_NIGHT, CLOSING_NIGHT, REPORTED, SETTLED = 4, 16, 6, 18
WITH_EARLY_NIGHTS = 6
NIGHTLY = 7


def people(size: Size = WHOLE) -> list[Person]:
    vendors = (
        vendor_people(prefix, name.split()[0], name, zone, reporter=prefix == "skarv")
        for prefix, (name, zone) in VENDORS.items()
    )
    return [*client_people("insurer", "Insurer", CLIENT, ZONE), *chain.from_iterable(vendors)]


def past_of(story: Story, size: Size) -> Past:
    return Past(story.today, size.months, ZoneInfo(ZONE))


def words(past: Past) -> dict[str, object]:
    """The dates that the terms name: months ago, days ahead, months ahead."""
    days = {f"in_{number}_days": past.today + number * DAY for number in (5, 25, 40, 90, 200)}
    months = {f"in_{number}_months": month_after(past.today, number) for number in (3, 10, 22)}
    ago = {f"m{number}": max(past.month(number), past.start) for number in range(26)}
    return {"start": past.start, "signed": past.start - 25 * DAY, **days, **months, **ago}


def load_contracts(desk: Desk, story: Story, size: Size) -> None:
    known = words(past_of(story, size))
    for name in FILES:
        desk.load(name, **known)


def tell(story: Story, size: Size) -> None:
    past = past_of(story, size)
    nights = story.nights(night_dates(past))
    tell_reports(story, past, nights)
    tell_corrections(story, past)
    tell_excuses(story, past)
    amended = past.month(11) + timedelta(days=19)
    story.tell(amended, time(12), lambda desk: desk.load("claims_amendment", **words(past)))
    for ago in range(past.months - 2, 0, -1):
        settle = past.month(ago).replace(day=SETTLED)
        story.tell(settle, time(11), lambda desk: settle_breaches(desk, client="insurer", older_than=10 * DAY))
    story.tell(past.today - 3 * DAY, time(9), lambda desk: acknowledge_all(desk, client="insurer", older_than=2 * DAY))
    story.tell(past.today - 2 * DAY, time(14), lambda desk: answer_some(desk, client="insurer", every=2))


def night_dates(past: Past) -> list[date]:
    """A closing night a month; lately an early one too, and in the last week every night."""
    closing = [past.month(ago - 1).replace(day=CLOSING_NIGHT) for ago, _ in past.whole_months()]
    early = [past.month(ago).replace(day=EARLY_NIGHT) for ago in range(WITH_EARLY_NIGHTS)]
    return closing + early + [past.today - number * DAY for number in range(NIGHTLY)]


def tell_reports(story: Story, past: Past, nights: list[date]) -> None:
    """What is owed each day comes before each night, what is owed each month on the sixth."""
    story.report(SKARV, invented.keyed(past), nights)
    story.report(TERN, chain(invented.answered(past), invented.surveyed(past)), nights)
    story.report(KRYKKJE, chain(invented.tickets(past), invented.outages(past)), nights)
    story.report(LOMVI, invented.sales(past), nights)
    for ago, _ in past.whole_months():
        day = past.month(ago - 1).replace(day=REPORTED)
        if day < past.today:
            story.tell(day, time(9), sender(SKARV, [invented.checked_fields(past, ago)]))
            story.tell(day, time(10), sender(TERN, invented.forbidden(past, ago)))
            story.tell(day, time(12), sender(HAVELLE, invented.payroll(past, ago)))


def tell_corrections(story: Story, past: Past) -> None:
    """A month counted wrongly and put right before it closed; a day put right at once; a row that came too late."""
    rows = dict(invented.keyed(past))
    miscounted = [day for day in rows if past.ago(day) == invented.MISCOUNTED and 10 <= day.day <= 15]
    right = [{**rows[day], "numerator": rows[day]["denominator"] - 2} for day in miscounted]
    story.tell(past.month(1) + 5 * DAY, time(10), correction(SKARV, right, "A work queue was left out of the count"))
    late = next(day for day in rows if past.ago(day) == 3)
    row = {**rows[late], "numerator": rows[late]["numerator"] - 9}
    story.tell(past.month(2) + 19 * DAY, time(10), correction(SKARV, [row], "Found in the quarterly review"))
    day = past.today - 2 * DAY
    row = dict(invented.answered(past))[day]
    better = {**row, "numerator": round(row["denominator"] * 0.83)}
    story.tell(past.today - DAY, time(14), correction(TERN, [better], "Calls of the overflow site were missing"))


def correction(vendor: str, rows: list[dict[str, object]], reason: str) -> Act:
    """Rows sent again with a reason, and judged as a worker does at once."""

    def correct(desk: Desk) -> None:
        desk.send(vendor, rows, reason=reason)
        desk.judge()

    return correct


def tell_excuses(story: Story, past: Past) -> None:
    """Days of a failed portal, a whole month of a strike, one that was refused, and one that waits for its answer."""
    down, strike, refused = past.month(invented.PORTAL_DOWN), past.month(7), past.month(4)
    asked = (
        ("skarv", "TIMELY", down + 9 * DAY, down + 13 * DAY, "The client's portal was down", True),
        ("havelle", "ACCURACY", strike, past.month(6), "A strike at the bank held back all payments", True),
        ("skarv", "TIMELY", refused + 13 * DAY, refused + 16 * DAY, "Many colleagues were ill", False),
    )
    for prefix, code, first, after, reason, granted in asked:
        day = month_after(first, 1)
        story.tell(day + DAY, time(10), asker(prefix, code, first, after, reason))
        story.tell(day + 2 * DAY, time(15), decider(granted))
    first = past.today - 5 * DAY
    story.tell(
        past.today - DAY, time(11), asker("skarv", "TIMELY", first, first + 2 * DAY, "Claims import stood still")
    )


def asker(prefix: str, code: str, first: date, after: date, reason: str) -> Act:
    def ask(desk: Desk) -> None:
        level = ServiceLevel.objects.get(code=code, contract__client__organisation__name=CLIENT)
        manager = desk.people[f"{prefix}-manager"]
        now = desk.now()
        ask_excuse(service_level=level, starts_on=first, ends_on=after, reason=reason, asked_by=manager, now=now)

    return ask


def decider(granted: bool) -> Act:
    """The client decides what was asked last."""

    def decide(desk: Desk) -> None:
        manager = desk.people["insurer-manager"]
        excuse = Excuse.objects.visible_to(manager).filter(decision=Excuse.Decision.ASKED).latest("asked_at")
        decide_excuse(excuse=excuse, granted=granted, decided_by=manager, now=desk.now())

    return decide
