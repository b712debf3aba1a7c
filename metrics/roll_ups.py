"""Figures of one client over several contracts: sums of the service levels that belong to one roll-up.

A roll-up is its client's alone. It may have a target, opens no breach and carries no credit.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from bpo.fields import stored_decimal, tidy
from bpo.formatting import show_period
from bpo.tenancy import reach_of
from contracts.limits import expected_text, minimum_text
from contracts.models.parties import Client
from contracts.models.roll_ups import RollUpTarget
from contracts.models.service_levels import ServiceLevel, ServiceLevelTerms
from metrics.models.verdicts import Verdict
from metrics.services.work_queue import key_list
from metrics.services.working import ROUNDINGS
from metrics.statuses import Sign, sign_of, sign_of_verdict
from metrics.timelines import Agreed, Cell, timelines_of
from sla.outlook import Course
from sla.periods import Period, local_day
from sla.tallies import Tally
from sla.verdicts import Outcome, judge

LATEST = 24
# What a roll-up and the list of its service levels show of a verdict.
COLUMNS = (
    "service_level", "starts_on", "period_label", "status", "is_final", "is_deemed", "is_history", "value", "numerator",
    "denominator", "display",
)  # fmt: skip
# A verdict, and the numbers that it counts as its working has them.
Counted = tuple[Verdict, Sequence[str]]
NO_VERDICT: tuple[None, Sequence[str]] = (None, ())
Status = Verdict.Status
# How values are compared: by whether they are rounded, and whether equality meets.
COMPARISONS = {
    (False, True): _("values are compared unrounded, and equality meets"),
    (False, False): _("values are compared unrounded, and equality does not meet"),
    (True, True): _("values are compared rounded %(mode)s to %(decimals)s decimals, and equality meets"),
    (True, False): _("values are compared rounded %(mode)s to %(decimals)s decimals, and equality does not meet"),
}


class Part(TextChoices):
    """What one service level gives to the sum of a period."""

    COUNTED = "counted", _("counted")
    MISSING = "missing", _("missing")
    EXCUSED = "excused", _("left out: excused")
    NOTHING = "nothing", _("nothing to count")
    AWAITED = "awaited", _("nothing yet")


@dataclass(frozen=True, slots=True)
class Member:
    """One service level of a roll-up in one period, with its verdict where there is one.

    `tally` has the exact numbers that count; nothing where it is not counted.
    """

    cell: Cell
    verdict: Verdict | None
    part: str
    tally: Tally = field(default_factory=Tally.empty)

    @classmethod
    def of(cls, cell: Cell, verdict: Verdict | None, counted: Sequence[str], today: date) -> "Member":
        if verdict is None or verdict.status == Status.NOT_REPORTED or verdict.is_deemed:
            return cls(cell, verdict, Part.MISSING if today >= cell.period.end else Part.AWAITED)
        if verdict.status == Status.EXCUSED:
            return cls(cell, verdict, Part.EXCUSED)
        if verdict.numerator is None:
            return cls(cell, verdict, Part.NOTHING)
        numerator, denominator, cases = counted
        return cls(cell, verdict, Part.COUNTED, Tally(Fraction(numerator), Fraction(denominator), int(cases)))

    @property
    def is_reported(self) -> bool:
        """Whether it was reported, also where nothing of it counts."""
        return self.part not in (Part.MISSING, Part.AWAITED)

    @property
    def level(self) -> ServiceLevel:
        return self.cell.service_level

    @property
    def sign(self) -> Sign | None:
        return sign_of_verdict(self.verdict)


@dataclass(frozen=True, slots=True)
class RollUp:
    """One roll-up in one period; `terms` are how its service levels are measured, with its own target or none."""

    code: str
    client: Client
    period: str
    starts_on: date
    ends_on: date
    tally: Tally
    numerator: Decimal
    denominator: Decimal | None
    value: Decimal | None
    display: str
    terms: ServiceLevelTerms
    target: RollUpTarget | None
    status: str
    is_final: bool
    members: tuple[Member, ...]

    @property
    def id(self) -> str:
        return f"{self.client.public_id}.{self.code}.{self.period}"

    @property
    def period_name(self) -> str:
        return show_period(self.terms.period, self.starts_on, self.ends_on, self.period)

    @property
    def sign(self) -> Sign:
        return sign_of(self.status, is_final=self.is_final)

    @property
    def levels(self) -> int:
        return len(self.members)

    @property
    def reported(self) -> int:
        """How many of its service levels were reported."""
        return sum(member.is_reported for member in self.members)

    @property
    def missing(self) -> list[str]:
        """The service levels whose report is missing from the sum: "CHECKS of N-1"."""
        absent = [member.level for member in self.members if member.part == Part.MISSING]
        return [
            _("%(code)s of %(contract)s") % {"code": level.code, "contract": level.contract.reference}
            for level in absent
        ]

    @property
    def expected(self) -> str:
        return expected_text(self.terms)

    @property
    def minimum(self) -> str:
        return minimum_text(self.terms)

    @property
    def comparison(self) -> str:
        """How the value is compared with the target."""
        limits = Agreed(self.terms).limits
        words = {"mode": "", "decimals": ""}
        if limits.rounding:
            words = {"mode": str(_(ROUNDINGS[limits.rounding.mode])), "decimals": str(limits.rounding.decimals)}
        return str(COMPARISONS[limits.rounding is not None, limits.equality_meets] % words)

    @property
    def formula(self) -> str:
        """How the value came to be, in numbers that can be recomputed by hand."""
        return Agreed(self.terms).measure.formula_text(self.tally)


def levels_rolled_up(principal: object) -> QuerySet[ServiceLevel]:
    """The service levels in roll-ups of the clients for whom somebody looks."""
    mine = Q(contract__client__organisation__in=reach_of(principal).organisations)
    levels = ServiceLevel.objects.visible_to(principal).filter(mine).exclude(roll_up="")
    return levels.select_related("contract__client__organisation", "contract__vendor__organisation")


def roll_ups_of(levels: QuerySet[ServiceLevel], *, now: datetime) -> list[RollUp]:
    """The latest periods of the roll-ups of those service levels, the latest first, in a constant number of queries."""
    timelines = timelines_of(levels)
    verdicts = Verdict.objects.current().filter(service_level__in=key_list(timelines)).only(*COLUMNS)
    rows = verdicts.annotate(counted=F("working__facts__counted"))
    by_key = {(row.service_level_id, row.starts_on): (row, row.counted) for row in rows}
    groups: dict[tuple[int, str, date, date], list[Cell]] = defaultdict(list)
    periods: dict[tuple[int, str], set[date]] = defaultdict(set)
    for pk, start in by_key:
        level = timelines[pk].service_level
        periods[level.contract.client_id, level.roll_up].add(start)
    latest = {name: sorted(starts)[-LATEST:] for name, starts in periods.items()}
    for timeline in timelines.values():
        level = timeline.service_level
        name = level.contract.client_id, level.roll_up
        for start in latest.get(name, ()):
            cell = timeline.cell_starting(start)
            if cell is not None and cell.in_force:
                groups[*name, start, cell.whole.end].append(cell)
    targets: dict[tuple[int, str], list[RollUpTarget]] = defaultdict(list)
    for target in RollUpTarget.objects.filter(client__in={client for client, _code in periods}):
        targets[target.client_id, target.code].append(target)
    found = (add_up(cells, by_key, targets[client, code], now) for (client, code, *_), cells in groups.items())
    return sorted(found, key=lambda row: (-row.starts_on.toordinal(), row.client.name, row.code))


def roll_up_named(
    roll_up_id: str, levels: QuerySet[ServiceLevel], *, now: datetime
) -> tuple[RollUp | None, list[RollUp]]:
    """The period of a roll-up of that id, and all periods of the roll-up; its code may have dots."""
    client, *parts = roll_up_id.split(".")
    codes = [".".join(parts[:number]) for number in range(1, len(parts))]
    rows = roll_ups_of(levels.filter(contract__client__public_id=client, roll_up__in=codes), now=now)
    found = next((row for row in rows if row.id == roll_up_id), None)
    return found, [row for row in rows if found and row.code == found.code]


def add_up(
    cells: list[Cell], verdicts: Mapping[tuple[int, date], Counted], targets: Iterable[RollUpTarget], now: datetime
) -> RollUp:
    """The sums of one period and what they mean under the target in force on its first day."""
    first, zones = cells[0], {cell.service_level.contract.zone for cell in cells}
    today = min(local_day(now, ZoneInfo(zone)) for zone in zones)
    known = [(cell, *verdicts.get(cell.key, NO_VERDICT)) for cell in cells]
    members = tuple(Member.of(cell, verdict, counted, today) for cell, verdict, counted in known)
    begins = min(cell.counted.start for cell in cells)
    target = next((row for row in reversed([*targets]) if row.effective_on is None or row.effective_on <= begins), None)
    terms = terms_with(first.agreed.terms, target)
    agreed, tally = Agreed(terms), Tally.total(member.tally for member in members)
    period = replace(first.whole, end=max(cell.period.end for cell in cells))
    outcome = judge_sum(agreed, members, tally, period, today)
    value = stored_decimal(outcome.value)
    counted = [member.verdict for member in members if member.verdict and member.part == Part.COUNTED]
    wholes = [verdict.denominator for verdict in counted if verdict.denominator is not None]
    return RollUp(
        code=first.service_level.roll_up,
        client=first.service_level.contract.client,
        period=first.period.label,
        starts_on=first.whole.start,
        ends_on=first.whole.end,
        tally=tally,
        numerator=sum((verdict.numerator or Decimal(0) for verdict in counted), Decimal(0)),
        denominator=sum(wholes, Decimal(0)) if wholes else None,
        value=None if value is None else tidy(value),
        display=agreed.value_format.show(outcome.compared),
        terms=terms,
        target=target,
        status=outcome.status,
        is_final=all(member.verdict and member.verdict.is_final for member in members),
        members=members,
    )


def terms_with(terms: ServiceLevelTerms, target: RollUpTarget | None) -> ServiceLevelTerms:
    """A copy of a service level's terms, not to be saved, whose limits and rules are the target's."""
    copied = copy(terms)
    copied.rules, copied.bands = target.rules if target else {}, []
    for name in ("expected", "expected_high", "minimum", "minimum_high"):
        setattr(copied, name, getattr(target, name, None))
    copied.direction = target.direction if target else terms.direction
    return copied


def judge_sum(agreed: Agreed, members: Iterable[Member], tally: Tally, period: Period, today: date) -> Outcome:
    """What the sum means: as for one service level, a period from which a report is missing is not reported."""
    parts, measure = {member.part for member in members}, agreed.measure
    days, passed = (period.end - period.start).days, (today - period.start).days
    elapsed = Fraction(passed, days) if 0 < passed <= days else None
    return judge(
        agreed.limits,
        measure.value(tally) if Part.COUNTED in parts else None,
        tally,
        reported=Part.MISSING not in parts,
        ended=today >= period.end,
        all_excused=parts == {Part.EXCUSED},
        scale=measure.scale if measure.is_share else None,
        course=Course(grows=measure.grows, elapsed=elapsed),
    )
