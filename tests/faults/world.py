"""The world in which servers are killed: one feed, one service level judged day by day, and a day for each scene."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib import import_module
from itertools import count

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone

from bpo.models import User
from contracts.models.service_levels import Feed, ServiceLevel
from intake.models.imports import Import
from intake.receiving import receive
from metrics.models.results import Batch, ObservationResult, SupersededResult
from metrics.models.verdicts import DirtyCell, LateArrival, Verdict
from metrics.services.judging import judge_all
from metrics.services.nights import latest_night, run_night
from sla.periods import DAY
from tests.support.cast import Cast, build_cast
from vendors.keys import issue_key

# Days closed so long ago, days open since then.
STARTED_DAYS_AGO, CLOSED_AFTER_DAYS = 160, 130
CSRF = "k" * 32


@dataclass(frozen=True)
class Counts:
    """What a receipt counts, or several of them together."""

    received: int = 0
    new: int = 0
    superseded: int = 0
    unchanged: int = 0
    late: int = 0
    rejected: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))

    @property
    def adds_up(self) -> bool:
        return self.received == self.new + self.superseded + self.unchanged + self.rejected


@dataclass(frozen=True)
class Record:
    """What is stored for one day."""

    rows: int = 0
    revision: int = 0
    superseded: int = 0
    late: int = 0
    imports: tuple[str, ...] = ()


@dataclass
class World:
    """The cast with its key and session; hands out a fresh day for every scene."""

    cast: Cast
    feed: Feed
    level: ServiceLevel
    key: str
    cookies: str
    _days: Iterator[int] = field(default_factory=lambda: count(1))
    _closed_days: Iterator[int] = field(default_factory=lambda: count(CLOSED_AFTER_DAYS + 5))

    @property
    def person(self) -> User:
        return self.cast.people["brightline-reporter"]

    def fresh_day(self, *, closed: bool = False) -> date:
        ago = next(self._closed_days if closed else self._days)
        assert closed or ago < CLOSED_AFTER_DAYS - 5, "there are more scenes than open days"
        assert ago < STARTED_DAYS_AGO, "there are more scenes than closed days"
        return timezone.now().date() - timedelta(days=ago)

    def receive(self, body: bytes, **more: object) -> None:
        """Take in a body in this process, as if it had been sent before."""
        vendor = self.cast.vendors["Brightline"]
        receive(
            principal=self.person, vendor=vendor, body=body, media_type="application/json", channel="api",
            now=timezone.now(), **more,
        )  # fmt: skip

    def record_of(self, day: date) -> Record:
        """All that the tables say of a day; every row belongs to a receipt."""
        rows = ObservationResult.objects.filter(feed=self.feed, occurred_on=day)
        revisions = set(rows.values_list("revision", flat=True))
        assert len(revisions) <= 1, f"half a batch: {revisions}"
        assert set(rows.values_list("batch", flat=True)) <= set(Batch.objects.values_list("pk", flat=True))
        past = SupersededResult.objects.filter(feed=self.feed, key__startswith=f"{day}-")
        late = LateArrival.objects.filter(service_level=self.level, starts_on=day)
        imports = Import.objects.filter(file_name=f"{day}.csv").order_by("pk").values_list("state", flat=True)
        return Record(rows.count(), max(revisions, default=0), past.count(), late.count(), tuple(imports))

    def is_dirty(self, day: date) -> bool:
        return DirtyCell.objects.filter(service_level=self.level, starts_on=day).exists()

    def cases_judged(self, day: date) -> int:
        """On how many cases the day's verdict rests, once what waits is judged; none where nothing was ever said."""
        waiting = DirtyCell.objects.filter(service_level=self.level, starts_on=day)
        judge_all(now=timezone.now(), items=waiting)
        assert not waiting.exists()
        verdict = Verdict.objects.current().filter(service_level=self.level, starts_on=day).first()
        return verdict.cases if verdict else 0

    def receipts_after(self, last: int) -> list[Counts]:
        """What the receipts say that came after one."""
        names = [f"rows_{name}" for name in Counts.__dataclass_fields__]
        return [Counts(*row) for row in Batch.objects.filter(pk__gt=last).order_by("pk").values_list(*names)]


def build_world() -> World:
    cast = build_cast()
    now = timezone.now()
    starts_on = now.date() - timedelta(days=STARTED_DAYS_AGO)
    feed = cast.feed(
        cast.contracts["A-1"], "HANDLING", Feed.Kind.OBSERVATIONS, starts_on=starts_on, due_length=CLOSED_AFTER_DAYS
    )
    level = cast.level(feed, "HANDLING", aggregation="mean", period="day", direction="lower", expected=30, minimum=40)
    _key, secret = issue_key(
        vendor=cast.vendors["Brightline"], name="robot", scopes=["read", "results:write"], actor=None,
        expires_at=None, now=now - DAY,
    )  # fmt: skip
    zone = feed.contract.zone
    run_night(zone=zone, local_date=latest_night(zone, now), now=now)
    return World(cast, feed, level, secret, _cookies(cast.people["brightline-reporter"]))


def _cookies(person: User) -> str:
    """What a browser sends in which that person is signed in."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={CSRF}"
