"""Small Excel workbooks, written by hand."""

import io
import zipfile
from collections.abc import Sequence

NAMESPACE = "http://schemas.openxmlformats.org"
MAIN = f'xmlns="{NAMESPACE}/spreadsheetml/2006/main"'
OFFICE = f"{NAMESPACE}/officeDocument/2006/relationships"
PACKAGE = f'xmlns="{NAMESPACE}/package/2006/relationships"'
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# Formats by the sign that a cell begins with: a number as it is, a percentage, a time of day, more than a day.
FORMATS = {"=": 0, "%": 164, "@": 21, "#": 46}
STYLE = '<xf numFmtId="{}"/>'
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{NAMESPACE}/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{SHEET_TYPE}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{SHEET_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f"<Relationships {PACKAGE}>"
    f'<Relationship Id="r1" Target="xl/workbook.xml" Type="{OFFICE}/officeDocument"/></Relationships>',
    "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{OFFICE}"><sheets>'
    '<sheet name="Data" sheetId="1" r:id="s1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f"<Relationships {PACKAGE}>"
    f'<Relationship Id="s1" Target="worksheets/sheet1.xml" Type="{OFFICE}/worksheet"/>'
    f'<Relationship Id="s2" Target="styles.xml" Type="{OFFICE}/styles"/></Relationships>',
    "xl/styles.xml": f'<styleSheet {MAIN}><numFmts count="1"><numFmt numFmtId="164" formatCode="0.0%"/></numFmts>'
    f"<cellXfs>{''.join(map(STYLE.format, FORMATS.values()))}</cellXfs></styleSheet>",
}


def workbook(*rows: Sequence[str]) -> bytes:
    """A workbook of one sheet. A cell is a text, or a number after the sign of its format: `=17`, `%0.853`."""
    drawn = ""
    for number, cells in enumerate(rows, 1):
        row = "".join(cell_of(f"{chr(65 + place)}{number}", cell) for place, cell in enumerate(cells))
        drawn += f'<row r="{number}">{row}</row>'
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in PARTS.items():
            archive.writestr(name, text)
        archive.writestr("xl/worksheets/sheet1.xml", f"<worksheet {MAIN}><sheetData>{drawn}</sheetData></worksheet>")
    return file.getvalue()


def cell_of(place: str, cell: str) -> str:
    if cell[:1] in FORMATS:
        return f'<c r="{place}" s="{list(FORMATS).index(cell[0])}"><v>{cell[1:]}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{cell}</t></is></c>'
