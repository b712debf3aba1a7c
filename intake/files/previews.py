"""What a file would do if it were imported: the intake's own checks beside the record; nothing is written."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bpo.models import User
from bpo.row_errors import RowError, SubmissionError
from intake.addresses import AddressBook
from intake.files.matching import Matched, match
from intake.files.tables import Table, read_table
from intake.models.imports import Import
from intake.rows import RowReader
from intake.storing import NEW, SUPERSEDED, UNCHANGED, Outcome, sort_out
from intake.verdict_previews import preview_sortings
from metrics.services.previews import PreviewedVerdict

Rows = list[tuple[int | None, Any]]


@dataclass
class Preview:
    """A file beside the record: what is wrong, what would become of each row, and which verdicts would move."""

    table: Table | None = None
    matched: Matched | None = None
    unreadable: SubmissionError | None = None
    mistakes: list[RowError] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    verdicts: list[PreviewedVerdict] = field(default_factory=list)

    @property
    def wrong_rows(self) -> set[int]:
        return {mistake.row for mistake in self.mistakes}

    @property
    def good_rows(self) -> Rows:
        """The rows that nothing is wrong with, as they are sent when the import is confirmed."""
        wrong, rows = self.wrong_rows, self.matched.rows if self.matched else []
        return [row for number, row in enumerate(rows, 1) if number not in wrong]

    @property
    def counts(self) -> dict[str, int]:
        results = Counter(outcome.result for outcome in self.outcomes)
        changed = sum(results.values()) - results[NEW] - results[UNCHANGED]
        return {"new": results[NEW], "changed": changed, "unchanged": results[UNCHANGED], "wrong": len(self.wrong_rows)}

    @property
    def is_ready(self) -> bool:
        """Whether there is something to import, and nothing left to be said about it."""
        counts = self.counts
        return bool(self.matched and not self.matched.undecided and (counts["new"] or counts["changed"]))

    @property
    def changed(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.result == SUPERSEDED]


def preview_of(imported: Import, content: bytes, *, person: User, with_effect: bool = True, now: datetime) -> Preview:
    """Read, match, check and try a file; whatever stops it is said in the preview itself."""
    preview = Preview()
    try:
        preview.table = read_table(content)
        preview.matched = match(preview.table, imported)
    except SubmissionError as unreadable:
        preview.unreadable = unreadable
        return preview
    tried = try_rows(preview.matched.rows, imported, person=person, with_effect=with_effect, now=now)
    preview.mistakes, preview.outcomes, preview.verdicts = tried.mistakes, tried.outcomes, tried.verdicts
    return preview


def try_rows(rows: Rows, imported: Import, *, person: User, with_effect: bool, now: datetime) -> Preview:
    """Check rows as intake does, without one of them in the way of another; nothing is written."""
    reader = RowReader(AddressBook(imported.vendor, person), now, imported.reason)
    reader.read_all(rows)
    sortings = sort_out(reader.candidates, now=now, lock=False)
    mistakes = [*reader.mistakes, *(mistake for sorting in sortings for mistake in sorting.mistakes)]
    preview = Preview(mistakes=sorted(mistakes, key=lambda mistake: mistake.row))
    wrong = preview.wrong_rows
    for sorting in sortings:
        sorting.outcomes = [outcome for outcome in sorting.outcomes if outcome.candidate.row not in wrong]
        preview.outcomes += sorting.outcomes
    preview.outcomes.sort(key=lambda outcome: outcome.candidate.row)
    if with_effect:
        preview.verdicts = preview_sortings(sortings, now=now)
    return preview
