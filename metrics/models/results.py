"""What was reported: batches, the five kinds of results, nil reports, and what they superseded."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bpo.choices import choices_from
from bpo.fields import ExactDecimalField, PublicIdField
from bpo.models import User
from bpo.validators import validate_sha256
from contracts.models.service_levels import Feed
from metrics.querysets import BatchQuerySet, FeedRowQuerySet
from sla.metrics.feeds import ContactOutcome
from vendors.models import ApiKey, Vendor


class Batch(models.Model):
    """What was sent in one request, file or form, by which key or person, with its receipt."""

    class Channel(models.TextChoices):
        API = "api", _("API")
        FILE = "file", _("file")
        FORM = "form", _("form")

    public_id = PublicIdField(prefix="RC")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="batches")
    api_key = models.ForeignKey(ApiKey, null=True, blank=True, on_delete=models.PROTECT, related_name="batches")
    sent_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="batches")
    channel = models.CharField(max_length=4, choices=Channel)
    media_type = models.CharField(max_length=100)
    received_at = models.DateTimeField()
    request_id = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=200, blank=True, help_text=_("Why results were corrected or sent late."))
    rows_received = models.PositiveIntegerField()
    rows_new = models.PositiveIntegerField()
    rows_superseded = models.PositiveIntegerField()
    rows_unchanged = models.PositiveIntegerField()
    rows_late = models.PositiveIntegerField(
        default=0, help_text=_("Of these, the rows that touched a closed period, which does not count them.")
    )
    rows_rejected = models.PositiveIntegerField(default=0, help_text=_("Wrong rows that a partial batch left out."))
    sha256 = models.CharField(
        max_length=64,
        validators=[validate_sha256],
        help_text=_("Of the rows as they were understood, in canonical JSON."),
    )
    warnings = models.JSONField(
        default=list, db_default=[], blank=True, help_text=_("What is unlikely in the rows, as the receipt lists it.")
    )

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]
        verbose_name_plural = _("batches")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    rows_received=F("rows_new") + F("rows_superseded") + F("rows_unchanged") + F("rows_rejected")
                ),
                name="batch_counts_add_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} of {self.vendor}"


class Result(models.Model):
    """What all kinds of results share: one fact on a feed, as of now.

    `key` names the row within its feed: the external id, or period and split for dated counts.
    `…_on` columns are local days of the contract's zone, so that a period is a plain range of days.
    No foreign key is checked row by row: intake checks feeds once a batch, and feeds are never deleted.
    """

    feed = models.ForeignKey(Feed, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    key = models.CharField(max_length=200)
    external_id = models.CharField(max_length=128, blank=True)
    note = models.CharField(max_length=1000, blank=True)
    batch = models.ForeignKey(Batch, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    revision = models.PositiveIntegerField(default=1)
    objects = FeedRowQuerySet.as_manager()

    class Meta:
        abstract = True


class CountResult(Result):
    """Totals of a day, a week, a month or one event, such as 95 good of 100."""

    starts_on = models.DateField(help_text=_("First local day that it covers; the day of an event."))
    ends_on = models.DateField(help_text=_("The day after the last."))
    occurred_at = models.DateTimeField(null=True, blank=True)
    numerator = ExactDecimalField()
    denominator = ExactDecimalField(null=True, blank=True)
    split = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.UniqueConstraint("feed", "key", name="count_result_key_once"),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="count_result_ends_after_start"),
            models.CheckConstraint(condition=Q(denominator__gte=0), name="count_result_denominator_not_negative"),
        ]
        indexes = [
            models.Index("feed", "starts_on", name="count_result_cell"),
            models.Index("batch", name="count_result_batch"),
        ]


class ContactResult(Result):
    """One call, chat or e-mail."""

    Outcome = choices_from(ContactOutcome)

    occurred_at = models.DateTimeField()
    occurred_on = models.DateField()
    outcome = models.CharField(max_length=16, choices=Outcome)
    wait_seconds = ExactDecimalField(null=True, blank=True)
    handle_seconds = ExactDecimalField(null=True, blank=True)
    resolved = models.BooleanField(null=True, blank=True)
    score = ExactDecimalField(null=True, blank=True)
    queue = models.CharField(max_length=80, blank=True)
    customer = models.CharField(
        max_length=80,
        blank=True,
        default="",
        db_default="",
        help_text=_("A pseudonym that stays the same over a customer's contacts."),
    )

    class Meta:
        ordering = ["-occurred_at", "-pk"]
        constraints = [
            models.UniqueConstraint("feed", "key", name="contact_result_key_once"),
            models.CheckConstraint(condition=Q(wait_seconds__gte=0), name="contact_result_wait_not_negative"),
            models.CheckConstraint(condition=Q(handle_seconds__gte=0), name="contact_result_handle_not_negative"),
        ]
        indexes = [
            models.Index(
                "feed",
                "occurred_on",
                name="contact_result_cell",
                include=["outcome", "wait_seconds", "handle_seconds", "resolved", "score", "queue", "batch"],
            ),
            models.Index("batch", name="contact_result_batch"),
        ]


class CaseResult(Result):
    """One ticket, invoice, order or hire, as it stands."""

    opened_at = models.DateTimeField()
    opened_on = models.DateField()
    due_at = models.DateTimeField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_on = models.DateField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    pauses = models.JSONField(default=list, blank=True, help_text=_("[[from, to, reason], …], instants in UTC."))
    met = models.BooleanField(null=True, blank=True)
    correct = models.BooleanField(null=True, blank=True)
    reopened = models.BooleanField(null=True, blank=True)
    priority = models.CharField(max_length=80, blank=True)
    group = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint("feed", "key", name="case_result_key_once"),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True) | Q(resolved_at__gte=F("opened_at")),
                name="case_result_resolved_after_opened",
            ),
        ]
        indexes = [
            models.Index("feed", "opened_on", name="case_result_opened"),
            models.Index("feed", "due_on", name="case_result_due"),
            models.Index("feed", "resolved_on", name="case_result_resolved"),
            models.Index("feed", "closed_on", name="case_result_closed"),
            models.Index("batch", name="case_result_batch"),
        ]


class ObservationResult(Result):
    """One sampled value."""

    occurred_at = models.DateTimeField()
    occurred_on = models.DateField()
    value = ExactDecimalField()
    weight = ExactDecimalField(null=True, blank=True)

    class Meta:
        ordering = ["-occurred_at", "-pk"]
        constraints = [
            models.UniqueConstraint("feed", "key", name="observation_result_key_once"),
            models.CheckConstraint(condition=Q(weight__gte=0), name="observation_result_weight_not_negative"),
        ]
        indexes = [
            models.Index("feed", "occurred_on", name="observation_result_cell", include=["value", "weight", "batch"]),
            models.Index("batch", name="observation_result_batch"),
        ]


class DowntimeResult(Result):
    """One interval in which a service was down; without an end it still is."""

    started_at = models.DateTimeField()
    started_on = models.DateField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True, help_text=_("Local day of the end."))
    planned = models.BooleanField(default=False)
    service = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint("feed", "key", name="downtime_result_key_once"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="downtime_result_ends_after_start",
            ),
        ]
        indexes = [
            models.Index("feed", "started_on", name="downtime_result_cell"),
            models.Index("batch", name="downtime_result_batch"),
        ]


class NilResult(Result):
    """The vendor's statement that nothing happened on a feed on some days; a day on which a result lies is not nil."""

    starts_on = models.DateField(help_text=_("First local day."))
    ends_on = models.DateField(help_text=_("The day after the last."))

    class Meta:
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.UniqueConstraint("feed", "key", name="nil_result_key_once"),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="nil_result_ends_after_start"),
        ]
        indexes = [
            models.Index("feed", "ends_on", name="nil_result_days"),
            models.Index("batch", name="nil_result_batch"),
        ]


