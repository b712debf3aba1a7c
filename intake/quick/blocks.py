"""The rows of one feed, right in themselves and ready to be written: column by column, with what the digest tells."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, partial
from itertools import compress, repeat
from typing import Any

from bpo.size_limits import CLOCK_SKEW, LABEL_CHARACTERS, NOTE_CHARACTERS, REASON_CHARACTERS
from bpo.strict_values import CellError, is_personal, read_flag, read_instant, read_number
from contracts.models.service_levels import Feed
from intake.addresses import ADDRESS, AddressBook, FeedRules
from intake.kinds import KINDS, read_label
from intake.quick.cells import (
    Column,
    Moments,
    between,
    fit,
    read_choices,
    read_external_ids,
    read_flags,
    read_moments,
    read_numbers,
    read_texts,
)
from intake.quick.doubts import Doubt, Doubtful
from intake.quick.sheets import NotPlain, Sheet
from intake.rows import COMMON, Candidate
from intake.tables import CONTENT, EMPTY
from metrics.models.results import ContactResult

Columns = Mapping[str, Sequence[Any]]
# What a table takes where a row says nothing.
NOTHING: Mapping[str, Any] = defaultdict(lambda: None, {**EMPTY, "pauses": "[]", "note": ""})


@dataclass(frozen=True)
class Block:
    """Rows of one feed: where they stood in the batch, their keys, their columns, and the days that they touch.

    Where they were read one by one, they are there as they were read.
    """

    rules: FeedRules
    places: Sequence[int]
    keys: Sequence[str]
    values: Mapping[str, Sequence[Any] | repeat]
    tell: Callable[[], Sequence[str]]
    days: frozenset[date]
    candidates: Sequence[Candidate] = ()

    @cached_property
    def told(self) -> Sequence[str]:
        """Each row as the digest tells it, made up once."""
        return self.tell()


@dataclass
class Draft:
    """A block being made: its columns are read one after the other."""

    rules: FeedRules
    now: datetime
    count: int
    columns: Columns
    read: dict[str, Column] = field(default_factory=dict)
    moments: dict[str, Moments] = field(default_factory=dict)
    doubtful: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)

    def read_all(self) -> None:
        """Read column by column; those that are not read in one go are named in the end."""
        kind = KINDS[self.rules.feed.kind]
        if "void" in self.columns and True in read_flags(self.columns["void"]).values:
            raise NotPlain
        for name in kind.required:
            if name not in self.columns or None in self.columns[name]:
                self.lacking.append(name)
        for name, reader in {**COMMON, **kind.readers}.items():
            if name in self.columns:
                try:
                    self._read(name, self.columns[name], reader)
                except NotPlain:
                    self.doubtful.append(name)

    def _read(self, name: str, column: Sequence[Any], reader: Any) -> None:
        if name == "external_id":
            self.read[name] = read_external_ids(column)
        elif name == "note":
            self.read[name] = read_texts(column, most=NOTE_CHARACTERS, lines=True)
        elif name == "reason":
            read_texts(column, most=REASON_CHARACTERS)
        elif name == "void":
            read_flags(column)
        elif reader is read_instant:
            moments = self.moments[name] = read_moments(column, self.rules.zone)
            self.read[name], self.read[f"{name.removesuffix('_at')}_on"] = moments.at, moments.on
        elif reader is read_number:
            self.read[name] = read_numbers(column)
        elif reader is read_flag:
            self.read[name] = read_flags(column)
        elif name == "outcome":
            self.read[name] = read_choices(column, choices=ContactResult.Outcome.values)
        elif name == "pauses":
            fit(column, {type(None)})
        elif name == "customer":
            self.read[name] = read_texts(column, most=LABEL_CHARACTERS)
            if any(map(is_personal, self.read[name].values)):
                raise NotPlain
        elif reader is read_label:
            self.read[name] = read_texts(column, most=LABEL_CHARACTERS)
        else:
            raise NotPlain

    def happened(self, name: str) -> None:
        """A moment of every row, which lies in the feed's time and not ahead."""
        self.not_ahead(name)
        days = self.moments[name].days
        if not (self.rules.holds(date.fromisoformat(min(days))) and self.rules.holds(date.fromisoformat(max(days)))):
            raise NotPlain

    def not_ahead(self, name: str) -> None:
        latest = (self.now + CLOCK_SKEW).isoformat()
        if name in self.moments and max(filter(None, self.moments[name].texts), default="") > latest:
            raise NotPlain

    def in_order(self, first: str, then: str) -> None:
        if first in self.moments and then in self.moments:
            pairs = zip(self.moments[first].texts, self.moments[then].texts, strict=True)
            if any(one and other and other < one for one, other in pairs):
                raise NotPlain

    def between(self, name: str, lowest: Any = None, highest: Any = None) -> None:
        if name in self.read:
            between(self.read[name], lowest, highest)

    def finished(self, places: Sequence[int]) -> Block:
        keys = self.read["external_id"].values
        if len(set(keys)) != len(keys):
            raise NotPlain
        feed = self.rules.feed
        told: dict[str, Column | str] = {
            "contract": json.dumps(feed.contract.public_id),
            "feed": json.dumps(feed.code),
            "key": self.read["external_id"],
            "void": "false",
            **self.read,
        }
        return Block(
            rules=self.rules,
            places=places,
            keys=keys,
            values={name: self._stored(name) for name in CONTENT[feed.kind]},
            tell=partial(rows_told, told),
            days=frozenset(date.fromisoformat(day) for moments in self.moments.values() for day in moments.days),
        )

    def _stored(self, name: str) -> Sequence[Any] | repeat:
        if name in self.read:
            return self.read[name].values
        return repeat(NOTHING[name])


