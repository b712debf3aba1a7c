"""Reads the copies of real data in this package."""

import csv
import lzma
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "data"


def read_table(name: str, *, delimiter: str = ",") -> Iterator[dict[str, str]]:
    """Yield the rows of one packed table, by column name."""
    with lzma.open(FOLDER / name, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter=delimiter)
