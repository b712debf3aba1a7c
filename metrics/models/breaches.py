"""Bad verdicts being dealt with, their timelines, and what a vendor asks not to be counted."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bpo.fields import ExactDecimalField, PublicIdField
from bpo.models import Organisation, User
from contracts.models.service_levels import ServiceLevel
from metrics.models.verdicts import Verdict
from metrics.querysets import BreachEventQuerySet, BreachQuerySet, CellQuerySet, MuteQuerySet
from sla.intervals import Interval
from sla.periods import DAY
from vendors.models import ApiKey


class Breach(models.Model):
    """A verdict worse than the minimum being dealt with, `BR-…`; one per service level and period."""

    class State(models.TextChoices):
        FOUND = "found", _("Found")
        CAUSE = "cause", _("Cause stated")
        ACTION = "action", _("Action agreed")
        ACCEPTED = "accepted", _("Accepted")
        CLOSED = "closed", _("Closed")
        WITHDRAWN = "withdrawn", _("No longer a breach")

    class CauseKind(models.TextChoices):
        STAFFING = "staffing", _("Staffing below plan")
        VOLUME = "volume", _("Volume above forecast")
        CLIENT_SYSTEM = "client_system", _("Client's system or input")
        VENDOR_SYSTEM = "vendor_system", _("Vendor's system")
        THIRD_PARTY = "third_party", _("Third party")
        PROCESS = "process", _("Process or training error")
        REPORTING = "reporting", _("Late or wrong report")
        OTHER = "other", _("Another cause")

    public_id = PublicIdField(prefix="BR")
    service_level = models.ForeignKey(ServiceLevel, on_delete=models.PROTECT, related_name="breaches")
    starts_on = models.DateField(help_text=_("First day of the period."))
    period_label = models.CharField(max_length=16)
    verdict = models.ForeignKey(
        Verdict, on_delete=models.PROTECT, related_name="breaches", help_text=_("The current revision.")
    )
    opened_by = models.ForeignKey(Verdict, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.FOUND)
    opened_at = models.DateTimeField()
    answer_due_at = models.DateTimeField(help_text=_("When the vendor owes the cause."))
    closed_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    cause_kind = models.CharField(max_length=13, choices=CauseKind, blank=True)
    cause = models.TextField(blank=True)
    action = models.TextField(blank=True)
    # Where rows are read with whose turn they are.
    is_clients_turn: bool
    is_vendors_turn: bool

    objects = BreachQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        verbose_name_plural = _("breaches")
        constraints = [models.UniqueConstraint("service_level", "starts_on", name="breach_once_a_period")]
        indexes = [models.Index("state", "opened_at", name="breach_state_opened")]

    def __str__(self) -> str:
        return self.public_id


class Mute(models.Model):
    """A person who wants no mail about a breach for a while; it stops mail and changes no number."""

    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="mutes")
    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="mutes")
    made_at = models.DateTimeField()
    until = models.DateTimeField()

    objects = MuteQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint("reader", "breach", name="mute_once_a_breach"),
            models.CheckConstraint(condition=Q(until__gt=F("made_at")), name="mute_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.breach} muted for {self.reader}"


class BreachEvent(models.Model):
    """One line of a breach's timeline."""

    class Kind(models.TextChoices):
        FOUND = "found", _("Found")
        REVISED = "revised", _("Revised")
        WITHDRAWN = "withdrawn", _("No longer a breach")
        REOPENED = "reopened", _("A breach again")
        FINAL = "final", _("Became final")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        ANSWERED = "answered", _("Answered")
        ASKED_BACK = "asked_back", _("Sent back")
        AGREED = "agreed", _("Action agreed")
        ACCEPTED = "accepted", _("Accepted")
        CLOSED = "closed", _("Closed")
        COMMENT = "comment", _("Comment")
        EXCUSE = "excuse", _("Excuse")
        MAIL = "mail", _("E-mail")

    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=Kind)
    text = models.TextField()
    verdict = models.ForeignKey(Verdict, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    internal_to = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: both sides see it."),
    )

    objects = BreachEventQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.breach} {self.kind}"


def spans_hours(start: str, end: str) -> Q:
    """Whether two columns are both empty, or the second is later."""
    return Q(**{f"{start}__isnull": True, f"{end}__isnull": True}) | Q(**{f"{end}__gt": F(start)})


