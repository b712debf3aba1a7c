"""One service level: how it stands, its periods as a chart and as a table."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from contracts.limits import value_text
from contracts.models.service_levels import ServiceLevel, ServiceLevelTerms
from dashboard.drawing import Chart, Point, chart
from dashboard.selectors.levels import HEAVY, LevelRow, level_row
from metrics.as_of import as_of_instant, is_current_at, with_finality_then
from metrics.lists import PeriodRow
from metrics.models.breaches import Breach
from metrics.models.verdicts import LateArrival, Verdict
from metrics.statuses import label_of, sign_of
from sla.part_periods import JOINED, PART

PERIODS = 24


def verdict_rows(verdicts: Iterable[Verdict]) -> list[PeriodRow]:
    """Verdicts of several service levels as rows, without their breaches."""
    rows = []
    for verdict in with_finality_then(verdicts):
        verdict.terms.service_level = verdict.service_level
        rows.append(PeriodRow(verdict, None))
    return rows


@dataclass(frozen=True)
class LevelPage:
    """Everything on a service level's page; `summary` is the text of the chart for screen readers."""

    row: LevelRow
    periods: list[PeriodRow]
    chart: Chart | None
    summary: str
    terms: list[ServiceLevelTerms]
    late: int

    @property
    def shown(self) -> PeriodRow | None:
        """The period on top: the last that has ended, else the open one."""
        last = self.row.last or self.row.so_far
        return next((period for period in self.periods if last and period.verdict.pk == last.pk), None)

    @property
    def open_period(self) -> PeriodRow | None:
        so_far = self.row.so_far
        return next((period for period in self.periods if so_far and period.verdict.pk == so_far.pk), None)


def level_page(
    *, level: ServiceLevel, principal: object, now: datetime, as_of: tuple[date, datetime] | None = None
) -> LevelPage:
    """The page of a level that came from `with_standing`; `as_of` is a day in the past and the end of its night."""
    breaches = list(Breach.objects.visible_to(principal).filter(service_level=level).order_by("-starts_on"))
    at = as_of[1] if as_of else None
    if at is not None:
        breaches = [breach for breach in breaches if breach.opened_at <= at]
    periods = period_rows(level=level, principal=principal, breaches=breaches, at=at)
    row = level_row(level, now if at is None else at)
    if as_of is not None:
        so_far = latest(periods, as_of[0], ended=False)
        pace = so_far.working.get("facts", {}).get("pace") if so_far else None
        row = replace(row, last=latest(periods, as_of[0], ended=True), so_far=so_far, pace=pace)
    counts = Counter(label_of(row.verdict.status) for row in periods)
    return LevelPage(
        row=row,
        periods=periods,
        chart=chart(
            [point(row) for row in periods[::-1]], show=lambda value: value_text(periods[0].verdict.limits, value)
        ),
        summary=", ".join(f"{label}: {count}" for label, count in counts.items()),
        terms=list(level.terms.visible_to(principal).select_related("amendment").order_by("-effective_on")),
        late=LateArrival.objects.visible_to(principal).filter(service_level=level, counted_by__isnull=True).count(),
    )


def latest(periods: list[PeriodRow], day: date, *, ended: bool) -> Verdict | None:
    """The latest of the periods that had ended on a day, or of those that had not."""
    return next((row.verdict for row in periods if (row.verdict.ends_on <= day) is ended), None)


def period_rows(
    *, level: ServiceLevel, principal: object, breaches: list[Breach], at: datetime | None = None
) -> list[PeriodRow]:
    """The last 24 periods, latest first; as they are, or as they were at an instant."""
    of_period = {breach.starts_on: breach for breach in breaches}
    visible = Verdict.objects.visible_to(principal).filter(service_level=level)
    verdicts = (
        (visible.current() if at is None else visible.filter(is_current_at(at)))
        .select_related("terms")
        .defer(*HEAVY)
        .order_by("-starts_on")[:PERIODS]
    )
    rows = []
    for verdict in verdicts if at is None else as_of_instant(verdicts, at):
        verdict.service_level = verdict.terms.service_level = level
        rows.append(PeriodRow(verdict, of_period.get(verdict.starts_on)))
    return rows


def chart_label(verdict: Verdict) -> str:
    """What stands below a period in the chart; below a part of a period, or joined ones, their first day."""
    label = verdict.period_label
    return verdict.starts_on.isoformat() if PART in label or label.endswith(JOINED) else label.lstrip("YS")


def point(row: PeriodRow) -> Point:
    verdict = row.verdict
    sign = sign_of(
        verdict.status, is_final=verdict.is_final, is_deemed=verdict.is_deemed, is_history=verdict.is_history
    )
    terms = row.verdict.limits
    is_range = terms.direction == "range"
    return Point(
        label=chart_label(verdict),
        value=row.verdict.value,
        expected=None if is_range else terms.expected,
        minimum=None if is_range else terms.minimum,
        glyph=sign.glyph,
        classes=f"t-{sign.tone} history" if sign.is_history else f"t-{sign.tone}",
        title=f"{row.name}: {', '.join(filter(None, [row.verdict.display, sign.word]))}",
    )
