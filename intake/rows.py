"""From what was sent to what is meant: every row is read whole, and everything wrong with it is said at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext as _

from bpo.row_errors import RowError
from bpo.size_limits import NOTE_CHARACTERS, REASON_CHARACTERS
from bpo.strict_values import CellError, Reader, read_external_id, read_flag, text_reader
from contracts.models.service_levels import Feed
from intake.addresses import ADDRESS, AddressBook, AddressError, FeedRules
from intake.kinds import KINDS, Fact, RuleError, span_column, span_of

SPANS = frozenset({"date", "period", "occurred_at"})
COMMON: dict[str, Reader] = {
    "external_id": read_external_id,
    "note": text_reader(NOTE_CHARACTERS, lines=True),
    "reason": text_reader(REASON_CHARACTERS, lines=False),
    "void": read_flag,
}
COLUMNS = frozenset({*ADDRESS, *COMMON}.union(*(kind.readers for kind in KINDS.values())))
# Where a file gives a list of rows, each comes with the line it begins on; a JSON list has no lines worth naming.
Sent = Iterable[tuple[int | None, Any]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that is right in itself, and may be stored unless it contradicts what is there."""

    row: int
    line: int | None
    rules: FeedRules
    key: str
    columns: Mapping[str, Any]
    days: frozenset[date]
    reason: str
    is_void: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """Which cells a feed's rows have: its kind's columns, narrowed by its schedule."""

    readers: Mapping[str, Reader]
    required: frozenset[str]
    named_by_external_id: bool


@dataclass
class RowReader:
    """Reads rows one after the other and keeps both the good ones and what is wrong with the others."""

    book: AddressBook
    now: datetime
    reason: str = ""
    candidates: list[Candidate] = field(default_factory=list)
    mistakes: list[RowError] = field(default_factory=list)
    received: int = 0
    _first: dict[tuple[int, str], int] = field(default_factory=dict)
    _shapes: dict[int, Shape] = field(default_factory=dict)

    def read_all(self, sent: Sent, known: Mapping[int, Sequence[RowError]] = MappingProxyType({})) -> None:
        """Read each row, but those of which it is known already what is wrong with them."""
        for line, raw in sent:
            self.received += 1
            if self.received in known:
                self.mistakes.extend(known[self.received])
            else:
                self._read(raw, line)

    def _read(self, raw: Any, line: int | None) -> None:
        if not isinstance(raw, dict):
            self._complain(line, "", raw, CellError("not_an_object", _("A row is an object of names and values.")))
            return
        try:
            rules = self.book.find(raw)
        except AddressError as wrong:
            self._complain(line, wrong.field, raw.get(wrong.field), wrong)
            self._complain_of_unknown(raw, COLUMNS, line, None)
            return
        shape = self._shapes.get(rules.feed.pk) or self._shapes.setdefault(rules.feed.pk, shape_of(rules))
        before = len(self.mistakes)
        cells = self._cells(raw, line, shape, rules)
        if len(self.mistakes) == before:
            self._accept(cells, line, shape, rules, raw)

    def _cells(self, raw: Mapping[str, Any], line: int | None, shape: Shape, rules: FeedRules) -> dict[str, Any]:
        """The cells that can be read; what cannot is complained of."""
        readers, cells = shape.readers, {}
        unknown = False
        for name, value in raw.items():
            reader = readers.get(name)
            if reader is None:
                unknown = unknown or name not in ADDRESS
            elif value is not None:
                try:
                    cells[name] = reader(value)
                except CellError as wrong:
                    self._complain(line, name, value, wrong)
        if unknown:
            self._complain_of_unknown(raw, readers, line, rules)
        needed = {"external_id"} & shape.required if raw.get("void") in (True, "true") else shape.required
        for name in sorted(needed - raw.keys() | {name for name in needed & raw.keys() if raw[name] is None}):
            self._complain(line, name, None, missing(name))
        return cells

    def _accept(self, cells: dict[str, Any], line: int | None, shape: Shape, rules: FeedRules, raw: Any) -> None:
        reason = cells.pop("reason", "").strip() or self.reason.strip()
        is_void = cells.pop("void", False)
        external_id, note = cells.pop("external_id", ""), cells.pop("note", "")
        try:
            fact = (
                self._void(cells, rules, shape, reason)
                if is_void
                else KINDS[rules.feed.kind].make(cells, rules, self.now)
            )
        except RuleError as wrong:
            if wrong.code == "feed_ended" and raw.get("service_level"):
                wrong.code = "service_level_retired"
            self._complain(line, wrong.column, raw.get(wrong.column), wrong)
            return
        key = external_id if shape.named_by_external_id else fact.key
        first = self._first.setdefault((rules.feed.pk, key), self.received)
        if first != self.received:
            wrong = CellError("duplicate_in_batch", _("Row %(first)s is the same result.") % {"first": first})
            self._complain(line, "external_id" if shape.named_by_external_id else span_column(rules), key, wrong)
            return
        columns = {**fact.columns, "external_id": external_id, "note": note}
        self.candidates.append(Candidate(self.received, line, rules, key, columns, fact.days, reason, is_void))

    def _void(self, cells: Mapping[str, Any], rules: FeedRules, shape: Shape, reason: str) -> Fact:
        """A result taken back: named by its key alone, and with a reason."""
        if not reason:
            raise RuleError("reason", "missing_field", _("A result is taken back with a reason."))
        key = "" if shape.named_by_external_id else f"{span_of(cells, rules)[0]}|{cells.get('split', '')}"
        return Fact({}, frozenset(), key)

    def _complain_of_unknown(
        self, raw: Mapping[str, Any], known: Iterable[str], line: int | None, rules: FeedRules | None
    ) -> None:
        for name in raw:
            if name not in known and name not in ADDRESS:
                near = near_fields(name[:60].lower(), (*known, *ADDRESS)) if len(self.mistakes) < 1000 else []
                hint = _("Did you mean %(name)s?") % {"name": near[0]} if near else ""
                if rules and name in COLUMNS:
                    hint = _("%(feed)s takes %(kind)s, which have %(names)s.") % {
                        "feed": rules.feed.code,
                        "kind": rules.feed.get_kind_display(),
                        "names": ", ".join(name for name in known if name not in ("reason", "void")),
                    }
                self._complain(
                    line, name, raw[name], CellError("unknown_field", _("There is no such field here."), hint)
                )

    def _complain(self, line: int | None, name: str, value: Any, wrong: CellError) -> None:
        self.mistakes.append(RowError(self.received, line, name, wrong.code, wrong.detail, wrong.hint, value))


def missing(name: str) -> CellError:
    """A cell that is needed and says nothing."""
    return CellError("missing_field", _("%(name)s is needed.") % {"name": name})


@lru_cache(maxsize=256)
def near_fields(name: str, known: tuple[str, ...]) -> list[str]:
    """What may have been meant; looked for once, as a name that is wrong is so in row after row."""
    return get_close_matches(name, known, 1)


def shape_of(rules: FeedRules) -> Shape:
    """The cells that rows of this feed have."""
    kind = KINDS[rules.feed.kind]
    if rules.feed.kind != Feed.Kind.COUNTS:
        return Shape({**kind.readers, **COMMON}, kind.required, named_by_external_id=True)
    span = span_column(rules)
    readers = {name: reader for name, reader in kind.readers.items() if name == span or name not in SPANS}
    is_event = rules.feed.schedule == Feed.Schedule.EVENT
    needed = {span, *kind.required} | ({"external_id"} if is_event else set())
    return Shape({**readers, **COMMON}, frozenset(needed), named_by_external_id=is_event)
