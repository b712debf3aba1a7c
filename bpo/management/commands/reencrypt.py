"""`manage.py reencrypt`: every secret in the database, encrypted with the newest SECRET_KEY."""

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from bpo.encryption import UnreadableSecret, reencrypt
from bpo.models import SingleSignOn

PARTS = ("secret", "seed")


class Command(BaseCommand):
    help = "Encrypt stored secrets with the newest SECRET_KEY, so that a key of SECRET_KEY_FALLBACKS can be dropped."

    @transaction.atomic
    def handle(self, *args: object, **options: object) -> None:
        done, unreadable = 0, []
        for factor in Authenticator.objects.select_for_update().exclude(type=Authenticator.Type.WEBAUTHN):
            try:
                factor.data |= {name: reencrypt(factor.data[name]) for name in PARTS if name in factor.data}
            except UnreadableSecret:
                unreadable.append(str(factor.user.email))
                continue
            factor.save(update_fields=["data"])
            done += 1
        for row in SingleSignOn.objects.select_for_update():
            try:
                row.encrypted_secret = reencrypt(row.encrypted_secret)
            except UnreadableSecret:
                unreadable.append(str(row.organisation))
                continue
            row.save(update_fields=["encrypted_secret"])
            done += 1
        self.stdout.write(f"{done} secrets are encrypted with the newest key.")
        if unreadable:
            raise CommandError(f"No key of the desk reads the secrets of {', '.join(sorted(set(unreadable)))}.")
