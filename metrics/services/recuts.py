"""What terms and ends do to verdicts that were judged before these were known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from bpo.formatting import show_day
from bpo.models import User
from contracts.clocks import clocks_of
from contracts.models.agreements import Contract
from contracts.models.service_levels import ServiceLevel
from metrics.models.verdicts import Verdict
from metrics.services.closed_periods import changed_calendars, recorded_time
from metrics.services.restatement_plans import CannotRestate
from metrics.services.restatements import check_may_restate
from metrics.services.row_changes import cells_containing
from metrics.tallies.sums import undecided_cases
from metrics.timelines import Agreed, Cell, CellKey, Timeline
from sla.periods import DAY, Period, local_day

# What was recorded before the change at hand is not what it brings.
MOMENT = timedelta(microseconds=1)


@dataclass
class Recut:
    """What follows for current verdicts: cells that are closed, or closed in these parts, and are restated; open cells.

    `withdrawn` are provisional verdicts whose days are cut otherwise, and final ones whose periods end later now, or
    had been over; the cells in `opened` are open again. `parts` are those of each closed period that has several now.
    """

    closed: list[Cell] = field(default_factory=list)
    open_cells: list[Cell] = field(default_factory=list)
    withdrawn: list[Verdict] = field(default_factory=list)
    opened: dict[CellKey, Cell] = field(default_factory=dict)
    parts: dict[CellKey, list[Cell]] = field(default_factory=dict)

    def add(self, verdict: Verdict, timeline: Timeline) -> None:
        """Find what follows for a verdict that was judged while what was agreed ran. Raises CannotRestate."""
        cell = cell_of(verdict, timeline)
        if cell is not None:
            if verdict.is_final and cell.is_history is not verdict.is_history:
                raise CannotRestate(opening_day_text(cell))
            if (cell.agreed.terms.pk, cell.is_history) != (verdict.terms_id, verdict.is_history):
                (self.closed if verdict.is_final else self.open_cells).append(cell)
        elif not verdict.is_final:
            self.withdrawn.append(verdict)
        elif (over := cell_over(verdict, timeline)).is_over:
            self.closed.append(over)
        else:
            self.add_parts(verdict, timeline)

    def add_parts(self, verdict: Verdict, timeline: Timeline) -> None:
        """Find the periods in which the days of a closed verdict lie now. Raises CannotRestate."""
        parts = parts_of(verdict, timeline)
        until = parts[-1].period.end if parts else None
        if len(parts) > 1:
            self.parts[parts[0].key] = list(parts)
        if until is not None and until > verdict.ends_on and was_cut_by_end(verdict):
            last = parts.pop()
            self.opened[last.key] = last
            if not parts:
                self.withdrawn.append(verdict)
        elif until is None or until > verdict.ends_on or until not in (verdict.ends_on, timeline.time.end):
            words = {"period": f"{timeline.service_level.public_id} {verdict.period_label}"}
            raise CannotRestate(
                _("%(period)s is closed and would be cut differently: begin with a period that is still open.") % words
            )
        self.closed += parts


def find_rejudged(timelines: Mapping[int, Timeline], *, by: User | None, now: datetime) -> Recut:
    """Find what new terms, or another end, mean for the current verdicts of those service levels.

    It reaches as far back as both sides signed: the terms' time for corrections does not limit it. A closed period that
    ends earlier now, or is split, counts as closed in all its parts; one after the end is over; one that ends later is
    open again. Raises CannotRestate where one would be cut otherwise, and MayNotRestate where the user may not restate
    closed periods.
    """
    found = Recut()
    current = Verdict.objects.current().filter(service_level__in=timelines).defer("days", "working")
    verdicts = list(current.order_by("service_level", "starts_on"))
    over = set(current.over().values_list("pk", flat=True))
    for verdict in verdicts:
        timeline = timelines[verdict.service_level_id]
        if verdict.pk not in over:
            found.add(verdict, timeline)
        elif not cell_over(verdict, timeline).is_over:
            found.withdrawn.append(verdict)
            found.opened |= cells_containing([timeline], days_of(verdict))
    known = {cell.key for cell in found.closed}
    final = [verdict for verdict in verdicts if verdict.is_final and verdict.pk not in over]
    changed = changed_calendars(final, timelines, now=now, since=now - MOMENT)
    found.closed.extend(cell for key, (cell, _days) in sorted(changed.items()) if key not in known)
    if moved := [*found.closed, *found.opened.values()]:
        check_may_follow(by, moved[0].service_level)
    return found


def check_may_follow(by: User | None, service_level: ServiceLevel) -> None:
    """Raise MayNotRestate unless the user, the operator or a command may change closed periods."""
    if by is not None and not by.is_operator_admin:
        check_may_restate(by, service_level)


def find_back_dated(timelines: Mapping[int, Timeline], *, by: User | None, now: datetime) -> list[Cell]:
    """Find the periods that are over and reported by now, of service levels that an amendment adds from an earlier day.

    Raises MayNotRestate where the user may not restate closed periods.
    """
    fresh = {pk for pk, timeline in timelines.items() if any(map(is_back_dated, timeline.agreed))}
    fresh -= set(Verdict.objects.filter(service_level__in=fresh).values_list("service_level", flat=True))
    levels = [timelines[pk].service_level for pk in sorted(fresh)]
    levels = [level for level in levels if level.contract.status != Contract.Status.DRAFT]
    clocks = clocks_of((level.contract for level in levels), at=now)
    found: list[Cell] = []
    for level in levels:
        clock, today = clocks[level.contract_id], local_day(now, ZoneInfo(level.contract.zone))
        cells = (cell for cell in timelines[level.pk].cells_until(today) if not cell.is_history)
        closed = (cell for cell in cells if cell.deadlines(clock).closing_day(is_reported=False) <= today)
        found += [cell for cell in closed if not undecided_cases(cell, clock, ())]
    if found:
        check_may_follow(by, found[0].service_level)
    return found


def is_back_dated(agreed: Agreed) -> bool:
    """Whether terms hold from a day before that of the amendment which brought them."""
    return agreed.terms.effective_on < agreed.terms.amendment.effective_on


def opening_day_text(cell: Cell) -> str:
    """Why the opening day cannot be moved over a closed cell."""
    words = {"period": cell.label, "day": show_day(cell.service_level.contract.opening_day)}
    if cell.is_history:
        return _("%(period)s is closed and cannot become history: judge the contract from that period on.") % words
    return _("%(period)s is closed as history: it cannot be judged from %(day)s on any more.") % words


def cell_of(verdict: Verdict, timeline: Timeline) -> Cell | None:
    """The verdict's period as the terms cut it now; None where they cut its days differently, or not at all."""
    cell = timeline.cell_starting(verdict.starts_on)
    return cell if cell is not None and cell.period.end == verdict.ends_on else None


