"""The columns of the lists of breaches and excuses: page, CSV file and API."""

from datetime import timedelta
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from rest_framework.serializers import BooleanField, CharField, DateField, DateTimeField, IntegerField, ListField

from bpo.api_fields import ExactNumber
from bpo.cells import NOTHING, instant, link, mark, with_details
from bpo.lists import Column, ListDefinition, choice, nullable, shown
from bpo.viewpoint import Viewpoint
from breaches.selectors.breaches import BreachRow
from breaches.services.selections import selection_text, whole_excuse
from contracts.lists import other_party
from metrics.models.breaches import Breach, Excuse
from metrics.models.verdicts import Verdict


def breach_url(row: BreachRow) -> str:
    return reverse("breaches:breach", args=[row.breach.public_id])


def breach_cell(row: BreachRow, viewpoint: Viewpoint) -> SafeString:
    level = row.breach.service_level
    title = link(breach_url(row), f"{row.breach.public_id} · {level.name}")
    return with_details(title, other_party(level.contract, viewpoint), level.public_id, row.period)


def value_cell(row: BreachRow, viewpoint: Viewpoint) -> SafeString:
    period = [row.breach.service_level.public_id, row.breach.period_label]
    return link(reverse("dashboard:period", args=period), row.breach.verdict.display)


def state_cell(row: BreachRow, viewpoint: Viewpoint) -> str:
    state = row.breach.get_state_display()
    return with_details(state, _("not acknowledged")) if row.is_open and not row.breach.acknowledged_at else state


def next_step_cell(row: BreachRow, viewpoint: Viewpoint) -> str:
    """What is waited for, and from whom."""
    if not row.breach.is_vendors_turn:
        if row.breach.is_clients_turn:
            return str(_("the client's turn"))
        return str(_("until the verdict is final")) if row.is_open else NOTHING
    due = instant(row.breach.answer_due_at, row.breach.service_level.contract.zone)
    overdue = format_html("<strong>{}</strong> ", _("Overdue:")) if row.is_overdue else ""
    return format_html("{}{} {}", overdue, _("cause from the vendor by"), due)


def age_cell(row: BreachRow, viewpoint: Viewpoint) -> str:
    """The days that a breach has been open."""
    if not row.is_open:
        return NOTHING
    return _("%(n)s d") % {"n": max(timedelta(0), row.now - row.breach.opened_at).days}


BREACHES = ListDefinition[BreachRow](
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
        Column("status", label=_("Status"), cell=shown(mark, "sign"), csv="sign.word"),
        Column("status", source="verdict.status", field=choice(Verdict.Status)),
        Column("value", source="verdict.display", label=_("Value"), cell=value_cell, css="num", csv=True),
        Column("display", source="verdict.display", field=CharField),
        Column("value", source="verdict.value", field=nullable(ExactNumber)),
        Column("limit", label=_("Limit"), cell="limit", css="num", csv="limit"),
        Column("is_final", source="verdict.is_final", field=BooleanField),
        Column("revision", source="verdict.revision", field=IntegerField),
        Column("state", label=_("State"), cell=state_cell, csv="breach.get_state_display"),
        Column("state", field=choice(Breach.State)),
        Column("next", label=_("Next"), cell=next_step_cell),
        Column("age", label=_("Age"), cell=age_cell, css="num"),
        Column("opened_at", csv=True, field=DateTimeField),
        Column("answer_due_at", csv=True, field=DateTimeField),
        Column("acknowledged_at", csv=True, field=nullable(DateTimeField)),
        Column("closed_at", field=nullable(DateTimeField)),
        Column("cause", field=CharField),
        Column("action", field=CharField),
        Column("url", csv=breach_url, is_url=True),
        Column("raw_value", source="verdict.value", csv=True),
    ),
)


NULL_HINT = "EX-…; null for a dry run."
PART_HINT = "Whether only some of the days, hours or cases are granted."
HOURS_HINT = "Where hours are asked for, the moment from which on."
CASES_HINT = "Where rows are asked for, their ids."
GROUP_HINT = "EG-…, where one request asked for several service levels."
LOWERS_HINT = "By how much limits become easier, where terms say so."


def ids(**options: Any) -> ListField:
    return ListField(child=CharField(), **options)


def excuse_path(excuse: Excuse) -> str:
    return reverse("breaches:excuse", args=[excuse.public_id])


def asked_for(excuse: Excuse) -> str:
    return selection_text(whole_excuse(excuse), excuse.service_level.contract.zone)


EXCUSES = ListDefinition[Excuse](
    columns=(
        Column(
            "excuse",
            label=_("Excuse"),
            cell=lambda excuse, viewpoint: link(excuse_path(excuse), excuse.public_id),
        ),
        Column("id", source="public_id", csv=True, field=nullable(CharField, help_text=NULL_HINT)),
        Column(
            "level",
            label=_("Service level"),
            cell=lambda excuse, viewpoint: with_details(
                excuse.service_level.name, other_party(excuse.service_level.contract, viewpoint)
            ),
        ),
        Column("service_level", source="service_level.name", csv=True),
        Column("service_level", source="service_level.public_id", field=CharField),
        Column("contract", source="service_level.contract.reference", csv=True),
        Column("contract", source="service_level.contract.public_id", field=CharField),
        Column("days", label=_("Days"), cell=lambda excuse, viewpoint: asked_for(excuse)),
        Column("asked_for", csv=lambda excuse: asked_for(excuse)),
        Column("first_day", source="starts_on", csv=True, field=DateField),
        Column("last_day", csv=True, field=partial(DateField, read_only=True)),
        Column("starts_at", csv=True, field=nullable(DateTimeField, help_text=HOURS_HINT)),
        Column("ends_at", csv=True, field=nullable(DateTimeField)),
        Column("cases", csv=lambda excuse: " ".join(excuse.cases), field=partial(ids, help_text=CASES_HINT)),
        Column("group", csv=True, field=partial(CharField, allow_blank=True, help_text=GROUP_HINT)),
        Column(
            "reason",
            label=_("Reason"),
            cell=lambda excuse, viewpoint: Truncator(excuse.reason).chars(120),
            csv=True,
            field=CharField,
        ),
        Column("clause", csv=True, field=partial(CharField, allow_blank=True)),
        Column("asked_at", csv=True, field=DateTimeField),
        Column(
            "decision", label=_("Decision"), cell="decision_words", csv="decision_words", field=choice(Excuse.Decision)
        ),
        Column("decided_at", csv=True, field=nullable(DateTimeField)),
        Column("decision_reason", csv=True, field=partial(CharField, allow_blank=True)),
        Column("is_partial", field=partial(BooleanField, help_text=PART_HINT)),
        Column("granted_first_day", source="granted_from", csv=True, field=nullable(DateField)),
        Column("granted_last_day", csv=True, field=nullable(DateField, read_only=True)),
        Column("granted_starts_at", csv=True, field=nullable(DateTimeField)),
        Column("granted_ends_at", csv=True, field=nullable(DateTimeField)),
        Column("granted_cases", csv=lambda excuse: " ".join(excuse.granted_cases), field=ids),
        Column("lowers_by", csv=True, field=nullable(ExactNumber, help_text=LOWERS_HINT)),
        Column("url", csv=excuse_path, is_url=True),
    ),
)
