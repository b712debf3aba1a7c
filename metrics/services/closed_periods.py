"""Closed periods: what they counted, which calendars timed them, and how long they take corrections."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bpo.errors import Refused
from bpo.formatting import show_day
from bpo.models import Role, User
from contracts.clocks import Clock, Deadlines, clocks_of
from contracts.models.service_levels import Feed, ServiceLevel
from metrics.as_of import is_current_at
from metrics.models.verdicts import LateArrival, Verdict
from metrics.services.findings import Errors, Finding, Inputs, judge_cells
from metrics.services.inputs import AS_RECORDED, Assumptions, earlier_periods, excused_by_cell, period_outcomes
from metrics.services.work_queue import rows_at
from metrics.tallies.days import Reading
from metrics.tallies.excused import NOTHING, Excused
from metrics.tallies.readings import read_cells
from metrics.tallies.table_changes import without_arrivals
from metrics.timelines import Agreed, Cell, CellKey, Timeline, timelines_of
from sla.obligations import DaySpan
from sla.part_periods import is_only_reported
from sla.periods import DAY, Period, PeriodKind, local_day
from sla.verdicts import Outcome, Reason, Status, restatement_deadline

NOTHING_REPORTED = Reading({}, 0, (), reported=False)
AFTER_END = Outcome(status=Status.NOT_IN_FORCE, reason=Reason.AFTER_END)
# The calendar of a clock that started before the period is compared so far back.
LONGEST_REACH = timedelta(days=400)


class Ground(TextChoices):
    """Why a closed period is restated after the time for corrections; no other reason is accepted."""

    FRAUD = "fraud", gettext_lazy("Fraud")
    AUDIT = "audit", gettext_lazy("Audit")


class CorrectionsOver(Refused):
    """The terms take no corrections of a closed period any more."""

    code = "corrections_over"


def judge_as_of(
    cells: Sequence[Cell],
    timelines: Mapping[int, Timeline],
    *,
    at: datetime,
    counting: Collection[CellKey] = (),
    deadlines: Mapping[CellKey, Deadlines] | None = None,
    assumed: Assumptions = AS_RECORDED,
) -> tuple[dict[CellKey, Finding], Errors]:
    """The findings of cells as everything stood at an instant; those in `counting` count what came late for them.

    `deadlines` are those by which cells were judged then; the feeds' rules may have changed since.
    """
    over = {cell.key for cell in cells if cell.is_over}
    earlier = {cell.key: [] if cell.is_over else earlier_periods(cell, timelines[cell.key[0]]) for cell in cells}
    earlier_keys = {cell.key for found in earlier.values() for cell in found}
    together = {cell.key: cell for found in earlier.values() for cell in found} | {cell.key: cell for cell in cells}
    clocks = clocks_of((cell.service_level.contract for cell in cells), at=at)
    recorded = rows_at(Verdict.objects.filter(is_current_at(at)).defer("days"), earlier_keys)
    verdicts = assumed.applied_to(recorded, earlier_keys)
    silent = dict.fromkeys(over | earlier_keys - verdicts.keys() - {cell.key for cell in cells}, NOTHING_REPORTED)
    excused = excused_by_cell(together.values(), at=at, assumed=assumed) | dict.fromkeys(over, NOTHING)
    together = {key: cell for key, cell in together.items() if key not in over}
    inputs = Inputs(
        timelines=timelines,
        clocks=clocks,
        earlier=earlier,
        readings=read_as_of(together, clocks, at=at, counting=counting, assumed=assumed, excused=excused) | silent,
        excused=excused,
        verdicts=verdicts,
        outcomes=period_outcomes(cells, at=at, assumed=assumed),
        deadlines=deadlines or {},
    )
    findings, errors = judge_cells(cells, inputs, now=at)
    return findings | {key: replace(findings[key], outcome=AFTER_END) for key in over & findings.keys()}, errors


def read_as_of(
    cells: Mapping[CellKey, Cell],
    clocks: Mapping[int, Clock],
    *,
    at: datetime,
    counting: Collection[CellKey],
    assumed: Assumptions,
    excused: Mapping[CellKey, Excused],
) -> dict[CellKey, Reading | Exception]:
    """The rows of each cell, without those that came too late for it and were not counted at that instant."""
    closed = set(cells) - set(counting)
    late = uncounted_arrivals([cells[key] for key in closed], at) | {
        key: assumed.late[key] for key in closed & assumed.late.keys()
    }
    late = {key: arrivals for key, arrivals in late.items() if arrivals}
    readings = read_cells([cell for key, cell in cells.items() if key not in late], clocks, excused=excused)
    for key, arrivals in late.items():
        level = cells[key].service_level
        own = [arrival for arrival in arrivals if not arrival.is_per]
        changes = without_arrivals(level.feed, own)
        if len(own) < len(arrivals) and level.per_feed:
            changes += without_arrivals(level.per_feed, [arrival for arrival in arrivals if arrival.is_per])
        readings |= read_cells([cells[key]], clocks, changes, excused)
    finals: dict[CellKey, Verdict] = {}  # at that instant; of a cell that closed later, the first one
    rows = rows_at(Verdict.objects.filter(is_final=True).defer("days"), closed)
    for verdict in sorted(rows, key=attrgetter("revision")):
        key = verdict.service_level_id, verdict.starts_on
        if key not in finals or (verdict.closed_at is not None and verdict.closed_at <= at):
            finals[key] = verdict
    for key, verdict in assumed.applied_to(finals.values(), closed).items():
        reading = readings[key]
        was_reported = verdict.working.get("facts", {}).get("is_reported", True)
        # What a feed owes may have changed since the period closed, and rows that the terms do not count may have come
        # later; but without any row nothing was reported, whatever the verdict holds.
        if isinstance(reading, Reading) and (reading.rows or not was_reported):
            is_cut_as_then = verdict.ends_on == cells[key].period.end
            readings[key] = replace(reading, reported=was_reported if is_cut_as_then else reading.reported)
    return readings


def uncounted_arrivals(cells: Collection[Cell], at: datetime) -> dict[CellKey, Sequence[LateArrival]]:
    """What had come too late for each of those closed cells, or for parts into which it was cut later."""
    found: dict[CellKey, Sequence[LateArrival]] = {}
    if not cells:
        return found
    uncounted = LateArrival.objects.filter(Q(counted_by__isnull=True) | Q(counted_by__closed_at__gt=at))
    first, end = min(cell.period.start for cell in cells), max(cell.period.end for cell in cells)
    by_level: dict[int, list[LateArrival]] = defaultdict(list)
    for arrival in uncounted.filter(service_level__in={cell.key[0] for cell in cells}, starts_on__range=(first, end)):
        by_level[arrival.service_level_id].append(arrival)
    for cell in cells:
        if arrivals := [each for each in by_level[cell.key[0]] if each.starts_on in cell.period]:
            found[cell.key] = arrivals
    return found


def cells_judged(verdicts: Iterable[Verdict], timelines: Mapping[int, Timeline]) -> list[Cell]:
    """The verdicts' cells as they were cut, with the terms that judged them, whatever holds today."""
    agreed: dict[int, Agreed] = {}
    cells = []
    for verdict in verdicts:
        terms, level = verdict.terms, timelines[verdict.service_level_id].service_level
        terms.service_level = level
        judged_by = agreed.setdefault(terms.pk, Agreed(terms))
        facts = verdict.working.get("facts", {})
        time = recorded_time(facts) or DaySpan(verdict.starts_on, verdict.ends_on)
        # What ends with the time is cut by it; other periods are whole, or parts of those that terms split.
        end = judged_by.rule.containing(verdict.ends_on - DAY).end if verdict.ends_on == time.end else verdict.ends_on
        whole = Period(PeriodKind(terms.period), verdict.starts_on, end, verdict.period_label)
        in_force = facts.get("in_force", terms.effective_on <= verdict.starts_on)
        cells.append(Cell(level, judged_by, whole, time, in_force, is_only_reported(judged_by.cutting, whole, time)))
    return cells


