"""What contracts and feeds can be filtered by."""

import django_filters
from django.utils.translation import gettext_lazy as _

from bpo.filters import ListFilter, MailFilter, TextFilter
from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed


class FeedFilter(ListFilter):
    """Feeds by contract, kind and code."""

    contract = TextFilter("contract__public_id")
    kind = django_filters.ChoiceFilter(choices=Feed.Kind.choices)
    code = TextFilter("code")


class ContractFilter(ListFilter):
    """Contracts by party, status and number."""

    status = django_filters.ChoiceFilter(choices=Contract.Status.choices, label=_("Status"))
    reference = TextFilter("reference", label=_("Reference"))
    vendor = TextFilter("vendor__public_id", label=_("Vendor"), help_text=_("VN-…"))
    client = TextFilter("client__public_id", label=_("Client"), help_text=_("CL-…"))
    mail = MailFilter()
