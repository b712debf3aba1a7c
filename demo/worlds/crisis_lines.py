"""Client 3: a health service with many vendors under many contracts, whose monthly forms are real."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from itertools import groupby

from demo.conversations import answer_some, settle_breaches
from demo.desk import DemoError, Desk
from demo.people import Person, client_people, vendor_people
from demo.schedule import Act, Schedule
from demo.size import WHOLE, Size
from demo.sources.forms import MONTHS, ZONE, Form, form_results, forms
from demo.sources.shifts import month_after, months_until

CLIENT = "Health Service in England"
SOURCE = "Real monthly forms: NHS England, NHS 111 select mental health statistics, OGL v3.0, January to March 2025"
WITH_PEOPLE = "MH050"
IMPOSSIBLE = "numerator_exceeds_denominator"
CLOSING_DAY = 14
LATELY = timedelta(days=5)


def people(size: Size = WHOLE) -> list[Person]:
    """Return the client's people, one vendor's, and at each other vendor somebody who answers and never signs in."""
    vendors = vendor_names(size)
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


def vendor_names(size: Size) -> list[str]:
    """Return the vendors of the chosen contracts, in the contracts' order."""
    known = {form.contract: vendor_name(form) for form in forms()}
    return list(dict.fromkeys(known[code] for code in contract_codes(size)))


def vendor_name(form: Form) -> str:
    """Return the organisation's name, or its code where it has none."""
    return form.organisation_name or f"Organisation {form.organisation}"


def data_shift(schedule: Schedule) -> int:
    return months_until(MONTHS[-1], before=schedule.today)


def contract_codes(size: Size) -> list[str]:
    """Return the contracts' codes, first that of the vendor whose people sign in."""
    codes = sorted({form.contract for form in forms()} - {WITH_PEOPLE})
    return list(size.contracts([WITH_PEOPLE, *codes]))


def load_contracts(desk: Desk, schedule: Schedule, size: Size) -> None:
    by = data_shift(schedule)
    known = {form.contract: form for form in forms()}
    for code in contract_codes(size):
        form = known[code]
        desk.load(
            "crisis_line",
            code=code,
            vendor=vendor_name(form),
            title=form.contract_name.replace('"', "”"),
            start=month_after(MONTHS[0], by),
            provenance=f"{SOURCE}; moved by {by} months. Client and levels invented.",
        )


def plan_events(schedule: Schedule, size: Size) -> None:
    """Send forms from the third to the eleventh of the following month; the month closes on the fourteenth."""
    by, codes = data_shift(schedule), set(contract_codes(size))
    schedule.plan_nights(month_after(month, by + 1).replace(day=CLOSING_DAY) for month in MONTHS)
    for place, (month, vendor, own) in enumerate(forms_by_vendor(codes)):
        after = month_after(month, by + 1)
        schedule.plan(after + timedelta(days=2 + place % 9), time(9, place % 60), report_act(vendor, own, by))
    for month in MONTHS[:-1]:
        day = month_after(month, by + 1) + timedelta(days=20)
        schedule.plan(day, time(10), lambda desk: settle_breaches(desk, client="health", older_than=LATELY))
    answered = month_after(MONTHS[-1], by + 1) + timedelta(days=16)
    if answered < schedule.today:
        schedule.plan(answered, time(10), lambda desk: answer_some(desk, client="health", every=2))


def forms_by_vendor(codes: set[str]) -> Iterator[tuple[object, str, list[Form]]]:
    """Yield the forms of each month, vendor by vendor."""
    taken = sorted(
        (form for form in forms() if form.contract in codes), key=lambda form: (form.month, vendor_name(form))
    )
    for (month, vendor), own in groupby(taken, key=lambda form: (form.month, vendor_name(form))):
        yield month, vendor, list(own)


def report_act(vendor: str, own: list[Form], by: int) -> Act:
    """Send a vendor's forms; one with impossible figures is refused, and sent again without the refused rows."""
    rows = [row for form in own for row in form_results(form, moved=by)]

    def report(desk: Desk) -> None:
        status, answer = desk.post(vendor, rows)
        if status == 422:
            bad = {error["row"] for error in answer["errors"] if error["code"] == IMPOSSIBLE}
            if len(bad) != len(answer["errors"]):
                raise DemoError(f"{vendor}: {answer}")
            desk.counts["rows refused"] += len(bad)
            desk.send(vendor, [row for place, row in enumerate(rows, 1) if place not in bad])
        else:
            desk.counts["results"] += answer["rows"]["received"]

    return report
