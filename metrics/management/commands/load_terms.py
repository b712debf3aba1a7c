"""`manage.py load_terms`: load a contract's terms from a file, and list the closed periods that it restates."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from bpo.errors import Refused
from bpo.models import User
from contracts.models.agreements import Contract
from contracts.terms_file.loading import Report, check_and_store, read_terms
from contracts.terms_file.reading import TermsFileRefused
from metrics.services.amending import WouldRestate, amend, effect_lines, preview_change
from metrics.services.restatement_plans import Restatement


class Command(BaseCommand):
    """`manage.py load_terms FILE [--dry-run] [--restate REASON]`; loading a file twice changes nothing."""

    help = (
        "Load a contract's terms from a YAML file; a later effective_on makes an amendment of what differs. "
        "Terms from a past date on restate the closed periods that they touch: they are listed first, and "
        "restated only with a reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the file, or - for standard input")
        parser.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
        parser.add_argument("--restate", metavar="REASON", default="", help="restate closed periods, for this reason")
        parser.add_argument("--by", metavar="EMAIL", help="the person in whose name closed periods are restated")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["file"]
        try:
            text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
            report, restatement = self._load(text, options)
        except TermsFileRefused as refused:
            lines = "\n".join(f"{name}:{problem}" for problem in refused.problems)
            raise CommandError(_("Nothing was loaded.\n%s") % lines) from refused
        except WouldRestate as refused:
            self._write_lines(refused.restatement)
            raise CommandError(
                _("Nothing was loaded. %s To restate them, give --restate with a reason.") % refused.sentence
            ) from refused
        except Refused as refused:
            raise CommandError(_("Nothing was loaded. %s") % refused.sentence) from refused
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(_("%(file)s cannot be read: %(why)s") % {"file": name, "why": error}) from error
        for line in report.lines:
            self.stdout.write(f"  {line}")
        for line in report.unnamed:
            self.stdout.write(_("  not named in the file, stays as it is: %s") % line)
        self._write_lines(restatement)
        self.stdout.write(self._conclusion(report, dry_run=options["dry_run"]))

    def _load(self, text: str, options: dict[str, Any]) -> tuple[Report, Restatement]:
        by, now = self._person(options["by"]), timezone.now()

        def follow(store: Callable[[], Report]) -> tuple[Report, Restatement]:
            def act() -> tuple[Contract, Report]:
                report = store()
                return report.contract, report

            if options["dry_run"]:
                return preview_change(act=act, by=by, now=now)
            return amend(act=act, reason=options["restate"], by=by, now=now)

        return check_and_store(document=read_terms(text), actor=by, now=now, act=follow)

    def _person(self, email: str | None) -> User | None:
        if not email:
            return None
        person = User.objects.filter(email__iexact=email, is_active=True).first()
        if person is None:
            raise CommandError(_("No active user has the e-mail address %s.") % email)
        return person

    def _write_lines(self, restatement: Restatement) -> None:
        """Before and after of every closed period, and what is withdrawn."""
        for line in effect_lines(restatement):
            self.stdout.write(f"  {line}")

    def _conclusion(self, report: Report, *, dry_run: bool) -> str:
        words = {"id": report.contract.public_id, "reference": report.contract.reference, "count": len(report.lines)}
        if not report.lines:
            return _("%(id)s %(reference)s: nothing to change.") % words
        if dry_run:
            return _("%(reference)s: %(count)s changes, none of them made.") % words
        return _("%(id)s %(reference)s: %(count)s changes.") % words
