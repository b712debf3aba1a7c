"""The tables of a page and the rows of a CSV file, as tests compare them."""

import csv
import io
from html.parser import HTMLParser
from typing import Any


class TableReader(HTMLParser):
    """The text of every cell of every table row, in order; spaces count once."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.is_in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            self.is_in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.is_in_cell = False

    def handle_data(self, data: str) -> None:
        if self.is_in_cell:
            self.rows[-1][-1] = " ".join(f"{self.rows[-1][-1]} {data}".split())


def page_rows(response: Any) -> list[dict[str, str]]:
    """The rows of a page's first table by their headings, without headings of groups."""
    reader = TableReader()
    reader.feed(response.content.decode().replace("\u00a0", " "))
    headings = reader.rows[0]
    return [dict(zip(headings, row, strict=True)) for row in reader.rows[1:] if len(row) == len(headings)]


def file_rows(response: Any) -> list[dict[str, str]]:
    """The rows of a CSV file by their header."""
    text = response.content.decode("utf-8-sig").replace("\u00a0", " ")
    return list(csv.DictReader(io.StringIO(text)))
