"""Client 3: a health service with many vendors under many contracts, whose monthly forms are real."""

from dataclasses import replace
from datetime import time, timedelta
from itertools import groupby
from operator import attrgetter

from demo.conversations import answer_some, settle_breaches
from demo.desk import DemoError, Desk, Row
from demo.people import Person, client_people, vendor_people
from demo.schedule import Schedule
from demo.size import WHOLE, Size
from demo.sources.forms import MONTHS, ZONE, form_results, forms
from demo.sources.shifts import month_after, months_until

CLIENT = "Health Service in England"
SOURCE = "Real monthly forms: NHS England, NHS 111 select mental health statistics, OGL v3.0, January to March 2025"
WITH_PEOPLE = "MH050"
IMPOSSIBLE = "numerator_exceeds_denominator"
CLOSING_DAY = 14
LATELY = timedelta(days=5)


def people(size: Size = WHOLE) -> list[Person]:
    """Return the client's people, one vendor's, and at each other vendor somebody who answers and never signs in."""
    known = {form.contract: form.organisation_name for form in forms()}
    vendors = list(dict.fromkeys(known[code] for code in contract_codes(size)))
    others = (
        replace(one, is_silent=True)
        for place, vendor in enumerate(vendors[1:], 2)
        for one in vendor_people(f"crisis-line-{place:02}", "Crisis line", vendor, ZONE)
    )
    return [
        *client_people("health", "Health service", CLIENT, ZONE),
        *vendor_people("crisis-line", "Crisis line", vendors[0], ZONE, reporter=True),
        *others,
    ]


def contract_codes(size: Size) -> list[str]:
    """Return the contracts' codes, first that of the vendor whose people sign in."""
    codes = sorted({form.contract for form in forms()} - {WITH_PEOPLE})
    return [WITH_PEOPLE, *codes][: size.crisis_contracts]


def load_contracts(desk: Desk, schedule: Schedule, size: Size) -> None:
    by = months_until(MONTHS[-1], before=schedule.today)
    known = {form.contract: form for form in forms()}
    for code in contract_codes(size):
        form = known[code]
        desk.load(
            "crisis_line",
            code=code,
            vendor=form.organisation_name,
            title=form.contract_name.replace('"', "”"),
            start=month_after(MONTHS[0], by),
            provenance=f"{SOURCE}; moved by {by} months. Client and levels invented.",
        )


def plan_events(schedule: Schedule, size: Size) -> None:
    """Send forms from the third to the eleventh of the following month; the month closes on the fourteenth."""
    by = months_until(MONTHS[-1], before=schedule.today)
    schedule.plan_nights(month_after(month, by + 1).replace(day=CLOSING_DAY) for month in MONTHS)
    codes = set(contract_codes(size))
    month_and_vendor = attrgetter("month", "organisation_name")
    chosen = sorted((form for form in forms() if form.contract in codes), key=month_and_vendor)
    for place, ((month, vendor), own) in enumerate(groupby(chosen, key=month_and_vendor)):
        day = month_after(month, by + 1) + timedelta(days=2 + place % 9)
        rows = [row for form in own for row in form_results(form, moved=by)]
        schedule.plan(day, time(9, place % 60), send_forms, vendor, rows)
    for month in MONTHS[:-1]:
        day = month_after(month, by + 1) + timedelta(days=20)
        schedule.plan(day, time(10), settle_breaches, client="health", older_than=LATELY)
    answered = month_after(MONTHS[-1], by + 1) + timedelta(days=16)
    if answered < schedule.today:
        schedule.plan(answered, time(10), answer_some, client="health", every=2)


def send_forms(desk: Desk, vendor: str, rows: list[Row]) -> None:
    """Send a vendor's forms; one with impossible figures is refused, and sent again without the refused rows."""
    status, answer = desk.post(vendor, rows)
    if status == 422:
        bad = {error["row"] for error in answer["errors"] if error["code"] == IMPOSSIBLE}
        if len(bad) != len(answer["errors"]):
            raise DemoError(f"{vendor}: {answer}")
        desk.counts["rows refused"] += len(bad)
        desk.send(vendor, [row for place, row in enumerate(rows, 1) if place not in bad])
    else:
        desk.counts["results"] += answer["rows"]["received"]
