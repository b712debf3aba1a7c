"""What feeds of cases bring to a period.

- A case belongs to the period of the day on which it was received, is due, was resolved, or was closed; to none as long
  as it has no such day.
- Its clock runs from its receipt to its stop, or to now while it is open; in elapsed or in business time, and not in
  pauses whose reason stops it. A target of business days ends with the close of business of the n-th one after the day
  of receipt, put off by the business time of the pauses.
- An open case is a miss once its time has run out, and until then its period does not close; or it is left out; or it
  is a miss as long as it is open. A case that has no target or no due time is not counted.
- A period is reported once a case of the feed was opened in it, or belongs to it.
"""

from datetime import date, datetime, timedelta
from fractions import Fraction

from tests.plain_model.calendars import DAY, Calendar, Span, day_of, length, local, without
from tests.plain_model.case_worlds import Case
from tests.plain_model.contract import Level, World
from tests.plain_model.counted import Counted, is_settled

COLUMNS = {"received": "opened_at", "due": "due_at", "resolved": "resolved_at", "closed": "closed_at"}
SECOND = timedelta(seconds=1)
SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
UNITS = {"hours": 3600, "days": 86400}


def counted_cases(world: World, level: Level, days: list[date], rows: list[Case], now: datetime) -> Counted:
    latest = list({row.name: row for row in rows}.values())
    if level.measure["of"] == "backlog":
        return counted_backlog(world, level, days, latest, now)
    theirs = [row for row in latest if day_of_case(row, level) in days]
    own = [row for row in theirs if reads(level, row)]
    is_stated = is_settled(world, days, [day_of(row.opened_at) for row in latest], now)
    is_reported = bool(theirs) or any(day_of(row.opened_at) in days for row in latest) or bool(is_stated)
    stated = is_stated is not None
    outcomes = [outcome(world, level, days, row, now) for row in own]
    waits = "waits" in outcomes
    numbers = [number for number in outcomes if isinstance(number, Fraction)]
    numerator, denominator = sum(numbers, Fraction(0)), Fraction(len(numbers))
    of = level.measure["of"]
    if of == "cases":
        value = numerator if is_reported else None
        return Counted(numerator, Fraction(0), value, is_reported, is_reported, is_stated=stated, has_rows=bool(own))
    scale = Fraction(1, UNITS[level.measure["unit"]]) if of == "time_to_resolve" else 100
    value = numerator / denominator * scale if numbers else None
    return Counted(numerator, denominator, value, is_reported, is_reported, waits, stated)


def reads(level: Level, case: Case) -> bool:
    return not level.priorities or case.priority in level.priorities


def moment_of_case(case: Case, level: Level) -> datetime | None:
    instant: datetime | None = getattr(case, COLUMNS[level.measure["attribution"]])
    return instant


def day_of_case(case: Case, level: Level) -> date | None:
    instant = moment_of_case(case, level)
    return day_of(instant) if instant else None


def is_counted_case(level: Level, case: Case) -> bool:
    """Whether a level looks at a case: it reads its priority, and there is a target or due time to hold it to."""
    has_limit = {"resolved_within": target_of(level, case), "resolved_by_due": case.due_at}
    return reads(level, case) and has_limit.get(level.measure["of"], True) is not None


