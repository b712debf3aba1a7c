"""Work items to judge, verdicts with their workings, and one standing per service level."""

import re

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bpo.choices import choices_from
from bpo.fields import ExactDecimalField
from bpo.formatting import show_period
from bpo.models import User
from contracts.models.service_levels import ServiceLevel, ServiceLevelTerms
from contracts.terms import lowered
from metrics.models.results import Batch
from metrics.models.runs import Run
from metrics.querysets import CellQuerySet, VerdictQuerySet, WithdrawalQuerySet
from sla import verdicts


class DirtyCell(models.Model):
    """A work item: a service level and period whose inputs changed; written with the results, deleted when judged.

    `generation` counts the changes: a worker deletes the row only if no change came while it judged.
    """

    service_level = models.ForeignKey(
        ServiceLevel, on_delete=models.PROTECT, db_index=False, related_name="dirty_cells"
    )
    starts_on = models.DateField()
    ends_on = models.DateField()
    dirty_since = models.DateTimeField()
    changed_at = models.DateTimeField()
    generation = models.PositiveIntegerField(default=1)
    claimed_at = models.DateTimeField(null=True, blank=True)
    claim = models.CharField(max_length=36, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    parked_at = models.DateTimeField(null=True, blank=True, help_text=_("After three failed starts; a person looks."))
    last_error = models.TextField(blank=True)

    objects = CellQuerySet.as_manager()

    class Meta:
        ordering = ["dirty_since", "pk"]
        constraints = [models.UniqueConstraint("service_level", "starts_on", name="dirty_cell_once")]
        indexes = [
            models.Index("dirty_since", "id", condition=Q(parked_at__isnull=True), name="dirty_cell_waiting"),
            models.Index("claimed_at", condition=Q(attempts__gt=0), name="dirty_cell_started"),
        ]

    def __str__(self) -> str:
        return f"{self.service_level} {self.starts_on}"


# The kind of a period is written in its label; the last one takes the labels of weeks and of whatever else there is.
KINDS_BY_LABEL = {
    kind: re.compile(label)
    for kind, label in (
        ("contract_year", "Y"), ("week_sunday", "S"), ("day", r"\d{4}-\d\d-\d\d$"), ("month", r"\d{4}-\d\d(?!-\d)"),
        ("quarter", r"\d{4}-Q\d"), ("week", ""),
    )
}  # fmt: skip


class Verdict(models.Model):
    """The outcome of one service level over one period; a change of it is a new revision, the old ones stay."""

    Status = choices_from(verdicts.Status)

    # Rows are many and written at night, by the thousand: only what is looked up by has an index.
    service_level = models.ForeignKey(ServiceLevel, on_delete=models.PROTECT, db_index=False, related_name="verdicts")
    terms = models.ForeignKey(ServiceLevelTerms, on_delete=models.PROTECT, db_index=False, related_name="verdicts")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text=_("The day after the period's last."))
    period_label = models.CharField(max_length=16, help_text=_("2025-10, 2025-W41, 2025-Q4 …"))
    revision = models.PositiveIntegerField(default=1)
    is_current = models.BooleanField(default=True)
    is_final = models.BooleanField(default=False)
    is_deemed = models.BooleanField(default=False, help_text=_("A breach because nothing was reported in time."))
    is_history = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("Before the contract's opening day for judging: nothing follows from it."),
    )
    status = models.CharField(max_length=14, choices=Status)
    # The exact value is numerator ÷ denominator × scale; `value` is it to six decimals, for lists and filters.
    value = ExactDecimalField(null=True, blank=True)
    numerator = ExactDecimalField(null=True, blank=True)
    denominator = ExactDecimalField(null=True, blank=True)
    cases = models.PositiveIntegerField(default=0)
    display = models.CharField(
        max_length=60, blank=True, help_text=_("The value as every page, mail and file prints it.")
    )
    days = models.JSONField(default=list, help_text=_("[[day, numerator, denominator, cases], …]; numbers as text."))
    working = models.JSONField(default=dict, help_text=_("The lines that show why, and the facts behind them."))
    inputs_sha256 = models.CharField(max_length=64)
    engine_version = models.CharField(max_length=20)
    judged_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True, help_text=_("When it became final."))
    run = models.ForeignKey(
        Run, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="verdicts"
    )
    reason = models.CharField(max_length=200, blank=True, help_text=_("Why it was restated."))
    restated_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    lowered_by = ExactDecimalField(
        null=True, blank=True, help_text=_("By how much excuses made the limits easier, in the unit of the limits.")
    )

    objects = VerdictQuerySet.as_manager()

    class Meta:
        ordering = ["service_level", "-starts_on", "-revision"]
        constraints = [
            models.UniqueConstraint("service_level", "starts_on", "revision", name="verdict_revision_once"),
            models.UniqueConstraint(
                "service_level", "starts_on", condition=Q(is_current=True), name="verdict_one_current"
            ),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="verdict_ends_after_start"),
        ]
        indexes = [
            models.Index("status", "starts_on", condition=Q(is_current=True), name="verdict_current_status"),
            models.Index("run", condition=Q(run__isnull=False), name="verdict_of_run"),
            models.Index("restated_by", condition=Q(restated_by__isnull=False), name="verdict_restated_by"),
        ]

    def __str__(self) -> str:
        return f"{self.service_level} {self.period_label}: {self.get_status_display()}"

    @property
    def period_name(self) -> str:
        """The period as people name it, "October 2025"."""
        kind = next(kind for kind, label in KINDS_BY_LABEL.items() if label.match(self.period_label))
        return show_period(kind, self.starts_on, self.ends_on, self.period_label)

    @property
    def limits(self) -> ServiceLevelTerms:
        """The terms with the limits that judged: as agreed, or made easier by excuses; not to be saved."""
        return self.terms if self.lowered_by is None else lowered(self.terms, self.lowered_by)

    @property
    def numbers(self) -> tuple[object, ...]:
        """The exact numbers that count, and by how much the limits are easier; prints of other ones may be alike."""
        return self.numerator, self.denominator, self.cases, self.lowered_by

    @property
    def counted_text(self) -> str:
        """What was counted, as the working prints it: "2,796 of 3,000"."""
        return self.line("counted")

    @property
    def no_value_text(self) -> str:
        """Why there is no value, as the working says it; empty where there is one."""
        return self.line("formula") if self.value is None else ""

    def line(self, key: str) -> str:
        """The text of a line of the working."""
        return next((line["text"] for line in self.working.get("lines", ()) if line["key"] == key), "")


