"""The page of an excuse, with what granting it would change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, CharField, Count, Min, When

from bpo.formatting import show_period
from breaches.services.excuse_groups import digest_of, preview_group
from breaches.services.grants import is_part, lowers_limits, preview_if_possible
from breaches.services.selections import Grant, cells_touched, granted_part, selection_text, whole_excuse
from metrics.effects import MoveRow, move_rows
from metrics.models.breaches import Breach, Excuse
from metrics.querysets import CellQuerySet
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
    periods: list[tuple[str, str]]
    breaches: list[Breach]


def excuse_page(*, excuse: Excuse, principal: object, now: datetime, grant: Grant | None = None) -> ExcusePage:
    """The page of one excuse, with what granting it, or a part of it, would change while it is undecided."""
    grant = grant or whole_excuse(excuse)
    cells, zone = cells_touched(excuse.service_level, whole_excuse(excuse)), excuse.service_level.contract.zone
    periods, is_open = [cell.period for cell in cells], excuse.decision == Excuse.Decision.ASKED
    restatement, refusal = preview_if_possible(excuse=excuse, grant=grant, now=now) if is_open else (None, "")
    rows = move_rows(restatement, now=now) if restatement else []
    breaches = Breach.objects.visible_to(principal).filter(service_level=excuse.service_level)
    return ExcusePage(
        days=selection_text(whole_excuse(excuse), zone),
        granted_part=selection_text(granted_part(excuse), zone) if excuse.is_partial else "",
        grant=grant,
        grant_days=selection_text(grant, zone),
        is_part=is_part(grant, excuse),
        lowers=lowers_limits(cells),
        rows=rows,
        changes_nothing=not any(row.changes for row in rows),
        restatement=restatement,
        refusal=refusal,
        periods=[
            (period.label, show_period(period.kind, period.start, period.end, period.label)) for period in periods
        ],
        breaches=list(breaches.filter(starts_on__in=[period.start for period in periods])),
    )


@dataclass(frozen=True)
class ExcuseRequest:
    """What one request asks for that is undecided: an excuse of it, and for how many service levels it asks."""

    excuse: Excuse
    levels: int


def excuse_requests(undecided: CellQuerySet, *, most: int) -> list[ExcuseRequest]:
    """The requests to which undecided excuses belong, the oldest first; one for several levels is one request."""
    name = Case(When(group="", then="public_id"), default="group", output_field=CharField())
    requests = (
        undecided.order_by().values(request=name).annotate(first=Min("pk"), levels=Count("pk"), at=Min("asked_at"))
    )
    levels = {row["first"]: row["levels"] for row in requests.order_by("at", "first")[:most]}
    excuses = Excuse.objects.select_related("service_level__contract__vendor__organisation").in_bulk(levels)
    return [ExcuseRequest(excuses[pk], number) for pk, number in levels.items()]


@dataclass(frozen=True)
class GroupRow:
    """One excuse of a group, with what granting it would change while it is undecided."""

    excuse: Excuse
    rows: list[MoveRow]
    changes_nothing: bool
    cannot: str


@dataclass(frozen=True)
class ExcuseGroupPage:
    """Excuses that were asked for together; `digest` is of all effects, and empty where one cannot be granted."""

    asked_for: str
    rows: list[GroupRow]
    digest: str
    grant: Grant | None
    grant_text: str
    is_part: bool
    is_open: bool
    lowers: bool


def excuse_group_page(*, excuses: Sequence[Excuse], given: Mapping[str, object], now: datetime) -> ExcuseGroupPage:
    """The page of a group, with what granting it, or the part that is given, would change."""
    members = preview_group(excuses, given, now=now)
    rows, zone = [], excuses[0].service_level.contract.zone
    for member in members:
        moves = move_rows(member.effect, now=now) if member.effect else []
        is_idle = bool(member.effect) and not any(row.changes for row in moves)
        rows.append(GroupRow(member.excuse, moves, is_idle, member.cannot))
    grants = [member.grant for member in members if member.grant]
    return ExcuseGroupPage(
        asked_for=selection_text(whole_excuse(excuses[0]), zone),
        rows=rows,
        digest=digest_of(members),
        grant=grants[0] if grants else None,
        grant_text=selection_text(grants[0], zone) if grants else "",
        is_part=any(is_part(member.grant, member.excuse) for member in members if member.grant),
        is_open=bool(grants),
        lowers=any(lowers_limits(cells_touched(each.service_level, whole_excuse(each))) for each in excuses),
    )
