"""Rows of the past, and rows that nobody has stored, are read to the same digits as if the table held them."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count as numbers

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.clocks import clocks_of
from contracts.models.service_levels import Feed, ServiceLevel
from metrics.models.results import RESULT_TABLES, Batch, ObservationResult, SupersededResult
from metrics.models.verdicts import LateArrival
from metrics.tallies.readings import read_cells
from metrics.tallies.table_changes import NO_BATCH, TableChanges, without_arrivals
from metrics.tests.test_tallies import AS_OF, MARCH, some_rows, terms_of
from metrics.tests.worlds import observation, receive
from metrics.timelines import timelines_of
from sla.metrics.registry import RECIPES
from tests.support.tampering import as_owner

pytestmark = pytest.mark.django_db
NAMES = numbers()
KEYS = st.sampled_from("abcd")
# A row sent again, or taken back; at which minute of March, and with which value.
STEP = st.tuples(KEYS, st.none() | st.tuples(st.integers(-3000, 48000), st.decimals("-5", "5", places=6)))
STEPS = st.lists(STEP, max_size=12)


def read(level, *changes):
    cell = timelines_of(ServiceLevel.objects.filter(pk=level.pk))[level.pk].cell_starting(MARCH)
    return read_cells([cell], clocks_of([level.contract], at=AS_OF), changes)[cell.key]


def facts(reading):
    """All that a verdict takes from a reading."""
    total = reading.total()
    return dict(reading.days), total, list(total.values), reading.rows, reading.reported, reading.snapshot


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: f"{recipe.kind}-{recipe.aggregation}-{recipe.of}")
def test_rows_put_in_and_left_out_are_read_as_if_they_were_stored(cast, recipe):
    feed = cast.feed(cast.contracts["A-1"], "FEED", recipe.kind, schedule=Feed.Schedule.DAILY)
    level = cast.level(feed, "L", **terms_of(recipe))
    dice, table = random.Random(recipe.title), RESULT_TABLES[feed.kind]
    receive(feed, some_rows(recipe.kind, dice))
    fresh = some_rows(recipe.kind, dice)[:40]
    for number, row in enumerate(fresh):
        # Half of them take the place of stored rows, the others are new.
        row.feed, row.batch_id, row.key = feed, NO_BATCH, row.key if number % 2 else f"new {number}"
    voided = list(table.objects.exclude(key__in={row.key for row in fresh}).values_list("key", flat=True)[:5])
    changes = TableChanges(feed, {row.key for row in fresh} | set(voided), fresh)

    seen, before = facts(read(level, changes)), facts(read(level))
    with as_owner():
        table.objects.filter(key__in=changes.left_out).delete()
    table.objects.bulk_create(fresh)

    assert seen == facts(read(level)) != before


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(first=STEPS, late=STEPS)
def test_the_past_is_what_was_there_before_the_late_arrivals(cast, first, late):
    name = f"F{next(NAMES)}"
    feed = cast.feed(cast.contracts["A-1"], name, Feed.Kind.OBSERVATIONS, schedule=Feed.Schedule.DAILY)
    level = cast.level(feed, f"L{name}", aggregation="mean", params={})
    rows, revisions = {}, {}
    for step in first:
        send(level, rows, revisions, step)
    then = dict(rows)
    arrivals = [arrival for step in late if (arrival := send(level, rows, revisions, step))]

    assert added_up(read(level)) == plain_sums(rows)
    assert added_up(read(level, *without_arrivals(feed, arrivals))) == plain_sums(then)


def added_up(reading):
    return reading.total().numerator, reading.total().cases, reading.rows, sorted(reading.days)


def plain_sums(rows):
    """The same in plain Python, over the rows as a dictionary keeps them."""
    inside = [(at, value) for at, value in rows.values() if (at + timedelta(hours=1)).month == MARCH.month]
    days = sorted({(at + timedelta(hours=1)).date() for at, _value in inside})
    return sum(value for _at, value in inside), len(inside), len(inside), days


def send(level, rows, revisions, step):
    """Store a step as intake does, and note it as late; None where there was nothing to take back."""
    (key, what), feed = step, level.feed
    stored = ObservationResult.objects.filter(feed=feed, key=key).first()
    if what is None and stored is None:
        return None
    batch = Batch.objects.create(
        vendor=feed.contract.vendor, channel="api", media_type="application/json", received_at=AS_OF, rows_received=0,
        rows_new=0, rows_superseded=0, rows_unchanged=0, sha256="0" * 64,
    )  # fmt: skip
    if stored is not None:
        content = {"external_id": key, "occurred_at": stored.occurred_at.isoformat(),
                   "occurred_on": str(stored.occurred_on), "value": f"{stored.value:f}"}  # fmt: skip
        SupersededResult.objects.create(feed=feed, key=key, revision=stored.revision, content=content,
                                        batch=stored.batch, superseded_by=batch, superseded_at=AS_OF)  # fmt: skip
        stored.delete()
        del rows[key]
    if what is not None:
        minutes, value = what
        at = datetime(2025, 3, 1, tzinfo=UTC) + timedelta(minutes=minutes)
        revisions[key] = revisions.get(key, 0) + 1
        row = observation(key, at, Decimal(value), zone="Etc/GMT-1")
        row.feed, row.batch, row.revision = feed, batch, revisions[key]
        row.save()
        rows[key] = at, row.value
    return LateArrival.objects.create(service_level=level, starts_on=MARCH, key=key, batch=batch, arrived_at=AS_OF)
