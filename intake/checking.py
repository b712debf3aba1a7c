"""Sent columns become rows that may be stored, and errors: feed by feed, and within a feed column by column."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from functools import cached_property, lru_cache
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bpo.personal_data import may_show
from bpo.row_errors import RowError
from bpo.strict_columns import FLAG, INSTANT, Cells, Column, json_rows, local_days
from bpo.strict_json import Number
from bpo.strict_values import CellError
from contracts.models.service_levels import Feed
from intake.addresses import ADDRESS, FeedRules, find_feeds
from intake.kinds import COLUMNS, CONTENT, NO_RESULT, ROW_KINDS
from intake.parsing import Sheet
from intake.rules import Draft, Span, broken_rules
from metrics.models.results import NIL
from vendors.models import Vendor

if TYPE_CHECKING:  # it refuses what was checked here
    from intake.unlikely import Unlikely

ALL_NAMES = tuple(sorted(COLUMNS))
EMPTY = (None, None)


@dataclass(frozen=True)
class Block:
    """Rows of one feed that keep all rules: their places in the batch, keys, content and reasons, in their order.

    `columns` are those of the feed's table that have been sent or worked out. Rows in `voids`, given by position, take
    a stored result back and have no content. Totals that are known by their span and split are `is_spanned`. `kind` is
    the feed's, or that of nil reports.
    """

    rules: FeedRules
    kind: str
    places: Sequence[int]
    keys: Sequence[str]
    columns: Mapping[str, Column]
    reasons: Sequence[str]
    voids: frozenset[int]
    lines: Sequence[int | None] | None
    is_spanned: bool

    def value(self, name: str, at: int) -> Any:
        """Return a cell as its table stores it; None where it is empty and the table has no value for that."""
        return self.columns[name].values[at] if name in self.columns else None

    @cached_property
    def texts(self) -> list[str]:
        """Each row in canonical JSON, of which the digest is made."""
        own = self.columns.get("external_id")
        if own is None or own.values is not self.keys:
            own = Column(self.keys, [json.dumps(key, ensure_ascii=False) for key in self.keys])
        voids = ["true" if at in self.voids else "false" for at in range(len(self.keys))] if self.voids else None
        return json_rows(
            {
                "contract": json.dumps(self.rules.feed.contract.public_id),
                "feed": json.dumps(self.rules.feed.code),
                "key": own,
                "void": Column(voids, voids) if voids else "false",
                **self.columns,
            }
        )


@dataclass
class Checked:
    """Rows that may be stored, by feed, and the errors of all others, in the order of the rows.

    `feeds` says for which feed a wrong row is; one that names no feed is not in it. `warnings` are what is unlikely in
    the others; those that need a confirmation have it where their code is in `confirmed`, all of them if `asks_all`.
    """

    sheet: Sheet
    received: int
    in_list: bool
    blocks: list[Block] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    feeds: dict[int, int] = field(default_factory=dict)
    warnings: "list[Unlikely]" = field(default_factory=list)
    confirmed: Collection[str] = ()
    asks_all: bool = False


def check_rows(sheet: Sheet, vendor: Vendor, principal: object, *, reason: str, now: datetime) -> Checked:
    """Check all rows by themselves; what is stored already is not looked at. `reason` is that of rows without one."""
    checked = Checked(sheet, sheet.count, sheet.in_list)
    objects = sheet.objects
    for place in sorted({*range(sheet.count)}.difference(objects, sheet.errors)) if len(objects) < sheet.count else ():
        error = CellError("not_an_object", _("A row is an object of names and values."))
        checked.errors.append(row_error(sheet, place, "", error, sheet.rows[place]))
    checked.errors += chain.from_iterable(sheet.errors.values())
    groups, address_errors = find_feeds(vendor, principal, sheet.columns, sorted({*objects, *sheet.errors}))
    for place, error in ((at, error) for at, error in address_errors.items() if at not in sheet.errors):
        errors: dict[str, CellError] = {error.field: error}
        errors |= {name: unknown_field(name, ALL_NAMES) for name in sheet.names_at(place) if name not in COLUMNS}
        checked.errors += [
            row_error(sheet, place, name, each, sheet.cell(place, name)) for name, each in errors.items()
        ]
    for rules, kind, every_place in by_kind(sheet, groups):
        places = [place for place in every_place if place not in sheet.errors] if sheet.errors else every_place
        checked.feeds |= {place + 1: rules.feed.pk for place in every_place if place in sheet.errors}
        check = FeedCheck(sheet, rules, kind, places, reason.strip(), now)
        checked.blocks += check.run()
        checked.feeds |= dict.fromkeys([places[at] + 1 for at in check.errors], rules.feed.pk)
        checked.errors += chain.from_iterable(check.errors.values())
    checked.errors.sort(key=attrgetter("row"))
    return checked


def by_kind(
    sheet: Sheet, groups: Sequence[tuple[FeedRules, Sequence[int]]]
) -> Iterator[tuple[FeedRules, str, Sequence[int]]]:
    """Each feed's rows, its results and its nil reports apart."""
    nil: set[int] = set()
    if "nothing" in sheet.columns:
        flags, _errors = FLAG.read(sheet.columns["nothing"])
        nil = {place for place, flag in enumerate(flags.values) if flag}
    for rules, places in groups:
        results = [place for place in places if place not in nil] if nil else places
        reports = [place for place in places if place in nil] if nil else ()
        yield from ((rules, kind, its) for kind, its in ((rules.feed.kind, results), (NIL, reports)) if its)


