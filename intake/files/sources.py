"""A vendor's file as a source of lines, each with its cells; what the lines mean is said by a reading of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from django.utils.translation import gettext as _

from bpo.csv_export import restored
from bpo.row_errors import UnreadableError
from bpo.size_limits import FILE_LINES
from intake.files.containers import Opened, open_container
from intake.files.texts import OpenFile, cut_lines, find_letters, find_marks, open_text
from intake.files.workbooks import Kept, lines_of_sheet, sheets_in, too_many_rows

PEEKED = 50
# After so many lines whoever reads a large file is told how far it is.
WATCHED = 20_000


class Line(NamedTuple):
    """One line of a file, as wide as it is.

    `number` is the one that the spreadsheet or editor shows. `kinds` has a letter for each cell of a workbook: t text,
    n number, d day, m moment, c clock or length, p percent, b boolean, e error, - empty; it is empty for text files.
    A sheet's line ends with the last cell that holds something.
    Days are `2026-11-05`, moments `2026-11-05T09:12:00` in no zone, clocks and lengths `h:mm:ss`, percentages `88%`.
    `error` says why a line could not be cut into cells; its only cell then holds the line as it stands.
    """

    number: int
    cells: Sequence[str]
    kinds: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a file is to be opened, as a reading or a person has chosen it; what is empty is found in the file."""

    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file's lines, and how the file was opened; `encodings` and `odd_line` are those of `texts.Letters`."""

    open_file: OpenFile
    media_type: str
    encoding: str = ""
    delimiter: str = ""
    quote: str = ""
    says_delimiter: bool = False
    encodings: Mapping[str, str] = field(default_factory=dict)
    odd_line: int = 0
    sheets: Sequence[str] = ()
    sheet: str = ""
    kept: Kept = b""
    most_lines: int = FILE_LINES
    watch: Callable[[int], object] | None = None

    @property
    def is_workbook(self) -> bool:
        return not self.encoding

    def lines(self, sheet: str = "") -> Iterator[Line]:
        """Give every line that holds something, of another sheet where one is named; can be called again.

        The file is never held in memory. Raises UnreadableError for the first line beyond `most_lines`.
        """
        lines = self._cells(sheet or self.sheet) if self.is_workbook else self._cuts()
        for count, line in enumerate(lines, 1):
            if count > self.most_lines:
                raise too_many_rows(self.most_lines)
            if self.watch and count % WATCHED == 0:
                self.watch(count)
            yield line

    def peek(self, sheet: str = "", lines: int = PEEKED) -> list[Line]:
        """Return the first lines, of another sheet where one is named."""
        return list(islice(self.lines(sheet), lines))

    def _cells(self, sheet: str) -> Iterator[Line]:
        return (Line(number, cells, kinds) for number, kinds, cells in lines_of_sheet(self.kept, sheet))

    def _cuts(self) -> Iterator[Line]:
        with open_text(self.open_file, self.encoding) as text:
            if self.says_delimiter:
                text.readline()
            for number, cells, error in cut_lines(text, self.delimiter, self.quote):
                if any(cells) and any(cell.strip() for cell in cells):
                    if any("'" in cell for cell in cells):
                        cells = [restored(cell) for cell in cells]
                    yield Line(number + self.says_delimiter, cells, error=error)


def open_source(open_file: OpenFile, wish: Wish | None = None, *, kept: Kept | None = None) -> Source:
    """Open a file, whose kind shows in its content and not in its name. Raises UnreadableError.

    `open_file` opens its bytes, again for each reading; `kept` is what was found in a workbook when it was uploaded.
    """
    wish = wish or Wish()
    opened = open_container(open_file)
    if opened.is_workbook:
        return _workbook(opened, wish, kept)
    open_file = opened.open_file
    letters = find_letters(open_file, wish.encoding)
    delimiter, quote, is_said = find_marks(open_file, letters.encoding)
    return Source(
        open_file=open_file,
        media_type=opened.media_type,
        encoding=letters.encoding,
        encodings=letters.samples,
        odd_line=letters.odd_line,
        delimiter=wish.delimiter or delimiter,
        quote=wish.quote or quote,
        says_delimiter=is_said,
    )


def _workbook(opened: Opened, wish: Wish, kept: Kept | None) -> Source:
    if not kept:
        detail = _("This workbook was uploaded before the desk was upgraded: upload it again.")
        raise UnreadableError("bad_workbook", detail)
    sheets = sheets_in(kept)
    if wish.sheet and wish.sheet not in sheets:
        raise UnreadableError(
            "no_such_sheet",
            _("The workbook has no visible sheet “%(sheet)s”.") % {"sheet": wish.sheet[:80]},
            hint=_("It has: %(sheets)s.") % {"sheets": ", ".join(f"“{name[:80]}”" for name in sheets)},
        )
    return Source(**opened._asdict(), sheets=sheets, sheet=wish.sheet or sheets[0], kept=kept)
