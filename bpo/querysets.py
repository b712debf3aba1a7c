"""Reads of the platform's own tables."""

from datetime import datetime, timedelta
from functools import cache, partialmethod
from typing import Any, ClassVar, Self

from django.apps import apps
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from bpo.tenancy import TenantQuerySet, reach_of


class OrganisationQuerySet(TenantQuerySet):
    client_path = "pk"
    is_open_to_operators = True

    def with_admins(self) -> Self:
        """Clients that have named an admin; one who left stays named until another one is."""
        return self.filter(kind="client", memberships__role="client_admin").distinct()

    def readable_for_operator(self, person: models.Model, now: datetime) -> Self:
        """The clients whose data an operator may read: under a grant, or as they never named an admin."""
        granted = models.Q(
            access_grants__operator=person, access_grants__state="granted", access_grants__ends_at__gt=now
        )
        return self.filter(granted | ~models.Q(memberships__role="client_admin"), kind="client").distinct()


class MembershipQuerySet(TenantQuerySet):
    client_path = "organisation"
    is_open_to_operators = True


class UserQuerySet(models.QuerySet):
    def visible_to(self, principal: object) -> Self:
        """Colleagues: people of the same organisations, and oneself."""
        reach = reach_of(principal)
        if reach.is_operator:
            return self.all()
        colleagues = models.Q(memberships__organisation__in=reach.organisations)
        return self.filter(colleagues | models.Q(pk=getattr(principal, "pk", None))).distinct()

    def active(self) -> Self:
        return self.filter(is_active=True)

    def serving(self, organisation: object, *roles: str) -> Self:
        """Active people who have one of those roles in the organisation, if that is active, too."""
        return (
            self.active()
            .filter(
                memberships__organisation=organisation,
                memberships__role__in=roles,
                memberships__organisation__is_active=True,
            )
            .distinct()
        )


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Makes users known by their e-mail address."""

    use_in_migrations = False

    def create_user(self, email: str, password: str | None = None, **fields: object) -> Any:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    create_superuser = partialmethod(create_user, is_operator_admin=True)


class PersonalQuerySet(models.QuerySet[Any]):
    """Rows that belong to one person; operators see all, since they look after people and mails."""

    person_path: ClassVar[str] = ""

    def visible_to(self, principal: object) -> Self:
        if reach_of(principal).is_operator:
            return self.all()
        # A key is no person, whatever number it has.
        if isinstance(principal, AbstractBaseUser) and principal.is_active:
            return self.filter(**{self.person_path: principal.pk})
        return self.none()


class MailedRowsQuerySet(PersonalQuerySet):
    person_path = "reader"


class UserSessionQuerySet(PersonalQuerySet):
    person_path = "user"

    def alive(self, now: datetime) -> Self:
        """Sessions that have not ended by themselves; they were seen to the minute."""
        idle = timedelta(seconds=settings.SESSION_IDLE_SECONDS + 60)
        return self.filter(seen_at__gt=now - idle, began_at__gt=now - timedelta(seconds=settings.SESSION_COOKIE_AGE))


class SingleSignOnQuerySet(TenantQuerySet):
    client_path = "organisation"
    is_open_to_operators = True

    def only_ways(self) -> set[str]:
        """Return the public ids of the organisations whose people sign in there alone."""
        only = self.filter(is_active=True, is_only_way=True)
        return set(only.values_list("organisation__public_id", flat=True))


class PasswordResetRequestQuerySet(TenantQuerySet):
    """What anybody typed in is no party's."""


class SignInFailureQuerySet(TenantQuerySet):
    """Nor is this."""


class AuditEntryQuerySet(TenantQuerySet):
    client_path = "client_organisation"
    vendor_path = "vendor_organisation"

    def visible_to(self, principal: object) -> Self:
        """Operators see entries about the installation, organisations and people, and others with their client."""
        if not reach_of(principal).is_operator:
            return super().visible_to(principal)
        is_open = models.Q(client_organisation=None, vendor_organisation=None) | models.Q(thing_type__in=open_tables())
        return self.filter(is_open | models.Q(client_organisation__in=reach_of(principal).organisations))


@cache
def open_tables() -> list[str]:
    """The tables whose rows operators always see, as the audit trail names them."""
    kinds = {model._meta.label_lower: model._default_manager.none() for model in apps.get_models()}
    return [name for name, rows in kinds.items() if getattr(rows, "is_open_to_operators", False)]


class AccessGrantQuerySet(TenantQuerySet):
    """Which operators read, or ask to read, a client's data is that client's to know, and operators'."""

    client_path = "client"
    is_open_to_operators = True

    def standing(self, now: datetime) -> Self:
        """Grants under which somebody reads now."""
        return self.filter(state="granted", ends_at__gt=now)


class HeartbeatQuerySet(TenantQuerySet):
    """The installation is the operators' alone."""
