"""The metric catalogue: codes of the trade's measures, and what computes each of them."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.measure import Measure
from sla.metrics.registry import measure

FILE = Path(__file__).parent / "library" / "metric_catalogue.csv"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to compute a metric: from which kind of feed, by which measure, with which parameters."""

    kind: FeedKind
    aggregation: Aggregation
    of: str
    params: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> "Way":
        """A way as the catalogue writes it: `contacts mean wait waited_only=true`."""
        kind, aggregation, of, *settings = text.split()
        params = dict(setting.split("=", 1) for setting in settings)
        return cls(
            FeedKind(kind),
            Aggregation(aggregation),
            of,
            {key: text.replace("_", " ") if key == "unit" else text for key, text in params.items()},
        )

    def build(self) -> Measure:
        """The measure, with the catalogue's usual parameters."""
        return measure(self.kind, self.aggregation, {"of": self.of, **self.params})

    def computes(self, found: Measure) -> bool:
        """Whether that measure is this way; a variant is part of what a metric is, a threshold is not."""
        same = (found.kind, found.aggregation, found.of) == (self.kind, self.aggregation, self.of)
        return same and all(found.settings.values[key] == self.params[key] for key in {"variant"} & set(self.params))

    def __str__(self) -> str:
        variant = f" ({self.params['variant']})" if "variant" in self.params else ""
        return f"{self.kind} {self.aggregation} {self.of}{variant}"


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the catalogue."""

    code: str
    name: str
    family: str
    unit: str
    direction: str
    typical_expected: str
    typical_minimum: str
    notes: str
    ways: tuple[Way, ...]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Metric":
        return cls(
            code=row["code"],
            name=row["name"],
            family=row["process_family"],
            unit=row["unit"],
            direction=row["direction"],
            typical_expected=row["typical_expected"],
            typical_minimum=row["typical_minimum"],
            notes=row["notes"],
            ways=tuple(Way.parse(text) for text in row["computed_by"].split(";")),
        )


@cache
def metrics() -> dict[str, Metric]:
    """Every metric by its code."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: Metric.of(row) for row in csv.DictReader(file)}


def contradiction(code: str, found: Measure) -> str:
    """Why a metric of that code is not what the measure computes; empty where it may be.

    Whatever arrives as counts was computed by the vendor, so counts may stand for any metric; codes that the
    catalogue does not hold are the contract's own.
    """
    metric = metrics().get(code)
    if metric is None or found.kind is FeedKind.COUNTS or any(way.computes(found) for way in metric.ways):
        return ""
    return _("%(code)s (%(name)s) is computed by %(ways)s, not by %(found)s.") % {
        "code": code,
        "name": metric.name,
        "ways": _(" or ").join(str(way) for way in metric.ways),
        "found": f"{found.kind} {found.aggregation} {found.of}"
        + (f" ({found.settings.values['variant']})" if "variant" in found.settings.values else ""),
    }
