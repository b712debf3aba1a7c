"""The drill: a backup made while rows come in is restored elsewhere, and nothing is missing or judged otherwise."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread

import pytest

from bpo.backups.manifest import read_manifest
from tests.backups.desks import Desk, desks, prepare
from tests.support.waiting import eventually

pytestmark = pytest.mark.slow

VERDICTS = """
    SELECT service_level_id, starts_on, revision, is_final, status, value, display, inputs_sha256, judged_at
    FROM metrics_verdict ORDER BY id
"""
USERS = "SELECT email, name FROM bpo_user ORDER BY id"
# Two rows that belong together, in one statement and so in one transaction.
PAIR = "INSERT INTO bpo_heartbeat (name, at, detail, version) VALUES ('a {0}', '{1}', '', ''), ('b {0}', '{1}', '', '')"
RIGHTS = """
    SELECT schemaname, tablename, tableowner,
           has_table_privilege(current_user, quote_ident(schemaname) || '.' || quote_ident(tablename), 'INSERT')
    FROM pg_tables WHERE schemaname IN ('public', 'sandbox') ORDER BY 1, 2
"""
DEFAULTS = """
    SELECT defaclrole::regrole::text, defaclnamespace::regnamespace::text, defaclobjtype, defaclacl::text
    FROM pg_default_acl ORDER BY 1, 2, 3
"""

EXPIRED, FOREIGN = "desk-20200102T013000Z", "photos"


@dataclass(frozen=True)
class Drill:
    """A desk that was backed up while rows came in, and another one that was restored from it."""

    source: Desk
    target: Desk
    backup: Path
    printed: str


@pytest.fixture(scope="module")
def drill(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    folder = tmp_path_factory.mktemp("drill")
    with desks(folder, "source", "target") as (source, target):
        prepare(source)
        for name in (EXPIRED, FOREIGN):
            (folder / "backups" / name).mkdir(parents=True)
        (folder / "backups" / EXPIRED / "manifest.json").touch()
        with rows_coming_in(source):
            backup = source.backup(folder / "backups")
        done = target.restore(backup)
        assert done.returncode == 0, done.stderr
        yield Drill(source, target, backup, done.stdout)


@contextmanager
def rows_coming_in(desk: Desk) -> Iterator[None]:
    """Write pairs of rows in a thread until the block ends, the first one before it begins."""
    ended, written = Event(), []

    def write() -> None:
        while not ended.wait(0.005):
            desk.query(PAIR.format(len(written), "2026-11-30 12:00:00+00:00"))
            written.append(1)

    thread = Thread(target=write)
    thread.start()
    eventually(lambda: written)
    yield
    ended.set()
    thread.join()


def test_a_restored_desk_has_the_same_verdicts(drill: Drill) -> None:
    verdicts = drill.source.query(VERDICTS)

    assert len(verdicts) > 20
    assert drill.target.query(VERDICTS) == verdicts


def test_every_final_verdict_follows_from_the_restored_record(drill: Drill) -> None:
    (number,) = drill.source.query("SELECT COUNT(*) FROM metrics_verdict WHERE is_final")[0]

    assert number > 20
    assert f"{number} final verdicts recomputed, 0 differ" in drill.printed


def test_the_chains_of_the_restored_record_are_verified(drill: Drill) -> None:
    (number,) = drill.target.query("SELECT COUNT(*) FROM record_chain")[0]

    assert number > 1
    assert f"links of {number} chains verified, 0 chains do not hold" in drill.printed


def test_no_session_of_the_backup_is_restored(drill: Drill) -> None:
    assert read_manifest(drill.backup).contents.rows["django_session"] > 0
    assert drill.target.query("SELECT COUNT(*) FROM django_session") == [(0,)]


def test_rows_that_came_in_during_a_backup_are_in_it_whole_or_not_at_all(drill: Drill) -> None:
    count = "SELECT COUNT(*) FROM bpo_heartbeat WHERE name LIKE '{} %'"
    backed_up = drill.target.query(count.format("a"))

    assert backed_up == drill.target.query(count.format("b"))
    assert (1,) <= backed_up[0] < drill.source.query(count.format("a"))[0]


def test_uploaded_files_are_restored_with_their_digests(drill: Drill) -> None:
    files = drill.target.query("SELECT file, sha256 FROM intake_import")

    assert files == drill.source.query("SELECT file, sha256 FROM intake_import")
    assert [sha256((drill.target.folder / "files" / name).read_bytes()).hexdigest() for name, _ in files] == [
        files[0][1]
    ]
    assert "1 files, each with the digest that was backed up" in drill.printed


def test_a_restore_says_that_every_row_is_there(drill: Drill) -> None:
    rows = read_manifest(drill.backup).contents.rows

    assert f"{sum(rows.values()):,} rows in {len(rows)} tables, as backed up" in drill.printed


def test_a_backup_is_noted_for_the_health_of_the_installation(drill: Drill) -> None:
    assert drill.source.query("SELECT detail FROM bpo_heartbeat WHERE name = 'backup'") == [(str(drill.backup),)]


def test_a_backup_deletes_older_ones_that_need_not_be_kept_and_nothing_else(drill: Drill) -> None:
    assert {path.name for path in drill.backup.parent.iterdir()} == {drill.backup.name, FOREIGN, "backup.lock"}


def test_a_database_with_data_is_not_written_over_unasked(drill: Drill) -> None:
    before = drill.target.query(VERDICTS)

    done = drill.target.restore(drill.backup)

    assert done.returncode == 1
    assert "holds data; --replace deletes all of it" in done.stderr
    assert drill.target.query(VERDICTS) == before


def test_data_is_replaced_where_that_is_asked_for(drill: Drill) -> None:
    drill.target.query("DELETE FROM metrics_latearrival")
    drill.target.query("UPDATE bpo_user SET name = 'changed'")

    done = drill.target.restore(drill.backup, "--replace")

    assert done.returncode == 0, done.stderr
    assert drill.target.query(USERS) == drill.source.query(USERS)


@pytest.mark.postgresql
def test_owners_grants_and_the_sandbox_are_as_before(drill: Drill) -> None:
    rights = drill.source.query(RIGHTS)

    assert {schema for schema, *_rest in rights} == {"public", "sandbox"}
    assert drill.target.query(RIGHTS) == rights
    assert drill.target.query(DEFAULTS) == drill.source.query(DEFAULTS)
