"""`manage.py demo`: loads a world of real and invented data into the desk, or prints who may sign in to it."""

import time

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from bpo.database_shape import recreate_embedded_databases
from bpo.demo_load import is_incomplete, read_demo_load
from bpo.management.commands.desk import only_desk_of
from bpo.models import Organisation, User
from demo.loading import all_people, load_world
from demo.people import PASSPHRASE
from demo.size import WHOLE, Size


class Command(BaseCommand):
    help = "Load the demo world into an empty desk, rebuild it, or print who may sign in to it."

    def add_arguments(self, parser: CommandParser) -> None:
        choices = parser.add_mutually_exclusive_group()
        choices.add_argument("--if-empty", action="store_true", help="Do nothing where the desk has organisations.")
        choices.add_argument("--rebuild", action="store_true", help="Delete the embedded database first: all is lost.")
        choices.add_argument("--sign-ins", action="store_true", help="Only print who may sign in.")

    def handle(self, *, if_empty: bool, rebuild: bool, sign_ins: bool, **options: object) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo world has a passphrase that everybody knows; it is not for production.")
        if sign_ins:
            self.print_sign_ins()
        elif rebuild:
            self.rebuild()
        elif is_incomplete():
            raise CommandError("The demo world is incomplete: its load was stopped. Load it anew: make demo")
        elif not Organisation.objects.exists():
            self.load()
        elif not if_empty:
            raise CommandError("The desk is not empty. To lose all of it and begin anew: make demo")

    def rebuild(self) -> None:
        """Delete the embedded database and load anew, unless a desk is running on it."""
        if connection.vendor != "sqlite":
            raise CommandError("Only the embedded database can be rebuilt; empty another one yourself.")
        with only_desk_of(settings.VAR_DIR):
            self.say("Deleting the database …")
            recreate_embedded_databases()
            self.load()
        self.print_sign_ins()

    def load(self, size: Size = WHOLE) -> None:
        """Load the world, then send the mails of its last night."""
        began, now = time.monotonic(), timezone.now()
        self.say("Loading the demo world, which takes one to two minutes …")
        load_world(size=size, now=now, say=self.say)
        call_command("send_digests", "--for", now.date().isoformat(), stdout=self.stdout)
        self.say(f"The demo world is complete ({time.monotonic() - began:.0f} s).")

    def print_sign_ins(self) -> None:
        """Print the demo's people who have an account, or all of them while the demo world is loading."""
        people = [person for person in all_people() if not person.is_silent]
        if read_demo_load() is None:
            emails = [person.email for person in people]
            known = set(User.objects.filter(email__in=emails).values_list("email", flat=True))
            people = [person for person in people if person.email in known]
        if not any(person.organisation for person in people):
            self.say("This desk has no demo world; people sign in with their own accounts.")
            return
        self.say(f"Everybody of the demo world signs in with the passphrase: {PASSPHRASE}")
        for person in people:
            self.say(f"  {person.email:<32} {person.name}{f', {person.organisation}' if person.organisation else ''}")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
