"""The list of who reads, read, or asked to read a client's data: page, CSV file and API."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.serializers import CharField, DateTimeField, IntegerField

from bpo.access.services import may_answer
from bpo.cells import NOTHING, instant, labelled_on_phones, with_details
from bpo.filters import ListFilter, TextFilter
from bpo.lists import Column, ListDefinition, choice, nullable
from bpo.models import AccessGrant, User
from bpo.viewpoint import Viewpoint

State = AccessGrant.State


@dataclass(frozen=True)
class AccessRow:
    """One grant, or the question for one, as it stands at a moment."""

    grant: AccessGrant
    state: State

    @property
    def is_standing(self) -> bool:
        return self.state == State.GRANTED

    @property
    def is_waiting(self) -> bool:
        return self.state == State.ASKED


def access_rows(grants: Iterable[AccessGrant], now: datetime) -> list[AccessRow]:
    return [AccessRow(grant, grant.state_at(now)) for grant in grants]


def access_grants(principal: User | Viewpoint) -> QuerySet[AccessGrant]:
    """The grants of the clients of which somebody is an admin, and for operators all. Raises PermissionDenied."""
    user = principal.user if isinstance(principal, Viewpoint) else principal
    rows = AccessGrant.objects.visible_to(principal).select_related("client", "operator", "answered_by", "withdrawn_by")
    if principal.reach.is_operator:
        return rows
    mine = {client for client in principal.reach.organisations if may_answer(user, client)}
    if not mine:
        raise PermissionDenied(_("Only a client's admins and operators see who reads its data."))
    return rows.filter(client__in=mine)


class AccessGrantFilter(ListFilter):
    """Grants by client and by operator."""

    client = TextFilter("client__public_id", label=gettext_lazy("Client"), help_text=gettext_lazy("OR-…"))
    operator = django_filters.CharFilter("operator__email", label=gettext_lazy("Operator"))


def written(path: str) -> Callable[[AccessRow], str | None]:
    """The CSV cell of a moment."""

    def cell(row: AccessRow) -> str | None:
        at = getattr(row.grant, path)
        return at.isoformat() if at else None

    return cell


def moment(path: str, label: object) -> Callable[[AccessRow, Viewpoint], object]:
    """The page's cell of a moment, in the reader's zone."""
    return lambda row, viewpoint: labelled_on_phones(label, instant(getattr(row.grant, path), viewpoint.user.zone))


def ended(row: AccessRow, viewpoint: Viewpoint) -> object:
    """When it ends or ended, and by whom where it was no matter of time."""
    zone, grant = viewpoint.user.zone, row.grant
    if grant.withdrawn_at:
        return labelled_on_phones(_("Ends"), with_details(instant(grant.withdrawn_at, zone), grant.withdrawn_by))
    return labelled_on_phones(_("Ends"), instant(grant.ends_at, zone))


def answered(row: AccessRow, viewpoint: Viewpoint) -> object:
    grant = row.grant
    if not grant.answered_at:
        return NOTHING
    return with_details(instant(grant.answered_at, viewpoint.user.zone), grant.answered_by)


ACCESS_GRANTS = ListDefinition[AccessRow](
    columns=(
        Column("id", source="grant.public_id", csv=True, field=CharField),
        Column(
            "operator",
            source="grant.operator.name",
            label=gettext_lazy("Operator"),
            cell=lambda row, viewpoint: with_details(
                row.grant.operator, row.grant.operator.email, row.grant.public_id, row.grant.client
            ),
            csv=True,
            field=CharField,
        ),
        Column("email", source="grant.operator.email", csv=True, field=CharField),
        Column("client", source="grant.client.name", csv=True, field=CharField),
        Column("organisation", source="grant.client.public_id", csv=True, field=CharField),
        Column(
            "state",
            label=gettext_lazy("State"),
            cell=lambda row, viewpoint: row.state.label,
            csv=lambda row: row.state.label,
            field=choice(State),
        ),
        Column(
            "reason", source="grant.reason", label=gettext_lazy("Reason"), css="words", csv=True, field=CharField
        ),
        Column("days", source="grant.days", label=gettext_lazy("Days"), css="num phone-off", csv=True,
               field=IntegerField),
        Column("asked_at", source="grant.asked_at", label=gettext_lazy("Asked"), cell=moment("asked_at", _("Asked")),
               csv=written("asked_at"), field=DateTimeField),
        Column("answered_at", source="grant.answered_at", label=gettext_lazy("Answered"), cell=answered,
               css="phone-off", csv=written("answered_at"), field=nullable(DateTimeField)),
        Column("answered_by", source="grant.answered_by.name", csv=True, field=nullable(CharField)),
        Column("ends_at", source="grant.ends_at", label=gettext_lazy("Ends"), cell=ended, csv=written("ends_at"),
               field=nullable(DateTimeField)),
        Column("withdrawn_at", source="grant.withdrawn_at", csv=written("withdrawn_at"),
               field=nullable(DateTimeField)),
        Column("withdrawn_by", source="grant.withdrawn_by.name", csv=True, field=nullable(CharField)),
    ),
)  # fmt: skip
