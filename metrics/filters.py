"""What service levels, verdicts, late results and roll-ups can be filtered by."""

from collections.abc import Callable, Iterable
from datetime import date, datetime

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from bpo.filters import DayFilter, InstantFilter, ListFilter, MailFilter, TextFilter, YesNoFilter
from contracts.models.service_levels import ServiceLevel
from metrics.as_of import verdicts_after_night
from metrics.models.verdicts import Verdict
from metrics.querysets import REPORTED, VerdictQuerySet, last_status, threatened
from metrics.roll_ups import Member, Part, RollUp, roll_ups_of
from sla.verdicts import OPEN

NOW = (
    ("risk", _("At risk or already lost")),
    *(choice for choice in Verdict.Status.choices if choice[0] in OPEN),
)
LAST = (
    (REPORTED, _("Reported")),
    *(choice for choice in Verdict.Status.choices if choice[0] not in OPEN),
)


class ServiceLevelFilter(ListFilter):
    """Service levels by text, by party, by how the last period ended and how the open one stands."""

    shown = ("q", "last", "now")

    q = django_filters.CharFilter(method="by_text", label=_("Text"), max_length=100)
    vendor = TextFilter("contract__vendor__public_id", label=_("Vendor"), help_text=_("VN-…"))
    client = TextFilter("contract__client__public_id", label=_("Client"), help_text=_("CL-…"))
    contract = TextFilter("contract__public_id", label=_("Contract"), help_text=_("CT-…"))
    feed = TextFilter("feed__code", label=_("Feed"))
    code = TextFilter("code", label=_("Code"))
    last = django_filters.ChoiceFilter(method="by_last", choices=LAST, label=_("Last period"), empty_label=_("Any"))
    now = django_filters.ChoiceFilter(method="by_now", choices=NOW, label=_("Open period"), empty_label=_("Any"))
    bad_since = DayFilter(method="by_bad_periods", label=_("Breach or missing report on or after this day"))
    mail = MailFilter()

    def by_bad_periods(self, levels: QuerySet[ServiceLevel], name: str, value: date) -> QuerySet[ServiceLevel]:
        return levels.filter(pk__in=Verdict.objects.bad_since(value).values("service_level"))

    def by_text(self, levels: QuerySet[ServiceLevel], name: str, value: str) -> QuerySet[ServiceLevel]:
        return levels.filter(
            Q(name__icontains=value)
            | Q(code__icontains=value)
            | Q(public_id__icontains=value)
            | Q(contract__vendor__organisation__name__icontains=value)
            | Q(contract__client__organisation__name__icontains=value)
            | Q(contract__reference__icontains=value)
        )

    def by_last(self, levels: QuerySet[ServiceLevel], name: str, value: str) -> QuerySet[ServiceLevel]:
        return levels.filter(last_status(value))

    def by_now(self, levels: QuerySet[ServiceLevel], name: str, value: str) -> QuerySet[ServiceLevel]:
        if value == "risk":
            return levels.filter(threatened("standing__so_far__"))
        return levels.filter(standing__so_far__status=value, standing__so_far__is_history=False)


class OfServiceLevelFilter(ListFilter):
    """Rows that belong to a service level, by its parties, its contract and itself."""

    vendor = TextFilter("service_level__contract__vendor__public_id", label=_("Vendor"), help_text=_("VN-…"))
    client = TextFilter("service_level__contract__client__public_id", label=_("Client"), help_text=_("CL-…"))
    contract = TextFilter("service_level__contract__public_id", label=_("Contract"), help_text=_("CT-…"))
    service_level = TextFilter("service_level__public_id", label=_("Service level"), help_text=_("SL-…"))


