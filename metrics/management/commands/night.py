"""`manage.py night ZONE [DATE]`: a zone's night by hand."""

import time
from argparse import ArgumentParser
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from metrics.models.runs import Run
from metrics.services.nights import Step, advance_night, latest_night, zones

PAUSE_SECONDS = 0.5


class Command(BaseCommand):
    help = "Run the night of a contract zone: judge what changed, close what is due. Run again, it changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("zone", help="such as Europe/Oslo; “all” for the zones of all contracts")
        parser.add_argument("date", nargs="?", type=date.fromisoformat, help="the morning on which the night ends")

    def handle(self, *args: object, zone: str, date: date | None = None, **options: object) -> None:
        all_zones = zones()
        if zone != "all" and zone not in all_zones:
            raise CommandError(f"No contract runs in the zone {zone}; there are: {', '.join(all_zones) or 'none'}.")
        chosen = all_zones if zone == "all" else [zone]
        runs = [self._night(each, date or latest_night(each, timezone.now())) for each in chosen]
        if any(run.state == Run.State.FAILED for run in runs):
            raise CommandError("Not everything could be judged; the ledger of nights lists what could not.")

    def _night(self, zone: str, local_date: date) -> Run:
        today = datetime.now(ZoneInfo(zone)).date()
        if local_date > today:
            raise CommandError(f"In {zone} it is {today} only.")
        step, run = advance_night(zone=zone, local_date=local_date, now=timezone.now())
        while step is not Step.DONE:
            if step is Step.BUSY:
                time.sleep(PAUSE_SECONDS)
            step, run = advance_night(zone=zone, local_date=local_date, now=timezone.now())
        self.stdout.write(f"{zone} {local_date}: {run.judged} judged, {run.closed} closed, {len(run.failures)} failed")
        return run
