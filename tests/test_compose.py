"""compose.yaml: valid, and its services work as it starts and asks them, without containers."""

import json
import os
import re
from pathlib import Path

import pytest
from django.conf import settings
from jsonschema import Draft7Validator, ValidationError

from bpo.bodies import MOST_BYTES
from tests.support.production import PARTS, command_of, production, read_compose
from tests.support.waiting import eventually

SCHEMA = json.loads((Path(__file__).parent / "data/compose_spec.json").read_text(encoding="utf-8"))
ROOT = Path(settings.BASE_DIR)
CHECK = ["python", "manage.py", "check"]
LONG_RUNNING = {"proxy", "postgres", "redis", *PARTS}


def test_the_file_is_valid() -> None:
    Draft7Validator(SCHEMA).validate(read_compose())


def test_the_schema_refuses_what_compose_does_not_know() -> None:
    wrong = read_compose() | {"service": {}}

    with pytest.raises(ValidationError):
        Draft7Validator(SCHEMA).validate(wrong)


def test_every_service_that_stays_has_a_health_check_starts_again_and_has_small_logs() -> None:
    services = read_compose()["services"]

    assert set(services) == LONG_RUNNING | {"migrate"}
    for name in LONG_RUNNING:
        assert services[name]["healthcheck"]["test"]
        assert services[name]["restart"] == "unless-stopped"
        assert set(services[name]["logging"]["options"]) == {"max-size", "max-file"}


def test_its_broker_drops_nothing() -> None:
    command = read_compose()["services"]["redis"]["command"]

    assert "noeviction" in command
    assert command[1:3] == ["--appendonly", "yes"]


def test_only_the_proxy_is_reached_from_outside() -> None:
    services = read_compose()["services"]

    assert [name for name in services if "ports" in services[name]] == ["proxy"]


def test_no_password_stands_in_the_file() -> None:
    stated = [
        value
        for service in read_compose()["services"].values()
        for name, value in service.get("environment", {}).items()
        if "PASSWORD" in name or "://" in value
    ]

    assert len(stated) == 3
    assert [value for value in stated if not re.search(r"\$\{\w+:\?.+\}", value)] == []


def test_the_proxy_takes_as_large_bodies_as_the_desk() -> None:
    text = (ROOT / "deploy/Caddyfile").read_text(encoding="utf-8")

    assert int(re.search(r"max_size (\d+)MiB", text)[1]) * 1024**2 == MOST_BYTES
    assert int(re.search(r"Content-Length}\) > (\d+)", text)[1]) == MOST_BYTES


def test_the_proxy_closes_silent_clients() -> None:
    text = (ROOT / "deploy/Caddyfile").read_text(encoding="utf-8")

    assert set(re.findall(r"^\t\t\t(\w+) \d+[sm]$", text, re.MULTILINE)) == {
        "read_header", "read_body", "write", "idle"
    } | {"dial_timeout", "keepalive", "response_header_timeout"}  # fmt: skip


def test_the_proxy_speaks_tls_1_2_and_1_3_with_forward_secrecy_alone() -> None:
    text = (ROOT / "deploy/Caddyfile").read_text(encoding="utf-8")
    ciphers = re.search(r"^\t\tciphers (.+)$", text, re.MULTILINE)[1].split()

    assert re.search(r"^\t\tprotocols (.+)$", text, re.MULTILINE)[1] == "tls1.2 tls1.3"
    assert len(ciphers) == 6
    assert all(re.fullmatch(r"TLS_ECDHE_(ECDSA|RSA)_WITH_\w+_(GCM_SHA\d+|POLY1305_SHA256)", name) for name in ciphers)


@pytest.mark.postgresql
@pytest.mark.slow
@pytest.mark.broker
@pytest.mark.worker
def test_its_services_work_as_it_starts_asks_and_ends_them(tmp_path: Path) -> None:
    """In one test, since it takes a desk of its own with the roles of production."""
    with production(tmp_path, os.environ["TEST_DATABASE_URL"]) as desk:
        migrated = desk.run(command_of("migrate"), DATABASE_URL=desk.owner_url)
        assert migrated.returncode == 0, migrated.stderr
        checked = desk.run([*CHECK, "--deploy", "--fail-level", "WARNING", "--database", "default"])
        assert (checked.stderr, checked.stdout.strip()) == ("", "System check identified no issues (0 silenced).")

        desk.start()
        for part in PARTS:
            eventually(lambda part=part: desk.is_healthy(part), within=120)
        desk.execute("UPDATE bpo_heartbeat SET at = at - interval '1 hour' WHERE name = 'watch'")
        assert not desk.is_healthy("watch")
        made = desk.run(["python", "manage.py", "backup", str(tmp_path / "backups")])
        assert made.returncode == 0, made.stderr

        assert desk.stop() == 0
        assert [part for part in ("web", "worker") if desk.is_healthy(part)] == []
