"""The first page: what changed since the previous night, what waits for the reader, and what is at risk."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bpo.formatting import show_instant
from bpo.viewpoint import Viewpoint
from breaches.selectors.breaches import BreachRow, tab_filter, with_verdicts
from breaches.selectors.causes import CauseLine, causes_of
from breaches.selectors.excuses import ExcuseRequest, excuse_requests
from contracts.models.service_levels import ServiceLevel
from dashboard.selectors.dates import DateAhead, dates_ahead
from dashboard.selectors.levels import LevelRow, level_row, with_standing
from dashboard.selectors.nights import Nights, nights_status
from intake.due import DueReport
from intake.selectors.owed import missing, with_levels
from metrics.models.breaches import Breach, Excuse
from metrics.models.verdicts import Verdict
from metrics.querysets import BreachQuerySet, threatened

NEEDS = 5
MOST_OWED = 10
RISKS = 12
# Before every breach.
EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Counter:
    """A number with a link to exactly the rows that it counts."""

    word: str
    number: int
    note: str
    url: str


@dataclass(frozen=True)
class Change:
    """A number of the headline in words, with a link to exactly the rows that it counts."""

    number: int
    text: str
    url: str


@dataclass(frozen=True)
class Overview:
    """The first page of a client, a vendor, or the operator."""

    nights: Nights
    changes: list[Change]
    counters: list[Counter]
    waiting: list[BreachRow]
    waiting_total: int
    excuses: list[ExcuseRequest]
    excuses_total: int
    owed: list[tuple[DueReport, list[ServiceLevel]]]
    owed_total: int
    dates: list[DateAhead]
    risks: list[LevelRow]
    risks_total: int
    causes: list[CauseLine]

    @property
    def has_changed(self) -> bool:
        return any(change.number for change in self.changes)

    @property
    def headline(self) -> str:
        """Every change, zeros included."""
        return ", ".join(change.text for change in self.changes) if self.has_changed else _("No change")

    @property
    def has_more_excuses(self) -> bool:
        return self.excuses_total > sum(asked.levels for asked in self.excuses)

    @property
    def compared_with(self) -> str:
        """The start of the time in which the changes happened."""
        nights = self.nights
        if not (nights.since and nights.latest):
            return _("so far")
        return _("since %(at)s") % {"at": show_instant(nights.since, nights.latest.zone)}

    @property
    def title(self) -> str:
        """The first change, for the title of the browser's tab; empty where nothing changed."""
        return next((change.text for change in self.changes if change.number), "")


def overview(*, viewpoint: Viewpoint, owed: list[DueReport], now: datetime) -> Overview:
    """Everything on the first page above the heat map; of what is `owed` a client sees what is missing."""
    levels = with_standing(ServiceLevel.objects.visible_to(viewpoint))
    breaches = Breach.objects.visible_to(viewpoint)
    nights = nights_status(principal=viewpoint, now=now)
    waiting = tab_filter(breaches, "mine", viewpoint, now)
    needs = [BreachRow(breach, now) for breach in with_verdicts(waiting, now).order_by("answer_due_at")[:NEEDS]]
    is_risky = threatened("standing__so_far__")
    counts = levels.order_by().aggregate(
        all=Count("pk", distinct=True), risky=Count("pk", distinct=True, filter=is_risky)
    )
    undecided = Excuse.objects.visible_to(viewpoint).filter(decision=Excuse.Decision.ASKED)
    late = missing(owed)
    needed = owed if viewpoint.is_vendor else late
    # "already_lost" sorts before "at_risk".
    risks = levels.filter(is_risky).order_by(
        "standing__so_far__status", "contract__vendor__organisation__name", "contract__reference", "code"
    )
    return Overview(
        nights=nights,
        changes=changes_since(viewpoint, nights.since, late),
        counters=counters(viewpoint, breaches, waiting, counts, late, nights.since, now),
        waiting=needs,
        excuses=[] if viewpoint.is_vendor else excuse_requests(undecided, most=NEEDS),
        excuses_total=0 if viewpoint.is_vendor else undecided.count(),
        waiting_total=waiting.count(),
        owed=with_levels(needed[: MOST_OWED if viewpoint.is_vendor else NEEDS], viewpoint),
        owed_total=len(needed),
        dates=dates_ahead(principal=viewpoint, now=now),
        risks=[level_row(level, now) for level in risks[:RISKS]],
        risks_total=counts["risky"],
        causes=causes_of(breaches, today=now.astimezone(ZoneInfo(viewpoint.user.zone)).date()),
    )


