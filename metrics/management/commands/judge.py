"""`manage.py judge`: judge the whole work queue now, in this process."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from metrics.models.verdicts import DirtyCell
from metrics.services.judging import Judged, judge_next


class Command(BaseCommand):
    help = "Judge everything in the work queue now, in this process, as the workers do by themselves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--parked", action="store_true", help="try parked work items again")

    def handle(self, *args: object, parked: bool = False, **options: object) -> None:
        if parked:
            DirtyCell.objects.filter(parked_at__isnull=False).update(parked_at=None, attempts=0, last_error="")
        judged = Judged()
        while chunk := judge_next(now=timezone.now()):
            judged += chunk
        parked_items = DirtyCell.objects.filter(parked_at__isnull=False)
        for cell in parked_items.select_related("service_level"):
            period = f"{cell.service_level.public_id} {cell.starts_on}"
            self.stderr.write(f"{period} is parked: {cell.last_error}")
        self.stdout.write(f"{judged.cells} judged, {judged.revisions} new revisions, {parked_items.count()} parked")
        if judged.failures:
            raise CommandError("Not everything could be judged.")
