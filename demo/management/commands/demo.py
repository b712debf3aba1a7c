"""`manage.py demo`: a desk with something to see, built from real and invented data through everybody's own doors."""

import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connection
from django.utils import timezone

from bpo.management.commands.desk import only_desk_of
from bpo.models import Organisation, User
from bpo.sandbox import SHADOW
from demo.loading import cast, load_world
from demo.people import PASSPHRASE
from demo.size import WHOLE, Size


class Command(BaseCommand):
    help = "Load the demo world into an empty desk, rebuild it, or say who may sign in to it."

    def add_arguments(self, parser: CommandParser) -> None:
        chosen = parser.add_mutually_exclusive_group()
        chosen.add_argument("--if-empty", action="store_true", help="Do nothing where the desk has organisations.")
        chosen.add_argument("--rebuild", action="store_true", help="Empty the embedded database first: all is lost.")
        chosen.add_argument("--sign-ins", action="store_true", help="Only say who may sign in.")

    def handle(self, *, if_empty: bool, rebuild: bool, sign_ins: bool, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo world has a passphrase that everybody knows; it is not for production.")
        if sign_ins:
            self.print_sign_ins()
        elif rebuild:
            self.rebuild()
        elif not Organisation.objects.exists():
            self.load()
        elif not if_empty:
            raise CommandError("The desk is not empty. To lose all of it and begin anew: manage.py demo --rebuild")

    def rebuild(self) -> None:
        """Empty the embedded database and load anew, unless a desk is running on it."""
        if connection.vendor != "sqlite":
            raise CommandError("Only the embedded database is emptied; another one you would have to empty yourself.")
        with only_desk_of(settings.VAR_DIR):
            self.say("Emptying the database …")
            for alias in (DEFAULT_DB_ALIAS, SHADOW):
                call_command("flush", database=alias, interactive=False, verbosity=0)
            self.load()
        self.print_sign_ins()

    def load(self, size: Size = WHOLE) -> None:
        """The world, and then the mails of its last night; a load that is killed leaves an empty desk."""
        began, now = time.monotonic(), timezone.now()
        self.say("Loading the demo world, which takes about a minute …")
        load_world(size=size, now=now, say=self.say)
        call_command("send_digests", "--for", now.date().isoformat(), stdout=self.stdout)
        self.say(f"The demo world is there ({time.monotonic() - began:.0f} s).")

    def print_sign_ins(self) -> None:
        """Who may sign in, as far as the demo's people are there."""
        named = [person for person in cast() if not person.is_silent]
        known = set(User.objects.filter(email__in=[person.email for person in named]).values_list("email", flat=True))
        people = [person for person in named if person.email in known]
        if not any(person.organisation for person in people):
            self.say("This desk has no demo world; people sign in with their own accounts.")
            return
        self.say(f"Everybody of the demo world signs in with the passphrase: {PASSPHRASE}")
        for person in people:
            self.say(f"  {person.email:<32} {person.name}{f', {person.organisation}' if person.organisation else ''}")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
