"""What results and batches can be filtered by."""

import django_filters
from django.utils.translation import gettext_lazy as _

from bpo.filters import DayFilter, InstantFilter, ListFilter, StableOrdering, TextFilter
from intake.due import State
from intake.kinds import MOMENT_COLUMNS
from metrics.models.results import DAY_COLUMN, RESULT_TABLES, Batch


class ResultFilter(django_filters.FilterSet):
    """Results of one feed; each kind's table has time and day columns of its own, and so has its `FILTERS_OF_KIND`."""

    external_id = TextFilter(label=_("The vendor's id of the row."))
    batch = TextFilter("batch__public_id", label=_("The receipt's id, RC-…; only for the vendor."))


def _result_filter(kind: str) -> type[ResultFilter]:
    moment, day = MOMENT_COLUMNS[kind], DAY_COLUMN[kind]
    members: dict[str, object] = {
        "occurred_after": InstantFilter(moment, lookup_expr="gte", label=_("At or after this time.")),
        "occurred_before": InstantFilter(moment, lookup_expr="lt", label=_("Before this time.")),
        "from_day": DayFilter(day, lookup_expr="gte", label=_("On or after this local day.")),
        "to_day": DayFilter(day, lookup_expr="lt", label=_("Before this local day.")),
        "ordering": StableOrdering(fields=((moment, "occurred_at"), (day, "day"), ("key", "key"))),
        "Meta": type("Meta", (), {"model": RESULT_TABLES[kind], "fields": []}),
    }
    return type(f"{kind.title()}ResultFilter", (ResultFilter,), members)


FILTERS_OF_KIND: dict[str, type[ResultFilter]] = {str(kind): _result_filter(kind) for kind in RESULT_TABLES}


class BatchFilter(django_filters.FilterSet):
    """Receipts by the time of their request."""

    received_after = InstantFilter("received_at", lookup_expr="gte")
    received_before = InstantFilter("received_at", lookup_expr="lt")

    class Meta:
        model = Batch
        fields: list[str] = []


class DueFilter(ListFilter):
    """Feeds whose reports are listed; `state` chooses among the reports, not the feeds."""

    shown = ("state", "vendor", "feed")

    state = django_filters.ChoiceFilter(
        method=lambda feeds, name, value: feeds, label=_("State"), empty_label=_("Due or late"),
        choices=[(State.LATE.value, _("Late: missing")), (State.DUE.value, _("Due"))],
    )  # fmt: skip
    vendor = TextFilter("contract__vendor__public_id", label=_("Vendor"), help_text=_("VN-…"))
    client = TextFilter("contract__client__public_id", label=_("Client"), help_text=_("CL-…"))
    contract = TextFilter("contract__public_id", label=_("Contract"), help_text=_("CT-…"))
    feed = TextFilter("code", label=_("Feed"))
