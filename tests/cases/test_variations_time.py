"""Cases of time with other zones, hours and nights on which clocks move, against a walk minute by minute."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.cases.replay import replay
from tests.cases.variations import EXAMPLES, counts, varied

fixed = st.fixed_dictionaries
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Asia/Tehran"]
# Around nights on which clocks of some of these zones move, and around a plain weekend.
STARTS = [
    datetime.fromisoformat(f"{day}T00:00")
    for day in ("2025-03-08", "2025-03-29", "2025-10-04", "2025-11-01", "2015-09-20")
]
WINDOWS = [
    [],
    [["09:00", "17:00"]],
    [["08:00", "12:00"], ["13:30", "18:00"]],
    [["00:00", "24:00"]],
    [["01:00", "03:00"]],
]


def minutes(clock):
    return int(clock[:2]) * 60 + int(clock[3:])


def opens(local, calendar, first):
    """Whether the clock runs in the minute that begins at this wall-clock time."""
    day = local.date()
    hours = calendar.get("exceptions", {}).get(str(day))
    if hours is None:
        closed = {str(day), str(day)[5:]} & set(calendar.get("holidays", ()))
        week = calendar.get("week") or calendar.get("hours")
        hours = [] if closed else week.get(str(day.weekday() + first), [])
    now = local.hour * 60 + local.minute
    return any(minutes(begin) <= now < minutes(end) for begin, end in hours)


def running(start, end, calendar, pauses=(), first=0):
    """The minutes of the span, each as the instant at which it begins, in which the clock runs."""
    zone = ZoneInfo(calendar["tz"])
    while start < end:
        paused = any(begin <= start < finish for begin, finish in pauses)
        if not paused and opens(start.astimezone(zone), calendar, first):
            yield start
        start += MINUTE


def calendars(first=0, week="week"):
    days = fixed({str(day + first): st.sampled_from(WINDOWS) for day in range(7)})
    holidays = st.lists(st.sampled_from(["2025-03-10", "2025-03-30", "03-31", "11-02", "2015-09-22"]), max_size=3)
    exceptions = fixed({}, optional={"2025-03-09": st.sampled_from(WINDOWS), "2025-10-05": st.sampled_from(WINDOWS)})
    return fixed({"tz": st.sampled_from(ZONES), week: days}, optional={"holidays": holidays, "exceptions": exceptions})


def moments():
    return st.tuples(st.sampled_from(STARTS), counts(0, 4 * 1440)).map(
        lambda drawn: drawn[0].replace(tzinfo=UTC) + drawn[1] * MINUTE
    )


def text(instant):
    return instant.isoformat().replace("+00:00", "Z")


def pairs(most):
    return st.lists(st.tuples(moments(), counts(0, most)).map(lambda d: (d[0], d[0] + d[1] * MINUTE)), max_size=3)


@settings(max_examples=EXAMPLES, deadline=None)
@given(calendars(), moments(), counts(0, 4000), pairs(900))
def test_elapsed_seconds_are_the_minutes_in_which_the_clock_runs(calendar, start, length, pauses):
    end = start + length * MINUTE
    case = {"op": "elapsed_seconds", "calendar": calendar, "start": text(start), "end": text(end)}
    case["pauses"] = [[text(begin), text(finish)] for begin, finish in pauses]
    case["expected"] = 60 * sum(1 for _ in running(start, end, calendar, pauses))
    assert replay(case | {"expected_wallclock": 60 * length}) == []


@settings(max_examples=EXAMPLES, deadline=None)
@given(calendars(), moments(), counts(1, 1500), pairs(900))
def test_a_deadline_is_the_end_of_the_minute_that_completes_it(calendar, start, wanted, pauses):
    found = list(islice(running(start, start + 12 * DAY, calendar, pauses), wanted))
    case = {"op": "deadline", "calendar": calendar, "start": text(start), "seconds": 60 * len(found)}
    case["pauses"] = [[text(begin), text(finish)] for begin, finish in pauses]
    due = found[-1] + MINUTE if found else start
    local = f"{due.astimezone(ZoneInfo(calendar['tz'])):%Y-%m-%d %H:%M} {calendar['tz']}"
    assert replay(case | {"expected": text(due), "expected_local": local}) == []


@settings(max_examples=EXAMPLES, deadline=None)
@given(calendars(1, "hours"), st.sampled_from(STARTS), counts(0, 2000), counts(0, 4000))
def test_business_hours_between_times_on_the_wall(calendar, day, begin, length):
    zone = ZoneInfo(calendar["tz"])
    walls = day + begin * MINUTE, day + (begin + length) * MINUTE
    start, end = (wall.replace(tzinfo=zone).astimezone(UTC) for wall in walls)
    inputs = {"calendar": calendar, "start": f"{walls[0]:%Y-%m-%dT%H:%M}", "end": f"{walls[1]:%Y-%m-%dT%H:%M}"}
    hours = sum(1 for _ in running(start, end, calendar, first=1)) / 60
    assert replay({"kind": "bt_elapsed", "inputs": inputs, "expected": {"business_hours": round(hours, 4)}}) == []


@settings(max_examples=EXAMPLES, deadline=None)
@given(calendars(1, "hours"), st.sampled_from(STARTS), counts(0, 2000), counts(1, 60))
def test_business_hours_from_a_time_on_the_wall(calendar, day, begin, quarters):
    zone, wall = ZoneInfo(calendar["tz"]), day + begin * MINUTE
    start = wall.replace(tzinfo=zone).astimezone(UTC)
    found = list(islice(running(start, start + 12 * DAY, calendar, first=1), quarters * 15))
    assume(len(found) == quarters * 15)
    due = (found[-1] + MINUTE).astimezone(zone).replace(tzinfo=None)
    inputs = {"calendar": calendar, "start": f"{wall:%Y-%m-%dT%H:%M}", "hours": Decimal(quarters) / 4}
    assert replay({"kind": "bt_due", "inputs": inputs, "expected": {"due": due.isoformat()}}) == []


def elapsed(tz, start, end):
    zone = ZoneInfo(tz)
    walls = datetime.fromisoformat(start), datetime.fromisoformat(end)
    real = [wall.replace(tzinfo=zone).timestamp() for wall in walls]
    wall = (walls[1] - walls[0]).total_seconds() / 3600
    return {"elapsed_hours": round((real[1] - real[0]) / 3600, 4), "wall_hours": round(wall, 4)}


def month_hours(year, month, tzs):
    bounds = date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
    found = {}
    for name in tzs:
        begin, end = (datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(name)).timestamp() for day in bounds)
        found[name] = round((end - begin) / 3600, 4)
    return {"hours": found}


def months(instant, tzs):
    moment = datetime.fromisoformat(instant)
    return {"month": {name: f"{moment.astimezone(ZoneInfo(name)):%Y-%m}" for name in tzs}}


def utc_of(tz, locals):
    zone, results = ZoneInfo(tz), []
    for wall, fold in locals:
        local = datetime.fromisoformat(wall)
        shown = [
            instant
            for instant in (local.replace(tzinfo=UTC) + shift * timedelta(minutes=15) for shift in range(-60, 61))
            if instant.astimezone(zone).replace(tzinfo=None) == local
        ]
        instant = shown[fold * (len(shown) - 1)] if shown else None
        utc = (
            f"{instant:%Y-%m-%dT%H:%MZ}"
            if instant
            else f"{local.replace(tzinfo=zone, fold=fold).astimezone(UTC):%Y-%m-%dT%H:%MZ}"
        )
        results.append({"utc": utc, "exists": bool(shown), "ambiguous": len(shown) > 1})
    return {"results": results}


def weeks_445(start, pattern, show, extra_week=False):
    weeks = [*pattern * 3, *pattern[:2], pattern[2] + extra_week]
    listed, day = [], date.fromisoformat(start)
    for number in weeks:
        last = day + timedelta(days=7 * number - 1)
        listed.append([str(day), str(last), 7 * number])
        day = last + DAY
    return {"periods": [listed[n] for n in show], "year_end": listed[-1][1], "days": 7 * sum(weeks)}


def working_days(start, days, weekend=(6, 7), holidays=()):
    day = date.fromisoformat(start)
    while days:
        day += DAY
        days -= day.isoweekday() not in weekend and str(day) not in holidays
    return {"due": str(day)}


def notice(expiry, days=0, months=0):
    day, number = date.fromisoformat(expiry), months
    first = date(day.year, day.month, 1)
    for _ in range(number):
        first = (first - DAY).replace(day=1)
    following = (first + 31 * DAY).replace(day=1)
    return {"latest_notice_date": str(min(first + (day.day - 1) * DAY, following - DAY) - days * DAY)}


def cover(period_end, bridge_months, today):
    day = date.fromisoformat(period_end)
    first = date(day.year, day.month, 1)
    for _ in range(bridge_months):
        first = (first + 31 * DAY).replace(day=1)
    covered = min(first + (day.day - 1) * DAY, (first + 31 * DAY).replace(day=1) - DAY)
    return {"covered_to": str(covered), "gap": today > str(covered)}


WALLS = st.tuples(st.sampled_from(STARTS), counts(0, 400)).map(lambda d: f"{d[0] + d[1] * 15 * MINUTE:%Y-%m-%dT%H:%M}")
DAYS = st.dates(date(2024, 1, 1), date(2029, 12, 31)).map(str)
SOME_ZONES = st.lists(st.sampled_from(ZONES), unique=True)
CASES = {
    "elapsed": (fixed({"tz": st.sampled_from(ZONES), "start": WALLS, "end": WALLS}), elapsed),
    "period_len": (fixed({"year": counts(2000, 2030), "month": counts(1, 12), "tzs": SOME_ZONES}), month_hours),
    "month_of": (fixed({"instant": moments().map(text), "tzs": SOME_ZONES}), months),
    "local_to_utc": (
        fixed({"tz": st.sampled_from(ZONES), "locals": st.lists(st.tuples(WALLS, counts(0, 1)).map(list), max_size=4)}),
        utc_of,
    ),
    "periods445": (
        fixed(
            {
                "start": DAYS,
                "pattern": st.sampled_from([[4, 4, 5], [4, 5, 4], [5, 4, 4]]),
                "show": st.lists(counts(0, 11)),
            },
            optional={"extra_week": st.booleans()},
        ),
        weeks_445,
    ),
    "add_wd": (
        fixed(
            {"start": DAYS, "days": counts(1, 30)},
            optional={"weekend": st.sampled_from([[5, 6], [6, 7], [7], []]), "holidays": st.lists(DAYS)},
        ),
        working_days,
    ),
    "notice_date": (fixed({"expiry": DAYS}, optional={"days": counts(0, 200), "months": counts(0, 18)}), notice),
    "soc_gap": (fixed({"period_end": DAYS, "bridge_months": counts(0, 6), "today": DAYS}), cover),
}


@pytest.mark.parametrize("kind", CASES)
def test_times_with_other_numbers(kind):
    varied(kind, *CASES[kind])