class VerdictFilter(OfServiceLevelFilter):
    """Verdicts; the current revision of each unless `revisions=all` or `as_of` asks for others."""

    shown = ("period", "is_final")

    status = django_filters.MultipleChoiceFilter(choices=Verdict.Status.choices)
    is_final = YesNoFilter(label=_("Final"), help_text=_("true: only of closed periods."))
    is_history = YesNoFilter(label=_("true: only of periods before the opening day for judging."))
    from_day = DayFilter("starts_on", lookup_expr="gte", label=_("Periods that begin on or after this day."))
    to_day = DayFilter("starts_on", lookup_expr="lt", label=_("Periods that begin before this day."))
    period = TextFilter("period_label", label=_("Period"), help_text=_("2025-10, 2025-W41, 2025-Q4 …"))
    judged_after = InstantFilter("judged_at", lookup_expr="gte")
    recovered_after = InstantFilter(method="by_recovery", label=_("Met again after a bad period, judged after"))
    revisions = django_filters.ChoiceFilter(
        choices=[("current", _("current")), ("all", _("all"))], method="unchanged", label=_("current by default.")
    )
    night = DayFilter("run__local_date", label=_("Night that judged them, by its morning"))
    zone = TextFilter("run__zone", label=_("Zone of that night"))
    mail = MailFilter("pk")
    as_of = DayFilter(method="unchanged", label=_("As it was after the night of this day, in each contract's zone."))

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        if day := self.form.cleaned_data.get("as_of"):
            held = verdicts_after_night(queryset, day)
            if finality := self.form.cleaned_data.pop("is_final", ""):
                held = held.filter(was_final=finality == "true")
            return super().filter_queryset(held)
        wants_all = self.form.cleaned_data.get("revisions") == "all"
        return super().filter_queryset(queryset if wants_all else queryset.current())

    def by_recovery(self, verdicts: VerdictQuerySet, name: str, value: datetime) -> VerdictQuerySet:
        return verdicts.recovered(value)

    def unchanged(self, queryset: QuerySet, name: str, value: object) -> QuerySet:
        """The parameter chooses the queryset, in `filter_queryset`."""
        return queryset


class LateArrivalFilter(OfServiceLevelFilter):
    """Results that came after their period had closed."""

    shown = ("is_counted",)

    starts_on = DayFilter(label=_("First day of the closed period."))
    is_counted = YesNoFilter(method="by_counting", label=_("Counted"), help_text=_("true: a restatement counts it."))
    arrived_after = InstantFilter("arrived_at", lookup_expr="gte")
    arrived_before = InstantFilter("arrived_at", lookup_expr="lt")

    def by_counting(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(counted_by__isnull=value != "true")


class MemberFilter(ListFilter):
    """The service levels of one roll-up in one period, by what they give to its sum."""

    shown = ("part",)

    part = django_filters.ChoiceFilter(
        method="unchanged", choices=((REPORTED, _("Reported")), *Part.choices), label=_("In the sum"),
        empty_label=_("Any"),
    )  # fmt: skip

    def unchanged(self, levels: QuerySet[ServiceLevel], name: str, value: object) -> QuerySet[ServiceLevel]:
        """The parameter chooses among the members."""
        return levels

    def chosen(self, members: Iterable[Member]) -> list[Member]:
        self.form.is_valid()
        part = self.form.cleaned_data.get("part")
        if part == REPORTED:
            return [member for member in members if member.is_reported]
        return [member for member in members if not part or member.part == part]


class RollUpFilter(ListFilter):
    """Roll-ups by client and code, and those of their periods that are listed by status and day."""

    shown = ("code", "status")

    client = TextFilter("contract__client__public_id", label=_("Client"), help_text=_("CL-…"))
    code = TextFilter("roll_up", label=_("Roll-up"))
    status = django_filters.ChoiceFilter(
        method="unchanged", choices=Verdict.Status.choices, label=_("Status"), empty_label=_("Any")
    )
    is_final = YesNoFilter(method="unchanged", label=_("true: only of closed periods."))
    period = TextFilter(method="unchanged", label=_("2025-10, 2025-W41, 2025-Q4 …"))
    from_day = DayFilter(method="unchanged", label=_("Periods that begin on or after this day."))
    to_day = DayFilter(method="unchanged", label=_("Periods that begin before this day."))

    def unchanged(self, levels: QuerySet[ServiceLevel], name: str, value: object) -> QuerySet[ServiceLevel]:
        """The parameter chooses among the rows, which are added up from all service levels of a roll-up."""
        return levels

    def rows(self, *, now: datetime) -> list[RollUp]:
        """The periods that the parameters choose, the latest first."""
        levels = self.qs
        wanted = {name: value for name, value in self.form.cleaned_data.items() if value}
        tests: dict[str, Callable[[RollUp], bool]] = {
            "status": lambda row: row.status == wanted["status"],
            "is_final": lambda row: row.is_final == (wanted["is_final"] == "true"),
            "period": lambda row: row.period == wanted["period"],
            "from_day": lambda row: row.starts_on >= wanted["from_day"],
            "to_day": lambda row: row.starts_on < wanted["to_day"],
        }
        chosen = [tests[name] for name in wanted if name in tests]
        return [row for row in roll_ups_of(levels, now=now) if all(test(row) for test in chosen)]
