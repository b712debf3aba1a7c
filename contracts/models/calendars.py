"""Calendars as verdicts used them: recorded holidays, and which calendar timed which contract from when."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.models.agreements import Amendment, Contract
from contracts.models.parties import BusinessCalendar
from contracts.querysets import CalendarRowQuerySet, ContractOwnedQuerySet
from contracts.rules.parties import check_contract_calendar
from contracts.rules.spans import refuse_any_change


class HolidayYear(models.Model):
    """A year's public holidays as a calendar first used them; a newer list of them changes nothing."""

    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.PROTECT, related_name="holiday_years")
    year = models.PositiveSmallIntegerField()
    days = models.JSONField(help_text=_("The dates, as text."))

    objects = CalendarRowQuerySet.as_manager()

    class Meta:
        ordering = ["calendar", "year"]
        constraints = [models.UniqueConstraint("calendar", "year", name="holiday_year_once")]

    def __str__(self) -> str:
        return f"{self.calendar} {self.year}"

    def clean(self) -> None:
        refuse_any_change(self, _("Holidays that figures rest on stay: record a dated exception instead."))


class ContractCalendar(models.Model):
    """The calendar that times a running contract from a date on, as it was recorded at an instant.

    Periods closed before that instant keep the calendar that they were closed with. Of two rows of one date the later
    recorded one holds.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="later_calendars")
    calendar = models.ForeignKey(
        BusinessCalendar,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="timed_later",
        help_text=_("Empty: Monday to Friday, 9 to 5, in the contract's zone."),
    )
    effective_on = models.DateField(help_text=_("Periods that begin on this day or later are timed by it."))
    amendment = models.ForeignKey(Amendment, null=True, blank=True, on_delete=models.PROTECT, related_name="calendars")
    recorded_at = models.DateTimeField(editable=False)

    objects = ContractOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["contract", "effective_on", "recorded_at"]
        constraints = [
            models.UniqueConstraint("contract", "effective_on", "recorded_at", name="contract_calendar_once")
        ]

    def __str__(self) -> str:
        return f"{self.contract.reference} from {self.effective_on}: {self.calendar or '–'}"

    clean = check_contract_calendar
