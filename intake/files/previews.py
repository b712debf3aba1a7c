"""What a file would do if it were imported, with nothing written; its wrong rows and templates, to download."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, takewhile

from django.utils.translation import gettext as _

from bpo.models import User
from bpo.row_errors import RowError, SubmissionError
from intake.checking import check_rows
from intake.contradictions import decide_blocks
from intake.deciding import NEW, REFUSED, UNCHANGED, Decision
from intake.files.file_readings import FileRead, read_import
from intake.files.readings.columns import EXPLANATION
from intake.files.readings.doubts import Doubt
from intake.files.readings.reading import fold
from intake.models.imports import Import
from intake.models.upload_addresses import UploadAddress
from intake.parsing import Sheet
from intake.partial import partly_accepted
from intake.receipts import preview_decisions
from intake.receiving import find_unlikely
from intake.unlikely import Unlikely
from metrics.services.previews import PreviewedVerdict


@dataclass
class Preview:
    """A file beside the record: what is wrong, what would become of each row, and which verdicts would move."""

    read: FileRead | None = None
    unreadable: SubmissionError | None = None
    errors: list[RowError] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    verdicts: Sequence[PreviewedVerdict] = ()
    questions: list[Unlikely] = field(default_factory=list)

    @property
    def sheet(self) -> Sheet | None:
        """The rows; none while something is open."""
        return self.read.sheet if self.read else None

    @property
    def has_rows(self) -> bool:
        """Whether it is known what would become of each row."""
        return self.sheet is not None

    @property
    def doubts(self) -> Sequence[Doubt]:
        """What has to be answered before there are rows."""
        return self.read.proposal.doubts if self.read else ()

    @property
    def wrong_rows(self) -> set[int]:
        return {error.row for error in self.errors}

    @property
    def good_rows(self) -> int:
        """How many rows have no error; these are stored when the import is confirmed."""
        return self.sheet.count - len(self.wrong_rows) if self.sheet else 0

    @property
    def counts(self) -> dict[str, int]:
        results = Counter(chain.from_iterable(decision.results for decision in self.decisions))
        changed = sum(results.values()) - results[NEW] - results[UNCHANGED] - results[REFUSED]
        return {"new": results[NEW], "changed": changed, "unchanged": results[UNCHANGED], "wrong": len(self.wrong_rows)}

    @property
    def is_ready(self) -> bool:
        """Whether there is something to import, and nothing is open."""
        counts = self.counts
        return bool(self.sheet and (counts["new"] or counts["changed"]))


def open_questions(preview: Preview, address: UploadAddress | None) -> list[Mapping[str, object]]:
    """Return what a person has to answer before a file is imported, that of an upload address or another one."""
    found: list[Mapping[str, object]] = [doubt.as_json() for doubt in preview.doubts]
    if not found and address and address.reading and preview.read and preview.read.name != address.reading.name:
        text = _("The file is not one that is read by “%(name)s”.") % {"name": address.reading.name}
        found.append({"key": "reading", "question": text})
    return found + [{"key": each.code, "question": str(each.detail)} for each in preview.questions]


def preview_of(imported: Import, *, person: User, with_effect: bool = True, now: datetime) -> Preview:
    """Read and check a file, and compare it with the record. An unreadable file is an error of the preview."""
    preview = Preview()
    try:
        preview.read = read_import(imported, now=now)
    except SubmissionError as error:
        preview.unreadable = error
        return preview
    if preview.sheet is None:
        return preview
    checked = check_rows(preview.sheet, imported.vendor, person, reason=imported.reason, now=now)
    preview.decisions = decide_blocks(checked.blocks, now=now)
    errors = chain(checked.errors, *(decision.errors for decision in preview.decisions))
    preview.errors = sorted(errors, key=lambda error: error.row)
    feeds = dict(checked.feeds)
    for decision in preview.decisions:
        feeds |= dict.fromkeys((error.row for error in decision.errors), decision.feed.pk)
    if any(decision.changes for decision in preview.decisions):
        preview.questions = [*preview.read.questions, *find_unlikely(checked, now=now)]
        preview.questions += partly_accepted(checked, preview.errors, feeds)
        preview.questions.sort(key=lambda question: question.code)
    if with_effect:
        preview.verdicts = preview_decisions(preview.decisions, now=now)
    return preview


def wrong_rows_file(preview: Preview) -> list[list[str]]:
    """Return the heads and the wrong lines as the file has them, with a column that lists their errors."""
    read = preview.read
    if read is None or read.sheet is None or read.sheet.lines is None:
        return []
    errors: dict[int, list[str]] = defaultdict(list)
    for error in preview.errors:
        field = f"{error.field}: " if error.field else ""
        errors[read.sheet.lines[error.row - 1]].append(f"{field}{error.detail} {error.hint}".strip())
    return wrong_lines_table(read, {line: " / ".join(texts) for line, texts in errors.items()})


def wrong_lines_table(read: FileRead, errors: Mapping[int, str]) -> list[list[str]]:
    """Return the heads and these lines of a file, with a column that says what is wrong with each."""
    names, last = read.proposal.heads.names, max(errors, default=0)
    places = [place for place, name in enumerate(names) if fold(name) != fold(EXPLANATION)]
    lines = takewhile(lambda line: line.number <= last, read.source.lines())
    return [
        [*(names[place] for place in places), EXPLANATION],
        *(
            [
                *(line.cells[place] if place < len(line.cells) else "" for place in places),
                errors[line.number],
            ]
            for line in lines
            if line.number in errors
        ),
    ]
