"""`manage.py desk`: everything that a desk on one machine needs, started together and stopped together."""

import asyncio
import fcntl
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from bpo.embedded import BrokerFailed, broker_url, running_broker
from bpo.supervisor import Supervisor, programs_of

WEB_START_SECONDS = 60


class Command(BaseCommand):
    help = "Prepare the database and the demo world, then run web, worker, beat and broker until Ctrl-C."

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
            if broker_url(settings.VAR_DIR) == settings.REDIS_URL:
                try:
                    stack.enter_context(running_broker(settings.VAR_DIR))
                except BrokerFailed as failure:
                    raise CommandError(str(failure)) from failure
            try:
                self.prepare(with_demo=not without_demo)
            except KeyboardInterrupt as interruption:
                raise CommandError("Stopped before the desk was open.") from interruption
            lasting = asyncio.run(self.serve(host, port, until_parent_leaves=until_parent_leaves))
        self.stdout.write("Everything is stopped; the data is kept.")
        if not lasting:
            sys.exit(1)

    def prepare(self, *, with_demo: bool) -> None:
        """Bring database, static files and demo world to where this version wants them."""
        self.say("Preparing the database and the static files …")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        if with_demo:
            call_command("demo", "--if-empty", stdout=self.stdout)
        connections.close_all()

    async def serve(self, host: str, port: int, *, until_parent_leaves: bool) -> bool:
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "PYTHONUNBUFFERED": "1",
            "DESK_HOST": host,
            "PORT": str(port),
            "BASE_URL": base_url(host, port),
            "WEB_THREADS": os.environ.get("WEB_THREADS", "4"),
            "WEB_CLIENTS": os.environ.get("WEB_CLIENTS", "128"),
            # Said at every start where root runs the desk, as in a container; the worker reads JSON only.
            "PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS", "ignore:You're running the worker with superuser"),
        }
        programs = programs_of(settings.BASE_DIR / "Procfile", environment)
        supervisor = Supervisor(programs, environment=environment, say=self.say)
        announcement = asyncio.create_task(self.announce(host, port))
        try:
            return await supervisor.run(until_parent_leaves=until_parent_leaves)
        finally:
            announcement.cancel()
            with suppress(asyncio.CancelledError):
                await announcement

    async def announce(self, host: str, port: int) -> None:
        """Once the web server accepts callers, say where it is and how to sign in."""
        for _ in range(WEB_START_SECONDS * 10):
            try:
                _, writer = await asyncio.open_connection(host, port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                await asyncio.to_thread(self.print_sign_ins, base_url(host, port))
                return

    def print_sign_ins(self, address: str) -> None:
        self.say(f"\nThe desk is open at {address} (Ctrl-C closes it)\n")
        call_command("demo", "--sign-ins", stdout=self.stdout)
        connections.close_all()
        self.stdout.flush()

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


@contextmanager
def only_desk_of(folder: Path) -> Iterator[None]:
    """Hold a data folder for one desk; a second one is told so."""
    with (folder / "desk.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as failure:
            raise CommandError(f"A desk is running on {folder} already; stop that one first.") from failure
        yield


def base_url(host: str, port: int) -> str:
    """Where people reach this desk: as the environment says, or else where it listens."""
    return os.environ.get("BASE_URL", f"http://{host}:{port}")


def refuse_taken_port(host: str, port: int) -> None:
    """Say plainly that a port is taken, before anything is started."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as failure:
            raise CommandError(
                f"Cannot listen on {host}:{port} ({failure.strerror}). Take another: make run PORT=8001"
            ) from failure
