"""Contacts by repeat window: one is resolved when its customer does not come back, and else was repeated."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sla.metrics.components import Row
from sla.metrics.downtime import moment
from sla.metrics.feeds import Aggregation, ContactOutcome, FeedKind
from sla.metrics.measure import Measure, Recipe
from sla.metrics.params import Settings, whole, yes_no
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
        contacts = [(row, self._instant(row)) for row in rows if self._counts(row)]
        times: dict[object, list[datetime]] = defaultdict(list)
        for row, at in sorted(contacts, key=lambda contact: contact[1]):
            times[self._customer(row)].append(at)
        inside = [(row, at) for row, at in contacts if window.start <= at < window.end]
        found = sum(self._came_back(times[self._customer(row)], at) is self.repeated for row, at in inside)
        return Tally.of(found, len(inside))

    def _counts(self, row: Row) -> bool:
        if "customer" not in row:
            raise ValueError("A repeat window needs the customer of each contact.")
        return row["customer"] not in (None, "") and row.get("outcome") == ContactOutcome.ANSWERED.value

    def _instant(self, row: Row) -> datetime:
        at = moment(row, "occurred_at")
        if at is None:
            raise TypeError("a contact must hold the instant at which it occurred")
        return at

    def _customer(self, row: Row) -> object:
        return (row["customer"], row.get("queue")) if self.same_queue else row["customer"]

    def _came_back(self, times: list[datetime], at: datetime) -> bool:
        following = bisect_right(times, at)
        return following < len(times) and times[following] - at <= self.within


def by_window(recipe: Recipe, settings: Settings) -> Measure:
    within = timedelta(days=settings.whole("window_days"))
    reader = RepeatFree(within, settings.yes("same_queue"), repeated=recipe.of == "repeated")
    return recipe.measure(settings, reader=reader, look_ahead=within)


PARAMS = (
    whole("window_days", 7, "within how many days a contact of the same customer is a repeat", least=1),
    yes_no("same_queue", False, "whether only a contact in the same queue is a repeat"),
)
VOICE, RATIO = FeedKind.CONTACTS, Aggregation.RATIO
RECIPES = (
    Recipe(VOICE, RATIO, "not_repeated", "First contact resolution without a repeat", PARAMS, by_window),
    Recipe(VOICE, RATIO, "repeated", "Share of contacts that were repeated", PARAMS, by_window),
)
