"""What an excuse names, asked for or granted: days, hours of them, or rows of the feed by their ids."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max
from django.utils.translation import gettext as _

from bpo.errors import Refused
from bpo.formatting import show_day, show_hours
from contracts.models.service_levels import Feed, ServiceLevel
from metrics.models.breaches import Excuse
from metrics.models.results import RESULT_TABLES
from metrics.services.row_changes import cells_containing
from metrics.tallies.sums import day_column
from metrics.timelines import Cell, Timeline, timelines_of
from sla.excuses import covers_day
from sla.intervals import Interval
from sla.periods import DAY, day_span, local_day

MOST_CASES = 200
FIRST_YEAR, LAST_YEAR = 1900, 9000
# How many ids a line of text names.
NAMED = 10


class WrongExcuse(Refused):
    """The excuse cannot be asked for."""

    code = "wrong_excuse"
    status = 422


@dataclass(frozen=True, slots=True)
class Grant:
    """What is granted, and by how much the limits become easier where the terms say so."""

    starts_on: date
    ends_on: date
    lowers_by: Decimal | None = None
    hours: Interval | None = None
    cases: tuple[str, ...] = ()

    @property
    def days(self) -> list[date]:
        return [self.starts_on + DAY * number for number in range((self.ends_on - self.starts_on).days)]

    def whole_days(self, zone: ZoneInfo) -> list[date]:
        """The days of which nothing is left."""
        return [] if self.cases else [day for day in self.days if covers_day(self.hours, day, zone)]


def whole_excuse(excuse: Excuse) -> Grant:
    return Grant(excuse.starts_on, excuse.ends_on, None, excuse.hours, tuple(excuse.cases))


def granted_part(excuse: Excuse) -> Grant:
    """What was granted of a granted excuse."""
    days, cases = excuse.granted_days, tuple(excuse.granted_cases)
    return Grant(days[0], days[-1] + DAY, excuse.lowers_by, excuse.granted_hours, cases)


def zone_of(excuse: Excuse) -> ZoneInfo:
    return ZoneInfo(excuse.service_level.contract.zone)


def read_grant(given: Mapping[str, Any], excuse: Excuse) -> Grant:
    """What a form or an API call grants; what it does not name is the excuse's."""
    whole, zone = replace(whole_excuse(excuse), lowers_by=given.get("lowers_by")), zone_of(excuse)
    if given.get("cases"):
        return replace(whole, cases=tuple(sorted(set(given["cases"]))))
    if given.get("starts_at") or given.get("ends_at"):
        start, end = day_span(whole.starts_on, zone)[0], day_span(whole.ends_on, zone)[0]
        start, end = whole.hours or (start, end)
        hours = given.get("starts_at") or start, given.get("ends_at") or end
        if not start <= hours[0] < hours[1] <= end:
            # Not asked for, and perhaps beyond what a calendar knows.
            return replace(whole, hours=hours)
        first, after = days_touched(hours, zone)
        return replace(whole, starts_on=first, ends_on=after, hours=hours)
    first, last = given.get("first_day") or whole.starts_on, given.get("last_day")
    end_day = min(last, whole.ends_on) + DAY if last else whole.ends_on
    hours_left = whole.hours
    if hours_left and first < end_day:
        start, end = day_span(first, zone)[0], day_span(end_day, zone)[0]
        hours_left = max(hours_left[0], start), min(hours_left[1], end)
    return replace(whole, starts_on=first, ends_on=end_day, hours=hours_left)


def days_touched(hours: Interval, zone: ZoneInfo) -> tuple[date, date]:
    """The local day in which hours start, and the one after that in which they end."""
    return local_day(hours[0], zone), local_day(hours[1] - timedelta(microseconds=1), zone) + DAY


def asked_days(
    service_level: ServiceLevel,
    *,
    starts_on: date | None,
    ends_on: date | None,
    starts_at: datetime | None,
    ends_at: datetime | None,
    cases: Sequence[str],
) -> tuple[date, date]:
    """The first day and the one after the last of what is asked for. Raises WrongExcuse unless it is one thing."""
    if sum([bool(starts_on or ends_on), bool(starts_at or ends_at), bool(cases)]) != 1:
        raise WrongExcuse(_("An excuse names days, or hours from one moment to another, or rows by their ids."))
    if cases:
        days = [day for days in days_of_rows(service_level, cases).values() for day in days]
        return min(days), max(days) + DAY
    if starts_at or ends_at:
        if not (starts_at and ends_at):
            raise WrongExcuse(_("Hours need the moment at which they start and the one at which they end."))
        if ends_at <= starts_at:
            raise WrongExcuse(_("An excuse ends after it starts."))
        if not FIRST_YEAR < starts_at.year <= ends_at.year < LAST_YEAR:
            raise WrongExcuse(_("The hours of an excuse lie in the time of its contract."))
        return days_touched((starts_at, ends_at), ZoneInfo(service_level.contract.zone))
    if not (starts_on and ends_on):
        raise WrongExcuse(_("An excuse of days needs the first and the last of them."))
    return starts_on, ends_on