def changed_calendars(
    verdicts: Iterable[Verdict], timelines: Mapping[int, Timeline], *, now: datetime, since: datetime | None = None
) -> dict[CellKey, tuple[Cell, list[date]]]:
    """The closed verdicts whose calendar has other hours by now than when they closed, with the days that differ.

    Days after the closing do not matter: no clock of the verdict ran on them. With `since`, changes that were known
    before that instant are left out.
    """
    clocks = clocks_of((timeline.service_level.contract for timeline in timelines.values()), at=now)
    changed = {}
    for verdict in verdicts:
        cell = timelines[verdict.service_level_id].cell_starting(verdict.starts_on)
        if cell is None or verdict.closed_at is None or not depends_on_calendar(verdict, cell):
            continue
        clock = clocks[cell.service_level.contract_id]
        known_at = verdict.closed_at if since is None else max(verdict.closed_at, since)
        then, today = clock.as_known(known_at).on(cell.period.start), clock.on(cell.period.start)
        if then == today:
            continue
        first = cell.period.start - LONGEST_REACH
        last = local_day(verdict.closed_at, ZoneInfo(cell.service_level.contract.zone))
        days = [first + DAY * number for number in range((last - first).days + 1)]
        if then.zone == today.zone:
            days = [day for day in days if list(then.hours_of(day)) != list(today.hours_of(day))]
        if days:
            changed[cell.key] = cell, days
    return changed


