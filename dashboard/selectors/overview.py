"""The first page: what changed since the previous night, what waits for the reader, and what is at risk."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bpo.formatting import show_count, show_instant
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
# The lists of reports that are missing, and of the vendors that owe them.
LATE, MISSING = {"state": "late"}, {"reports": "missing"}
# Before every breach.
EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Change:
    """A number in words, with a link to exactly the rows that it counts."""

    number: int
    text: str
    url: str


@dataclass(frozen=True)
class Counter:
    """A number with a link to exactly the rows that it counts; some of them are counted in its notes."""

    word: str
    number: int
    url: str
    notes: tuple[Change, ...] = ()
    aside: str = ""


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
    needs = [BreachRow(breach, now) for breach in with_verdicts(waiting, now).order_by("answer_due_at", "pk")[:NEEDS]]
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
        counters=[
            open_counter(breaches, nights.since, now),
            risk_counter(counts),
            missing_counter(viewpoint, late),
            waiting_counter(viewpoint, waiting, now),
        ],
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
    found_url = reverse("breaches:breaches", query={"tab": "all", "found_after": moment})
    verdicts_url = reverse("dashboard:verdicts", query={"recovered_after": moment})
    reports = ngettext("%(n)s report missing", "%(n)s reports missing", len(late)) % {"n": show_count(len(late))}
    changes = [
        Change(new, ngettext("%(n)s new breach", "%(n)s new breaches", new) % {"n": show_count(new)}, found_url),
        Change(better, _("%(n)s recovered") % {"n": show_count(better)}, verdicts_url),
        Change(len(late), reports, reverse("intake:data", query=LATE)),
    ]
    if withdrawn:
        withdrawn_url = reverse("breaches:breaches", query={"tab": "all", "withdrawn_after": moment})
        changes.append(Change(withdrawn, _("%(n)s no longer a breach") % {"n": show_count(withdrawn)}, withdrawn_url))
    return changes


def open_counter(breaches: BreachQuerySet, since: datetime | None, now: datetime) -> Counter:
    """The open breaches, those found since a moment, and the age of the oldest."""
    tab = {"tab": "open"}
    held = breaches.open().aggregate(all=Count("pk"), oldest=Min("opened_at"))
    new = breaches.open().found(since).count() if since else 0
    new_url = reverse("breaches:breaches", query=tab | {"found_after": since.isoformat()}) if since else ""
    notes = [Change(new, _("%(n)s new") % {"n": show_count(new)}, new_url)] if new else []
    age = _("oldest %(age)s d") % {"age": (now - held["oldest"]).days} if held["oldest"] else ""
    return Counter(_("Open breaches"), held["all"], reverse("breaches:breaches", query=tab), tuple(notes), age)


def risk_counter(levels: dict[str, int]) -> Counter:
    of_all = ngettext("of %(all)s service level", "of %(all)s service levels", levels["all"]) % {
        "all": show_count(levels["all"])
    }
    note = Change(levels["all"], of_all, reverse("dashboard:levels"))
    url = reverse("dashboard:levels", query={"now": "risk"})
    return Counter(_("At risk now"), levels["risky"], url, (note,) if levels["all"] else ())


def missing_counter(viewpoint: Viewpoint, late: list[DueReport]) -> Counter:
    """The reports missing now, and for others than the vendor itself, of how many vendors."""
    vendors = 0 if viewpoint.is_vendor else len({report.feed.contract.vendor_id for report in late})
    words = ngettext("%(n)s vendor", "%(n)s vendors", vendors) % {"n": show_count(vendors)}
    note = Change(vendors, words, reverse("dashboard:vendors", query=MISSING))
    return Counter(_("Reports missing"), len(late), reverse("intake:data", query=LATE), (note,) if vendors else ())


def waiting_counter(viewpoint: Viewpoint, waiting: BreachQuerySet, now: datetime) -> Counter:
    """The breaches that wait for the reader's side, and those of them whose cause is overdue."""
    own = _("Causes due from you") if viewpoint.is_vendor else _("Breaches waiting for you")
    tab, overdue = {"tab": "mine"}, waiting.filter(state=Breach.State.FOUND, answer_due_at__lt=now).count()
    url = reverse("breaches:breaches", query=tab | {"state": Breach.State.FOUND, "due_before": now.isoformat()})
    note = Change(overdue, _("%(n)s overdue") % {"n": show_count(overdue)}, url)
    return Counter(own, waiting.count(), reverse("breaches:breaches", query=tab), (note,) if overdue else ())
