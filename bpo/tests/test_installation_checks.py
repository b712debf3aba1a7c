"""Checks of the database, the broker and the disk name what is wrong and how to mend it."""

from pathlib import Path

import pytest
import redis
from django.core.checks import run_checks
from django.db import DatabaseError, connection

from bpo import probes
from bpo.installation_checks import can_write, check_installation
from bpo.storage_settings import file_storage

SOUND = {"powers_of_role": "", "seconds_apart": 0, "eviction_policy": "noeviction"}


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch, settings: object, tmp_path: Path) -> pytest.MonkeyPatch:
    """An installation of which every check is content."""
    settings.PRODUCTION, settings.BACKUP_FOLDER = True, str(tmp_path)
    for name, value in SOUND.items():
        monkeypatch.setattr(probes, name, lambda value=value: value)
    return monkeypatch


def find_ids() -> list[str]:
    return [message.id for message in check_installation(None, databases=["default"])]


@pytest.mark.any_database
def test_a_sound_installation_passes(sound: pytest.MonkeyPatch) -> None:
    assert find_ids() == []


@pytest.mark.any_database
def test_a_storage_of_files_that_takes_none_is_found(sound: pytest.MonkeyPatch, settings: object) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": file_storage("file:///proc/files")}

    assert find_ids() == ["desk.E037"]


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("probe", "value", "number"),
    [
        ("powers_of_role", "is a superuser", 31),
        ("powers_of_role", "owns 3 tables", 31),
        ("seconds_apart", 3, 32),
        ("seconds_apart", -3, 32),
        ("eviction_policy", "allkeys-lru", 34),
    ],
)
def test_each_check_is_tripped(sound: pytest.MonkeyPatch, probe: str, value: object, number: int) -> None:
    sound.setattr(probes, probe, lambda: value)

    assert find_ids() == [f"desk.E{number:03d}"]


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("probe", "error", "number"),
    [("seconds_apart", DatabaseError("gone"), 30), ("eviction_policy", redis.ConnectionError("gone"), 33)],
)
def test_what_does_not_answer_is_named(sound: pytest.MonkeyPatch, probe: str, error: Exception, number: int) -> None:
    def refuse() -> None:
        raise error

    sound.setattr(probes, probe, refuse)

    assert find_ids() == [f"desk.E{number:03d}"]


@pytest.mark.any_database
def test_a_folder_that_cannot_be_written_is_named(sound: pytest.MonkeyPatch, settings: object, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings.BACKUP_FOLDER = str(tmp_path / "file" / "backups")

    assert [(each.id, each.msg) for each in check_installation(None, databases=["default"])] == [
        ("desk.E035", f"BACKUP_FOLDER cannot be written: {settings.BACKUP_FOLDER}.")
    ]


@pytest.mark.any_database
def test_a_folder_that_is_still_to_be_made_can_be_written(tmp_path: Path) -> None:
    assert can_write(tmp_path / "backups" / "desk")


@pytest.mark.any_database
def test_nothing_is_asked_unless_a_database_is_named() -> None:
    messages = run_checks(include_deployment_checks=True)

    assert not [each.id for each in messages if str(each.id).startswith("desk.E03")]


@pytest.mark.broker
@pytest.mark.any_database
def test_the_embedded_broker_drops_nothing(broker: redis.Redis) -> None:
    assert probes.eviction_policy() == "noeviction"


@pytest.mark.postgresql
@pytest.mark.django_db
def test_an_owner_and_a_superuser_are_too_powerful_and_others_are_not() -> None:
    with connection.cursor() as cursor:
        assert probes.powers_of_role() == "is a superuser"
        cursor.execute("CREATE ROLE check_owner; CREATE ROLE check_app; ALTER TABLE bpo_heartbeat OWNER TO check_owner")
        cursor.execute("SET LOCAL ROLE check_owner")
        assert probes.powers_of_role() == "owns 1 tables"
        cursor.execute("RESET ROLE; SET LOCAL ROLE check_app")
        assert probes.powers_of_role() == ""
        cursor.execute("RESET ROLE")
