"""What a feed takes, as far as reading a file for it has to know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from contracts.models.service_levels import Feed
from intake.addresses import ADDRESS
from intake.kinds import COLUMNS, ROW_KINDS
from metrics.models.results import ContactResult

DAY, INSTANT, PERIOD, NUMBER, FLAG, CHOICE, TEXT, NAME = (
    "day",
    "instant",
    "period",
    "number",
    "flag",
    "choice",
    "text",
    "name",
)
FORMS: Mapping[str, str] = {
    **dict.fromkeys(("date", "from", "to"), DAY),
    **dict.fromkeys(
        ("occurred_at", "opened_at", "due_at", "resolved_at", "closed_at", "started_at", "ended_at"), INSTANT
    ),
    "period": PERIOD,
    **dict.fromkeys(("numerator", "denominator", "value", "weight", "wait_seconds", "handle_seconds", "score"), NUMBER),
    **dict.fromkeys(("resolved", "met", "correct", "reopened", "planned", "void", "nothing"), FLAG),
    "outcome": CHOICE,
    **dict.fromkeys(("queue", "split", "priority", "group", "service"), NAME),
}
OUTCOMES = tuple(ContactResult.Outcome.values)
NOT_READ = frozenset({"nothing", "from", "to"})


@dataclass(frozen=True, slots=True)
class Target:
    """A feed: which columns its rows have, in which zone and days it counts, and which names are in use.

    Of a file whose rows name their feeds there is no `kind`, and all columns are possible.
    """

    kind: str
    schedule: str
    zone: ZoneInfo
    first_day: date
    today: date
    zones: Sequence[str] = ()
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    highest: Decimal | None = None

    @property
    def columns(self) -> Sequence[str]:
        """The columns of results that a file for it can have, the most needed first."""
        if not self.kind:
            return sorted(COLUMNS)
        kind = ROW_KINDS[self.kind, self.schedule]
        return [*(name for name in kind.columns if name not in NOT_READ), *ADDRESS]

    @property
    def required(self) -> frozenset[str]:
        """The columns without which no row is right."""
        return ROW_KINDS[self.kind, self.schedule].required if self.kind else frozenset()

    @property
    def day_column(self) -> str:
        """The column that dates totals of days or periods; empty of all other rows."""
        if self.kind != Feed.Kind.COUNTS or self.schedule == Feed.Schedule.EVENT:
            return ""
        return "date" if self.schedule == Feed.Schedule.DAILY else "period"


def form_of(column: str) -> str:
    """Return how cells of a column of results are written: as a day, a number, a text, …"""
    return FORMS.get(column, TEXT)
