"""The metric catalogue: codes of the trade's measures, and what computes each of them."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _

from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.measure import Measure

FILE = Path(__file__).parent / "library" / "metric_catalogue.csv"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to compute a metric: from which kind of feed, by which measure, with which parameters."""

    kind: FeedKind
    aggregation: Aggregation
    of: str
    params: Mapping[str, object]

    @classmethod
    def parse(cls, text: str) -> "Way":
        """A way as the catalogue writes it: `contacts mean wait waited_only=true`."""
        kind, aggregation, of, *settings = text.split()
        params = dict(setting.split("=", 1) for setting in settings)
        if "unit" in params:
            params["unit"] = params["unit"].replace("_", " ")
        return cls(FeedKind(kind), Aggregation(aggregation), of, params)

    def covers(self, measured: "Way") -> bool:
        """Whether what is measured is this way; a variant is part of what a metric is, a threshold is not."""
        is_same = (measured.kind, measured.aggregation, measured.of) == (self.kind, self.aggregation, self.of)
        return is_same and self.params.get("variant") in (None, measured.params.get("variant"))

    def __str__(self) -> str:
        variant = f" ({self.params['variant']})" if "variant" in self.params else ""
        return f"{self.kind} {self.aggregation} {self.of}{variant}"


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the catalogue, as far as the program reads it."""

    code: str
    name: str
    direction: str
    ways: tuple[Way, ...]


@cache
def metrics() -> dict[str, Metric]:
    """Every metric by its code."""
    found = {}
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            ways = tuple(Way.parse(text) for text in row["computed_by"].split(";"))
            found[row["code"]] = Metric(row["code"], row["name"], row["direction"], ways)
    return found


def contradiction(code: str, measure: Measure) -> str:
    """Why a metric of that code is not what the measure computes; empty where it may be.

    Whatever arrives as counts was computed by the vendor, so counts may stand for any metric; codes that the
    catalogue does not hold are the contract's own.
    """
    metric = metrics().get(code)
    measured = Way(measure.kind, measure.aggregation, measure.of, measure.settings.values)
    if metric is None or measure.kind is FeedKind.COUNTS or any(way.covers(measured) for way in metric.ways):
        return ""
    return _("%(code)s (%(name)s) is computed by %(ways)s, not by %(found)s.") % {
        "code": code,
        "name": metric.name,
        "ways": _(" or ").join(str(way) for way in metric.ways),
        "found": measured,
    }
