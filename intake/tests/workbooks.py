"""Small workbooks, written by hand, for tests."""

import io
import zipfile
from collections.abc import Sequence

from intake.files.containers import open_container
from intake.files.sources import Source, open_source
from intake.files.workbooks import read_workbook

CONTENT_TYPES = """<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/styles.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"""
RELATIONS = """<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="r1" Target="xl/workbook.xml"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>"""
WORKBOOK = """<?xml version="1.0" encoding="UTF-8"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">
<sheets><sheet name="October" sheetId="1" r:id="s1"/></sheets></workbook>"""
WORKBOOK_RELATIONS = """<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="s1" Target="worksheets/sheet1.xml"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/>
<Relationship Id="s2" Target="styles.xml"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"/></Relationships>"""
# Styles: a date (number 45931 is 1 October 2025), a percentage, a length in hours, a time of day.
STYLES = """<?xml version="1.0" encoding="UTF-8"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
<numFmts count="1"><numFmt numFmtId="170" formatCode="[hh]:mm:ss;@"/></numFmts>
<cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="10"/><xf numFmtId="170"/>
<xf numFmtId="20"/></cellXfs></styleSheet>"""
STYLE_MARKS = "@%~^"
SHEET = """<?xml version="1.0" encoding="UTF-8"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"""


def workbook(rows: Sequence[Sequence[str]]) -> bytes:
    """Cells: text, `=1.5` number, `@45931` day, `%0.88` percentage, `~1.5` length, `^0.5` time, `!#N/A` error."""
    drawn = "".join(
        f'<row r="{number}">{"".join(_cell(place, number, cell) for place, cell in enumerate(cells))}</row>'
        for number, cells in enumerate(rows, 1)
    )
    return workbook_of_sheet(SHEET.format(rows=drawn))


def workbook_of_sheet(sheet: str) -> bytes:
    """A workbook whose only sheet is this XML."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (
            ("[Content_Types].xml", CONTENT_TYPES), ("_rels/.rels", RELATIONS), ("xl/workbook.xml", WORKBOOK),
            ("xl/_rels/workbook.xml.rels", WORKBOOK_RELATIONS), ("xl/styles.xml", STYLES),
            ("xl/worksheets/sheet1.xml", sheet),
        ):  # fmt: skip
            archive.writestr(name, text)
    return file.getvalue()


def _cell(place: int, row: int, cell: str) -> str:
    name = f"{chr(ord('A') + place)}{row}"
    if cell.startswith("="):
        return f'<c r="{name}"><v>{cell[1:]}</v></c>'
    if cell.startswith("!"):
        return f'<c r="{name}" t="e"><v>{cell[1:]}</v></c>'
    if cell.startswith(tuple(STYLE_MARKS)):
        return f'<c r="{name}" s="{STYLE_MARKS.index(cell[0]) + 1}"><v>{cell[1:]}</v></c>'
    return f'<c r="{name}" t="inlineStr"><is><t>{cell}</t></is></c>' if cell else ""


def source_of(content: bytes) -> Source:
    """The lines of a file that was uploaded."""
    opened = open_container(lambda: io.BytesIO(content))
    kept = read_workbook(content) if opened.is_workbook else None
    return open_source(lambda: io.BytesIO(content), kept=kept)


def lines_of(content: bytes) -> list[tuple[int, list[str]]]:
    """The lines of a file, each with its number."""
    return [(line.number, list(line.cells)) for line in source_of(content).lines()]
