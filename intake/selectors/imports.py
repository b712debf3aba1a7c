"""An uploaded file as its page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from bpo.formatting import show_count
from bpo.row_errors import RowError, show_value
from bpo.strict_values import CellError
from intake.deciding import SUPERSEDED
from intake.files.changed_rows import ChangedRow, changed_row
from intake.files.file_readings import FileRead, form_text, left_out_sentence, left_out_text
from intake.files.parts.previews import LargePreview
from intake.files.previews import Preview
from intake.files.readings.cells import LeaveOutRow, cell_reader
from intake.files.readings.heads import letter
from intake.files.readings.reading import CHECK, LEFT_OUT, ColumnReading, fold
from intake.files.readings.survey import SAMPLES, Cell
from metrics.services.previews import PreviewedVerdict
from metrics.statuses import Sign, sign_of, sign_of_verdict

SHOWN = 200
LONGEST_CELL = 60


@dataclass(frozen=True)
class Effect:
    """One verdict that would move."""

    name: str
    period: str
    before: Sign | None
    display_before: str
    after: Sign
    display: str
    is_open: bool


@dataclass(frozen=True)
class ShownColumn:
    """One column of the file: where it stands, three of its cells, and what they are read as."""

    letter: str
    name: str
    samples: list[str]
    form: str
    read_as: list[str]
    is_used: bool
    is_undecided: bool


@dataclass(frozen=True)
class ImportPage:
    """Counts, wrong rows first, changes, and what they would mean."""

    preview: Preview
    counts: dict[str, int]
    wrong: list[RowError]
    wrong_left_out: int
    changed: list[ChangedRow]
    changed_left_out: int
    effects: list[Effect]
    other_effects: int
    columns: list[ShownColumn]
    left_out: list[str]
    touched: Sequence[str] = ()
    touched_left_out: int = 0


def import_page(preview: Preview) -> ImportPage:
    """The preview, cut to what a person reads; the file of wrong rows has them all."""
    if isinstance(preview, LargePreview):
        return large_import_page(preview)
    moved = [each for each in preview.verdicts if each.status != each.status_before]
    wrong = [
        error._replace(detail=str(error.detail), hint=str(error.hint), value=show_value(error.value) or "")
        for error in preview.errors[:SHOWN]
    ]
    changed = [(decision, at) for decision in preview.decisions for at in decision.positions(SUPERSEDED)]
    changed.sort(key=lambda row: row[0].block.places[row[1]])
    return ImportPage(
        preview=preview,
        counts=preview.counts,
        wrong=wrong,
        wrong_left_out=len(preview.errors) - len(wrong),
        changed=[changed_row(decision, at) for decision, at in changed[:SHOWN]],
        changed_left_out=max(0, len(changed) - SHOWN),
        effects=[effect(each) for each in moved[:SHOWN]],
        other_effects=len(preview.verdicts) - len(moved[:SHOWN]),
        columns=shown_columns(preview.read) if preview.read else [],
        left_out=left_out_text(preview.read.left_out) if preview.read else [],
    )


def large_import_page(preview: LargePreview) -> ImportPage:
    """The preview of a large file, of which only the first wrong and changed rows are kept."""
    changed, whole = preview.changed, preview.whole
    return ImportPage(
        preview=preview,
        counts=preview.counts,
        wrong=preview.errors,
        wrong_left_out=preview.errors_left_out,
        changed=changed,
        changed_left_out=max(0, preview.counts["changed"] - len(changed)),
        effects=[],
        other_effects=0,
        columns=shown_columns(preview.read) if preview.read else [],
        left_out=[left_out_sentence(code, *kept) for code, kept in preview.left_out.items()],
        touched=whole.get("touched", ()),
        touched_left_out=whole.get("touched_left_out", 0),
    )


def shown_columns(read: FileRead) -> list[ShownColumn]:
    """Each column with its first cells, and what they are read as where they can be."""
    reading, by_name = read.reading, read.reading.by_name
    columns = []
    for place, (name, found) in enumerate(read.proposal.survey.by_name.items()):
        column = by_name[fold(name)]
        is_used = column.column not in (LEFT_OUT, CHECK)
        cells = list(found.cells)[:SAMPLES]
        columns.append(
            ShownColumn(
                letter=letter(place),
                name=name,
                samples=[shorten(cell.text) for cell in cells],
                form=form_text(column, reading),
                read_as=[shorten(read_cell(column, read, cell)) for cell in cells] if is_used else agreed(name, read),
                is_used=is_used,
                is_undecided=name in reading.undecided,
            )
        )
    return columns


def agreed(name: str, read: FileRead) -> list[str]:
    """Return in how many lines a column that is only checked agrees with the counts."""
    shares = [share for share in read.shares if share.name == name and share.compared]
    text = _("agrees with numerator ÷ denominator in %(agreed)s of %(lines)s lines")
    return [text % {"agreed": show_count(each.agreed), "lines": show_count(each.compared)} for each in shares]


def read_cell(column: ColumnReading, read: FileRead, cell: Cell) -> str:
    """Return what a cell is read as; a dash where it cannot be read yet."""
    try:
        has_times = read.proposal.survey.of(column.name).has_times
        return cell_reader(column, read.reading, read.target, has_times)(cell.text, cell.kind) or _("empty")
    except LeaveOutRow:
        return _("row left out")
    except CellError:
        return "–"


def shorten(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"


def effect(preview: PreviewedVerdict) -> Effect:
    level = preview.cell.service_level
    before = preview.before
    return Effect(
        name=f"{level.public_id} {level.name}",
        period=preview.cell.period.label,
        before=sign_of_verdict(before),
        display_before=before.display if before else "",
        after=sign_of(preview.status, is_final=False, is_history=preview.cell.is_history),
        display=preview.display,
        is_open=preview.is_provisional,
    )
