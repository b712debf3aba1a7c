"""Who may see which rows: the one place where querysets are narrowed to a person or a key."""

from dataclasses import dataclass
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q


@dataclass(frozen=True, slots=True)
class Reach:
    """The organisations whose rows somebody may see; `everything` for operator admins."""

    everything: bool = False
    organisations: frozenset[int] = frozenset()


def reach_of(principal: object) -> Reach:
    """Return the reach of a user or key; an anonymous visitor reaches nothing."""
    return getattr(principal, "reach", Reach())


class TenantQuerySet(models.QuerySet):
    """Rows that client and vendor share; each sees only the rows of its own organisations.

    A path leads from the row to an organisation; an empty path means that this side sees none of the rows. Without
    any path only operator admins see them.
    """

    client_path: ClassVar[str] = ""
    vendor_path: ClassVar[str] = ""
    vendor_condition: ClassVar[Q] = Q()  # what else must hold of a row that its vendor sees
    needs_distinct: ClassVar[bool] = False  # where several ways along a path lead to the same organisation

    def visible_to(self, principal: object) -> Self:
        """The rows that `principal` may know of; outside services and tasks every read starts here."""
        reach = reach_of(principal)
        rows = self.distinct() if self.needs_distinct else self.all()
        if reach.everything:
            return rows
        if not reach.organisations:
            return rows.none()
        mine = Q(pk__in=())
        if self.client_path:
            mine |= Q(**{f"{self.client_path}__in": reach.organisations})
        if self.vendor_path:
            mine |= Q(**{f"{self.vendor_path}__in": reach.organisations}) & self.vendor_condition
        return rows.filter(mine)
