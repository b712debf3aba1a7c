"""What the vendor performs and the client retains, function by function, and from where."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bpo.constraints import check, ends_after_start, unique
from contracts.models.agreements import BROUGHT_BY, OPTIONAL, Amendment, Contract
from contracts.models.parties import Process
from contracts.querysets import ContractOwnedQuerySet, ScopeSiteQuerySet
from contracts.rules.agreements import check_scope_item, check_scope_site
from vendors.models import DeliveryCentre


class ScopeItem(models.Model):
    """One function of a process: who performs it, where, and how closely it is supervised."""

    class PerformedBy(models.TextChoices):
        VENDOR = "vendor", _("performed by the vendor")
        CLIENT = "client", _("retained by the client")
        SHARED = "shared", _("shared")

    class Oversight(models.IntegerChoices):
        SELF_CERTIFIED = 0, _("0 – self-certified")
        REPORT_REVIEW = 1, _("1 – reports are reviewed")
        SAMPLED = 2, _("2 – samples are verified")
        JOINT = 3, _("3 – joint quality control and calibration")
        EMBEDDED = 4, _("4 – embedded client staff, or approval before release")
        STEP_IN = 5, _("5 – the client has stepped in")

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="scope_items")
    process = models.ForeignKey(Process, on_delete=models.PROTECT, related_name="scope_items")
    function = models.CharField(max_length=160)
    performed_by = models.CharField(max_length=8, choices=PerformedBy)
    oversight = models.PositiveSmallIntegerField(choices=Oversight, default=Oversight.REPORT_REVIEW)
    oversight_reason = models.CharField(max_length=200, blank=True)
    amendment = models.ForeignKey(Amendment, **OPTIONAL, related_name="scope_items", help_text=BROUGHT_BY)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True, help_text=_("The first day on which it is no longer in scope."))

    objects = ContractOwnedQuerySet.as_manager()
    succeeds = False  # Whether saving it ends the row in force before it, which services decide.

    class Meta:
        ordering = ["contract", "process", "function", "starts_on"]
        constraints = [
            unique(
                "scope_item_function_once",
                _("The function is already in scope from that day on."),
                ("contract", "process", "function", "starts_on"),
            ),
            check("scope_item_oversight_0_to_5", _("Oversight has levels 0 to 5."), Q(oversight__lte=5)),
            check(
                "scope_item_close_oversight_has_reason",
                _("Oversight of level 2 and above needs its reason."),
                Q(oversight__lt=2) | ~Q(oversight_reason=""),
            ),
            ends_after_start("scope_item_ends_after_start", _("A function must leave scope after it came into it.")),
        ]

    def __str__(self) -> str:
        return self.function

    clean = check_scope_item


class ScopeSite(models.Model):
    """A delivery centre that works on a scope item; how far away it is follows from the client's country."""

    class Location(models.TextChoices):
        ONSHORE = "onshore", _("onshore")
        NEARSHORE = "nearshore", _("nearshore")
        OFFSHORE = "offshore", _("offshore")

    scope_item = models.ForeignKey(ScopeItem, on_delete=models.PROTECT, related_name="sites")
    delivery_centre = models.ForeignKey(DeliveryCentre, on_delete=models.PROTECT, related_name="scope_sites")
    location_override = models.CharField(
        max_length=9, choices=Location, blank=True, help_text=_("Where the contract calls it otherwise.")
    )

    objects = ScopeSiteQuerySet.as_manager()

    class Meta:
        ordering = ["scope_item", "delivery_centre"]
        constraints = [
            unique(
                "scope_site_once",
                _("The delivery centre already works on that function."),
                ("scope_item", "delivery_centre"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.delivery_centre}"

    clean = check_scope_site
