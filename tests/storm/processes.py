"""The processes of a storm, each of which may be killed at any moment: `send SHARE ACK` and `judge STOP`."""

import json
import os
import sys
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpo.settings")
django.setup()

from django.db import OperationalError  # noqa: E402
from django.utils import timezone  # noqa: E402

from bpo.models import User  # noqa: E402
from intake.receiving import receive  # noqa: E402
from metrics.services.judging import judge_due  # noqa: E402
from tests.storm.plan import batches  # noqa: E402
from vendors.models import Vendor  # noqa: E402

PAUSE_SECONDS = 0.1


def send(share: Path, ack: Path) -> None:
    """Send the share batch by batch, from the first that was not acknowledged."""
    vendor = Vendor.objects.get(organisation__name="Brightline")
    person = User.objects.get(email="brightline-manager@example.com")
    done = int(ack.read_text()) if ack.exists() else 0
    for number, rows in enumerate(batches(json.loads(share.read_text())), start=1):
        if number > done:
            deliver(vendor, person, rows)
            acknowledge(ack, number)


def deliver(vendor: Vendor, person: User, rows: list) -> None:
    """Send one batch until it is taken in; a busy database is asked again, as a client does on 503."""
    body = json.dumps(rows).encode()
    while True:
        try:
            receive(
                principal=person, vendor=vendor, body=body, media_type="application/json", channel="api",
                now=timezone.now(), reason="corrected",
            )  # fmt: skip
        except OperationalError:
            continue
        return


def acknowledge(ack: Path, number: int) -> None:
    fresh = ack.with_suffix(".new")
    fresh.write_text(str(number))
    fresh.replace(ack)


def judge(stop: Path) -> None:
    """Judge what is quiet, as a worker does, until told to stop."""
    while not stop.exists():
        try:
            judged = judge_due(now=timezone.now(), limit=10)
        except OperationalError:
            continue
        if not judged.cells:
            time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    {"send": send, "judge": judge}[sys.argv[1]](*map(Path, sys.argv[2:]))
