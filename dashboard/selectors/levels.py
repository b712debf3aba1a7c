"""Service levels as rows of a list: limits in force, the last closed period, the open one, and the way there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet

from contracts.limits import expected_text, minimum_text
from contracts.models.service_levels import ServiceLevel, ServiceLevelTerms
from dashboard.drawing import Bullet, Spark, bullet, spark
from dashboard.selectors.room import RoomLeft, room_of
from metrics.models.verdicts import Standing, Verdict
from metrics.statuses import Sign, sign_of_verdict

# What a list never prints of a verdict, and what makes a row heavy.
HEAVY = ("days", "working", "inputs_sha256", "engine_version")


@dataclass(frozen=True)
class LevelRow:
    """One service level of a list."""

    level: ServiceLevel
    terms: ServiceLevelTerms | None
    last: Verdict | None
    so_far: Verdict | None
    history: list[dict[str, Any]]

    @property
    def last_sign(self) -> Sign | None:
        return sign_of_verdict(self.last)

    @property
    def now_sign(self) -> Sign | None:
        return sign_of_verdict(self.so_far)

    @property
    def expected(self) -> str:
        return expected_text(self.terms) if self.terms else "–"

    @property
    def minimum(self) -> str:
        return minimum_text(self.terms) if self.terms else "–"

    @property
    def spark(self) -> Spark | None:
        if self.terms is None or self.terms.direction == "range":
            return None
        return spark([number(item.get("value")) for item in self.history[-12:]], self.terms.expected)

    @property
    def room(self) -> RoomLeft | None:
        """What the open period can still bear."""
        if self.so_far is None:
            return None
        return room_of(self.so_far, terms_on(self.level, self.so_far.starts_on), self.level.contract.zone)

    @property
    def bullet(self) -> Bullet | None:
        judged = self.so_far if self.so_far and self.so_far.value is not None else self.last
        if judged is None or self.terms is None:
            return None
        return bullet(
            value=judged.value,
            expected=self.terms.expected,
            minimum=self.terms.minimum,
            direction=self.terms.direction,
        )


def with_standing(levels: QuerySet[ServiceLevel]) -> QuerySet[ServiceLevel]:
    """The levels with all that a row needs, in a constant number of queries."""
    heavy = [f"standing__{side}__{name}" for side in ("last_closed", "so_far") for name in HEAVY]
    return (
        levels.select_related(
            "feed",
            "contract__client__organisation",
            "contract__vendor__organisation",
            "standing__last_closed",
            "standing__so_far",
        )
        .defer(*heavy)
        .prefetch_related(Prefetch("terms", queryset=ServiceLevelTerms.objects.order_by("effective_on")))
    )


def level_row(level: ServiceLevel, now: datetime) -> LevelRow:
    """The row of one level that came from `with_standing`."""
    standing = standing_of(level)
    return LevelRow(
        level=level,
        terms=terms_on(level, local_day(level, now)),
        last=standing.last_closed if standing else None,
        so_far=standing.so_far if standing else None,
        history=standing.history if standing else [],
    )


def level_rows(levels: Iterable[ServiceLevel], now: datetime) -> list[LevelRow]:
    return [level_row(level, now) for level in levels]


def standing_of(level: ServiceLevel) -> Standing | None:
    """The kept standing; None for a level that was never judged."""
    return getattr(level, "standing", None)


def local_day(level: ServiceLevel, now: datetime) -> date:
    return now.astimezone(ZoneInfo(level.contract.zone)).date()


def terms_on(level: ServiceLevel, day: date) -> ServiceLevelTerms | None:
    """The terms in force on a day; before the first, the first to come; after the last, the last that were."""
    terms = list(level.terms.all())
    for row in terms:
        row.service_level = level
    begun = [row for row in terms if row.effective_on <= day]
    if begun:
        return begun[-1]
    return terms[0] if terms else None


def number(text: Any) -> Decimal | None:
    """A number of a standing's history, kept there as text."""
    return None if text in (None, "") else Decimal(str(text))
