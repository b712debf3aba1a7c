"""Hash chains over the record: what was written in which order, so that a later change of it is found."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.models.agreements import Contract
from record.querysets import ChainQuerySet, LinkQuerySet, UnlinkedQuerySet

INSTALLATION = "installation"


class Chain(models.Model):
    """The chain of a contract, or of the installation, as far as it has grown, and how its verification stands."""

    name = models.CharField(max_length=12, unique=True, help_text=_("The contract, or “installation”."))
    contract = models.OneToOneField(Contract, null=True, blank=True, on_delete=models.PROTECT, related_name="chain")
    length = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True, help_text=_("The last link's hash."))
    linked_at = models.DateTimeField(null=True, blank=True)
    checked_to = models.PositiveBigIntegerField(default=0, help_text=_("How far the verification under way has come."))
    checking_since = models.DateTimeField(null=True, blank=True, help_text=_("Of the verification under way."))
    checked_at = models.DateTimeField(null=True, blank=True, help_text=_("When the last verification began."))
    checked_length = models.PositiveBigIntegerField(default=0, help_text=_("The links that it verified."))
    finding = models.TextField(blank=True, help_text=_("The first link that does not hold; empty: all of them do."))

    objects = ChainQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Link(models.Model):
    """One row of the record in its chain; the hash is made of the one before, the place, and the row's content."""

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, db_index=False, related_name="links")
    position = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=12)
    row_id = models.BigIntegerField()
    head = models.CharField(max_length=64)

    objects = LinkQuerySet.as_manager()

    class Meta:
        ordering = ["chain", "position"]
        constraints = [
            models.UniqueConstraint("chain", "position", name="link_position_once"),
            models.UniqueConstraint("kind", "row_id", "chain", name="link_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.chain} {self.position}: {self.kind} {self.row_id}"


class Unlinked(models.Model):
    """A row that is to be linked: a trigger writes it with the row, the linking deletes it."""

    kind = models.CharField(max_length=12)
    row_id = models.BigIntegerField()
    since = models.DateTimeField()

    objects = UnlinkedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = _("rows to be linked")

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"
