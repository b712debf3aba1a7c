"""However results arrive, and whenever they are judged between, the same rows end in the same verdicts."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.models.service_levels import Feed
from metrics.models.breaches import Breach, BreachEvent
from metrics.models.results import Batch, ContactResult
from metrics.models.verdicts import DirtyCell, Standing, Verdict
from metrics.services.judging import judge_all
from metrics.services.row_changes import RowChange, touch_cells
from metrics.services.work_queue import enqueue
from metrics.tests.worlds import NOW, cells_on, receive
from sla.periods import local_day
from tests.support.tampering import as_owner

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Europe/Berlin")
FIRST = datetime(2025, 1, 1, 12, tzinfo=UTC)
NUMBERS = (
    "service_level__code",
    "period_label",
    "status",
    "value",
    "numerator",
    "denominator",
    "cases",
    "display",
    "days",
)
EMPTY = {"not_reported", "no_volume", "too_few"}

contacts = st.tuples(st.integers(0, 89), st.sampled_from(["answered", "abandoned"]), st.integers(0, 60))
# A change is a key and its new content, or None where it is taken back; a judging may come after it.
changes = st.lists(st.tuples(st.integers(0, 12), st.none() | contacts, st.booleans()), min_size=1, max_size=25)


@pytest.fixture
def feed(cast):
    feed = cast.feed(cast.contracts["A-1"], "VOICE", Feed.Kind.CONTACTS)
    params = {"of": "answered_in_time", "threshold_seconds": 20, "short_seconds": 5}
    cast.level(feed, "ANSWERED", aggregation="share_within", params=params)
    cast.level(feed, "P90", aggregation="percentile", params={"of": "wait", "percentile": 90}, direction="lower",
               expected=Decimal(30), minimum=Decimal(50), unit="s", period="week")  # fmt: skip
    cast.level(feed, "ROLLING", aggregation="mean", params={"of": "wait"}, direction="lower", expected=Decimal(30),
               minimum=Decimal(50), unit="s", rules={"low_volume": {"rule": "rolling", "min_cases": 5}})  # fmt: skip
    receive(feed, [])
    return feed


@given(changes)
# Each example is rolled back, so the fixture is as good as new for the next.
@settings(max_examples=settings.default.max_examples // 4, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_of_changes_ends_as_one_clean_load_of_what_is_left(feed, changes):
    with transaction.atomic():
        for key, content, judged in changes:
            apply(feed, str(key), content)
            if judged:
                judge_all(now=NOW)
        judge_all(now=NOW)
        piecemeal = said()

        forget_everything()
        days = ContactResult.objects.filter(feed=feed).values_list("occurred_on", flat=True)
        enqueue(list(cells_on(feed, days).values()), now=NOW)
        judge_all(now=NOW)

        clean = said()
        assert {key: piecemeal[key] for key in clean} == clean
        assert {verdict[2] for key, verdict in piecemeal.items() if key not in clean} <= EMPTY
        transaction.set_rollback(True)


def apply(feed, key, content):
    """What intake does with one row: new, superseded, or taken back."""
    rows = ContactResult.objects.filter(feed=feed, key=key)
    days = set(rows.values_list("occurred_on", flat=True))
    batch = Batch.objects.get()
    with as_owner():
        rows.delete()
    if content is not None:
        day, outcome, wait = content
        at = FIRST + timedelta(days=day)
        on = local_day(at, ZONE)
        days.add(on)
        ContactResult.objects.create(
            feed=feed, key=key, batch=batch, occurred_at=at, occurred_on=on, outcome=outcome, wait_seconds=Decimal(wait)
        )
    touch_cells(feed=feed, rows=[RowChange(key, frozenset(days))] if days else [], batch=batch, now=NOW)


def said():
    current = Verdict.objects.current().values_list(*NUMBERS)
    return {verdict[:2]: verdict for verdict in current}


def forget_everything():
    with as_owner():
        for table in (BreachEvent, Breach, Standing, Verdict, DirtyCell):
            table.objects.all().delete()


def test_a_standing_tells_what_the_current_verdicts_say(feed):
    for day in range(0, 90, 3):
        apply(feed, str(day), (day, "answered", day % 50))
        judge_all(now=NOW)

    for standing in Standing.objects.all():
        current = Verdict.objects.current().filter(service_level=standing.service_level).order_by("starts_on")
        told = [(period["label"], period["status"], period["display"]) for period in standing.history]
        assert told == list(current.values_list("period_label", "status", "display"))
        assert standing.last_closed == current.filter(ends_on__lte=date(2025, 4, 2)).last()
