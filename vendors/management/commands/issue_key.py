"""`manage.py issue_key VENDOR NAME`: a new API key, printed once."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q
from django.utils import timezone

from bpo.errors import Refused
from vendors.keys import issue_key
from vendors.models import ApiKey, Vendor


class Command(BaseCommand):
    help = "Makes an API key for a vendor and prints it, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("vendor", help="the vendor's id (VN-…) or its name")
        parser.add_argument("name", help="what the key is for, such as “nightly export”")
        parser.add_argument(
            "--scope", action="append", choices=ApiKey.Scope.values, help="may be given twice; all if left out"
        )
        parser.add_argument("--test", action="store_true", help="a test key, whose results go to the sandbox")
        parser.add_argument("--days", type=int, help="after how many days it expires; never if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        named = Vendor.objects.filter(Q(public_id=options["vendor"]) | Q(organisation__name=options["vendor"]))
        vendor = named.first()
        if vendor is None:
            raise CommandError(f"There is no vendor {options['vendor']}.")
        days = options["days"]
        try:
            key, text = issue_key(
                vendor=vendor,
                name=options["name"],
                scopes=options["scope"] or ApiKey.Scope.values,
                actor=None,
                expires_at=None if days is None else now + timedelta(days=days),
                now=now,
                mode=ApiKey.Mode.TEST if options["test"] else ApiKey.Mode.LIVE,
            )
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stderr.write(f"{key.public_id} for {vendor}: {', '.join(key.scopes)}. It is not shown again.")
        self.stdout.write(text)