def cell_over(verdict: Verdict, timeline: Timeline) -> Cell:
    """The verdict's period with the time that is known now, which may have ended before it."""
    agreed = agreed_in(verdict, timeline)
    whole = Period(agreed.rule.kind, verdict.starts_on, verdict.ends_on, verdict.period_label)
    return Cell(timeline.service_level, agreed, whole, timeline.time, in_force=False)


def agreed_in(verdict: Verdict, timeline: Timeline) -> Agreed:
    """The terms that judged a verdict."""
    known = (agreed for agreed in timeline.agreed if agreed.terms.pk == verdict.terms_id)
    return next(known, None) or Agreed(verdict.terms)


def parts_of(verdict: Verdict, timeline: Timeline) -> list[Cell]:
    """The periods of the same kind into which the terms cut the verdict's days now, in order; none where others do."""
    cells: list[Cell] = []
    day = verdict.starts_on
    while day < verdict.ends_on and (cell := timeline.cell_starting(day)):
        cells.append(cell)
        day = cell.period.end
    wanted = {(True, verdict.is_history, agreed_in(verdict, timeline).terms.period)}
    # No terms judge a first part that is only reported; it may end earlier all the same.
    alone = len(cells) == 1 and cells[0].agreed.terms.pk == verdict.terms_id
    fits = {(cell.chosen or alone, cell.is_history, cell.agreed.terms.period) for cell in cells} == wanted
    return cells if fits else []


def was_cut_by_end(verdict: Verdict) -> bool:
    """Whether a verdict's period ended with the time that was known then."""
    time = recorded_time(verdict.working.get("facts", {}))
    return time is not None and time.end == verdict.ends_on


def days_of(verdict: Verdict) -> list[date]:
    """The days of a verdict's period."""
    return [verdict.starts_on + DAY * number for number in range((verdict.ends_on - verdict.starts_on).days)]
