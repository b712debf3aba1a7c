"""Causes of the breaches of the last months by kind, the most frequent first."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from metrics.models.breaches import Breach
from metrics.querysets import BreachQuerySet
from sla.periods import add_months

MONTHS = 3
UNSTATED = "none"
BAR = 120


@dataclass(frozen=True)
class CauseLine:
    """One kind of cause: its breaches, the cumulative share in percent, and the length of its bar in pixels."""

    word: str
    number: int
    running: int
    length: int
    url: str


def causes_of(breaches: BreachQuerySet, *, today: date) -> list[CauseLine]:
    """The kinds of cause of this month and the last three; breaches without a cause come last."""
    since = add_months(today.replace(day=1), -MONTHS)
    held = breaches.exclude(state=Breach.State.WITHDRAWN).filter(starts_on__gte=since)
    counted = dict(held.order_by().values_list("cause_kind").annotate(Count("pk")))
    ranked = sorted(counted, key=lambda kind: (not kind, -counted[kind], kind))
    words = dict(Breach.CauseKind.choices)
    total, most, above = sum(counted.values()), max(counted.values(), default=1), 0
    lines = []
    for kind in ranked:
        number = counted[kind]
        above += number
        asked = {"tab": "all", "cause": kind or UNSTATED, "since": since}
        lines.append(
            CauseLine(
                word=str(words.get(kind, _("Not yet stated"))),
                number=number,
                running=100 * above // total,
                length=max(1, BAR * number // most),
                url=reverse("breaches:breaches", query=asked),
            )
        )
    return lines
