"""Backups are whole or not there, are kept for a time, and are refused where they cannot be restored."""

import json
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection

from bpo.backups import postgresql
from bpo.backups.folders import choose_expired, find_backups, new_backup, only_backup_to
from bpo.backups.making import make_backup
from bpo.backups.manifest import BackupError, Contents, Manifest, describe_part, write_manifest
from bpo.backups.restoring import find_differences, read_backup
from bpo.backups.sqlite import copy_database, put_database_back

pytestmark = pytest.mark.any_database

NOW = datetime(2026, 11, 30, 1, 30, tzinfo=UTC)
DAY = timedelta(days=1)
KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from bpo.backups.folders import new_backup, only_backup_to
folder = Path(sys.argv[1])
with only_backup_to(folder), new_backup(folder, datetime(2026, 11, 30, tzinfo=UTC)) as incomplete:
    (incomplete / "manifest.json").write_text("{}")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def write_backup(folder: Path, at: datetime = NOW, **changes: object) -> Path:
    """A backup of one small part, with a manifest that says this of it."""
    with new_backup(folder, at) as incomplete:
        part = incomplete / "record.sqlite3"
        part.write_bytes(b"all the results")
        contents = Contents(["bpo 0001_initial"], {"bpo_user": 3})
        manifest = Manifest(
            at, settings.DESK_VERSION, connection.vendor, "1", contents, [describe_part(part, incomplete)]
        )
        write_manifest(incomplete, replace(manifest, **changes))
    return find_backups(folder)[at]


def write_database(file: Path, rows: int) -> Path:
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE result (text)")
        database.executemany("INSERT INTO result VALUES (?)", [("x" * 1_000,)] * rows)
        database.commit()
    return file


def count_results(file: Path) -> int:
    with closing(sqlite3.connect(file)) as database:
        return database.execute("SELECT COUNT(*) FROM result").fetchone()[0]


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let this process write no larger file, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_whole_backup_is_taken(tmp_path: Path) -> None:
    assert read_backup(write_backup(tmp_path)).made_at == NOW


def test_a_folder_without_a_manifest_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"is no backup: manifest.json cannot be read \(No such file"):
        read_backup(tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_cut_manifest_is_refused(tmp_path: Path, share: float) -> None:
    manifest = write_backup(tmp_path) / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text[: int(len(text) * share)], encoding="utf-8")

    with pytest.raises(BackupError, match="is damaged or of another format"):
        read_backup(manifest.parent)


def test_a_manifest_that_somebody_changed_is_refused(tmp_path: Path) -> None:
    manifest = write_backup(tmp_path) / "manifest.json"
    body = json.loads(manifest.read_text(encoding="utf-8"))
    body["contents"]["rows"]["bpo_user"] = 2
    manifest.write_text(json.dumps(body), encoding="utf-8")

    with pytest.raises(BackupError, match="is damaged or of another format"):
        read_backup(manifest.parent)


@pytest.mark.parametrize("damaged", [b"all the resultz", b"all the", b""])
def test_a_damaged_part_is_refused(tmp_path: Path, damaged: bytes) -> None:
    backup = write_backup(tmp_path)
    (backup / "record.sqlite3").write_bytes(damaged)

    with pytest.raises(BackupError, match=r"record.sqlite3 is damaged"):
        read_backup(backup)


def test_a_missing_part_is_refused(tmp_path: Path) -> None:
    backup = write_backup(tmp_path)
    (backup / "record.sqlite3").unlink()

    with pytest.raises(BackupError, match=r"lacks record.sqlite3"):
        read_backup(backup)


def test_a_backup_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"made by version 99\.1\.0 of the desk and is newer"):
        read_backup(write_backup(tmp_path, desk_version="99.1.0"))


def test_a_backup_with_a_migration_of_a_later_version_is_refused(tmp_path: Path) -> None:
    contents = Contents(["metrics 0099_later"], {})

    with pytest.raises(BackupError, match=r"has 1 migrations that this version lacks, the first is metrics 0099_later"):
        read_backup(write_backup(tmp_path, contents=contents))


def test_a_backup_of_another_kind_of_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="The backup is of oracle and this desk runs on"):
        read_backup(write_backup(tmp_path, database="oracle"))


def test_rows_that_are_missing_after_a_restore_are_named() -> None:
    before, after = (
        Contents([], {"bpo_user": 3, "metrics_verdict": 5}),
        Contents([], {"bpo_user": 3, "metrics_verdict": 4}),
    )

    assert find_differences(before, after) == ["metrics_verdict: 5 rows were backed up, 4 restored"]


def test_a_killed_backup_leaves_nothing_that_looks_whole(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=settings.BASE_DIR, check=False)

    assert killed.returncode == -signal.SIGKILL
    assert find_backups(tmp_path) == {}
    assert list(tmp_path.glob(".incomplete-*"))


def test_the_next_backup_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    (tmp_path / ".incomplete-desk-20261130T000000Z").mkdir()

    with only_backup_to(tmp_path):
        assert list(tmp_path.glob(".incomplete-*")) == []


