"""The columns of the lists of breaches and excuses: page, CSV file and API."""

from functools import partial
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from rest_framework.serializers import BooleanField, CharField, ChoiceField, DateField, DateTimeField, IntegerField

from bpo.api_fields import ExactNumber
from bpo.cells import NOTHING, instant, link, mark, with_details
from bpo.lists import Column, ListDefinition
from bpo.viewpoint import Viewpoint
from breaches.selectors.breaches import BreachRow
from breaches.selectors.excuses import ExcuseRow
from contracts.lists import other_party
from metrics.models.breaches import Breach, Excuse
from metrics.models.verdicts import Verdict


def breach_url(row: BreachRow) -> str:
    return reverse("breaches:breach", args=[row.breach.public_id])


def breach_cell(row: BreachRow, viewpoint: Viewpoint) -> Any:
    level = row.breach.service_level
    title = link(breach_url(row), f"{row.breach.public_id} · {level.name}")
    return with_details(title, other_party(level.contract, viewpoint), level.public_id, row.period)


def value_cell(row: BreachRow, viewpoint: Viewpoint) -> Any:
    level = row.breach.service_level
    return link(reverse("dashboard:period", args=[level.public_id, row.breach.period_label]), row.verdict.display)


def state_cell(row: BreachRow, viewpoint: Viewpoint) -> Any:
    state = row.breach.get_state_display()
    if row.breach.acknowledged_at or not row.is_open:
        return state
    return with_details(state, _("not acknowledged"))


def next_step_cell(row: BreachRow, viewpoint: Viewpoint) -> Any:
    """What is waited for, and from whom."""
    if row.turn == "client":
        return _("the client's turn")
    if row.turn != "vendor":
        return NOTHING
    due = instant(row.breach.answer_due_at, row.breach.service_level.contract.zone)
    overdue = format_html("<strong>{}</strong> ", _("Overdue:")) if row.is_overdue else ""
    return format_html("{}{} {}", overdue, _("cause from the vendor by"), due)


def age_cell(row: BreachRow, viewpoint: Viewpoint) -> str:
    return _("%(n)s d") % {"n": row.age_days} if row.is_open else NOTHING


BREACHES = ListDefinition(
    record="breach",
    columns=(
        Column("id", source="public_id", csv=True, field=CharField),
        Column("breach", label=_("Breach"), cell=breach_cell),
        Column("client", source="service_level.contract.client.name", csv=True),
        Column("vendor", source="service_level.contract.vendor.name", csv=True),
        # The file names contract and service level as people do, the API by their ids.
        Column("contract", source="service_level.contract.reference", csv=True),
        Column("contract", source="service_level.contract.public_id", field=CharField),
        Column("service_level", source="service_level.name", csv=True),
        Column("service_level", source="service_level.public_id", field=CharField),
        Column("code", source="service_level.code", field=CharField),
        Column("period", source="period_label", csv=True, field=CharField),
        Column("starts_on", field=DateField),
        Column(
            "status",
            source="verdict.status",
            label=_("Status"),
            cell=lambda row, viewpoint: mark(row.sign),
            csv=lambda row: row.sign.word if row.sign else "",
            field=partial(ChoiceField, choices=Verdict.Status.choices),
        ),
        Column("value", source="verdict.display", label=_("Value"), cell=value_cell, csv=True, is_number=True),
        Column("display", source="verdict.display", field=CharField),
        Column("value", source="verdict.value", field=partial(ExactNumber, allow_null=True)),
        Column(
            "limit",
            label=_("Limit"),
            cell=lambda row, viewpoint: row.limit,
            csv=lambda row: row.limit,
            is_number=True,
        ),
        Column("is_final", source="verdict.is_final", field=BooleanField),
        Column("revision", source="verdict.revision", field=IntegerField),
        Column(
            "state",
            label=_("State"),
            cell=state_cell,
            csv=lambda row: row.breach.get_state_display(),
            field=partial(ChoiceField, choices=Breach.State.choices),
        ),
        Column("next", label=_("Next"), cell=next_step_cell),
        Column("age", label=_("Age"), cell=age_cell, is_number=True),
        Column("opened_at", csv=True, field=DateTimeField),
        Column("answer_due_at", csv=True, field=DateTimeField),
        Column("acknowledged_at", csv=True, field=partial(DateTimeField, allow_null=True)),
        Column("closed_at", field=partial(DateTimeField, allow_null=True)),
        Column("cause", field=CharField),
        Column("action", field=CharField),
        Column("url", csv=breach_url, is_url=True),
        Column("raw_value", source="verdict.value", csv=True),
    ),
)


def excuse_cell(row: ExcuseRow, viewpoint: Viewpoint) -> Any:
    return link(reverse("breaches:excuse", args=[row.excuse.public_id]), row.excuse.public_id)


def level_cell(row: ExcuseRow, viewpoint: Viewpoint) -> Any:
    level = row.excuse.service_level
    return with_details(level.name, other_party(level.contract, viewpoint))


EXCUSES = ListDefinition(
    record="excuse",
    columns=(
        Column(
            "id",
            source="public_id",
            label=_("Excuse"),
            cell=excuse_cell,
            field=partial(CharField, allow_null=True, help_text="EX-…; null for a dry run."),
        ),
        Column(
            "service_level",
            source="service_level.public_id",
            label=_("Service level"),
            cell=level_cell,
            field=CharField,
        ),
        Column("contract", source="service_level.contract.public_id", field=CharField),
        Column("days", label=_("Days"), cell=lambda row, viewpoint: row.days),
        Column("first_day", source="starts_on", field=DateField),
        Column("last_day", field=partial(DateField, read_only=True)),
        Column(
            "reason",
            label=_("Reason"),
            cell=lambda row, viewpoint: Truncator(row.excuse.reason).chars(120),
            field=CharField,
        ),
        Column("clause", field=partial(CharField, allow_blank=True)),
        Column("asked_at", field=DateTimeField),
        Column(
            "decision",
            label=_("Decision"),
            cell=lambda row, viewpoint: row.excuse.decision_words,
            field=partial(ChoiceField, choices=Excuse.Decision.choices),
        ),
        Column("decided_at", field=partial(DateTimeField, allow_null=True)),
        Column("decision_reason", field=partial(CharField, allow_blank=True)),
        Column(
            "is_partial",
            field=partial(BooleanField, help_text="Whether only some of the days are granted."),
        ),
        Column("granted_first_day", source="granted_from", field=partial(DateField, allow_null=True)),
        Column("granted_last_day", field=partial(DateField, allow_null=True, read_only=True)),
        Column(
            "lowers_by",
            field=partial(
                ExactNumber, allow_null=True, help_text="By how much limits become easier, where terms say so."
            ),
        ),
    ),
)
