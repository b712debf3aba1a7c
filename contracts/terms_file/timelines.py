"""Rows that are in force from a day on: what a terms file says about them, held against what the desk knows."""

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
class Saying:
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
    save: Callable[[Saying], Any]

    def sayings(self, session: Session, items: list[tuple[Path, dict[str, Any]]]) -> list[Saying]:
        """What the file says in order of time; nothing of an existing contract begins before the file takes effect."""
        found = []
        for path, item in items:
            values = self.shape.read(item)
            starts_on = values.pop(self.start) or session.effective_on
            if not session.is_new or self.start == "effective_on":
                starts_on = max(starts_on, session.effective_on)
            found.append(Saying(path, starts_on, values.pop("ends_on"), values))
        found.sort(key=lambda saying: saying.starts_on)
        return [
            self._ended(session, saying, following) for saying, following in zip(found, [*found[1:], None], strict=True)
        ]

    def _ended(self, session: Session, saying: Saying, following: Saying | None) -> Saying:
        """A row that the next one follows ends by itself."""
        if following is None:
            return saying
        if saying.starts_on == following.starts_on:
            session.refuse(following.path, _("%(what)s begins twice on that day.") % {"what": self.what})
        if saying.ends_on is None or saying.ends_on == following.starts_on:
            return Saying(saying.path, saying.starts_on, None, saying.values)
        if saying.ends_on > following.starts_on:
            sentence = _("%(what)s would be in force twice from %(day)s on.")
            session.refuse(following.path, sentence % {"what": self.what, "day": following.starts_on})
        return saying

    def settle(self, session: Session, items: list[tuple[Path, dict[str, Any]]]) -> None:
        """Bring in what differs from what the desk knows, and nothing else."""
        for saying in self.sayings(session, items):
            held = self._held(saying.starts_on)
            if held is None or self._values(held) != saying.values:
                self._bring(session, saying, held)
                continue
            ends_on = self._own_end(held)
            if ends_on == saying.ends_on:
                continue
            if ends_on is None or (saying.ends_on and saying.ends_on < ends_on):
                self._end(session, saying, held)
            else:
                longer = Saying(saying.path, ends_on, saying.ends_on, saying.values)
                self._bring(session, longer, None)

    def _bring(self, session: Session, saying: Saying, held: Any) -> None:
        session.amend(saying.path, self.what)
        with session.at(saying.path, self.shape):
            self.save(saying)
        if held is None:
            session.did(_("%(what)s from %(day)s on"), what=self.what, day=saying.starts_on)
        else:
            changes = changes_in_words(self.shape, self._values(held), saying.values)
            session.did(
                _("%(what)s from %(day)s on: %(changes)s"), what=self.what, day=saying.starts_on, changes=changes
            )

    def _end(self, session: Session, saying: Saying, held: Any) -> None:
        session.amend(saying.path, self.what)
        with session.at(saying.path, self.shape):
            end_row(held, actor=session.actor, ends_on=saying.ends_on)
        session.did(_("%(what)s ends on %(day)s"), what=self.what, day=saying.ends_on)

    def _held(self, day: date) -> Any:
        """The desk's row in force on a day."""
        for row in self.known():
            if getattr(row, self.start) <= day and (row.ends_on is None or row.ends_on > day):
                return row
        return None

    def _own_end(self, held: Any) -> date | None:
        """When the row ends without another one following it."""
        followed = any(getattr(row, self.start) == held.ends_on for row in self.known())
        return None if followed else held.ends_on

    def _values(self, row: Any) -> dict[str, Any]:
        values = self.shape.values(row)
        return {name: value for name, value in values.items() if name not in (self.start, "ends_on")}
