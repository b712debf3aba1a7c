"""`/api/v1/contracts`, `/feeds` and `/service-levels`: what was agreed."""

from django.db.models import Prefetch, QuerySet
from rest_framework import serializers

from bpo.api_fields import AnyObject, ExactNumber
from bpo.lists import RowSerializer
from contracts.filters import ContractFilter, FeedFilter
from contracts.lists import CONTRACTS
from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from metrics.api.access import ListViewSet, ReadOnlyViewSet, documented
from metrics.filters import ServiceLevelFilter
from metrics.lists import SERVICE_LEVELS
from sla.part_periods import Changes, PartPeriods


class ContractSerializer(RowSerializer):
    """What both sides of a contract may know of it."""

    definition = CONTRACTS


class FeedSerializer(serializers.Serializer):
    """A stream of results that a vendor owes."""

    contract = serializers.CharField(source="contract.public_id")
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Feed.Kind.choices)
    schedule = serializers.ChoiceField(choices=Feed.Schedule.choices)
    anchor = serializers.DateField(allow_null=True)
    due_length = serializers.IntegerField()
    due_unit = serializers.ChoiceField(choices=Feed.DueUnit.choices)
    grace_days = serializers.IntegerField()
    allows_excess = serializers.BooleanField()
    hold_unlikely = serializers.BooleanField(help_text="Unlikely rows are stored only with `?confirm=`.")
    lowest = ExactNumber(allow_null=True)
    highest = ExactNumber(allow_null=True)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)


class TermsSerializer(serializers.Serializer):
    """How a service level is measured and judged from a day on."""

    effective_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
    amendment = serializers.IntegerField(source="amendment.number")
    metric = serializers.CharField()
    aggregation = serializers.CharField()
    params = AnyObject()
    narrowing = AnyObject()
    per = AnyObject()
    period = serializers.ChoiceField(choices=ServiceLevelTerms.PeriodKind.choices)
    anchor = serializers.DateField(source="period_anchor", allow_null=True)
    rules = AnyObject(help_text="As a terms file writes them; what is not there is as docs/terms.md says.")
    direction = serializers.ChoiceField(choices=ServiceLevelTerms.Direction.choices)
    expected = ExactNumber(allow_null=True)
    expected_high = ExactNumber(allow_null=True)
    minimum = ExactNumber(allow_null=True)
    minimum_high = ExactNumber(allow_null=True)
    unit = serializers.CharField()
    level_type = serializers.ChoiceField(choices=ServiceLevelTerms.LevelType.choices)
    part_periods = serializers.CharField(source="rules.part_periods", default=PartPeriods.LAST_JUDGED)
    changes = serializers.CharField(source="rules.changes", default=Changes.AT_START)
    weight = ExactNumber(allow_null=True)


class ServiceLevelSerializer(RowSerializer):
    """One measured promise, with its terms over time."""

    definition = SERVICE_LEVELS
    terms = TermsSerializer(many=True)


@documented("contracts", ContractSerializer, detail=ContractSerializer)
class ContractViewSet(ReadOnlyViewSet):
    """Contracts: their heads, which operators see without a grant, too."""

    queryset = Contract.objects.select_related("client__organisation", "vendor__organisation").order_by(
        "reference", "pk"
    )
    serializer_class = ContractSerializer
    filterset_class = ContractFilter

    def get_queryset(self) -> QuerySet[Contract]:
        return self.queryset.heads_visible_to(self.request.user)


@documented("service_levels", ServiceLevelSerializer, detail=ServiceLevelSerializer)
class ServiceLevelViewSet(ReadOnlyViewSet):
    """Service levels with their terms."""

    serializer_class = ServiceLevelSerializer
    filterset_class = ServiceLevelFilter
    queryset = ServiceLevel.objects.none()

    def get_queryset(self) -> QuerySet:
        terms = ServiceLevelTerms.objects.visible_to(self.request.user).select_related("amendment")
        levels = ServiceLevel.objects.visible_to(self.request.user).select_related("contract", "feed")
        ordered = levels.order_by("contract__reference", "code", "pk")
        return ordered.prefetch_related(Prefetch("terms", terms.order_by("effective_on")))


@documented("feeds", FeedSerializer)
class FeedViewSet(ListViewSet):
    """Feeds: the streams of results that are owed."""

    queryset = Feed.objects.select_related("contract").order_by("contract__reference", "code", "pk")
    serializer_class = FeedSerializer
    filterset_class = FeedFilter
