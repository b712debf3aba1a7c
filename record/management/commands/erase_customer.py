"""`manage.py erase_customer CT-… PSEUDONYM --reason …`: forget a customer, and keep every number."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from bpo.opened_record import RecordClosedError
from contracts.models.agreements import Contract
from record.erasure import UnknownCustomerError, erase_customer


class Command(BaseCommand):
    help = "Replace a customer's pseudonym wherever the desk keeps it for a contract. Values and verdicts stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("contract", metavar="CT-…")
        parser.add_argument("customer", help="the pseudonym, as the vendor sent it")
        parser.add_argument("--reason", required=True, help="who asked, and when; it stands in the audit trail")

    def handle(self, *args: object, contract: str, customer: str, reason: str, **options: object) -> None:
        found = Contract.objects.filter(public_id=contract).first()
        if found is None:
            raise CommandError(f"There is no contract {contract}.")
        try:
            erased = erase_customer(contract=found, customer=customer, reason=reason)
        except (UnknownCustomerError, RecordClosedError) as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"{erased.contacts} contacts and {erased.superseded} superseded ones name {erased.replacement} now; "
            f"{erased.requests} excerpts of requests and {erased.files} files are emptied, "
            f"{erased.replies} kept answers and {erased.in_sandbox} rows of test keys name it, too"
        )
