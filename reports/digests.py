"""What a mail says, before it is laid out: plain values, worst first, the same for text and HTML."""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from reports.nights import Night
from reports.readers import Reader

MOST_ITEMS = 10


@dataclass(frozen=True, slots=True)
class Mark:
    """A status as a shape in ASCII, a shape in print, and a word."""

    ascii: str
    shape: str
    word: str


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a reader is told: what, whose, how it stands, and where to read on."""

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
    also_told: tuple[str, ...] = ()
    severity: Fraction = Fraction(0)

    @property
    def measured(self) -> str:
        """ "93.2 %, minimum ≥ 95.0 %": the value with the limit that it is held against."""
        return ", ".join(part for part in (self.value, self.limit) if part)


@dataclass(frozen=True, slots=True)
class Section:
    """Items of one kind, the worst first; what is beyond the tenth is counted and linked."""

    code: str
    title: str
    items: tuple[Item, ...]
    url: str = ""

    @property
    def shown(self) -> tuple[Item, ...]:
        return self.items[:MOST_ITEMS]

    @property
    def more(self) -> int:
        return max(0, len(self.items) - MOST_ITEMS)


@dataclass(frozen=True, slots=True)
class Standings:
    """How everything that the reader sees stands, for the weekly check."""

    since: date
    in_force: int
    words: str
    nights: int
    nights_of: int
    longest_open: str = ""
    longest_open_url: str = ""


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
    muted: int = 0

    @property
    def failed_nights(self) -> tuple[Night, ...]:
        return tuple(night for night in self.nights if night.has_failed)

    @property
    def is_quiet(self) -> bool:
        return not (self.sections or self.weekly or self.failed_nights)

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for section in self.sections for item in section.items)

    def section(self, code: str) -> tuple[Item, ...]:
        """The items of a section; none where it is left out."""
        return next((section.items for section in self.sections if section.code == code), ())

    @property
    def facts(self) -> dict[str, list]:
        """What the mail speaks of, kept with it so that nothing is told twice."""
        keys = [key for item in self.items for key in (item.key, *item.also_told)]
        shown = [item.breach_pk for section in self.sections for item in section.shown if item.breach_pk]
        return {"told": sorted(set(keys)), "breaches": sorted(set(shown))}

    @property
    def still_open(self) -> int:
        """Open breaches that the mail does not name."""
        return max(0, self.open_breaches - len({item.breach_pk for item in self.items if item.breach_pk}))
