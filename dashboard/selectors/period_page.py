"""One period's verdict: its stored working, its days, its revisions, and results that arrived too late."""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from bpo.formatting import show_count, show_day, show_difference, show_span
from contracts.limits import unit_shown, value_text
from contracts.models.service_levels import ServiceLevel
from contracts.terms import measure_of
from dashboard.drawing import Bar, bars
from metrics.as_of import as_of_instant
from metrics.lists import PeriodRow
from metrics.models.breaches import Breach
from metrics.models.verdicts import LateArrival, Verdict, Withdrawal
from sla.tallies import Tally

MOST_LATE = 50
MOST_RECEIPTS = 10


class Recorded(NamedTuple):
    """The numbers of a day as they stand in its verdict."""

    numerator: str
    denominator: str
    cases: int


@dataclass(frozen=True)
class Day:
    """One day behind a verdict: its numbers as the page shows them, and as the verdict recorded them."""

    on: date
    numerator: str
    denominator: str
    cases: str
    value: Fraction | None
    shown: str
    recorded: Recorded


@dataclass(frozen=True)
class PeriodPage:
    """Everything on a period's page."""

    row: PeriodRow
    span: str
    lines: list[dict[str, object]]
    revisions: list[Verdict]
    days: list[Day]
    bars: list[Bar]
    worst: list[Day]
    late: list[LateArrival]
    late_total: int
    newer: Verdict | None
    older: Verdict | None

    @property
    def gap(self) -> str:
        """How far a failed value is from its limit, in the unit of the difference."""
        verdict, terms = self.row.verdict, self.row.verdict.limits
        limit = terms.expected if terms.minimum is None else terms.minimum
        if verdict.status != Verdict.Status.BREACH or verdict.value is None or terms.direction == "range":
            return ""
        apart = show_difference(verdict.value, limit, unit=unit_shown(terms), decimals=terms.decimals_shown)
        if terms.direction == "lower":
            return _("%(apart)s over the limit") % {"apart": apart}
        return _("%(apart)s under the limit") % {"apart": apart}

    @property
    def is_part(self) -> bool:
        """Whether contract and feed run for only a part of the period."""
        return any(self.row.verdict.working.get("facts", {}).get("part", []))

    @property
    def receipts(self) -> list[str]:
        """The latest receipts behind the verdict. They are the vendor's own and not for its client."""
        return self.row.verdict.working.get("facts", {}).get("batches", [])[-MOST_RECEIPTS:]

    @property
    def has_more_receipts(self) -> bool:
        return len(self.row.verdict.working.get("facts", {}).get("batches", [])) > len(self.receipts)

    @property
    def withdrawal(self) -> Withdrawal | None:
        """The withdrawal of the verdict, where no other revision of its period is current."""
        return None if self.row.verdict.is_current else getattr(self.row.verdict, "withdrawal", None)


def period_page(
    *, level: ServiceLevel, label: str, revision: int | None, principal: object, at: datetime | None = None
) -> PeriodPage | None:
    """The page of a period, of one revision of it, or as of an instant; None where there is no such verdict."""
    visible = Verdict.objects.visible_to(principal).filter(service_level=level)
    revisions = list(
        visible.of_period(label)
        .select_related("terms__amendment", "run", "restated_by", "withdrawal__by")
        .order_by("-revision")
    )
    if at is not None:
        revisions = as_of_instant([row for row in revisions if row.judged_at <= at], at)
        for place, row in enumerate(revisions):
            row.is_current = place == 0 and not was_withdrawn(row, at)
    verdict = choose_revision(revisions, revision, at)
    if verdict is None:
        return None
    verdict.service_level = verdict.terms.service_level = level
    breach = Breach.objects.visible_to(principal).filter(service_level=level, starts_on=verdict.starts_on).first()
    late = uncounted_arrivals(verdict, principal, at)
    days = days_of(verdict)
    worst = worst_days(days, verdict.terms.direction)
    neighbours = visible.current().only("pk", "period_label", "service_level", "starts_on", "ends_on")
    return PeriodPage(
        row=PeriodRow(verdict, breach),
        span=show_span(verdict.starts_on, verdict.ends_on, level.contract.zone),
        lines=verdict.working.get("lines", []),
        revisions=revisions,
        days=days,
        bars=bars(
            [(f"{show_day(day.on)}: {day.shown}", day.value) for day in days],
            worst={place for place, day in enumerate(days) if day in worst},
        ),
        worst=worst,
        late=list(late.select_related("batch", "service_level__contract")[:MOST_LATE]),
        late_total=late.count(),
        newer=neighbours.filter(starts_on__gt=verdict.starts_on).order_by("starts_on").first(),
        older=neighbours.filter(starts_on__lt=verdict.starts_on).order_by("-starts_on").first(),
    )


def choose_revision(revisions: list[Verdict], number: int | None, at: datetime | None) -> Verdict | None:
    """The revision of that number; without a number the current one, or else the latest that was withdrawn."""
    if number is not None:
        return next((row for row in revisions if row.revision == number), None)
    current = (row for row in revisions if row.is_current)
    return next(current, None) or next((row for row in revisions if was_withdrawn(row, at)), None)


def uncounted_arrivals(verdict: Verdict, principal: object, at: datetime | None) -> QuerySet[LateArrival]:
    """Return results of the period that arrived after closing and are not counted, now or as of an instant."""
    late = LateArrival.objects.visible_to(principal).filter(
        service_level=verdict.service_level, starts_on=verdict.starts_on
    )
    if at is None:
        return late.filter(counted_by__isnull=True)
    return late.filter(Q(counted_by__isnull=True) | Q(counted_by__closed_at__gt=at), arrived_at__lte=at)


def was_withdrawn(verdict: Verdict, at: datetime | None) -> bool:
    """Whether a verdict was withdrawn, by now or by an instant."""
    withdrawal: Withdrawal | None = getattr(verdict, "withdrawal", None)
    return withdrawal is not None and (at is None or withdrawal.at <= at)


def days_of(verdict: Verdict) -> list[Day]:
    """The days of a verdict, each with its value by the same measure where that can be computed."""
    days = []
    for on, numerator, denominator, cases in verdict.days:
        tally = Tally.of(Fraction(numerator), Fraction(denominator), int(cases))
        try:
            value = measure_of(verdict.terms).value(tally)
        except ValueError:
            value = None
        days.append(
            Day(
                on=date.fromisoformat(on),
                numerator=show_count(Fraction(numerator)),
                denominator=show_count(Fraction(denominator)),
                cases=show_count(int(cases)),
                value=value,
                shown="–" if value is None else value_text(verdict.limits, value),
                recorded=Recorded(numerator, denominator, cases),
            )
        )
    return days


def worst_days(days: list[Day], direction: str) -> list[Day]:
    """The three worst days, of those that are worse than others; none for a range, which can fail on both sides."""
    known = [day for day in days if day.value is not None]
    if direction == "range" or len(known) < 4:
        return []
    ordered = sorted(known, key=lambda day: day.value or Fraction(0), reverse=direction == "lower")
    return [day for day in ordered[:3] if day.value != ordered[-1].value]
