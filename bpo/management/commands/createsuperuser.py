"""`manage.py createsuperuser`: an operator admin, such as the first one of a desk, and an entry in the audit trail."""

from django.contrib.auth.management.commands.createsuperuser import Command as CreateSuperuser
from django.db import transaction

from bpo.audit import record
from bpo.models import User


class Command(CreateSuperuser):
    help = "Make the account of an operator admin, who sets up organisations, contracts and people."

    @transaction.atomic
    def handle(self, *args: object, **options: object) -> None:
        before = User.objects.count()
        super().handle(*args, **options)
        person = User.objects.latest("pk")
        if User.objects.count() > before:
            record(actor=None, action="add_user", thing=person, changes={"email": (None, person.email)})
