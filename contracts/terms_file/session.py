"""One loading of a terms file: what it says, where, what was found different, and what was done about it."""

import hashlib
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import itemgetter
from typing import NoReturn, TypeVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from bpo.batches import Batch
from bpo.errors import Refused
from contracts.models.agreements import Amendment, Contract
from contracts.models.parties import BusinessCalendar, Client, Process
from contracts.models.service_levels import Feed
from contracts.services.agreements import add_amendment
from contracts.terms_file.checking import suggestion
from contracts.terms_file.reading import Document, Item, Path, Problem, TermsFileRefused
from contracts.terms_file.shapes import Shape, dig
from vendors.models import DeliveryCentre, Vendor

Key = TypeVar("Key", bound=Hashable)
Row = TypeVar("Row", bound=Model)


@dataclass
class Session:
    """The state of one loading; `lines` say what it did.

    With a batch it only checks: rows go into the batch, `places` has where each stands, and nothing is written.
    `processes` are the client's by name, `feeds` the contract's by code, with those of the file that came before.
    """

    document: Document
    actor: object
    now: datetime
    lines: list[str] = field(default_factory=list)
    client: Client = field(init=False)
    vendor: Vendor = field(init=False)
    contract: Contract = field(init=False)
    amendment: Amendment = field(init=False)
    effective_on: date = field(init=False)
    is_new: bool = False
    may_amend: bool = False
    batch: Batch | None = None
    places: list[tuple[Path, Shape | None]] = field(default_factory=list)
    processes: dict[str, Process] = field(default_factory=dict)
    feeds: dict[str, Feed] = field(default_factory=dict)

    @property
    def data(self) -> Item:
        return self.document.data

    def items(self, *section: str) -> list[tuple[Path, Item]]:
        """The items of a list of the file, each with its place."""
        return [((*section, place), item) for place, item in enumerate(dig(self.data, section)[1] or [])]

    def items_by_key(self, *section: str, what: str, key: Callable[[Item], Key]) -> dict[Key, tuple[Path, Item]]:
        """The items of a list of the file, each with its place, by their key; refuses two that mean the same row."""
        items: dict[Key, tuple[Path, Item]] = {}
        for path, item in self.items(*section):
            name = key(item)
            if name in items:
                shown = ", ".join(str(part) for part in name) if isinstance(name, tuple) else name
                self.refuse(path, _("The %(what)s “%(name)s” stands here twice.") % {"what": what, "name": shown})
            items[name] = path, item
        return items

    def timelines(self, section: str, *names: str) -> list[tuple[tuple[str, ...], list[tuple[Path, Item]]]]:
        """The items of a list grouped by some of their values, in the order of these."""
        groups: dict[tuple[str, ...], list[tuple[Path, Item]]] = {}
        for path, item in self.items(section):
            groups.setdefault(tuple(item[name] for name in names), []).append((path, item))
        return sorted(groups.items(), key=itemgetter(0))

    def refuse(self, path: Path, sentence: str) -> NoReturn:
        raise TermsFileRefused([self.document.problem(path, sentence)])

    @contextmanager
    def at(self, path: Path, shape: Shape | None = None) -> Iterator[None]:
        """Refusals from inside are given the place of the item they are about."""
        try:
            yield
        except TermsFileRefused:
            raise
        except ValidationError as error:
            raise TermsFileRefused(list(self._problems(error, path, shape))) from error
        except Refused as error:
            raise TermsFileRefused([self.document.problem(path, error.sentence)]) from error
        if self.batch:
            self.places += [(path, shape)] * (len(self.batch.changes) - len(self.places))

    def _problems(self, error: ValidationError, path: Path, shape: Shape | None) -> Iterator[Problem]:
        by_field = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
        for name, sentences in by_field.items():
            inner = (*path, *(shape.path_of(name) if shape else ()))
            prefix = "" if name == NON_FIELD_ERRORS or inner in self.document.marks else f"{name}: "
            for sentence in sentences:
                yield self.document.problem(inner, prefix + sentence)

    def amend(self, path: Path, what: str) -> None:
        """Make sure that a difference may be brought in: by a new contract, or by an amendment that begins now."""
        if self.is_new:
            return
        if not self.may_amend:
            sentence = _(
                "%(what)s differs from what has held since %(day)s (%(amendment)s); "
                "it is changed by a file with a later “effective_on”."
            )
            day = self.amendment.effective_on
            self.refuse(path, sentence % {"what": what, "day": day, "amendment": self.amendment})
        if self.amendment.effective_on != self.effective_on:
            with nullcontext() if self.batch is None else rolled_back():
                self.begin_amendment()
            self.log(_("%(amendment)s, effective on %(day)s"), amendment=self.amendment, day=self.effective_on)

    def begin_amendment(self) -> None:
        """Make the amendment that the file brings."""
        with self.at(("amendment",) if "amendment" in self.data else ("effective_on",)):
            self.amendment = add_amendment(actor=self.actor, contract=self.contract, **self.amendment_columns())

    def amendment_columns(self) -> Item:
        """The amendment as the file gives it, with the file itself."""
        stated = self.data.get("amendment", {})
        signed = stated.get("signed_on")
        columns = {
            "title": stated.get("title") or _("Terms from %(day)s") % {"day": self.effective_on},
            "signed_on": date.fromisoformat(signed) if signed else None,
            "effective_on": self.effective_on,
            "terms_file": self.document.text,
            "terms_sha256": hashlib.sha256(self.document.text.encode()).hexdigest(),
        }
        return columns | ({"number": stated["number"]} if "number" in stated else {})

    def log(self, line: str, **words: object) -> None:
        """Add a line to the report of what was done."""
        self.lines.append(line % words)

    def process(self, name: str | None, path: Path) -> Process | None:
        return self.find_named(self.processes, name, (*path, "process"), _("process")) if name else None

    def centre(self, name: str, path: Path) -> DeliveryCentre:
        rows = {row.name: row for row in self.vendor.delivery_centres.all()}
        return self.find_named(rows, name, path, _("delivery centre"))

    def calendar(self, name: str | None, path: Path) -> BusinessCalendar | None:
        """The calendar of that name: the client's, or else the vendor's, or else everybody's."""
        owners = (None, self.vendor.organisation, self.client.organisation) if name else ()
        rows = {row.name: row for owner in owners for row in BusinessCalendar.objects.filter(owner=owner)}
        return self.find_named(rows, name, (*path, "calendar"), _("calendar")) if name else None

    def find_named(self, rows: Mapping[str, Row], name: str, path: Path, what: str) -> Row:
        """Return the row of that name; refuses a name that is not among the rows."""
        if name not in rows:
            sentence = _("There is no %(what)s “%(name)s”.") % {"what": what, "name": name}
            self.refuse(path, sentence + suggestion(name, rows))
        return rows[name]


@contextmanager
def rolled_back() -> Iterator[None]:
    """Whatever is written inside is undone at its end; for rows whose rules are those of the tables."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def changes_in_words(shape: Shape, before: Item, after: Item) -> str:
    """`expected 80 → 82, minimum 75 → 78`, by the names that the file uses."""
    parts = []
    for column in shape.columns:
        if column.name in after and before.get(column.name) != after[column.name]:
            values = (before.get(column.name), after[column.name])
            written = (None if value is None else column.write(value) for value in values)
            old, new = ("–" if value in (None, "", [], {}) else value for value in written)
            parts.append(f"{'.'.join(column.path)} {old} → {new}")
    return ", ".join(parts)
