"""The columns of the list of roll-ups, and of the service levels that one of them adds up."""

from functools import partial

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from rest_framework.serializers import BooleanField, CharField, DateField, IntegerField, ListField

from bpo.api_fields import AnyObject, ExactNumber
from bpo.cells import NOTHING, counter, link, mark, with_details
from bpo.formatting import show_count
from bpo.lists import Column, ListDefinition, choice, nullable, shown
from bpo.viewpoint import Viewpoint
from contracts.models.service_levels import ServiceLevelTerms
from metrics.lists import OR_DASH
from metrics.models.verdicts import Verdict
from metrics.querysets import REPORTED
from metrics.roll_ups import Member, Part, RollUp


def roll_up_url(row: RollUp) -> str:
    return reverse("dashboard:roll-up", args=[row.id])


def roll_up_cell(row: RollUp, viewpoint: Viewpoint) -> SafeString:
    return link(roll_up_url(row), row.period_name)


def reported_cell(row: RollUp, viewpoint: Viewpoint) -> SafeString:
    return counter(f"{roll_up_url(row)}?part={REPORTED}", row.reported, _("reported"))


def levels_cell(row: RollUp, viewpoint: Viewpoint) -> SafeString:
    return counter(roll_up_url(row), row.levels, _("service levels"))


ROLL_UPS = ListDefinition[RollUp](
    columns=(
        Column("code", label=_("Roll-up"), csv=True, field=CharField),
        Column("client", source="client.name", label=_("Client"), csv=True, field=CharField),
        Column("period", label=_("Period"), cell=roll_up_cell, csv=True, field=CharField),
        Column("starts_on", csv=True, field=DateField),
        Column("ends_on", csv=True, field=DateField),
        Column("status", label=_("Status"), cell=shown(mark, "sign"), csv="sign.word", field=choice(Verdict.Status)),
        Column("display", label=_("Value"), css="num", csv=True, field=CharField),
        Column("expected", label=_("Expected"), css="num phone-off", csv=True),
        Column("minimum", label=_("Limit"), css="num phone-off", csv=True),
        Column("direction", source="terms.direction", field=choice(ServiceLevelTerms.Direction)),
        *(
            Column(name, source=f"terms.{name}", field=nullable(ExactNumber))
            for name in ("expected", "expected_high", "minimum", "minimum_high")
        ),
        Column("rules", source="terms.rules", field=partial(AnyObject, help_text="How values are compared.")),
        Column("numerator", css="num", csv=True, field=ExactNumber),
        Column("denominator", css="num", csv=True, field=nullable(ExactNumber)),
        Column("reported", label=_("Reported"), cell=reported_cell, css="num", csv=True, field=IntegerField),
        Column("levels", label=_("Service levels"), cell=levels_cell, css="num", csv=True, field=IntegerField),
        Column("missing", csv=lambda row: ", ".join(row.missing), field=lambda: ListField(child=CharField())),
        Column("is_final", csv=True, field=BooleanField),
        Column("id", csv=True, field=CharField),
        Column("url", csv=roll_up_url, is_url=True),
        Column("raw_value", source="value", csv=True),
        Column("value", field=nullable(ExactNumber)),
    )
)


def member_url(row: Member) -> str:
    level = row.level.public_id
    label = row.verdict.period_label if row.verdict else ""
    return reverse("dashboard:period", args=[level, label]) if label else reverse("dashboard:level", args=[level])


def member_cell(row: Member, viewpoint: Viewpoint) -> SafeString:
    contract = row.level.contract
    return with_details(link(member_url(row), row.level.name), row.level.public_id, contract.vendor.name, contract)


def count_or_dash(value: int | None) -> str:
    return NOTHING if value is None else show_count(value)


ROLL_UP_MEMBERS = ListDefinition[Member](
    columns=(
        Column("id", source="level.public_id", label=_("Service level"), cell=member_cell, csv=True),
        Column("service_level", source="level.public_id", field=CharField),
        Column("code", source="level.code", csv=True, field=CharField),
        Column("contract", source="level.contract.reference", csv=True),
        Column("contract", source="level.contract.public_id", field=CharField),
        Column("part", label=_("In the sum"), cell="part.label", csv="part.label", field=choice(Part)),
        *(
            Column[Member](
                name,
                source=f"verdict.{name}",
                label=label,
                css="num",
                cell=shown(count_or_dash, f"verdict.{name}"),
                csv=True,
                field=nullable(ExactNumber, default=None),
            )
            for name, label in (("numerator", _("Numerator")), ("denominator", _("Denominator")))
        ),
        Column("value", label=_("Value"), css="num", cell=shown(OR_DASH, "verdict.display"), csv="verdict.display"),
        Column("value", source="verdict.value", field=nullable(ExactNumber, default=None)),
        Column("status", label=_("Status"), cell=shown(mark, "sign"), csv="sign.word"),
        Column("status", source="verdict.status", field=nullable(CharField, default=None)),
        Column("is_final", source="verdict.is_final", field=nullable(BooleanField, default=None)),
        Column("url", csv=member_url, is_url=True),
        Column("raw_value", source="verdict.value", csv=True),
    )
)
