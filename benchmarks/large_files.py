"""What a row of a large file costs a worker, beside the same row sent as NDJSON.

`python -m benchmarks.large_files FILE` in the environment of a scratch database; writes the figures as JSON. What is
counted is time of the processor, of this process and of its session of the database.
"""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks import world as worlds  # noqa: E402
from benchmarks.figures import Figure, noted  # noqa: E402
from benchmarks.guards import processor_seconds  # noqa: E402
from benchmarks.sending import NDJSON, Rows, as_csv, as_ndjson  # noqa: E402
from bpo.models import User  # noqa: E402
from contracts.models.service_levels import Feed  # noqa: E402
from intake.files.importing import keep_upload  # noqa: E402
from intake.files.parts.acting import ask_to_store  # noqa: E402
from intake.files.parts.working import work_on_next  # noqa: E402
from intake.models.imports import Import  # noqa: E402
from intake.receiving import receive  # noqa: E402

ROWS = int(os.environ.get("BENCH_FILE_ROWS", "100000"))
BATCH = 10_000


def work() -> None:
    """Do what a worker does, turn by turn."""
    while work_on_next(clock=timezone.now):
        pass


def large_file(rows: Rows, person: User) -> Iterator[Figure]:
    """A file of calls or values, from the upload to its receipt, beside batches of as many rows."""
    vendor = rows.world.vendor
    content = as_csv(rows.new(ROWS))
    imported = keep_upload(
        vendor=vendor, person=person, file_name="rows.csv", content=content, feed=None, reason="", now=timezone.now()
    )  # fmt: skip

    def store() -> None:
        asked = [each["code"] for each in imported.large.summary["preview"]["questions"]]
        ask_to_store(imported=imported, person=person, confirmed=asked, now=timezone.now())
        work()

    read = processor_seconds(work)
    imported = Import.objects.get(pk=imported.pk)
    stored = processor_seconds(store)
    imported.refresh_from_db()
    assert imported.state == Import.State.IMPORTED, imported.large.problem
    bodies = [as_ndjson(rows.new(BATCH)) for _ in range(ROWS // BATCH)]

    def send() -> None:
        for body in bodies:
            receive(
                principal=person, vendor=vendor, body=body, media_type=NDJSON, channel="api", now=timezone.now()
            )  # fmt: skip

    # Rates: the reference's time over ours.
    sent, batches = processor_seconds(send), f"NDJSON, {ROWS // BATCH} batches"
    yield noted(f"{ROWS} rows of a large file, stored", batches, sent, "once it was previewed", stored)
    yield noted(f"{ROWS} rows of a large file, in all", batches, sent, "read, previewed and stored", read + stored)


def main(target: Path) -> None:
    call_command("migrate", verbosity=0)
    person = User.objects.create(email="bench@example.com", name="Bench", is_operator_admin=True)
    world = worlds.build_world(worlds.LEVELS_A_CONTRACT)
    Feed.objects.update(starts_on=worlds.FIRST_DAY)
    target.write_text(json.dumps([asdict(each) for each in large_file(Rows(world), person)]), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
