"""Where a measure's rows lie: the table of a feed's kind, the column of local days, and the narrowing."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import Combinable

from contracts.terms import NARROWING
from metrics.models.results import Result
from metrics.tallies.table_changes import TableChanges, results_of
from sla.metrics.components import AS_OF, Condition, Operator, moved
from sla.metrics.feeds import FeedKind
from sla.metrics.measure import Measure

LOOKUPS = {
    Operator.EQ: "exact",
    Operator.LT: "lt",
    Operator.LE: "lte",
    Operator.GT: "gt",
    Operator.GE: "gte",
}
# What the engine may ask of a row, beside its local days.
COLUMNS: dict[FeedKind, tuple[str, ...]] = {
    FeedKind.COUNTS: ("starts_on", "numerator", "denominator", "split"),
    FeedKind.CONTACTS: (
        "occurred_at", "outcome", "wait_seconds", "handle_seconds", "resolved", "score", "queue", "customer",
    ),
    FeedKind.CASES: (
        "opened_at", "due_at", "resolved_at", "closed_at", "pauses", "met", "correct", "reopened", "priority", "group",
    ),
    FeedKind.OBSERVATIONS: ("occurred_at", "value", "weight"),
    FeedKind.DOWNTIME: ("started_at", "ended_at", "planned", "service"),
}  # fmt: skip


def day_column(measure: Measure) -> str:
    """The column of local days by which rows of the measure belong to a period."""
    return measure.day_of if measure.day_of.endswith("_on") else f"{measure.day_of.removesuffix('_at')}_on"


def rows_of(feeds: Collection[int], kind: str, changes: Collection[TableChanges] = ()) -> QuerySet[Result]:
    """All rows of some feeds of one kind, with changes, in no order."""
    several = set(feeds)
    wanted = {"feed": several.pop()} if len(several) == 1 else {"feed__in": several}
    return results_of(kind, changes).filter(**wanted)


def narrowed(narrowing: Mapping[str, Any], kind: str) -> Q:
    """Which of the feed's rows count; ValueError names a column that cannot narrow this kind of feed."""
    allowed = NARROWING[FeedKind(kind)]
    wanted = Q()
    for column, values in narrowing.items():
        if column not in allowed:
            raise ValueError(f"A feed of kind '{kind}' cannot be narrowed by '{column}'.")
        wanted &= Q(**{f"{column}__in": [values] if isinstance(values, str) else list(values)})
    return wanted


def as_query(condition: Condition, as_of: Any) -> Q:
    """A condition of the engine as one of the database; a missing value satisfies neither."""
    column, operator = condition.column, condition.operator
    if operator in (Operator.MISSING, Operator.PRESENT):
        return Q(**{f"{column}__isnull": operator is Operator.MISSING})
    if operator is Operator.IN:
        return Q(**{f"{column}__in": condition.constant})
    other = compared_with(condition, as_of)
    if operator is Operator.NE:
        return Q(**{f"{column}__isnull": False}) & ~Q(**{column: other})
    return Q(**{f"{column}__{LOOKUPS[operator]}": other})


def compared_with(condition: Condition, as_of: Any) -> Any:
    """The constant, the instant or the other column of a comparison."""
    if condition.constant is AS_OF:
        return moved(as_of, condition.plus_seconds)
    if condition.than is None:
        return condition.constant
    other: Combinable = F(condition.than)
    if condition.plus_seconds:
        other = other + (moved(as_of, condition.plus_seconds) - as_of)
    return other
