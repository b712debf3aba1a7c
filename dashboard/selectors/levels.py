"""Service levels as rows of a list: limits in force, the last closed period, the open one, and the history."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Prefetch, QuerySet

from contracts.limits import expected_text, minimum_text
from contracts.models.service_levels import ServiceLevel, ServiceLevelTerms
from dashboard.drawing import Bullet, Spark, bullet, spark
from dashboard.selectors.misses_left import MissesLeft, misses_left
from metrics.models.verdicts import Standing, Verdict
from metrics.statuses import Sign, sign_of_verdict

# Large columns of a verdict that lists do not show.
HEAVY = ("days", "working", "inputs_sha256", "engine_version")


@dataclass(frozen=True)
class LevelRow:
    """One service level of a list."""

    level: ServiceLevel
    terms: ServiceLevelTerms | None
    last: Verdict | None
    so_far: Verdict | None
    history: list[dict[str, Any]]
    pace: dict[str, Any] | None = None

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
        values = [item.get("value") for item in self.history[-12:]]
        return spark([Decimal(str(value)) if value else None for value in values], self.terms.expected)

    @property
    def misses_left(self) -> MissesLeft | None:
        terms = terms_on(self.level, self.so_far.starts_on) if self.so_far else None
        return misses_left(self.so_far, terms, self.pace)

    @property
    def bullet(self) -> Bullet | None:
        verdict = self.so_far if self.so_far and self.so_far.value is not None else self.last
        terms = self.terms
        if verdict is None or terms is None:
            return None
        return bullet(value=verdict.value, expected=terms.expected, minimum=terms.minimum, direction=terms.direction)


def with_standing(levels: QuerySet[ServiceLevel]) -> QuerySet[ServiceLevel]:
    """The levels with everything that a row needs, in a constant number of queries."""
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
        .annotate(pace=F("standing__so_far__working__facts__pace"))
        .prefetch_related(Prefetch("terms", queryset=ServiceLevelTerms.objects.order_by("effective_on")))
    )


def level_row(level: ServiceLevel, now: datetime) -> LevelRow:
    """The row of one level that came from `with_standing`."""
    standing: Standing | None = getattr(level, "standing", None)
    return LevelRow(
        level=level,
        terms=terms_on(level, now.astimezone(ZoneInfo(level.contract.zone)).date()),
        last=standing.last_closed if standing else None,
        so_far=standing.so_far if standing else None,
        history=standing.history if standing else [],
        pace=getattr(level, "pace", None),
    )


def terms_on(level: ServiceLevel, day: date) -> ServiceLevelTerms | None:
    """The terms in force on a day, or else the first ones; None for a level without terms."""
    terms = list(level.terms.all())
    started = [row for row in terms if row.effective_on <= day]
    return (started[-1:] or terms[:1] or [None])[0]
