"""Load a contract's terms from a file."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from contracts.terms_file.loading import load_terms
from contracts.terms_file.problems import TermsFileRefused


class Command(BaseCommand):
    """`manage.py load_terms FILE [--dry-run]`; loading a file twice changes nothing."""

    help = "Load a contract's terms from a YAML file; a later effective_on makes an amendment of what differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the file, or - for standard input")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["file"]
        try:
            text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
            report = load_terms(text=text, actor=None, dry_run=options["dry_run"])
        except TermsFileRefused as refused:
            lines = "\n".join(f"{name}:{problem}" for problem in refused.problems)
            raise CommandError(_("Nothing was loaded.\n%s") % lines) from refused
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(_("%(file)s cannot be read: %(why)s") % {"file": name, "why": error}) from error
        for line in report.lines:
            self.stdout.write(f"  {line}")
        for line in report.unnamed:
            self.stdout.write(_("  not named in the file, stays as it is: %s") % line)
        self.stdout.write(self._conclusion(report, dry_run=options["dry_run"]))

    def _conclusion(self, report: Any, *, dry_run: bool) -> str:
        words = {"id": report.contract.public_id, "reference": report.contract.reference, "count": len(report.lines)}
        if not report.changed:
            return _("%(id)s %(reference)s: nothing to change.") % words
        if dry_run:
            return _("%(reference)s: %(count)s changes, none of them made.") % words
        return _("%(id)s %(reference)s: %(count)s changes.") % words
