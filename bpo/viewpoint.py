"""From where somebody looks: the organisation chosen among their own, and what it reaches."""

from dataclasses import dataclass
from typing import cast

from django.http import HttpRequest

from bpo.models import Organisation, Role, User
from bpo.tenancy import Reach

SESSION_KEY = "organisation"
REPORTERS = (Role.VENDOR_MANAGER, Role.VENDOR_REPORTER)


class PageRequest(HttpRequest):
    """A request of a page that needs a sign-in, as the middleware completes it."""

    user: User
    request_id: str


@dataclass(frozen=True)
class Viewpoint:
    """A person as a member of one organisation; lists and counters show what that organisation reaches."""

    user: User
    organisation: Organisation | None
    choices: tuple[Organisation, ...]
    role: str

    @property
    def reach(self) -> Reach:
        if self.user.reach.is_operator:
            return self.user.reach
        return Reach(organisations=frozenset({self.organisation.pk} if self.organisation else ()))

    @property
    def side(self) -> str:
        """ "operator", "client", "vendor", or "" for somebody without a membership."""
        if self.user.is_operator_admin:
            return "operator"
        return self.organisation.kind if self.organisation else ""

    @property
    def is_vendor(self) -> bool:
        return self.side == Organisation.Kind.VENDOR

    @property
    def reports(self) -> bool:
        """Whether the person brings results, as a vendor's people do."""
        return self.role in REPORTERS

    def __str__(self) -> str:
        return str(self.organisation or self.user)


def viewpoint_of(request: HttpRequest) -> Viewpoint:
    """Return the viewpoint of a signed-in person, worked out once a request."""
    known: Viewpoint | None = getattr(request, "_viewpoint", None)
    if known is None:
        user = cast("User", request.user)  # pages that have a viewpoint need a sign-in
        roles = user.roles
        mine = tuple(Organisation.objects.visible_to(user).filter(pk__in=roles).order_by("name")) if roles else ()
        chosen = request.session.get(SESSION_KEY)
        organisation = next((choice for choice in mine if choice.public_id == chosen), mine[0] if mine else None)
        role = roles.get(organisation.pk, "") if organisation else ""
        request._viewpoint = known = Viewpoint(user, organisation, mine, role)  # type: ignore[attr-defined]
    return known


def choose(request: HttpRequest, public_id: str) -> None:
    """Look from another of one's own organisations from now on; from any other id nothing follows."""
    if public_id in {choice.public_id for choice in viewpoint_of(request).choices}:
        request.session[SESSION_KEY] = public_id
