"""Workers at a large file: one at a time, each where the last one stopped, and none after somebody has cancelled."""

from contextlib import suppress
from datetime import timedelta

import pytest

from intake.files import claims
from intake.files.claims import ClaimLost, claim_next
from intake.files.parts import reading, storing
from intake.files.parts.working import work_on_next
from intake.forms import address_of
from intake.models.imports import Import
from intake.models.large_imports import ImportPart
from intake.tests.large_files import HEADS, bring, calls, counts, decide, feed, small_parts, upload, vendor, work
from metrics.models.results import Batch, ContactResult
from tests.builders import NOW

__all__ = ["bring", "feed", "small_parts", "vendor"]
pytestmark = pytest.mark.usefixtures("small_parts")


def test_a_worker_stops_where_somebody_cancels(vendor, feed, monkeypatch):
    imported = upload(vendor, HEADS + calls(45), address_of(feed))
    part_of = reading._part_of

    def cancelled(row, *given, **more):
        vendor.post(f"/imports/{imported.public_id}/decide", {"act": "drop"})
        return part_of(row, *given, **more)

    monkeypatch.setattr(reading, "_part_of", cancelled)
    work()

    imported.refresh_from_db()
    assert (imported.state, ImportPart.objects.count()) == (Import.State.DROPPED, 0)


def test_what_a_killed_worker_left_is_gone_on_with_after_the_last_whole_part(vendor, feed, monkeypatch):
    imported = upload(vendor, HEADS + calls(45), address_of(feed))
    part_of = reading._part_of

    def killed(row, *given, **more):
        if row.lines_read == 20:
            raise KeyboardInterrupt
        return part_of(row, *given, **more)

    monkeypatch.setattr(reading, "_part_of", killed)
    with pytest.raises(KeyboardInterrupt):
        work()
    monkeypatch.setattr(reading, "_part_of", part_of)
    assert not work_on_next(clock=lambda: NOW + claims.LEASE)
    first = set(ImportPart.objects.values_list("pk", flat=True))

    later = NOW + claims.LEASE + timedelta(seconds=1)
    while work_on_next(clock=lambda: later):
        pass

    assert (len(first), first < set(ImportPart.objects.values_list("pk", flat=True))) == (2, True)
    assert counts(imported)["new"] == 45


def test_a_worker_that_was_taken_for_dead_writes_nothing_more(vendor, feed):
    upload(vendor, HEADS + calls(45), address_of(feed))
    slow = claim_next(now=NOW)
    claim_next(now=NOW + claims.LEASE + timedelta(seconds=1))

    with pytest.raises(ClaimLost):
        reading.survey(slow, clock=lambda: NOW)


def test_one_large_file_is_worked_on_at_a_time(vendor, feed):
    for first in (0, 100):
        upload(vendor, HEADS + calls(45, first=first), address_of(feed))

    assert claim_next(now=NOW) is not None
    assert claim_next(now=NOW) is None


def test_a_file_that_cannot_go_on_says_so_and_goes_on_when_asked(vendor, feed, monkeypatch):
    imported = upload(vendor, HEADS + calls(45), address_of(feed))
    part_of = reading._part_of
    monkeypatch.setattr(reading, "_part_of", lambda *_given, **_more: 1 / 0)
    for start in range(claims.MOST_STARTS + 2):
        later = NOW + start * (claims.LEASE + timedelta(seconds=1))
        with suppress(ZeroDivisionError):
            work_on_next(clock=lambda at=later: at)

    page = vendor.get(f"/imports/{imported.public_id}").content.decode()
    monkeypatch.setattr(reading, "_part_of", part_of)
    decide(vendor, imported, "resume")

    assert "Go on" in page
    assert counts(imported)["new"] == 45


def test_a_period_that_closes_while_rows_are_stored_leaves_nothing_of_them(vendor, bring, monkeypatch):
    imported = bring(HEADS + calls(45))
    monkeypatch.setattr(storing, "touch_open_cells", lambda **_given: False)
    imported = decide(vendor, imported, "confirm")

    assert (Batch.objects.count(), ContactResult.objects.count()) == (0, 0)
    monkeypatch.undo()
    work()
    imported.refresh_from_db()
    assert (imported.state, ContactResult.objects.count()) == (Import.State.IMPORTED, 45)
