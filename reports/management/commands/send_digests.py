"""`manage.py send_digests`: write and send by hand what the workers do by themselves."""

from argparse import ArgumentParser
from collections import Counter
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from reports.models import Edition
from reports.readers import readers_due, readers_on
from reports.selecting.digest import UpcomingDates
from reports.services.queueing import queue_digest
from reports.services.sending import send_due


class Command(BaseCommand):
    help = "Write the nightly mails that are due, or those of one date, and send what is queued."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--for",
            dest="day",
            type=date.fromisoformat,
            metavar="DATE",
            help="Everybody's mail of that local date, whatever the hour and the weekday.",
        )
        parser.add_argument(
            "--now", type=datetime.fromisoformat, metavar="ISO", help="Take this instant, with its offset, for now."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = options["now"] or timezone.now()
        if timezone.is_naive(now):
            raise CommandError("--now needs an offset, such as 2025-11-05T06:30:00+01:00.")
        readers = readers_on(options["day"]) if options["day"] else readers_due(now)
        upcoming = UpcomingDates()
        editions = [queue_digest(reader=reader, upcoming=upcoming, now=now) for reader in readers]
        decided = Counter(edition.outcome for edition in editions if edition)
        sent = send_due(clock=lambda: now if options["now"] else timezone.now(), by_hand=True)
        self.stdout.write(
            f"{len(readers)} readers: {decided[Edition.Outcome.MAILED]} mails written, "
            f"{decided[Edition.Outcome.EMPTY]} without news, {editions.count(None)} decided before, or waiting."
        )
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(sent.items()))
        self.stdout.write(f"Sending: {outcomes or 'nothing was queued'}.")
