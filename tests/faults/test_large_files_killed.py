"""A worker killed anywhere in a large file: the next one goes on, nothing is there twice, and nothing half."""

import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest

from intake.files import sizes
from intake.files.claims import LEASE
from intake.files.importing import keep_upload
from intake.files.parts.acting import ask_to_store, ask_to_undo
from intake.models.imports import Import
from intake.models.large_imports import ImportPart, LargeImport
from intake.tests.large_files import HEADS, calls, make_voice
from metrics.models.results import ContactResult
from tests.builders import NOW
from tests.faults.desk import FragileDesk
from tests.support.cast import Cast, build_cast

pytestmark = pytest.mark.django_db(transaction=True)
KILLED = -signal.SIGKILL
LATER = NOW + LEASE + timedelta(seconds=1)
# Before and after what is written of a part, of the whole, and of what was found in the file at first.
READING = (
    "after UPDATE intake_largeimport",
    "before COMMIT intake_largeimport #2",
    "after COMMIT intake_largeimport #2",
    "after INSERT intake_importpart #2",
    "before COMMIT intake_importpart #3",
    "after COMMIT intake_importpart #3",
)
STORING = ("before INSERT metrics_batch", "before COMMIT metrics_batch", "after COMMIT metrics_batch")


@pytest.fixture(scope="module")
def desk(broker_server: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FragileDesk]:
    """Workers that read ten lines at a time, and may be killed as often as one likes."""
    fragile = FragileDesk(tmp_path_factory.mktemp("desk"), IMPORT_PART_LINES="10")
    fragile.open()
    yield fragile
    fragile.close()


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return build_cast()


@pytest.fixture
def imported(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Import:
    """A large file of 45 calls that nobody has read yet."""
    monkeypatch.setattr(sizes, "FILE_ROWS", 20)
    return keep_upload(
        vendor=cast.vendors["Brightline"], person=cast.people["brightline-reporter"], file_name="calls.csv",
        content=(HEADS + calls(45)).encode(), feed=make_voice(cast), reason="", now=NOW,
    )  # fmt: skip


@pytest.mark.parametrize("place", READING)
def test_a_large_file_whose_worker_was_killed_is_read_to_its_end_once(desk, imported, place):
    assert desk.run("import", NOW, dies_at=place) == KILLED

    desk.run("import", LATER)

    rows = ImportPart.objects.order_by("number").values_list("number", "rows")
    assert list(rows) == [(1, 9), (2, 10), (3, 10), (4, 10), (5, 6)]
    assert LargeImport.objects.get().summary["preview"]["counts"]["new"] == 45


@pytest.mark.parametrize("place", STORING)
def test_killed_while_its_rows_are_stored_or_taken_back_all_are_or_none(desk, imported, cast, place):
    person = cast.people["brightline-reporter"]
    desk.run("import", NOW)
    ask_to_store(imported=imported, person=person, now=NOW)

    assert desk.run("import", NOW, dies_at=place) == KILLED
    after_kill = ContactResult.objects.count()
    desk.run("import", LATER)
    stored = ContactResult.objects.count()
    ask_to_undo(imported=imported, person=person, now=LATER)
    assert desk.run("import", LATER, dies_at=place) == KILLED
    desk.run("import", LATER + (LATER - NOW))

    imported.refresh_from_db()
    assert (after_kill, stored) == (45 if place.startswith("after") else 0, 45)
    assert (imported.state, ContactResult.objects.count()) == (Import.State.UNDONE, 0)