class Withdrawal(models.Model):
    """A verdict that holds no longer: new terms cut its days into other periods, or its closed period is open again."""

    verdict = models.OneToOneField(Verdict, on_delete=models.PROTECT, related_name="withdrawal")
    at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = WithdrawalQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.verdict}, withdrawn"


class Standing(models.Model):
    """How a service level stands now; written when verdicts are, so that pages and mails read one row."""

    service_level = models.OneToOneField(ServiceLevel, on_delete=models.PROTECT, related_name="standing")
    last_closed = models.ForeignKey(
        Verdict,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Of the latest period that has ended, final or not."),
    )
    so_far = models.ForeignKey(
        Verdict, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text=_("Of the open period.")
    )
    history = models.JSONField(
        default=list,
        help_text=_(
            "The last 24 periods, oldest first: {label, starts_on, status, is_final, value, display, expected}."
        ),
    )
    updated_at = models.DateTimeField()

    objects = CellQuerySet.as_manager()

    class Meta:
        ordering = ["service_level"]

    def __str__(self) -> str:
        return f"{self.service_level} now"


class LateArrival(models.Model):
    """A result, new or corrected, that came after a period of a service level had closed: kept, listed, not counted.

    The result itself stands in its table as of now; the closed verdict moves only by a restatement.
    """

    service_level = models.ForeignKey(ServiceLevel, on_delete=models.PROTECT, related_name="late_arrivals")
    starts_on = models.DateField(help_text=_("First day of the closed period."))
    key = models.CharField(max_length=200, help_text=_("Of the row, within the service level's feed."))
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="late_arrivals")
    arrived_at = models.DateTimeField()
    is_per = models.BooleanField(
        default=False, db_default=False, help_text=_("It is a row of the feed that gives the denominator.")
    )
    reason = models.CharField(max_length=200)
    counted_by = models.ForeignKey(
        Verdict, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text=_("The restatement.")
    )

    objects = CellQuerySet.as_manager()

    class Meta:
        ordering = ["-arrived_at", "-pk"]
        constraints = [
            models.UniqueConstraint("service_level", "starts_on", "key", "batch", "is_per", name="late_arrival_once")
        ]

    def __str__(self) -> str:
        return f"{self.key}, late for {self.service_level} {self.starts_on}"