class FeedCheck:
    """The check of one feed's rows of one kind. `errors` are those of each faulty row, by its position."""

    def __init__(
        self, sheet: Sheet, rules: FeedRules, kind: str, places: Sequence[int], reason: str, now: datetime
    ) -> None:
        self.sheet, self.rules, self.places, self.reason = sheet, rules, places, reason
        self.table, self.kind = kind, ROW_KINDS[kind, rules.feed.schedule]
        self.names = (*self.kind.columns, *ADDRESS)
        self.draft = Draft(rules, now, len(places))
        self.errors: dict[int, list[RowError]] = defaultdict(list)

    def run(self) -> list[Block]:
        """Check the rows; return those that may be stored, in one block or none."""
        draft = self.draft
        self._read_columns()
        if "void" in draft.columns:
            draft.voids = frozenset(at for at, is_void in enumerate(self.draft.values("void")) if is_void)
        self._find_unknown_fields()
        self._find_missing_cells()
        for name in [name for name, reader in self.kind.columns.items() if reader is INSTANT and name in draft.columns]:
            draft.columns[f"{name.removesuffix('_at')}_on"] = local_days(draft.columns[name], self.rules.zone)
        if self.kind.spans:
            self.kind.spans(draft)
        keys, reasons = self._keys(), [self.reason] * draft.count
        if "reason" in draft.columns:
            reasons = [(reason or "").strip() or self.reason for reason in draft.values("reason")]
        if draft.voids:
            self._check_voids(reasons)
        for at, error in broken_rules(draft, self.kind.rules).items():
            if at not in self.errors:
                self._refuse(at, error.field, error)
        self._find_duplicates(keys)
        return self._block(keys, reasons)

    def _read_columns(self) -> None:
        """Read the cells, in the order of the rows' names, in which their errors are listed."""
        sheet, readers, columns = self.sheet, self.kind.columns, self.draft.columns
        is_whole = len(self.places) == sheet.count
        for name, sent in sheet.columns.items():
            if name in readers:
                cells = sent if is_whole else [sent[place] for place in self.places]
                columns[name], errors = readers[name].read(cells)
                for at, error in errors.items():
                    self.errors[at].append(row_error(sheet, self.places[at], name, error, cells[at]))
        for name, reader in readers.items():
            if name not in columns and reader.empty[1] is not None:
                value, text = reader.empty
                columns[name] = Column([value] * self.draft.count, [text] * self.draft.count)
        for at, errors in self.errors.items() if not sheet.is_uniform else ():
            order = sheet.names_at(self.places[at])
            errors.sort(key=lambda error, order=order: order.index(error.field))

    def _find_unknown_fields(self) -> None:
        if self.sheet.names.issubset(self.names):
            return
        for at, place in enumerate(self.places):
            for name in self.sheet.names_at(place):
                if name not in self.names:
                    self._refuse(at, name, unknown_field(name, self.names, self.rules.feed))

    def _find_missing_cells(self) -> None:
        void_needs = {"external_id"} & self.kind.required
        for name in sorted(self.kind.required):
            cells = self.sheet.columns.get(name)
            if cells is None or None in cells:
                error = missing(name)
                for at, place in enumerate(self.places):
                    if (cells is None or cells[place] is None) and (at not in self.draft.voids or name in void_needs):
                        self._refuse(at, name, error)

    def _keys(self) -> Cells:
        draft = self.draft
        if not draft.span_column:
            own = draft.columns.get("external_id")
            return own.values if own else [None] * draft.count
        splits = [split or "" for split in draft.values("split")]
        pairs = zip(draft.spans, splits, strict=True)
        return [f"{span.label}|{split}" if isinstance(span, Span) else None for span, split in pairs]

    def _check_voids(self, reasons: Sequence[str]) -> None:
        """Rows that take a result back need a reason and a key; what else they say is left out."""
        draft = self.draft
        for at in draft.voids - self.errors.keys():
            if not reasons[at]:
                self._refuse(at, "reason", CellError("missing_field", _("A result is voided with a reason.")))
            elif draft.span_column and draft.spans[at] is None:
                self._refuse(at, draft.span_column, missing(draft.span_column))
        kept = [None if at in draft.voids else at for at in range(draft.count)]
        for name, column in draft.columns.items():
            if name not in ("external_id", "note"):
                reader = self.kind.columns.get(name)
                rest = column.take(at for at in kept if at is not None)
                draft.columns[name] = rest.spread(kept, reader.empty if reader else EMPTY)

    def _find_duplicates(self, keys: Cells) -> None:
        if not self.errors and len(set(keys)) == len(keys):
            return
        first: dict[str, int] = {}
        for at, key in enumerate(keys):
            if at not in self.errors and first.setdefault(key, at) != at:
                detail = _("Row %(first)s is the same result.") % {"first": self.places[first[key]] + 1}
                name = self.draft.span_column or "external_id"
                error = CellError("duplicate_in_batch", detail)
                self.errors[at].append(row_error(self.sheet, self.places[at], name, error, key))

    def _block(self, keys: Cells, reasons: Sequence[str]) -> list[Block]:
        draft, sheet = self.draft, self.sheet
        columns = {name: draft.columns[name] for name in CONTENT[self.table] if name in draft.columns}
        lines = sheet.lines
        if lines and len(self.places) < sheet.count:
            lines = [lines[place] for place in self.places]
        is_spanned = bool(draft.span_column) and self.table != NIL
        if not self.errors:
            return [Block(self.rules, self.table, self.places, keys, columns, reasons, draft.voids, lines, is_spanned)]
        good = [at for at in range(draft.count) if at not in self.errors]
        voids = frozenset(position for position, at in enumerate(good) if at in draft.voids)
        columns = {name: column.take(good) for name, column in columns.items()}
        places, keys, reasons = ([cells[at] for at in good] for cells in (self.places, keys, reasons))
        lines = [lines[at] for at in good] if lines else None
        return [Block(self.rules, self.table, places, keys, columns, reasons, voids, lines, is_spanned)] if good else []

    def _refuse(self, at: int, name: str, error: CellError) -> None:
        place = self.places[at]
        if error.code == "feed_ended" and self.sheet.cell(place, "service_level"):
            error = CellError("service_level_retired", error.detail)
        self.errors[at].append(row_error(self.sheet, place, name, error, self.sheet.cell(place, name)))