# The kind of nil reports, which feeds of single results take beside their own kind.
NIL = "nil"
RESULT_TABLES: dict[str, type[Result]] = {
    Feed.Kind.COUNTS: CountResult,
    Feed.Kind.CONTACTS: ContactResult,
    Feed.Kind.CASES: CaseResult,
    Feed.Kind.OBSERVATIONS: ObservationResult,
    Feed.Kind.DOWNTIME: DowntimeResult,
    NIL: NilResult,
}
# The local day to which a row belongs first.
DAY_COLUMN: dict[str, str] = {
    Feed.Kind.COUNTS: "starts_on",
    Feed.Kind.CONTACTS: "occurred_on",
    Feed.Kind.CASES: "opened_on",
    Feed.Kind.OBSERVATIONS: "occurred_on",
    Feed.Kind.DOWNTIME: "started_on",
    NIL: "starts_on",
}
# Keys of nil reports begin with it; ids of results have no blanks.
NIL_KEY = "nothing "


def kind_of_key(feed: Feed, key: str) -> str:
    """The kind of row that a key names within its feed."""
    return NIL if key.startswith(NIL_KEY) else feed.kind


class SupersededResult(models.Model):
    """A result as it was before a correction, in full."""

    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=200)
    revision = models.PositiveIntegerField()
    content = models.JSONField(help_text=_("Its columns; numbers and instants as text."))
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="+", help_text=_("That had brought it."))
    superseded_by = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="superseded_results")
    superseded_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)

    objects = FeedRowQuerySet.as_manager()

    class Meta:
        ordering = ["feed", "key", "-revision"]
        constraints = [models.UniqueConstraint("feed", "key", "revision", name="superseded_result_once")]

    def __str__(self) -> str:
        return f"{self.key} revision {self.revision}"
