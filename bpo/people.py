"""The people whom somebody administers: second factors, sessions, and who has left."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from bpo.cells import instant, labelled_on_phones, with_details
from bpo.changes import change_recorded
from bpo.factors.rules import FACTORS, administered_by, must_have_factor
from bpo.factors.services import may_manage
from bpo.formatting import show_count
from bpo.lists import Column, ListDefinition, nullable
from bpo.models import Role, User, UserSession
from bpo.sessions import end_all_sessions
from bpo.tenancy import reach_of
from bpo.viewpoint import Viewpoint


@dataclass(frozen=True)
class PersonRow:
    """One person of a list; of their memberships those that the reader may see."""

    user: User
    roles: str
    second_factor: str
    sessions: int

    @classmethod
    def of(cls, user: User, principal: object) -> Self:
        reach = reach_of(principal)
        roles = [
            f"{membership.organisation}: {membership.get_role_display()}"
            for membership in user.memberships.all()
            if reach.is_operator or membership.organisation_id in reach.organisations
        ]
        if user.is_operator_admin:
            roles.insert(0, str(Role.OPERATOR_ADMIN.label))
        factor = _("no, must set one up") if must_have_factor(user) else _("no")
        # The annotations of `administered_people`.
        with_factor, sessions = getattr(user, "with_factor", False), getattr(user, "session_count", 0)
        return cls(user, "; ".join(roles), _("yes") if with_factor else factor, sessions)


def administered_organisations(principal: User | Viewpoint) -> Collection[int] | None:
    """Return the organisations whose people somebody looks after, None for all of them.

    Raises PermissionDenied for others than admins.
    """
    user, reach = principal.user if isinstance(principal, Viewpoint) else principal, reach_of(principal)
    if reach.is_operator:
        return None
    found = reach.organisations & administered_by(user)
    if not found:
        raise PermissionDenied(_("Only admins see the people of their organisation."))
    return found


def administered_people(principal: User | Viewpoint) -> QuerySet[User]:
    """Return the people whom an admin looks after. Raises PermissionDenied for others than admins."""
    organisations, people = administered_organisations(principal), User.objects.all()
    if organisations is not None:
        people = people.filter(memberships__organisation__in=organisations).distinct()
    factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
    sessions = UserSession.objects.filter(user=OuterRef("pk")).alive(timezone.now()).order_by().values("user")
    count = sessions.annotate(number=Count("pk")).values("number")
    annotated: QuerySet[User] = people.annotate(with_factor=Exists(factors), session_count=Coalesce(Subquery(count), 0))
    return annotated.prefetch_related("memberships__organisation").order_by("email")


def person_to_manage(actor: User, email: str) -> User:
    """Return the person of an address. Raises Http404 for nobody, PermissionDenied for whom only operators manage."""
    person = administered_people(actor).filter(email=email.lower()).first()
    if person is None:
        raise Http404
    if not may_manage(actor, person):
        raise PermissionDenied(_("Only an operator can do this for yourself, or for people of several organisations."))
    return person


@transaction.atomic
def set_active(person: User, *, active: bool, actor: User) -> None:
    """Let somebody in again, or shut them out and end their sessions; nothing where that is so already."""
    change_recorded(User.objects.select_for_update().get(pk=person.pk), actor=actor, is_active=active)
    if not active:
        end_all_sessions(person, actor=actor, reason="deactivated")


def last_sign_in(row: PersonRow, viewpoint: Viewpoint) -> object:
    at = row.user.last_login
    return instant(at, viewpoint.user.zone) if at else "–"


PEOPLE = ListDefinition[PersonRow](
    columns=(
        Column(
            "name",
            source="user.name",
            label=gettext_lazy("Person"),
            cell=lambda row, viewpoint: with_details(
                row.user.name, row.user.email, *([] if row.user.is_active else [_("deactivated")])
            ),
            csv=True,
            field=serializers.CharField,
        ),
        Column("email", source="user.email", csv=True, field=serializers.CharField),
        Column("roles", label=gettext_lazy("Roles"), css="words", csv=True, field=serializers.CharField),
        Column("active", source="user.is_active", csv=True, field=serializers.BooleanField),
        Column(
            "second_factor",
            label=gettext_lazy("Second factor"),
            cell=lambda row, viewpoint: labelled_on_phones(_("Second factor"), row.second_factor),
            csv=True,
            field=serializers.CharField,
        ),
        Column(
            "sessions",
            label=gettext_lazy("Sessions"),
            cell=lambda row, viewpoint: labelled_on_phones(_("Sessions"), show_count(row.sessions)),
            css="num",
            csv=True,
            field=serializers.IntegerField,
        ),
        Column(
            "last_sign_in_at",
            source="user.last_login",
            label=gettext_lazy("Last sign-in"),
            cell=last_sign_in,
            css="phone-off",
            csv=lambda row: row.user.last_login and row.user.last_login.isoformat(),
            field=nullable(serializers.DateTimeField),
        ),
    ),
)
