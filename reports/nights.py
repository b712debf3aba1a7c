"""The nights that a reader's mail waits for: have they run, and did they finish?"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from contracts.models.agreements import Contract
from contracts.models.service_levels import ServiceLevel
from metrics.models.runs import Run
from metrics.services.nights import latest_night, night_begins
from reports.readers import Reader, Side

# A night that fell due just before the mail hour may still be at work.
PATIENCE = timedelta(hours=1)


class State(StrEnum):
    """How far a night has come."""

    FINISHED = "finished"
    FAILED = "failed"  # finished, but some service levels could not be judged
    MISSING = "missing"  # not finished although its time has passed
    WAITING = "waiting"  # due a moment ago


@dataclass(frozen=True, slots=True)
class Failure:
    """A service level that a night could not judge."""

    service_level: str
    name: str
    period: str
    error: str


@dataclass(frozen=True, slots=True)
class Night:
    """One zone's latest night as one reader may know it."""

    zone: str
    local_date: date
    state: State
    started_at: datetime | None = None
    finished_at: datetime | None = None
    failures: tuple[Failure, ...] = ()
    last_good: date | None = None

    @property
    def has_failed(self) -> bool:
        return self.state in {State.FAILED, State.MISSING}


def nights_for(reader: Reader, now: datetime) -> list[Night]:
    """The latest due night of each zone of the contracts that the reader sees, by zone."""
    contracts = Contract.objects.visible_to(reader.user).in_force(reader.local_date)
    zones = contracts.filter(service_levels__isnull=False).order_by("zone").values_list("zone", flat=True).distinct()
    return [_night(reader, zone, now) for zone in zones]


def _night(reader: Reader, zone: str, now: datetime) -> Night:
    day = latest_night(zone, now)
    runs = Run.objects.filter(zone=zone, local_date__lte=day).order_by("-local_date")
    run = runs.filter(local_date=day).first()
    last_good = runs.filter(state=Run.State.FINISHED).values_list("local_date", flat=True).first()
    if run is None or run.finished_at is None:
        waits = now < night_begins(zone, day) + PATIENCE
        return Night(
            zone,
            day,
            State.WAITING if waits else State.MISSING,
            started_at=run.started_at if run else None,
            last_good=last_good,
        )
    failures = _failures(reader, run) if run.state == Run.State.FAILED else ()
    # What failed for others alone is no failure of this reader's night.
    failed = run.state == Run.State.FAILED and (failures or not run.failures or reader.side == Side.OPERATOR)
    state = State.FAILED if failed else State.FINISHED
    return Night(zone, day, state, run.started_at, run.finished_at, failures, last_good)


def _failures(reader: Reader, run: Run) -> tuple[Failure, ...]:
    """The failures of service levels that the reader sees."""
    ids = {str(entry.get("service_level", "")) for entry in run.failures}
    seen = ServiceLevel.objects.visible_to(reader.user).filter(public_id__in=ids)
    names = dict(seen.values_list("public_id", "name"))
    return tuple(
        Failure(entry["service_level"], names[entry["service_level"]], entry.get("period", ""), entry.get("error", ""))
        for entry in run.failures
        if entry.get("service_level") in names
    )
