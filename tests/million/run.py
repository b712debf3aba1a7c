"""One large file, and its killed workers, in the environment of a scratch database."""

import os
import random
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from threading import Event

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from intake.files.claims import LEASE  # noqa: E402
from intake.files.importing import keep_upload  # noqa: E402
from intake.files.parts.acting import ask_to_store, ask_to_undo, resume  # noqa: E402
from intake.files.parts.working import work_on_next  # noqa: E402
from intake.models.imports import Import  # noqa: E402
from intake.models.large_imports import WORKING, LargeImport  # noqa: E402
from intake.tests.large_files import make_voice  # noqa: E402
from metrics.models.results import Batch, ContactResult, SupersededResult  # noqa: E402
from tests.support.cast import build_cast  # noqa: E402

MOST_MB, LONGEST_LIFE = 300, 6.0
# Pages of SQLite's file, which the system takes back when it needs them (`mmap_size`).
MAPPED_MB = 128
HEADS = "external_id,occurred_at,outcome,wait_seconds,handle_seconds\n"


class Workers:
    """Workers one after the other; each kill lets the claim end at once, by a clock that goes ahead."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.ahead = timedelta()
        self.peak = 0

    def run(self, kills: int, longest_life: float) -> None:
        """Kill so many workers at any moment, and let the last one end its work."""
        for _kill in range(kills):
            child = self._start()
            Event().wait(self.chance.uniform(0.2, longest_life))
            os.kill(child, signal.SIGKILL)
            self._wait(child)
            self.ahead += LEASE + timedelta(seconds=1)
        # PostgreSQL may take a moment to notice that the last one is gone.
        while (large := LargeImport.objects.get()).step in (*WORKING, LargeImport.Step.STOPPED):
            if large.step == LargeImport.Step.STOPPED:
                # Killed three times before it had got on, it waits for somebody.
                resume(imported=large.imported, person=large.imported.uploaded_by, now=timezone.now())
            self._wait(self._start())

    def _start(self) -> int:
        connections.close_all()
        child = os.fork()
        if not child:
            while work_on_next(clock=lambda: timezone.now() + self.ahead):
                pass
            os._exit(0)
        return child

    def _wait(self, child: int) -> None:
        _pid, _status, usage = os.wait4(child, 0)
        self.peak = max(self.peak, usage.ru_maxrss // 1024)


def calls(rows: int, chance: random.Random) -> bytes:
    """A file of calls over the four weeks before this one."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=30)
    lines = (
        f"c{number:07}-{chance.getrandbits(64):016x},"
        f"{(start + timedelta(seconds=number * 2_400_000 // rows)).isoformat()},"
        f"answered,{chance.randrange(90)},{chance.randrange(900)}\n"
        for number in range(rows)
    )
    return (HEADS + "".join(lines)).encode()


def main(rows: int, kills: int, seed: int) -> None:
    call_command("migrate", verbosity=0)
    cast, workers = build_cast(), Workers(seed)
    person = cast.people["brightline-reporter"]
    content = calls(rows, workers.chance)
    imported = keep_upload(
        vendor=cast.vendors["Brightline"], person=person, file_name="calls.csv", content=content,
        feed=make_voice(cast), reason="", now=timezone.now(),
    )  # fmt: skip
    began, size = time.monotonic(), len(content)
    workers.run(kills, LONGEST_LIFE)
    whole = LargeImport.objects.get().summary["preview"]
    assert whole["counts"] == {"new": rows, "changed": 0, "unchanged": 0, "wrong": 0}, whole["counts"]
    read, asked = time.monotonic() - began, [each["code"] for each in whole["questions"]]
    ask_to_store(imported=imported, person=person, confirmed=asked, now=timezone.now())
    workers.run(2, LONGEST_LIFE / 2)
    imported.refresh_from_db()
    keys = ContactResult.objects.values("key").distinct().count()
    assert (imported.state, Batch.objects.count()) == (Import.State.IMPORTED, 1), imported.state
    assert (ContactResult.objects.count(), keys) == (rows, rows), "rows are missing, or twice"
    stored = time.monotonic() - began
    ask_to_undo(imported=imported, person=person, now=timezone.now())
    workers.run(1, LONGEST_LIFE / 2)
    assert not ContactResult.objects.exists(), "some rows were not taken back"
    assert SupersededResult.objects.count() == rows, "rows were taken back twice, or not kept"
    mapped = MAPPED_MB if connection.vendor == "sqlite" else 0
    assert workers.peak <= MOST_MB + mapped, f"a worker took {workers.peak} MB"
    sys.stdout.write(
        f"{rows} rows, {size // 1_000_000} MB: {kills + 3} workers killed, each row there once; previewed after "
        f"{read:.0f} s, stored after {stored:.0f} s, taken back after {time.monotonic() - began:.0f} s; "
        f"a worker took at most {workers.peak} MB\n"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
