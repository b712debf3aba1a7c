"""Excuses as rows of a list, and the page of one with what granting it would change."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from bpo.errors import Refused
from breaches.services.grants import (
    Grant,
    cells_between,
    days_text,
    is_part,
    lowers_limits,
    preview_excuse,
    whole_excuse,
)
from metrics.effects import MoveRow, changes_nothing, move_rows
from metrics.models.breaches import Breach, Excuse
from metrics.services.restatement_plans import Restatement

PATHS = (
    "service_level__contract__client__organisation",
    "service_level__contract__vendor__organisation",
    "asked_by",
    "asked_with",
    "decided_by",
)


@dataclass(frozen=True)
class ExcuseRow:
    """One excuse of a list."""

    excuse: Excuse

    @property
    def days(self) -> str:
        return days_text(self.excuse.starts_on, self.excuse.ends_on)

    @property
    def granted(self) -> str:
        """The granted days where they are only a part of those asked for; else empty."""
        excuse = self.excuse
        if not excuse.is_partial or excuse.granted_from is None or excuse.granted_until is None:
            return ""
        return days_text(excuse.granted_from, excuse.granted_until)


@dataclass(frozen=True)
class ExcusePage:
    """One excuse, and what granting it would change while it is undecided."""

    row: ExcuseRow
    grant: Grant
    lowers: bool
    rows: list[MoveRow]
    restatement: Restatement | None
    refusal: str
    labels: list[str]
    breaches: list[Breach]

    @property
    def changes_nothing(self) -> bool:
        return changes_nothing(self.rows)

    @property
    def is_part(self) -> bool:
        """Whether the grant shown is only a part of what was asked for."""
        return is_part(self.grant, self.row.excuse)


def excuse_list(principal: Any) -> QuerySet[Excuse]:
    """The excuses that a principal may see."""
    return Excuse.objects.visible_to(principal).select_related(*PATHS)


def excuse_page(*, excuse: Excuse, principal: Any, now: datetime, grant: Grant | None = None) -> ExcusePage:
    """The page of one excuse, with what granting it, or a part of it, would change while it is undecided."""
    grant = grant or whole_excuse(excuse)
    cells = cells_between(excuse.service_level, excuse.starts_on, excuse.ends_on)
    restatement, refusal = None, ""
    if excuse.decision == Excuse.Decision.ASKED:
        try:
            restatement = preview_excuse(excuse=excuse, grant=grant, now=now)
        except Refused as refused:
            refusal = refused.sentence
    breaches = Breach.objects.visible_to(principal).filter(service_level=excuse.service_level)
    return ExcusePage(
        row=ExcuseRow(excuse),
        grant=grant,
        lowers=lowers_limits(cells),
        rows=move_rows(restatement) if restatement else [],
        restatement=restatement,
        refusal=refusal,
        labels=[cell.period.label for cell in cells],
        breaches=list(breaches.filter(starts_on__in=[cell.period.start for cell in cells])),
    )
