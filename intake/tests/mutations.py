"""An export written as some program, some locale and some hand may write it."""

import csv
import gzip
import io
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from intake.tests.export_shapes import LENGTH, MONTH, SHARE, WEEK, Cell, Shape
from intake.tests.workbooks import workbook

EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
ORDERS = {"%Y-%m-%d": "", "%d/%m/%Y": "d/m/y", "%m/%d/%Y": "m/d/y", "%d.%m.%Y": "d/m/y", "%d-%b-%Y": "",
          "%d %B %Y": "", "%m/%d/%y": "m/d/y", "%Y/%m/%d": "", "%d/%m/%y": "d/m/y", "%a %d %b %Y": ""}  # fmt: skip
CLOCKS = ("%H:%M", "%H:%M:%S", "%I:%M %p")
MONTHS = ("%Y-%m", "%b-%y", "%B %Y", "%m/%Y", "%b %Y", "%Y%m")
SIGNS = ((".", ""), (",", ""), (".", ","), (",", "."), (",", " "), (".", "\u00a0"), (".", "'"), (",", "\u202f"))
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252")


@dataclass
class Way:
    """How one file is written, and what a person who knows that answers about it."""

    chance: random.Random
    answers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        pick = self.chance.choice
        self.day, self.clock, self.month = pick(list(ORDERS)), pick(CLOCKS), pick(MONTHS)
        self.sign, self.group = pick(SIGNS)
        self.length = pick(["plain", "h:mm:ss", "units", "iso", "m:ss"])
        self.week = pick(["%G-W%V", "KW %V/%G", "W%V %G", "%Y-%m-%d", "%d.%m.%Y"])
        self.answers = {
            "form": ORDERS[self.day], "decimals": "point" if self.sign == "." else "comma", "zone": "Europe/Berlin",
            "clock": "m:ss", "add_up": "yes", "typed": "written",
        }  # fmt: skip

    def text(self, cell: Cell, kind: str) -> str:
        """A cell in a text file."""
        if isinstance(cell, datetime):
            return cell.strftime(f"{self.day} {self.clock}")
        if isinstance(cell, date):
            return cell.strftime({MONTH: self.month, WEEK: self.week}.get(kind, self.day))
        if isinstance(cell, str):
            return cell
        if kind == LENGTH:
            return self._length(int(cell))
        number = f"{cell:,f}".replace(",", "G").replace(".", self.sign).replace("G", self.group)
        return f"{number}{self.chance.choice(['%', ' %'])}" if kind == SHARE else number

    def _length(self, seconds: int) -> str:
        minutes, rest = divmod(seconds, 60)
        hours, minutes_of_hour = divmod(minutes, 60)
        forms: Mapping[str, str] = {
            "plain": str(seconds), "h:mm:ss": f"{hours}:{minutes_of_hour:02}:{rest:02}", "m:ss": f"{minutes}:{rest:02}",
            "units": f"{minutes}m {rest}s", "iso": f"PT{minutes}M{rest}S",
        }  # fmt: skip
        return forms[self.length]

    def typed(self, cell: Cell, kind: str) -> str:
        """A cell in a workbook; dates, numbers, lengths and percentages are typed ones."""
        if isinstance(cell, datetime):
            return f"@{(cell.replace(tzinfo=UTC) - EPOCH) / timedelta(days=1):.10f}"
        if isinstance(cell, date):
            return f"@{(cell - EPOCH.date()).days}"
        if isinstance(cell, str):
            return cell
        if kind == SHARE:
            return f"%{cell / 100}"
        return f"~{float(cell) / 86400:.12f}" if kind == LENGTH and self.length != "plain" else f"={cell}"


def written(shape: Shape, chance: random.Random) -> tuple[bytes, Way]:
    """The export as a file, and how it was written."""
    way, is_workbook = Way(chance), chance.random() < 0.3
    cell_text = way.typed if is_workbook else way.text
    order = list(range(len(shape.heads)))
    if chance.random() < 0.5:
        chance.shuffle(order)
    spell: Callable[[str], str] = chance.choice([str, str.upper, str.lower, lambda name: f" {name} "])
    kinds = [kind for _name, _column, kind in shape.heads]
    lines = [[spell(shape.heads[at][0]) for at in order]]
    lines += [[cell_text(row[at], kinds[at]) for at in order] for row in shape.rows]
    lines = _dressed(lines, len(order), chance, has_blanks=not is_workbook)
    if is_workbook:
        return workbook(lines), way
    file = io.StringIO()
    quoting = chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    delimiter, end = chance.choice(",;\t|"), chance.choice(["\n", "\r\n"])
    if chance.random() < 0.1:
        file.write(f"sep={delimiter}{end}")
    csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(lines)
    encodings = ENCODINGS if "\u202f" not in file.getvalue() else ENCODINGS[:3]
    content = file.getvalue().encode(chance.choice(encodings))
    return gzip.compress(content) if chance.random() < 0.1 else content, way


def _dressed(lines: list[list[str]], width: int, chance: random.Random, *, has_blanks: bool) -> list[list[str]]:
    """The table with what reports have around it."""
    if chance.random() < 0.3:
        lines = [["Report of October"], ["generated 03 Nov 2025"], [], *lines]
    if has_blanks and chance.random() < 0.2:
        lines.insert(len(lines) - 1, [""] * width)
    if chance.random() < 0.3:
        lines.append(["Total", *[""] * (width - 1)])
    if chance.random() < 0.3:
        lines.append(["Source: export"])
    return lines
