"""What breaches and excuses can be filtered by."""

from datetime import date, datetime

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from bpo.filters import DayFilter, InstantFilter, MailFilter, TextFilter, YesNoFilter
from breaches.selectors.causes import UNSTATED
from metrics.filters import OfServiceLevelFilter
from metrics.models.breaches import Breach, Excuse
from metrics.querysets import BreachQuerySet

CAUSES = (*Breach.CauseKind.choices, (UNSTATED, _("Not yet stated")))


class BreachFilter(OfServiceLevelFilter):
    """Breaches by text, by party, by cause and by where they stand; whose turn it is stands in the page's tab."""

    shown = ("q", "cause")

    q = django_filters.CharFilter(method="by_text", label=_("Text"), max_length=100)
    cause = django_filters.ChoiceFilter(
        method="by_cause", choices=CAUSES, label=_("Kind of cause"), empty_label=_("Any")
    )
    since = DayFilter("starts_on", lookup_expr="gte", label=_("Periods from"))
    state = django_filters.MultipleChoiceFilter(choices=Breach.State.choices, label=_("State"))
    is_open = YesNoFilter(method="by_openness", label=_("true: still to be dealt with."))
    period = TextFilter("period_label", label=_("Period"))
    opened_after = InstantFilter("opened_at", lookup_expr="gte", label=_("Opened after"))
    opened_before = InstantFilter("opened_at", lookup_expr="lt", label=_("Opened before"))
    found_after = InstantFilter(method="by_found", label=_("Found, or found again, after"))
    due_before = InstantFilter("answer_due_at", lookup_expr="lt", label=_("Answer due before"))
    night = DayFilter(method="by_night", label=_("Changed by the night of this morning"))
    zone = TextFilter("service_level__contract__zone", label=_("Zone of the contract"))
    withdrawn_after = InstantFilter(method="by_withdrawal", label=_("No longer a breach, after"))
    mail = MailFilter()

    def by_openness(self, breaches: QuerySet[Breach], name: str, value: str) -> QuerySet[Breach]:
        still_open = breaches.model.objects.open()
        return breaches.filter(pk__in=still_open) if value == "true" else breaches.exclude(pk__in=still_open)

    def by_found(self, breaches: BreachQuerySet, name: str, value: datetime) -> BreachQuerySet:
        return breaches.found(value)

    def by_night(self, breaches: BreachQuerySet, name: str, value: date) -> BreachQuerySet:
        return breaches.changed_by(run__local_date=value)

    def by_withdrawal(self, breaches: BreachQuerySet, name: str, value: datetime) -> BreachQuerySet:
        return breaches.withdrawn(value)

    def by_cause(self, breaches: QuerySet[Breach], name: str, value: str) -> QuerySet[Breach]:
        """A withdrawn breach has no cause, whatever was stated before."""
        return breaches.exclude(state=Breach.State.WITHDRAWN).filter(cause_kind="" if value == UNSTATED else value)

    def by_text(self, breaches: QuerySet[Breach], name: str, value: str) -> QuerySet[Breach]:
        return breaches.filter(
            Q(public_id__icontains=value)
            | Q(period_label__icontains=value)
            | Q(cause__icontains=value)
            | Q(service_level__name__icontains=value)
            | Q(service_level__public_id__icontains=value)
            | Q(service_level__contract__vendor__organisation__name__icontains=value)
        )


class ExcuseFilter(OfServiceLevelFilter):
    """Excuses by where they stand."""

    shown = ("decision",)

    decision = django_filters.ChoiceFilter(choices=Excuse.Decision.choices, label=_("Decision"), empty_label=_("Any"))
    group = TextFilter("group", label=_("Request for several service levels"), help_text=_("EG-…"))
    asked_after = InstantFilter("asked_at", lookup_expr="gte", label=_("Asked after"))
    asked_before = InstantFilter("asked_at", lookup_expr="lt", label=_("Asked before"))
    mail = MailFilter()
