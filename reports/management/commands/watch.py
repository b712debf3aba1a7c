"""`manage.py watch`: watch over the installation, independently of beat, workers and broker."""

import signal
from argparse import ArgumentParser
from datetime import timedelta
from threading import Event

from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from bpo.heartbeats import Pulse
from reports.services.alarms import LOOK_EVERY, Watch


class Command(BaseCommand):
    help = "Examine the installation twice a minute, and tell operators of problems by mail and webhook."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="look once and end")

    def handle(self, *args: object, once: bool = False, **options: object) -> None:
        watch, ended = Watch(Pulse()), Event()
        if not once:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_signal: ended.set())
        while not ended.is_set():
            watch.look(timezone.now())
            if once or ended.wait(LOOK_EVERY / timedelta(seconds=1)):
                return
            close_old_connections()
