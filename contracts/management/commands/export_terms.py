"""Write a contract's terms as a file."""

from argparse import ArgumentParser
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from bpo.errors import Refused
from contracts.models.agreements import Contract
from contracts.terms_file.exporting import export_terms


class Command(BaseCommand):
    """`manage.py export_terms CT-… [--on DATE]`; the file loads to the same meaning."""

    help = "Write what holds between client and vendor on a day as a YAML file that load_terms understands."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("contract", help="the contract's id, such as CT-7K2M9")
        parser.add_argument("--on", type=date.fromisoformat, help="the day, as 2025-01-31; default: today")

    def handle(self, *args: Any, **options: Any) -> None:
        contract = Contract.objects.filter(public_id=options["contract"].upper()).first()
        if contract is None:
            raise CommandError(_("There is no contract %s.") % options["contract"])
        today = timezone.now().astimezone(ZoneInfo(contract.zone)).date()
        try:
            self.stdout.write(export_terms(contract, on=options["on"] or today), ending="")
        except Refused as refused:
            raise CommandError(refused.sentence) from refused
