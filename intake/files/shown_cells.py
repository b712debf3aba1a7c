"""How a workbook shows its cells, where the cell's value alone would be read wrong: percentages, times, errors.

It is read by the process that reads workbooks, beside the values: a percentage of 88 % is 0.88, a time of 36 hours is a
day of January 1900, and an error is nothing.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import IO
from xml.etree import ElementTree

# Row, from 0, with the letter and the value of some of its cells: p and c (in days) with a number, e with its text.
Shown = tuple[int, dict[int, tuple[str, str]]]
PLACE = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")
# What a format writes as it stands, and its colours and conditions; lengths in [h], [m] and [s] stay.
LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
OWN_FORMATS = {9: "0%", 10: "0.00%", 18: "h:mm", 19: "h:mm", 20: "h:mm", 21: "h:mm", 45: "m:s", 46: "[h]", 47: "m:s"}
TIME = re.compile(r"[hs]")
DAY = re.compile(r"[dye]")
ERROR_CELL = re.compile(rb"""\st\s*=\s*["']e["']""")
SPLIT = 4096
LENGTH = re.compile(r"(-)?P(?:([0-9]+)D)?T?(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9.]+)S)?")
MOST = 20_000
ILLEGIBLE = bytes(byte for byte in range(32) if byte not in b"\t\n\r")


def kind_of_format(code: str) -> str:
    """Return p for a format that shows a percentage, c for one of a time or length without a day, else nothing."""
    plain = LITERAL.sub("", code.split(";")[0]).lower()
    if "%" in plain:
        return "p"
    return "c" if TIME.search(plain) and not DAY.search(plain) else ""


def shown_in_xlsx(archive: zipfile.ZipFile, sheet: str) -> Iterator[Shown]:
    """Give what the cells of a sheet of an .xlsx show, row by row."""
    relations = {
        relation.get("Id"): relation.get("Target", "") for relation in _xml(archive, "xl/_rels/workbook.xml.rels")
    }
    kinds = _styles(archive)
    for each in _xml(archive, "xl/workbook.xml").iterfind("{*}sheets/{*}sheet"):
        target = next((relations[value] for key, value in each.items() if "}id" in key and value in relations), "")
        if each.get("name") == sheet and target:
            name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            with archive.open(name) as file:
                is_needed = bool(kinds) or _has_error(file)
            with archive.open(name) as file:
                yield from _rows_of_xlsx(file, kinds) if is_needed else ()


def _styles(archive: zipfile.ZipFile) -> dict[str, str]:
    """The kinds of those styles that show a percentage or a time."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    styles = _xml(archive, "xl/styles.xml")
    codes = OWN_FORMATS | {
        int(form.get("numFmtId", "0")): form.get("formatCode", "") for form in styles.iterfind("{*}numFmts/{*}numFmt")
    }
    forms = [int(form.get("numFmtId", "0")) for form in styles.iterfind("{*}cellXfs/{*}xf")]
    kinds = {str(place): kind_of_format(codes.get(form, "")) for place, form in enumerate(forms)}
    return {place: kind for place, kind in kinds.items() if kind}


class Legible:
    """An XML file without the control characters that no XML may have, and some exports do."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def read(self, size: int = -1) -> bytes:
        while (piece := self.file.read(size)) and not (legible := piece.translate(None, ILLEGIBLE)):
            pass
        return legible if piece else b""


def _has_error(file: IO[bytes]) -> bool:
    before = b""
    while piece := file.read(64 * SPLIT):
        if ERROR_CELL.search(before[-16:] + piece):
            return True
        before = piece
    return False


def _rows_of_xlsx(file: IO[bytes], kinds: Mapping[str, str]) -> Iterator[Shown]:
    row = -1
    for _event, element in ElementTree.iterparse(Legible(file)):  # noqa: S314 - only this process can die of it
        if not element.tag.endswith("}row"):
            continue
        number = int(element.get("r", row + 2)) - 1
        if number <= row:
            raise ValueError("rows out of order")
        row, column, shown = number, -1, {}
        for cell in element:
            place = PLACE.fullmatch(cell.get("r", ""))
            column = _column(place[1]) if place else column + 1
            kind = {"e": "e", "n": kinds.get(cell.get("s", ""), "")}.get(cell.get("t", "n"), "")
            value = next((part.text or "" for part in cell if part.tag.endswith("}v")), "") if kind else ""
            if value:
                shown[column] = kind, value
        element.clear()
        if shown:
            yield row, shown


def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column - 1


def shown_in_ods(archive: zipfile.ZipFile, sheet: str) -> Iterator[Shown]:
    """Give what the cells of a sheet of an .ods show, row by row."""
    row = 0
    with archive.open("content.xml") as file:
        is_wanted = False
        for event, element in ElementTree.iterparse(Legible(file), ("start", "end")):  # noqa: S314 - only this process can die
            name = element.tag.rpartition("}")[2]
            if name == "table" and event == "start":
                is_wanted, row = _of(element, "name") == sheet, 0
            elif name == "table-row" and event == "end":
                times = int(_of(element, "number-rows-repeated") or 1)
                shown = _cells_of_ods(element) if is_wanted else {}
                element.clear()
                yield from ((row + more, shown) for more in range(min(times, MOST))) if shown else ()
                row += times


def _cells_of_ods(row: ElementTree.Element) -> dict[int, tuple[str, str]]:
    shown: dict[int, tuple[str, str]] = {}
    column = 0
    for cell in row:
        times = int(_of(cell, "number-columns-repeated") or 1)
        kind, value = _of(cell, "value-type"), _of(cell, "value")
        if kind == "percentage" and value:
            entry = "p", value
        elif kind == "time" and (length := LENGTH.fullmatch(_of(cell, "time-value"))):
            sign, days, hours, minutes, seconds = length.groups("0")
            total = ((int(days) * 24 + int(hours)) * 60 + int(minutes)) * 60 + Decimal(seconds)
            entry = "c", str((-total if sign == "-" else total) / 86400)
        elif any(key.endswith("value-type") and kind == "error" for key, kind in cell.items()):
            entry = "e", "".join(cell.itertext())
        else:
            entry = None
        if entry:
            shown |= dict.fromkeys(range(column, column + min(times, MOST)), entry)
        column += times
    return shown


def _of(element: ElementTree.Element, name: str) -> str:
    """An attribute in whatever namespace, but that of extensions."""
    return next((value for key, value in element.items() if key.endswith("}" + name) and "calcext" not in key), "")


def _xml(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(archive.read(name))  # noqa: S314 - only this process can die of it