def row_error(sheet: Sheet, place: int, name: str, error: CellError, value: object) -> RowError:
    line = sheet.lines[place] if sheet.lines else None
    value = Number(value) if type(value) is int else value
    shown = value if may_show(name, value) else None
    return RowError(place + 1, line, name, error.code, error.detail, error.hint, shown)


def missing(name: str) -> CellError:
    """Return the error of a cell that is needed and empty."""
    return CellError("missing_field", _("%(name)s is needed.") % {"name": name})


def unknown_field(name: str, names: tuple[str, ...], feed: Feed | None = None) -> CellError:
    """Return the error of a field that the row's kind does not have; another kind may have it."""
    hint = near_field_hint(name[:60].lower(), names)
    if feed and name in COLUMNS:
        hint = _("%(feed)s takes %(kind)s, which have %(names)s.") % {
            "feed": feed.code,
            "kind": feed.get_kind_display(),
            "names": ", ".join(column for column in names if column not in NO_RESULT.union(ADDRESS)),
        }
    return CellError("unknown_field", _("There is no such field here."), hint)


close_matches = lru_cache(maxsize=256)(get_close_matches)


def _near_field_hint(name: str, names: tuple[str, ...]) -> str:
    near = close_matches(name, names, 1)
    return gettext("Did you mean %(name)s?") % {"name": near[0]} if near else ""


# Finding what may have been meant is slow: it is done for errors that are shown.
near_field_hint = lazy(_near_field_hint, str)
