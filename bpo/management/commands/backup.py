"""`manage.py backup [FOLDER]`: a backup of the databases, made while the desk runs."""

from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bpo.backups.making import make_backup
from bpo.backups.manifest import BackupError


class Command(BaseCommand):
    help = "Back up the databases into a new folder, with a manifest, and delete backups that need not be kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, help="where backups lie; otherwise BACKUP_FOLDER")
        days = f"for how many days each backup is kept (BACKUP_KEEP_DAYS: {settings.BACKUP_KEEP_DAYS})"
        parser.add_argument("--keep", type=int, metavar="DAYS", default=settings.BACKUP_KEEP_DAYS, help=days)

    def handle(self, *args: object, folder: Path | None, keep: int, **options: object) -> None:
        chosen = folder or settings.BACKUP_FOLDER
        if not chosen:
            raise CommandError("Say where to: manage.py backup FOLDER, or set BACKUP_FOLDER.")
        try:
            backup = make_backup(Path(chosen).absolute(), keep_days=keep, now=timezone.now())
        except BackupError as failure:
            raise CommandError(str(failure)) from failure
        size = sum(part.size for part in backup.manifest.parts)
        rows = sum(backup.manifest.contents.rows.values())
        self.stdout.write(f"{backup.path}: {size:,} bytes, {rows:,} rows")
        if missing := backup.manifest.files_missing:
            self.stderr.write(
                f"{len(missing)} files are named by rows and not in the storage; the first is {missing[0]}."
            )
        for path in backup.deleted:
            self.stdout.write(f"Deleted {path}, which need not be kept any longer.")
