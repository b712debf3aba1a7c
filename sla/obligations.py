"""What is owed and counted: one answer for intake, the due list, the night, pages and mails.

Results are taken, owed and counted on the days on which contract, feed and promise all run. A contract that renews by
itself runs on until notice ends it; its end is a day only where one is certain.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from itertools import count
from typing import Protocol

from sla.certificates import latest_notice_date
from sla.labels import Labelled
from sla.labels import gettext_noop as _
from sla.periods import DAY, Period, PeriodKind, PeriodRule, add_months


@dataclass(frozen=True, slots=True)
class DaySpan:
    """Local days from `start` up to, but not including, `end`; open without an end, empty where it comes first."""

    start: date
    end: date | None = None

    def __contains__(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    @property
    def has_days(self) -> bool:
        return self.end is None or self.start < self.end

    def shared_with(self, *others: "DaySpan") -> "DaySpan":
        """The days that lie in all of them."""
        spans = (self, *others)
        ends = [span.end for span in spans if span.end is not None]
        return DaySpan(max(span.start for span in spans), min(ends, default=None))

    def part_of(self, period: Period) -> Period | None:
        """The days of a period that lie in the span, under the period's label; None where none do."""
        start, end = max(self.start, period.start), min(self.end or period.end, period.end)
        return replace(period, start=start, end=end) if start < end else None


class ContractRow(Protocol):
    """What a contract says about its time."""

    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date | None: ...
    @property
    def status(self) -> str: ...
    @property
    def renewal(self) -> str: ...
    @property
    def notice_given_on(self) -> date | None: ...
    @property
    def judged_from(self) -> date | None: ...


class FeedRow(Protocol):
    """What a feed says about its time and its reports."""

    @property
    def contract(self) -> ContractRow: ...
    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date | None: ...
    @property
    def schedule(self) -> str: ...
    @property
    def anchor(self) -> date | None: ...


def renews_by_itself(contract: ContractRow) -> bool:
    """Whether a contract goes on after the term that is written down, because nobody has ended it."""
    return contract.renewal == "automatic" and contract.status in ("draft", "active") and bool(contract.ends_on)


def time_of_contract(contract: ContractRow) -> DaySpan:
    """The days on which a contract runs: through every renewal, until notice has made its end certain."""
    goes_on = renews_by_itself(contract) and contract.notice_given_on is None
    return DaySpan(contract.starts_on, None if goes_on else contract.ends_on)


def opening_day(contract: ContractRow) -> date:
    """The first day that is judged: what lies before it is history, without breaches, deadlines and warnings."""
    return contract.judged_from or contract.starts_on


def time_of_feed(feed: FeedRow) -> DaySpan:
    """The days for which results are taken: feed and contract run on them."""
    return DaySpan(feed.starts_on, feed.ends_on).shared_with(time_of_contract(feed.contract))


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomaticRenewal:
    """A term of `months` that follows another by itself, until notice is given so long before the end of a term."""

    months: int
    notice_days: int = 0
    notice_months: int = 0

    def last_notice(self, end: date) -> date:
        """The last day of notice that ends the contract with the term whose last day is the one before `end`."""
        return latest_notice_date(end - DAY, days=self.notice_days, months=self.notice_months)

    def term_ends(self, end: date) -> Iterator[date]:
        """The first day after a term and after each that follows, counted from the first: short months do not creep."""
        return (add_months(end, number * self.months) for number in count())

    def end_by_notice(self, end: date, given_on: date) -> date:
        """The first day after the term that notice given on a day ends; `end` is the end of any term of the contract.

        Notice that comes too late for a term ends the contract with the next.
        """
        while given_on <= self.last_notice(before := add_months(end, -self.months)):
            end = before
        return next(after for after in self.term_ends(end) if given_on <= self.last_notice(after))


def time_taken(feed: FeedRow) -> DaySpan:
    """The days for which results are taken now: of a contract that is still a draft, its history alone."""
    time = time_of_feed(feed)
    return (
        time.shared_with(DaySpan(time.start, opening_day(feed.contract))) if feed.contract.status == "draft" else time
    )


class HistoryRule(StrEnum):
    """Whether periods that are judged look back at those before the opening day, where their terms look back."""

    IGNORED = "ignored"
    COUNTS = "counts"