def outcome(world: World, level: Level, days: list[date], case: Case, now: datetime) -> Fraction | str | None:
    """What a case counts with, 1 for in time; "waits" where it may still be, None where it does not count."""
    measure = level.measure
    of = measure["of"]
    if of == "cases":
        return Fraction(1)
    if of == "met":
        return None if case.met is None else Fraction(case.met)
    stopped = case.resolved_at if measure["stop"] == "resolved" else case.closed_at
    if of == "time_to_resolve":
        if stopped is None:
            return None
        return Fraction(clock(world, level, case, stopped, is_business=measure["clock"] == "business") // SECOND)
    if of == "resolved_by_due":
        in_time = case.due_at and is_before(stopped or now, case.due_at, measure)
        rule = "miss" if case.due_at else "leave_out"
    else:
        target = target_of(level, case)
        in_time = target and keeps(world, level, case, target, stopped or now)
        rule = measure["unfinished"] if target else "leave_out"
        if target is None:
            return None
    if stopped is not None:
        return None if of == "resolved_by_due" and case.due_at is None else Fraction(bool(in_time))
    if rule == "leave_out":
        return None
    if rule == "miss_when_open":
        return Fraction(0)
    return "waits" if in_time else Fraction(0)


def is_before(instant: datetime, limit: datetime, measure: dict[str, object]) -> bool:
    return instant <= limit if measure["inclusive"] else instant < limit


def target_of(level: Level, case: Case) -> dict[str, int] | None:
    measure = level.measure
    default = None
    if "threshold_seconds" in measure:
        is_business = measure.get("clock") == "business"
        default = {"business_seconds" if is_business else "seconds": measure["threshold_seconds"]}
    return measure.get("targets", {}).get("priority", {}).get(case.priority, default)


def keeps(world: World, level: Level, case: Case, target: dict[str, int], until: datetime) -> bool:
    """Whether a case that lasts until an instant keeps a target."""
    ((unit, amount),) = target.items()
    if unit == "business_days":
        return is_before(until, closing_time(world.calendar, level, case, amount, until), level.measure)
    is_business = unit.startswith("business_")
    allowed = timedelta(seconds=SECONDS[unit.removeprefix("business_")] * amount)
    taken = clock(world, level, case, until, is_business=is_business)
    return taken <= allowed if level.measure["inclusive"] else taken < allowed


def closing_time(calendar: Calendar, level: Level, case: Case, business_days: int, until: datetime) -> datetime:
    """When a target of business days runs out: the end of the business time that it leaves, outside of pauses."""
    last = calendar.after(day_of(case.opened_at), business_days)
    left = length(calendar.open_spans(case.opened_at, calendar.windows(last)[-1][1]))
    running = calendar.open_spans(case.opened_at, until + 40 * DAY)
    for begins, ends in without(running, pauses(level, case, until)):
        if left <= ends - begins:
            return begins + left
        left -= ends - begins
    raise AssertionError("the calendar ended")


def clock(world: World, level: Level, case: Case, until: datetime, *, is_business: bool) -> timedelta:
    """How long the case's clock ran until an instant."""
    whole = world.calendar.open_spans(case.opened_at, until) if is_business else [(case.opened_at, until)]
    return length(without(whole, pauses(level, case, until)))


def pauses(level: Level, case: Case, until: datetime) -> list[Span]:
    """The pauses that stop the clock; one without an end lasts until then."""
    reasons = level.measure.get("pause_reasons", "").split(", ")
    return [(begins, ends or until) for begins, ends, reason in case.pauses if "*" in reasons or reason in reasons]


def counted_backlog(world: World, level: Level, days: list[date], cases: list[Case], now: datetime) -> Counted:
    """Cases that are open at the end of the period, or now; and for how long they have been."""
    begins, at = local(days[0]), min(now, local(days[-1] + DAY))
    if at <= begins:
        return Counted(Fraction(0), Fraction(0), None, has_come=False, is_reported=False)
    older_than = timedelta(seconds=level.measure["older_than_seconds"])
    stop = "resolved_at" if level.measure["stop"] == "resolved" else "closed_at"
    own = [case for case in cases if reads(level, case) and case.opened_at < local(days[-1] + DAY)]
    touching = [case for case in own if getattr(case, stop) is None or getattr(case, stop) >= begins]
    still_open = [case for case in touching if getattr(case, stop) is None or getattr(case, stop) >= at]
    found = [
        case for case in still_open if case.opened_at < at and (not older_than or at - case.opened_at > older_than)
    ]
    is_stated = is_settled(world, days, [day_of(case.opened_at) for case in cases], now)
    is_reported = bool(touching) or any(day_of(case.opened_at) in days for case in cases) or bool(is_stated)
    number = Fraction(len(found))
    stated = is_stated is not None
    return Counted(number, Fraction(0), number if is_reported else None, is_reported, is_reported, is_stated=stated)
