"""What a nightly mail contains, before it is laid out: plain values, worst first, the same for text and HTML."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from reports.readers import Reader

MOST_ITEMS = 10


class State(StrEnum):
    """How far a night has come."""

    FINISHED = "finished"
    FAILED = "failed"  # finished, but some service levels could not be judged
    MISSING = "missing"  # not finished although its time has passed
    WAITING = "waiting"  # due a moment ago


@dataclass(frozen=True, slots=True)
class Night:
    """One zone's latest night as one reader may know it; each failure is a line on a service level not judged.

    `unfinished` are the dates of all nights since the last one that finished, if the latest one did not.
    """

    zone: str
    local_date: date
    state: State
    finished_at: datetime | None = None
    failures: tuple[str, ...] = ()
    last_good: date | None = None
    unfinished: tuple[date, ...] = ()

    @property
    def names(self) -> list[str]:
        """The nights of which a mail says that they failed, as it remembers them."""
        return [f"{self.zone} {day}" for day in self.unfinished or (self.local_date,)]


@dataclass(frozen=True, slots=True)
class Mark:
    """A status as a shape in ASCII, a shape in print, and a word."""

    ascii: str
    shape: str
    word: str


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a mail: what it is about, whose it is, how it stands, and where to read on.

    `ids` are the rows of the section's list for which it stands, its `ref` unless they are several.
    """

    key: str
    mark: Mark
    ref: str
    party: str
    title: str
    value: str = ""
    limit: str = ""
    lines: tuple[str, ...] = ()
    url: str = ""
    acts: tuple[tuple[str, str], ...] = ()
    due_on: date | None = None
    breach_pk: int | None = None
    other_keys: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    severity: Fraction = Fraction(0)

    @property
    def measured(self) -> str:
        """ "93.2 %, minimum ≥ 95.0 %": the value with the limit that it is held against."""
        return ", ".join(part for part in (self.value, self.limit) if part)


def count_rows(items: Iterable[Item]) -> int:
    """How many rows of their list items stand for."""
    return sum(len(item.ids or (item.ref,)) for item in items)


@dataclass(frozen=True, slots=True)
class Section:
    """Items of one kind, the worst first, and the list of their rows; those beyond the tenth are counted and linked.

    Where `is_live`, the list itself has these rows and no others; else its link names them.
    """

    code: str
    title: str
    items: tuple[Item, ...]
    url: str
    is_live: bool = False

    @property
    def shown(self) -> tuple[Item, ...]:
        return self.items[:MOST_ITEMS]

    @property
    def number(self) -> int:
        return count_rows(self.items)

    @property
    def ids(self) -> list[str]:
        return [] if self.is_live else [row for item in self.items for row in item.ids or (item.ref,)]


@dataclass(frozen=True, slots=True)
class Figure:
    """A sentence with the number of rows that a mail counts and does not name, and the list of these rows."""

    sentence: str
    ids: tuple[str, ...]
    url: str


@dataclass(frozen=True, slots=True)
class Standings:
    """How everything that the reader sees stands, for the weekly check."""

    since: date
    missed: tuple[date, ...] = ()  # nights that were not evaluated everywhere
    longest_open: str = ""
    longest_open_url: str = ""
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class Digest:
    """One reader's mail of one date."""

    reader: Reader
    covers_from: datetime
    covers_until: datetime
    nights: tuple[Night, ...]
    sections: tuple[Section, ...] = ()
    open_breaches: int = 0
    weekly: Standings | None = None
    dates_covered: tuple[date, ...] = ()
    figures: tuple[Figure, ...] = ()
    # Nights that an earlier mail named as failed, and after which everything was judged.
    cleared_nights: tuple[str, ...] = ()
    # Of the hash chains, for the reader to keep.
    heads: tuple[str, ...] = ()

    @property
    def failed_nights(self) -> tuple[Night, ...]:
        return tuple(night for night in self.nights if night.state in {State.FAILED, State.MISSING})

    @property
    def is_empty(self) -> bool:
        return not (self.sections or self.weekly or self.failed_nights or self.cleared_nights)

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for section in self.sections for item in section.items)

    def section(self, *codes: str) -> tuple[Item, ...]:
        """The items of the first section of such a code; none where it is left out."""
        return next((section.items for section in self.sections if section.code in codes), ())

    def number(self, *codes: str) -> int:
        """The rows that the section of such a code counts."""
        return count_rows(self.section(*codes))

    @property
    def facts(self) -> dict[str, list[str] | list[int]]:
        """The items, breaches and nights that the mail names, stored with it so that no later mail repeats them."""
        keys = [key for item in self.items for key in (item.key, *item.other_keys)]
        shown = [item.breach_pk for section in self.sections for item in section.shown if item.breach_pk]
        return {
            "mentioned": sorted(set(keys)),
            "breaches": sorted(set(shown)),
            "failed_nights": [name for night in self.failed_nights for name in night.names],
            "cleared_nights": list(self.cleared_nights),
        }


# A verdict is dated a moment before its commit: start a little earlier; item keys keep anything from being named twice.
OVERLAP = timedelta(minutes=15)


@dataclass(frozen=True)
class Coverage:
    """The time that a mail covers, and what earlier mails named and when."""

    reader: Reader
    since: datetime
    until: datetime
    mentioned: dict[str, date]

    @property
    def time_range(self) -> tuple[datetime, datetime]:
        return self.since - OVERLAP, self.until

    def is_new(self, key: str) -> bool:
        return key not in self.mentioned

    def may_remind(self, key: str) -> bool:
        """Whether no mail has named it for three working days."""
        last = self.mentioned.get(key)
        return last is None or self.reader.working_day(last, 3) <= self.reader.local_date


def worst_first(items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(sorted(items, key=lambda item: (-item.severity, item.party, item.title, item.ref)))
