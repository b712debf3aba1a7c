"""Files that an SFTP server drops into the folder of an upload address: each is taken in once, and moved."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone

from bpo.heartbeats import DROP_FOLDER
from bpo.models import Heartbeat
from intake import drop_folder
from intake.drop_folder import take_dropped
from intake.models.imports import Import
from intake.models.upload_addresses import UploadAddress
from intake.tasks import take_dropped_files
from intake.tests.test_uploads import DAYS, OPEN, Address
from metrics.models.results import Batch, CountResult
from tests.support.api_clients import Door

LATER = timedelta(minutes=2)


class Drop:
    """The folder of an upload address, two minutes after its files were dropped."""

    def __init__(self, address: Address, root: Path) -> None:
        self.address, self.root, self.folder = address, root, root / address.row.public_id
        self.folder.mkdir()
        self.now = timezone.now() + LATER

    def put(self, name: str = "october.csv", content: str = DAYS) -> Path:
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return path

    def take(self, *, later: timedelta = timedelta(0)) -> datetime:
        return take_dropped(str(self.root), now=self.now + later)

    def names(self, place: str = "") -> list[str]:
        return sorted(each.name for each in (self.folder / place).glob("*") if each.is_file())


@pytest.fixture
def drop(door: Door, tmp_path: Path) -> Drop:
    return Drop(Address(door), tmp_path)


def test_a_finished_file_is_imported_and_moved_with_its_receipt(drop: Drop) -> None:
    drop.put()

    assert drop.take() == drop.now
    imported, batch = Import.objects.get(), Batch.objects.get()
    assert (imported.address, imported.file_name, CountResult.objects.count()) == (drop.address.row, "october.csv", 1)
    assert (drop.names(), drop.names("taken")) == (
        [], [f"{imported.public_id}-october.csv", f"{imported.public_id}-october.csv.txt"],
    )  # fmt: skip
    assert batch.public_id in (drop.folder / "taken" / f"{imported.public_id}-october.csv.txt").read_text()


def test_a_file_with_a_question_waits_on_its_page_and_its_text_says_where(drop: Drop) -> None:
    drop.put(content=OPEN)

    drop.take()

    imported = Import.objects.get()
    text = (drop.folder / "taken" / f"{imported.public_id}-october.csv.txt").read_text()
    assert (imported.state, f"/imports/{imported.public_id}" in text, "“Tag”" in text) == ("preview", True, True)


def test_what_is_no_table_is_moved_to_refused_and_named_as_the_last_error(drop: Drop) -> None:
    drop.put(content="")

    drop.take()

    assert [name.partition("-")[2] for name in drop.names("refused")] == ["october.csv", "october.csv.txt"]
    assert UploadAddress.objects.get().last_error


@pytest.mark.parametrize("name", ["a.csv.part", ".a.csv", "~a.csv", "a.csv.filepart"])
def test_what_is_called_unfinished_is_left_alone(drop: Drop, name: str) -> None:
    path = drop.put(name)

    drop.take()

    assert (path.exists(), Import.objects.exists()) == (True, False)


def test_a_file_that_was_written_just_now_is_left_alone(drop: Drop) -> None:
    drop.put()

    drop.take(later=-LATER)

    assert (drop.names(), Import.objects.exists()) == (["october.csv"], False)


def test_a_file_whose_worker_was_killed_before_it_moved_it_is_taken_in_once(drop: Drop, monkeypatch) -> None:
    class Killed(BaseException):
        """Stands for kill -9: no handler of the code catches it."""

    def kill(*_args: object) -> None:
        raise Killed

    drop.put()
    with monkeypatch.context() as patched:
        patched.setattr(drop_folder, "move", kill)
        with pytest.raises(Killed):
            drop.take()
    drop.take()
    assert drop.names("taken") == []

    drop.take(later=drop_folder.CLAIM_ENDS)

    assert (Import.objects.count(), Batch.objects.count()) == (1, 1)
    assert [name.partition("-")[2][6:] for name in drop.names("taken")] == ["october.csv", "october.csv.txt"]


def test_the_same_file_dropped_again_is_taken_in_once(drop: Drop) -> None:
    drop.put("a.csv")
    drop.put("b.csv")

    drop.take()

    assert (Import.objects.count(), len(drop.names("taken"))) == (1, 4)


def test_links_are_neither_read_nor_followed(drop: Drop, tmp_path_factory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "secret.csv").write_text(DAYS)
    (drop.folder / "a.csv").symlink_to(elsewhere / "secret.csv")
    (drop.folder / "taken").symlink_to(elsewhere)
    drop.put("b.csv")

    drop.take()

    assert Import.objects.get().file_name == "b.csv"
    assert [each.name for each in elsewhere.iterdir()] == ["secret.csv"]


def test_only_so_many_files_are_taken_at_once_and_the_others_wait(drop: Drop, monkeypatch) -> None:
    monkeypatch.setattr(drop_folder, "MOST_FILES", 1)
    drop.put("a.csv")
    drop.put("b.csv", DAYS.replace("13", "14"))

    assert drop.take() < drop.now
    assert drop.take() == drop.now
    assert CountResult.objects.count() == 2


@pytest.mark.parametrize("ending", ["revoked", "unknown"])
def test_files_of_an_address_that_has_ended_wait(drop: Drop, ending: str) -> None:
    drop.put()
    if ending == "revoked":
        UploadAddress.objects.update(revoked_at=timezone.now())
    else:
        drop.folder.rename(drop.root / "UA-00000")

    assert drop.take() < drop.now
    assert not Import.objects.exists()


def test_a_folder_that_cannot_be_read_stops_no_other_one(drop: Drop, monkeypatch) -> None:
    def take_folder(name: str, folder: int, *, now: datetime) -> datetime:
        if name == "AA":
            raise PermissionError
        return taken(name, folder, now=now)

    taken = drop_folder._take_folder
    monkeypatch.setattr(drop_folder, "_take_folder", take_folder)
    (drop.root / "AA").mkdir()
    drop.put()

    assert drop.take() == drop.now - drop_folder.UNREADABLE
    assert CountResult.objects.count() == 1


def test_a_long_name_is_taken_in_too(drop: Drop) -> None:
    drop.put("ö" * 120 + ".csv")

    drop.take()

    assert CountResult.objects.count() == 1


def test_the_task_notes_since_when_the_oldest_file_waits(drop: Drop, settings) -> None:
    settings.DROP_FOLDER = str(drop.root)
    path = drop.put("UA.csv.part")
    os.rename(path, drop.folder / "now.csv")

    with time_machine.travel(drop.now, tick=False):
        take_dropped_files()
        assert Heartbeat.objects.get(name=DROP_FOLDER).at == drop.now.astimezone(UTC)
        settings.DROP_FOLDER = str(drop.root / "nothing")
        take_dropped_files()

    assert CountResult.objects.count() == 1
    assert Heartbeat.objects.get(name=DROP_FOLDER).at == drop.now.astimezone(UTC)
