"""What a file would do if it were imported: the intake's own checks, tried against the record and undone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from bpo.models import User
from bpo.row_errors import RowError, SubmissionError
from intake.addresses import AddressBook
from intake.files.matching import Matched, match
from intake.files.tables import Table, read_table
from intake.models.imports import Import
from intake.rows import RowReader
from intake.storing import NEW, SUPERSEDED, UNCHANGED, Outcome, counts_of, digest_of, sort_out, store
from intake.verdict_previews import foreseen_by
from metrics.models.results import Batch
from metrics.services.foresight import Foreseen
from metrics.services.looking import only_looking

Rows = list[tuple[int | None, Any]]


@dataclass
class Preview:
    """A file beside the record: what is wrong, what would become of each row, and which verdicts would move."""

    table: Table | None = None
    matched: Matched | None = None
    unreadable: SubmissionError | None = None
    mistakes: list[RowError] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    foreseen: list[Foreseen] = field(default_factory=list)

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


class _OnlyLooked(Exception):
    """Leaves the transaction that a preview tries its rows in."""


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
    preview.mistakes, preview.outcomes, preview.foreseen = tried.mistakes, tried.outcomes, tried.foreseen
    return preview


def try_rows(rows: Rows, imported: Import, *, person: User, with_effect: bool, now: datetime) -> Preview:
    """Check rows as intake does, without one of them in the way of another; nothing stays."""
    preview = Preview()
    reader = RowReader(AddressBook(imported.vendor, person), now, imported.reason)
    reader.read_all(rows)
    try:
        with only_looking(), transaction.atomic():
            sortings = sort_out(reader.candidates, now=now)
            preview.mistakes = [*reader.mistakes, *(wrong for sorting in sortings for wrong in sorting.mistakes)]
            wrong = preview.wrong_rows
            for sorting in sortings:
                sorting.outcomes = [each for each in sorting.outcomes if each.candidate.row not in wrong]
            preview.outcomes = sorted(
                (each for sorting in sortings for each in sorting.outcomes), key=lambda each: each.candidate.row
            )
            if with_effect:
                preview.foreseen = _foreseen(sortings, preview.outcomes, imported, now)
            raise _OnlyLooked
    except _OnlyLooked:
        preview.mistakes.sort(key=lambda mistake: mistake.row)
        return preview


def _foreseen(sortings: Sequence[Any], outcomes: list[Outcome], imported: Import, now: datetime) -> list[Foreseen]:
    """The verdicts that would move, found by storing the rows where they will be taken back."""
    changed = [outcome for outcome in outcomes if outcome.result != UNCHANGED]
    if not changed:
        return []
    batch = Batch(
        vendor=imported.vendor,
        channel=Batch.Channel.FILE,
        media_type="text/csv",
        received_at=now,
        sha256=digest_of([outcome.candidate for outcome in outcomes]),
        **{f"rows_{name}": count for name, count in counts_of(outcomes, rejected=0).items()},
    )
    batch.save()
    store(sortings, batch=batch, now=now)
    return foreseen_by(sortings, now=now)
