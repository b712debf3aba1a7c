"""What results, verdicts and breaches can be narrowed by; the same for pages and the API."""

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field

from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed, ServiceLevel
from metrics.hindsight import held_after_night
from metrics.intake.kinds import DAY_COLUMNS
from metrics.intake.values import Wrong, read_day, read_instant
from metrics.models.breaches import Breach, Excuse
from metrics.models.results import RESULT_TABLES, Batch
from metrics.models.verdicts import LateArrival, Verdict

MOMENT_COLUMNS = {
    Feed.Kind.COUNTS: "occurred_at",
    Feed.Kind.CONTACTS: "occurred_at",
    Feed.Kind.CASES: "opened_at",
    Feed.Kind.OBSERVATIONS: "occurred_at",
    Feed.Kind.DOWNTIME: "started_at",
}


class ExactlyReadField(forms.Field):
    """A form field that reads as strictly as intake does."""

    def __init__(self, *, read: Any, **kwargs: Any) -> None:
        self.read = read
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        if not value:
            return None
        try:
            return self.read(value)
        except Wrong as wrong:
            raise ValidationError(wrong.detail, code=wrong.code) from wrong


class InstantFilter(django_filters.Filter):
    """Compares with a moment that has an explicit offset."""

    field_class = ExactlyReadField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, read=read_instant, **kwargs)


class DayFilter(django_filters.Filter):
    """Compares with a day such as 2025-10-31."""

    field_class = ExactlyReadField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, read=read_day, **kwargs)


class TextFilter(django_filters.CharFilter):
    """Equality with a text, taken as it stands."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 200)
        super().__init__(*args, strip=False, **kwargs)


@extend_schema_field({"type": "string", "enum": ["true", "false"]})
class YesNoFilter(django_filters.ChoiceFilter):
    """`true` or `false`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, choices=[("true", _("yes")), ("false", _("no"))], **kwargs)

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        return qs if not value else qs.filter(**{self.field_name: value == "true"})


class SteadyOrdering(django_filters.OrderingFilter):
    """Order by a listed column, and by row where that says nothing, so that pages never overlap."""

    def filter(self, qs: QuerySet, value: list[str] | None) -> QuerySet:
        ordered = super().filter(qs, value)
        return ordered.order_by(*ordered.query.order_by, "pk") if value else ordered


class ResultFilter(django_filters.FilterSet):
    """Results of one feed."""

    external_id = TextFilter(label=_("The vendor's id of the row."))
    batch = TextFilter("batch__public_id", label=_("The receipt's id, RC-…; for the vendor alone."))

    @classmethod
    def for_kind(cls, kind: str) -> type["ResultFilter"]:
        """The filters of one kind's table, whose moments and days have names of their own."""
        return FILTERS_OF_KIND[kind]


def _result_filter(kind: str) -> type[ResultFilter]:
    moment, day = MOMENT_COLUMNS[kind], DAY_COLUMNS.get(kind, ("started_on",))[0]
    members: dict[str, Any] = {
        "occurred_after": InstantFilter(moment, lookup_expr="gte", label=_("Not before this moment.")),
        "occurred_before": InstantFilter(moment, lookup_expr="lt", label=_("Before this moment.")),
        "from_day": DayFilter(day, lookup_expr="gte", label=_("Not before this local day.")),
        "to_day": DayFilter(day, lookup_expr="lt", label=_("Before this local day.")),
        "ordering": SteadyOrdering(fields=((moment, "occurred_at"), (day, "day"), ("key", "key"))),
        "Meta": type("Meta", (), {"model": RESULT_TABLES[kind], "fields": []}),
    }
    return type(f"{kind.title()}ResultFilter", (ResultFilter,), members)


FILTERS_OF_KIND: dict[str, type[ResultFilter]] = {str(kind): _result_filter(kind) for kind in RESULT_TABLES}


class LevelFilter(django_filters.FilterSet):
    """Rows that belong to a service level."""

    contract = TextFilter("service_level__contract__public_id", label=_("CT-…"))
    service_level = TextFilter("service_level__public_id", label=_("SL-…"))


