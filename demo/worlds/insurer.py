"""Client 4: an insurer and its vendors, invented, so that every page of the desk has something to show."""

from datetime import date, time, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from django.utils import timezone

from breaches.services.excuses import ask_excuse, decide_excuse
from contracts.models.service_levels import ServiceLevel
from demo import invented
from demo.conversations import acknowledge_all, answer_some, settle_breaches
from demo.desk import Desk
from demo.invented import DAY, History
from demo.people import Person, client_people, vendor_people
from demo.schedule import Act, Schedule, send_act
from demo.size import WHOLE, Size
from demo.sources.shifts import month_after
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


def invented_history(schedule: Schedule, size: Size) -> History:
    return History(schedule.today, size.months, ZoneInfo(ZONE))


def term_values(history: History) -> dict[str, object]:
    """Return the dates that the terms files name: months ago, days ahead, months ahead."""
    days = {f"in_{number}_days": history.today + number * DAY for number in (5, 25, 40, 90, 200)}
    months = {f"in_{number}_months": month_after(history.today, number) for number in (3, 10, 22)}
    ago = {f"m{number}": max(history.month(number), history.start) for number in range(26)}
    return {"start": history.start, "signed": history.start - 25 * DAY, **days, **months, **ago}


def load_contracts(desk: Desk, schedule: Schedule, size: Size) -> None:
    known = term_values(invented_history(schedule, size))
    for name in FILES:
        desk.load(name, **known)


def plan_events(schedule: Schedule, size: Size) -> None:
    history = invented_history(schedule, size)
    nights = schedule.plan_nights(night_dates(history))
    plan_reports(schedule, history, nights)
    plan_corrections(schedule, history)
    plan_excuses(schedule, history)
    amended = history.month(11) + timedelta(days=19)
    schedule.plan(amended, time(12), lambda desk: desk.load("claims_amendment", **term_values(history)))
    for ago in range(history.months - 2, 0, -1):
        settle = history.month(ago).replace(day=SETTLED)
        schedule.plan(settle, time(11), lambda desk: settle_breaches(desk, client="insurer", older_than=10 * DAY))
    schedule.plan(
        history.today - 3 * DAY, time(9), lambda desk: acknowledge_all(desk, client="insurer", older_than=2 * DAY)
    )
    schedule.plan(history.today - 2 * DAY, time(14), lambda desk: answer_some(desk, client="insurer", every=2))


def night_dates(history: History) -> list[date]:
    """Return a closing night a month, in the last months an early one too, and in the last week every night."""
    closing = [history.month(ago - 1).replace(day=CLOSING_NIGHT) for ago, _ in history.whole_months()]
    early = [history.month(ago).replace(day=EARLY_NIGHT) for ago in range(WITH_EARLY_NIGHTS)]
    return closing + early + [history.today - number * DAY for number in range(NIGHTLY)]


def plan_reports(schedule: Schedule, history: History, nights: list[date]) -> None:
    """Send daily reports before each night, monthly ones on the sixth."""
    schedule.plan_reports(SKARV, invented.keyed_claims(history), nights)
    schedule.plan_reports(TERN, chain(invented.answered_calls(history), invented.survey_scores(history)), nights)
    schedule.plan_reports(KRYKKJE, chain(invented.tickets(history), invented.outages(history)), nights)
    schedule.plan_reports(LOMVI, invented.sales(history), nights)
    for ago, _ in history.whole_months():
        day = history.month(ago - 1).replace(day=REPORTED)
        if day < history.today:
            schedule.plan(day, time(9), send_act(SKARV, [invented.checked_fields(history, ago)]))
            schedule.plan(day, time(10), send_act(TERN, invented.forbidden_events(history, ago)))
            schedule.plan(day, time(12), send_act(HAVELLE, invented.payroll(history, ago)))


def plan_corrections(schedule: Schedule, history: History) -> None:
    """Correct a month before it closes, send a row after its month closed, and correct a day at once."""
    rows = dict(invented.keyed_claims(history))
    miscounted = [day for day in rows if history.months_ago(day) == invented.MISCOUNTED and 10 <= day.day <= 15]
    right = [{**rows[day], "numerator": rows[day]["denominator"] - 2} for day in miscounted]
    schedule.plan(
        history.month(1) + 5 * DAY, time(10), correction_act(SKARV, right, "A work queue was left out of the count")
    )
    late = next(day for day in rows if history.months_ago(day) == 3)
    row = {**rows[late], "numerator": rows[late]["numerator"] - 9}
    schedule.plan(history.month(2) + 19 * DAY, time(10), correction_act(SKARV, [row], "Found in the quarterly review"))
    day = history.today - 2 * DAY
    row = dict(invented.answered_calls(history))[day]
    better = {**row, "numerator": round(row["denominator"] * 0.83)}
    schedule.plan(
        history.today - DAY, time(14), correction_act(TERN, [better], "Calls of the overflow site were missing")
    )


def correction_act(vendor: str, rows: list[dict[str, object]], reason: str) -> Act:
    """Return an act that sends rows again with a reason and judges them at once."""

    def correct(desk: Desk) -> None:
        desk.send(vendor, rows, reason=reason)
        desk.judge()

    return correct


def plan_excuses(schedule: Schedule, history: History) -> None:
    """Days of a failed portal, a whole month of a strike, one that was refused, and one that waits for its answer."""
    down, strike, refused = history.month(invented.PORTAL_DOWN), history.month(7), history.month(4)
    asked = (
        ("skarv", "TIMELY", down + 9 * DAY, down + 13 * DAY, "The client's portal was down", True),
        ("havelle", "ACCURACY", strike, history.month(6), "A strike at the bank held back all payments", True),
        ("skarv", "TIMELY", refused + 13 * DAY, refused + 16 * DAY, "Many colleagues were ill", False),
    )
    for prefix, code, first, after, reason, granted in asked:
        day = month_after(first, 1)
        schedule.plan(day + DAY, time(10), asker(prefix, code, first, after, reason))
        schedule.plan(day + 2 * DAY, time(15), decider(granted))
    first = history.today - 5 * DAY
    schedule.plan(
        history.today - DAY, time(11), asker("skarv", "TIMELY", first, first + 2 * DAY, "Claims import stood still")
    )


def asker(prefix: str, code: str, first: date, after: date, reason: str) -> Act:
    def ask(desk: Desk) -> None:
        level = ServiceLevel.objects.get(code=code, contract__client__organisation__name=CLIENT)
        manager = desk.people[f"{prefix}-manager"]
        now = timezone.now()
        ask_excuse(service_level=level, starts_on=first, ends_on=after, reason=reason, asked_by=manager, now=now)

    return ask


def decider(granted: bool) -> Act:
    """The client decides what was asked last."""

    def decide(desk: Desk) -> None:
        manager = desk.people["insurer-manager"]
        excuse = Excuse.objects.visible_to(manager).filter(decision=Excuse.Decision.ASKED).latest("asked_at")
        decide_excuse(excuse=excuse, granted=granted, decided_by=manager, now=timezone.now())

    return decide
