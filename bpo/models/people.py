"""Organisations, people and their roles."""

from datetime import time
from functools import cached_property

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bpo.fields import PublicIdField
from bpo.querysets import (
    MembershipQuerySet,
    OrganisationQuerySet,
    UserManager,
)
from bpo.tenancy import Reach
from bpo.validators import validate_zone


class Organisation(models.Model):
    """A party: the operator of the desk, a client, or a vendor, such as "Halden Mutual"."""

    class Kind(models.TextChoices):
        OPERATOR = "operator", _("operator")
        CLIENT = "client", _("client")
        VENDOR = "vendor", _("vendor")

    class SecondFactor(models.TextChoices):
        """Who of the organisation must have a second factor, from the mildest demand to the strictest."""

        NOBODY = "nobody", _("nobody")
        DEFAULT = "", _("as the desk demands")
        ADMINS = "admins", _("admins")
        EVERYBODY = "everybody", _("everybody")

    public_id = PublicIdField(prefix="OR")
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=120, unique=True)
    is_active = models.BooleanField(default=True)
    second_factor = models.CharField(
        max_length=9, choices=SecondFactor, blank=True, default="", db_default="", help_text=_("Who must have one.")
    )

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What somebody may do for an organisation."""

    OPERATOR_ADMIN = "operator_admin", _("operator admin")
    CLIENT_ADMIN = "client_admin", _("client admin")
    CLIENT_MANAGER = "client_manager", _("client manager")
    CLIENT_VIEWER = "client_viewer", _("client viewer")
    VENDOR_MANAGER = "vendor_manager", _("vendor manager")
    VENDOR_REPORTER = "vendor_reporter", _("vendor reporter")

    @property
    def organisation_kind(self) -> str:
        return self.value.split("_")[0]


class User(AbstractBaseUser):
    """A person, known by e-mail address; what they see and may do follows from their memberships."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    is_operator_admin = models.BooleanField(default=False, help_text=_("Sets up organisations, contracts and people."))
    zone = models.CharField(max_length=64, default="UTC", validators=[validate_zone])
    digest_at = models.TimeField(default=time(6, 30), help_text=_("Local hour of the nightly mail, on working days."))
    wants_digest = models.BooleanField(default=True)
    wants_reminders = models.BooleanField(default=True, help_text=_("Mails of clients about reports that are late."))
    joined_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["email"]
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique_in_any_case")]

    def __str__(self) -> str:
        return self.name or self.email

    @cached_property
    def roles(self) -> dict[int, str]:
        """Organisation → role, for active memberships in active organisations."""
        return {organisation: role for organisation, role, _demand in self.demands}

    @cached_property
    def demands(self) -> list[tuple[int, str, str]]:
        """Organisation, role, and who there must have a second factor, in the same order."""
        if not self.is_active or not self.pk:
            return []
        active = self.memberships.filter(organisation__is_active=True)
        return list(active.values_list("organisation_id", "role", "organisation__second_factor"))

    @cached_property
    def reach(self) -> Reach:
        if not self.is_active:
            return Reach()
        if not self.is_operator_admin:
            return Reach(organisations=frozenset(self.roles))
        # Whatever an operator is a member of: only its admins decide whose data operators read.
        readable = Organisation.objects.readable_for_operator(self, timezone.now())
        return Reach(is_operator=True, organisations=frozenset(readable.values_list("pk", flat=True)))

    def has_role(self, *roles: str, organisation_id: int | None = None) -> bool:
        """Whether the person has one of `roles`, in the organisation if one is named."""
        if self.is_operator_admin and self.is_active and Role.OPERATOR_ADMIN in roles:
            return True
        return any(role in roles for pk, role in self.roles.items() if organisation_id in (None, pk))

    # What the Django admin asks of a user.
    @property
    def is_staff(self) -> bool:
        return self.is_operator_admin

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and self.is_operator_admin

    has_module_perms = has_perm


class Membership(models.Model):
    """A person's role in one organisation."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["organisation", "user"]
        constraints = [models.UniqueConstraint("user", "organisation", name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}, {self.organisation}"

    def clean(self) -> None:
        if self.role not in Role.values or not self.organisation_id:
            return
        self.check_last_admin()
        self.check_sides()
        if Role(self.role).organisation_kind != self.organisation.kind:
            raise ValidationError(
                _("A %(role)s belongs to a %(needed)s; %(organisation)s is a %(kind)s."),
                params={
                    "role": self.get_role_display(),
                    "needed": Role(self.role).organisation_kind,
                    "organisation": self.organisation,
                    "kind": self.organisation.get_kind_display(),
                },
            )

    def check_last_admin(self) -> None:
        """A client that has named an admin keeps one: without, operators would read its data without its grant."""
        before = Membership.objects.filter(pk=self.pk, role=Role.CLIENT_ADMIN).first()
        if before is None or (before.role, before.organisation_id) == (self.role, self.organisation_id):
            return
        if not Membership.objects.filter(organisation=before.organisation, role=before.role).exclude(pk=self.pk):
            raise ValidationError(
                _("%(organisation)s would have no admin any more. First make somebody else its admin."),
                params={"organisation": before.organisation},
            )

    def check_sides(self) -> None:
        """Nobody has roles on both sides of a contract: they would decide on what they asked for themselves."""
        path = OTHER_SIDE.get(Organisation.Kind(self.organisation.kind))
        if path is None:
            return
        others = Membership.objects.filter(**{f"{path}__organisation": self.organisation}, user_id=self.user_id)
        if other := others.exclude(pk=self.pk).first():
            raise ValidationError(
                _("%(person)s belongs to %(other)s, the other side of a contract of %(organisation)s."),
                params={"person": self.user, "other": other.organisation, "organisation": self.organisation},
            )


# From a membership to the organisations on the other side of contracts, whose tables lie in higher packages.
OTHER_SIDE = {
    Organisation.Kind.CLIENT: "organisation__vendor__contracts__client",
    Organisation.Kind.VENDOR: "organisation__client__contracts__vendor",
}
