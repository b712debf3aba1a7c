"""The page of an excuse, with what granting it would change."""

from dataclasses import dataclass
from datetime import datetime

from breaches.services.grants import (
    Grant,
    cells_between,
    days_text,
    is_part,
    lowers_limits,
    preview_if_possible,
    whole_excuse,
)
from metrics.effects import MoveRow, move_rows
from metrics.models.breaches import Breach, Excuse
from metrics.services.restatement_plans import Restatement


@dataclass(frozen=True)
class ExcusePage:
    """One excuse, and what granting it, or a part of it, would change while it is undecided."""

    days: str
    granted_part: str
    grant: Grant
    grant_days: str
    is_part: bool
    lowers: bool
    rows: list[MoveRow]
    changes_nothing: bool
    restatement: Restatement | None
    refusal: str
    labels: list[str]
    breaches: list[Breach]


def excuse_page(*, excuse: Excuse, principal: object, now: datetime, grant: Grant | None = None) -> ExcusePage:
    """The page of one excuse, with what granting it, or a part of it, would change while it is undecided."""
    grant = grant or whole_excuse(excuse)
    cells = cells_between(excuse.service_level, excuse.starts_on, excuse.ends_on)
    is_open = excuse.decision == Excuse.Decision.ASKED
    restatement, refusal = preview_if_possible(excuse=excuse, grant=grant, now=now) if is_open else (None, "")
    first, end = excuse.granted_from, excuse.granted_until
    rows = move_rows(restatement, now=now) if restatement else []
    breaches = Breach.objects.visible_to(principal).filter(service_level=excuse.service_level)
    return ExcusePage(
        days=days_text(excuse.starts_on, excuse.ends_on),
        granted_part=days_text(first, end) if excuse.is_partial and first and end else "",
        grant=grant,
        grant_days=days_text(grant.starts_on, grant.ends_on),
        is_part=is_part(grant, excuse),
        lowers=lowers_limits(cells),
        rows=rows,
        changes_nothing=not any(row.changes for row in rows),
        restatement=restatement,
        refusal=refusal,
        labels=[cell.period.label for cell in cells],
        breaches=list(breaches.filter(starts_on__in=[cell.period.start for cell in cells])),
    )
