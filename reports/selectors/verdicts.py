"""Verdicts as news: not reported, at risk, recovered, restated."""

from dataclasses import replace
from datetime import date, datetime

from django.db.models import Min, Q
from django.utils.translation import gettext as _

from metrics.models.verdicts import Standing, Verdict
from metrics.querysets import VerdictQuerySet
from reports.digests import Item
from reports.links import period_link
from reports.readers import Reader, Side
from reports.selectors.windows import Window, worst_first
from reports.selectors.wording import counted_of, limit_of, line_of, mark_of, party_of, severity_of, title_of, value_of

Status = Verdict.Status
WARNING = (Status.AT_RISK, Status.ALREADY_LOST)
VERDICT_PATHS = (
    "service_level__contract__vendor__organisation",
    "service_level__contract__client__organisation",
    "terms__service_level__feed",
)


def unreported(window: Window) -> tuple[Item, ...]:
    """Periods whose report is overdue: still open ones that were not told yet, and those closed without any."""
    recent = Q(is_final=False) | Q(judged_at__range=window.looked_at) | Q(closed_at__range=window.looked_at)
    verdicts = _current(window).filter(recent, status=Status.NOT_REPORTED)
    items = (
        _verdict_item(window.reader, verdict, "not_reported") for verdict in verdicts if _is_overdue(window, verdict)
    )
    return worst_first(item for item in items if window.is_new(item.key))


def _is_overdue(window: Window, verdict: Verdict) -> bool:
    """Whether the report's last day has passed; a period without a known one has ended, which must do."""
    due_on = verdict.working.get("facts", {}).get("due_on")
    return due_on is None or date.fromisoformat(due_on) < window.reader.local_date


def warnings(window: Window) -> tuple[Item, ...]:
    """Open periods that are newly at risk or lost: the vendor reads of them first, the client a working day later."""
    standings = Standing.objects.visible_to(window.reader.user).filter(so_far__status__in=WARNING)
    verdicts = [row.so_far for row in standings.select_related(*(f"so_far__{path}" for path in VERDICT_PATHS))]
    if window.reader.side == Side.CLIENT:
        reader = window.reader
        cutoff = reader.moment(reader.working_day_before(reader.local_date))
        begun = _begun(reader, verdicts)
        verdicts = [verdict for verdict in verdicts if begun[verdict.service_level_id, verdict.starts_on] <= cutoff]
    items = (_verdict_item(window.reader, verdict, verdict.status) for verdict in verdicts)
    lost_first = sorted((item for item in items if window.is_new(item.key)), key=lambda item: -item.severity)
    return tuple(sorted(lost_first, key=lambda item: item.key.startswith(Status.AT_RISK)))


def _begun(reader: Reader, verdicts: list[Verdict]) -> dict[tuple[int, date], datetime]:
    """When each of these open periods first gave a warning."""
    cells = Verdict.objects.visible_to(reader.user).filter(
        service_level__in={verdict.service_level_id for verdict in verdicts},
        starts_on__in={verdict.starts_on for verdict in verdicts},
        status__in=WARNING,
    )
    rows = cells.order_by().values_list("service_level", "starts_on").annotate(first=Min("judged_at"))
    return {(service_level, starts_on): first for service_level, starts_on, first in rows}


def recovered(window: Window) -> tuple[Item, ...]:
    """Service levels whose latest period is met after one in breach."""
    standings = Standing.objects.visible_to(window.reader.user).filter(
        last_closed__status=Status.MET, last_closed__judged_at__range=window.looked_at
    )
    items = []
    for row in standings.select_related(*(f"last_closed__{path}" for path in VERDICT_PATHS)):
        item = _verdict_item(window.reader, row.last_closed, "recovered", expected=True)
        if window.is_new(item.key) and _status_before(row) == Status.BREACH:
            items.append(item)
    return worst_first(items)


def _status_before(standing: Standing) -> str:
    """The status of the period before the last that has ended, from the drawn history."""
    start = standing.last_closed.starts_on.isoformat()
    earlier = [entry for entry in standing.history if entry["starts_on"] < start]
    return earlier[-1]["status"] if earlier else ""


def restated(window: Window) -> tuple[Item, ...]:
    """Closed results that somebody else restated: before and after, with the reason."""
    verdicts = (
        _current(window)
        .filter(is_final=True, revision__gt=1, judged_at__range=window.looked_at)
        .exclude(reason="", restated_by__isnull=True)
        .exclude(restated_by=window.reader.user)
    )
    before = _revisions_before(window, list(verdicts))
    items = []
    for verdict in verdicts:
        item = _verdict_item(window.reader, verdict, f"restated:{verdict.revision}")
        if window.is_new(item.key):
            earlier = before.get((verdict.service_level_id, verdict.starts_on, verdict.revision - 1))
            moved = _before_and_after(earlier, verdict) if earlier else ""
            items.append(replace(item, lines=tuple(filter(None, (moved, verdict.reason)))))
    return worst_first(items)


def _revisions_before(window: Window, verdicts: list[Verdict]) -> dict[tuple[int, date, int], Verdict]:
    """Every revision of those verdicts' periods, by service level, first day and number."""
    revisions = Verdict.objects.visible_to(window.reader.user).filter(
        service_level__in={verdict.service_level_id for verdict in verdicts},
        starts_on__in={verdict.starts_on for verdict in verdicts},
    )
    light = revisions.defer("days", "working")
    return {(revision.service_level_id, revision.starts_on, revision.revision): revision for revision in light}


def _before_and_after(before: Verdict, verdict: Verdict) -> str:
    return _("Revision %(number)s: %(before)s → %(after)s, %(was)s → %(is)s.") % {
        "number": verdict.revision,
        "before": value_of(before),
        "after": value_of(verdict),
        "was": before.get_status_display(),
        "is": verdict.get_status_display(),
    }


def _current(window: Window) -> VerdictQuerySet:
    return Verdict.objects.visible_to(window.reader.user).current().select_related(*VERDICT_PATHS)


def _verdict_item(reader: Reader, verdict: Verdict, what: str, *, expected: bool = False) -> Item:
    level = verdict.service_level
    reported = verdict.status != Status.NOT_REPORTED
    return Item(
        key=f"{what}:{level.public_id}:{verdict.starts_on}",
        mark=mark_of(verdict),
        ref=level.public_id,
        party=party_of(reader, level.contract),
        title=title_of(verdict),
        value=value_of(verdict) if reported else "",
        limit=limit_of(verdict, expected=expected) if reported else "",
        lines=tuple(filter(None, (counted_of(verdict) if reported else line_of(verdict, "follows"),))),
        url=period_link(level.public_id, verdict.period_label),
        severity=severity_of(verdict),
    )