def test_two_backups_to_one_folder_do_not_run_at_once(tmp_path: Path) -> None:
    with only_backup_to(tmp_path), pytest.raises(BackupError, match="Another backup to"), only_backup_to(tmp_path):
        pass


def test_a_backup_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), new_backup(tmp_path, NOW):
        raise OSError("The disk is full.")

    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    source = write_database(tmp_path / "source.sqlite3", 200)

    with largest_file(100_000), pytest.raises(BackupError, match=r"source.sqlite3 cannot be copied: "):
        copy_database(source, tmp_path / "copy.sqlite3")


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(BackupError, match=r"No backup was made in .*file/backups: Not a directory\."):
        make_backup(tmp_path / "file" / "backups", keep_days=14, now=NOW)


def test_a_backup_of_a_database_that_is_still_to_be_migrated_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*args: object, **columns: object) -> None:
        raise DatabaseError("no such table: bpo_heartbeat")

    monkeypatch.setattr("bpo.heartbeats.record_heartbeat", refuse)
    monkeypatch.setattr("bpo.backups.making.write_backup", lambda folder, **more: (folder / "manifest.json").touch())

    assert make_backup(tmp_path, keep_days=14, now=NOW).path.is_dir()
    assert "heartbeat_not_written" in caplog.text


def test_a_backup_without_a_folder_says_how_to_name_one(settings: object) -> None:
    settings.BACKUP_FOLDER = ""

    with pytest.raises(CommandError, match=r"manage.py backup FOLDER, or set BACKUP_FOLDER"):
        call_command("backup")


def test_a_restore_for_which_the_disk_is_too_small_changes_nothing(tmp_path: Path) -> None:
    copy, live = write_database(tmp_path / "copy.sqlite3", 400), write_database(tmp_path / "live.sqlite3", 5)

    with largest_file(100_000), pytest.raises(BackupError, match="could not be written and is as it was"):
        put_database_back(copy, live)

    assert count_results(live) == 5


def test_a_database_that_a_process_has_open_is_not_written_over(tmp_path: Path) -> None:
    copy, live = write_database(tmp_path / "copy.sqlite3", 4), write_database(tmp_path / "live.sqlite3", 5)

    with closing(sqlite3.connect(live)) as desk:
        desk.execute("SELECT COUNT(*) FROM result").fetchone()
        with pytest.raises(BackupError, match=r"A process has .*live.sqlite3 open"):
            put_database_back(copy, live)

    assert count_results(live) == 5


def test_a_file_that_is_no_database_any_more_is_replaced(tmp_path: Path) -> None:
    copy, live = write_database(tmp_path / "copy.sqlite3", 4), tmp_path / "live.sqlite3"
    live.write_bytes(b"torn to pieces" * 1_000)

    put_database_back(copy, live)

    assert count_results(live) == 4


def test_a_damaged_database_is_not_backed_up(tmp_path: Path) -> None:
    source = write_database(tmp_path / "source.sqlite3", 200)
    content = bytearray(source.read_bytes())
    content[8192:12288] = b"\xff" * 4096
    source.write_bytes(content)

    with pytest.raises(BackupError, match=r"is damaged|malformed"):
        copy_database(source, tmp_path / "copy.sqlite3")


def test_backups_of_some_days_and_the_first_of_each_month_are_kept() -> None:
    made = [NOW - DAY * number for number in range(90)]

    kept = set(made) - set(choose_expired(made, days=7, months=3))

    firsts = {
        datetime(2026, 9, 2, 1, 30, tzinfo=UTC),
        *(datetime(2026, month, 1, 1, 30, tzinfo=UTC) for month in (10, 11)),
    }
    assert kept == set(made[:7]) | firsts


@pytest.mark.parametrize("days", [0, -5])
def test_the_last_backup_is_never_deleted(days: int) -> None:
    assert choose_expired([NOW, NOW - 400 * DAY], days=days, months=0) == [NOW - 400 * DAY]


def test_what_is_no_backup_is_never_deleted(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "desk-20200101T000000Z").mkdir()
    backup = write_backup(tmp_path)

    assert find_backups(tmp_path) == {NOW: backup}


def test_a_missing_program_of_postgresql_is_one_sentence(settings: object, tmp_path: Path) -> None:
    settings.POSTGRES_PROGRAMS = str(tmp_path)

    with pytest.raises(BackupError, match="pg_dump was not found: install PostgreSQL's client programs"):
        postgresql.client_program("pg_dump")


def test_a_program_older_than_the_server_is_one_sentence(
    settings: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.POSTGRES_PROGRAMS = str(tmp_path)
    program = tmp_path / "pg_dump"
    program.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 15.18'\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(postgresql, "server_version", lambda: 17)

    with pytest.raises(BackupError, match=r"is of PostgreSQL 15 and the server of 17: install .* of version 17"):
        postgresql.client_program("pg_dump")
