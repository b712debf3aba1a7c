"""`manage.py desk`: everything that a desk on one machine needs, started together and stopped together."""

import asyncio
import fcntl
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from bpo.database_shape import recreate_embedded_databases, refuse_unknown_shape
from bpo.demo_load import DemoLoad, forget_demo_load, is_incomplete, read_demo_load, write_demo_load
from bpo.embedded import BrokerError, broker_command, broker_url, prepare_broker
from bpo.models import Organisation
from bpo.supervisor import Supervisor, programs_of

WEB_START_SECONDS = 60


class Command(BaseCommand):
    help = "Prepare the database and the demo world, then run web, worker, beat, watch and broker until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--until-parent-leaves", action="store_true", help="Stop when the calling process ends.")
        parser.add_argument("--without-demo", action="store_true", help="Leave an empty database empty.")

    def handle(self, *, until_parent_leaves: bool, without_demo: bool, **options) -> None:
        if settings.PRODUCTION:
            raise CommandError("This is for one machine; in production start web, worker and beat by themselves.")
        host, port = os.environ.get("DESK_HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
        with ExitStack() as stack:
            stack.enter_context(only_desk_of(settings.VAR_DIR))
            refuse_taken_port(host, port)
            for alias in connections:
                refuse_unknown_shape(alias)
            services = embedded_broker()
            try:
                self.prepare()
                loads_demo = not without_demo and self.announce_demo_load()
            except KeyboardInterrupt as interruption:
                raise CommandError("Stopped before the desk was open.") from interruption
            supervisor = self.supervisor(host, port, services=services, loads_demo=loads_demo)
            lasting = asyncio.run(self.serve(supervisor, host, port, until_parent_leaves=until_parent_leaves))
        self.stdout.write("Everything is stopped; the data is kept.")
        if not lasting:
            sys.exit(1)

    def prepare(self) -> None:
        """Bring database and static files to where this version wants them; delete a demo world that is incomplete."""
        self.say("Preparing the database and the static files …")
        forget_demo_load()
        if is_incomplete():
            self.say("The demo world is incomplete, because its load was stopped: deleting it to load it anew.")
            recreate_embedded_databases()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)

    def announce_demo_load(self) -> bool:
        """Whether the demo world has to be loaded; pages say so from the first one on."""
        is_empty = not Organisation.objects.exists()
        if is_empty:
            write_demo_load(DemoLoad(os.getpid()))
        connections.close_all()
        return is_empty

    def supervisor(self, host: str, port: int, *, services: Mapping[str, list[str]], loads_demo: bool) -> Supervisor:
        """Return what runs the programs of the Procfile, with the broker if the desk has one of its own."""
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "PYTHONUNBUFFERED": "1",
            "DESK_PROCESS": "worker",
            "DESK_HOST": host,
            "PORT": str(port),
            # Where people reach this desk: as the environment says, or else where it listens.
            "BASE_URL": os.environ.get("BASE_URL", f"http://{host}:{port}"),
            "WEB_CLIENTS": str(settings.WEB_CLIENTS),
            # Celery warns at every start when root runs the desk, as in a container; the worker reads JSON only.
            "PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS", "ignore:You're running the worker with superuser"),
        }
        programs = programs_of(settings.BASE_DIR / "Procfile", environment)
        # Neither judges nor sends anything before the demo world is complete: its past has a clock of its own.
        loader = {"demo": [sys.executable, "manage.py", "demo", "--if-empty"]} if loads_demo else {}
        return Supervisor(
            programs,
            environment=environment,
            say=self.say,
            services=services,
            first=loader,
            after_first=("worker", "beat", "watch"),
        )

    async def serve(self, supervisor: Supervisor, host: str, port: int, *, until_parent_leaves: bool) -> bool:
        announcement = asyncio.create_task(self.announce(host, port, supervisor.environment["BASE_URL"]))
        try:
            return await supervisor.run(until_parent_leaves=until_parent_leaves)
        finally:
            announcement.cancel()
            with suppress(asyncio.CancelledError):
                await announcement

    async def announce(self, host: str, port: int, address: str) -> None:
        """Once the web server accepts callers, say where it is and how to sign in."""
        for _ in range(WEB_START_SECONDS * 10):
            try:
                _, writer = await asyncio.open_connection(host, port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                await asyncio.to_thread(self.print_sign_ins, address)
                return

    def print_sign_ins(self, address: str) -> None:
        self.say(f"\nThe desk is open at {address} (Ctrl-C closes it)\n")
        call_command("demo", "--sign-ins", stdout=self.stdout)
        if read_demo_load():
            self.say("\nThe demo world is loading; every page shows how far it is.")
        connections.close_all()
        self.stdout.flush()

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


@contextmanager
def only_desk_of(folder: Path) -> Iterator[None]:
    """Lock a data folder for one desk. Raises CommandError where another desk runs on it."""
    with (folder / "desk.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as failure:
            raise CommandError(f"A desk is running on {folder} already; stop that one first.") from failure
        yield


def embedded_broker() -> dict[str, list[str]]:
    """Return the command of the broker of this data folder, or nothing where REDIS_URL names another one."""
    if broker_url(settings.VAR_DIR) != settings.REDIS_URL:
        return {}
    try:
        prepare_broker(settings.VAR_DIR)
    except BrokerError as failure:
        raise CommandError(str(failure)) from failure
    return {"broker": broker_command(settings.VAR_DIR)}


def refuse_taken_port(host: str, port: int) -> None:
    """Raise CommandError where a port is taken, before anything is started."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as failure:
            raise CommandError(
                f"Cannot listen on {host}:{port} ({failure.strerror}). Take another: make run PORT=8001"
            ) from failure
