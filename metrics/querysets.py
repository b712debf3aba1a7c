"""Reads of results, work items, verdicts, breaches and nights."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery

from bpo.tenancy import TenantQuerySet, reach_of
from contracts.models.agreements import Contract
from contracts.querysets import shown_to_vendor
from sla.verdicts import BAD, THREATENED, Reason, Status

REPORTED = "reported"
# What a night does to a breach, as kinds of its events.
BY_NIGHT = ("found", "reopened", "revised", "withdrawn", "final")
# From a row of a service level to the client's and the vendor's organisation.
PARTIES = ("service_level__contract__client__organisation", "service_level__contract__vendor__organisation")


class FeedRowQuerySet(TenantQuerySet):
    client_path = "feed__contract__client__organisation"
    vendor_path = "feed__contract__vendor__organisation"
    vendor_condition = shown_to_vendor("feed__contract__")


class BatchQuerySet(TenantQuerySet):
    """A receipt belongs to the vendor that sent it; a client sees results, not its vendor's way of sending."""

    vendor_path = "vendor__organisation"


def owns_receipts(principal: object, contract: Contract) -> bool:
    """Whether somebody may read which receipts brought the results of a contract."""
    return contract.vendor.organisation_id in reach_of(principal).organisations


class CellQuerySet(TenantQuerySet):
    client_path, vendor_path = PARTIES
    vendor_condition = shown_to_vendor("service_level__contract__")


class VerdictQuerySet(CellQuerySet):
    def current(self) -> Self:
        """The latest revision of each verdict."""
        return self.filter(is_current=True)

    def ends_of_closed(self, days: Mapping[int, Collection[date]]) -> dict[int, set[date]]:
        """Those of the days of each service level, by primary key, on which a closed period of it ends."""
        closed = self.current().filter(is_final=True, service_level__in=days, ends_on__in=set().union(*days.values()))
        found: dict[int, set[date]] = defaultdict(set)
        for pk, day in closed.values_list("service_level_id", "ends_on"):
            found[pk] |= {day}.intersection(days[pk])
        return found

    def bad_since(self, day: date) -> Self:
        """Current verdicts of a breach or a missing report in periods that end after a day begins; no history."""
        return self.current().filter(status__in=BAD, is_history=False, ends_on__gt=day)

    def over(self) -> Self:
        """Current verdicts that were final before it was known that what was agreed had ended before their period."""
        return self.current().filter(is_final=True, status=Status.NOT_IN_FORCE, working__facts__reason=Reason.AFTER_END)

    def recovered(self, since: datetime) -> Self:
        """Final verdicts that were judged since then and are met, where those of the period before are bad."""
        before = self.model.objects.current().filter(service_level=OuterRef("service_level"), is_history=False)
        bad = before.filter(ends_on=OuterRef("starts_on"), status__in=BAD)
        return self.filter(Exists(bad), status=Status.MET, is_final=True, judged_at__gte=since)

    def of_period(self, label: str) -> Self:
        """The revisions of a period by its label; of a closed one with those under other labels, if it was cut anew."""
        closed = self.filter(period_label=label, is_final=True)
        return self.filter(Q(period_label=label) | Q(is_final=True, starts_on__in=closed.values("starts_on")))


def last_status(status: str) -> Q:
    """Service levels whose last ended period has a status, or is "reported"; history has none of them."""
    if status == REPORTED:
        return Q(standing__last_closed__isnull=False) & ~last_status(Status.NOT_REPORTED)
    return Q(standing__last_closed__status=status, standing__last_closed__is_history=False)


def threatened(path: str = "") -> Q:
    """Verdicts, at the end of a path, of open periods that may yet be missed, or are; history threatens nobody."""
    return Q(**{f"{path}status__in": THREATENED, f"{path}is_history": False})


class WithdrawalQuerySet(TenantQuerySet):
    client_path = "verdict__service_level__contract__client__organisation"
    vendor_path = "verdict__service_level__contract__vendor__organisation"
    vendor_condition = shown_to_vendor("verdict__service_level__contract__")


class BreachQuerySet(CellQuerySet):
    def open(self) -> Self:
        return self.exclude(state__in=["closed", "withdrawn"])

    def found(self, since: datetime) -> Self:
        """Those that were found since then, or found again, and have not been withdrawn."""
        events = self.model.objects.filter(events__kind__in=["found", "reopened"], events__at__gte=since)
        return self.filter(pk__in=events.values("pk")).exclude(state="withdrawn")

    def changed_by(self, **run: object) -> Self:
        """Those that the runs of nights, given by columns of their verdicts, found, revised, withdrew or made final."""
        verdicts = {f"events__verdict__{name}": value for name, value in run.items()}
        return self.filter(pk__in=self.model.objects.filter(events__kind__in=BY_NIGHT, **verdicts).values("pk"))

    def withdrawn(self, since: datetime) -> Self:
        """Those that were withdrawn since then and have not come again."""
        events = self.model.objects.filter(events__kind="withdrawn", events__at__gte=since)
        return self.filter(pk__in=events.values("pk"), state="withdrawn")


def turn_of(side: str, now: datetime) -> Q:
    """The breaches in which a side has to act next, "client" or "vendor"; pages, counters and mails ask this alone.

    The vendor owes the cause. The client acknowledges, follows up a cause that is overdue, and responds to the answer;
    what it has accepted waits for nobody until the verdict is final.
    """
    found = Q(state="found")
    if side == "vendor":
        return found
    unseen = Q(acknowledged_at__isnull=True) | Q(answer_due_at__lt=now)
    return found & unseen | Q(state__in=["cause", "action"]) | Q(state="accepted", verdict__is_final=True)


class MuteQuerySet(models.QuerySet):
    """Each person sees only their own."""

    vendor_path = "breach__service_level__contract__vendor__organisation"

    def visible_to(self, principal: object) -> Self:
        return self.filter(reader=getattr(principal, "pk", None))


class BreachEventQuerySet(TenantQuerySet):
    """A note that is internal to one side is not visible to the other."""

    client_path = "breach__service_level__contract__client__organisation"
    vendor_path = "breach__service_level__contract__vendor__organisation"
    vendor_condition = shown_to_vendor("breach__service_level__contract__")

    def visible_to(self, principal: object) -> Self:
        reach, rows = reach_of(principal), super().visible_to(principal)
        return rows.filter(Q(internal_to__isnull=True) | Q(internal_to__in=reach.organisations))


class RunQuerySet(TenantQuerySet):
    """A night judges many contracts: that it ran may be shown to anybody, what it judged may not."""

    def newest(self) -> Self:
        """The last night of each zone."""
        same_zone = self.model.objects.filter(zone=OuterRef("zone")).order_by("-local_date")
        return self.filter(local_date=Subquery(same_zone.values("local_date")[:1]))