def rows_told(columns: Mapping[str, Column | str]) -> list[str]:
    """Each row in canonical JSON; a text stands for the same cell in every row."""
    pieces: list[Iterable[str]] = []
    fixed = ""
    for name in sorted(columns):
        column = columns[name]
        if isinstance(column, str):
            fixed += f',"{name}":{column}'
        elif column.is_bare:
            pieces += [repeat(f'{fixed},"{name}":"'), column.told]
            fixed = '"'
        else:
            told = [f',"{name}":{cell}' if cell is not None else "" for cell in column.told]
            pieces += [repeat(fixed), told]
            fixed = ""
    rows = map("".join, zip(*pieces, repeat(fixed), strict=False))
    return [f"{{{row[1:]}}}" for row in rows]


def check_contacts(draft: Draft) -> None:
    draft.happened("occurred_at")
    draft.between("wait_seconds", 0)
    draft.between("handle_seconds", 0)


def check_observations(draft: Draft) -> None:
    draft.happened("occurred_at")
    draft.between("value", draft.rules.lowest, draft.rules.highest)
    if "weight" in draft.read and any(weight is not None and weight <= 0 for weight in draft.read["weight"].values):
        raise NotPlain


def check_cases(draft: Draft) -> None:
    draft.happened("opened_at")
    for name in ("resolved_at", "closed_at"):
        draft.not_ahead(name)
        draft.in_order("opened_at", name)
    draft.in_order("resolved_at", "closed_at")


# Totals and intervals come in small numbers, and hang on each other: they go the exact way.
CHECKS: Mapping[str, Callable[[Draft], None]] = {
    Feed.Kind.CONTACTS: check_contacts,
    Feed.Kind.OBSERVATIONS: check_observations,
    Feed.Kind.CASES: check_cases,
}


def blocks_of(sheet: Sheet, book: AddressBook, *, now: datetime) -> list[Block]:
    """The sheet's rows feed by feed, or `NotPlain`; `Doubtful` says in which columns something may be wrong."""
    blocks, doubts = [], []
    for rules, places, columns in by_feed(sheet, book):
        if rules.feed.kind not in CHECKS:
            raise NotPlain
        known = {*KINDS[rules.feed.kind].readers, *COMMON, *ADDRESS}
        strange = columns.keys() - known
        if strange and (sheet.names_empty_cells or any(set(columns[name]) != {None} for name in strange)):
            raise NotPlain
        draft = Draft(rules, now, len(places), columns)
        draft.read_all()
        if draft.doubtful or draft.lacking:
            doubts.append(Doubt(rules, places, draft.doubtful, draft.lacking))
        elif not doubts:
            CHECKS[rules.feed.kind](draft)
            blocks.append(draft.finished(places))
    if doubts:
        raise Doubtful(doubts)
    return blocks


def by_feed(sheet: Sheet, book: AddressBook) -> Iterator[tuple[FeedRules, Sequence[int], Columns]]:
    """Each feed that the rows name, where its rows stand, and their columns."""
    parts = [fit(sheet.columns[name], {str, type(None)}) for name in ADDRESS if name in sheet.columns]
    names = [name for name in ADDRESS if name in sheet.columns]
    if all(part.count(part[0]) == sheet.count for part in parts):
        yield found(book, names, [part[0] for part in parts]), range(sheet.count), sheet.columns
        return
    addresses = list(zip(*parts, strict=True))
    rules_at = {address: found(book, names, address) for address in set(addresses)}
    rules_of = {rules.feed.pk: rules for rules in rules_at.values()}
    feeds = [rules_at[address].feed.pk for address in addresses]
    for pk in sorted(rules_of):
        chosen = [feed == pk for feed in feeds]
        columns = {name: list(compress(column, chosen)) for name, column in sheet.columns.items()}
        yield rules_of[pk], list(compress(range(sheet.count), chosen)), columns


def found(book: AddressBook, names: Sequence[str], address: Sequence[str | None]) -> FeedRules:
    """The feed at an address, or `NotPlain`."""
    try:
        return book.find(dict(zip(names, address, strict=True)))
    except CellError as wrong:
        raise NotPlain from wrong


def digest_of_blocks(blocks: Sequence[Block], count: int) -> str:
    """The same SHA-256 as that of the rows one by one, in the order in which they came."""
    rows = blocks[0].told
    if len(blocks) > 1:
        rows = [""] * count
        for block in blocks:
            for place, told in zip(block.places, block.told, strict=True):
                rows[place] = told
    return hashlib.sha256(f"[{','.join(rows)}]".encode()).hexdigest()
