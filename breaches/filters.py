"""What breaches and excuses can be filtered by."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from bpo.filters import InstantFilter, TextFilter, YesNoFilter
from breaches.selectors.causes import UNSTATED
from metrics.filters import LevelFilter
from metrics.models.breaches import Breach, Excuse

CAUSES = (*Breach.CauseKind.choices, (UNSTATED, _("Not yet stated")))


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


class BreachListFilter(django_filters.FilterSet):
    """Breaches by text and by party; whose turn it is stands in the tab."""

    q = django_filters.CharFilter(method="by_text", label=_("Text"), max_length=100)
    vendor = django_filters.CharFilter(
        field_name="service_level__contract__vendor__public_id", label=_("Vendor"), max_length=20
    )
    client = django_filters.CharFilter(
        field_name="service_level__contract__client__public_id", label=_("Client"), max_length=20
    )
    contract = django_filters.CharFilter(
        field_name="service_level__contract__public_id", label=_("Contract"), max_length=20
    )

    cause = django_filters.ChoiceFilter(
        method="by_cause", choices=CAUSES, label=_("Kind of cause"), empty_label=_("Any")
    )
    since = django_filters.DateFilter(field_name="starts_on", lookup_expr="gte", label=_("Periods from"))

    class Meta:
        model = Breach
        fields: list[str] = []

    def by_cause(self, breaches: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """What holds no longer was missed for no cause."""
        return breaches.exclude(state=Breach.State.WITHDRAWN).filter(cause_kind="" if value == UNSTATED else value)

    def by_text(self, breaches: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return breaches.filter(
            Q(public_id__icontains=value)
            | Q(period_label__icontains=value)
            | Q(cause__icontains=value)
            | Q(service_level__name__icontains=value)
            | Q(service_level__public_id__icontains=value)
            | Q(service_level__contract__vendor__organisation__name__icontains=value)
        )
