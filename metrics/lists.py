"""The columns of the lists of service levels, their verdicts, the days of a verdict, and late arrivals."""

from functools import partial
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework.serializers import (
    BooleanField,
    CharField,
    ChoiceField,
    DateField,
    DateTimeField,
    Field,
    IntegerField,
    Serializer,
)

from bpo.api_fields import ExactNumber
from bpo.cells import NOTHING, instant, link, mark, sparkline, with_details
from bpo.formatting import show_count, show_day
from bpo.lists import Column, ListDefinition
from bpo.viewpoint import Viewpoint
from contracts.lists import other_party
from metrics.identities import result_id
from metrics.models.verdicts import LateArrival, Verdict
from metrics.receipts import owns_receipts


def level_url(row: Any) -> str:
    return reverse("dashboard:level", args=[row.level.public_id])


def level_cell(row: Any, viewpoint: Viewpoint) -> Any:
    level = row.level
    party = other_party(level.contract, viewpoint)
    return with_details(link(level_url(row), level.name), level.public_id, party, level.contract.reference)


def last_status_cell(row: Any, viewpoint: Viewpoint) -> Any:
    return with_details(mark(row.last_sign), row.last.period_label) if row.last else mark(row.last_sign)


def value_link(row: Any, verdict: Verdict | None) -> Any:
    """A verdict's value, which leads to the page of its period."""
    if verdict is None:
        return NOTHING
    return link(reverse("dashboard:period", args=[row.level.public_id, verdict.period_label]), verdict.display)


SERVICE_LEVELS = ListDefinition(
    record="level",
    columns=(
        Column("id", source="public_id", csv=True, field=CharField),
        Column("service_level", label=_("Service level"), cell=level_cell),
        Column("client", source="contract.client.name", csv=True),
        Column("vendor", source="contract.vendor.name", csv=True),
        # The file names a contract by its reference, the API by its id.
        Column("contract", source="contract.reference", csv=True),
        Column("contract", source="contract.public_id", field=CharField),
        Column("feed", source="feed.code", field=CharField),
        Column("code", csv=True, field=CharField),
        Column("name", csv=True, field=CharField),
        Column("clause", field=CharField),
        # Limits come first in the file, and after the last period on the page.
        Column("expected", csv=lambda row: row.expected),
        Column("minimum", csv=lambda row: row.minimum),
        Column("last_period", csv=lambda row: row.last.period_label if row.last else ""),
        Column(
            "last_status",
            label=_("Last period"),
            cell=last_status_cell,
            csv=lambda row: row.last_sign.word if row.last else "",
        ),
        Column(
            "last_value",
            label=_("Value"),
            cell=lambda row, viewpoint: value_link(row, row.last),
            csv=lambda row: row.last.display if row.last else "",
            is_number=True,
        ),
        Column(
            "expected", label=_("Expected"), cell=lambda row, viewpoint: row.expected, is_number=True, on_phone=False
        ),
        Column("minimum", label=_("Minimum"), cell=lambda row, viewpoint: row.minimum, is_number=True, on_phone=False),
        Column("open_period", csv=lambda row: row.so_far.period_label if row.so_far else ""),
        Column(
            "open_status",
            label=_("Open period"),
            cell=lambda row, viewpoint: mark(row.now_sign),
            csv=lambda row: row.now_sign.word if row.so_far else "",
            on_phone=False,
        ),
        Column(
            "open_value",
            label=_("So far"),
            cell=lambda row, viewpoint: value_link(row, row.so_far),
            csv=lambda row: row.so_far.display if row.so_far else "",
            is_number=True,
            on_phone=False,
        ),
        Column("history", label=_("Last periods"), cell=lambda row, viewpoint: sparkline(row.spark), on_phone=False),
        Column("url", csv=level_url, is_url=True),
        Column("raw_value", csv=lambda row: row.last.value if row.last else None),
    ),
)


class PeriodSerializer(Serializer):
    """A span of whole local days; `ends_on` is the day after the last."""

    label = CharField(source="period_label")
    starts_on = DateField()
    ends_on = DateField()


@extend_schema_field({"type": "object", "additionalProperties": True})
class WorkingField(Field):
    """A verdict's working; only the vendor that sent them sees the receipts behind it."""

    def to_representation(self, verdict: Verdict) -> Any:
        principal = self.context["request"].user
        facts = verdict.working.get("facts", {})
        if "batches" not in facts or owns_receipts(principal, verdict.service_level.contract):
            return verdict.working
        return verdict.working | {"facts": {name: fact for name, fact in facts.items() if name != "batches"}}


def period_url(row: Any) -> str:
    return reverse("dashboard:period", args=[row.verdict.service_level.public_id, row.verdict.period_label])


def breach_cell(row: Any, viewpoint: Viewpoint) -> Any:
    return link(reverse("breaches:breach", args=[row.breach.public_id]), row.breach.public_id) if row.breach else ""


