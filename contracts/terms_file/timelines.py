"""Rows that are in force from a day on: what a terms file says about them, current against what the desk knows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from django.utils.translation import gettext as _

from contracts.services.successions import Lasting, end_row
from contracts.terms_file.reading import Item, Path
from contracts.terms_file.session import Session, changes_in_words
from contracts.terms_file.shapes import Shape


@dataclass(frozen=True, slots=True)
class Entry:
    """What the file says: from a day on these values hold, perhaps until another day."""

    path: Path
    starts_on: date
    ends_on: date | None
    values: Item


@dataclass(frozen=True, slots=True)
class Timeline:
    """All rows of one price, function or service level, in the order of time.

    `known` reads the rows of the desk, `save` makes a new one, `start` names the column of its first day.
    """

    what: str
    shape: Shape
    start: str
    known: Callable[[], Iterable[Lasting]]
    save: Callable[[Entry], object]

    def entries(self, session: Session, items: list[tuple[Path, Item]]) -> list[Entry]:
        """What the file says in order of time; nothing of an existing contract begins before the file takes effect.

        A service level that it adds may, from the contract's start on.
        """
        found, is_terms = [], self.start == "effective_on"
        first = session.contract.starts_on if is_terms and not session.is_new and not list(self.known()) else None
        for path, item in items:
            values = self.shape.read(item)
            starts_on = values.pop(self.start) or session.effective_on
            if not session.is_new or is_terms:
                starts_on = max(starts_on, first or session.effective_on)
            found.append(Entry(path, starts_on, values.pop("ends_on"), values))
        found.sort(key=lambda entry: entry.starts_on)
        for place, (entry, following) in enumerate(pairwise(found)):
            words = {"what": self.what, "day": following.starts_on}
            if entry.starts_on == following.starts_on:
                session.refuse(following.path, _("%(what)s begins twice on that day.") % words)
            if entry.ends_on == following.starts_on:
                found[place] = replace(entry, ends_on=None)  # the following one ends it
            elif entry.ends_on and entry.ends_on > following.starts_on:
                session.refuse(following.path, _("%(what)s would be in force twice from %(day)s on.") % words)
        return found

    def settle(self, session: Session, items: list[tuple[Path, Item]]) -> None:
        """Bring in what differs from what the desk knows, and nothing else."""
        for entry in self.entries(session, items):
            rows = list(self.known())
            begun = (row for row in rows if getattr(row, self.start) <= entry.starts_on)
            current = next((row for row in begun if row.ends_on is None or row.ends_on > entry.starts_on), None)
            before = None
            if current is not None:
                values = self.shape.values(current)
                before = {name: values[name] for name in values if name not in (self.start, "ends_on")}
            if current is None or before != entry.values:
                self._add(session, entry, before)
                continue
            is_followed = any(getattr(row, self.start) == current.ends_on for row in rows)
            ends_on = None if is_followed else current.ends_on
            if ends_on == entry.ends_on:
                continue
            if ends_on is None or (entry.ends_on and entry.ends_on < ends_on):
                session.amend(entry.path, self.what)
                with session.at(entry.path, self.shape):
                    end_row(current, actor=session.actor, ends_on=entry.ends_on, batch=session.batch)
                session.log(_("%(what)s ends on %(day)s"), what=self.what, day=entry.ends_on)
            else:
                self._add(session, replace(entry, starts_on=ends_on), None)

    def _add(self, session: Session, entry: Entry, before: Item | None) -> None:
        session.amend(entry.path, self.what)
        with session.at(entry.path, self.shape):
            self.save(entry)
        words = {"what": self.what, "day": entry.starts_on}
        if before is None:
            session.log(_("%(what)s from %(day)s on"), **words)
        else:
            changes = changes_in_words(self.shape, before, entry.values)
            session.log(_("%(what)s from %(day)s on: %(changes)s"), **words, changes=changes)
