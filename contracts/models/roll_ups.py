"""What a client expects of its figures over several contracts."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bpo.choices import choices_from
from bpo.constraints import unique
from bpo.fields import ExactDecimalField
from bpo.validators import validate_code
from contracts.models.limits import limit_constraints
from contracts.models.parties import Client
from contracts.querysets import RollUpTargetQuerySet
from contracts.rules.roll_ups import check_target
from sla.bands import Direction


class RollUpTarget(models.Model):
    """The level that a client expects of one roll-up, from a day on or always; no vendor sees it.

    A period is judged by the target in force on its first day.
    """

    Direction = choices_from(Direction)

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="roll_up_targets")
    code = models.CharField(max_length=40, validators=[validate_code], help_text=_("As service levels name it."))
    effective_on = models.DateField(null=True, blank=True, help_text=_("The day from which it holds; none: always."))
    direction = models.CharField(max_length=6, choices=Direction)
    expected = ExactDecimalField(help_text=_("The level expected, for a range its lower end."))
    expected_high = ExactDecimalField(null=True, blank=True, help_text=_("For a range, its upper end."))
    minimum = ExactDecimalField(null=True, blank=True, help_text=_("Worse than this is a breach."))
    minimum_high = ExactDecimalField(null=True, blank=True)

    rules = models.JSONField(default=dict, blank=True, help_text=_("Equality and rounding, as in terms."))

    objects = RollUpTargetQuerySet.as_manager()
    # It is compared with as the terms of service levels are, without bands.
    bands: ClassVar[list[dict[str, object]]] = []

    class Meta:
        ordering = ["client", "code", F("effective_on").asc(nulls_first=True)]
        constraints = [
            unique(
                "roll_up_target_once_a_day",
                _("The roll-up already has a target from that day on."),
                ("client", "code", "effective_on"),
            ),
            unique(
                "roll_up_target_always_once",
                _("The roll-up already has a target without a first day."),
                ("client", "code"),
                Q(effective_on__isnull=True),
            ),
            *limit_constraints("roll_up_target"),
        ]

    def __str__(self) -> str:
        return f"{self.code} from {self.effective_on}" if self.effective_on else self.code

    clean = check_target
