"""Contacts by repeat window: one is resolved when its customer does not come back, and else was repeated."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sla.metrics.components import Row
from sla.metrics.downtime import moment
from sla.metrics.feeds import Aggregation, ContactOutcome, FeedKind
from sla.metrics.measure import Measure, Recipe
from sla.metrics.params import Param, ParamType, Settings, yes_no
from sla.metrics.window import Window
from sla.tallies import Tally


@dataclass(frozen=True, slots=True)
class RepeatFree:
    """Answered contacts of the window that were not followed by the same customer within the days given.

    The rows reach that many days beyond the window; until then the figure is provisional. A contact without a
    customer is left out, because nobody can tell whether it was repeated. With `repeated` the others are counted.
    """

    within: timedelta
    same_queue: bool
    repeated: bool = False

    def __call__(self, rows: Iterable[Row], window: Window) -> Tally:
        times: dict[object, list[datetime]] = defaultdict(list)
        for row in rows:
            if "customer" not in row:
                raise ValueError("A repeat window needs the customer of each contact.")
            if row["customer"] in (None, "") or row.get("outcome") != ContactOutcome.ANSWERED.value:
                continue
            at = moment(row, "occurred_at")
            if at is None:
                raise TypeError("a contact must hold the instant at which it occurred")
            times[(row["customer"], row.get("queue")) if self.same_queue else row["customer"]].append(at)
        matching = total = 0
        for instants in map(sorted, times.values()):
            for at in (at for at in instants if window.start <= at < window.end):
                following = bisect_right(instants, at)
                came_back = following < len(instants) and instants[following] - at <= self.within
                matching += came_back is self.repeated
                total += 1
        return Tally.of(matching, total)


def by_window(recipe: Recipe, settings: Settings) -> Measure:
    within = timedelta(days=int(settings.number("window_days")))
    reader = RepeatFree(within, settings.yes("same_queue"), repeated=recipe.of == "repeated")
    return recipe.measure(settings, reader=reader, look_ahead=within)


PARAMS = (
    Param(
        "window_days",
        ParamType.WHOLE,
        7,
        "within how many days a contact of the same customer is a repeat",
        least=Decimal(1),
    ),
    yes_no("same_queue", False, "whether only a contact in the same queue is a repeat"),
)
VOICE, RATIO = FeedKind.CONTACTS, Aggregation.RATIO
RECIPES = (
    Recipe(VOICE, RATIO, "not_repeated", "First contact resolution without a repeat", PARAMS, by_window),
    Recipe(VOICE, RATIO, "repeated", "Share of contacts that were repeated", PARAMS, by_window),
)
