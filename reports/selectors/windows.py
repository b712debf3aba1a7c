"""The time that a mail speaks of, and what the reader was told before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reports.digests import Item
from reports.readers import Reader

# A judge's clock may be a few minutes older than its commit: look back a little, and tell nothing twice.
OVERLAP = timedelta(minutes=15)


@dataclass(frozen=True)
class Window:
    """From the reader's last look until now, with what was told before and when."""

    reader: Reader
    since: datetime
    until: datetime
    told: dict[str, date]

    @property
    def looked_at(self) -> tuple[datetime, datetime]:
        return self.since - OVERLAP, self.until

    def is_new(self, key: str) -> bool:
        return key not in self.told

    def may_remind(self, key: str) -> bool:
        """Whether the last word about it is at least three working days old."""
        last = self.told.get(key)
        return last is None or self.reader.working_days_later(last, 3) <= self.reader.local_date


def worst_first(items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(sorted(items, key=lambda item: (-item.severity, item.party, item.title, item.ref)))
