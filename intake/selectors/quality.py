"""Who has not reported, and whether the numbers can be trusted: feeds by span, silent keys, what is owed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median_low
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bpo.formatting import show_period
from bpo.viewpoint import Viewpoint
from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed
from intake.due import DueReport, State
from intake.models.delays import FeedRefusal
from intake.selectors.owed import missing
from metrics.models.results import Batch
from metrics.statuses import Sign
from sla.periods import DAY, Period, PeriodKind, local_day
from vendors.models import ApiKey

REJECTED = "rejected"
NOTHING = "nothing"
DELAYED = "delayed"
SIGNS = {
    State.REPORTED: ("met", "met", gettext_lazy("Reported"), True),
    State.REPORTED_LATE: ("below", "below", gettext_lazy("Reported late"), True),
    NOTHING: ("met", "met", gettext_lazy("Nothing happened"), True),
    State.RUNNING: ("", "neutral", gettext_lazy("Still running"), False),
    State.DUE: ("met-open", "neutral", gettext_lazy("Due"), False),
    State.LATE: ("unreported", "unreported", gettext_lazy("Late"), True),
    State.HISTORY: ("", "neutral", gettext_lazy("History"), True),
    State.SETTLED: ("unreported", "neutral", gettext_lazy("Never reported"), True),
    REJECTED: ("lost", "breach", gettext_lazy("Rejected"), False),
    DELAYED: ("excused", "neutral", gettext_lazy("Delay announced"), False),
}
LENGTHS = {
    PeriodKind.DAY: gettext_lazy("Daily"),
    PeriodKind.WEEK: gettext_lazy("Weekly"),
    PeriodKind.MONTH: gettext_lazy("Monthly"),
    PeriodKind.QUARTER: gettext_lazy("Quarterly"),
    PeriodKind.CONTRACT_YEAR: gettext_lazy("Yearly"),
}
RHYTHMS = (
    (2, gettext_lazy("normally daily")),
    (10, gettext_lazy("normally weekly")),
    (40, gettext_lazy("normally monthly")),
)
LOOKED_BACK = timedelta(days=120)
FEWEST_DAYS = 3


@dataclass(frozen=True)
class DueCell:
    """One report in the list or the grid, and what was refused of its feed last."""

    report: DueReport
    kind: str
    refusal: FeedRefusal | None = None

    @property
    def sign(self) -> Sign:
        glyph, tone, word, is_final = SIGNS[self.kind]
        return Sign(glyph, tone, str(word), is_final)

    @property
    def title(self) -> str:
        state = f"{self.report.feed.code}, {self.report.period}: {self.sign.word}"
        return f"{state}, {_('due')} {date_format(self.report.due_on, 'D j M')}"


@dataclass(frozen=True)
class FeedRow:
    """One feed with its latest reports."""

    feed: Feed
    cells: list[DueCell | None]


@dataclass(frozen=True)
class Grid:
    """All feeds that are owed equally often."""

    name: str
    columns: list[str]
    rows: list[FeedRow]


@dataclass(frozen=True)
class SilentKey:
    """A key that used to write and has not for too long."""

    key: ApiKey
    rhythm: str
    last_on: date


@dataclass(frozen=True)
class QualityPage:
    """Everything on the page."""

    grids: list[Grid]
    late: int
    late_vendors: int
    oldest_days: int
    silent: list[SilentKey]


def quality_page(
    viewpoint: Viewpoint, owed: Iterable[DueReport], shown: Sequence[DueReport], *, now: datetime
) -> QualityPage:
    """The counts of all that is owed, and the grids of the reports that are shown, in a constant number of queries."""
    late = missing(owed)
    return QualityPage(
        grids=grids_of(due_cells(viewpoint, shown)),
        late=len(late),
        late_vendors=len({report.feed.contract.vendor_id for report in late}),
        oldest_days=max((report.days_late for report in late), default=0),
        silent=silent_keys(viewpoint, now=now),
    )


def reporting_feeds(feeds: QuerySet[Feed], *, now: datetime) -> QuerySet[Feed, int]:
    """The primary keys of the feeds that have begun to report, anywhere on earth, in the order of the grids."""
    tomorrow = now.date() + DAY
    began = Q(starts_on__lte=tomorrow, contract__starts_on__lte=tomorrow, contract__status=Contract.Status.ACTIVE)
    return feeds.filter(began).order_by("contract__reference", "code", "pk").values_list("pk", flat=True)


def due_cells(viewpoint: Viewpoint, reports: Sequence[DueReport]) -> list[DueCell]:
    """Reports with what was refused for them."""
    feeds = {report.feed.pk for report in reports}
    refusals = {row.feed_id: row for row in FeedRefusal.objects.visible_to(viewpoint).filter(feed__in=feeds)}
    pairs = [(report, refusals.get(report.feed.pk)) for report in reports]
    return [DueCell(report, kind_of(report, refusal), refusal) for report, refusal in pairs]


def kind_of(report: DueReport, refusal: FeedRefusal | None) -> str:
    """The state, or that something was tried since the span ended and refused, or that a delay was announced."""
    if not report.state.is_owed:
        return NOTHING if report.is_nil else report.state
    if refusal and local_day(refusal.refused_at, ZoneInfo(report.feed.contract.zone)) >= report.span.end:
        return REJECTED
    return DELAYED if report.delay is not None and report.delay.until >= report.today else report.state


def grids_of(cells: Iterable[DueCell]) -> list[Grid]:
    """One table for each length of span; columns are the spans, the latest first."""
    by_length: dict[PeriodKind, dict[int, list[DueCell]]] = defaultdict(lambda: defaultdict(list))
    for cell in cells:
        by_length[cell.report.span.kind][cell.report.feed.pk].append(cell)
    grids = []
    for kind, name in LENGTHS.items():
        if feeds := by_length.get(kind):
            spans = sorted(
                {cell.report.span for cells_of_feed in feeds.values() for cell in cells_of_feed}, reverse=True
            )
            rows = []
            for cells_of_feed in feeds.values():
                known = {cell.report.span: cell for cell in cells_of_feed}
                rows.append(FeedRow(cells_of_feed[0].report.feed, [known.get(span) for span in spans]))
            grids.append(Grid(str(name), [heading_of(span) for span in spans], rows))
    return grids


def heading_of(span: Period) -> str:
    """ "Wed 5 Nov", "3 – 9 Nov", "Nov 2025": a span above its column, shorter than its name."""
    last = span.end - DAY
    match span.kind:
        case PeriodKind.DAY:
            return date_format(span.start, "D j M")
        case PeriodKind.WEEK:
            first = "j" if span.start.month == last.month else "j M"
            return f"{date_format(span.start, first)} – {date_format(last, 'j M')}"
        case PeriodKind.MONTH if span.label == f"{span.start:%Y-%m}":
            return date_format(span.start, "M Y")
    return show_period(span.kind, span.start, span.end, span.label)


def silent_keys(viewpoint: Viewpoint, *, now: datetime) -> list[SilentKey]:
    """Keys that wrote in a rhythm and have been quiet for more than twice as long; their vendor's own business."""
    keys = {key.pk: key for key in ApiKey.objects.visible_to(viewpoint).usable(now)}
    sent = Batch.objects.visible_to(viewpoint).filter(api_key__in=keys, received_at__gte=now - LOOKED_BACK)
    days: dict[int, set[date]] = defaultdict(set)
    zone = ZoneInfo(viewpoint.user.zone)
    for key, received_at in sent.order_by().values_list("api_key", "received_at").iterator():
        days[key].add(received_at.astimezone(zone).date())
    today = now.astimezone(zone).date()
    found = (silence(keys[pk], sorted(dates), today) for pk, dates in sorted(days.items()))
    return [silent for silent in found if silent]


def silence(key: ApiKey, dates: list[date], today: date) -> SilentKey | None:
    """The key's rhythm, where it has one and has broken it."""
    if len(dates) < FEWEST_DAYS:
        return None
    gap = median_low([(later - earlier).days for earlier, later in pairwise(dates)])
    rhythm = next((str(word) for most, word in RHYTHMS if gap <= most), "")
    if not rhythm or (today - dates[-1]).days <= max(2 * gap, 3 if gap > 1 else 2):
        return None
    return SilentKey(key, rhythm, dates[-1])
