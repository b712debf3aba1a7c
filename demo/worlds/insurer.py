"""Client 4: an insurer and its vendors, invented, so that every page of the desk has something to show."""

from datetime import date, time, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from django.utils import timezone

from breaches.services.excuses import ask_excuse, decide_excuse
from contracts.models.service_levels import ServiceLevel
from demo import invented
from demo.conversations import acknowledge_all, answer_some, settle_breaches
from demo.desk import Desk, Row
from demo.invented import DAY, History
from demo.people import Person, client_people, vendor_people
from demo.schedule import Schedule
from demo.size import WHOLE, Size
from demo.sources.shifts import month_after
from metrics.models.breaches import Excuse
from metrics.services.judging import judge_all

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


def term_values(history: History) -> dict[str, object]:
    """Return the dates that the terms files name: months ago, days ahead, months ahead."""
    days = {f"in_{number}_days": history.today + number * DAY for number in (5, 25, 40, 90, 200)}
    months = {f"in_{number}_months": month_after(history.today, number) for number in (3, 10, 22)}
    ago = {f"m{number}": max(history.month(number), history.start) for number in range(26)}
    return {"start": history.start, "signed": history.start - 25 * DAY, **days, **months, **ago}


def load_contracts(desk: Desk, schedule: Schedule, size: Size) -> None:
    known = term_values(History(schedule.today, size.months, ZoneInfo(ZONE)))
    for name in FILES:
        desk.load(name, **known)


def plan_events(schedule: Schedule, size: Size) -> None:
    history = History(schedule.today, size.months, ZoneInfo(ZONE))
    # A closing night a month, in the last months an early one too, and in the last week every night.
    closing = [history.month(ago - 1).replace(day=CLOSING_NIGHT) for ago in range(history.months, 0, -1)]
    early = [history.month(ago).replace(day=EARLY_NIGHT) for ago in range(WITH_EARLY_NIGHTS)]
    nightly = [history.today - number * DAY for number in range(NIGHTLY)]
    nights = schedule.plan_nights([*closing, *early, *nightly])
    plan_reports(schedule, history, nights)
    plan_corrections(schedule, history)
    plan_excuses(schedule, history)
    amended = history.month(11) + timedelta(days=19)
    schedule.plan(amended, time(12), Desk.load, "claims_amendment", **term_values(history))
    for ago in range(history.months - 2, 0, -1):
        settle = history.month(ago).replace(day=SETTLED)
        schedule.plan(settle, time(11), settle_breaches, client="insurer", older_than=10 * DAY)
    schedule.plan(history.today - 3 * DAY, time(9), acknowledge_all, client="insurer", older_than=2 * DAY)
    schedule.plan(history.today - 2 * DAY, time(14), answer_some, client="insurer", every=2)


def plan_reports(schedule: Schedule, history: History, nights: list[date]) -> None:
    """Send daily reports before each night, monthly ones on the sixth."""
    schedule.plan_reports(SKARV, invented.keyed_claims(history), nights)
    schedule.plan_reports(TERN, chain(invented.answered_calls(history), invented.survey_scores(history)), nights)
    schedule.plan_reports(KRYKKJE, chain(invented.tickets(history), invented.outages(history)), nights)
    schedule.plan_reports(LOMVI, invented.sales(history), nights)
    for ago in range(history.months, 0, -1):
        day = history.month(ago - 1).replace(day=REPORTED)
        if day < history.today:
            schedule.plan(day, time(9), Desk.send, SKARV, [invented.checked_fields(history, ago)])
            schedule.plan(day, time(10), Desk.send, TERN, invented.forbidden_events(history, ago))
            schedule.plan(day, time(12), Desk.send, HAVELLE, invented.payroll(history, ago))


def plan_corrections(schedule: Schedule, history: History) -> None:
    """Correct a month before it closes, send a row after its month closed, and correct a day at once."""
    rows = dict(invented.keyed_claims(history))
    miscounted = [day for day in rows if history.months_ago(day) == invented.MISCOUNTED and 10 <= day.day <= 15]
    right = [{**rows[day], "numerator": rows[day]["denominator"] - 2} for day in miscounted]
    schedule.plan(
        history.month(1) + 5 * DAY, time(10), send_correction, SKARV, right, "A work queue was left out of the count"
    )
    late = next(day for day in rows if history.months_ago(day) == 3)
    row = {**rows[late], "numerator": rows[late]["numerator"] - 9}
    schedule.plan(history.month(2) + 19 * DAY, time(10), send_correction, SKARV, [row], "Found in the quarterly review")
    day = history.today - 2 * DAY
    row = dict(invented.answered_calls(history))[day]
    better = {**row, "numerator": round(row["denominator"] * 0.83)}
    reason = "Calls of the overflow site were missing"
    schedule.plan(history.today - DAY, time(14), send_correction, TERN, [better], reason)


def send_correction(desk: Desk, vendor: str, rows: list[Row], reason: str) -> None:
    """Send rows again with a reason, and judge them at once as a notified worker does."""
    desk.send(vendor, rows, reason=reason)
    judge_all(now=timezone.now())


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
        schedule.plan(day + DAY, time(10), ask_for_excuse, prefix, code, first, after, reason)
        schedule.plan(day + 2 * DAY, time(15), decide_latest_excuse, granted=granted)
    day, first = history.today - DAY, history.today - 5 * DAY
    reason = "Claims import stood still"
    schedule.plan(day, time(11), ask_for_excuse, "skarv", "TIMELY", first, first + 2 * DAY, reason)


def ask_for_excuse(desk: Desk, prefix: str, code: str, first: date, after: date, reason: str) -> None:
    """Let a vendor's manager ask that the days from `first` until before `after` are not counted."""
    level = ServiceLevel.objects.get(code=code, contract__client__organisation__name=CLIENT)
    manager, now = desk.people[f"{prefix}-manager"], timezone.now()
    ask_excuse(service_level=level, starts_on=first, ends_on=after, reason=reason, asked_by=manager, now=now)


def decide_latest_excuse(desk: Desk, *, granted: bool) -> None:
    """Let the client decide what was asked last."""
    manager = desk.people["insurer-manager"]
    excuse = Excuse.objects.visible_to(manager).filter(decision=Excuse.Decision.ASKED).latest("asked_at")
    decide_excuse(excuse=excuse, granted=granted, decided_by=manager, now=timezone.now())
