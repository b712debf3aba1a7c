"""A client's story: what happened when, told in order while the desk's clock stands where it stood."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from demo.clock import at
from demo.desk import Desk, Row
from metrics.services.nights import latest_night, night_start

DAY = timedelta(days=1)
# When a day's export runs: the day is over, and its night has not begun.
AFTER_MIDNIGHT = time(0, 30)
Act = Callable[[Desk], None]


@dataclass(frozen=True, slots=True)
class Event:
    """Something done at an instant."""

    moment: datetime
    act: Act


@dataclass
class Story:
    """The events of one zone up to its last night, whose local date is `today`."""

    zone: str
    now: datetime
    events: list[Event] = field(default_factory=list)

    @property
    def today(self) -> date:
        return latest_night(self.zone, self.now)

    def moment(self, day: date, at: time) -> datetime:
        """A local time as an instant, though none after the last export."""
        last = datetime.combine(self.today, AFTER_MIDNIGHT, ZoneInfo(self.zone)).astimezone(UTC)
        return min(datetime.combine(day, at, ZoneInfo(self.zone)).astimezone(UTC), last)

    def tell(self, day: date, at: time, act: Act) -> None:
        """Add an act of that local time."""
        self.events.append(Event(self.moment(day, at), act))

    def night(self, local_date: date) -> None:
        """Add a night, some minutes after it begins."""
        moment = night_start(self.zone, local_date) + timedelta(minutes=4)
        self.events.append(Event(moment, lambda desk: desk.night(self.zone, local_date)))

    def nights(self, dates: Iterable[date]) -> list[date]:
        """Those nights, the one before the last, and the last; in order."""
        chosen = sorted({day for day in dates if day < self.today} | {self.today - DAY, self.today})
        for local_date in chosen:
            self.night(local_date)
        return chosen

    def report(self, vendor: str, rows: Iterable[tuple[date, Row]], nights: Collection[date]) -> None:
        """Send each row with the export before the first night after its day."""
        batches: dict[date, list[Row]] = {night: [] for night in sorted(nights)}
        left = sorted(rows, key=lambda dated: dated[0])
        for night, batch in batches.items():
            batch += [row for day, row in left if day < night]
            left = [dated for dated in left if dated[0] >= night]
            if batch:
                self.tell(night, AFTER_MIDNIGHT, sender(vendor, batch))

    def run(self, desk: Desk) -> None:
        """Let it all happen, in order."""
        for event in sorted(self.events, key=lambda event: event.moment):
            with at(event.moment):
                event.act(desk)


def sender(vendor: str, rows: list[Row], *, reason: str = "") -> Act:
    return lambda desk: desk.send(vendor, rows, reason=reason)
