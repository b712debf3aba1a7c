"""What feeds owe: span by span, whether it was reported, in time, late, or is still to come."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from bpo.formatting import show_period
from contracts.clocks import Clock, clocks_of
from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed
from intake.arrivals import Named, arrivals_of, is_total, missing_splits, named_splits, stated_spans
from intake.awaited import counts_in_history, promised_of, settled_spans
from intake.models.delays import AnnouncedDelay
from intake.spans import Schedule, schedules_of, spans_of, when_due
from intake.unreported import unreported_spans
from metrics.services.work_queue import key_list
from sla.periods import Period, local_day

# Feeds of one contract share its row.
CONTRACTS = Contract.objects.select_related("calendar", "client__organisation", "vendor__organisation")


class State(StrEnum):
    """How it stands with one report."""

    REPORTED = "reported"
    REPORTED_LATE = "reported_late"
    RUNNING = "running"
    DUE = "due"
    LATE = "late"
    HISTORY = "history"  # not owed: it counts before the opening day for judging alone
    SETTLED = "settled"  # never came, and every verdict that needed it is final

    @property
    def is_owed(self) -> bool:
        return self in (State.DUE, State.LATE)


@dataclass(frozen=True, slots=True)
class DueReport:
    """One feed's report of one span, and the last local day on which it is in time.

    `missing_splits` are those that a service level names and that the report has no totals of yet. `is_nil` says that
    it states for every day that nothing happened.
    """

    feed: Feed
    span: Period
    due_on: date
    today: date
    state: State
    reported_at: datetime | None
    delay: AnnouncedDelay | None
    missing_splits: tuple[str, ...] = ()
    is_nil: bool = False

    @property
    def id(self) -> str:
        """`CT-7K2M9.VOICE.2025-10`: what names it in addresses and in the grid."""
        return f"{self.feed.contract.public_id}.{self.feed.code}.{self.span.label}"

    @property
    def period(self) -> str:
        """The span as people name it, "October 2025"."""
        return show_period(self.span.kind, self.span.start, self.span.end, self.span.label)

    @property
    def missing_text(self) -> str:
        """ "missing: Shop, Web", the splits that it still needs; nothing where it needs none or is not owed."""
        names = ", ".join(split or _("without split") for split in self.missing_splits) if self.state.is_owed else ""
        return _("missing: %(names)s") % {"names": names} if names else ""

    @property
    def days_late(self) -> int:
        """Days since the last day in time; 0 for a report that is in."""
        return max(0, (self.today - self.due_on).days) if self.state.is_owed else 0

    def as_row(self) -> dict[str, Any]:
        """The row to fill in, ready for sending; of feeds of single facts only the address."""
        row: dict[str, Any] = {"contract": self.feed.contract.public_id, "feed": self.feed.code}
        if self.feed.kind == Feed.Kind.COUNTS and self.feed.schedule != Schedule.EVENT:
            row["date" if self.feed.schedule == Schedule.DAILY else "period"] = self.span.label
            row |= {"split": self.missing_splits[0]} if self.missing_splits else {}
            row |= {"numerator": None, "denominator": None}
        return row


def due_reports(feeds: QuerySet[Feed], *, now: datetime) -> list[DueReport]:
    """The latest spans of those feeds, oldest first within a feed, in a constant number of queries."""
    found = listed(feeds.filter(contract__status=Contract.Status.ACTIVE))
    schedules, clocks = schedules_of({feed.pk: feed.schedule for feed in found}), clocks_by_contract(found, now)
    spans = {feed.pk: spans_of(feed, schedules[feed.pk], clocks.get(feed.contract_id), now) for feed in found}
    return reports_of(found, spans, clocks, now)


def owed_reports(feeds: QuerySet[Feed], *, now: datetime, only_late: bool = False) -> list[DueReport]:
    """What is owed now, the earliest due first: the same as of the whole list, of which it makes no more."""
    spans, named = unreported_spans(feeds, now=now, only_late=only_late)
    if not spans:
        return []
    found = listed(Feed.objects.filter(pk__in=key_list(spans)))
    return owed_of(reports_of(found, spans, clocks_by_contract(found, now), now, of_unreported=named))


def report_named(report_id: str, feeds: QuerySet[Feed], *, now: datetime) -> DueReport | None:
    """The report of that id among the latest of those feeds."""
    of_contract = feeds.filter(contract__public_id=report_id.partition(".")[0])
    return next((report for report in due_reports(of_contract, now=now) if report.id == report_id), None)


def reports_of(
    feeds: Sequence[Feed],
    spans: Mapping[int, Sequence[Period]],
    clocks: Mapping[int, Clock],
    now: datetime,
    *,
    of_unreported: Named | None = None,
) -> list[DueReport]:
    """How it stands with some spans of feeds, in the order of the feeds.

    Of spans that are known to be unreported, rows came only of feeds that need several splits, which are given then.
    """
    named = named_splits([feed.pk for feed in feeds if is_total(feed)]) if of_unreported is None else of_unreported
    arrivals = arrivals_of([feed for feed in feeds if of_unreported is None or feed.pk in named], spans)
    missing = missing_splits(named, spans)
    nil = stated_spans(feeds, spans, clocks)
    announced = AnnouncedDelay.objects.filter(feed__in=key_list(spans)).order_by("announced_at", "pk")
    delays = {(delay.feed_id, delay.starts_on): delay for delay in announced}
    reports = []
    for feed in feeds:
        today, time, clock = local_day(now, ZoneInfo(feed.contract.zone)), feed.time, clocks.get(feed.contract_id)
        for whole in spans[feed.pk]:
            span, due_on = when_due(feed, time, whole, clock)
            is_reported, reported_at = arrivals.get((feed.pk, span.start), (False, None))
            splits = missing.get((feed.pk, span.start), ())
            is_nil = not is_reported and (feed.pk, span.start) in nil
            is_reported = is_nil or (is_reported and not splits)
            state = state_of(feed, span, due_on, today, is_reported=is_reported, reported_at=reported_at)
            delay = delays.get((feed.pk, span.start))
            reports.append(DueReport(feed, span, due_on, today, state, reported_at, delay, splits, is_nil))
    return without_settled(reports)


def without_settled(reports: Sequence[DueReport]) -> list[DueReport]:
    """The reports with the state of those that count in history alone, and of those that nobody awaits any more."""
    promised = promised_of({row.feed.pk for row in reports if row.state.is_owed or row.feed.contract.judged_from})
    reports = [
        replace(row, state=State.HISTORY if row.state.is_owed else State.REPORTED)
        if row.state is not State.RUNNING and counts_in_history(row.feed, row.span, promised[row.feed.pk])
        else row
        for row in reports
    ]
    settled = settled_spans([(report.feed, report.span) for report in reports if report.state.is_owed], promised)
    return [replace(row, state=State.SETTLED) if (row.feed.pk, row.span.start) in settled else row for row in reports]


def owed_of(reports: Iterable[DueReport]) -> list[DueReport]:
    """Those of some reports that are owed, the earliest due first."""
    owed = [report for report in reports if report.state.is_owed]
    return sorted(owed, key=lambda report: (report.due_on, report.id))


def listed(feeds: QuerySet[Feed]) -> list[Feed]:
    """Feeds in the order of the list, with their contracts."""
    rows = feeds.select_related(None).order_by("contract__reference", "code", "pk")
    return list(rows.prefetch_related(Prefetch("contract", CONTRACTS)))


def clocks_by_contract(feeds: Iterable[Feed], now: datetime) -> dict[int, Clock]:
    """The calendars of the contracts that have a feed which is due in business days."""
    return clocks_of((feed.contract for feed in feeds if feed.due_unit == Feed.DueUnit.BUSINESS_DAYS), at=now)


def state_of(
    feed: Feed, span: Period, due_on: date, today: date, *, is_reported: bool, reported_at: datetime | None
) -> State:
    if is_reported:
        in_time = reported_at is None or local_day(reported_at, ZoneInfo(feed.contract.zone)) <= due_on
        return State.REPORTED if in_time else State.REPORTED_LATE
    if today < span.end:
        return State.RUNNING
    return State.LATE if today > due_on else State.DUE
