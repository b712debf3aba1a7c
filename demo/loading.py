"""The demo world, client after client, while the desk is open for readers.

On SQLite each step is committed by itself, so that nobody waits long for the database; a load that is stopped leaves
a database that says it is incomplete (`bpo/demo_load.py`), and the next start deletes it.
"""

import logging
import os
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import ModuleType

from django.db import connection

from bpo.access.services import ask_access, grant_access
from bpo.demo_load import DemoLoad, forget_demo_load, marked_incomplete, write_demo_load
from bpo.models import Organisation, Role, User
from bpo.models.access_grants import MOST_DAYS
from demo.clock import clock_stopped_at
from demo.desk import Desk
from demo.people import OPERATOR, Person, create_people
from demo.schedule import Schedule
from demo.size import Size
from demo.worlds import bank, crisis_lines, insurer, it_firm
from metrics.models.breaches import Breach
from metrics.models.verdicts import Verdict

WORLDS = (insurer, bank, it_firm, crisis_lines)
# They would log some hundred requests, and that no worker can be notified yet.
NOISY_LOGGERS = ("desk.request", "desk.work_queue", "desk.nights")
# After each step other processes get a turn to write: SQLite has no queue of waiting writers.
PAUSE_SECONDS = 0.02
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ClientLoad:
    """The load of one client's world by its schedule."""

    world: ModuleType
    schedule: Schedule
    number: int

    def progress(self, percent: int) -> DemoLoad:
        return DemoLoad(os.getpid(), self.world.CLIENT, self.number, len(WORLDS), percent, has_people=is_shown())


def all_people() -> list[Person]:
    """Return everybody who may sign in."""
    return [OPERATOR, *(person for world in WORLDS for person in world.people())]


def is_shown() -> bool:
    """Whether other processes see the steps of a load before it is complete."""
    return connection.vendor == "sqlite"


def load_world(*, size: Size, now: datetime, say: Say) -> None:
    """Load contracts and people of every client, then what happened, client after client."""
    write_demo_load(DemoLoad(os.getpid()))
    loads = [ClientLoad(world, Schedule(world.ZONE, now), number) for number, world in enumerate(WORLDS, 1)]
    with reduced_logging(), marked_incomplete():
        desk = load_contracts(loads, size, now, say)
        for load in loads:
            load_client(desk, load, size, say)
            let_operator_read(desk, load.world.CLIENT, now)
            if connection.vendor == "postgresql":
                # It counts no rows within this one transaction by itself, and would plan for empty tables.
                with connection.cursor() as cursor:
                    cursor.execute("ANALYZE")
    forget_demo_load()


def load_contracts(loads: list[ClientLoad], size: Size, now: datetime, say: Say) -> Desk:
    """Load the terms of all contracts and create everybody who may sign in."""
    began = time.monotonic()
    desk = Desk(create_people([OPERATOR])[OPERATOR.email.split("@")[0]])
    with clock_stopped_at(now - timedelta(days=900)):
        for load in loads:
            load.world.load_contracts(desk, load.schedule, size)
            desk.people |= create_people(load.world.people(size))
    say(f"Contracts and people: {desk.counts['terms files']} terms files ({time.monotonic() - began:.1f} s)")
    return desk


def load_client(desk: Desk, load: ClientLoad, size: Size, say: Say) -> None:
    """Run one client's schedule, and print what was done and how long it took."""
    began, done, before = time.monotonic(), desk.counts.copy(), count_verdicts_and_breaches()
    write_demo_load(load.progress(0))
    load.world.plan_events(load.schedule, size)
    for percent in load.schedule.run(desk):
        write_demo_load(load.progress(percent))
        if is_shown():
            time.sleep(PAUSE_SECONDS)
    verdicts, breaches = (new - old for new, old in zip(count_verdicts_and_breaches(), before, strict=True))
    counts = ", ".join(f"{number:,} {what}" for what, number in (desk.counts - done).items())
    seconds = time.monotonic() - began
    say(f"{load.world.CLIENT}: {counts}, {verdicts:,} verdicts, {breaches:,} breaches ({seconds:.1f} s)")


def let_operator_read(desk: Desk, name: str, now: datetime) -> None:
    """Have the operator ask a client for access, and one of its admins grant it."""
    client = Organisation.objects.get(name=name)
    admin = User.objects.serving(client, Role.CLIENT_ADMIN).first()
    if admin is not None:
        reason = "Help with the first month of the desk."
        asked = ask_access(client=client, reason=reason, days=MOST_DAYS, actor=desk.operator, now=now)
        grant_access(grant=asked, actor=admin, now=now)


def count_verdicts_and_breaches() -> tuple[int, int]:
    return Verdict.objects.current().count(), Breach.objects.count()


@contextmanager
def reduced_logging() -> Iterator[None]:
    """Log only errors; ignore missing static files, since no page is shown."""
    levels = {name: logging.getLogger(name).level for name in NOISY_LOGGERS}
    for name in levels:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="No directory at")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