def changed_calendar_days(verdict: Verdict, *, now: datetime) -> list[date]:
    """The days on which the calendar of a closed verdict has other hours by now than when it closed."""
    if not verdict.is_final:
        return []
    timelines = timelines_of(ServiceLevel.objects.filter(pk=verdict.service_level_id))
    changed = changed_calendars([verdict], timelines, now=now)
    return next((days for _cell, days in changed.values()), [])


def depends_on_calendar(verdict: Verdict, cell: Cell) -> bool:
    """Whether another calendar could make another verdict: by business time, or by a report deemed to be missing."""
    settings = cell.agreed.measure.settings.values
    if settings.get("clock") == "business" or settings.get("service_hours") == "calendar":
        return True
    return verdict.is_deemed and cell.service_level.feed.due_unit == Feed.DueUnit.BUSINESS_DAYS


def last_correction_days(cells: Collection[Cell]) -> dict[CellKey, date]:
    """The last day on which each of those cells that are closed takes corrections, in its contract's zone.

    It counts from the day on which the period first closed.
    """
    first: dict[CellKey, datetime] = {}
    final = Verdict.objects.filter(is_final=True, closed_at__isnull=False, withdrawal__isnull=True)
    for verdict in rows_at(final.only("service_level_id", "starts_on", "closed_at"), {cell.key for cell in cells}):
        key, closed_at = (verdict.service_level_id, verdict.starts_on), verdict.closed_at
        first[key] = min(closed_at, first.get(key, closed_at))
    days = {}
    for cell in cells:
        if cell.key in first:
            closed_on = local_day(first[cell.key], ZoneInfo(cell.service_level.contract.zone))
            days[cell.key] = restatement_deadline(cell.agreed.limits, closed_on)
    return days


def corrections_over(cells: Collection[Cell], *, now: datetime) -> Mapping[CellKey, date]:
    """Those of the cells whose corrections are over, with the last day on which they were taken."""
    zones = {cell.key: ZoneInfo(cell.service_level.contract.zone) for cell in cells}
    return {key: day for key, day in last_correction_days(cells).items() if day < local_day(now, zones[key])}


def may_correct_late(user: User, service_level: ServiceLevel) -> bool:
    """The client's admins restate after the time for corrections: above the people who work with the period."""
    return user.roles.get(service_level.contract.client.organisation_id) == Role.CLIENT_ADMIN


def refuse_late_corrections(cells: Collection[Cell], *, by: User | None, ground: str, now: datetime) -> None:
    """Raise CorrectionsOver for cells whose corrections are over, except for the client's admin with a ground."""
    late = corrections_over(cells, now=now)
    for cell in cells:
        if cell.key not in late or (ground and by is not None and may_correct_late(by, cell.service_level)):
            continue
        raise CorrectionsOver(
            _("Corrections of %(cell)s were taken until %(day)s.")
            % {"cell": cell.label, "day": show_day(late[cell.key])},
            hint=_("After that only the client's admin restates, because of fraud or an audit."),
        )


def recorded_time(facts: Mapping[str, Any]) -> DaySpan | None:
    """When contract and feed ran as a verdict assumed, out of its working; None where it was not recorded yet."""
    if "time" not in facts:
        return None
    start, end = facts["time"]
    return DaySpan(date.fromisoformat(start), date.fromisoformat(end) if end else None)


def recorded_deadlines(facts: Mapping[str, Any]) -> Deadlines | None:
    """The deadlines that a verdict was judged by, out of its working; a feed's rules may have changed since."""
    if "due_on" not in facts:
        return None
    due_on, closes_on = (date.fromisoformat(facts[name]) for name in ("due_on", "closes_on"))
    return Deadlines(due_on, closes_on, date.fromisoformat(facts["deemed_on"]) if facts["deemed_on"] else None)
