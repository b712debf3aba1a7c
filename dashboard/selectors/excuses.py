"""Excuses as rows of a list, and one of them with what granting it would change."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from bpo.errors import Refused
from dashboard.selectors.restating import MoveRow, changes_nothing, move_rows
from metrics.models.breaches import Breach, Excuse
from metrics.services.excuses import cells_between, days_text, preview_excuse
from metrics.services.restatements import Restatement
from sla.periods import DAY

PATHS = (
    "service_level__contract__client__organisation",
    "service_level__contract__vendor__organisation",
    "asked_by",
    "decided_by",
)


@dataclass(frozen=True)
class ExcuseRow:
    """One excuse of a list."""

    excuse: Excuse

    @property
    def days(self) -> str:
        return days_text(self.excuse)

    @property
    def last_day(self) -> date:
        return self.excuse.ends_on - DAY


@dataclass(frozen=True)
class ExcusePage:
    """One excuse: what is asked, and before → after while it is undecided."""

    row: ExcuseRow
    rows: list[MoveRow]
    restatement: Restatement | None
    refusal: str
    labels: list[str]
    breaches: list[Breach]

    @property
    def changes_nothing(self) -> bool:
        return changes_nothing(self.rows)


def excuse_list(principal: Any) -> QuerySet[Excuse]:
    """The excuses that somebody may see, undecided ones first."""
    return Excuse.objects.visible_to(principal).select_related(*PATHS)


def excuse_page(*, excuse: Excuse, principal: Any, now: datetime) -> ExcusePage:
    """The page of one excuse; a decided one shows the periods that it is about."""
    cells = cells_between(excuse.service_level, excuse.starts_on, excuse.ends_on)
    restatement, refusal = None, ""
    if excuse.decision == Excuse.Decision.ASKED:
        try:
            restatement = preview_excuse(excuse=excuse, now=now)
        except Refused as refused:
            refusal = refused.sentence
    breaches = Breach.objects.visible_to(principal).filter(service_level=excuse.service_level)
    return ExcusePage(
        row=ExcuseRow(excuse),
        rows=move_rows(restatement) if restatement else [],
        restatement=restatement,
        refusal=refusal,
        labels=[cell.period.label for cell in cells],
        breaches=list(breaches.filter(starts_on__in=[cell.period.start for cell in cells])),
    )