class VerdictFilter(LevelFilter):
    """Verdicts; the current revision of each unless all are asked for."""

    status = django_filters.MultipleChoiceFilter(choices=Verdict.Status.choices)
    is_final = YesNoFilter(label=_("true: only of closed periods."))
    from_day = DayFilter("starts_on", lookup_expr="gte", label=_("Periods that begin on or after this day."))
    to_day = DayFilter("starts_on", lookup_expr="lt", label=_("Periods that begin before this day."))
    period = TextFilter("period_label", label=_("2025-10, 2025-W41, 2025-Q4 …"))
    judged_after = InstantFilter("judged_at", lookup_expr="gte")
    revisions = django_filters.ChoiceFilter(
        choices=[("current", _("current")), ("all", _("all"))], method="pass_over", label=_("current unless told.")
    )
    as_of = DayFilter(method="pass_over", label=_("As it was after the night of this day, in each contract's zone."))

    class Meta:
        model = Verdict
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        if day := self.form.cleaned_data.get("as_of"):
            held = held_after_night(queryset, day)
            if finality := self.form.cleaned_data.pop("is_final", ""):
                held = held.filter(was_final=finality == "true")
            return super().filter_queryset(held)
        wants_all = self.form.cleaned_data.get("revisions") == "all"
        return super().filter_queryset(queryset if wants_all else queryset.current())

    def pass_over(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        return queryset


class BreachFilter(LevelFilter):
    """Breaches by where they stand."""

    state = django_filters.MultipleChoiceFilter(choices=Breach.State.choices)
    is_open = YesNoFilter(method="by_openness", label=_("true: still to be dealt with."))
    period = TextFilter("period_label")
    opened_after = InstantFilter("opened_at", lookup_expr="gte")
    opened_before = InstantFilter("opened_at", lookup_expr="lt")

    class Meta:
        model = Breach
        fields: list[str] = []

    def by_openness(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        still_open = queryset.model.objects.open()
        return queryset.filter(pk__in=still_open) if value == "true" else queryset.exclude(pk__in=still_open)


class ExcuseFilter(LevelFilter):
    """Excuses by where they stand."""

    decision = django_filters.ChoiceFilter(choices=Excuse.Decision.choices)
    asked_after = InstantFilter("asked_at", lookup_expr="gte")
    asked_before = InstantFilter("asked_at", lookup_expr="lt")

    class Meta:
        model = Excuse
        fields: list[str] = []


class LateArrivalFilter(LevelFilter):
    """Results that came after their period had closed."""

    starts_on = DayFilter(label=_("First day of the closed period."))
    is_counted = YesNoFilter(method="by_counting", label=_("true: a restatement counts it."))
    arrived_after = InstantFilter("arrived_at", lookup_expr="gte")
    arrived_before = InstantFilter("arrived_at", lookup_expr="lt")

    class Meta:
        model = LateArrival
        fields: list[str] = []

    def by_counting(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(counted_by__isnull=value != "true")


class ServiceLevelFilter(django_filters.FilterSet):
    """Service levels by contract, feed and code."""

    contract = TextFilter("contract__public_id")
    feed = TextFilter("feed__code")
    code = TextFilter("code")

    class Meta:
        model = ServiceLevel
        fields: list[str] = []


class FeedFilter(django_filters.FilterSet):
    """Feeds by contract, kind and code."""

    contract = TextFilter("contract__public_id")
    kind = django_filters.ChoiceFilter(choices=Feed.Kind.choices)
    code = TextFilter("code")

    class Meta:
        model = Feed
        fields: list[str] = []


class ContractFilter(django_filters.FilterSet):
    """Contracts by status and number."""

    status = django_filters.ChoiceFilter(choices=Contract.Status.choices)
    reference = TextFilter("reference")

    class Meta:
        model = Contract
        fields: list[str] = []


class BatchFilter(django_filters.FilterSet):
    """Receipts by when they were given."""

    received_after = InstantFilter("received_at", lookup_expr="gte")
    received_before = InstantFilter("received_at", lookup_expr="lt")

    class Meta:
        model = Batch
        fields: list[str] = []
