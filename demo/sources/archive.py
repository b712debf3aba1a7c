"""The copies of real data that come with the project, opened for reading."""

import csv
import lzma
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "data"


def lines_of(name: str, *, delimiter: str = ",") -> Iterator[dict[str, str]]:
    """The rows of one packed table, by column name."""
    with lzma.open(FOLDER / name, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter=delimiter)