VERDICTS = ListDefinition(
    record="verdict",
    columns=(
        # The file's rows belong to one service level, whose id ends each row.
        Column("id", source="service_level.public_id", csv=True),
        Column("service_level", source="service_level.public_id", field=CharField),
        Column("code", source="service_level.code", field=CharField),
        Column("contract", source="service_level.contract.public_id", field=CharField),
        Column(
            "period",
            source="period_label",
            label=_("Period"),
            cell=lambda row, viewpoint: link(period_url(row), row.name),
            csv=True,
        ),
        Column("period", source="*", field=PeriodSerializer),
        Column("starts_on", csv=True),
        Column("ends_on", csv=True),
        Column("is_current", field=BooleanField),
        Column("is_final", field=BooleanField),
        Column("is_deemed", field=BooleanField),
        Column(
            "status",
            label=_("Status"),
            cell=lambda row, viewpoint: mark(row.sign),
            csv=lambda row: row.sign.word,
            field=partial(ChoiceField, choices=Verdict.Status.choices),
        ),
        Column(
            "value",
            source="display",
            label=_("Value"),
            cell=lambda row, viewpoint: row.verdict.display or NOTHING,
            csv=True,
            is_number=True,
        ),
        Column("display", field=CharField),
        Column("value", field=partial(ExactNumber, allow_null=True)),
        Column("numerator", field=partial(ExactNumber, allow_null=True)),
        Column("denominator", field=partial(ExactNumber, allow_null=True)),
        # The page counts cases before the limits, the file after them.
        Column(
            "cases",
            label=_("Cases"),
            cell=lambda row, viewpoint: show_count(row.verdict.cases),
            is_number=True,
            on_phone=False,
        ),
        Column(
            "expected",
            source="limits.expected",
            label=_("Expected"),
            cell=lambda row, viewpoint: row.expected,
            csv=lambda row: row.expected,
            field=ExactNumber,
            is_number=True,
            on_phone=False,
        ),
        Column(
            "minimum",
            source="limits.minimum",
            label=_("Minimum"),
            cell=lambda row, viewpoint: row.minimum,
            csv=lambda row: row.minimum,
            field=partial(ExactNumber, allow_null=True),
            is_number=True,
            on_phone=False,
        ),
        Column("cases", csv=True, field=IntegerField),
        Column("breach", label=_("Breach"), cell=breach_cell, on_phone=False),
        Column("revision", label=_("Revision"), csv=True, field=IntegerField, is_number=True, on_phone=False),
        Column("working", source="*", field=partial(WorkingField, read_only=True)),
        Column("judged_at", field=DateTimeField),
        Column("closed_at", field=partial(DateTimeField, allow_null=True)),
        Column("reason", field=CharField),
        Column("url", csv=period_url, is_url=True),
        Column("raw_value", source="value", csv=True),
    ),
)


def verdict_days(verdict: Verdict) -> ListDefinition:
    """The days of one verdict; each row of the file also names the service level and the verdict's address."""
    level = verdict.service_level.public_id
    url = f"{reverse('dashboard:period', args=[level, verdict.period_label])}?rev={verdict.revision}"
    return ListDefinition(
        columns=(
            Column("day", source="on", label=_("Day"), cell=lambda row, viewpoint: show_day(row.on), csv=True),
            *(
                Column(name, label=label, csv=lambda row, name=name: row.recorded[name], is_number=True)
                for name, label in (
                    ("numerator", _("Numerator")),
                    ("denominator", _("Denominator")),
                    ("cases", _("Cases")),
                )
            ),
            Column("shown", label=_("Value"), is_number=True),
            Column("id", csv=lambda row: level),
            Column("url", csv=lambda row: url, is_url=True),
            Column("raw_value", source="shown", csv=True),
        )
    )


class ResultIdField(CharField):
    """The id of the result that a late arrival brought or corrected."""

    def to_representation(self, arrival: LateArrival) -> str:
        return result_id(arrival.service_level.feed, arrival.key)


LATE_ARRIVALS = ListDefinition(
    columns=(
        Column("key", label=_("Row")),
        Column("service_level", source="service_level.public_id", field=CharField),
        Column("contract", source="service_level.contract.public_id", field=CharField),
        Column("starts_on", field=partial(DateField, help_text="First day of the closed period.")),
        Column("result", source="*", field=partial(ResultIdField, read_only=True)),
        Column(
            "arrived_at",
            label=_("Arrived"),
            cell=lambda row, viewpoint: instant(row.arrived_at, row.service_level.contract.zone),
            field=DateTimeField,
        ),
        Column(
            "reason",
            label=_("Reason"),
            cell=lambda row, viewpoint: row.reason or NOTHING,
            field=partial(CharField, allow_blank=True),
        ),
        Column(
            "counted_by",
            source="counted_by.revision",
            field=partial(
                IntegerField, allow_null=True, default=None, help_text="The verdict's revision that counts it."
            ),
        ),
        # For the vendor alone; pages of others take the definition without it.
        Column("receipt", source="batch.public_id", label=_("Receipt")),
    )
)
