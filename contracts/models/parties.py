"""Who outsources, what is outsourced, and the calendars that time it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bpo.constraints import check, unique
from bpo.fields import ExactDecimalField, PublicIdField
from bpo.models import Organisation
from bpo.validators import validate_country, validate_currency, validate_week, validate_windows, validate_zone
from contracts.querysets import CalendarQuerySet, CalendarRowQuerySet, ClientQuerySet, ProcessQuerySet
from contracts.rules.parties import check_calendar, check_calendar_owner, check_exception
from contracts.rules.spans import refuse_changes
from vendors.rules import check_organisation_kind


class BusinessCalendar(models.Model):
    """When the clock of a clause runs: weekly windows in a zone, holidays of a country, dated exceptions."""

    public_id = PublicIdField(prefix="CA")
    owner = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="calendars",
        help_text=_("Empty for a calendar that everybody may use."),
    )
    name = models.CharField(max_length=120)
    zone = models.CharField(max_length=64, validators=[validate_zone])
    week = models.JSONField(validators=[validate_week], help_text=_("“0” is Monday: {“0”: [[“08:00”, “17:00”]], …}"))
    country = models.CharField(max_length=2, blank=True, validators=[validate_country])
    subdivision = models.CharField(max_length=10, blank=True, help_text=_("Such as ENG or BY, for regional holidays."))

    objects = CalendarQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            unique("calendar_name_once", _("There already is a calendar of that name and owner."), ("owner", "name")),
            unique(
                "calendar_shared_name_once",
                _("There already is a shared calendar of that name."),
                ("name",),
                Q(owner__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    clean = check_calendar

    @property
    def times_running_contracts(self) -> bool:
        """Whether figures of contracts that are no drafts may rest on it."""
        return self.contracts.exclude(status="draft").exists() or self.timed_later.exists()


class CalendarException(models.Model):
    """One date on which a calendar differs: closed, or open in other windows; never edited, only followed by another.

    Of several rows of one date the one recorded last holds, as far as it is known.
    """

    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.PROTECT, related_name="exceptions")
    on = models.DateField()
    windows = models.JSONField(default=list, blank=True, validators=[validate_windows], help_text=_("Empty: closed."))
    is_withdrawn = models.BooleanField(
        default=False, help_text=_("The date does not differ after all: its weekday's windows and holidays hold.")
    )
    reason = models.CharField(max_length=120)
    known_from = models.DateField(help_text=_("Periods closed before this day keep the calendar as it was."))
    recorded_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text=_("Periods closed before this instant keep the calendar as it was; none: it came with the calendar."),
    )

    objects = CalendarRowQuerySet.as_manager()

    class Meta:
        ordering = ["calendar", "on", F("recorded_at").asc(nulls_first=True), "pk"]
        constraints = [
            unique(
                "calendar_exception_once_a_day",
                _("The calendar already has an exception on that date."),
                ("calendar", "on"),
                Q(recorded_at__isnull=True),
            ),
            models.UniqueConstraint("calendar", "on", "recorded_at", name="calendar_exception_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.on}: {self.reason}"

    clean = check_exception


class Client(models.Model):
    """A company that outsources processes, such as "Halden Mutual"."""

    public_id = PublicIdField(prefix="CL")
    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="client")
    country = models.CharField(max_length=2, validators=[validate_country])
    zone = models.CharField(max_length=64, validators=[validate_zone])
    currency = models.CharField(max_length=3, validators=[validate_currency])
    calendar = models.ForeignKey(
        BusinessCalendar, null=True, blank=True, on_delete=models.PROTECT, related_name="clients"
    )

    objects = ClientQuerySet.as_manager()

    class Meta:
        ordering = ["organisation__name"]

    def __str__(self) -> str:
        return self.organisation.name

    def clean(self) -> None:
        check_organisation_kind(self, Organisation.Kind.CLIENT)
        if self.organisation_id:
            check_calendar_owner(self, self.organisation)

    @property
    def name(self) -> str:
        return self.organisation.name


class Process(models.Model):
    """A client's process that is outsourced, such as "Motor claims, first notice of loss"."""

    class Operation(models.TextChoices):
        CUSTOMER_SERVICE = "customer_service", _("customer service")
        OUTBOUND_CALLING = "outbound_calling", _("outbound calling")
        INSIDE_SALES = "inside_sales", _("inside sales")
        HR = "hr", _("human resources")
        PAYMENT_PROCESSING = "payment_processing", _("payment processing")
        QUALITY_ASSURANCE = "quality_assurance", _("quality assurance")
        CRM = "crm", _("customer relationship management")
        UPSELLING = "upselling", _("upselling")
        SERVICE_DESK = "service_desk", _("IT service desk")
        ACCOUNTS_PAYABLE = "accounts_payable", _("accounts payable")
        PAYROLL = "payroll", _("payroll")
        RECRUITMENT = "recruitment", _("recruitment")
        CLAIMS = "claims", _("claims handling")
        DATA_ENTRY = "data_entry", _("data entry")
        COLLECTIONS = "collections", _("collections")
        RESEARCH = "research", _("research and analytics")
        LEGAL = "legal", _("legal work")
        OTHER = "other", _("other")

    class Office(models.TextChoices):
        FRONT = "front", _("front office")
        BACK = "back", _("back office")
        KPO = "kpo", _("knowledge process")

    public_id = PublicIdField(prefix="PR")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="processes")
    name = models.CharField(max_length=120)
    operation = models.CharField(max_length=24, choices=Operation)
    office = models.CharField(max_length=6, choices=Office)
    baseline_cost = ExactDecimalField(
        null=True, blank=True, help_text=_("What a year of it cost in-house, in the client's currency.")
    )

    objects = ProcessQuerySet.as_manager()

    class Meta:
        ordering = ["client", "name"]
        verbose_name_plural = _("processes")
        constraints = [
            unique("process_name_once", _("The client already has a process of that name."), ("client", "name")),
            check(
                "process_baseline_cost_not_negative",
                _("A baseline cost cannot be below zero."),
                Q(baseline_cost__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        refuse_changes(self, ("client",), _("A process stays its client's."))
