"""What is measured: the feeds that a vendor owes, the promises read from them, and their terms over time."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bpo.choices import choices_from
from bpo.constraints import check, ends_after_start, unique
from bpo.fields import ExactDecimalField, PublicIdField
from bpo.validators import validate_code
from contracts.models.agreements import Amendment, Contract
from contracts.models.limits import limit_constraints
from contracts.models.parties import Process
from contracts.querysets import ContractOwnedQuerySet, TermsQuerySet
from contracts.rules.service_levels import check_feed, check_service_level, check_terms
from contracts.terms import decimals_of
from sla import bands, periods
from sla.metrics.feeds import FeedKind
from sla.obligations import reports_of_feed, time_of_feed


class Feed(models.Model):
    """A stream of results that a vendor owes for one process of one contract, such as `VOICE`."""

    Kind = choices_from(FeedKind)

    class Schedule(models.TextChoices):
        """How often it is owed; for counts also the span that one row covers."""

        DAILY = "daily", _("daily")
        WEEKLY = "weekly", _("weekly")
        MONTHLY = "monthly", _("monthly")
        QUARTERLY = "quarterly", _("quarterly")
        YEARLY = "yearly", _("yearly")
        EVENT = "event", _("as it happens")

    class DueUnit(models.TextChoices):
        DAYS = "days", _("calendar days")
        BUSINESS_DAYS = "business_days", _("business days")

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="feeds")
    process = models.ForeignKey(Process, null=True, blank=True, on_delete=models.PROTECT, related_name="feeds")
    code = models.CharField(max_length=40, validators=[validate_code])
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind)
    schedule = models.CharField(max_length=9, choices=Schedule, default=Schedule.EVENT)
    anchor = models.DateField(
        null=True, blank=True, help_text=_("First day of any of the years that it reports; the contract's start.")
    )
    due_length = models.PositiveSmallIntegerField(
        default=3, help_text=_("Reports are due so long after a period ends.")
    )
    due_unit = models.CharField(max_length=13, choices=DueUnit, default=DueUnit.DAYS)
    grace_days = models.PositiveSmallIntegerField(
        default=0, help_text=_("Calendar days after the due date until a period closes.")
    )
    allows_excess = models.BooleanField(
        default=False, help_text=_("A numerator may exceed its denominator, where parties count the two differently.")
    )
    hold_unlikely = models.BooleanField(
        default=False, db_default=False, help_text=_("Unlikely rows are stored only when their sender confirms them.")
    )
    lowest = ExactDecimalField(null=True, blank=True, help_text=_("Observations below it are refused."))
    highest = ExactDecimalField(null=True, blank=True, help_text=_("Observations above it are refused."))
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True, help_text=_("The first day for which it is no longer owed."))

    objects = ContractOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["contract", "code"]
        constraints = [
            unique("feed_code_once", _("The contract already has a feed of that code."), ("contract", "code")),
            check(
                "feed_bounds_in_order",
                _("The highest value cannot lie below the lowest."),
                Q(lowest__isnull=True) | Q(highest__isnull=True) | Q(highest__gte=F("lowest")),
            ),
            ends_after_start("feed_ends_after_start", _("A feed must end after it starts.")),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    time = property(time_of_feed)
    reports = property(reports_of_feed)
    clean = check_feed


# The kind and schedules of feeds whose rows are totals of days, weeks or months, and not single events.
TOTALS = frozenset((Feed.Kind.COUNTS, schedule) for schedule in Feed.Schedule if schedule != Feed.Schedule.EVENT)


class ServiceLevel(models.Model):
    """One measured promise of a contract, `SL-…`, such as "80 % of calls answered within 20 s"."""

    public_id = PublicIdField(prefix="SL")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="service_levels")
    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="service_levels")
    per_feed = models.ForeignKey(
        Feed,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="levels_per",
        help_text=_("The feed that gives the denominator, where it is not the same, such as orders for complaints."),
    )
    process = models.ForeignKey(Process, null=True, blank=True, on_delete=models.PROTECT, related_name="service_levels")
    code = models.CharField(max_length=40, validators=[validate_code])
    name = models.CharField(max_length=160)
    clause = models.CharField(max_length=60, blank=True, help_text=_("Where the contract says so, such as §3.1."))
    roll_up = models.CharField(
        max_length=40,
        blank=True,
        default="",
        db_default="",
        validators=[validate_code],
        help_text=_("The client's figure over several contracts into which it is added up."),
    )

    objects = ContractOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["contract", "code"]
        constraints = [
            unique(
                "service_level_code_once",
                _("The contract already has a service level of that code."),
                ("contract", "code"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def feed_pks(self) -> set[int]:
        """The feeds that it reads."""
        return {pk for pk in (self.feed_id, self.per_feed_id) if pk}

    clean = check_service_level


class ServiceLevelTerms(models.Model):
    """How one service level is measured and judged, from a date on, as one amendment brought it.

    A period is judged by the terms in force on its first day.
    """

    Direction = choices_from(bands.Direction)

    class LevelType(models.TextChoices):
        CREDIT_BEARING = "credit_bearing", _("credit-bearing")
        REPORTED_ONLY = "reported_only", _("reported only")

    PeriodKind = choices_from(periods.PeriodKind)

    service_level = models.ForeignKey(ServiceLevel, on_delete=models.PROTECT, related_name="terms")
    amendment = models.ForeignKey(Amendment, on_delete=models.PROTECT, related_name="terms")
    effective_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True, help_text=_("The first day on which it no longer applies."))

    metric = models.CharField(max_length=40, help_text=_("Code in the metric catalogue."))
    aggregation = models.CharField(max_length=12, help_text=_("ratio, share_within, mean, percentile, sum, count …"))
    params = models.JSONField(
        default=dict, blank=True, help_text=_("The metric's parameters, such as threshold_seconds.")
    )
    narrowing = models.JSONField(
        default=dict, blank=True, help_text=_("Which of the feed's rows count: {“queue”: [“PS”]}.")
    )
    per = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text=_("How the other feed gives the denominator: measure, only, and scale."),
    )
    period = models.CharField(max_length=13, choices=PeriodKind, default=PeriodKind.MONTH)
    period_anchor = models.DateField(null=True, blank=True, help_text=_("Start of the contract or fiscal year."))

    direction = models.CharField(max_length=6, choices=Direction)
    expected = ExactDecimalField(
        null=True,
        blank=True,
        help_text=_("The level promised, for a range its lower end; none where it is only reported."),
    )
    expected_high = ExactDecimalField(null=True, blank=True, help_text=_("For a range, its upper end."))
    minimum = ExactDecimalField(null=True, blank=True, help_text=_("Worse than this is a breach."))
    minimum_high = ExactDecimalField(null=True, blank=True)
    bands = models.JSONField(default=list, blank=True, help_text=_("Severity bands, half-open."))
    rules = models.JSONField(
        default=dict, blank=True, help_text=_("Equality, rounding, low volume, missing data, excuses, ramp-up.")
    )
    unit = models.CharField(max_length=20, blank=True, help_text=_("%, s, min, h, days …"))
    decimals = models.PositiveSmallIntegerField(default=1, help_text=_("Decimals printed."))
    level_type = models.CharField(max_length=14, choices=LevelType, default=LevelType.CREDIT_BEARING)
    weight = ExactDecimalField(null=True, blank=True, help_text=_("Share of the pool, in percent."))

    objects = TermsQuerySet.as_manager()
    succeeds = False  # Whether saving it ends the terms in force before it; the services say so.

    class Meta:
        ordering = ["service_level", "effective_on"]
        verbose_name_plural = _("service level terms")
        constraints = [
            unique(
                "terms_once_a_day",
                _("The service level already has terms from that day on."),
                ("service_level", "effective_on"),
            ),
            ends_after_start("terms_end_after_start", _("Terms must end after they take effect."), "effective_on"),
            *limit_constraints("terms"),
            check("terms_weight_not_negative", _("A weight cannot be below zero."), Q(weight__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.service_level} from {self.effective_on}"

    decimals_shown = property(decimals_of)
    clean = check_terms
