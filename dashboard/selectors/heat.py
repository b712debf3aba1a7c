"""The heat map: service levels by month, each cell showing the worst verdict of its month."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.formats import date_format

from contracts.models.service_levels import ServiceLevel, ServiceLevelTerms
from metrics.models.verdicts import Verdict
from metrics.querysets import VerdictQuerySet
from metrics.statuses import Sign, sign_of
from sla.obligations import DaySpan
from sla.periods import PeriodKind, PeriodRule, add_months
from sla.verdicts import Status

MONTHS = 13
ON_A_PHONE = 4
# More rows would make the page heavy.
MOST_PROBLEMS = 34
A_PAGE = 50
MONTH = PeriodRule(PeriodKind.MONTH)
Parts = list[tuple[int, bool]]
LONG = timedelta(days=45)
DRAWN = ("service_level_id", "starts_on", "ends_on", "period_label", "status", "is_final", "is_deemed",
         "is_history", "display")  # fmt: skip


@dataclass(frozen=True)
class Month:
    """One column."""

    first: date
    word: str
    is_old: bool


@dataclass(frozen=True)
class Cell:
    """One month of one level, or months of a long period; without a sign it is not judged yet, or was not in force.

    `parts` are its widths on either side of where a phone's screen begins, and whether a phone leaves that side out.
    """

    span: int
    sign: Sign | None
    url: str
    title: str
    parts: Parts
    is_in_force: bool = True


@dataclass(frozen=True)
class HeatRow:
    """One level's months."""

    level: ServiceLevel
    cells: list[Cell]


@dataclass(frozen=True)
class HeatMap:
    """Levels by months, grouped by the name of their vendor or client.

    `total` counts all levels, `problems` those with a breach or a missing report, which the list at the address has.
    """

    months: list[Month]
    groups: list[tuple[str, list[HeatRow]]]
    total: int
    shown: int
    problems: int
    problems_url: str
    page: "Page[ServiceLevel] | None"


def heat_map(
    levels: QuerySet[ServiceLevel],
    *,
    principal: object,
    today: date,
    only_problems: bool,
    by_client: bool,
    number: str | None = None,
    whole: bool = False,
) -> HeatMap:
    """A page of the map of these levels, or with `only_problems` those with most problems in the last four months.

    The `whole` map has every level, or every one with a problem: a breach or a missing report.
    """
    months, party = months_until(today), "client" if by_client else "vendor"
    since = months[-ON_A_PHONE].first
    bad = Verdict.objects.visible_to(principal).bad_since(since)
    ordered = levels.order_by(f"contract__{party}__organisation__name", "contract__reference", "code")
    with_problems = ordered.filter(pk__in=bad.values("service_level"))
    page = None if only_problems or whole else Paginator(ordered, A_PAGE).get_page(number)
    if page is not None:
        chosen = list(page.object_list)
    elif whole:
        chosen = list(with_problems if only_problems else ordered)
    else:
        chosen = list(ordered.filter(pk__in=worst_levels(bad)))
    judged, promised = verdicts_by_level(chosen, months, principal), spans_by_level(chosen)
    groups: dict[str, list[HeatRow]] = defaultdict(list)
    for level in chosen:
        row = HeatRow(level, cells_of(level, judged[level.pk], months, promised[level.pk]))
        groups[getattr(level.contract, party).organisation.name].append(row)
    return HeatMap(
        months,
        list(groups.items()),
        total=levels.count(),
        shown=len(chosen),
        problems=with_problems.count(),
        problems_url=reverse("dashboard:levels", query={"bad_since": since}),
        page=page,
    )


def worst_levels(bad: VerdictQuerySet) -> list[int]:
    """The service levels with most of some bad verdicts, as far as a page shows them."""
    counted = bad.order_by().values_list("service_level").annotate(bad=Count("pk"))
    ranked = counted.order_by("-bad", "service_level__contract__reference", "service_level__code")
    return [pk for pk, _number in ranked[:MOST_PROBLEMS]]