class Straddling(Labelled):
    """In which period a report counts whose days lie in two, such as a week across the end of a month."""

    BY_START = "by_start", _("in the period of its first day")
    BY_END = "by_end", _("in the period of its last day")
    BY_DAY = "by_day", _("in both, shared by the number of days")


# How feeds that total weeks, months or quarters cut their reports, by schedule; years begin on a day of the feed.
REPORTS = {
    "weekly": PeriodRule(PeriodKind.WEEK),
    "monthly": PeriodRule(PeriodKind.MONTH),
    "quarterly": PeriodRule(PeriodKind.QUARTER),
}


def reports_of_feed(feed: FeedRow) -> PeriodRule | None:
    """How a feed cuts its reports; None where it reports days or single events.

    Years begin on its anchor's day, or else with the contract.
    """
    if feed.schedule == "yearly":
        return PeriodRule(PeriodKind.CONTRACT_YEAR, feed.anchor or feed.contract.starts_on)
    return REPORTS.get(feed.schedule)


@dataclass(frozen=True, slots=True)
class Obligation:
    """What a feed owes: `time` is when it runs, `reports` cuts its reports, where it totals weeks or months."""

    time: DaySpan
    reports: PeriodRule | None = None
    straddling: Straddling = Straddling.BY_START

    def owed(self, period: Period) -> list[Period]:
        """The reports that count in a period and that it therefore needs, each cut to the time.

        None where days or single events are reported.
        """
        part = self.time.part_of(period)
        if part is None or self.reports is None:
            return []
        cut = (self.time.part_of(report) for report in self.reports.between(part.start, part.end))
        return [report for report in cut if report is not None and self._share(report, part)]

    def whole_reports(self, period: Period, days: Collection[date]) -> list[date]:
        """Those of the days that make whole reports which count in the period; all where days are reported.

        The days of such a report may lie beyond the period.
        """
        if self.reports is None:
            return list(days)
        given = set(days)
        return [day for report in self.owed(period) if given.issuperset(report.days()) for day in report.days()]

    def counted_part(self, period: Period, first_day: date) -> tuple[date, Fraction]:
        """On which day of a period, and with what share, a report counts there that begins on that day or just before.

        The share is 0 where it does not count in the period.
        """
        part, report = self.time.part_of(period), self._report_of(first_day)
        if part is None or report is None:
            return first_day, Fraction(0)
        day = report.end - DAY if self.straddling is Straddling.BY_END else max(report.start, part.start)
        return day, self._share(report, part)

    def counts_from(self, period: Period) -> date:
        """The first day on which a report may begin that counts in a period; before the time, where that cuts it."""
        start = max(period.start, self.time.start)
        is_cut = self.straddling is not Straddling.BY_START or start == self.time.start
        return self.reports.containing(start).start if self.reports is not None and is_cut else start

    def days_counting(self, first_day: date) -> tuple[date, ...]:
        """The days in whose periods a report may count that begins on that day."""
        report = self._report_of(first_day)
        if report is None:
            return (first_day,)
        first, last = max(report.start, first_day), report.end - DAY
        if self.straddling is Straddling.BY_DAY:
            # A part of a period that terms split may lie wholly inside of it.
            return tuple(day for day in report.days() if day >= first)
        return (first,) if self.straddling is Straddling.BY_START else (last,)

    def _report_of(self, day: date) -> Period | None:
        """The report in which a day lies, cut to the time; None where there is none, or no reports of several days."""
        return None if self.reports is None else self.time.part_of(self.reports.containing(day))

    def _share(self, report: Period, part: Period) -> Fraction:
        """How much of a report counts in a part of a period: all, nothing, or the days that they share."""
        if self.straddling is Straddling.BY_DAY:
            shared = (min(report.end, part.end) - max(report.start, part.start)).days
            return Fraction(max(shared, 0), (report.end - report.start).days)
        day = report.start if self.straddling is Straddling.BY_START else report.end - DAY
        return Fraction(day in part)

    def complete_on(self, period: Period) -> date:
        """The last day that a report of the period covers; the period's own last day where it needs none beyond."""
        last = max((report.end for report in self.owed(period)), default=period.end)
        return max(last, period.end) - DAY
