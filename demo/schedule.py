"""What happens when in one client's world; each event runs with the clock stopped at its instant."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from demo.clock import clock_stopped_at
from demo.desk import Desk, Row
from metrics.services.nights import latest_night, night_start

DAY = timedelta(days=1)
# When a day's export runs: the day is over, and its night has not begun.
AFTER_MIDNIGHT = time(0, 30)


@dataclass(frozen=True, slots=True)
class Event:
    """A function that is called at an instant, with the desk and then with the arguments."""

    moment: datetime
    act: Callable[..., object]
    arguments: tuple[object, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass
class Schedule:
    """The events of one zone up to its last night, whose local date is `today`."""

    zone: str
    now: datetime
    events: list[Event] = field(default_factory=list)

    @property
    def today(self) -> date:
        return latest_night(self.zone, self.now)

    def moment(self, day: date, at: time) -> datetime:
        """Return a local time as an instant, at the latest that of the last export."""
        last = datetime.combine(self.today, AFTER_MIDNIGHT, ZoneInfo(self.zone)).astimezone(UTC)
        return min(datetime.combine(day, at, ZoneInfo(self.zone)).astimezone(UTC), last)

    def plan(self, day: date, at: time, act: Callable[..., object], *arguments: object, **options: object) -> None:
        """Add an act at a local time; it is called with the desk and then with the arguments."""
        self.events.append(Event(self.moment(day, at), act, arguments, options))

    def plan_nights(self, dates: Iterable[date]) -> list[date]:
        """Add these nights and the last two, each some minutes after it begins; return all of them in order."""
        chosen = sorted({day for day in dates if day < self.today} | {self.today - DAY, self.today})
        for local_date in chosen:
            moment = night_start(self.zone, local_date) + timedelta(minutes=4)
            is_last = {"is_last": local_date == self.today}
            self.events.append(Event(moment, Desk.run_night, (self.zone, local_date), is_last))
        return chosen

    def plan_reports(self, vendor: str, rows: Iterable[tuple[date, Row]], nights: Collection[date]) -> None:
        """Send each row with the export before the first night after its day."""
        batches: dict[date, list[Row]] = {night: [] for night in sorted(nights)}
        left = sorted(rows, key=lambda dated: dated[0])
        for night, batch in batches.items():
            batch += [row for day, row in left if day < night]
            left = [dated for dated in left if dated[0] >= night]
            if batch:
                self.plan(night, AFTER_MIDNIGHT, Desk.send, vendor, batch)

    def run(self, desk: Desk) -> Iterator[int]:
        """Let all events happen in order; yield after each how many percent of them have happened."""
        for number, event in enumerate(sorted(self.events, key=lambda event: event.moment), 1):
            with clock_stopped_at(event.moment):
                event.act(desk, *event.arguments, **event.options)
            yield 100 * number // len(self.events)
