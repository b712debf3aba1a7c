"""What verdicts and late results can be filtered by."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from bpo.filters import DayFilter, InstantFilter, TextFilter, YesNoFilter
from metrics.as_of import held_after_night
from metrics.models.verdicts import LateArrival, Verdict


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
