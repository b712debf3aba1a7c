"""What happens when in one client's world; each event runs with the clock stopped at its instant."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from demo.clock import clock_stopped_at
from demo.desk import Desk, Row
from metrics.services.nights import latest_night, night_start

DAY = timedelta(days=1)
# When a day's export runs: the day is over, and its night has not begun.
AFTER_MIDNIGHT = time(0, 30)
Act = Callable[[Desk], None]


@dataclass(frozen=True, slots=True)
class Event:
    """An act and its instant."""

    moment: datetime
    act: Act


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

    def plan(self, day: date, at: time, act: Act) -> None:
        """Add an act at a local time."""
        self.events.append(Event(self.moment(day, at), act))

    def plan_night(self, local_date: date) -> None:
        """Add a night's run, some minutes after the night begins."""
        moment = night_start(self.zone, local_date) + timedelta(minutes=4)
        self.events.append(Event(moment, lambda desk: desk.run_night(self.zone, local_date)))

    def plan_nights(self, dates: Iterable[date]) -> list[date]:
        """Add these nights and the last two; return all of them in order."""
        chosen = sorted({day for day in dates if day < self.today} | {self.today - DAY, self.today})
        for local_date in chosen:
            self.plan_night(local_date)
        return chosen

    def plan_reports(self, vendor: str, rows: Iterable[tuple[date, Row]], nights: Collection[date]) -> None:
        """Send each row with the export before the first night after its day."""
        batches: dict[date, list[Row]] = {night: [] for night in sorted(nights)}
        left = sorted(rows, key=lambda dated: dated[0])
        for night, batch in batches.items():
            batch += [row for day, row in left if day < night]
            left = [dated for dated in left if dated[0] >= night]
            if batch:
                self.plan(night, AFTER_MIDNIGHT, send_act(vendor, batch))

    def run(self, desk: Desk) -> Iterator[int]:
        """Let all events happen in order; yield after each how many percent of them have happened."""
        for number, event in enumerate(sorted(self.events, key=lambda event: event.moment), 1):
            with clock_stopped_at(event.moment):
                event.act(desk)
            yield 100 * number // len(self.events)


def send_act(vendor: str, rows: list[Row], *, reason: str = "") -> Act:
    return lambda desk: desk.send(vendor, rows, reason=reason)