def months_until(today: date) -> list[Month]:
    """Thirteen months, the current one last."""
    months = []
    for at in range(MONTHS):
        first = add_months(today.replace(day=1), at + 1 - MONTHS)
        with_year = at in (0, MONTHS - 1) or first.month == 1
        months.append(Month(first, date_format(first, "M y" if with_year else "M"), is_old=at < MONTHS - ON_A_PHONE))
    return months


def verdicts_by_level(
    levels: Iterable[ServiceLevel], months: list[Month], principal: object
) -> dict[int, list[dict[str, Any]]]:
    """The current verdicts since the first month, by level, in one query."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    verdicts = Verdict.objects.visible_to(principal).current()
    verdicts = verdicts.filter(service_level__in=[level.pk for level in levels], ends_on__gt=months[0].first)
    for row in verdicts.order_by("starts_on").values(*DRAWN):
        found[row["service_level_id"]].append(row)
    return found


def spans_by_level(levels: Iterable[ServiceLevel]) -> dict[int, list[DaySpan]]:
    """The days on which each level's terms, its feed and its contract run, in one query."""
    contracts = {level.pk: level.contract for level in levels}
    terms = ServiceLevelTerms.objects.filter(service_level__in=contracts).order_by()
    feed = ("service_level__feed__starts_on", "service_level__feed__ends_on")
    spans: dict[int, list[DaySpan]] = defaultdict(list)
    for pk, *days in terms.values_list("service_level", "effective_on", "ends_on", *feed):
        spans[pk].append(DaySpan(*days[:2]).shared_with(DaySpan(*days[2:]), contracts[pk].time))
    return spans


def cells_of(
    level: ServiceLevel, found: Iterable[dict[str, Any]], months: list[Month], promised: Sequence[DaySpan]
) -> list[Cell]:
    """The level's cells from left to right; of several periods in a month the worst is shown."""
    shown: dict[int, dict[str, Any]] = {}
    spans: dict[int, int] = {}
    counts: dict[int, int] = {}
    for row in found:
        start, stop = _columns(row, months[0].first)
        if stop < 0 or start >= MONTHS:
            continue
        start, stop = max(start, 0), min(stop, MONTHS - 1)
        counts[start] = counts.get(start, 0) + 1
        if start not in shown or Status(row["status"]).rank <= Status(shown[start]["status"]).rank:
            shown[start] = row
            spans[start] = stop - start + 1
    cells = []
    at = 0
    while at < MONTHS:
        row = shown.get(at)
        span = spans.get(at, 1)
        # A long period ends where another begins inside it.
        span = next((width for width in range(1, span) if at + width in shown), span)
        in_force = any(days.part_of(MONTH.containing(months[at].first)) for days in promised)
        old = sum(month.is_old for month in months[at : at + span])
        parts = [(width, is_old) for width, is_old in ((old, True), (span - old, False)) if width]
        cells.append(_cell(level, row, span, counts.get(at, 0), parts=parts, in_force=in_force))
        at += span
    return cells


def _cell(
    level: ServiceLevel, row: dict[str, Any] | None, span: int, count: int, *, parts: Parts, in_force: bool
) -> Cell:
    if row is None or row["status"] == Status.NOT_IN_FORCE:
        return Cell(span, None, "", "", parts, in_force and row is None)
    sign = sign_of(row["status"], is_final=row["is_final"], is_deemed=row["is_deemed"], is_history=row["is_history"])
    title = f"{row['period_label'].lstrip('YS')}: {sign.word}" + (f", {row['display']}" if row["display"] else "")
    if count > 1:
        title += f" (1 / {count})"
    return Cell(span, sign, f"/service-levels/{level.public_id}/{row['period_label']}", title, parts)


def _columns(row: dict[str, Any], first: date) -> tuple[int, int]:
    """First and last column: a short period is in the month of its middle, a long one in all of its months."""
    length = row["ends_on"] - row["starts_on"]
    middle = row["starts_on"] + length // 2
    days = (middle, middle) if length <= LONG else (row["starts_on"], row["ends_on"] - timedelta(days=1))
    start, stop = ((day.year - first.year) * 12 + day.month - first.month for day in days)
    return start, stop
