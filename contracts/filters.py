"""What contracts, feeds and service levels can be filtered by."""

import django_filters

from bpo.filters import TextFilter
from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed, ServiceLevel


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