class Excuse(models.Model):
    """What a vendor asks not to be counted, `EX-…`, and the client's decision; only what is granted counts.

    It names days, the hours from one moment to another on these days, or rows of the feed by their ids, `cases`. A
    grant may be for a part. Where the terms make the limits easier instead, it states by how much. Excuses that one
    request asked for several service levels have the same `group`.
    """

    class Decision(models.TextChoices):
        ASKED = "asked", _("asked")
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("refused")

    public_id = PublicIdField(prefix="EX")
    service_level = models.ForeignKey(ServiceLevel, on_delete=models.PROTECT, related_name="excuses")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text=_("The day after the last that is asked for."))
    starts_at = models.DateTimeField(null=True, blank=True, help_text=_("Empty: whole days."))
    ends_at = models.DateTimeField(null=True, blank=True)
    cases = models.JSONField(
        default=list, db_default=[], blank=True, help_text=_("Ids of rows; empty: all rows of the time.")
    )
    group = models.CharField(max_length=12, blank=True, default="", db_default="", db_index=True)
    reason = models.TextField()
    clause = models.CharField(max_length=60, blank=True)
    asked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    asked_with = models.ForeignKey(
        ApiKey, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text=_("The vendor's key.")
    )
    asked_at = models.DateTimeField()
    decision = models.CharField(max_length=8, choices=Decision, default=Decision.ASKED)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.CharField(max_length=500, blank=True)
    granted_from = models.DateField(null=True, blank=True)
    granted_until = models.DateField(null=True, blank=True, help_text=_("The day after the last that is granted."))
    granted_starts_at = models.DateTimeField(null=True, blank=True, help_text=_("Empty: whole days."))
    granted_ends_at = models.DateTimeField(null=True, blank=True)
    granted_cases = models.JSONField(default=list, db_default=[], blank=True)
    lowers_by = ExactDecimalField(
        null=True, blank=True, help_text=_("By how much the limits become easier, where the terms say so.")
    )

    objects = CellQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="excuse_ends_after_start"),
            models.CheckConstraint(
                condition=Q(asked_by__isnull=False) ^ Q(asked_with__isnull=False), name="excuse_asked_by_one"
            ),
            models.CheckConstraint(
                condition=Q(decision="asked", decided_by__isnull=True)
                | (
                    ~Q(decision="asked")
                    & Q(decided_by__isnull=False)
                    & (Q(asked_by__isnull=True) | ~Q(decided_by=F("asked_by")))
                ),
                name="excuse_not_decided_by_who_asked",
            ),
            models.CheckConstraint(
                condition=(
                    Q(decision="granted", granted_from__isnull=False, granted_until__isnull=False)
                    & Q(granted_from__gte=F("starts_on"), granted_until__lte=F("ends_on"))
                    & Q(granted_until__gt=F("granted_from"))
                )
                | (
                    ~Q(decision="granted")
                    & Q(granted_from__isnull=True, granted_until__isnull=True, lowers_by__isnull=True)
                ),
                name="excuse_grants_what_was_asked",
            ),
            models.CheckConstraint(
                condition=Q(lowers_by__isnull=True) | Q(lowers_by__gt=0), name="excuse_lowers_by_something"
            ),
            models.CheckConstraint(condition=spans_hours("starts_at", "ends_at"), name="excuse_hours_end_after_start"),
            models.CheckConstraint(
                condition=spans_hours("granted_starts_at", "granted_ends_at")
                & (
                    Q(granted_starts_at__isnull=True)
                    | Q(starts_at__isnull=True)
                    | Q(granted_starts_at__gte=F("starts_at"), granted_ends_at__lte=F("ends_at"))
                ),
                name="excuse_grants_hours_that_were_asked",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def hours(self) -> Interval | None:
        """The hours that are asked for; None for whole days and for rows."""
        return (self.starts_at, self.ends_at) if self.starts_at and self.ends_at else None

    @property
    def granted_hours(self) -> Interval | None:
        return (
            (self.granted_starts_at, self.granted_ends_at) if self.granted_starts_at and self.granted_ends_at else None
        )

    @property
    def granted_days(self) -> list[date]:
        """The days on which something is granted; where rows are, those between the first and the last of them."""
        if self.granted_from is None or self.granted_until is None:
            return []
        return [self.granted_from + DAY * number for number in range((self.granted_until - self.granted_from).days)]

    @property
    def last_day(self) -> date:
        return self.ends_on - DAY

    @property
    def granted_last_day(self) -> date | None:
        return self.granted_until and self.granted_until - DAY

    @property
    def is_partial(self) -> bool:
        """Whether only some of the days, hours or rows are granted."""
        if self.decision != self.Decision.GRANTED:
            return False
        granted = self.granted_from, self.granted_until, self.granted_hours, self.granted_cases
        return granted != (self.starts_on, self.ends_on, self.hours, self.cases)

    @property
    def decision_words(self) -> str:
        """The decision as people read it."""
        return gettext("granted in part") if self.is_partial else str(self.Decision(self.decision).label)
