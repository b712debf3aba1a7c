"""The same digits on every database: a random world's table of verdicts, against sums written a second time in Python.

CI runs this on SQLite and on PostgreSQL; both are held against the same exact fractions.
"""

import csv
import io
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.models.service_levels import Feed
from metrics.models.verdicts import Verdict
from metrics.services.judging import judge_all
from metrics.tests.worlds import contact, count, observation, receive
from sla.periods import local_day

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 6, 20, 9, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
FIRST = datetime(2025, 2, 25, 21, 30, tzinfo=UTC)
MILLION = Decimal(1_000_000)
micros = st.integers(-(10**13), 10**13).map(lambda number: Decimal(number) / MILLION)
amounts = st.integers(0, 10**13).map(lambda number: Decimal(number) / MILLION)
moments = st.integers(0, 60 * 24 * 70).map(lambda minutes: FIRST + timedelta(minutes=minutes))
contacts = st.lists(
    st.tuples(moments, st.sampled_from(["answered", "abandoned", "blocked"]), st.none() | amounts), max_size=15
)
observations = st.lists(st.tuples(moments, micros, st.none() | st.integers(1, 9)), max_size=15)
wholes = st.integers(1, 10**7).map(Decimal)
totals = st.dictionaries(st.integers(0, 69), st.tuples(amounts, wholes), max_size=12)


@dataclass(frozen=True)
class Sum:
    """One month of one service level, added up by hand."""

    value: Fraction
    cases: int


@pytest.fixture
def feeds(cast):
    contract = cast.contracts["A-1"]
    voice = cast.feed(contract, "VOICE", Feed.Kind.CONTACTS)
    samples = cast.feed(contract, "SAMPLES", Feed.Kind.OBSERVATIONS)
    days = cast.feed(contract, "DAYS", Feed.Kind.COUNTS, schedule=Feed.Schedule.DAILY)
    low = {"direction": "lower", "expected": Decimal(20), "minimum": Decimal(30), "unit": "s", "decimals": 3}
    cast.level(voice, "ABANDONED", params={"of": "abandoned"}, direction="lower", expected=Decimal(5), minimum=None)
    cast.level(voice, "WAIT", aggregation="mean", params={"of": "wait"}, **low)
    cast.level(voice, "P90", aggregation="percentile", params={"of": "wait", "percentile": "90"}, **low)
    cast.level(samples, "MEAN", aggregation="mean", params={"of": "value"}, **low)
    cast.level(samples, "SUM", aggregation="sum", params={}, **low)
    cast.level(days, "RATIO", aggregation="ratio", params={"scale": "1"}, expected=Decimal("0.5"), minimum=None)
    receive(voice, [])
    return {"contacts": voice, "observations": samples, "counts": days}


def month_of(at):
    return f"{local_day(at, ZONE):%Y-%m}"


def by_month(rows, month):
    found = defaultdict(list)
    for row in rows:
        found[month(row)].append(row)
    return found


def expected_table(calls, samples, days):
    """Every month's value by another way than the engine's: plain sums over plain tuples."""
    table = {}
    for label, rows in by_month(calls, lambda row: month_of(row[0])).items():
        answered = [wait for _at, outcome, wait in rows if outcome == "answered"]
        gone = sum(outcome == "abandoned" for _at, outcome, _wait in rows)
        if gone + len(answered):
            table["ABANDONED", label] = Sum(Fraction(100 * gone, gone + len(answered)), gone + len(answered))
        waits = sorted(Fraction(wait) for wait in answered if wait is not None)
        if waits:
            table["WAIT", label] = Sum(sum(waits, Fraction(0)) / len(waits), len(waits))
            rank = -(-90 * len(waits) // 100)
            table["P90", label] = Sum(waits[rank - 1], len(waits))
    for label, rows in by_month(samples, lambda row: month_of(row[0])).items():
        values = [Fraction(value) for _at, value, _weight in rows]
        table["MEAN", label] = Sum(sum(values, Fraction(0)) / len(values), len(values))
        table["SUM", label] = Sum(sum(values, Fraction(0)), len(values))
    dated = [(local_day(FIRST, ZONE) + timedelta(days=number), *pair) for number, pair in days.items()]
    for label, rows in by_month(dated, lambda row: f"{row[0]:%Y-%m}").items():
        upper, lower = (sum((Fraction(row[place]) for row in rows), Fraction(0)) for place in (1, 2))
        table["RATIO", label] = Sum(upper / lower, lower.__floor__())
    return table


def rounded(value):
    """To six decimals, a tie to even; in enough digits for any sum here."""
    context = Context(prec=80, rounding=ROUND_HALF_EVEN)
    quotient = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    return quotient.quantize(Decimal("0.000001"), context=context)


def exported(feeds):
    """The table as a reader of a CSV file gets it."""
    file = io.StringIO()
    writer = csv.writer(file)
    verdicts = Verdict.objects.current().filter(service_level__feed__in=feeds.values(), value__isnull=False)
    for verdict in verdicts.select_related("service_level").order_by("service_level__code", "starts_on"):
        exact = verdict.working["facts"]["value"]
        writer.writerow([verdict.service_level.code, verdict.period_label, exact, f"{verdict.value:f}", verdict.cases])
    return file.getvalue()


@given(contacts, observations, totals)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_exported_table_has_the_digits_of_exact_sums(feeds, calls, samples, days):
    with transaction.atomic():
        receive(feeds["contacts"], [contact(f"c{n}", at, kind, wait_seconds=wait)
                                    for n, (at, kind, wait) in enumerate(calls)])  # fmt: skip
        receive(feeds["observations"], [observation(f"o{n}", *row) for n, row in enumerate(samples)])
        first: date = local_day(FIRST, ZONE)
        receive(feeds["counts"], [count(first + timedelta(days=number), *pair) for number, pair in days.items()])
        judge_all(now=NOW)

        found = {(row[0], row[1]): (Fraction(row[2]), Decimal(row[3]), int(row[4]))
                 for row in csv.reader(io.StringIO(exported(feeds)))}  # fmt: skip
        table = expected_table(calls, samples, days)
        wanted = {key: (one.value, rounded(one.value), one.cases) for key, one in table.items()}
        assert found == wanted
        transaction.set_rollback(True)
