"""What a file would do if it were imported: the checks of intake beside the record; nothing is written."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from bpo.models import User
from bpo.row_errors import RowError, SubmissionError
from intake.checking import check_rows
from intake.deciding import NEW, REFUSED, UNCHANGED, Decision, decide
from intake.files.matching import Matched, match
from intake.files.tables import Table, read_table
from intake.models.imports import Import
from intake.receipts import preview_decisions
from metrics.services.previews import PreviewedVerdict


@dataclass
class Preview:
    """A file beside the record: what is wrong, what would become of each row, and which verdicts would move."""

    table: Table | None = None
    matched: Matched | None = None
    unreadable: SubmissionError | None = None
    errors: list[RowError] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    verdicts: Sequence[PreviewedVerdict] = ()

    @property
    def wrong_rows(self) -> set[int]:
        return {error.row for error in self.errors}

    @property
    def good_rows(self) -> int:
        """How many rows have no error; these are stored when the import is confirmed."""
        return self.matched.sheet.count - len(self.wrong_rows) if self.matched else 0

    @property
    def counts(self) -> dict[str, int]:
        results = Counter(chain.from_iterable(decision.results for decision in self.decisions))
        changed = sum(results.values()) - results[NEW] - results[UNCHANGED] - results[REFUSED]
        return {"new": results[NEW], "changed": changed, "unchanged": results[UNCHANGED], "wrong": len(self.wrong_rows)}

    @property
    def is_ready(self) -> bool:
        """Whether there is something to import, and every column has its place."""
        counts = self.counts
        return bool(self.matched and not self.matched.undecided and (counts["new"] or counts["changed"]))


def preview_of(imported: Import, content: bytes, *, person: User, with_effect: bool = True, now: datetime) -> Preview:
    """Read, match and check a file, and compare it with the record. An unreadable file is an error of the preview."""
    preview = Preview()
    try:
        preview.table = read_table(content)
        preview.matched = match(preview.table, imported)
    except SubmissionError as error:
        preview.unreadable = error
        return preview
    checked = check_rows(preview.matched.sheet, imported.vendor, person, reason=imported.reason, now=now)
    preview.decisions = [decide(block, now=now) for block in checked.blocks]
    errors = chain(checked.errors, *(decision.errors for decision in preview.decisions))
    preview.errors = sorted(errors, key=lambda error: error.row)
    if with_effect:
        preview.verdicts = preview_decisions(preview.decisions, now=now)
    return preview
