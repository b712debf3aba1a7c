"""Readings that are shipped for common exports; a feed that is read by one keeps it as its own, in versions."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from intake.files.readings.propose import fits
from intake.files.readings.reading import Reading, reading_from
from intake.files.readings.targets import Target
from intake.files.sources import Line

FOLDER = Path(__file__).parent / "shipped"


@dataclass(frozen=True, slots=True)
class ShippedReading:
    """How a known export is read, for feeds of a kind; `content` is the reading as it is exported."""

    name: str
    reads: str
    shape_of: str
    kind: str
    content: Mapping[str, object]
    schedules: Sequence[str] = ()

    @property
    def reading(self) -> Reading:
        return reading_from(self.content)

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "reads": self.reads,
            "shape_of": self.shape_of,
            "kind": self.kind,
            "schedules": list(self.schedules),
            "reading": self.content,
        }


@cache
def shipped_readings() -> tuple[ShippedReading, ...]:
    """Return all of them, by name."""
    files = (json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.json"))
    found = [ShippedReading(content=file.pop("reading"), **file) for file in files]
    return tuple(sorted(found, key=lambda each: each.name))


def shipped_named(name: str) -> ShippedReading | None:
    """Return the one of a name."""
    return next((each for each in shipped_readings() if each.name == name), None)


def shipped_for(target: Target, top: Sequence[Line]) -> list[ShippedReading]:
    """Return those that read files with these first lines for a feed."""
    return [
        each
        for each in shipped_readings()
        if each.kind == target.kind
        and (not each.schedules or target.schedule in each.schedules)
        and fits(each.reading, top)
    ]
