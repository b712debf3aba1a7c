"""What lists may be narrowed by; all of it stands in the address."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from contracts.models.service_levels import ServiceLevel
from metrics.models.verdicts import Verdict
from sla.verdicts import OPEN, THREATENED

NOW = (
    ("risk", _("At risk or already lost")),
    *(choice for choice in Verdict.Status.choices if choice[0] in OPEN),
)
LAST = tuple(choice for choice in Verdict.Status.choices if choice[0] not in OPEN)


class LevelFilter(django_filters.FilterSet):
    """Service levels by text, by party, by how the last period ended and how the open one stands."""

    q = django_filters.CharFilter(method="by_text", label=_("Text"), max_length=100)
    vendor = django_filters.CharFilter(field_name="contract__vendor__public_id", label=_("Vendor"), max_length=20)
    client = django_filters.CharFilter(field_name="contract__client__public_id", label=_("Client"), max_length=20)
    contract = django_filters.CharFilter(field_name="contract__public_id", label=_("Contract"), max_length=20)
    last = django_filters.ChoiceFilter(
        field_name="standing__last_closed__status", choices=LAST, label=_("Last period"), empty_label=_("Any")
    )
    now = django_filters.ChoiceFilter(method="by_now", choices=NOW, label=_("Open period"), empty_label=_("Any"))

    class Meta:
        model = ServiceLevel
        fields: list[str] = []

    def by_text(self, levels: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return levels.filter(
            Q(name__icontains=value)
            | Q(code__icontains=value)
            | Q(public_id__icontains=value)
            | Q(contract__vendor__organisation__name__icontains=value)
            | Q(contract__client__organisation__name__icontains=value)
            | Q(contract__reference__icontains=value)
        )

    def by_now(self, levels: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        wanted = THREATENED if value == "risk" else (value,)
        return levels.filter(standing__so_far__status__in=wanted)
