"""Who may see which rows: the one place where querysets are narrowed to a person or a key."""

from dataclasses import dataclass
from typing import ClassVar, Self

from django.apps import apps
from django.db import models
from django.db.models import Q


@dataclass(frozen=True, slots=True)
class Reach:
    """The organisations whose rows somebody may see; of an operator, the clients whose data they may read now."""

    is_operator: bool = False
    organisations: frozenset[int] = frozenset()

    def lacks_grant_of(self, client: int) -> bool:
        """Whether somebody is an operator who may not read the data of that client's organisation now."""
        return self.is_operator and client not in self.organisations


def reach_of(principal: object) -> Reach:
    """Return the reach of a user or key; an anonymous visitor reaches nothing."""
    return getattr(principal, "reach", Reach())


class TenantQuerySet(models.QuerySet):
    """Rows that client and vendor share; each sees only the rows of its own organisations.

    A path leads from the row to an organisation; an empty path means that this side sees none of the rows. Operators
    see what the people of a client do, while they may read its data; what is a vendor's alone, while they may read the
    data of all of its clients; and always rows without any path, which nobody else sees.
    """

    client_path: ClassVar[str] = ""
    vendor_path: ClassVar[str] = ""
    vendor_condition: ClassVar[Q] = Q()  # what else must hold of a row that its vendor sees
    needs_distinct: ClassVar[bool] = False  # where several ways along a path lead to the same organisation
    is_open_to_operators: ClassVar[bool] = False  # organisations and people: no client has to let operators see them
    open_condition: ClassVar[Q] = Q(pk__in=())  # which rows of other tables operators always see

    def visible_to(self, principal: object) -> Self:
        """The rows that `principal` may know of; outside services and tasks every read starts here."""
        reach = reach_of(principal)
        rows = self.distinct() if self.needs_distinct else self.all()
        if reach.is_operator and (self.is_open_to_operators or not (self.client_path or self.vendor_path)):
            return rows
        if reach.is_operator and not self.client_path:
            theirs = {f"{self.vendor_path}__in": vendors_of_others(reach)}
            return rows.filter(**{f"{self.vendor_path}__isnull": False}).exclude(**theirs)
        if not reach.organisations and not reach.is_operator:
            return rows.none()
        mine = self.open_condition if reach.is_operator else Q(pk__in=())
        if self.client_path:
            mine |= Q(**{f"{self.client_path}__in": reach.organisations})
        if self.vendor_path:
            mine |= Q(**{f"{self.vendor_path}__in": reach.organisations}) & self.vendor_condition
        return rows.filter(mine)


def vendors_of_others(reach: Reach) -> models.QuerySet[models.Model, object]:
    """The organisations of vendors that have a contract with a client beyond the reach."""
    contracts = apps.get_model("contracts", "Contract")._default_manager  # its table lies in a higher package
    return contracts.exclude(client__organisation__in=reach.organisations).values("vendor__organisation")
