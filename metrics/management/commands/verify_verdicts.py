"""`manage.py verify_verdicts`: recompute final verdicts from the record, and name those that differ."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from metrics.models.verdicts import Verdict
from metrics.services.verifying import verify


class Command(BaseCommand):
    help = "Recompute every final verdict from results, terms and excuses as they stood, and name any that differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--service-level", metavar="SL-…", help="of one service level only")

    def handle(self, *args: object, service_level: str | None = None, **options: object) -> None:
        verdicts = Verdict.objects.all()
        if service_level:
            verdicts = verdicts.filter(service_level__public_id=service_level)
        check = verify(verdicts)
        for difference in check.differences:
            self.stderr.write(str(difference))
        wrong = len({difference.verdict.pk for difference in check.differences})
        for line in check.by_engine:
            self.stdout.write(line)
        self.stdout.write(f"{check.verdicts} final verdicts recomputed, {wrong} differ")
        if wrong:
            raise CommandError("Not every final verdict follows from the record.")
