"""The whole demo world, in one transaction: a load that is killed leaves nothing behind."""

import logging
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction

from demo.clock import at
from demo.desk import Desk
from demo.people import OPERATOR, Person, create_people
from demo.size import Size
from demo.story import Story
from demo.worlds import bank, crisis_lines, insurer, it_firm
from metrics.models.breaches import Breach
from metrics.models.verdicts import Verdict

WORLDS = (insurer, bank, it_firm, crisis_lines)
# Loggers that write too much during a load: a line for each of some hundred requests, and that no broker runs yet.
CHATTY = ("desk.request", "metrics.services.work_queue")
Say = Callable[[str], None]


def cast() -> list[Person]:
    """Everybody who may sign in."""
    return [OPERATOR, *(person for world in WORLDS for person in world.people())]


def load_world(*, size: Size, now: datetime, say: Say) -> None:
    """People, contracts, results, nights and talk of every client, one client after the other."""
    with quiet(), transaction.atomic():
        desk = Desk(create_people([OPERATOR])[OPERATOR.email.split("@")[0]])
        for world in WORLDS:
            load_client(desk, world, size, now, say)
            count_rows_anew()


def count_rows_anew() -> None:
    """Let PostgreSQL look at what one long transaction has brought: it plans by the counts of empty tables else."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def load_client(desk: Desk, world: object, size: Size, now: datetime, say: Say) -> None:
    """One client's story, with a line that says what was done and how long it took."""
    began, done, before = time.monotonic(), desk.done.copy(), verdicts_and_breaches()
    story = Story(world.ZONE, now)
    with at(now - timedelta(days=900)):
        world.load_contracts(desk, story, size)
        desk.people |= create_people(world.people(size))
    world.tell(story, size)
    story.run(desk)
    verdicts, breaches = (new - old for new, old in zip(verdicts_and_breaches(), before, strict=True))
    new = desk.done - done
    told = ", ".join(f"{number:,} {what}" for what, number in new.items())
    say(f"{world.CLIENT}: {told}, {verdicts:,} verdicts, {breaches:,} breaches ({time.monotonic() - began:.1f} s)")


def verdicts_and_breaches() -> tuple[int, int]:
    return Verdict.objects.current().count(), Breach.objects.count()


@contextmanager
def quiet() -> Iterator[None]:
    """Only what goes wrong is logged; static files may be missing where no page is shown."""
    levels = {name: logging.getLogger(name).level for name in CHATTY}
    for name in levels:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="No directory at")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
