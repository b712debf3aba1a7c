"""Client 3: a health service with many vendors under many contracts, whose monthly forms are real."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from itertools import groupby

from demo.desk import DemoFailed, Desk
from demo.people import Person, client_people, vendor_people
from demo.size import WHOLE, Size
from demo.sources.forms import MONTHS, ZONE, Form, form_results, forms
from demo.sources.shifts import month_after, months_until
from demo.story import Act, Story
from demo.talk import answer_some, settle_breaches

CLIENT = "Health Service in England"
SOURCE = "Real monthly forms: NHS England, NHS 111 select mental health statistics, OGL v3.0, January to March 2025"
WITH_PEOPLE = "MH050"
IMPOSSIBLE = "numerator_exceeds_denominator"
CLOSING_DAY = 14
LATELY = timedelta(days=5)


def people(size: Size = WHOLE) -> list[Person]:
    """The client's people, one vendor's, and somebody at each other vendor who answers and never signs in."""
    vendors = vendors_of(size)
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


def vendors_of(size: Size) -> list[str]:
    """The vendors of the chosen contracts, in the contracts' order."""
    known = {form.contract: vendor_of(form) for form in forms()}
    return list(dict.fromkeys(known[code] for code in chosen(size)))


def vendor_of(form: Form) -> str:
    """The organisation's name; one of them has only a code."""
    return form.organisation_name or f"Organisation {form.organisation}"


def moved(story: Story) -> int:
    return months_until(MONTHS[-1], before=story.today)


def chosen(size: Size) -> list[str]:
    """The contracts by their codes; the one whose vendor signs in, first."""
    codes = sorted({form.contract for form in forms()} - {WITH_PEOPLE})
    return list(size.contracts([WITH_PEOPLE, *codes]))


def load_contracts(desk: Desk, story: Story, size: Size) -> None:
    by = moved(story)
    known = {form.contract: form for form in forms()}
    for code in chosen(size):
        form = known[code]
        desk.load(
            "crisis_line",
            code=code,
            vendor=vendor_of(form),
            title=form.contract_name.replace('"', "”"),
            start=month_after(MONTHS[0], by),
            provenance=f"{SOURCE}; moved by {by} months. Client and levels invented.",
        )


def tell(story: Story, size: Size) -> None:
    """Forms come in on the third to the eleventh of the month after; the month closes on the fourteenth."""
    by, codes = moved(story), set(chosen(size))
    story.nights(month_after(month, by + 1).replace(day=CLOSING_DAY) for month in MONTHS)
    for place, (month, vendor, own) in enumerate(by_vendor(codes)):
        after = month_after(month, by + 1)
        story.tell(after + timedelta(days=2 + place % 9), time(9, place % 60), reporter(vendor, own, by))
    for month in MONTHS[:-1]:
        day = month_after(month, by + 1) + timedelta(days=20)
        story.tell(day, time(10), lambda desk: settle_breaches(desk, client="health", older_than=LATELY))
    answered = month_after(MONTHS[-1], by + 1) + timedelta(days=16)
    if answered < story.today:
        story.tell(answered, time(10), lambda desk: answer_some(desk, client="health", every=2))


def by_vendor(codes: set[str]) -> Iterator[tuple[object, str, list[Form]]]:
    """The forms of each month, vendor by vendor."""
    taken = sorted((form for form in forms() if form.contract in codes), key=lambda form: (form.month, vendor_of(form)))
    for (month, vendor), own in groupby(taken, key=lambda form: (form.month, vendor_of(form))):
        yield month, vendor, list(own)


def reporter(vendor: str, own: list[Form], by: int) -> Act:
    """Send a vendor's forms; one that cannot be true is refused by the desk, and sent again without its bad row."""
    rows = [row for form in own for row in form_results(form, moved=by)]

    def report(desk: Desk) -> None:
        status, answer = desk.post(vendor, rows)
        if status == 422:
            bad = {error["row"] for error in answer["errors"] if error["code"] == IMPOSSIBLE}
            if len(bad) != len(answer["errors"]):
                raise DemoFailed(f"{vendor}: {answer}")
            desk.done["rows refused"] += len(bad)
            desk.send(vendor, [row for place, row in enumerate(rows, 1) if place not in bad])
        else:
            desk.done["results"] += answer["rows"]["received"]

    return report
