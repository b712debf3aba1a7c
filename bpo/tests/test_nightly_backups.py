"""The worker makes the night's backup once, where a folder is named, and tries again what failed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bpo import tasks
from bpo.backups.making import is_backup_due
from bpo.backups.manifest import BackupError
from bpo.heartbeats import BACKUP, record_heartbeat

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

DUE = datetime(2026, 11, 30, 1, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, settings: object, tmp_path: Path) -> list[Path]:
    """The folders that were backed up into."""
    settings.BACKUP_FOLDER = str(tmp_path)
    calls = []

    def refuse(folder: Path, **options: object) -> None:
        calls.append(folder)
        raise BackupError("The disk is full.")

    monkeypatch.setattr(tasks, "make_backup", refuse)
    return calls


@pytest.mark.parametrize(
    ("last", "now", "is_due"),
    [
        (DUE - DAY, DUE - MINUTE, False),
        (DUE - DAY, DUE, True),
        (DUE - MINUTE, DUE + HOUR, True),
        (DUE, DUE + 23 * HOUR, False),
        (DUE - 3 * DAY, DUE - HOUR, True),
    ],
)
def test_a_backup_is_due_once_a_night(last: datetime, now: datetime, is_due: bool) -> None:
    record_heartbeat(BACKUP, at=last)

    assert is_backup_due(now) is is_due


def test_a_desk_without_a_backup_makes_one_at_once() -> None:
    assert is_backup_due(DUE + 12 * HOUR)


def test_no_backup_is_made_without_a_folder(made: list[Path], settings: object) -> None:
    settings.BACKUP_FOLDER = ""

    tasks.back_up_when_due()

    assert made == []


def test_a_backup_that_failed_is_logged_and_tried_again(
    made: list[Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tasks.back_up_when_due()
    tasks.back_up_when_due()

    assert made == [tmp_path, tmp_path]
    assert caplog.text.count("The disk is full.") == 2
