"""An export in another locale, order or form gives the same rows, a question or a listed error, never other numbers."""

import csv
import io
import os
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from intake.files.readings.targets import Target
from intake.tests.readings import CALLS, CASES, DAILY, Outcome, read

pytestmark = pytest.mark.any_database
MUTATIONS = 200 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 25
Row = Sequence[object]
Shape = tuple[Target, Mapping[str, str], Sequence[str], Sequence[Row]]
FEED = replace(DAILY, first_day=DAILY.first_day.replace(month=1))
DAYS: Shape = (
    FEED, {"Day": "date", "Queue": "split", "Answered in time": "numerator", "Offered": "denominator"},
    ("Day", "Queue", "Offered", "Answered in time", "SL"),
    [(datetime(2025, 10, day, tzinfo=UTC), queue, 1200 + day * 7, 900 + day * 3, "74.98%")
     for day in (3, 9, 11, 14) for queue in ("Orders", "Returns")],
)  # fmt: skip
CONTACTS: Shape = (
    replace(CALLS, first_day=FEED.first_day),
    {"Call ID": "external_id", "Start": "occurred_at", "Result": "outcome", "Wait": "wait_seconds"},
    ("Call ID", "Start", "Result", "Wait", "Agent"),
    [(f"c-{at}", datetime(2025, 10, 3 + at, 9, at, tzinfo=UTC), "Answered", 10 + at * 0.5, "A. B.") for at in range(9)],
)
TICKETS: Shape = (
    replace(CASES, first_day=FEED.first_day),
    {"Key": "external_id", "Created": "opened_at", "Resolved": "resolved_at"},
    ("Key", "Created", "Resolved", "Summary"),
    [(f"T-{at}", opened, opened + timedelta(hours=31), "Till, broken")
     for at in range(7) if (opened := datetime(2025, 10, 2 + at, 8, 5, tzinfo=UTC))],
)  # fmt: skip
SHAPES = {"totals of days": DAYS, "calls": CONTACTS, "tickets": TICKETS}
DATES = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%b-%Y", "%d %B %Y", "%m/%d/%y", "%Y/%m/%d")
CLOCKS = ("%H:%M", "%H:%M:%S", "%I:%M %p")


def number_text(number: float, sign: str, group: str) -> str:
    text = f"{number:,.1f}".removesuffix(".0")
    return text.replace(",", "G").replace(".", sign).replace("G", group)


def written(shape: Shape, chance: random.Random) -> bytes:
    """The export as some program, some locale and some hand may write it."""
    _feed, _columns, heads, rows = shape
    sign, group = chance.choice([(".", ""), (",", ""), (".", ","), (",", "."), (",", " "), (".", "\u00a0"), (".", "'")])
    day, clock = chance.choice(DATES), chance.choice(CLOCKS)
    form = f"{day} {clock}" if any(isinstance(cell, datetime) and cell.hour for cell in rows[0]) else day

    def text(cell: object) -> str:
        if isinstance(cell, datetime):
            return cell.strftime(form)
        return number_text(cell, sign, group) if isinstance(cell, int | float) else str(cell)

    order = chance.sample(range(len(heads)), len(heads)) if chance.random() < 0.5 else list(range(len(heads)))
    spell: Callable[[str], str] = chance.choice([str, str.upper, str.lower, lambda name: f" {name} "])
    lines = [[spell(heads[at]) for at in order], *([text(row[at]) for at in order] for row in rows)]
    if chance.random() < 0.3:
        lines = [["Report of October"], ["generated 03 Nov 2025"], [], *lines]
    if chance.random() < 0.3:
        lines.append(["Total", *[""] * (len(heads) - 1)])
    if chance.random() < 0.3:
        lines.append(["Source: export"])
    file = io.StringIO()
    csv.writer(file, delimiter=chance.choice(",;\t|"), lineterminator=chance.choice(["\n", "\r\n"])).writerows(lines)
    return file.getvalue().encode(chance.choice(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))


def plainly(shape: Shape) -> bytes:
    _feed, _columns, heads, rows = shape
    file = io.StringIO()
    csv.writer(file).writerows(
        [heads, *([f"{cell:%Y-%m-%d %H:%M}" if isinstance(cell, datetime) else cell for cell in row] for row in rows)]
    )
    return file.getvalue().encode()


def results(outcome: Outcome) -> set[tuple[tuple[str, str | None], ...]]:
    """The rows that are stored; one without a cell that is needed is refused later."""
    needed = outcome.application.target.required
    return {tuple(sorted(cells.items())) for cells in outcome.cells if needed <= cells.keys()}


@pytest.mark.parametrize("name", SHAPES)
def test_a_mutated_export_is_never_read_as_other_numbers(name):
    shape = SHAPES[name]
    feed, columns, _heads, rows = shape
    right = read(plainly(shape), feed, {"zone": "Europe/Berlin"}, columns=columns)
    assert len(right.cells) == len(rows), right.proposal.doubts
    for number in range(MUTATIONS):
        content = written(shape, random.Random(f"{name} {number}"))
        first = read(content, feed, {"zone": "Europe/Berlin"}, columns=columns)
        again = read(content, feed, earlier=right.proposal.reading)
        for outcome in (first, again):
            listed = {error[0] for error in outcome.errors}
            assert results(outcome) <= results(right), (number, content)
            assert outcome.doubts or len(results(outcome)) + len(listed) >= len(rows), (number, content)
