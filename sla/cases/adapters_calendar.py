"""Cases about time, translated into calls of the engine and back."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sla.calendars import BusinessCalendar
from sla.cases.printing import printed
from sla.cases.registry import Inputs, adapter
from sla.instants import resolve
from sla.metrics.intervals import length
from sla.periods import FISCAL_PATTERNS, PeriodKind, PeriodRule, fiscal_year, local_day, span
from sla.tallies import exact

Outputs = dict[str, Any]
HOUR = 3600


def calendar_of(zone: str, hours: Mapping[int, Sequence[Any]], given: Inputs) -> BusinessCalendar:
    """A calendar from a case: holidays are dates, or month and day where they recur every year."""
    listed = [str(day) for day in given.get("holidays", ())]
    yearly = frozenset((int(day[:2]), int(day[3:])) for day in listed if len(day) == len("12-25"))
    dates = frozenset(date.fromisoformat(day) for day in listed if len(day) > len("12-25"))
    exceptions = {date.fromisoformat(day): windows for day, windows in given.get("exceptions", {}).items()}
    return BusinessCalendar(ZoneInfo(zone), hours, holidays=dates, yearly=yearly, exceptions=exceptions)


def weekly(given: Inputs) -> BusinessCalendar:
    """A calendar whose week is numbered from 0 for Monday."""
    return calendar_of(given["tz"], {int(day): windows for day, windows in given["week"].items()}, given)


def iso_weekly(given: Inputs) -> BusinessCalendar:
    """A calendar whose week is numbered from 1 for Monday."""
    return calendar_of(given["tz"], {int(day) - 1: windows for day, windows in given["hours"].items()}, given)


def moment(text: str, zone: ZoneInfo) -> datetime:
    """An instant from ISO text; without an offset it is a wall-clock time of the zone."""
    read = datetime.fromisoformat(text)
    return resolve(read, zone).instant if read.tzinfo is None else read


def pauses_of(given: Inputs, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """The pauses of a case."""
    return [(moment(pause[0], zone), moment(pause[1], zone)) for pause in given.get("pauses", ())]


@adapter("elapsed_seconds")
def elapsed_seconds(inputs: Inputs) -> Outputs:
    calendar = weekly(inputs["calendar"])
    start, end = moment(inputs["start"], calendar.zone), moment(inputs["end"], calendar.zone)
    return {
        "expected": calendar.elapsed_seconds(start, end, pauses_of(inputs, calendar.zone)),
        "expected_wallclock": length(start, end),
    }


@adapter("deadline")
def deadline(inputs: Inputs) -> Outputs:
    calendar = weekly(inputs["calendar"])
    start = moment(inputs["start"], calendar.zone)
    due = calendar.deadline(start, exact(inputs["seconds"]), pauses_of(inputs, calendar.zone))
    return {"expected": utc_text(due), "expected_local": local_text(due, inputs)}


def utc_text(instant: datetime) -> str:
    """An instant as the files write it."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def local_text(instant: datetime, inputs: Inputs) -> str:
    """A wall-clock time with the name of its zone, as exact as the case gives its start."""
    name = inputs["calendar"]["tz"]
    seconds = len(str(inputs.get("start_local", "")).split(" ")[:2][-1]) == len("00:00:00")
    return f"{instant.astimezone(ZoneInfo(name)):%Y-%m-%d %H:%M{':%S' if seconds else ''}} {name}"


@adapter("bt_elapsed")
def bt_elapsed(inputs: Inputs) -> Outputs:
    calendar = iso_weekly(inputs["calendar"])
    start, end = moment(inputs["start"], calendar.zone), moment(inputs["end"], calendar.zone)
    seconds = calendar.elapsed_seconds(start, end, pauses_of(inputs, calendar.zone))
    return {"business_hours": printed(seconds / HOUR)}


@adapter("bt_due")
def bt_due(inputs: Inputs) -> Outputs:
    calendar = iso_weekly(inputs["calendar"])
    start = moment(inputs["start"], calendar.zone)
    due = calendar.deadline(start, exact(inputs["hours"]) * HOUR, pauses_of(inputs, calendar.zone))
    return {"due": due.astimezone(calendar.zone).replace(tzinfo=None).isoformat()}


@adapter("elapsed")
def elapsed(inputs: Inputs) -> Outputs:
    zone = ZoneInfo(inputs["tz"])
    start, end = datetime.fromisoformat(inputs["start"]), datetime.fromisoformat(inputs["end"])
    real = length(resolve(start, zone).instant, resolve(end, zone).instant)
    wall = length(start.replace(tzinfo=UTC), end.replace(tzinfo=UTC))
    return {"elapsed_hours": printed(real / HOUR), "wall_hours": printed(wall / HOUR)}


@adapter("period_len")
def period_len(inputs: Inputs) -> Outputs:
    month = PeriodRule(PeriodKind.MONTH).containing(date(inputs["year"], inputs["month"], 1))
    return {"hours": {name: printed(length(*span(month, ZoneInfo(name))) / HOUR) for name in inputs["tzs"]}}


@adapter("month_of")
def month_of(inputs: Inputs) -> Outputs:
    instant = datetime.fromisoformat(inputs["instant"])
    days = {name: local_day(instant, ZoneInfo(name)) for name in inputs["tzs"]}
    return {"month": {name: PeriodRule(PeriodKind.MONTH).containing(day).label for name, day in days.items()}}


@adapter("local_to_utc")
def local_to_utc(inputs: Inputs) -> Outputs:
    zone = ZoneInfo(inputs["tz"])
    found = [resolve(datetime.fromisoformat(wall), zone, int(fold)) for wall, fold in inputs["locals"]]
    return {
        "results": [
            {"utc": f"{local.instant:%Y-%m-%dT%H:%MZ}", "exists": local.exists, "ambiguous": local.ambiguous}
            for local in found
        ]
    }


@adapter("periods445")
def periods445(inputs: Inputs) -> Outputs:
    pattern = tuple(inputs["pattern"])
    kind = {weeks: kind for kind, weeks in FISCAL_PATTERNS.items()}[pattern]
    start = date.fromisoformat(inputs["start"])
    periods = fiscal_year(kind, start, weeks_in_year(inputs), start.year)
    days = [(period.end - period.start).days for period in periods]
    last = [period.end - timedelta(days=1) for period in periods]
    listed = [[period.start.isoformat(), last[n].isoformat(), days[n]] for n, period in enumerate(periods)]
    return {
        "periods": [listed[number] for number in inputs["show"]],
        "year_end": last[-1].isoformat(),
        "days": sum(days),
    }


def weeks_in_year(inputs: Inputs) -> int:
    """52, or 53 where the case says in whatever word that the year is long."""
    flags = [value for name, value in inputs.items() if name not in ("start", "pattern", "show")]
    return 53 if any(flag is True or flag in (1, 53) for flag in flags) else 52


@adapter("add_wd")
def add_wd(inputs: Inputs) -> Outputs:
    closed = set(inputs.get("weekend", (6, 7)))
    hours = {day - 1: [("00:00", "24:00")] for day in range(1, 8) if day not in closed}
    calendar = calendar_of("UTC", hours, inputs)
    return {"due": calendar.add_business_days(date.fromisoformat(inputs["start"]), inputs["days"]).isoformat()}
