"""Mornings for the tests of the mails: runs, verdicts and breaches as a night leaves them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bpo.models import User
from contracts.models.service_levels import Feed, ServiceLevel
from metrics.models.breaches import Breach, BreachEvent
from metrics.models.runs import Run
from metrics.models.verdicts import Standing, Verdict
from reports.models import Edition, Message
from reports.readers import make_reader
from reports.selecting.digest import UpcomingDates
from reports.services.queueing import queue_digest
from reports.tests.faulty_smtp import server  # noqa: F401
from tests.support.cast import Cast

# A Wednesday; its night ran at 02:00 in Berlin, 01:00 UTC.
WEDNESDAY = date(2025, 11, 5)
NIGHT_ENDED = datetime(2025, 11, 5, 1, 14, tzinfo=UTC)
MORNING = datetime(2025, 11, 5, 5, 30, tzinfo=UTC)  # 06:30 in Berlin
DAY = timedelta(days=1)
OCTOBER = date(2025, 10, 1)


@dataclass
class World:
    """The cast, and what nights do to it."""

    cast: Cast

    @property
    def manager(self) -> User:
        return self.cast.people["acme-manager"]

    @property
    def vendor(self) -> User:
        return self.cast.people["brightline-manager"]

    @property
    def level(self) -> ServiceLevel:
        return self.cast.levels["A-1/ACCURACY"]

    def ran(self, zone: str = "Europe/Berlin", day: date = WEDNESDAY, **more: Any) -> Run:
        """A night that finished at 02:14 of the zone's day, unless told otherwise."""
        started = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
        columns = {
            "state": Run.State.FINISHED,
            "started_at": started,
            "finished_at": started + timedelta(minutes=14),
            **more,
        }
        return Run.objects.create(zone=zone, local_date=day, **columns)

    def verdict(self, level: ServiceLevel, status: str, *, starts_on: date = OCTOBER, **more: Any) -> Verdict:
        """A verdict of a month, the current one; an earlier revision stays behind it."""
        earlier = Verdict.objects.filter(service_level=level, starts_on=starts_on)
        revision = earlier.count() + 1
        earlier.update(is_current=False)
        ends_on = (starts_on + timedelta(days=31)).replace(day=1)
        columns = {
            "terms": level.terms.get(),
            "ends_on": ends_on,
            "period_label": f"{starts_on:%Y-%m}",
            "is_final": True,
            "value": Decimal("88.4"),
            "numerator": Decimal(884),
            "denominator": Decimal(1000),
            "cases": 1000,
            "display": "88.4\u00a0%",
            "working": {"lines": [{"key": "counted", "label": "Counted", "text": "884 of 1,000"}], "facts": {}},
            "inputs_sha256": "0" * 64,
            "engine_version": "1",
            "judged_at": NIGHT_ENDED,
            **more,
        }
        return Verdict.objects.create(
            service_level=level, starts_on=starts_on, status=status, revision=revision, **columns
        )

    def breach(self, level: ServiceLevel | None = None, *, at: datetime = NIGHT_ENDED, **verdict: Any) -> Breach:
        """A breach that a night found."""
        level = level or self.level
        bad = self.verdict(level, Verdict.Status.BREACH, judged_at=at, **verdict)
        found = Breach.objects.create(
            service_level=level,
            starts_on=bad.starts_on,
            period_label=bad.period_label,
            verdict=bad,
            opened_by=bad,
            opened_at=at,
            answer_due_at=at + 7 * DAY,
        )
        self.event(found, BreachEvent.Kind.FOUND, at=at)
        return found

    def event(self, breach: Breach, kind: str, *, at: datetime, text: str = "Found.", **more: Any) -> BreachEvent:
        return BreachEvent.objects.create(breach=breach, at=at, kind=kind, text=text, verdict=breach.verdict, **more)

    def standing(self, level: ServiceLevel, **columns: Any) -> Standing:
        return Standing.objects.update_or_create(
            service_level=level, defaults={"updated_at": NIGHT_ENDED, "history": [], **columns}
        )[0]

    def morning(self, person: User, day: date = WEDNESDAY, *, now: datetime | None = None) -> Edition | None:
        """What the person's mail hour of that day comes to."""
        person = User.objects.get(pk=person.pk)
        reader = make_reader(person, day)
        return queue_digest(reader=reader, upcoming=UpcomingDates(), now=now or reader.moment(day))


@pytest.fixture
def world(cast: Cast) -> World:
    """The cast, whose feeds owe nothing before December."""
    Feed.objects.update(starts_on=date(2025, 11, 1))
    return World(cast)


@pytest.fixture
def night(world: World) -> World:
    """The world on Wednesday morning, its nights run; everybody lives in Berlin."""
    User.objects.filter(pk=world.vendor.pk).update(zone="Europe/Berlin")
    world.ran()
    world.ran(day=WEDNESDAY - DAY)
    return world


@pytest.fixture
def queued(night: World) -> Message:
    """The manager's mail of a breach, ready to leave."""
    night.breach()
    return night.morning(night.manager).message


def mail_to(world: World, person: User, day=WEDNESDAY) -> Message:
    edition = world.morning(person, day)
    assert edition is not None
    assert edition.message is not None
    return edition.message
