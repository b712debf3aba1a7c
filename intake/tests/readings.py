"""Files read by the engine alone, without a database."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from intake.files.readings.apply import Application
from intake.files.readings.doubts import answer
from intake.files.readings.propose import Proposal, propose, with_fitting_sheet
from intake.files.readings.reading import Reading
from intake.files.readings.rows import Rows
from intake.files.readings.targets import Target
from intake.tests.workbooks import source_of

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2025, 11, 5)
# Some questions are asked only once others are answered.
ROUNDS = 2


def target(kind: str = "counts", schedule: str = "daily", **more: Any) -> Target:
    """A feed of a contract in Berlin that began in July 2025, on 5 November."""
    zone = more.pop("zone", BERLIN)
    given = {"first_day": date(2025, 7, 1), "today": TODAY, "zones": (zone.key, "UTC")} | more
    return Target(kind, schedule if kind == "counts" else "event", zone, **given)


DAILY, MONTHLY, WEEKLY = target(), target(schedule="monthly"), target(schedule="weekly")
CALLS, CASES, SAMPLES = target("contacts"), target("cases"), target("observations", highest=Decimal(100))


@dataclass
class Outcome:
    """What a file gives: the reading, its doubts, and rows where there is no doubt."""

    proposal: Proposal
    rows: Rows
    application: Application

    @property
    def doubts(self) -> list[str]:
        return [doubt.key for doubt in self.proposal.doubts]

    @property
    def cells(self) -> list[dict[str, Any]]:
        return [cells for at, cells in enumerate(self.rows.cells) if at not in self.rows.errors]

    @property
    def errors(self) -> list[tuple[int, str, str]]:
        found = [error for errors in self.rows.errors.values() for error in errors]
        return [(error.line, error.field, error.code) for error in found]


def read(
    content: str | bytes,
    feed: Target = DAILY,
    answers: Mapping[str, str] | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    earlier: Reading | None = None,
) -> Outcome:
    """Read a file for a feed: by an `earlier` reading, or with what a person answers about it."""
    source = source_of(content.encode() if isinstance(content, str) else content)
    readings = [("earlier", earlier)] if earlier else []
    source = with_fitting_sheet(source, feed, readings)
    proposal = propose(source, feed, None, readings)
    if answers or columns is not None:
        reading = proposal.reading
        for name, column in (columns or {}).items():
            reading = reading.with_column(name, column=column)
        if columns is not None:
            has_id = "external_id" in columns.values()
            reading = replace(reading, undecided=(), leave_out_others=True, id=() if has_id else reading.id)
        for _round in range(ROUNDS):
            reading = answer(reading, answers or {}, proposal.doubts)
            proposal = propose(source, feed, reading, [])
            reading = proposal.reading
    application = Application(proposal.reading, proposal.survey, feed)
    rows = Rows()
    if proposal.is_ready:
        rows = application.take(source.lines())
        rows.extend(application.finish())
    return Outcome(proposal, rows, application)
