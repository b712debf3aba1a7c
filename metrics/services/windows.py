"""How long closed periods take corrections, and on what grounds they still do afterwards."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bpo.errors import Refused
from bpo.formatting import show_day
from bpo.models import Role, User
from contracts.models.service_levels import ServiceLevel
from metrics.models.verdicts import Verdict
from metrics.services.work_queue import rows_at
from metrics.timelines import Cell, CellKey
from sla.periods import local_day
from sla.verdicts import restatement_deadline


class Ground(TextChoices):
    """What opens a closed period after its corrections are over; nothing else does."""

    FRAUD = "fraud", gettext_lazy("Fraud")
    AUDIT = "audit", gettext_lazy("Audit")


class CorrectionsOver(Refused):
    """The terms take no corrections of a closed period any more."""

    code = "corrections_over"


def last_days(cells: Collection[Cell]) -> dict[CellKey, date]:
    """The last day on which each of those cells that are closed takes corrections, in its contract's zone.

    It counts from the day on which the period first closed.
    """
    first: dict[CellKey, datetime] = {}
    keys = {cell.key for cell in cells}
    final = Verdict.objects.filter(is_final=True, closed_at__isnull=False).order_by("closed_at")
    for verdict in rows_at(final.only("service_level_id", "starts_on", "closed_at"), keys):
        key, closed_at = (verdict.service_level_id, verdict.starts_on), verdict.closed_at
        first[key] = min(closed_at, first.get(key, closed_at))
    return {cell.key: last_day(cell, first[cell.key]) for cell in cells if cell.key in first}


def last_day(cell: Cell, closed_at: datetime) -> date:
    closed_on = local_day(closed_at, ZoneInfo(cell.service_level.contract.zone))
    return restatement_deadline(cell.agreed.limits, closed_on)


def over(cells: Collection[Cell], *, now: datetime) -> Mapping[CellKey, date]:
    """Those of the cells whose corrections are over, with the last day on which they were taken."""
    zones = {cell.key: ZoneInfo(cell.service_level.contract.zone) for cell in cells}
    return {key: day for key, day in last_days(cells).items() if day < local_day(now, zones[key])}


def may_open(user: User, service_level: ServiceLevel) -> bool:
    """The client's admins: what is over is opened above the people who work with it."""
    return user.roles.get(service_level.contract.client.organisation_id) == Role.CLIENT_ADMIN


def refuse_over(cells: Collection[Cell], *, by: User | None, ground: str, now: datetime) -> None:
    """Refuse cells whose corrections are over, except by the client's admin on a ground."""
    late = over(cells, now=now)
    for cell in cells:
        if cell.key not in late or (ground and by is not None and may_open(by, cell.service_level)):
            continue
        said = {"cell": cell.label, "day": show_day(late[cell.key])}
        raise CorrectionsOver(
            _("Corrections of %(cell)s were taken until %(day)s.") % said,
            hint=_("After that only the client's admin restates, because of fraud or an audit."),
        )
