"""What a world is: a contract with its feeds, service levels and results, and what the parties change."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tests.plain_model.calendars import Calendar
from tests.plain_model.periods import Periods

REPORTS = {"daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "contract_year"}


@dataclass(frozen=True)
class Row:
    """Totals of one report: its first day by the calendar, its split, its numbers, and the day on which they came."""

    begins: date
    split: str
    good: int
    cases: int
    came_on: date


@dataclass(frozen=True)
class Nil:
    """The statement that nothing happened on some days."""

    days: tuple[date, ...]
    came_on: date


@dataclass(frozen=True)
class Excuse:
    """What does not count in a service level: days, or hours that touch them, or rows by their names.

    It is granted in the afternoon of `granted_on`, perhaps after periods have closed.
    """

    level: str
    granted_on: date
    days: tuple[date, ...] = ()
    hours: tuple[datetime, datetime] | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Per:
    """What the feed of the denominator gives: how it is added up, which rows count, and per how many it is taken."""

    measure: dict[str, Any]
    scale: int
    splits: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()


@dataclass(frozen=True)
class Repeats:
    """So many failures, one after the other, or in the latest `window` periods where it is given."""

    count: int
    window: int | None
    below_expected: bool


@dataclass(frozen=True)
class LowVolume:
    """What becomes of a period with fewer cases than `least`: by its rule, with so many misses or periods."""

    rule: str
    least: int
    misses: int
    periods: int


@dataclass(frozen=True)
class Level:
    """One service level; from the world's `amended_on` on, `expected_then` is expected.

    What is worse than expected by more than `tolerance` is a breach. Without `expected` there is no target.
    """

    code: str
    period: Periods
    missing: str
    deemed_after: int
    expected: int | None
    expected_then: int
    part_periods: str
    changes: str
    measure: dict[str, Any]
    tolerance: int = 5
    direction: str = "higher"
    straddling: str = "by_start"
    splits: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    excuses: str = "both_sides"
    per: Per | None = None
    repeats: tuple[Repeats, ...] = ()
    counts_history: bool = False
    low_volume: LowVolume | None = None


@dataclass(frozen=True)
class World:
    """One contract. `ends_on` and `feed_ends_on` are the first days after; a contract that renews goes on after it.

    It is judged from its start, or from `judged_from`. Rows come at noon of the days of `sends`, nights are run on
    those of `nights`. The years of a yearly feed begin on its `anchor`. `per` is the same contract with the feed that
    gives the denominators, where there is one; `beside` are the days on which the other of the two feeds runs.
    `restated` are the service levels and first days of periods in which the client counts what came too late, in the
    afternoon before the last night.
    """

    seed: int
    kind: str
    starts_on: date
    ends_on: date | None
    renews: bool
    feed_starts_on: date
    feed_ends_on: date | None
    schedule: str
    due_length: int
    in_business_days: bool
    grace: int
    calendar: Calendar
    amended_on: date | None
    judged_from: date | None
    nights: tuple[date, ...]
    sends: tuple[date, ...]
    has_splits: bool = False
    levels: tuple[Level, ...] = ()
    rows: tuple[Any, ...] = field(default=(), repr=False)
    nils: tuple[Nil, ...] = ()
    excuses: tuple[Excuse, ...] = ()
    feed: str = "QA"
    anchor: date | None = None
    per: "World | None" = None
    beside: tuple[date, date | None] | None = None
    restated: tuple[tuple[str, date], ...] = ()

    @property
    def reports(self) -> Periods:
        """How the feed cuts its reports."""
        return Periods(REPORTS.get(self.schedule, "day"), self.anchor or self.starts_on)

    @property
    def levels_by_code(self) -> dict[str, Level]:
        return {level.code: level for level in self.levels}


def runs(world: World, day: date) -> bool:
    """Whether contract and feed, or both feeds, run on a day; levels are promised as long as the contract runs."""
    if day < world.starts_on or day < world.feed_starts_on:
        return False
    if world.feed_ends_on is not None and day >= world.feed_ends_on:
        return False
    if world.beside is not None and (day < world.beside[0] or (world.beside[1] is not None and day >= world.beside[1])):
        return False
    return world.renews or world.ends_on is None or day < world.ends_on
