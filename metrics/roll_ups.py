"""Figures of one client over several contracts: sums of the service levels that belong to one roll-up.

A roll-up is its client's alone. It has no target, opens no breach and carries no credit.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q

from bpo.fields import stored_decimal
from bpo.tenancy import reach_of
from contracts.models.parties import Client
from contracts.models.service_levels import ServiceLevel
from metrics.models.verdicts import Verdict
from metrics.timelines import Cell, timelines_of
from sla.tallies import Tally

LATEST = 24
MISSING = (Verdict.Status.NOT_REPORTED,)


@dataclass(frozen=True, slots=True)
class RollUp:
    """One roll-up in one period; `levels` were in force, of which `reported` have numbers."""

    code: str
    client: Client
    period: str
    starts_on: date
    ends_on: date
    numerator: Decimal
    denominator: Decimal | None
    value: Decimal | None
    display: str
    levels: int
    reported: int
    is_final: bool

    @property
    def id(self) -> str:
        return f"{self.client.public_id}.{self.code}.{self.period}"


def roll_ups_of(principal: object) -> list[RollUp]:
    """The latest periods of each roll-up of the clients for whom somebody looks, the latest first."""
    mine = Q(contract__client__organisation__in=reach_of(principal).organisations)
    levels = ServiceLevel.objects.visible_to(principal).filter(mine).exclude(roll_up="")
    timelines = timelines_of(levels)
    verdicts = Verdict.objects.current().filter(service_level__in=timelines).defer("days", "working")
    by_key = {(verdict.service_level_id, verdict.starts_on): verdict for verdict in verdicts}
    groups: dict[tuple[str, str, date, date], list[Cell]] = defaultdict(list)
    periods: dict[tuple[str, str], set[date]] = defaultdict(set)
    for pk, start in by_key:
        level = timelines[pk].service_level
        periods[level.contract.client.public_id, level.roll_up].add(start)
    for timeline in timelines.values():
        level = timeline.service_level
        name = level.contract.client.public_id, level.roll_up
        for start in sorted(periods[name])[-LATEST:]:
            cell = timeline.cell_starting(start)
            if cell is not None and cell.in_force:
                groups[*name, start, cell.whole.end].append(cell)
    rows = (add_up(cells, (by_key.get(cell.key) for cell in cells)) for cells in groups.values())
    return sorted(rows, key=lambda row: (-row.starts_on.toordinal(), row.client.name, row.code))


def add_up(cells: list[Cell], verdicts: Iterable[Verdict | None]) -> RollUp:
    """The sums of one period; what was not reported is missing from them, and is said to be."""
    first, found = cells[0], [verdict for verdict in verdicts if verdict]
    counted = [verdict for verdict in found if verdict.numerator is not None and verdict.status not in MISSING]
    wholes = [verdict.denominator for verdict in counted if verdict.denominator is not None]
    numerator = sum((verdict.numerator for verdict in counted), Decimal(0))
    denominator = sum(wholes, Decimal(0)) if wholes else None
    value = first.agreed.measure.value(Tally.of(numerator, denominator or 0)) if counted else None
    return RollUp(
        code=first.service_level.roll_up,
        client=first.service_level.contract.client,
        period=first.period.label,
        starts_on=first.whole.start,
        ends_on=first.whole.end,
        numerator=numerator,
        denominator=denominator,
        value=None if value is None else stored_decimal(value),
        display=first.agreed.value_format.show(value),
        levels=len(cells),
        reported=len(counted),
        is_final=len(found) == len(cells) and all(verdict.is_final for verdict in found),
    )
