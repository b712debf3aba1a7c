"""Rows that are in force from a day on: what a terms file says about them, current against what the desk knows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from contracts.services.successions import end_row
from contracts.terms_file.reading import Path
from contracts.terms_file.session import Session, changes_in_words
from contracts.terms_file.shapes import Shape


@dataclass(frozen=True, slots=True)
class Entry:
    """What the file says: from a day on these values hold, perhaps until another day."""

    path: Path
    starts_on: date
    ends_on: date | None
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Timeline:
    """All rows of one price, function or service level, in the order of time.

    `known` reads the rows of the desk, `save` makes a new one, `start` names the column of its first day.
    """

    what: str
    shape: Shape
    start: str
    known: Callable[[], Iterable[Any]]
    save: Callable[[Entry], Any]

    def entries(self, session: Session, items: list[tuple[Path, dict[str, Any]]]) -> list[Entry]:
        """What the file says in order of time; nothing of an existing contract begins before the file takes effect."""
        found = []
        for path, item in items:
            values = self.shape.read(item)
            starts_on = values.pop(self.start) or session.effective_on
            if not session.is_new or self.start == "effective_on":
                starts_on = max(starts_on, session.effective_on)
            found.append(Entry(path, starts_on, values.pop("ends_on"), values))
        found.sort(key=lambda entry: entry.starts_on)
        pairs = zip(found, [*found[1:], None], strict=True)
        return [self._ended(session, entry, following) for entry, following in pairs]

    def _ended(self, session: Session, entry: Entry, following: Entry | None) -> Entry:
        """A row that the next one follows ends by itself."""
        if following is None:
            return entry
        if entry.starts_on == following.starts_on:
            session.refuse(following.path, _("%(what)s begins twice on that day.") % {"what": self.what})
        if entry.ends_on is None or entry.ends_on == following.starts_on:
            return Entry(entry.path, entry.starts_on, None, entry.values)
        if entry.ends_on > following.starts_on:
            sentence = _("%(what)s would be in force twice from %(day)s on.")
            session.refuse(following.path, sentence % {"what": self.what, "day": following.starts_on})
        return entry

    def settle(self, session: Session, items: list[tuple[Path, dict[str, Any]]]) -> None:
        """Bring in what differs from what the desk knows, and nothing else."""
        for entry in self.entries(session, items):
            current = self._row_on(entry.starts_on)
            if current is None or self._values(current) != entry.values:
                self._add(session, entry, current)
                continue
            ends_on = self._own_end(current)
            if ends_on == entry.ends_on:
                continue
            if ends_on is None or (entry.ends_on and entry.ends_on < ends_on):
                self._end(session, entry, current)
            else:
                longer = Entry(entry.path, ends_on, entry.ends_on, entry.values)
                self._add(session, longer, None)

    def _add(self, session: Session, entry: Entry, current: Any) -> None:
        session.amend(entry.path, self.what)
        with session.at(entry.path, self.shape):
            self.save(entry)
        words = {"what": self.what, "day": entry.starts_on}
        if current is None:
            session.log(_("%(what)s from %(day)s on"), **words)
        else:
            changes = changes_in_words(self.shape, self._values(current), entry.values)
            session.log(_("%(what)s from %(day)s on: %(changes)s"), **words, changes=changes)

    def _end(self, session: Session, entry: Entry, current: Any) -> None:
        session.amend(entry.path, self.what)
        with session.at(entry.path, self.shape):
            end_row(current, actor=session.actor, ends_on=entry.ends_on)
        session.log(_("%(what)s ends on %(day)s"), what=self.what, day=entry.ends_on)

    def _row_on(self, day: date) -> Any:
        """The desk's row in force on a day."""
        begun = (row for row in self.known() if getattr(row, self.start) <= day)
        return next((row for row in begun if row.ends_on is None or row.ends_on > day), None)

    def _own_end(self, current: Any) -> date | None:
        """When the row ends without another one following it."""
        followed = any(getattr(row, self.start) == current.ends_on for row in self.known())
        return None if followed else current.ends_on

    def _values(self, row: Any) -> dict[str, Any]:
        values = self.shape.values(row)
        return {name: value for name, value in values.items() if name not in (self.start, "ends_on")}