def days_of_rows(service_level: ServiceLevel, cases: Collection[str]) -> dict[str, set[date]]:
    """The days to which the service level counts rows of its feed, by their ids; of an undecided case its first day.

    Outages count on each of their days where their length counts.

    Raises WrongExcuse for ids that the feed does not know, and where single rows cannot be taken out.
    """
    feed, timeline = service_level.feed, timeline_of(service_level)
    if len(cases) > MOST_CASES:
        raise WrongExcuse(
            _("An excuse names at most %(most)s rows: ask for the rest with another.") % {"most": MOST_CASES}
        )
    measures = [agreed.measure for agreed in timeline.agreed]
    spans = [measure for measure in measures if measure.overlaps or measure.look_ahead]
    if feed.kind == Feed.Kind.COUNTS or (spans and feed.kind != Feed.Kind.DOWNTIME):
        text = _("%(level)s does not count single rows of its feed: name days or hours.")
        raise WrongExcuse(text % {"level": service_level.name})
    columns = {day_column(measure) for measure in measures}
    rows = {row.key: row for row in RESULT_TABLES[feed.kind].objects.filter(feed=feed, key__in=cases)}
    if unknown := [key for key in cases if key not in rows]:
        words = {"feed": feed.code, "ids": names_text(unknown)}
        hint = _("Write ids as they were sent, as external_id; a row that is missing is sent first.")
        raise WrongExcuse(_("The feed %(feed)s has no rows with these ids: %(ids)s.") % words, hint=hint)
    if spans:
        return {key: days_down(service_level, row) for key, row in rows.items()}
    found = {}
    for key, row in rows.items():
        days = {getattr(row, column) for column in columns} - {None}
        found[key] = days or {row.opened_on}
    return found


def days_down(service_level: ServiceLevel, outage: Any) -> set[date]:
    """The days of an outage; of one without an end those up to the last that was judged."""
    last = outage.ended_on
    if last is None:
        judged = service_level.verdicts.filter(is_current=True).aggregate(Max("ends_on"))["ends_on__max"]
        last = max(outage.started_on, judged - DAY) if judged else outage.started_on
    return {outage.started_on + DAY * number for number in range((last - outage.started_on).days + 1)}


def cells_touched(service_level: ServiceLevel, grant: Grant) -> list[Cell]:
    """The cells that share a day with the grant, or with a report that it completes; or that count its rows."""
    timeline = timeline_of(service_level)
    if grant.cases:
        days = [day for days in days_of_rows(service_level, grant.cases).values() for day in days]
    else:
        days = [*grant.days, *days_completed(timeline, grant)]
    return list(cells_containing([timeline], days).values())


def days_completed(timeline: Timeline, grant: Grant) -> list[date]:
    """The days of the weeks or months that are excused as a whole by the grant and by what was granted before."""
    level, whole = timeline.service_level, grant.whole_days(ZoneInfo(timeline.service_level.contract.zone))
    rules = [feed.reports for feed in (level.feed, level.per_feed) if feed and feed.reports]
    excused = {*whole, *whole_days_granted(level)} if rules else set()
    reports = (timeline.time.part_of(rule.containing(day)) for rule in rules for day in (whole[:1] + whole[-1:]))
    return [day for report in reports if report and excused.issuperset(report.days()) for day in report.days()]


def whole_days_granted(service_level: ServiceLevel) -> list[date]:
    """The days of a service level of which granted excuses leave nothing."""
    granted = Excuse.objects.filter(service_level=service_level, decision=Excuse.Decision.GRANTED)
    zone = ZoneInfo(service_level.contract.zone)
    return [day for excuse in granted for day in granted_part(excuse).whole_days(zone)]


def timeline_of(service_level: ServiceLevel) -> Timeline:
    return timelines_of(ServiceLevel.objects.filter(pk=service_level.pk))[service_level.pk]


def days_text(starts_on: date, ends_on: date) -> str:
    last = ends_on - DAY
    return show_day(last) if last == starts_on else f"{show_day(starts_on)} – {show_day(last)}"


def selection_text(grant: Grant, zone: str) -> str:
    """What is asked for or granted, as people read it."""
    if grant.cases:
        return names_text(grant.cases)
    return show_hours(*grant.hours, zone) if grant.hours else days_text(grant.starts_on, grant.ends_on)


def names_text(names: Sequence[str]) -> str:
    """ "C-1, C-2"; of many the first ten and how many more."""
    text, rest = ", ".join(names[:NAMED]), len(names) - NAMED
    return _("%(names)s and %(rest)s more") % {"names": text, "rest": rest} if rest > 0 else text
