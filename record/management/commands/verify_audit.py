"""`manage.py verify_audit`: verify the hash chains of the record, and name the first place that does not hold."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from record.heads import check_head
from record.linking import link_next
from record.models import Chain
from record.verifying import verify_chain


class Command(BaseCommand):
    help = "Verify every chain from its first link, against the rows as they are now, and name what does not hold."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--chain", metavar="CT-…", help="this chain only, or “installation”")
        parser.add_argument("--head", metavar="'CT-… 12 3f2a…'", help="a head that was kept: is it in its chain still?")

    def handle(self, *args: object, chain: str | None = None, head: str = "", **options: object) -> None:
        now = timezone.now()
        while link_next(now):
            pass
        chains = Chain.objects.filter(name=chain) if chain else Chain.objects.all()
        if chain and not chains:
            raise CommandError(f"There is no chain {chain}.")
        links = 0
        for each in chains:
            verify_chain(each, now=now)
            links += each.checked_length
            if each.finding:
                self.stderr.write(each.finding)
        wrong = chains.exclude(finding="").count()
        self.stdout.write(f"{links} links of {len(chains)} chains verified, {wrong} chains do not hold")
        kept = check_head(Chain.objects.all(), head) if head else None
        if kept:
            self.stdout.write(kept.sentence)
        if wrong or (kept and not kept.holds):
            raise CommandError("The record is not what was linked.")
