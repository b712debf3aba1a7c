"""`manage.py erase_person ADDRESS --reason …`: forget somebody who has left; what they did stays, under a number."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from bpo.models import User
from bpo.opened_record import RecordClosedError
from reports.services.forgetting import StillActiveError, forget_person


class Command(BaseCommand):
    help = "Replace a deactivated person's name and address, also in the audit trail, and empty the mails to them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", help="their e-mail address")
        parser.add_argument("--reason", required=True, help="who asked, and when; it stands in the audit trail")

    def handle(self, *args: object, address: str, reason: str, **options: object) -> None:
        person = User.objects.filter(email__iexact=address).first()
        if person is None:
            raise CommandError(f"Nobody has the address {address}.")
        try:
            forgotten = forget_person(person=person, reason=reason)
        except (StillActiveError, RecordClosedError) as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"{forgotten.name} stands in {forgotten.entries} entries of the audit trail now; "
            f"{forgotten.mails} mails are empty"
        )
