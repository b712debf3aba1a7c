"""Every metric of the catalogue, by every way that it names: agreed as terms, reported through the door, judged."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from contracts import catalogue
from contracts.services.service_levels import add_service_level, set_terms
from intake.receiving import receive
from metrics.models.verdicts import DirtyCell, Verdict
from metrics.services.judging import judge_all
from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.registry import measure

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 4, 20, 9, tzinfo=UTC)
AT = "2025-03-{:02}T{:02}:00:00Z"
LIMITS = {
    "higher": {"direction": "higher", "expected": Decimal(1)},
    "lower": {"direction": "lower", "expected": Decimal(1)},
    "range": {"direction": "range", "expected": Decimal(1), "expected_high": Decimal(2)},
}
ROWS = {
    FeedKind.COUNTS: [{"date": f"2025-03-{day:02}", "numerator": 40 + day, "denominator": 60} for day in range(3, 9)],
    FeedKind.CONTACTS: [
        {"external_id": f"k{n}", "occurred_at": AT.format(n, 9), "outcome": outcome, "wait_seconds": 4 * n,
         "handle_seconds": 100 + n, "resolved": n % 2 == 0, "score": n, "customer": f"c{n % 3}"}
        for n, outcome in enumerate(("answered", "answered", "abandoned", "blocked", "answered", "flowed_out"), start=3)
    ],
    FeedKind.CASES: [
        {"external_id": f"t{n}", "opened_at": AT.format(n, 9), "due_at": AT.format(n, 15),
         "resolved_at": AT.format(n, 9 + n), "closed_at": AT.format(n + 1, 20),
         "met": n > 4, "correct": n > 3, "reopened": n == 5}
        for n in range(3, 9)
    ] + [{"external_id": "open", "opened_at": AT.format(10, 9), "due_at": AT.format(11, 9)}],
    FeedKind.OBSERVATIONS: [
        {"external_id": f"o{n}", "occurred_at": AT.format(n, 9), "value": 10 + n} for n in range(3, 9)
    ],
    FeedKind.DOWNTIME: [
        {"external_id": f"d{n}", "started_at": AT.format(n, 9), "ended_at": AT.format(n, 10), "planned": n == 4}
        for n in range(3, 6)
    ],
}  # fmt: skip
WAYS = [(metric, way) for metric in catalogue.metrics().values() for way in metric.ways]


@pytest.mark.parametrize("kind", FeedKind)
def test_every_metric_is_computed_from_what_a_vendor_sends(cast, kind):
    contract, vendor = cast.contracts["A-1"], cast.vendors["Brightline"]
    schedule = "daily" if kind is FeedKind.COUNTS else "event"
    feed = cast.feed(contract, "ROWS", kind, schedule=schedule, allows_excess=kind is FeedKind.COUNTS)
    named = {}
    for number, (metric, way) in enumerate(WAYS):
        if way.kind is kind:
            level = add_service_level(
                actor=None, contract=contract, feed=feed, code=f"L-{number}", name=metric.name[:160]
            )
            set_terms(
                actor=None, service_level=level, amendment=contract.amendments.get(), metric=metric.code,
                aggregation=way.aggregation, params={"of": way.of, **way.params}, **LIMITS[metric.direction],
            )  # fmt: skip
            named[level.pk] = f"{metric.code} {way}"
    assert named

    receive(
        principal=cast.operator, vendor=vendor, body=rows_as_json(ROWS[kind]), media_type="application/json",
        channel="api", now=NOW,
    )  # fmt: skip
    judge_all(now=NOW)

    judged = Verdict.objects.current().filter(service_level__in=named, period_label="2025-03")
    without = {name for pk, name in named.items() if pk not in {one.service_level_id for one in judged}}
    valueless = {named[one.service_level_id] for one in judged if one.value is None}
    assert (without, valueless) == (set(), set())
    assert not DirtyCell.objects.filter(service_level__in=named).exists()


def rows_as_json(rows):
    return json.dumps([{"feed": "ROWS", "contract": "A-1", **row} for row in rows]).encode()


def test_every_metric_may_arrive_as_counts():
    counted = measure(FeedKind.COUNTS, Aggregation.RATIO)

    assert {catalogue.contradiction(code, counted) for code in catalogue.metrics()} == {""}
