"""What the database refuses of limits, wherever a table has them."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bpo.constraints import check


def limit_constraints(prefix: str) -> list[models.CheckConstraint]:
    """The constraints of a table with `direction`, `expected` and `minimum`, and their upper ends."""
    return [
        check(
            f"{prefix}_range_has_two_ends",
            _("A range needs a lower and an upper end in this order; nothing else has two ends."),
            Q(direction="range", expected_high__isnull=False, expected_high__gte=F("expected"))
            | (Q(~Q(direction="range") | Q(expected__isnull=True)) & Q(expected_high__isnull=True)),
        ),
        check(
            f"{prefix}_minimum_not_better_when_higher",
            _("Where higher is better, the minimum cannot lie above the expected level."),
            ~Q(direction="higher") | Q(minimum__isnull=True) | Q(minimum__lte=F("expected")),
        ),
        check(
            f"{prefix}_minimum_not_better_when_lower",
            _("Where lower is better, the minimum cannot lie below the expected level."),
            ~Q(direction="lower") | Q(minimum__isnull=True) | Q(minimum__gte=F("expected")),
        ),
    ]
