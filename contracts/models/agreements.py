"""What client and vendor signed: the contract, its duties, fees and amendments."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bpo.constraints import check, ends_after_start, unique
from bpo.fields import ExactDecimalField, PublicIdField
from bpo.validators import validate_code, validate_currency, validate_sha256, validate_zone
from contracts.models.parties import BusinessCalendar, Client, Process
from contracts.querysets import ContractOwnedQuerySet, ContractQuerySet
from contracts.rules.agreements import check_amendment, check_contract, check_fee
from contracts.rules.at_hand import LevelsAtHand
from sla.obligations import AutomaticRenewal, opening_day, renews_by_itself, time_of_contract
from vendors.models import Vendor

OPTIONAL: dict[str, Any] = {"null": True, "blank": True, "on_delete": models.PROTECT}
BROUGHT_BY = _("That brought it; empty where none is named.")


class Contract(models.Model):
    """What one client and one vendor signed, `CT-…`; its zone decides what a day is."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        ACTIVE = "active", _("active")
        ENDED = "ended", _("ended")
        TERMINATED = "terminated", _("terminated")

    class Renewal(models.TextChoices):
        NONE = "none", _("ends by itself")
        AUTOMATIC = "automatic", _("renews unless notice is given")
        OPTION = "option", _("may be extended by the client")

    class NoticeUnit(models.TextChoices):
        DAYS = "days", _("days")
        MONTHS = "months", _("months")

    public_id = PublicIdField(prefix="CT")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="contracts")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="contracts")
    reference = models.CharField(max_length=60, help_text=_("The number on the paper."))
    title = models.CharField(max_length=160)
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    is_proposed = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("A draft is its client's alone until it is proposed to the vendor."),
    )
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True, help_text=_("The first day on which it no longer runs."))
    judged_from = models.DateField(
        null=True, blank=True, help_text=_("The first day that is judged; history before it. Empty: from the start.")
    )
    terms_loaded_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("When a terms file last changed it.")
    )
    terms_taken_in = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("The change by a terms file that a night last took in.")
    )
    notice_length = models.PositiveSmallIntegerField(null=True, blank=True)
    notice_unit = models.CharField(max_length=6, choices=NoticeUnit, default=NoticeUnit.DAYS)
    notice_given_on = models.DateField(
        null=True, blank=True, help_text=_("When a party gave notice, so that it does not renew beyond its end.")
    )
    renewal = models.CharField(max_length=10, choices=Renewal, default=Renewal.NONE)
    renewal_months = models.PositiveSmallIntegerField(null=True, blank=True)
    zone = models.CharField(max_length=64, validators=[validate_zone])
    calendar = models.ForeignKey(BusinessCalendar, **OPTIONAL, related_name="contracts")
    currency = models.CharField(max_length=3, validators=[validate_currency])
    provenance = models.CharField(
        max_length=200, blank=True, help_text=_("Where demo data comes from; shown on the contract's pages.")
    )

    objects = ContractQuerySet.as_manager()
    # Its service levels where they are checked before they are stored; otherwise the table has them.
    levels_at_hand: LevelsAtHand | None = None

    class Meta:
        ordering = ["client", "reference"]
        constraints = [
            unique(
                "contract_reference_once",
                _("The client already has a contract of that reference."),
                ("client", "reference"),
            ),
            ends_after_start("contract_ends_after_start", _("A contract must end after it starts.")),
            check(
                "contract_judged_within_it",
                _("A contract cannot be judged from a day before its start."),
                Q(judged_from__isnull=True) | Q(judged_from__gte=F("starts_on")),
            ),
            check(
                "contract_renewal_has_length",
                _("A renewal needs its length in months."),
                Q(renewal="none") | Q(renewal_months__isnull=False, renewal_months__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    time = property(time_of_contract)
    opening_day = property(opening_day)

    # Whether the terms file that is being loaded puts it in force at its end; never stored.
    is_about_to_run = False

    @property
    def is_shown_to_vendor(self) -> bool:
        """Whether its vendor may know of it, as `contracts.querysets.shown_to_vendor` has it."""
        is_asked_for_history = self.judged_from is not None
        is_in_force = self.is_about_to_run or self.status != self.Status.DRAFT
        return self.is_proposed or is_asked_for_history or is_in_force

    @property
    def own_renewal(self) -> AutomaticRenewal | None:
        """How it goes on by itself after the term that is written down; None where it does not, or has ended."""
        if not renews_by_itself(self):
            return None
        length, in_months = self.notice_length or 0, self.notice_unit == self.NoticeUnit.MONTHS
        return AutomaticRenewal(
            months=self.renewal_months or 1,
            notice_days=0 if in_months else length,
            notice_months=length if in_months else 0,
        )

    clean = check_contract


class SecurityDuty(models.Model):
    """A control that the vendor owes, its standard, and when its evidence is next due."""

    class Frequency(models.TextChoices):
        ONCE = "once", _("once")
        MONTHLY = "monthly", _("monthly")
        QUARTERLY = "quarterly", _("quarterly")
        YEARLY = "yearly", _("yearly")
        ON_CHANGE = "on_change", _("on change")

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="security_duties")
    control = models.CharField(max_length=160)
    standard = models.CharField(max_length=80, blank=True)
    evidence = models.CharField(max_length=160)
    frequency = models.CharField(max_length=10, choices=Frequency)
    next_due_on = models.DateField(null=True, blank=True)

    objects = ContractOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["contract", "control"]
        verbose_name_plural = _("security duties")
        constraints = [
            unique("security_duty_once", _("The contract already names that control."), ("contract", "control"))
        ]

    def __str__(self) -> str:
        return self.control


class Fee(models.Model):
    """A price in force from a day on; a changed price is a new row."""

    class Kind(models.TextChoices):
        FLAT = "flat", _("flat, per month")
        UNIT = "unit", _("per unit")
        TIERED = "tiered", _("tiered by volume")

    class Unit(models.TextChoices):
        MONTH = "month", _("month")
        TRANSACTION = "transaction", _("transaction")
        MINUTE = "minute", _("minute")
        HOUR = "hour", _("hour")
        FTE = "fte", _("full-time equivalent")

    class TierMethod(models.TextChoices):
        GRADUATED = "graduated", _("each unit at its tier's rate")
        ALL_UNITS = "all_units", _("all units at the reached tier's rate")

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="fees")
    process = models.ForeignKey(Process, **OPTIONAL, related_name="fees")
    code = models.CharField(max_length=40, validators=[validate_code])
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=6, choices=Kind)
    unit = models.CharField(max_length=12, choices=Unit, default=Unit.MONTH)
    amount = ExactDecimalField(null=True, blank=True, help_text=_("In the contract's currency; empty where tiered."))
    tiers = models.JSONField(
        default=list, blank=True, help_text=_("[[up to, rate], …, [null, rate]]; numbers as text, “up to” included.")
    )
    tier_method = models.CharField(max_length=10, choices=TierMethod, default=TierMethod.GRADUATED)
    amendment = models.ForeignKey("Amendment", **OPTIONAL, related_name="fees", help_text=BROUGHT_BY)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True, help_text=_("The first day on which it no longer applies."))

    objects = ContractOwnedQuerySet.as_manager()
    succeeds = False  # Whether saving it ends the row in force before it, which services decide.

    class Meta:
        ordering = ["contract", "code", "starts_on"]
        constraints = [
            unique(
                "fee_code_once_a_day",
                _("The fee already has a price from that day on."),
                ("contract", "code", "starts_on"),
            ),
            check(
                "fee_amount_unless_tiered",
                _("A fee needs an amount of zero or more, unless it is tiered; a tiered one has none."),
                (Q(kind="tiered") & Q(amount__isnull=True))
                | (~Q(kind="tiered") & Q(amount__isnull=False, amount__gte=0)),
            ),
            check(
                "fee_flat_is_per_month",
                _("A flat fee is per month, and no other fee is."),
                (Q(kind="flat") & Q(unit="month")) | (~Q(kind="flat") & ~Q(unit="month")),
            ),
            ends_after_start("fee_ends_after_start", _("A fee must end after it starts.")),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    clean = check_fee


class Amendment(models.Model):
    """A change of terms from a date on; number 0 is the contract as first signed."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="amendments")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=160)
    signed_on = models.DateField(null=True, blank=True)
    effective_on = models.DateField()
    terms_file = models.TextField(blank=True, help_text=_("The file that brought its terms, as it was loaded."))
    terms_sha256 = models.CharField(max_length=64, blank=True, validators=[validate_sha256])

    objects = ContractOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["contract", "number"]
        constraints = [
            unique(
                "amendment_number_once",
                _("The contract already has an amendment of that number."),
                ("contract", "number"),
            ),
            unique(
                "amendment_once_a_day",
                _("The contract already has an amendment that takes effect on that day."),
                ("contract", "effective_on"),
            ),
        ]

    def __str__(self) -> str:
        return _("Amendment %(number)s") % {"number": self.number} if self.number else str(_("Original contract"))

    clean = check_amendment