def changes_since(viewpoint: Viewpoint, since: datetime | None, late: list[DueReport]) -> list[Change]:
    """New breaches, and levels met after a bad period, since a moment or of all time; and the reports missing now."""
    breaches, since = Breach.objects.visible_to(viewpoint), since or EVER
    new, withdrawn = breaches.found(since).count(), breaches.withdrawn(since).count()
    better = Verdict.objects.visible_to(viewpoint).current().recovered(since).count()
    moment = since.isoformat()
    found_url = address("breaches:breaches", tab="all", found_after=moment)
    verdicts_url = address("dashboard:verdicts", recovered_after=moment)
    reports = ngettext("%(n)d report missing", "%(n)d reports missing", len(late)) % {"n": len(late)}
    changes = [
        Change(new, ngettext("%(n)d new breach", "%(n)d new breaches", new) % {"n": new}, found_url),
        Change(better, _("%(n)d recovered") % {"n": better}, verdicts_url),
        Change(len(late), reports, address("intake:data", state="late")),
    ]
    if withdrawn:
        withdrawn_url = address("breaches:breaches", tab="all", withdrawn_after=moment)
        changes.append(Change(withdrawn, _("%(n)d no longer a breach") % {"n": withdrawn}, withdrawn_url))
    return changes


def address(name: str, **parameters: str) -> str:
    return f"{reverse(name)}?{urlencode(parameters)}"


def counters(
    viewpoint: Viewpoint,
    breaches: BreachQuerySet,
    waiting: BreachQuerySet,
    levels: dict[str, int],
    late: list[DueReport],
    since: datetime | None,
    now: datetime,
) -> list[Counter]:
    """The four numbers on top."""
    is_new, is_overdue = Q(opened_at__gt=since) if since else Q(), Q(state=Breach.State.FOUND, answer_due_at__lt=now)
    open_ones = breaches.open().aggregate(all=Count("pk"), new=Count("pk", filter=is_new), oldest=Min("opened_at"))
    mine = waiting.aggregate(all=Count("pk"), overdue=Count("pk", filter=is_overdue))
    age = (now - open_ones["oldest"]).days if open_ones["oldest"] else 0
    age_note = _("%(new)d new · oldest %(age)d d") % {"new": open_ones["new"], "age": age} if open_ones["all"] else ""
    number = 0 if viewpoint.is_vendor else len({report.feed.contract.vendor_id for report in late})
    vendors = ngettext("%(n)d vendor", "%(n)d vendors", number) % {"n": number} if number else ""
    own = _("Causes due from you") if viewpoint.is_vendor else _("Breaches waiting for you")
    overdue = _("%(n)d overdue") % {"n": mine["overdue"]} if mine["overdue"] else ""
    of_all = _("of %(all)d service levels") % {"all": levels["all"]}
    return [
        Counter(_("Open breaches"), open_ones["all"], age_note, address("breaches:breaches", tab="open")),
        Counter(_("At risk now"), levels["risky"], of_all, address("dashboard:levels", now="risk")),
        Counter(_("Reports missing"), len(late), vendors, address("intake:data", state="late")),
        Counter(own, mine["all"], overdue, address("breaches:breaches", tab="mine")),
    ]
